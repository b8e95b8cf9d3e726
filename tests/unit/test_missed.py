"""“What did I miss?” and the bot around it: what counts as having written, what is kept of it, what is told to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption import Received
from bots.visits import VisitNotes
from community.jobs.job import Lease
from community.jobs.room_posts import RoomPost
from community.storage import Visit
from matrix.ids import EventId, UserId
from tests.lib.bot_runtime import AWA, BOT, DIRECT, NOW, OUTSIDER, batch, said
from tests.lib.news_story import LATER, changed, entry_of, happen, refreshed, some_days
from tests.lib.room_talk import LUCIE, MOBILITY, MOUSSA, RoomTalk, seeded_store

WHAT, DAY = "what did I miss?", timedelta(days=1)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path, ("en",)) as store:
        talk = RoomTalk(store, tmp_path)
        await talk.start()
        yield talk


async def posted(talk: RoomTalk, room: str, key: str, due: datetime = LATER - timedelta(hours=20)) -> None:
    """Have a date told in a room."""
    post = RoomPost(f"{key}/60", room, "!r", "t", "BOT", due, due, told=((f"{key}/60", "20261203T1000Z"),))
    begun = await talk.store.jobs.begin(post, Lease("b", due + timedelta(hours=1)), at=due, due=due)
    await talk.store.jobs.done(begun.job, at=due)


async def written(talk: RoomTalk, body: str, sender: UserId = AWA, **more: Any) -> Visit | None:
    """Have somebody write in the room of a theme, not to the bot; return what is noted of them."""
    await talk.hears(body, sender, MOBILITY, **more)
    return await talk.store.visits.of(sender)


async def test_what_is_said_in_a_room_counts_and_nothing_of_it_is_kept(talk: RoomTalk) -> None:
    assert await written(talk, "the budget is a secret of mine") == Visit(NOW)
    about = await talk.store.about(AWA, "awa.diallo")
    assert about["visits"] == [{"user_id": AWA, "wrote_at": NOW.isoformat(), "before": None}]
    assert "secret" not in str(about)
    assert "mobility" not in str(about["visits"])


async def test_who_asks_again_is_told_the_same_also_after_a_restart(talk: RoomTalk) -> None:
    await some_days(talk)
    first = await talk.told(WHAT, room=DIRECT)
    assert "Evening of songs" in first
    talk.now += timedelta(hours=2)
    assert await talk.told(WHAT, room=DIRECT) == first
    await talk.start()
    await refreshed(talk)
    assert await talk.told(WHAT, room=DIRECT) == first
    talk.now += timedelta(hours=5)
    later = await talk.told(WHAT, room=DIRECT)
    assert later.startswith("Since you last wrote, today at 11:30:")
    assert "Nothing is new." in later
    assert "Evening of songs" not in later


async def test_to_a_newcomer_the_last_two_weeks_are_told_and_what_comes_next(talk: RoomTalk) -> None:
    await happen(talk.store, changed(entry_of("bamako-bus-corridor"), stage="finished"))
    talk.now = LATER
    await refreshed(talk)
    told = await talk.told(WHAT, room=DIRECT)
    assert told.startswith(
        "I do not know when you last wrote. The last two weeks, since Friday, 13 November 2026:"
    )
    for text in (
        "Left bank bus corridor (Stage)",
        "Confirm your city's contacts · Due:",
        "City leads' monthly meeting · ",
    ):
        assert text in told
    # What was there when all began is no news.
    assert told.count("New") == 0


async def test_what_was_told_in_a_room_of_theirs_meanwhile_is_still_to_come(talk: RoomTalk) -> None:
    await talk.hears("hello")
    await posted(talk, "exchange.mobility", "event/lagos-bus-visit/20270323T0800Z")
    await posted(talk, "exchange.land", "event/land-webinar/20261210T1300Z")
    await posted(talk, "exchange.mobility", "event/no-such/20261210T1300Z")
    talk.now = LATER
    told = await talk.told(WHAT, room=DIRECT)
    assert "bus" in told.split("Still to come:")[1]
    assert "land" not in told.lower()
    here = await talk.told(f"!p {WHAT}", room=MOBILITY)
    assert "bus" in here.split("Still to come:")[1]


async def test_a_post_in_a_room_that_the_asker_is_not_in_tells_them_nothing(talk: RoomTalk) -> None:
    await talk.hears("hello", MOUSSA)
    talk.homeserver.rooms[DIRECT].members = {MOUSSA: "join", BOT: "join"}
    await posted(talk, "leads", "event/leads-meeting/20261203T1000Z")
    await happen(talk.store, changed(entry_of("leads-meeting"), cancelled=True))
    talk.now = LATER
    await refreshed(talk)
    told = await talk.told(WHAT, sender=MOUSSA, room=DIRECT)
    assert "Nothing is new." in told
    assert "leads" not in told.lower()


async def test_who_writes_in_anothers_name_takes_nothing_away_from_them(talk: RoomTalk) -> None:
    key = "k" * 43
    talk.homeserver.shown = {AWA: key}
    await talk.takes(batch())
    content = {"msgtype": "m.text", "body": "hello"}
    await talk.takes(batch(Received(MOBILITY, EventId("$own"), AWA, content, 0, vouched=(key,))))
    assert await talk.store.visits.of(AWA) == Visit(NOW)
    talk.now = LATER
    await talk.takes(batch(Received(MOBILITY, EventId("$another"), AWA, content, 0)))
    assert await talk.store.visits.of(AWA) == Visit(NOW)


@pytest.mark.parametrize("sender", [OUTSIDER, BOT])
async def test_of_strangers_nothing_is_noted(talk: RoomTalk, sender: UserId) -> None:
    await talk.hears("hello", sender, MOBILITY)
    assert await talk.store.visits.of(sender) is None


async def test_nothing_is_noted_by_a_clock_that_is_not_believed(talk: RoomTalk) -> None:
    talk.is_clock_believed = False
    assert await written(talk, "hello") is None


async def test_a_message_that_is_read_late_counts_from_when_it_was_written(talk: RoomTalk) -> None:
    talk.now = LATER
    early, to_come = (int(moment.timestamp() * 1000) for moment in (LATER - DAY, LATER + DAY))
    for ts, wrote in (
        (early, LATER - DAY),
        (to_come, LATER),
        (1, LATER),
        (-(10**30), LATER),
        (10**30, LATER),
    ):
        message = Received(MOBILITY, EventId(f"${ts}"), LUCIE, {"msgtype": "m.text", "body": "x"}, ts)
        await talk.takes(batch(message))
        visit = await talk.store.visits.of(LUCIE)
        assert visit is not None
        assert visit.wrote_at == wrote


async def test_whoever_is_forgotten_is_forgotten_also_by_the_message_that_asks_for_it(talk: RoomTalk) -> None:
    asked = await talk.told("forget me", room=DIRECT)
    assert await talk.store.visits.of(AWA) is not None
    await talk.told(asked.rsplit("write: ", 1)[1].strip(), room=DIRECT)
    assert await talk.store.visits.of(AWA) is None


async def test_a_message_within_the_same_minutes_costs_no_look_at_the_store(talk: RoomTalk) -> None:
    notes = VisitNotes(talk.store, talk.bot._incoming)
    await notes.note(said("hello", "$1"))
    await talk.store.close()
    await notes.note(said("hello", "$2"))


async def test_moments_that_are_kept_no_more_are_swept_away(talk: RoomTalk) -> None:
    await talk.store.visits.note(AWA, datetime(2024, 1, 1, tzinfo=UTC))
    await talk.answers.visits.periodic.work()
    assert await talk.store.visits.of(AWA) is None


async def test_more_is_told_in_portions_and_each_once(talk: RoomTalk) -> None:
    await talk.hears("hello")
    projects = [entry_of(key) for key in ("bamako-bus-corridor", "bamako-compost", "benguerir-bikes")]
    contacts = [
        entry_of(key) for key in ("bamako-waste", "bamako-taxes", "benguerir-digital", "bamako-mobility")
    ]
    await happen(
        talk.store,
        *(changed(one, stage="finished") for one in projects),
        *(changed(one, languages=("sw",)) for one in contacts),
    )
    talk.now = LATER
    await refreshed(talk)
    first = await talk.told(WHAT, room=DIRECT)
    assert first.count("• Changed") == 5
    assert "And 2 more: reply “more”" in first
    # The newest first.
    assert first.index("Awa Diallo") < first.index("Youssef Amrani")
    second = await talk.told("more", room=DIRECT)
    assert second.count("• Changed") == 2
    assert "Since" not in second
    assert await talk.told("more", room=DIRECT) == "That is all that is new."


async def test_more_after_another_answer_is_of_that(talk: RoomTalk) -> None:
    await some_days(talk)
    await talk.told(WHAT, room=DIRECT)
    await talk.told("what's next?", room=DIRECT)
    more = await talk.told("more", room=DIRECT)
    assert "That is all that is new." not in more


async def test_who_is_perhaps_somebody_else_is_told_nothing_and_leaves_nothing(talk: RoomTalk) -> None:
    key = "k" * 43
    talk.homeserver.shown = {AWA: key}
    await talk.takes(batch())
    await some_days(talk)

    async def told(body: str, *vouched: str) -> str:
        content = {"msgtype": "m.text", "body": body}
        await talk.takes(
            batch(Received(DIRECT, EventId(f"${body}{vouched}"), AWA, content, 0, vouched=vouched))
        )
        return str(talk.homeserver.sent[-1][1]["body"])

    assert "Evening of songs" not in await told(WHAT)
    assert "That is all that is new." not in await told("more", key)
    assert "Evening of songs" in await told(WHAT, key)
