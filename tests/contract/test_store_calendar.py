"""The contract of the store's events and deadlines: they have the same life as the directory's entries."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine

from community.core.errors import EntryConflict
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.model import Description
from community.directory.entry import (
    CALENDAR_KINDS,
    DIRECTORY_KINDS,
    CalendarEntry,
    Entry,
    EntryChange,
    HistoryRow,
    calendar_entries,
    entries_of,
    key_of,
)
from community.storage import Store
from community.storage.database import migrate
from community.storage.tables import entries, revisions
from tests.lib.descriptions import described, read
from tests.lib.entries import added, contact, deadline, edited, event, removed, replayed

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA, MOUSSA = "@awa.diallo:x", "@moussa.keita:x"
MEETING, REPORT, DESK = event("meeting"), deadline("report"), contact("desk")
CANCELLED = MEETING.model_copy(update={"cancelled": True})
OLDER = Path(__file__).parent.parent / "data" / "older"


def files(*some: Entry) -> Description:
    return described(
        Directory(version=1, contacts=tuple(one for one in some if one == DESK)),
        Calendar(
            version=1,
            events=tuple(one for one in some if key_of(one)[0] == "event"),
            deadlines=tuple(one for one in some if key_of(one)[0] == "deadline"),
        ),
    )


async def change(store: Store, *changes: EntryChange, actor: str = AWA) -> tuple[HistoryRow, ...]:
    return await store.entries.change(changes, actor=actor, at=NOW)


async def there(store: Store) -> list[CalendarEntry]:
    return list(calendar_entries(await store.entries.calendar()))


async def test_an_event_and_a_deadline_are_added_changed_removed_and_undone(store: Store) -> None:
    rows = await change(store, added(MEETING), added(REPORT), added(DESK))
    assert await there(store) == [MEETING, REPORT]
    (moved,) = await change(store, edited(MEETING, CANCELLED), actor=MOUSSA)
    assert moved == HistoryRow(4, NOW, MOUSSA, "event", "meeting", MEETING, CANCELLED)
    assert await store.entries.history("event", "meeting") == (moved, rows[0])
    assert await store.entries.history(kinds=CALENDAR_KINDS) == (moved, rows[1], rows[0])
    assert await store.entries.history(kinds=DIRECTORY_KINDS) == (rows[2],)
    await change(store, removed(REPORT))
    assert await there(store) == [CANCELLED]
    back = await store.entries.undo(moved.id, actor=AWA, at=NOW)
    assert (back.before, back.after, back.undoes) == (CANCELLED, MEETING, moved.id)
    assert await store.entries.entry("event", "meeting") == MEETING
    with pytest.raises(EntryConflict, match="undone already"):
        await store.entries.undo(moved.id, actor=AWA, at=NOW)


async def test_two_who_change_one_event_at_once_lose_nothing(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        await change(one, added(MEETING))
        moved = MEETING.model_copy(update={"cancelled": True})
        named = MEETING.model_copy(update={"kind": "visit"})
        outcomes = await asyncio.gather(
            change(one, edited(MEETING, moved)),
            change(other, edited(MEETING, named), actor=MOUSSA),
            return_exceptions=True,
        )
        (conflict,) = (found for found in outcomes if isinstance(found, BaseException))
        assert isinstance(conflict, EntryConflict)
        assert len(await one.entries.history("event", "meeting")) == 2
        assert await there(one) in ([moved], [named])


async def test_who_keeps_an_index_learns_of_events_too(store: Store) -> None:
    await change(store, added(DESK))
    seen = await store.entries.revision()
    await change(store, added(MEETING))
    await store.entries.seed(files(MEETING, REPORT), at=NOW)
    news = await store.entries.changed_since(seen)
    assert news is not None
    assert news[1] == (("deadline", "report", REPORT), ("event", "meeting", MEETING))


async def test_files_and_chat_are_merged_and_the_history_says_who_did_what(store: Store) -> None:
    await store.entries.seed(files(MEETING, REPORT, DESK), at=NOW)
    await change(store, edited(MEETING, CANCELLED), added(event("chat")))
    assert not (await store.entries.seed(files(MEETING, REPORT, DESK), at=NOW)).changed
    assert await there(store) == [CANCELLED, event("chat"), REPORT]
    later = REPORT.model_copy(update={"cancelled": True})
    assert (await store.entries.seed(files(event("new"), MEETING, later, DESK), at=NOW)).changed
    assert await there(store) == [event("new"), CANCELLED, event("chat"), later]
    rows = await store.entries.history(limit=100)
    assert {row.actor for row in rows if row.after in (event("new"), later)} == {"file"}
    whole = (*entries_of(await store.entries.directory()), *await there(store))
    assert replayed(rows) == {key_of(entry): entry for entry in whole}


async def test_what_both_have_changed_is_said_once_and_stays_as_in_chat(store: Store) -> None:
    await store.entries.seed(files(MEETING), at=NOW)
    await change(store, edited(MEETING, CANCELLED))
    other = MEETING.model_copy(update={"kind": "visit"})
    first = await store.entries.seed(files(other), at=NOW)
    second = await store.entries.seed(files(other), at=NOW)
    assert (first.changed, len(first.news), len(second.notes), second.news) == (False, 1, 1, ())
    assert await there(store) == [CANCELLED]
    assert (await store.entries.seed(files(CANCELLED), at=NOW)).notes == ()
    await store.entries.seed(files(other), at=NOW)
    assert await there(store) == [other]


async def test_a_plan_of_the_calendar_is_another_one_for_another_calendar(store: Store) -> None:
    await store.entries.seed(files(DESK), at=NOW)
    plans = [
        await store.entries.preview(files(DESK, *some)) for some in ((), (MEETING,), (CANCELLED,), (REPORT,))
    ]
    assert len({plan.fingerprint for plan in plans}) == 4
    assert [plan.writes for plan in plans] == [False, True, True, True]
    assert [(c.before, c.after) for c in plans[1].calendar_changes] == [(None, MEETING)]
    assert plans[1].changes == ()


async def test_somebody_who_is_forgotten_is_taken_out_of_the_calendar_and_its_history(store: Store) -> None:
    hers = event("hers", added_by="awa.diallo", audience={"people": ["awa.diallo"]})
    shared = event("shared", audience={"people": ["awa.diallo", "moussa.keita"]})
    asked = deadline("asked", asked_by="awa.diallo", added_by="awa.diallo")
    other = deadline("other", title="awa.diallo")
    await change(store, added(hers), added(shared), added(asked), added(other), actor=MOUSSA)
    await change(store, edited(asked, asked.model_copy(update={"cancelled": True})))
    about = await store.about(AWA, "awa.diallo")
    assert [entry["key"] for entry in about["entries"]] == ["asked", "hers", "shared"]  # type: ignore[attr-defined]
    assert [row["key"] for row in about["history"]] == ["hers", "shared", "asked", "asked"]  # type: ignore[attr-defined]
    forgotten = await store.forget(AWA, "awa.diallo", "—")
    assert (forgotten.entries, forgotten.history) == (3, 5)
    found = {entry.key: entry for entry in await there(store)}
    assert found["asked"] == deadline("asked", cancelled=True)
    assert found["shared"].audience.people == ("moussa.keita",)
    # What was for her alone is for nobody now, and not for everybody.
    assert (found["hers"].audience.is_said, found["hers"].audience.people) == (True, ("-",))
    assert found["other"] == other
    rows = [
        (row.before, row.after, row.actor)
        for row in await store.entries.history(limit=100)
        if row.key != "other"
    ]
    assert "awa.diallo" not in str(rows)
    assert not any((await store.about(AWA, "awa.diallo")).values())
    report = await store.entries.seed(files(MEETING), at=NOW)
    assert ["hers" in str(note) for note in report.news] == [True]
    assert sorted(entry.key for entry in await there(store)) == ["asked", "meeting", "other", "shared"]


@pytest.mark.from_nothing
async def test_a_store_with_a_calendar_of_the_files_alone_goes_on_unchanged(url: str) -> None:
    # As commit 80dc87c wrote them for `calendar.yaml` beside it.
    written = json.loads((OLDER / "calendar_0015.json").read_text())
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrate(sync, to="0015"))
    async with engine.begin() as connection:
        await connection.execute(insert(entries), written)
        await connection.execute(insert(revisions).values(subject="entries", number=7))
    await engine.dispose()
    description = read(OLDER / "description")
    async with await Store.open(url) as store:
        was_silent = description.calendar.deadlines[-1]
        assert was_silent.remind is None
        silent = was_silent.model_copy(update={"remind": ()})
        still = (*description.calendar.events, *description.calendar.deadlines[:-1], silent)
        assert await there(store) == list(still)
        # Nobody has changed anything: that is no news.
        assert await store.entries.history() == ()
        assert await store.entries.changed_since(7) == (7, ())
        plan = await store.entries.preview(description)
        assert (plan.calendar_changes, plan.is_renewed(CALENDAR_KINDS)) == ((), False)
        assert plan.report.notes == ()
        await store.entries.seed(description, at=NOW)
        assert await there(store) == list(still)
        # What was never posted is not, as long as the file says the same of it.
        other = was_silent.model_copy(update={"link": "https://example.org/report"})
        changed = Calendar(version=1, deadlines=(other,), events=description.calendar.events)
        await store.entries.seed(Description(description.community, description.directory, changed), at=NOW)
        assert (await there(store))[-1] == other
        # From now on chat and the files are merged.
        first = description.calendar.events[0]
        cancelled = first.model_copy(update={"cancelled": True})
        await change(store, edited(first, cancelled))
        shorter = Calendar(version=1, events=description.calendar.events[:2])
        report = await store.entries.seed(
            Description(description.community, description.directory, shorter), at=NOW
        )
        assert report.notes == ()
        assert await there(store) == [cancelled, shorter.events[1]]
        row = (await store.entries.history("event", first.key))[0]
        await store.entries.undo(row.id, actor=AWA, at=NOW)
        assert await there(store) == list(shorter.events)


async def test_what_a_contact_asks_for_that_has_somebodys_user_name_as_its_key_stays_when_they_are_forgotten(
    store: Store,
) -> None:
    asked = deadline("asked", asked_by="awa")
    await change(store, added(contact("awa", member="moussa.keita")), added(asked), actor=MOUSSA)
    about = await store.about("@awa:example.org", "awa")
    assert about["entries"] == []
    forgotten = await store.forget("@awa:example.org", "awa", "—")
    assert (forgotten.entries, forgotten.history) == (0, 0)
    assert await store.entries.entry("deadline", "asked") == asked
