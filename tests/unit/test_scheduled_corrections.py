"""What becomes of posts whose occurrence was moved or cancelled: edited once, and told once where it may be missed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from bots.features.scheduled.posts import ScheduledPosts
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Directory
from community.directory.entry import EntryChange
from community.jobs.room_posts import RoomPost
from community.storage import Store
from community.storage.tables import jobs
from matrix.errors import HomeserverUnreachable
from tests.lib.descriptions import described
from tests.lib.scheduling import DUE, Killed, Room, scheduled

START = DUE + timedelta(days=2)
HOUR = timedelta(hours=1)
THEN, LATER = "Tuesday, 2 December 2025, 18:00 (UTC)", "Wednesday, 3 December 2025, 20:00 (UTC)"


def call(**values: Any) -> Event:
    usual = {"key": "call", "title": "Call", "start": f"{START:%Y-%m-%d %H:%M}", "lasts": "1h"}
    return Event.model_validate({**usual, "remind": ["1d", "1h"], "rooms": ["lobby"], **values})


def moved(hours: float) -> Event:
    to = START + hours * HOUR
    return call(changes=[{"of": f"{START:%Y-%m-%d %H:%M}", "start": f"{to:%Y-%m-%d %H:%M}"}])


CANCELLED = call(changes=[{"of": f"{START:%Y-%m-%d %H:%M}", "cancelled": True}])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        await opened.entries.seed(
            described(Directory(version=1), Calendar(version=1, events=(call(),))), at=DUE
        )
        yield opened


async def changed(store: Store, after: Event | Deadline | None) -> None:
    before = await store.entries.entry("event", "call")
    await store.entries.change([EntryChange("event", "call", before, after)], actor="@awa:x", at=DUE)


async def looked(posts: ScheduledPosts, room: Room, *hours: float) -> None:
    for hour in hours:
        room.now = DUE + hour * HOUR
        await posts.post_due()


def edits(room: Room) -> list[tuple[str, str]]:
    """Return which event each edit changes, and into what."""
    contents = [event["content"] for event in room.events if "m.new_content" in event["content"]]
    return [(c["m.relates_to"]["event_id"], c["m.new_content"]["body"]) for c in contents]


def replies(room: Room) -> list[tuple[str, str]]:
    """Return to which event each reply is, and what it says."""
    contents = [event["content"] for event in room.events]
    related = [c for c in contents if "m.in_reply_to" in c.get("m.relates_to", {})]
    return [(c["m.relates_to"]["m.in_reply_to"]["event_id"], c["body"]) for c in related]


async def test_what_is_moved_has_its_post_edited_and_a_reply_says_so(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, moved(26))
    await looked(posts, room, 25, 25.1, 26, 27)
    assert edits(room) == [("$e0", f"Moved: Call\n{LATER}\nBefore: {THEN}")]
    assert replies(room) == [("$e0", f"Moved: Call, from {THEN} to {LATER}.")]
    # Whoever looks next, and however often the bot is started.
    await looked(scheduled(store, room), room, 28, 28.1)
    assert len(room.events) == 3


async def test_what_is_cancelled_has_all_its_posts_edited_and_one_reply_to_the_newest(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24, 47)
    await changed(store, CANCELLED)
    await looked(posts, room, 47.5, 47.6, 47.7)
    assert edits(room) == [(event, f"Cancelled: Call\n{THEN}") for event in ("$e0", "$e1")]
    assert replies(room) == [("$e1", f"Cancelled: Call, {THEN}.")]


async def test_what_is_put_back_says_again_what_it_said_at_first(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    first = room.events[0]["content"]["body"]
    await changed(store, CANCELLED)
    await looked(posts, room, 25, 25.1)
    await changed(store, call())
    await looked(posts, room, 26, 26.1)
    assert edits(room)[-1] == ("$e0", first)
    assert replies(room)[-1] == ("$e0", f"No longer cancelled: Call, {THEN}.")
    # The same change a second time is another edit, and another reply.
    await changed(store, CANCELLED)
    await looked(posts, room, 27, 27.1)
    assert (len(edits(room)), len(replies(room))) == (3, 3)


async def test_several_changes_within_a_minute_are_one_and_what_is_put_back_at_once_is_none(
    store: Store,
) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    for number, after in enumerate((moved(3), CANCELLED, moved(26))):
        await changed(store, after)
        await looked(posts, room, 25 + number / 120)
    await looked(posts, room, 25.1)
    assert (len(edits(room)), len(replies(room))) == (1, 1)
    await changed(store, CANCELLED)
    await looked(posts, room, 26)
    await changed(store, moved(26))
    await looked(posts, room, 26.01, 26.1)
    assert (len(edits(room)), len(replies(room))) == (1, 1)


async def test_under_a_post_of_the_last_minutes_there_is_no_reply(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, moved(26))
    await looked(posts, room, 24.01, 24.05, 25)
    assert (len(edits(room)), replies(room)) == (1, [])


@pytest.mark.parametrize(
    ("after", "at", "counted"),
    [
        pytest.param(CANCELLED, 48.2, (2, 0), id="running: who is there knows, the post is mended"),
        pytest.param(CANCELLED, 49.1, (0, 0), id="over"),
        pytest.param(moved(26), 49.1, (0, 0), id="over, moved afterwards"),
        pytest.param(moved(-20), 47.5, (0, 0), id="moved into the past"),
        pytest.param(None, 47.5, (2, 1), id="removed: it reads as cancelled"),
        pytest.param(None, 49.1, (0, 0), id="over, removed afterwards"),
        pytest.param(call(title="Meeting"), 47.5, (2, 0), id="another title: nobody need be told"),
    ],
)
async def test_only_what_is_not_over_and_has_changed_is_corrected(
    store: Store, after: Event | None, at: float, counted: tuple[int, int]
) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24, 47)
    await changed(store, after)
    await looked(posts, room, at, at + 0.1)
    assert (len(edits(room)), len(replies(room))) == counted


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", [Killed(), HomeserverUnreachable("http://h")], ids=["killed", "cut"])
@pytest.mark.parametrize("sent", [0, 1], ids=["reply", "edit"])
@pytest.mark.parametrize(("away", "device"), [(0.1, "ONE"), (0.1, "TWO"), (23.5, "ONE")], ids=str)
async def test_cut_off_around_an_edit_or_a_reply_each_is_sent_once(
    store: Store, moment: str, error: BaseException, sent: int, away: float, device: str
) -> None:
    await changed(store, moved(96))
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24 + 96)
    await changed(store, moved(100))
    await looked(posts, room, 25 + 96)
    room.fail_at(sent, moment, error)
    try:
        await looked(posts, room, 25.1 + 96)
    except Killed:
        assert isinstance(error, Killed)
    room.now += away * HOUR
    room.device_id = device
    if away > 23:
        room.transactions.clear()
    again = scheduled(store, room)
    for _ in range(3):
        await again.post_due()
    assert (len(edits(room)), len(replies(room))) == (1, 1)
    assert await store.jobs.pending(RoomPost.KIND) == ()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("away", [0.1, 24.0])
@pytest.mark.parametrize("then", [moved(120), call()], ids=["moved on", "put back"])
async def test_changed_again_while_the_bot_was_away_the_room_ends_with_what_is_true(
    store: Store, moment: str, away: float, then: Event
) -> None:
    await changed(store, call(start=f"{START + 96 * HOUR:%Y-%m-%d %H:%M}", remind=["1d"]))
    base = START + 96 * HOUR

    def one(**change: Any) -> Event:
        usual = {"start": f"{base:%Y-%m-%d %H:%M}", "remind": ["1d"]}
        return call(**usual, changes=[{"of": f"{base:%Y-%m-%d %H:%M}", **change}] if change else [])

    after = one(start=f"{base + 24 * HOUR:%Y-%m-%d %H:%M}") if then.changes else one()
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24 + 96)
    first = room.events[0]["content"]["body"]
    await changed(store, one(cancelled=True))
    await looked(posts, room, 25 + 96)
    room.fail_at(1, moment, Killed())
    with pytest.raises(Killed):
        await looked(posts, room, 25.1 + 96)
    await changed(store, after)
    again = scheduled(store, room)
    await looked(again, room, 25.1 + 96 + min(away, 20), 25.2 + 96 + min(away, 20))
    # The reply had gone out before: another one takes it back.
    assert len(replies(room)) == 2
    said = edits(room)[-1][1] if edits(room) else first
    assert said.startswith("Moved:") if then.changes else said == first
    assert await store.jobs.pending(RoomPost.KIND) == ()


@pytest.mark.parametrize(("moment", "corrected"), [("before", 0), ("after", 1)])
async def test_a_post_that_was_being_sent_when_its_occurrence_was_cancelled_is_found_and_edited(
    store: Store, moment: str, corrected: int
) -> None:
    room = Room(fail=(moment, Killed()))
    with pytest.raises(Killed):
        await looked(scheduled(store, room), room, 24)
    await changed(store, CANCELLED)
    again = scheduled(store, room)
    await looked(again, room, 24.1, 25, 25.1)
    assert (len(edits(room)), len(room.events) - len(edits(room)) - len(replies(room))) == (
        corrected,
        corrected,
    )
    assert await store.jobs.pending(RoomPost.KIND) == ()


async def test_what_an_earlier_version_has_posted_is_left_and_nothing_is_posted_at_the_upgrade(
    store: Store,
) -> None:
    room = Room()
    await looked(scheduled(store, room), room, 24)
    async with store.transaction() as connection:
        (payload,) = (await connection.execute(select(jobs.c.payload))).scalars()
        old = {name: text for name, text in payload.items() if name not in ("told", "edits", "replies_to")}
        await connection.execute(update(jobs).values(payload=old))
    posts = scheduled(store, room)
    await looked(posts, room, 25)
    await changed(store, moved(26))
    await looked(posts, room, 26, 26.1, 27)
    assert len(room.events) == 1
    # What is posted from then on is corrected.
    await looked(posts, room, 48 + 25)
    await changed(store, CANCELLED)
    await looked(posts, room, 48 + 25.3, 48 + 25.4)
    assert [event for event, _body in (*edits(room), *replies(room))] == ["$e1", "$e1"]


async def test_of_a_message_of_several_reminders_only_what_has_changed_reads_otherwise(store: Store) -> None:
    calendar = Calendar(version=1, events=(call(), call(key="other", title="Other")))
    await store.entries.seed(described(Directory(version=1), calendar), at=DUE)
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 25)
    first = room.events[0]["content"]["body"]
    assert "• In 23 hours: Other" in first
    await changed(store, CANCELLED)
    await looked(posts, room, 26, 26.1)
    ((event, body),) = edits(room)
    assert (event, body.split("\n")) == (
        "$e0",
        ["These reminders are late:", "• Cancelled: Call", THEN, "• In 23 hours: Other", THEN],
    )
    assert replies(room) == [("$e0", f"Cancelled: Call, {THEN}.")]


async def test_a_room_that_cannot_be_reached_holds_up_no_other_and_gets_its_own_later(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, CANCELLED)
    await looked(posts, room, 25)
    room.fail_at(0, "before", HomeserverUnreachable("http://h"))
    await looked(posts, room, 25.1)
    assert len(room.events) == 1
    await looked(posts, room, 25.2)
    assert (len(edits(room)), len(replies(room))) == (1, 1)


async def test_a_deadline_that_is_put_off_as_a_whole_is_edited_in_each_language(store: Store) -> None:
    def report(due: str, **more: Any) -> Deadline:
        usual = {"key": "report", "title": {"en": "Report", "fr": "Rapport"}, "rooms": ["lobby"]}
        return Deadline.model_validate({**usual, "due": due, "remind": ["1d"], **more})

    before, after = report("2025-12-02 18:00"), report("2025-12-04 18:00", originally="2025-12-02 18:00")
    await store.entries.change([EntryChange("deadline", "report", None, before)], actor="@awa:x", at=DUE)
    await changed(store, None)
    room = Room()
    posts = scheduled(store, room, languages=("en", "fr"))
    await looked(posts, room, 24)
    await store.entries.change([EntryChange("deadline", "report", before, after)], actor="@awa:x", at=DUE)
    await looked(posts, room, 25, 25.1)
    ((_event, body),) = edits(room)
    assert [block.split("\n")[0] for block in body.split("\n\n")] == [
        "Moved: Report",
        "Nouvelle date\u00a0: Rapport",
    ]
    ((_event, said),) = replies(room)
    english, french = said.split("\n\n")
    assert english == f"Moved: Report, from {THEN} to Thursday, 4 December 2025, 18:00 (UTC)."
    assert french.startswith("Nouvelle date pour Rapport\u00a0: jeudi 4 décembre 2025")


def told_by(body: str) -> str:
    """Return which day a message names as that of the call, or that it is cancelled."""
    days = re.findall(r"\d+ [A-Z][a-z]+ \d{4}", body)
    if body.startswith("Cancelled:"):
        return "cancelled"
    return str(days[-1] if body.startswith("Moved: Call, from") else days[0])


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_changes_and_fails_the_room_says_what_is_true_and_nothing_twice(
    store: Store, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311 - the same each time
    base = START + timedelta(days=58)

    def one(**change: Any) -> Event:
        of = f"{base:%Y-%m-%d %H:%M}"
        changes = [{"of": of, **change}] if change else []
        return call(start=of, remind=[f"{days}d" for days in range(40, 60)], changes=changes)

    days = [base + timedelta(days=number) for number in range(3)]
    states = {f"{day.day} {day:%B %Y}": one(start=f"{day:%Y-%m-%d %H:%M}") for day in days}
    states["cancelled"] = one(cancelled=True)
    state = f"{base.day} {base:%B %Y}"
    await changed(store, states[state])
    room = Room()
    posts = scheduled(store, room)
    for _ in range(60):
        other = chance.choice(sorted(states))
        if other != state and chance.random() < 0.4:
            await changed(store, states[other])
            state = other
        if chance.random() < 0.3:
            error = chance.choice([Killed(), HomeserverUnreachable("http://h")])
            room.fail_at(chance.randrange(3), chance.choice(["before", "after"]), error)
        room.device_id = chance.choice(["ONE", "ONE", "ONE", "TWO"])
        room.now += chance.choice([0.01, 0.1, 3, 25]) * HOUR
        try:
            await posts.post_due()
        except Killed:
            posts = scheduled(store, room)
    room.fail = None
    for _ in range(4):
        room.now += timedelta(minutes=2)
        await posts.post_due()
    assert await store.jobs.pending(RoomPost.KIND) == ()
    shown: dict[str, str] = {}
    heard = ""
    for event in room.events:
        content = event["content"]
        relation, body = content.get("m.relates_to", {}), content.get("m.new_content", content)["body"]
        says = told_by(body)
        if "m.in_reply_to" in relation:
            assert says != heard, "a reply that says nothing new"
        else:
            edited = relation.get("event_id", event["event_id"])
            assert shown.get(edited) != body, "an edit that changes nothing"
            shown[edited] = body
        heard = says
    assert {told_by(body) for body in shown.values()} == {state}
    assert heard == state
