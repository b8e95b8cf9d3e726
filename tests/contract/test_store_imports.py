"""The contract of what came from other programs' calendars: two imports at once lose nothing of each other."""

from __future__ import annotations

from datetime import UTC, datetime

from community.directory.entry import EntryKey
from community.directory.merge import Base, ImportedEntry
from community.storage import Store
from tests.lib.entries import added, event, removed

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ONE, TWO = event(key="one-123456789"), event(key="two-123456789")


def noted(source: str, seen: str = "seen") -> ImportedEntry:
    return ImportedEntry(source, Base(seen, seen))


async def test_what_another_import_has_noted_meanwhile_stays(store: Store) -> None:
    # Both have read that nothing was noted.
    await store.imports.take_in([added(ONE)], {("event", ONE.key): noted("a")}, actor="cli:a", at=NOW)
    await store.imports.take_in([added(TWO)], {("event", TWO.key): noted("b")}, actor="cli:b", at=NOW)
    assert await store.imports.all() == {("event", ONE.key): noted("a"), ("event", TWO.key): noted("b")}


async def test_what_is_noted_anew_takes_the_place_of_what_was_and_what_is_removed_is_not_noted(
    store: Store,
) -> None:
    both: dict[EntryKey, ImportedEntry] = {("event", ONE.key): noted("a"), ("event", TWO.key): noted("a")}
    await store.imports.take_in([added(ONE), added(TWO)], both, actor="cli:a", at=NOW)
    again: dict[EntryKey, ImportedEntry] = {("event", TWO.key): noted("a", "later")}
    await store.imports.take_in([removed(ONE)], again, actor="cli:a", at=NOW)
    assert await store.imports.all() == again
