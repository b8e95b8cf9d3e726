"""Edits, undos, seedings, forgettings and questions in any order: history, store and index always agree.

Two processes share the store, as the bots and the provisioning service do. What each step leaves behind is compared:
the history replayed from nothing with the entries, the index kept by `changed_since` with one built anew.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from community.core.errors import EntryConflict
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.model import Description
from community.directory.entry import (
    DIRECTORY_KINDS,
    ENTRY_KINDS,
    Entry,
    EntryChange,
    EntryKey,
    calendar_entries,
    entries_of,
    key_of,
)
from community.search.answer import Answer
from community.search.index import Index, index_of
from community.search.lexicon import lexicon_of
from community.search.question import parse
from community.storage import Store
from tests.lib.descriptions import described, small
from tests.lib.entries import contact, deadline, event, project, replayed, resource

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ACTORS = ("@awa.diallo:x", "@moussa.keita:x")
KEYS = ("a", "b", "c", "d")
MOUSSA = {"username": "moussa.keita", "name": "Moussa", "role": "coordinator", "languages": ["fr"]}
AWA = {
    "username": "awa.diallo",
    "name": "Awa",
    "role": "city-lead",
    "city": "bamako",
    "languages": ["fr", "en"],
}
MEMBERS: tuple[list[dict[str, Any]], ...] = (
    [MOUSSA, AWA],
    [MOUSSA, {**AWA, "status": "left"}],
    [MOUSSA, {**AWA, "status": "left", "successor": "moussa.keita"}],
    [MOUSSA],
)
QUESTIONS = (
    "Who is the point of contact for waste in Kigali?",
    "Qui contacter pour la mobilité à Bamako ?",
    "déchets",
    "compost",
    "resources on waste",
    "les projets de Kigali",
    "awa",
    "moussa kigali",
    "who speaks English?",
    "trottoirs",
)
T = TypeVar("T")

names = st.sampled_from(["Awa Diallo", "Moussa Keïta", "Compost", "Trottoirs", "Guide du tri"])
cities = st.lists(st.sampled_from(["kigali", "bamako", "lagos"]), min_size=1, max_size=2, unique=True)
themes = st.lists(st.sampled_from(["waste", "mobility", "floods"]), min_size=1, max_size=2, unique=True)
keys = st.sampled_from(KEYS)
members = st.sampled_from(["awa.diallo", "awa.diallo", "moussa.keita", "nobody", None])
languages = st.lists(st.sampled_from(["fr", "en", "pt"]), max_size=2, unique=True)


audiences = st.one_of(
    st.just({"audience": {"everyone": True}}),
    st.builds(lambda some: {"audience": {"cities": some}}, cities),
    st.builds(
        lambda some: {"audience": {"people": some}}, st.lists(members.filter(bool), min_size=1, max_size=2)
    ),
    st.builds(lambda some: {"rooms": some}, st.just(["lobby"]) | st.just(["exchange.floods", "lobby"])),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Draw an entry, whose references may lead nowhere."""
    key, places = draw(keys), {"cities": draw(cities), "themes": draw(themes)}
    match draw(st.sampled_from(ENTRY_KINDS)):
        case "contact":
            kind = draw(st.sampled_from(["person", "desk"]))
            more = {"member": draw(members), "deputy": draw(st.none() | keys), "languages": draw(languages)}
            return contact(key, kind=kind, name=draw(names), **places, **more)
        case "resource":
            return resource(key, title=draw(names), added_by=draw(members), **places)
        case "event":
            return event(key, title=draw(names), added_by=draw(members), **draw(audiences))
        case "deadline":
            asked_by = draw(members | keys)
            return deadline(key, title=draw(names), asked_by=asked_by, **draw(audiences))
        case _:
            return project(key, name=draw(names), lead=draw(st.none() | keys), **places)


@cache
def community_of(number: int) -> Any:
    """Return the small network with one of `MEMBERS`."""
    return small(members=MEMBERS[number]).community


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def by_key(*entries: Entry) -> dict[EntryKey, Entry]:
    return {key_of(entry): entry for entry in entries}


class DirectoryMachine(RuleBasedStateMachine):
    """One community's directory and calendar, its two processes, and the index that one of them keeps."""

    empty: Path
    """The file of a store with nothing in it, to be copied."""
    steps = 0
    """How many there were in all games."""

    def __init__(self) -> None:
        super().__init__()
        self.path = self.empty.with_name("game.db")
        shutil.copy(self.empty, self.path)
        self.runner = asyncio.Runner()
        self.bots = self.run(Store.open(url_of(self.path)))
        self.provisioning = self.run(Store.open(url_of(self.path)))
        self.community = community_of(0)
        self.index, self.revision = Index(self.community), 0
        self.lexicon = lexicon_of(self.community)
        self.now = NOW
        self.files = described(Directory(version=1))

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    def teardown(self) -> None:
        self.run(self.bots.close())
        self.run(self.provisioning.close())
        self.runner.close()
        self.path.unlink()

    def there(self) -> dict[EntryKey, Entry]:
        directory = self.run(self.provisioning.entries.directory())
        calendar = self.run(self.provisioning.entries.calendar())
        return by_key(*entries_of(directory), *calendar_entries(calendar))

    def make(self, change: EntryChange, actor: str) -> None:
        self.now += timedelta(minutes=1)
        self.run(self.bots.entries.change([change], actor=actor, at=self.now))

    # --- what people do ---------------------------------------------------------------------------------------------

    @rule(entry=entries(), actor=st.sampled_from(ACTORS))
    def write(self, entry: Entry, actor: str) -> None:
        """Add an entry, or change the one that is there into it."""
        before = self.there().get(key_of(entry))
        if before != entry:
            self.make(EntryChange(*key_of(entry), before, entry), actor)

    @rule(number=st.integers(0, 20), actor=st.sampled_from(ACTORS))
    def remove(self, number: int, actor: str) -> None:
        there = sorted(self.there().items())
        if there:
            key, entry = there[number % len(there)]
            self.make(EntryChange(*key, entry, None), actor)

    @rule(entry=entries(), other=entries())
    def write_over_what_is_not_there(self, entry: Entry, other: Entry) -> None:
        before, there = other.model_copy(update={"key": entry.key}), self.there()
        key = key_of(entry)
        if key_of(before) != key or before in (entry, there.get(key)):
            return
        revision = self.run(self.bots.entries.revision())
        with pytest.raises(EntryConflict):
            self.make(EntryChange(*key, before, entry), ACTORS[0])
        assert self.there() == there
        assert self.run(self.bots.entries.revision()) == revision

    @rule(back=st.integers(0, 8), actor=st.sampled_from(ACTORS))
    def undo(self, back: int, actor: str) -> None:
        rows = self.run(self.bots.entries.history(limit=9))
        if not rows:
            return
        row, before = rows[back % len(rows)], self.there()
        key = (row.kind, row.key)
        try:
            undone = self.run(self.bots.entries.undo(row.id, actor=actor, at=self.now))
        except EntryConflict:
            assert self.there() == before
        else:
            assert (undone.before, undone.after, undone.undoes) == (row.after, row.before, row.id)
            assert self.there().get(key) == row.before

    @rule(username=st.sampled_from(["awa.diallo", "moussa.keita"]))
    def forget(self, username: str) -> None:
        """Forget somebody: nothing that chat or files made of them is left, as long as neither says it anew."""
        self.run(self.bots.forget(f"@{username}:x", username, "—"))
        found = self.run(self.bots.about(f"@{username}:x", username))
        assert not any(found.values())

    # --- what the files do --------------------------------------------------------------------------------------------

    @rule(
        written=st.lists(entries(), max_size=8, unique_by=key_of),
        members_now=st.integers(0, len(MEMBERS) - 1),
    )
    def seed(self, written: list[Entry], members_now: int) -> None:
        directory = Directory(
            version=1,
            contacts=tuple(entry for entry in written if isinstance(entry, Contact)),
            resources=tuple(entry for entry in written if isinstance(entry, Resource)),
            projects=tuple(entry for entry in written if isinstance(entry, Project)),
        )
        calendar = Calendar(
            version=1,
            events=tuple(entry for entry in written if isinstance(entry, Event)),
            deadlines=tuple(entry for entry in written if isinstance(entry, Deadline)),
        )
        self.files = Description(community_of(members_now), directory, calendar)
        self.run(self.provisioning.entries.seed(self.files, at=self.now))

    @rule()
    def seed_again(self) -> None:
        self.run(self.provisioning.entries.seed(self.files, at=self.now))

    @rule()
    def export_and_seed(self) -> None:
        """Write the store into the files: nothing is in conflict any more."""
        for _ in range(3):
            self.run(self.provisioning.entries.seed(self.files, at=self.now))
        directory = self.run(self.provisioning.entries.directory())
        calendar = self.run(self.provisioning.entries.calendar())
        self.files = Description(self.files.community, directory, calendar)
        seeding = self.run(self.provisioning.entries.seed(self.files, at=self.now))
        assert not seeding.changed
        assert not [note for note in seeding.notes if "changed in chat" in str(note)]

    # --- questions ----------------------------------------------------------------------------------------------------

    @rule(text=st.sampled_from(QUESTIONS), language=st.sampled_from(["fr", "en"]))
    def ask(self, text: str, language: str) -> None:
        """What is kept up to date answers as what is made anew."""
        self.refresh()
        made = index_of(self.community, self.run(self.bots.entries.directory()))
        question = parse(text, self.lexicon, language, TODAY)
        assert said(self.index.search(question)) == said(made.search(question))

    def refresh(self) -> None:
        news = self.run(self.bots.entries.changed_since(self.revision))
        assert news is not None
        self.revision, changed = news
        for kind, key, entry in changed:
            self.index.take(kind, key, entry)

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def history_gives_the_store(self) -> None:
        type(self).steps += 1
        rows = self.run(self.provisioning.entries.history(limit=100_000))
        assert replayed(rows) == self.there()

    @invariant()
    def the_index_has_what_the_store_has(self) -> None:
        self.refresh()
        there = self.there()
        for kind in ENTRY_KINDS:
            for key in KEYS:
                indexed = kind in DIRECTORY_KINDS
                assert self.index.entry(kind, key) == (there.get((kind, key)) if indexed else None)


def said(answer: Answer) -> tuple[list[EntryKey], bool]:
    return [key_of(entry) for entry in answer.entries], answer.certain


@pytest.mark.parametrize(
    ("games", "steps", "at_least"),
    [
        pytest.param(12, 20, 100, id="sample", marks=pytest.mark.timeout(600)),
        pytest.param(260, 50, 10_000, id="10000", marks=[pytest.mark.soak, pytest.mark.timeout(14_400)]),
    ],
)
def test_history_store_and_index_always_agree(games: int, steps: int, at_least: int, tmp_path: Path) -> None:
    async def make_empty() -> None:
        await (await Store.open(url_of(tmp_path / "empty.db"))).close()

    class Game(DirectoryMachine):
        empty = tmp_path / "empty.db"

    asyncio.run(make_empty())
    # Some games end early: there are more of them until they come to as many steps.
    while Game.steps < at_least:
        run_state_machine_as_test(
            Game,
            settings=settings(
                max_examples=games,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
