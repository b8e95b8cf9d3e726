"""The contract of the store's entries: changes, history, undo, seeding; drafts and counts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from community.core.errors import EntryConflict
from community.description.calendar_model import Calendar
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.model import Description
from community.directory.entry import DirectoryEntry, EntryChange, HistoryRow, entries_of, key_of
from community.storage import Count, Draft, Store
from tests.lib.descriptions import described
from tests.lib.entries import added, contact, edited, project, removed, replayed, resource
from tests.lib.store_work import Sent, shape, statements, whole_tables_read

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA, MOUSSA = "@awa.diallo:x", "@moussa.keita:x"
DESK, GUIDE, COMPOST = contact("desk"), resource("guide"), project("compost")


async def change(store: Store, *changes: EntryChange, actor: str = AWA) -> tuple[HistoryRow, ...]:
    return await store.entries.change(changes, actor=actor, at=NOW)


async def test_what_is_changed_is_there_and_in_the_history(store: Store) -> None:
    rows = await change(store, added(DESK), added(GUIDE), added(COMPOST))
    busy = DESK.model_copy(update={"vacant": True})
    (last,) = await change(store, edited(DESK, busy), actor=MOUSSA)
    assert await store.entries.directory() == Directory(
        version=1, contacts=(busy,), resources=(GUIDE,), projects=(COMPOST,)
    )
    assert await store.entries.entry("contact", "desk") == busy
    assert await store.entries.entry("project", "desk") is None
    assert last == HistoryRow(4, NOW, MOUSSA, "contact", "desk", DESK, busy)
    assert await store.entries.history() == (last, *reversed(rows))
    assert await store.entries.history("contact", "desk") == (last, rows[0])
    assert await store.entries.history("contact", limit=1) == (last,)
    assert await store.entries.history("resource") == (rows[1],)


async def test_one_conflict_and_nothing_is_changed(store: Store) -> None:
    await change(store, added(DESK))
    before, revision = await store.entries.directory(), await store.entries.revision()
    other = DESK.model_copy(update={"vacant": True})
    for wrong, sentence in (
        (added(DESK), "“desk” is there already"),
        (removed(GUIDE), "“guide” is no longer there"),
        (removed(other), "“desk” has been changed meanwhile"),
        (edited(other, DESK), "“desk” has been changed meanwhile"),
    ):
        with pytest.raises(EntryConflict, match=sentence):
            await change(store, added(COMPOST), wrong)
        assert (await store.entries.directory(), await store.entries.revision()) == (before, revision)
    assert len(await store.entries.history()) == 1


async def test_changes_of_one_entry_follow_each_other(store: Store) -> None:
    busy = DESK.model_copy(update={"vacant": True})
    rows = await change(store, added(DESK), edited(DESK, busy), removed(busy), added(DESK))
    assert [row.id for row in rows] == [1, 2, 3, 4]
    assert (await store.entries.directory()).contacts == (DESK,)
    assert await store.entries.change((), actor=AWA, at=NOW) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        EntryChange("contact", "other", None, DESK),
        EntryChange("project", "desk", None, DESK),
        EntryChange("contact", "desk", DESK, DESK),
        EntryChange("contact", "desk", None, None),
        EntryChange("resource", "guide", None, GUIDE.model_copy(update={"themes": ()})),
    ],
)
async def test_a_change_that_makes_no_sense_is_a_fault_of_the_program(
    store: Store, wrong: EntryChange
) -> None:
    with pytest.raises(ValueError, match=r"a change|too_short"):
        await change(store, wrong)
    assert await store.entries.history() == ()


async def test_an_edited_entry_keeps_its_place_and_a_new_one_comes_last(store: Store) -> None:
    first, second = contact("b"), contact("a")
    await change(store, added(first), added(second))
    await change(store, edited(first, first.model_copy(update={"vacant": True})), added(contact("0")))
    assert [one.key for one in (await store.entries.directory()).contacts] == ["b", "a", "0"]


async def test_what_was_changed_is_undone_and_redone(store: Store) -> None:
    busy = DESK.model_copy(update={"vacant": True})
    add, edit = await change(store, added(DESK), edited(DESK, busy))
    undo = await store.entries.undo(edit.id, actor=MOUSSA, at=NOW)
    assert undo == HistoryRow(3, NOW, MOUSSA, "contact", "desk", busy, DESK, undoes=edit.id)
    assert await store.entries.entry("contact", "desk") == DESK
    redo = await store.entries.undo(undo.id, actor=AWA, at=NOW)
    assert (redo.after, redo.undoes) == (busy, undo.id)
    await store.entries.undo(edit.id, actor=AWA, at=NOW)
    gone = await store.entries.undo(add.id, actor=AWA, at=NOW)
    assert await store.entries.entry("contact", "desk") is None
    await store.entries.undo(gone.id, actor=AWA, at=NOW)
    assert await store.entries.entry("contact", "desk") == DESK


async def test_an_undo_that_later_changes_stand_in_the_way_of_is_refused(store: Store) -> None:
    busy = DESK.model_copy(update={"vacant": True})
    add, edit = await change(store, added(DESK), edited(DESK, busy))
    with pytest.raises(EntryConflict, match=r"has been changed since.*number 2"):
        await store.entries.undo(add.id, actor=AWA, at=NOW)
    with pytest.raises(EntryConflict, match="There is no change number 7"):
        await store.entries.undo(7, actor=AWA, at=NOW)
    await store.entries.undo(edit.id, actor=AWA, at=NOW)
    again = await change(store, edited(DESK, busy))
    with pytest.raises(EntryConflict, match="number 2 has been undone already"):
        await store.entries.undo(edit.id, actor=AWA, at=NOW)
    assert await store.entries.history(limit=1) == again


async def test_the_index_learns_what_has_changed_and_nothing_else(store: Store) -> None:
    assert await store.entries.changed_since(0) == (0, ())
    await change(store, added(DESK), added(GUIDE))
    revision, news = (await store.entries.changed_since(0)) or (0, ())
    assert news == (("contact", "desk", DESK), ("resource", "guide", GUIDE))
    assert await store.entries.changed_since(revision) == (revision, ())
    await change(store, removed(DESK))
    await change(store, added(COMPOST))
    assert await store.entries.changed_since(revision) == (
        revision + 2,
        (("contact", "desk", None), ("project", "compost", COMPOST)),
    )
    assert await store.entries.changed_since(revision + 3) is None


async def test_two_processes_that_change_one_entry_lose_nothing(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        await change(one, added(DESK))

        async def confirm(store: Store, day: date) -> None:
            while True:
                there = await store.entries.entry("contact", "desk")
                assert isinstance(there, Contact)
                words = {"en": tuple(sorted((*there.words.get("en", ()), str(day))))}
                try:
                    await change(store, edited(there, there.model_copy(update={"words": words})))
                except EntryConflict:
                    continue
                return

        days = [date(2026, 1, 1) + timedelta(days=n) for n in range(12)]
        await asyncio.gather(*(confirm((one, other)[n % 2], day) for n, day in enumerate(days)))
        desk = await one.entries.entry("contact", "desk")
        assert isinstance(desk, Contact)
        assert desk.words == {"en": tuple(map(str, days))}
        rows = (await other.entries.history(limit=100))[::-1]
        assert [row.before for row in rows[1:]] == [row.after for row in rows[:-1]]


async def test_two_processes_that_add_at_once_in_an_empty_store_add_one(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        tries = (change((one, other)[n % 2], added(DESK)) for n in range(10))
        done = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(result, tuple) for result in done) == 1
        assert sum(isinstance(result, EntryConflict) for result in done) == 9
        assert len(await one.entries.history()) == 1


DRAFT = Draft(room_id="!r", conversation="$thread", user_id=AWA, content='{"step":1}', at=NOW)


async def test_a_draft_is_kept_replaced_and_dropped(store: Store) -> None:
    assert await store.drafts.get("!r", "$thread", AWA) is None
    await store.drafts.put(DRAFT)
    asked = replace(DRAFT, content='{"step":2}', event_id="$confirm", at=NOW + timedelta(minutes=1))
    await store.drafts.put(asked)
    await store.drafts.put(replace(DRAFT, user_id=MOUSSA))
    assert await store.drafts.get("!r", "$thread", AWA) == asked
    assert await store.drafts.by_event("!r", "$confirm") == asked
    assert await store.drafts.by_event("!s", "$confirm") is None
    assert await store.drafts.delete_older(NOW + timedelta(seconds=1)) == 1
    assert await store.drafts.delete("!r", "$thread", AWA)
    assert not await store.drafts.delete("!r", "$thread", AWA)


async def test_what_waits_for_somebody_is_their_draft_there_and_what_is_of_no_room(store: Store) -> None:
    anywhere = replace(DRAFT, room_id="", conversation="a question")
    others = (
        replace(DRAFT, room_id="!s"),
        replace(DRAFT, conversation="$other"),
        replace(anywhere, user_id=MOUSSA),
    )
    for draft in (DRAFT, anywhere, *others):
        await store.drafts.put(draft)
    assert await store.drafts.waiting("!r", "$thread", AWA) == (DRAFT, anywhere)
    assert await store.drafts.waiting("!r", "$new", AWA) == (anywhere,)
    assert await store.drafts.waiting("!r", "$new", "@nobody:x") == ()


async def test_questions_are_counted_by_topic_day_and_answer(store: Store) -> None:
    today, yesterday = date(2026, 11, 24), date(2026, 11, 23)
    for topic, day, answered in (
        ("waste", yesterday, True),
        ("waste", today, True),
        ("waste", today, True),
        ("waste", today, False),
        ("kigali", today, True),
    ):
        await store.counts.add([topic], day, answered)
    assert await store.counts.read(today) == (
        Count("kigali", today, True, 1),
        Count("waste", today, False, 1),
        Count("waste", today, True, 2),
    )
    assert len(await store.counts.read(yesterday)) == 4


async def test_questions_counted_at_once_are_all_counted(url: str) -> None:
    day = date(2026, 11, 24)
    async with await Store.open(url) as one, await Store.open(url) as other:
        await asyncio.gather(*((one, other)[n % 2].counts.add(["waste"], day, True) for n in range(20)))
        assert await one.counts.read(day) == (Count("waste", day, True, 20),)


# --- seeding ----------------------------------------------------------------------------------------------------------


def files(*entries: DirectoryEntry, visible: Any = None, calendar: Calendar | None = None) -> Description:
    """Return the small network with a directory of ``entries``."""
    written = Directory(
        version=1,
        visible=visible or {},
        contacts=tuple(entry for entry in entries if isinstance(entry, Contact)),
        resources=tuple(entry for entry in entries if isinstance(entry, Resource)),
        projects=tuple(entry for entry in entries if isinstance(entry, Project)),
    )
    return described(written, calendar)


async def keys(store: Store) -> list[str]:
    return [entry.key for entry in entries_of(await store.entries.directory())]


async def test_what_seeding_changes_is_in_the_history_as_done_by_the_file(store: Store) -> None:
    await store.entries.seed(files(DESK, GUIDE), at=NOW)
    busy = DESK.model_copy(update={"vacant": True})
    later = NOW + timedelta(days=1)
    assert (await store.entries.seed(files(busy, COMPOST), at=later)).changed
    rows = [(row.at, row.actor, row.before, row.after) for row in await store.entries.history()]
    assert rows[::-1] == [
        (NOW, "file", None, DESK),
        (NOW, "file", None, GUIDE),
        (later, "file", GUIDE, None),
        (later, "file", DESK, busy),
        (later, "file", None, COMPOST),
    ]


async def test_who_may_see_what_is_kept_with_the_directory(store: Store) -> None:
    visible = {"phone": ("coordinator",), "member": ()}
    assert (await store.entries.seed(files(DESK, visible=visible), at=NOW)).changed
    assert (await store.entries.directory()).visible == visible
    before = await store.entries.revision()
    assert not (await store.entries.seed(files(DESK, visible=visible), at=NOW)).changed
    assert (await store.entries.seed(files(DESK), at=NOW)).changed
    assert (await store.entries.directory()).visible == {}
    assert await store.entries.revision() == before + 1


async def test_the_files_do_not_take_back_what_was_said_in_chat(store: Store) -> None:
    old = contact("old")
    await store.entries.seed(files(DESK, old, GUIDE), at=NOW)
    busy = DESK.model_copy(update={"vacant": True})
    await change(store, edited(DESK, busy), removed(GUIDE), added(COMPOST))
    assert not (await store.entries.seed(files(DESK, old, GUIDE), at=NOW)).changed
    assert await keys(store) == ["desk", "old", "compost"]
    await store.entries.seed(files(DESK, GUIDE), at=NOW)
    assert await keys(store) == ["desk", "compost"]
    assert await store.entries.entry("contact", "desk") == busy
    better = GUIDE.model_copy(update={"kind": "tool"})
    await store.entries.seed(files(DESK, better), at=NOW)
    assert await store.entries.entry("resource", "guide") == better


async def test_what_both_have_changed_is_said_and_is_news_once(store: Store) -> None:
    await store.entries.seed(files(DESK), at=NOW)
    busy, other = (DESK.model_copy(update=change) for change in ({"vacant": True}, {"languages": ("fr",)}))
    await change(store, edited(DESK, busy))
    (note,) = (await store.entries.preview(files(other))).report.notes
    first = await store.entries.seed(files(other), at=NOW)
    second = await store.entries.seed(files(other), at=NOW)
    assert (first.changed, first.notes, first.news) == (False, (note,), (note,))
    assert (second.changed, second.notes, second.news) == (False, (note,), ())
    assert await store.entries.entry("contact", "desk") == busy
    assert (await store.entries.seed(files(busy), at=NOW)).notes == ()


async def test_what_the_file_changed_is_undone_in_chat_and_stays_undone(store: Store) -> None:
    await store.entries.seed(files(DESK, GUIDE), at=NOW)
    await store.entries.seed(files(DESK), at=NOW)
    (gone,) = await store.entries.history(limit=1)
    await store.entries.undo(gone.id, actor=MOUSSA, at=NOW)
    await store.entries.seed(files(DESK), at=NOW)
    assert await keys(store) == ["desk", "guide"]


async def test_the_order_of_the_files_is_that_of_the_directory(store: Store) -> None:
    one, two = contact("one"), contact("two")
    await store.entries.seed(files(one, two), at=NOW)
    await change(store, added(contact("chat")))
    assert (await store.entries.seed(files(two, contact("new"), one), at=NOW)).changed
    assert await keys(store) == ["two", "new", "one", "chat"]
    assert not (await store.entries.seed(files(two, contact("new"), one), at=NOW)).changed


async def test_files_and_chat_at_the_same_time_lose_nothing(url: str) -> None:
    async with await Store.open(url) as bots, await Store.open(url) as provisioning:
        await provisioning.entries.seed(files(DESK), at=NOW)
        written = [contact(f"file-{n}") for n in range(10)]
        said = [contact(f"chat-{n}") for n in range(10)]
        await asyncio.gather(
            *(provisioning.entries.seed(files(DESK, *written[: n + 1]), at=NOW) for n in range(10)),
            *(change(bots, added(entry)) for entry in said),
            *(bots.entries.directory() for _ in range(5)),
        )
        await provisioning.entries.seed(files(DESK, *written), at=NOW)
        wanted = {entry.key for entry in (DESK, *written, *said)}
        assert set(await keys(bots)) == wanted
        rows = await bots.entries.history(limit=1000)
        assert replayed(rows) == {
            key_of(entry): entry for entry in entries_of(await bots.entries.directory())
        }


async def work_in_a_directory_of(store: Store, count: int) -> tuple[list[Sent], list[Sent]]:
    """Return what a second seeding of so many contacts sends to the database, and what one change of one sends."""
    many = [contact(f"c{n}") for n in range(count)]
    await store.entries.seed(files(*many), at=NOW)
    with statements(store) as look:
        assert not (await store.entries.seed(files(*many), at=NOW)).changed
    with statements(store) as one:
        await change(store, edited(many[-1], many[-1].model_copy(update={"vacant": True})))
    return look, one


async def test_a_change_in_a_directory_of_thousands_costs_what_it_costs_in_a_small_one(url: str) -> None:
    async with await Store.open(url) as store:
        small_look, small_change = await work_in_a_directory_of(store, 10)
        look, one = await work_in_a_directory_of(store, 3000)
        assert shape(one) == shape(small_change)
        assert shape(look) == shape(small_look)
        # What the files say already is looked at, and nothing is written.
        assert {statement.split()[0] for statement, _ in look} <= {"BEGIN", "SELECT"}
        assert await whole_tables_read(store, one) == []
