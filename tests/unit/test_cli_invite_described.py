"""`palabre invite` of somebody who is described already: as the member they are, once, and again if they were lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from community.joining.arrival import ArrivalStage
from community.storage import NewInvitation, Store
from matrix.http import RequestCounts
from matrix.ids import UserId, user_id
from palabre_cli.errors import CommandError
from palabre_cli.invite.again import take_back_by
from provisioning.described_people import described_people
from provisioning.provisioner import Provisioner
from provisioning.snapshot import Account, AccountClosure
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.directory_store import CONFIG, DESCRIPTION, seeded, with_store
from tests.lib.in_process import Ran, palabre
from tests.lib.invitations import terms
from tests.lib.memory_homeserver import SERVER as MEMORY
from tests.lib.memory_homeserver import MemoryHomeserver

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
SERVER = "cities.example.org"
OUMAR = ("--name", "Oumar Keita", "--language", "en")
TEAM = ("--role", "member", "--city", "bamako")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data folder of the example network, of whose people Awa Diallo alone has come."""
    data = seeded(tmp_path / "data")
    people, _former = described_people(DESCRIPTION.community, SERVER, ())
    come = [person for person in people if person.username == "awa.diallo"]
    with_store(data, lambda store: store.people.replace(come))
    config = tmp_path / "config"
    config.mkdir()
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        (config / name).symlink_to(CONFIG / name)
    settings = (
        f"version: 1\nhomeserver: {{server_name: {SERVER}}}\npublic_address: https://palabre.example.org\n"
    )
    (config / "settings.yaml").write_text(settings)
    return data


def invite(data: Path, *arguments: object) -> Ran:
    return palabre("invite", *arguments, "--config", data.parent / "config", "--data", data, cwd=data.parent)


def test_by_name_they_are_invited_as_the_member_they_are_and_a_new_link_replaces_the_one_before(
    data: Path,
) -> None:
    first = invite(data, *OUMAR, *TEAM)
    assert (first.code, first.err) == (0, "")
    assert "For “oumar.keita”, who is described and has not come:" in first.out
    ran = invite(data, *OUMAR, *TEAM, "--json")
    (made,) = json.loads(ran.out)["invitations"]
    assert (made["username"], made["name"], made["themes"], made["language"]) == (
        "oumar.keita",
        "Oumar Keïta",
        ["mobility"],
        "en",
    )
    assert made["closed"] == [1]
    listed = json.loads(invite(data, "--list", "--json").out)["invitations"]
    assert [one["state"] for one in listed] == ["revoked", "open"]


def test_which_link_that_closes_and_whose_it_was_is_said(data: Path) -> None:
    assert (
        "The link that they had before"
        not in invite(data, "--member", "oumar.keita", "--by", "awa.diallo").out
    )
    out = " ".join(invite(data, *OUMAR, *TEAM).out.split())
    said = f"The link that they had before (invitation 1, by @awa.diallo:{SERVER}) leads nowhere any more"
    assert said in out
    assert out.index("Invitation 2, to be sent:") < out.index(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*OUMAR, "--role", "member"), "this may be Oumar Keïta (“oumar.keita”)"),
        (
            ("--name", "Awa Diallo", "--role", "city-lead", "--city", "bamako", "--language", "fr"),
            "Awa Diallo (“awa.diallo”) has come already",
        ),
        (("--member", "awa.diallo"), "palabre invite --member awa.diallo --again"),
        (("--again",), "Name them with --member."),
        (("--again", *OUMAR, *TEAM), "says nothing beside “--again”"),
    ],
)
def test_where_they_are_not_certain_or_have_come_nobody_is_invited(
    data: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = invite(data, *arguments)
    assert ran.code == 1
    assert said in ran.err
    assert with_store(data, _count) == 0


def test_in_the_name_of_a_lead_nobody_who_is_awaited_elsewhere_is_known(data: Path) -> None:
    zara = ("--name", "Zara Sow", "--language", "fr", *TEAM)
    for greeter in ("claudine.uwase", "claudine.nobody"):
        ran = invite(data, *zara, "--greeter", greeter, "--by", "awa.diallo")
        assert ran.err.startswith(f"Nobody was invited: there is no member “{greeter}”"), ran.err
        assert "did you mean" not in ran.err
    assert invite(data, *zara, "--greeter", "claudine.uwase").code == 0
    lena = ("--name", "Lena Hoffmann", "--language", "en", *TEAM)
    assert "this may be Lena Hoffmann" in invite(data, *lena).err
    ran = invite(data, *lena, "--by", "awa.diallo", "--json")
    (made,) = json.loads(ran.out)["invitations"]
    assert made["username"] is None


async def _count(store: Store) -> int:
    return len(await store.invitations.listed())


def test_somebody_else_of_that_name_elsewhere_is_somebody_new(data: Path) -> None:
    ran = invite(data, *OUMAR, "--role", "member", "--city", "kigali", "--json")
    (made,) = json.loads(ran.out)["invitations"]
    assert (made["username"], made["city"]) == (None, "kigali")


def test_whoever_has_begun_goes_on_by_the_link_that_they_have(data: Path) -> None:
    user = user_id("oumar.keita", SERVER)

    async def begin(store: Store) -> None:
        new = NewInvitation(
            "a" * 64, terms(name=None, username="oumar.keita"), "cli:root", NOW.replace(year=2099)
        )
        await store.invitations.add([new], by="cli:root", at=NOW)
        await store.invitations.redeem(new.digest, user, NOW)

    with_store(data, begin)
    ran = invite(data, "--member", "oumar.keita")
    assert ran.code == 1
    assert "Oumar Keïta has begun to come, and goes on by the link that they have." in ran.err
    assert "--again" in ran.err
    listed = invite(data, "--list").out
    assert "has begun as oumar.keita" in " ".join(listed.split())


# --- once more --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def applied(tmp_path: Path) -> AsyncIterator[Provisioner]:
    """Give a provisioner of the small network, whose first member has come."""
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        data = DataFolder(tmp_path / "data")
        data.prepare()
        made = Provisioner(
            small(), SETTINGS, SMALL, data, MemoryHomeserver(), store, "http://x", RequestCounts()
        )
        new = NewInvitation("a" * 64, terms(), "cli:root", NOW.replace(year=2099))
        await store.invitations.add([new], by="cli:root", at=NOW)
        await store.invitations.redeem(new.digest, first(made)[1], NOW)
        await store.invitations.note_stage(first(made)[1], ArrivalStage.ACCOUNT_MADE, NOW)
        yield made


def first(applied: Provisioner) -> tuple[str, UserId]:
    """Return the user name and the Matrix ID of the first member."""
    username = applied.description.community.members[0].username
    return username, user_id(username, MEMORY)


async def arrivals(applied: Provisioner) -> int:
    return sum(len(one.arrivals) for one in await applied.store.invitations.listed())


async def test_an_account_that_is_not_there_is_taken_back(applied: Provisioner) -> None:
    username, _user = first(applied)
    await take_back_by(applied, username, NOW)
    assert await arrivals(applied) == 0
    await take_back_by(applied, username, NOW)


@pytest.mark.parametrize(
    ("closed", "remedy"),
    [
        (None, "palabre person reset-password"),
        (AccountClosure.DEACTIVATE, "palabre apply --again"),
        (AccountClosure.LOCK, "palabre apply --again"),
    ],
)
async def test_an_account_that_is_there_stays_and_what_helps_is_said(
    applied: Provisioner, closed: AccountClosure | None, remedy: str
) -> None:
    username, user = first(applied)
    assert isinstance(applied.homeserver, MemoryHomeserver)
    applied.homeserver.accounts[user] = Account(user, "Awa", closed=closed)
    with pytest.raises(CommandError) as refused:
        await take_back_by(applied, username, NOW)
    assert remedy in str(refused.value.remedy)
    assert await arrivals(applied) == 1


async def test_nobody_but_a_member_comes_once_more(applied: Provisioner) -> None:
    with pytest.raises(CommandError):
        await take_back_by(applied, "nobody.known", NOW)
    assert await arrivals(applied) == 1
