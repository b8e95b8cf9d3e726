"""The contract of visits and news: since when somebody has missed what, by indexes of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.description.person import Person
from community.directory.entry import ChangedEntry
from community.jobs.job import Lease
from community.jobs.room_posts import RoomPost
from community.storage import Announced, Store, Visit
from community.storage.visits import KEPT_FOR
from tests.lib.entries import added, contact, edited, event, removed
from tests.lib.store_work import statements, whole_tables_read

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA, MOUSSA = "@awa.diallo:x", "@moussa.keita:x"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def posted(room: str, due: datetime, *keys: str) -> RoomPost:
    return RoomPost(
        keys[0], room, "!r", "t", "D", due, due, told=tuple((key, "20261203T1000Z") for key in keys)
    )


async def end(store: Store, post: RoomPost, *, done: bool = True) -> None:
    """Have a post filed, leased and ended."""
    begun = await store.jobs.begin(post, Lease("bot", NOW + HOUR), at=NOW, due=post.due_at)
    if done:
        await store.jobs.done(begun.job, at=NOW)


async def test_a_visit_goes_on_until_somebody_is_silent(store: Store) -> None:
    assert await store.visits.of(AWA) is None
    await store.visits.note(AWA, NOW)
    assert await store.visits.of(AWA) == Visit(NOW)
    for later in (HOUR, 2 * HOUR, DAY, DAY + HOUR, DAY - HOUR):
        await store.visits.note(AWA, NOW + later)
    assert await store.visits.of(AWA) == Visit(NOW + DAY + HOUR, NOW + 2 * HOUR)
    assert await store.visits.of(MOUSSA) is None


async def test_it_is_given_to_its_person_and_gone_with_them(store: Store) -> None:
    await store.visits.note(AWA, NOW)
    await store.visits.note(MOUSSA, NOW)
    about: dict[str, Any] = await store.about(AWA, "awa.diallo")
    assert about["visits"] == [{"user_id": AWA, "wrote_at": NOW.isoformat(), "before": None}]
    await store.forget(AWA, "awa.diallo", "former")
    assert await store.visits.of(AWA) is None
    assert await store.visits.of(MOUSSA) == Visit(NOW)


async def test_of_who_is_gone_for_long_or_is_no_member_nothing_is_kept(store: Store) -> None:
    people = [Person(user, user[1:5], "N", "member", None, (), ("fr",)) for user in (AWA, MOUSSA)]
    await store.people.replace(people)
    await store.visits.note(AWA, NOW)
    await store.visits.note(MOUSSA, NOW + 2 * HOUR)
    await store.visits.note("@left:x", NOW + DAY)
    await store.visits.drop_old(NOW + HOUR + KEPT_FOR)
    noted = [await store.visits.of(user) for user in (AWA, MOUSSA, "@left:x")]
    assert noted == [None, Visit(NOW + 2 * HOUR), None]


async def test_an_entry_is_given_once_as_it_was_before(store: Store) -> None:
    desk, meeting = contact("desk"), event("meeting")
    once, twice = (desk.model_copy(update={"phone": f"+223 {number}"}) for number in (1, 2))
    await store.entries.change([added(desk), added(meeting)], actor=AWA, at=NOW)
    await store.entries.change([edited(desk, once)], actor=AWA, at=NOW + HOUR)
    await store.entries.change([edited(once, twice)], actor=AWA, at=NOW + 2 * HOUR)
    await store.entries.change([removed(meeting)], actor=AWA, at=NOW + 3 * HOUR)
    assert await store.news.changed(NOW + HOUR, limit=10) == (
        ChangedEntry("event", "meeting", meeting, 5),
        ChangedEntry("contact", "desk", desk, 4),
    )
    assert await store.news.changed(NOW + HOUR, limit=1) == (ChangedEntry("event", "meeting", meeting, 5),)
    assert await store.news.changed(NOW + 2 * HOUR, NOW + 3 * HOUR, limit=10) == (
        ChangedEntry("contact", "desk", once, 4),
    )


async def test_what_was_there_from_the_beginning_is_no_news(store: Store) -> None:
    await store.entries.change([added(contact("desk"))], actor="file", at=NOW)
    assert await store.news.changed(NOW - DAY, limit=10) == ()
    await store.entries.change([added(contact("later"))], actor="file", at=NOW + HOUR)
    assert [one.key for one in await store.news.changed(NOW - DAY, limit=10)] == ["later"]


async def test_what_was_posted_is_given_by_date_and_room(store: Store) -> None:
    first, second = "event/meeting/20261203T1000Z", "deadline/report/20261215T1800Z"
    await end(store, posted("lobby", NOW, f"{first}/60", f"{second}/1440"))
    await end(store, posted("lobby", NOW + HOUR, f"{first}/0"))
    await end(store, posted("leads", NOW + 2 * HOUR, f"{first}/10"))
    await end(store, posted("lobby", NOW - DAY, "event/old/20261203T1000Z/60"))
    await end(store, posted("lobby", NOW, "event/waits/20261203T1000Z/60"), done=False)
    assert await store.news.announced(NOW, limit=10) == (
        Announced(first, "leads"),
        Announced(first, "lobby"),
        Announced(second, "lobby"),
    )
    assert await store.news.announced(NOW, limit=1) == (Announced(first, "leads"),)
    assert await store.news.announced(NOW, limit=1, room_key="lobby") == (Announced(first, "lobby"),)
    assert await store.news.announced(NOW, limit=10, room_key="lob") == ()
    assert await store.news.announced(NOW, limit=10, room_key="l%") == ()


async def test_nothing_of_it_reads_the_whole_history(store: Store) -> None:
    desks = [added(contact(f"desk{number}")) for number in range(800)]
    for start in range(0, len(desks), 100):
        await store.entries.change(desks[start : start + 100], actor=AWA, at=NOW + start * HOUR)
    await store.visits.note(AWA, NOW)
    with statements(store) as sent:
        found = await store.news.changed(NOW + 700 * HOUR, NOW + 800 * HOUR, limit=10)
        await store.news.announced(NOW + HOUR, limit=10)
        await store.visits.of(AWA)
    assert len(found) == 10
    plans = await whole_tables_read(store, sent)
    assert [line for line in plans if "SCAN history" in line or "Scan on history" in line] == []
