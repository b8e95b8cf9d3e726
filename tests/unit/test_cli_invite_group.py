"""`palabre invite --group`: a table of a messenger's group, which `--csv` reads once somebody has completed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.joining.described import WhoHasCome
from community.storage import Store
from palabre_cli.invite.group import certainly_meant
from provisioning.described_people import described_people
from tests.lib.descriptions import small
from tests.lib.directory_store import CONFIG, DESCRIPTION, seeded, with_store
from tests.lib.documented import documented, words_of
from tests.lib.in_process import Ran, palabre

CHAT = (
    "[12/03/2026, 14:05:40] Salif Traoré: bonjour, mon numéro est le +223 70 99 88 77\n"
    "[12/03/2026, 14:05:41] Awa Diallo: bonjour\n"
    "[12/03/2026, 14:06:00] \u202a+223 70 11 22 33\u202c: je suis là\n"
    "[12/03/2026, 14:06:01] =HYPERLINK(1): @room\n"
    "[12/03/2026, 14:06:02] ~ oumar keita: bonsoir\n"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = seeded(tmp_path / "data")
    people, _former = described_people(DESCRIPTION.community, "palabre.localhost", ())
    come = [person for person in people if person.username == "awa.diallo"]
    with_store(data, lambda store: store.people.replace(come))
    (tmp_path / "chat.txt").write_text(CHAT, encoding="utf-8")
    return data


def run(data: Path, *more: str) -> Ran:
    return palabre("invite", *more, "--config", CONFIG, "--data", data, cwd=data.parent)


def test_a_table_of_names_is_written_and_nothing_else(data: Path, tmp_path: Path) -> None:
    chat, table = tmp_path / "chat.txt", tmp_path / "people.csv"
    ran = run(data, "--group", str(chat), "--write", str(table), "--role", "member", "--language", "fr")
    assert ran.code == 0, ran.err
    for said in (
        "3 names",
        "1 of them is described and has not come",
        "telephone number and no name",
        "never written",
        "No telephone",
    ):
        assert said in ran.out, ran.out
    assert "1 person was left out: somebody of that name is a member." in ran.out
    assert table.read_text("utf-8-sig").splitlines() == [
        "name;role;city;themes;language;greeter",
        "Salif Traoré;member;;;fr;",
        "'=HYPERLINK(1);member;;;fr;",
        "Oumar Keïta;member;bamako;mobility;fr;",
    ]
    assert "70" not in table.read_text("utf-8") + ran.out

    async def kept(store: Store) -> int:
        return len(await store.invitations.listed())

    assert with_store(data, kept) == 0
    stored = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
    assert not any(b"70 11 22 33" in content or b"70 99 88 77" in content for content in stored)


def test_of_two_of_one_name_nobody_is_taken_for_the_other() -> None:
    """Else whoever of the two has the link comes in as the other, with their role and city."""
    lead = {"username": "awa", "name": "Awa Sow", "role": "city-lead", "languages": ["en"], "city": "kigali"}
    other = {"username": "awa2", "name": "Awa SOW", "role": "member", "languages": ["en"], "city": "bamako"}
    alone = small(members=[lead]).community
    both = small(members=[lead, other]).community
    assert [one.username for one in certainly_meant(alone, WhoHasCome()).values()] == ["awa"]
    assert certainly_meant(both, WhoHasCome()) == {}
    assert certainly_meant(both, WhoHasCome(here=frozenset({"awa"}))) == {}


def test_what_the_coordinators_page_has_them_type(data: Path, tmp_path: Path) -> None:
    fill = {"chat.txt": tmp_path / "chat.txt", "people.csv": tmp_path / "people.csv"}
    with documented("docs/coordinator.md", "Inviting people by a link", 2) as next_command:
        ran = run(data, *words_of(next_command("./palabre invite --group"), fill)[1:])
    assert (ran.code, ran.err) == (0, "")
    assert fill["people.csv"].is_file()


def test_a_table_that_is_there_is_left_and_what_is_missing_is_said(data: Path, tmp_path: Path) -> None:
    chat, table = tmp_path / "chat.txt", tmp_path / "people.csv"
    table.write_text("mine", encoding="utf-8")
    assert run(data, "--group", str(chat), "--write", str(table)).code == 1
    assert table.read_text(encoding="utf-8") == "mine"
    assert "Name both" in run(data, "--group", str(chat)).err
    assert "says nothing beside" in run(data, "--group", str(chat), "--write", "x", "--uses", "3").err
    other = tmp_path / "other.txt"
    other.write_text("no chat", encoding="utf-8")
    ran = run(data, "--group", str(other), "--write", str(tmp_path / "new.csv"))
    assert ran.code == 1
    assert "nobody is found here" in ran.err
    assert not (tmp_path / "new.csv").exists()
