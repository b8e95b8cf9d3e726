"""How much of one person's reaches others in a day; and that a question is withdrawn when its asker says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.context.daily_limits import DAILY_LIMITS, start_of_day
from bots.encryption import Received
from bots.features.registry import FEATURES
from community.description.person import Person
from community.jobs.requested import PassedQuestion, ProposedChange
from community.storage import JobState, Store
from matrix.errors import HomeserverUnreachable
from matrix.ids import EventId
from tests.lib.bot_runtime import (
    AWA,
    COORDINATION,
    DIRECT,
    NOW,
    PETER,
    Homeserver,
    batch,
    runtime,
    said,
    take,
)
from tests.lib.room_talk import seeded_store

PROPOSALS, QUESTIONS = DAILY_LIMITS[ProposedChange], DAILY_LIMITS[PassedQuestion]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await seeded_store(tmp_path) as opened:
        member = Person(AWA, "awa", "Somebody", "member", None, (), ("en",))
        coordinator = Person(PETER, "peter.lindqvist", "Peter", "coordinator", None, (), ("en",))
        await opened.people.replace([member, coordinator])
        yield opened


class Talk:
    """Somebody's direct message with the bot; each message is read by a new process of it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.homeserver = Homeserver()
        self.store = store
        self.folder = folder
        self.number = 0

    async def say(self, text: str, *, now: datetime = NOW) -> str:
        """Say something; return what the bot says to it."""
        self.number += 1
        return await self.hear(said(text, f"${self.number}"), now)

    async def hear(self, message: Received, now: datetime = NOW) -> str:
        bot = runtime(self.homeserver, self.store, self.folder, now=now, features=self.features)
        await bot._handler._executor._context.answers.refresh(self.store)
        await take(bot, batch(message))
        return str(list(self.homeserver.said(DIRECT).values())[-1].content["body"])

    features = FEATURES

    async def propose(self, number: int, *, now: datetime = NOW) -> str:
        await self.say(f"change the function of Awa Diallo to head {number}", now=now)
        return await self.say("yes", now=now)

    def to_coordinators(self) -> list[str]:
        return [str(event.content["body"]) for event in self.homeserver.said(COORDINATION).values()]


class Asking(Talk):
    """Likewise, with a bot that passes on whatever is followed by "yes"."""

    features = None  # type: ignore[assignment]


async def test_only_so_many_proposals_reach_people_in_a_day_and_the_last_one_is_kept(
    store: Store, tmp_path: Path
) -> None:
    talk = Talk(store, tmp_path)
    for number in range(PROPOSALS):
        assert "Proposed to" in await talk.propose(number)
    assert "tomorrow" in await talk.propose(99)
    assert "tomorrow" in await talk.say("yes")
    assert len(await store.jobs.pending(ProposedChange.KIND)) == PROPOSALS
    assert len(talk.to_coordinators()) == PROPOSALS
    assert "Proposed to" in await talk.say("yes", now=NOW + timedelta(hours=23))
    assert "head 99" in talk.to_coordinators()[-1]


async def test_declined_proposals_count_too(store: Store, tmp_path: Path) -> None:
    talk = Talk(store, tmp_path)
    for number in range(PROPOSALS):
        await talk.propose(number)
        await talk.say("decline")
    assert await store.jobs.pending(ProposedChange.KIND) == ()
    assert "tomorrow" in await talk.propose(99)


async def test_the_last_proposal_of_a_day_is_not_refused_where_the_process_ends_before_its_reply(
    store: Store, tmp_path: Path
) -> None:
    talk = Talk(store, tmp_path)
    for number in range(PROPOSALS - 1):
        await talk.propose(number)
    await talk.say("change the function of Awa Diallo to head 99")
    talk.homeserver.goes_away_after = len(talk.homeserver.sent) + 1
    with pytest.raises(HomeserverUnreachable):
        await talk.say("yes")
    talk.homeserver.is_away = False
    assert "Proposed to" in await talk.hear(said("yes", f"${talk.number}"))
    assert len(await store.jobs.pending(ProposedChange.KIND)) == PROPOSALS


async def test_only_so_many_questions_reach_the_coordinators_in_a_day(store: Store, tmp_path: Path) -> None:
    talk = Asking(store, tmp_path)
    for _ in range(QUESTIONS):
        await talk.say("yes")
    assert "tomorrow" in await talk.say("yes")
    assert len(talk.to_coordinators()) == QUESTIONS
    await talk.say("yes", now=NOW + timedelta(days=1))
    assert len(talk.to_coordinators()) == QUESTIONS + 1


async def test_the_limit_is_each_persons_own(store: Store, tmp_path: Path) -> None:
    talk = Talk(store, tmp_path)
    for number in range(PROPOSALS + 1):
        await talk.propose(number)
    since = start_of_day(NOW, "UTC")
    theirs = await store.jobs.filed_since(ProposedChange.KIND, {"user_id": AWA}, since=since)
    assert len(theirs) == PROPOSALS
    assert await store.jobs.filed_since(ProposedChange.KIND, {"user_id": PETER}, since=since) == frozenset()
    later = since + timedelta(days=1)
    assert await store.jobs.filed_since(ProposedChange.KIND, {"user_id": AWA}, since=later) == frozenset()
    await store.forget(AWA, "awa", "nobody")
    assert await store.jobs.filed_since(ProposedChange.KIND, {"user_id": AWA}, since=since) == frozenset()


def test_a_day_begins_where_the_community_is() -> None:
    late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert start_of_day(late, "Africa/Abidjan") == datetime(2026, 11, 23, tzinfo=UTC)
    assert start_of_day(late, "Africa/Kigali") == datetime(2026, 11, 23, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "word", ["withdraw my question", "Retire ma question", "retira a minha pergunta", "اسحب سؤالي"]
)
async def test_a_question_is_withdrawn_when_its_asker_says_so(
    store: Store, tmp_path: Path, word: str
) -> None:
    talk = Asking(store, tmp_path)
    await talk.say("yes")
    (post,) = talk.homeserver.said(COORDINATION).values()
    await talk.say(word)
    assert await store.jobs.pending(PassedQuestion.KIND) == ()
    (withdrawn,) = await store.jobs.of_state(PassedQuestion.KIND, JobState.WITHDRAWN)
    assert "question" not in withdrawn.payload
    assert "zeppelins" in talk.to_coordinators()[-1]
    assert "a retiré la question" in talk.to_coordinators()[-1]
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": post.event_id}}}
    content = {"msgtype": "m.text", "body": "Ask the airfield", **relation}
    before = len(talk.homeserver.sent)
    await talk.hear(Received(COORDINATION, EventId("$late"), PETER, content, 0))
    assert len(talk.homeserver.sent) == before


async def test_of_several_questions_the_last_is_withdrawn_and_nobody_elses(
    store: Store, tmp_path: Path
) -> None:
    talk = Asking(store, tmp_path)
    await talk.say("yes")
    await talk.say("yes")
    first, last = await store.jobs.pending(PassedQuestion.KIND)
    await talk.say("withdraw my question")
    assert [job.id for job in await store.jobs.pending(PassedQuestion.KIND)] == [first.id]
    await talk.say("withdraw my question")
    assert "No question of yours" in await talk.say("withdraw my question")
    assert last.id > first.id


async def test_a_withdrawal_is_told_once_though_the_process_ends_before_its_reply(
    store: Store, tmp_path: Path
) -> None:
    talk = Asking(store, tmp_path)
    await talk.say("yes")
    talk.homeserver.goes_away_after = len(talk.homeserver.sent) + 1
    with pytest.raises(HomeserverUnreachable):
        await talk.say("withdraw my question")
    talk.homeserver.is_away = False
    assert "withdrawn your last question" in await talk.hear(said("withdraw my question", f"${talk.number}"))
    assert len(talk.to_coordinators()) == 2
    assert await store.jobs.pending(PassedQuestion.KIND) == ()


async def test_anothers_message_waits_for_one_message_of_who_sends_many(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    bot = runtime(homeserver, store, tmp_path)
    await bot._take(batch(*(said(f"question {number}", f"${number}") for number in range(25))))
    other = Received(COORDINATION, EventId("$other"), PETER, {"msgtype": "m.text", "body": "!p hello"}, 0)
    await bot._take(batch(other))
    bodies = [content["body"] for _, content in homeserver.sent]
    assert bodies == ["re: question 0", "re: hello"]
    await take(bot, batch())
    assert [content["body"] for _, content in homeserver.sent if "question" in content["body"]] == [
        f"re: question {number}" for number in range(25)
    ]
    assert homeserver.dealt_with.count("$other") == 1


async def test_what_waits_is_told_to_the_client_so_that_it_is_read_again_after_a_crash(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    bot = runtime(homeserver, store, tmp_path)
    await bot._take(batch(*(said("question", f"${number}") for number in range(3))))
    assert homeserver.dealt_with == ["$0"]
    assert bot._backlog.event_ids == {"$1", "$2"}
