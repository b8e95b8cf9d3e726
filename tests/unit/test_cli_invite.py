"""`palabre invite`: a link is shown once with what to send, those of a table all or none; listed, taken back, drawn."""

from __future__ import annotations

import json
import re
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from community.core.address_secret import digest_of
from community.description.model import Status
from community.description.person import Person
from community.joining.arrival import ArrivalStage
from community.storage import Store
from palabre_cli.invite.code import code_of
from provisioning.described_people import described_people
from tests.lib.directory_store import CONFIG, DESCRIPTION, NOW, file, seeded, with_store
from tests.lib.documented import documented, words_of
from tests.lib.in_process import Ran, palabre

PUBLIC = "https://palabre.example.org"
SERVER = "cities.example.org"
MEMBER = ("--role", "member", "--language", "fr", "--city", "bamako", "--theme", "waste")
SALIF = ("--name", "Salif Traoré", *MEMBER)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data folder of a network that has an address, with the example's people in its store."""
    data = seeded(tmp_path / "data")
    people, former = described_people(DESCRIPTION.community, SERVER, ())
    with_store(data, lambda store: store.people.replace(people, former))
    config = tmp_path / "config"
    config.mkdir()
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        (config / name).symlink_to(CONFIG / name)
    settings = f"version: 1\nhomeserver: {{server_name: {SERVER}}}\npublic_address: {PUBLIC}\n"
    (config / "settings.yaml").write_text(settings)
    return data


def invite(data: Path, *arguments: object, language: str = "en") -> Ran:
    where = ("--config", data.parent / "config", "--data", data)
    return palabre("invite", *arguments, *where, cwd=data.parent, language=language)


def made(data: Path, *arguments: object) -> list[dict[str, Any]]:
    ran = invite(data, *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    said: dict[str, list[dict[str, Any]]] = json.loads(ran.out)
    return said["invitations"]


def test_a_link_is_shown_once_with_what_to_send_and_kept_nowhere(data: Path) -> None:
    ran = invite(data, *SALIF, "--by", "awa.diallo")
    assert (ran.code, ran.err) == (0, "")
    (address,) = re.findall(rf"^{PUBLIC}/palabre/j/\S+$", ran.out, re.MULTILINE)
    assert ran.out.startswith(
        "1 invitation. Its address is shown this once; whoever has it can come by it.\n"
    )
    letter = (
        ran.out.partition("Invitation 1, to be sent:\n")[2].replace("\N{NO-BREAK SPACE}", " ").splitlines()
    )
    assert letter[:3] == [
        "Bonjour Salif Traoré,",
        "Awa Diallo vous invite à rejoindre : Villes en palabre.",
        "Votre rôle : Membre d'une équipe de ville, Bamako.",
    ]
    assert all(line in ran.out for line in code_of(address).as_text())
    secret = address.rpartition("/")[2]
    assert digest_of(secret) is not None
    assert secret not in invite(data, "--list", "--json").out
    assert not [path for path in data.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_it_ends_when_it_was_said_to(data: Path) -> None:
    before = datetime.now(UTC)
    (usual,) = made(data, *MEMBER)
    (short,) = made(data, *MEMBER, "--for", "2d")
    for one, days in ((usual, 14), (short, 2)):
        ends = datetime.fromisoformat(one["expires_at"])
        assert timedelta(0) <= ends - before - timedelta(days=days) <= timedelta(minutes=10)
    ran = invite(data, *MEMBER, "--for", "soon")
    assert ran.code == 2
    assert "is no length of time, such as 14d" in ran.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--role", "member"),
            "It is not said who is invited. Name --role and --language, a member with --member",
        ),
        (
            ("--role", "membre", "--language", "fr"),
            "Nobody was invited: there is no role “membre”: did you mean “member”?\n",
        ),
        (
            (*MEMBER, "--theme", "Déchetts"),
            "Nobody was invited: there is no theme “Déchetts”: did you mean “waste”?\n",
        ),
        (
            (*MEMBER, "--theme", "numériques"),
            "Nobody was invited: there is no theme “numériques”: did you mean “digital-services”?\n",
        ),
        (
            (*MEMBER, "--city", "Bamacko"),
            "Nobody was invited: there is no city “Bamacko”: did you mean “bamako”?\n",
        ),
        (
            (*SALIF, "--uses", "3"),
            "Nobody was invited: a link for several people is nobody's own: leave the name out.",
        ),
        ((*MEMBER, "--uses", "0"), "Nobody was invited: "),
        (
            (*SALIF, "--by", "kwame.boateng"),
            "Nobody was invited: leads invite people of their own city: ask the coordinators.",
        ),
        ((*SALIF, "--by", "kwame"), "“kwame” is not a key of the description (member)"),
        (("--revoke", "7"), "There is no invitation 7. “palabre invite --list” shows which there are."),
        (("--list", "--role", "member"), "“--role” says nothing beside “--list”: leave it out."),
        (
            ("--csv", "people.csv", "--role", "member"),
            "“--role” says nothing beside “--csv”: leave it out.",
        ),
        (("--csv", "people.csv", "--png", "x.png"), "“--png” says nothing beside “--csv”: leave it out."),
        (("--revoke", "1", "--by", "awa.diallo"), "“--by” says nothing beside “--revoke”: leave it out."),
        (("--csv", "nowhere.csv"), "There is no file nowhere.csv."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(data: Path, arguments: tuple[str, ...], sentence: str) -> None:
    ran = invite(data, *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(sentence)
    assert invite(data, "--list").out == "There are no invitations.\n"


def test_without_an_address_it_says_what_to_set(data: Path) -> None:
    (data.parent / "config" / "settings.yaml").unlink()
    ran = palabre("invite", *SALIF, "--config", CONFIG, "--data", data, cwd=data.parent)
    assert ran.code == 1
    assert ran.err == (
        "The network has no address that the telephone of somebody invited could open. "
        "Set public_address in settings.yaml (docs/operator.md, “On a domain of your own”).\n"
    )


def test_a_table_is_taken_whole(data: Path) -> None:
    table = file(
        data,
        "people.csv",
        "name;role;city;themes;language\nSalif Traoré;member;bamako;waste;fr\nAna Sitoe;member;matola;land;pt\n",
    )
    salif, ana = made(data, "--csv", table)
    assert (salif["name"], ana["name"]) == ("Salif Traoré", "Ana Sitoe")
    assert salif["address"] != ana["address"]
    assert ana["text"].startswith("Olá, Ana Sitoe,\n")
    shown = invite(data, "--csv", table)
    assert shown.out.count(f"{PUBLIC}/palabre/j/") == 2
    assert len(json.loads(invite(data, "--list", "--json").out)["invitations"]) == 4


def test_or_not_at_all(data: Path) -> None:
    table = file(
        data,
        "people.csv",
        "name,role,city,language\nSalif Traoré,member,bamako,fr\nAda Obi,member,lagos,en\nX,chief,bamako,fr\n",
    )
    ran = invite(data, "--csv", table, "--by", "awa.diallo")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.replace(f"{data.parent}/", "").splitlines() == [
        "people.csv:3:1: leads invite people of their own city: ask the coordinators",
        "people.csv:4:3: role: there is no role “chief”",
        "The table has 2 problems, and nobody was invited.",
    ]
    assert invite(data, "--list").out == "There are no invitations.\n"


def test_the_list_says_where_somebody_is_stuck(data: Path) -> None:
    (salif,) = made(data, *SALIF, "--by", "awa.diallo")
    (team,) = made(data, *MEMBER, "--uses", "3")
    digests = [digest_of(one["address"].rpartition("/")[2]) or "" for one in (salif, team)]

    async def come(store: Store) -> None:
        now = datetime.now(UTC)
        await store.invitations.note_opened(digests[0], now)
        for name in ("ada", "binta"):
            await store.invitations.redeem(digests[1], f"@{name}:x", now)
        await store.invitations.note_stage("@ada:x", ArrivalStage.ACCOUNT_MADE, now)
        await store.invitations.note_stage("@binta:x", ArrivalStage.ARRIVED, now)

    with_store(data, come)
    shown = invite(data, "--list").out.splitlines()
    assert [line.split() for line in shown[:1]] == [
        ["number", "for", "role", "city", "until", "by", "how", "it", "stands"]
    ]
    assert shown[1].endswith(
        f"@awa.diallo:{SERVER}  can be used, has opened the link, and has no account yet"
    )
    assert shown[2].endswith(
        "can be used, @ada:x has an account, and has not signed in yet, @binta:x has arrived"
    )
    assert "2 of 3" in shown[2]
    (hers,) = json.loads(invite(data, "--list", "--by", "awa.diallo", "--json").out)["invitations"]
    assert (hers["number"], hers["state"], hers["arrivals"]) == (salif["number"], "open", [])
    assert hers["is_offered"]


def test_the_link_of_somebody_who_may_not_invite_any_more_is_listed_as_closed(data: Path) -> None:
    made(data, *SALIF, "--by", "awa.diallo")

    async def leave(store: Store) -> None:
        await store.people.replace([one for one in await store.people.all() if one.username != "awa.diallo"])

    with_store(data, leave)
    (_head, shown) = invite(data, "--list").out.splitlines()
    assert "is closed: whoever invited may not do so any more" in shown
    (hers,) = json.loads(invite(data, "--list", "--json").out)["invitations"]
    assert (hers["state"], hers["is_offered"]) == ("open", False)


def test_it_is_taken_back(data: Path) -> None:
    (salif,) = made(data, *SALIF)
    ran = invite(data, "--revoke", salif["number"])
    assert (ran.code, ran.out) == (0, "Invitation 1 is taken back: nobody can come by it any more.\n")
    assert "was taken back" in invite(data, "--list").out


def test_the_code_is_drawn(data: Path) -> None:
    names = {kind: data.parent / f"salif.{kind}" for kind in ("png", "svg", "poster")}
    options = [part for kind, path in names.items() for part in (f"--{kind}", path)]
    (salif,) = made(data, *SALIF, *options)
    modules = len(code_of(salif["address"]).modules)
    head = names["png"].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == ((modules + 8) * 10,) * 2
    drawing, poster = (ElementTree.parse(names[kind]).getroot() for kind in ("svg", "poster"))  # noqa: S314 - ours
    assert drawing.get("width") == str((modules + 8) * 10)
    texts = [element.text for element in poster.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == ["Villes en palabre", "Bamako"]
    assert texts[2] == "Visez ceci avec l'appareil photo de votre"
    drawn = {path.stat().st_mode & 0o777 for path in names.values()}
    assert drawn == {0o600}


@pytest.mark.parametrize(
    "address", ["https://a.example/palabre/j/" + "A" * 32, "https://" + "b" * 60 + ".example/j"]
)
def test_what_the_terminal_shows_is_the_code_with_its_border(address: str) -> None:
    code = code_of(address)
    halves = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    rows: list[list[bool]] = []
    for line in code.as_text():
        both = [halves[character] for character in line]
        rows += ([above for above, _ in both], [below for _, below in both])
    border = 4
    inner = [row[border:-border] for row in rows[border : border + len(code.modules)]]
    assert tuple(map(tuple, inner)) == code.modules
    around = [
        *rows[:border],
        *(row[:border] for row in rows[:-border]),
        *(row[-border:] for row in rows[:-border]),
    ]
    assert not any(any(row[:-1]) for row in around)


def test_what_the_coordinators_page_has_them_type(data: Path) -> None:
    table = "name,role,city,themes,language\nAna Sitoe,member,matola,land,pt\n"
    fill = {"people.csv": file(data, "people.csv", table), "awa-poster.svg": data.parent / "poster.svg"}
    with documented("docs/coordinator.md", "Inviting people by a link") as next_command:
        for beginning in ("--role", "--role", "--csv", "--list", "--revoke"):
            command = next_command(f"./palabre invite {beginning}")
            wanted = {name: path for name, path in fill.items() if name in command}
            ran = invite(data, *words_of(command, wanted)[1:])
            assert (ran.code, ran.err) == (0, ""), command
    assert (data.parent / "poster.svg").is_file()


# --- members who are described and have not come --------------------------------------------------------------------


@pytest.fixture
def begun(data: Path) -> Path:
    """Return the data folder of a network whose people are described, and of whom Awa Diallo alone has come."""
    people, _former = described_people(DESCRIPTION.community, SERVER, ())
    come = [person for person in people if person.username == "awa.diallo"]

    async def begin(store: Store) -> None:
        await store.members.seed(DESCRIPTION, at=NOW)
        await store.people.replace(come)

    with_store(data, begin)
    return data


def test_a_member_who_has_not_come_gets_a_link_of_their_own_and_a_new_one_replaces_it(begun: Path) -> None:
    (first,) = made(begun, "--member", "oumar.keita")
    described = DESCRIPTION.community.member["oumar.keita"]
    assert (
        first["username"],
        first["name"],
        first["role"],
        first["city"],
        first["language"],
        first["uses"],
    ) == (
        "oumar.keita",
        described.name,
        described.role,
        described.city,
        described.languages[0],
        1,
    )
    (second,) = made(begun, "--member", "oumar.keita")
    assert first["address"] != second["address"]
    listed = json.loads(invite(begun, "--list", "--json").out)["invitations"]
    assert [one["state"] for one in listed] == ["revoked", "open"]


def test_the_text_names_nobody_who_has_not_come(data: Path) -> None:
    wanted = ("--name", "Salif", *MEMBER, "--greeter", "claudine.uwase")
    people, _former = described_people(DESCRIPTION.community, SERVER, ())
    for username, is_named in (("awa.diallo", False), ("claudine.uwase", True)):
        come = [person for person in people if person.username == username]

        async def begin(store: Store, come: list[Person] = come) -> None:
            await store.people.replace(come)

        with_store(data, begin)
        (one,) = made(data, *wanted)
        assert ("Claudine Uwase" in str(one["text"])) is is_named


def test_all_who_have_not_come_and_have_no_link_get_one(begun: Path) -> None:
    made(begun, "--member", "oumar.keita")
    links = made(begun, "--all-described")
    active = {one.username for one in DESCRIPTION.community.members if one.status is Status.ACTIVE}
    assert {one["username"] for one in links} == active - {"awa.diallo", "oumar.keita"}
    ran = invite(begun, "--all-described")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Everybody who is described has come, or has a link that works.")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--member", "awa.diallo"), "Awa Diallo has come already."),
        (("--member", "oumar.keit"), "oumar.keita"),
        (("--member", "oumar.keita", "--role", "member"), "“--role” says nothing beside “--member”"),
        (("--all-described", "--png", "a.png"), "“--png” says nothing beside “--all-described”"),
    ],
)
def test_whoever_cannot_be_meant_is_said(begun: Path, arguments: tuple[str, ...], expected: str) -> None:
    ran = invite(begun, *arguments)
    assert ran.code == 1
    assert expected in ran.err


def test_what_the_coordinators_page_has_them_type_for_those_who_are_described(begun: Path) -> None:
    with documented("docs/coordinator.md", "Inviting people by a link", 3) as next_command:
        for beginning in ("--member", "--all-described"):
            command = next_command(f"./palabre invite {beginning}")
            ran = invite(begun, *words_of(command, {})[1:])
            assert (ran.code, ran.err) == (0, ""), command
