"""The bot at work on one batch: whom it answers, and that nothing it reads can stop it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from bots.context.feature import NOT_ANSWERED
from bots.context.reply_text import LARGEST
from bots.encryption import Invitation, Reacted, Received, RoomView
from bots.encryption.batch import Batch
from bots.runtime import Runtime
from bots.safe_rooms import safe_rooms_of
from community.core.messages import translator
from community.description.person import Person
from community.description.rooms import NO_ROLE
from community.jobs.leases import LEASE
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.removals import SAFE_REMOVAL
from community.storage import JobState, Store
from community.storage.tables import jobs
from matrix.errors import HomeserverUnreachable
from matrix.ids import EventId, RoomId, UserId
from tests.lib.asking import CATALOGUES
from tests.lib.bot_runtime import (
    AWA,
    BOT,
    COORDINATION,
    DIRECT,
    EXAMPLE,
    NOW,
    OUTSIDER,
    PETER,
    PROVISIONER,
    Homeserver,
    batch,
    finish_replies,
    kept_replies,
    process,
    runtime,
    said,
    take,
)
from tests.lib.descriptions import example


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        await opened.people.replace([Person(AWA, "awa", "Awa", "lead", None, (), ("fr",))])
        yield opened


async def test_a_message_that_a_skill_stumbles_over_does_not_stop_it_and_is_in_no_log(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    with capture_logs() as logs:
        await take(runtime(homeserver, store, tmp_path), batch(said("stumble", "$1"), said("help", "$2")))
    assert [content["body"] for _, content in homeserver.sent] == [
        translator("fr", CATALOGUES)(NOT_ANSWERED),
        "re: help",
    ]
    assert [(line["event"], line["kind"]) for line in logs] == [("answer_failed", "ValueError")]
    assert "stumble" not in str(logs)


async def test_a_reply_is_a_text_that_mentions_the_asker_and_the_same_for_the_same_question(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    for _ in range(2):
        # Killed before the sync was confirmed: a new process reads the question again.
        await take(runtime(homeserver, store, tmp_path), batch(said("help", "$1")))
    (first, content), (second, _) = homeserver.sent
    assert first == second
    assert content["msgtype"] == "m.text"
    assert content["m.mentions"] == {"user_ids": [AWA]}
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$1"}}


async def test_a_homeserver_that_goes_away_leaves_the_batch_to_be_read_again(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await take(
            runtime(homeserver, store, tmp_path),
            batch(said("thanks a lot", "$0", sender=OUTSIDER), said("help", "$1")),
        )
    assert homeserver.dealt_with == ["$0"]
    homeserver.is_away = False
    await take(runtime(homeserver, store, tmp_path), batch(said("help", "$1")))
    assert [content["body"] for _, content in homeserver.sent] == ["re: help"]
    assert homeserver.dealt_with == ["$0", "$1"]


async def test_only_active_members_are_answered(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    bot = runtime(homeserver, store, tmp_path)
    await take(bot, batch(said("help", "$1", sender=OUTSIDER)))
    assert homeserver.sent == []
    await store.people.replace([])
    await take(bot, batch(said("help", "$2")))
    assert homeserver.sent == []


async def test_invitations_are_accepted_or_declined_and_a_direct_message_that_grows_is_left(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    homeserver.rooms[DIRECT].members[OUTSIDER] = "invite"
    good = Invitation(RoomId("!good"), AWA, is_direct=True, encrypted=True)
    clear = Invitation(RoomId("!clear"), AWA, is_direct=True, encrypted=False)
    foreign = Invitation(RoomId("!foreign"), OUTSIDER, is_direct=True, encrypted=True)
    await take(
        runtime(homeserver, store, tmp_path), batch(invitations=(good, clear, foreign), rooms=(DIRECT,))
    )
    assert homeserver.entered == ["!good"]
    assert homeserver.left == ["!clear", "!foreign", DIRECT]


async def test_a_room_of_the_bots_own_that_is_not_complete_yet_is_not_left(
    store: Store, tmp_path: Path
) -> None:
    homeserver, new = Homeserver(), RoomId("!new")
    homeserver.rooms[new] = RoomView(new, create_sender=BOT, members={BOT: "join"})
    await take(runtime(homeserver, store, tmp_path), batch(rooms=(new,)))
    assert homeserver.left == []


async def test_an_invitation_from_before_the_bot_came_in_is_not_declined(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    late = Invitation(DIRECT, OUTSIDER, is_direct=False, encrypted=True)
    await take(runtime(homeserver, store, tmp_path), batch(invitations=(late,)))
    assert homeserver.left == []


async def test_what_the_provisioner_invites_into_is_never_declined(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    unknown = Invitation(RoomId("!unknown"), PROVISIONER, is_direct=False, encrypted=True)
    await take(runtime(homeserver, store, tmp_path), batch(invitations=(unknown,)))
    assert (homeserver.entered, homeserver.left) == ([], [])


async def test_a_room_of_which_the_state_has_not_come_is_not_left(store: Store, tmp_path: Path) -> None:
    homeserver, new = Homeserver(), RoomId("!new")
    homeserver.rooms[new] = RoomView(new, members={BOT: "join"})
    await take(runtime(homeserver, store, tmp_path), batch(rooms=(new,)))
    assert homeserver.left == []


def in_frank_talk(*usernames: str) -> list[Person]:
    return [Person(f"@{name}:h", name, name, "city-lead", "bamako", (), ("en",)) for name in usernames]


@dataclass
class FrankTalk:
    """A keeper in a direct message with the bot, and somebody whom they want taken out of a safe room."""

    homeserver: Homeserver
    store: Store
    folder: Path
    keeper: UserId
    target: UserId

    async def say(self, text: str, event_id: str, *, now: datetime = NOW) -> None:
        """Say something to the bot: to a new process of it each time."""
        bot = runtime(self.homeserver, self.store, self.folder, now=now)
        await take(bot, Batch((said(text, event_id, sender=self.keeper),), (), frozenset(), frozenset()))

    async def ask(self) -> None:
        await self.say(f"remove {self.target} from frank-talk", "$1")
        assert await self.asked() == []

    async def asked(self) -> list[tuple[str, str]]:
        """Return who is to be taken out, and by whom."""
        pending = await self.store.jobs.pending(SAFE_REMOVAL)
        return [(request.payload["user_id"], request.payload["by"]) for request in pending]


@pytest.fixture
async def frank_talk(store: Store, tmp_path: Path) -> FrankTalk:
    homeserver = Homeserver()
    (safe,) = safe_rooms_of(EXAMPLE, "h")
    keeper = min(safe.keepers)
    target = next(user for user in sorted(safe.members) if user not in safe.keepers)
    await store.people.replace(in_frank_talk(*(user[1:-2] for user in safe.members)))
    homeserver.rooms[DIRECT] = RoomView(DIRECT, algorithm="megolm", members={keeper: "join", BOT: "join"})
    return FrankTalk(homeserver, store, tmp_path, keeper, target)


async def test_a_keepers_removal_is_asked_for_once_though_the_process_ends_before_its_reply(
    frank_talk: FrankTalk,
) -> None:
    await frank_talk.ask()
    frank_talk.homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await frank_talk.say("yes 1", "$2")
    frank_talk.homeserver.is_away = False
    await frank_talk.say("yes 1", "$2")
    assert await frank_talk.asked() == [(frank_talk.target, frank_talk.keeper)]
    assert "is being taken out" in frank_talk.homeserver.sent[-1][1]["body"]


async def test_a_keepers_yes_is_understood_by_the_next_process_and_once(frank_talk: FrankTalk) -> None:
    await frank_talk.ask()
    await frank_talk.say("yes 1", "$2")
    assert await frank_talk.asked() == [(frank_talk.target, frank_talk.keeper)]
    (request,) = await frank_talk.store.jobs.pending(SAFE_REMOVAL)
    await frank_talk.store.jobs.end(request.id, JobState.DONE, at=NOW)
    await frank_talk.say("yes 1", "$3")
    assert await frank_talk.asked() == []


@pytest.mark.parametrize(
    ("between", "later"), [("help", timedelta()), ("no", timedelta()), (None, timedelta(minutes=61))]
)
async def test_a_keepers_yes_after_something_else_or_long_after_takes_nobody_out(
    frank_talk: FrankTalk, between: str | None, later: timedelta
) -> None:
    await frank_talk.ask()
    if between is not None:
        await frank_talk.say(between, "$2")
    await frank_talk.say("yes 1", "$3", now=NOW + later)
    assert await frank_talk.asked() == []


async def seeded(store: Store) -> str:
    """Put the example's directory into the store, Awa being a lead of Bamako; return the key of her contact."""
    await store.entries.seed(example(), at=NOW)
    lead = Person(AWA, "awa.diallo", "Awa", "city-lead", "bamako", (), ("en",))
    coordinator = Person(PETER, "peter.lindqvist", "Peter", "coordinator", None, (), ("en",))
    await store.people.replace([lead, coordinator])
    return "bamako-mobility"


def reacted(event_id: str, target: str, *, sender: UserId = AWA) -> Reacted:
    return Reacted(DIRECT, EventId(event_id), sender, EventId(target), "✅")


async def bot_that_knows(homeserver: Homeserver, store: Store, folder: Path) -> Runtime:
    """Return the next process, which knows the directory."""
    bot = runtime(homeserver, store, folder)
    await bot._handler._executor._context.answers.refresh(store)
    return bot


@pytest.mark.parametrize("by", ["word", "reaction"])
async def test_an_edit_is_made_once_though_the_process_ends_before_its_reply(
    store: Store, tmp_path: Path, by: str
) -> None:
    homeserver, key = Homeserver(), await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("confirm Awa Diallo", "$1")))
    confirming = said("yes", "$2") if by == "word" else reacted("$2", "$reply1")
    before = len(await store.entries.history("contact", key))
    bot = await bot_that_knows(homeserver, store, tmp_path)
    homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await take(bot, Batch((confirming,), (), frozenset(), frozenset()))
    homeserver.is_away = False
    for _ in range(2):
        bot = await bot_that_knows(homeserver, store, tmp_path)
        await take(bot, Batch((confirming,), (), frozenset(), frozenset()))
    rows = await store.entries.history("contact", key)
    assert len(rows) == before + 1
    assert rows[0].actor == AWA
    assert "Saved" in homeserver.sent[1][1]["body"]
    assert await kept_replies(store) == []


async def test_another_persons_reaction_saves_nothing(store: Store, tmp_path: Path) -> None:
    homeserver, key = Homeserver(), await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("confirm Awa Diallo", "$1")))
    before = await store.entries.history("contact", key)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, Batch((reacted("$2", "$reply1", sender=OUTSIDER),), (), frozenset(), frozenset()))
    assert await store.entries.history("contact", key) == before
    assert len(homeserver.sent) == 1


async def test_what_could_not_be_done_is_done_by_the_next_process(store: Store, tmp_path: Path) -> None:
    homeserver, key = Homeserver(), await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("confirm Awa Diallo", "$1")))
    before = len(await store.entries.history("contact", key))
    homeserver.is_refusing = True
    await take(bot, batch(said("yes", "$2")))
    assert len(homeserver.sent) == 1
    homeserver.is_refusing = False
    later = NOW + LEASE
    _, answers = process(homeserver, store, tmp_path, now=later)
    assert await finish_replies(answers, store, now=NOW) == {}
    assert await finish_replies(answers, store, now=later) == {"done": 1}
    assert len(homeserver.sent) == 2
    assert await kept_replies(store) == []
    assert len(await store.entries.history("contact", key)) == before + 1


async def test_what_somebody_has_is_theirs_alone_and_forgetting_asks_first(
    store: Store, tmp_path: Path
) -> None:
    homeserver, key = Homeserver(), await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("forget me", "$1")))
    word = homeserver.sent[0][1]["body"].rsplit("write: ", 1)[1]
    assert "Awa Diallo" in str(await store.entries.entry("contact", key))
    await take(bot, batch(said("forget me 0", "$2"), said(word, "$3")))
    assert "Awa Diallo" not in str(await store.entries.entry("contact", key))
    assert "Awa Diallo" not in str(await store.entries.history("contact", key))


def replied(event_id: str, body: str, post: Received, **more: Any) -> Received:
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": post.event_id}}, **more}
    return coordinating(event_id, body, **relation)


def coordinating(event_id: str, body: str, *, sender: UserId = PETER, **more: Any) -> Received:
    content = {"msgtype": "m.text", "body": body, **more}
    return Received(COORDINATION, EventId(event_id), sender, content, 0)


def answered(event_id: str, body: str, post: Received, **more: Any) -> Received:
    found = re.search(r"(?:answer|réponse) (\d+)", post.content["body"])
    assert found is not None, post.content["body"]
    return coordinating(event_id, f"answer {found[1]}: {body}", **more)


def confirmed(event_id: str, homeserver: Homeserver) -> Received:
    """Return Peter's “yes” to what the bot has shown last in the coordinators' room."""
    shown = list(homeserver.said(COORDINATION).values())[-1].content["body"]
    found = re.search(r"yes (\d+)", shown)
    assert found is not None, shown
    return coordinating(event_id, f"yes {found[1]}")


@pytest.mark.parametrize("after", [1, 2, 3, 4])
async def test_a_question_is_passed_on_and_answered_once_wherever_the_process_ends(
    store: Store, tmp_path: Path, after: int
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    homeserver.goes_away_after = after

    async def hears(message: Received) -> None:
        for _ in range(2):
            try:
                await take((await bot_that_knows(homeserver, store, tmp_path)), batch(message))
            except HomeserverUnreachable:
                homeserver.is_away = False
            else:
                return

    await hears(said("yes", "$1"))
    (post,) = homeserver.said(COORDINATION).values()
    assert "zeppelins" in post.content["body"]
    await hears(answered("$2", "Ask the airfield", post))
    assert len(homeserver.said(DIRECT)) == 1
    await hears(confirmed("$3", homeserver))
    await hears(answered("$4", "Or the museum", post, **{"m.mentions": {"user_ids": [OUTSIDER]}}))
    in_direct = [event.content["body"] for event in homeserver.said(DIRECT).values()]
    assert [body for body in in_direct if "airfield" in body] == in_direct[1:]
    assert len(in_direct) == 2
    assert await store.jobs.pending("question") == ()
    assert len(homeserver.said(COORDINATION)) == 3
    assert await store.drafts.get("", "answer", PETER) is None


async def test_who_has_left_meanwhile_gets_no_answer_and_the_coordinators_are_told(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await take((await bot_that_knows(homeserver, store, tmp_path)), batch(said("yes", "$1")))
    (post,) = homeserver.said(COORDINATION).values()
    del homeserver.rooms[DIRECT].members[AWA]
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(answered("$2", "Ask the airfield", post)))
    await take(bot, batch(confirmed("$3", homeserver)))
    assert len(homeserver.said(DIRECT)) == 1
    _, _, told = homeserver.said(COORDINATION).values()
    assert "no longer there" in told.content["body"]


async def test_where_others_read_the_coordinators_room_no_question_is_passed_on(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    homeserver.rooms[COORDINATION].members[OUTSIDER] = "join"
    await take((await bot_that_knows(homeserver, store, tmp_path)), batch(said("yes", "$1")))
    assert homeserver.said(COORDINATION) == {}
    assert "no room" in homeserver.sent[0][1]["body"]


async def test_what_coordinators_say_among_themselves_in_a_thread_is_not_brought_to_the_asker(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("yes", "$1")))
    (post,) = homeserver.said(COORDINATION).values()
    fallback = {"m.in_reply_to": {"event_id": post.event_id}, "is_falling_back": True}
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": post.event_id, **fallback}}
    await take(bot, batch(replied("$2", "Not her again! Does anybody know?", post, **thread)))
    await take(bot, batch(replied("$2b", "And this in reply, without a mention", post)))
    assert len(homeserver.said(COORDINATION)) == 1
    meant = {**thread, "m.mentions": {"user_ids": [BOT]}}
    await take(bot, batch(replied("$3", "Ask the airfield", post, **meant)))
    assert len(homeserver.said(DIRECT)) == 1
    await take(bot, batch(confirmed("$4", homeserver)))
    assert "airfield" in list(homeserver.said(DIRECT).values())[-1].content["body"]


@pytest.mark.parametrize(("letter", "least"), [("a", 9000), ("ن", 490), ("🎈", 490)])
async def test_a_long_answer_is_brought_as_far_as_an_event_can_hold_it_and_the_question_kept_no_longer(
    store: Store, tmp_path: Path, letter: str, least: int
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("yes", "$1")))
    (post,) = homeserver.said(COORDINATION).values()
    await take(bot, batch(answered("$2", letter * 9000, post)))
    await take(bot, batch(confirmed("$3", homeserver)))
    content = list(homeserver.said(DIRECT).values())[-1].content
    assert content["body"].count(letter) >= least
    assert len(json.dumps([content["body"], content["formatted_body"]])) <= LARGEST
    assert "zeppelins" not in str(await store.about(AWA, "awa.diallo"))


async def test_a_decision_that_cannot_be_done_or_read_any_more_does_not_end_the_next_process(
    store: Store, tmp_path: Path
) -> None:
    homeserver, key = Homeserver(), await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said("confirm Awa Diallo", "$1")))
    homeserver.is_refusing = True
    await take(bot, batch(said("yes", "$2")))
    homeserver.is_refusing = False
    (kept,) = await kept_replies(store)
    elsewhere = replace(kept, planned=kept.planned.replace(DIRECT, "!elsewhere"))
    await kept_instead(store, elsewhere)
    await store.jobs.file(PlannedReplyJob("$older", (AWA,), '{"text": "hello"}'), at=NOW)
    later = NOW + LEASE
    _, answers = process(homeserver, store, tmp_path, now=later)
    with capture_logs() as logs:
        assert await finish_replies(answers, store, now=later) == {"failed": 2}
    assert await kept_replies(store) == []
    events = {"decision_unreadable", "not_finished", "not_apologised", "answer_failed", "job_failed"}
    assert {line["event"] for line in logs} == events
    assert "hello" not in str(logs)
    assert key not in str(logs)


async def kept_instead(store: Store, kept: PlannedReplyJob) -> None:
    async with store.transaction() as connection:
        one = jobs.c.idempotency_key == kept.idempotency_key
        await connection.execute(update(jobs).where(one).values(payload=kept.encoded()))


async def test_in_a_drafts_thread_what_is_said_to_somebody_else_is_not_for_it(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)

    async def hears(event_id: str, body: str, **more: Any) -> None:
        content = {"msgtype": "m.text", "body": body, **more}
        message = Received(COORDINATION, EventId(event_id), PETER, content, 0)
        homeserver.earlier[message.event_id] = message
        await take(bot, batch(message))

    await hears("$1", "!p confirm Awa Diallo")
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$1"}}
    (first,) = homeserver.sent
    assert first[1]["m.relates_to"]["event_id"] == "$1"
    await hears("$2", "yes, what do you think?", **thread, **{"m.mentions": {"user_ids": [AWA]}})
    assert len(homeserver.sent) == 1
    await hears("$3", "yes", **thread)
    assert "Saved" in homeserver.sent[1][1]["body"]


OLD, NEW = "oldkey" * 7 + "a", "newkey" * 7 + "b"


async def changed(homeserver: Homeserver, store: Store, user: UserId) -> None:
    """Pin an identity for somebody, and show another."""
    await store.identities.see(user, OLD, at=NOW)
    homeserver.shown = {user: NEW}


def spoken(
    body: str, event_id: str, *vouched: str, sender: UserId = AWA, room_id: RoomId = DIRECT
) -> Received:
    content = {"msgtype": "m.text", "body": body}
    return Received(room_id, EventId(event_id), sender, content, 0, vouched)


def last(homeserver: Homeserver) -> str:
    return str(homeserver.sent[-1][1]["body"])


async def test_the_first_identity_is_pinned_and_another_is_told_once(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    homeserver.shown = {AWA: OLD, OUTSIDER: OLD}
    bot = runtime(homeserver, store, tmp_path)
    await take(bot, batch())
    assert homeserver.pinned == {AWA: OLD}
    assert await store.jobs.pending("notice") == ()
    homeserver.shown = {AWA: NEW}
    for _ in range(3):
        await take(bot, Batch((), (), frozenset(), frozenset({AWA, OUTSIDER})))
        bot = runtime(homeserver, store, tmp_path)
    assert homeserver.pinned == {AWA: OLD}
    assert set(homeserver.asked_for) == {AWA}
    told = [(r.payload["kind"], r.payload["audience"]) for r in await store.jobs.pending("notice")]
    assert told == [("identity-changed", "coordinators"), ("own-identity-changed", AWA)]


@pytest.mark.parametrize(
    "wish", ["export my data", "forget me", "undo", "add resource", "my phone is now +223 1"]
)
@pytest.mark.parametrize("vouched", [(NEW,), ()], ids=["another identity", "no identity"])
async def test_what_is_no_public_answer_is_held(
    store: Store, tmp_path: Path, wish: str, vouched: tuple[str, ...]
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, AWA)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    before = await store.entries.history(limit=3)
    await take(bot, batch(spoken(wish, "$1", *vouched)))
    assert "only what everybody may see" in last(homeserver)
    assert await store.drafts.get(DIRECT, DIRECT, AWA) is None
    assert await store.entries.history(limit=3) == before
    assert len(homeserver.sent) == 1
    # Nor is it said to the device that is known: the new ones read along in the direct message.
    await take(bot, batch(spoken(wish, "$2", OLD)))
    assert "only what everybody may see" in last(homeserver)
    assert await store.entries.history(limit=3) == before


async def test_where_new_devices_get_no_keys_the_one_that_is_known_goes_on(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, AWA)
    bot = runtime(homeserver, store, tmp_path, keys_withheld=True)
    await take(bot, batch(spoken("yes", "$1", OLD)))
    assert len(await store.jobs.pending("question")) == 1
    await take(bot, batch(spoken("export my data", "$2", NEW)))
    assert "only what everybody may see" in last(homeserver)


async def test_in_a_room_the_device_that_is_known_goes_on(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, PETER)
    bot = runtime(homeserver, store, tmp_path)
    for vouched, expected in ((NEW, 0), (OLD, 1)):
        await take(bot, batch(spoken("!p yes", f"${vouched}", vouched, sender=PETER, room_id=COORDINATION)))
        assert len(await store.jobs.pending("question")) == expected


async def test_a_new_identity_is_told_of_although_the_bot_was_killed_once_it_was_noted(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, AWA)
    await store.identities.see(AWA, NEW, at=NOW)
    for _ in range(2):
        await take(runtime(homeserver, store, tmp_path), batch())
    told = [(r.payload["kind"], r.payload["audience"]) for r in await store.jobs.pending("notice")]
    assert told == [("identity-changed", "coordinators"), ("own-identity-changed", AWA)]


async def test_an_identity_that_comes_again_is_told_again_though_but_once_a_day(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, AWA)
    bot = runtime(homeserver, store, tmp_path)
    told = []
    for later in (timedelta(minutes=1), timedelta(hours=1), timedelta(hours=2), timedelta(days=2)):
        await store.identities.see(AWA, OLD, at=NOW + later)
        await store.identities.see(AWA, NEW, at=NOW + later)
        await take(bot, batch())
        told.append(len(await store.jobs.pending("notice")))
    # Each time the person and the coordinators: at once, again on that day, and on another one.
    assert told == [2, 4, 4, 6]


async def test_a_public_answer_is_given_and_no_question_passed_on(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, AWA)
    bot = runtime(homeserver, store, tmp_path)
    await take(bot, batch(spoken("hear me", "$1", NEW)))
    assert last(homeserver).startswith("re: hear me\n\n")
    await take(bot, batch(spoken("yes", "$2", NEW)))
    assert "passed on" not in last(homeserver)
    assert await store.jobs.pending("question") == ()
    await store.identities.accept(AWA, NEW, by=PETER, at=NOW)
    await take(bot, batch(spoken("yes", "$3", NEW)))
    assert len(await store.jobs.pending("question")) == 1


async def test_a_coordinator_without_an_identity_accepts_nobody(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await changed(homeserver, store, AWA)
    bot = runtime(homeserver, store, tmp_path)
    await take(bot, batch(spoken("!p accept identity of awa", "$1", sender=PETER, room_id=COORDINATION)))
    word = last(homeserver).rsplit("If so, write: ", 1)[1].strip()
    await take(bot, batch(spoken(f"!p {word}", "$2", sender=PETER, room_id=COORDINATION)))
    assert "I do not know this device of yours" in last(homeserver)
    pin = await store.identities.find(AWA)
    assert pin is not None
    assert pin.is_changed


async def test_a_reaction_of_who_may_be_somebody_else_does_nothing(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    key = await seeded(store)
    bot = await bot_that_knows(homeserver, store, tmp_path)
    await take(bot, batch(said(f"remove {key}", "$1")))
    before = await store.entries.history(limit=3)
    await changed(homeserver, store, AWA)
    post = next(reversed(homeserver.earlier))
    await take(bot, batch())
    await bot._hear([reacted("$2", post)])
    assert await store.entries.history(limit=3) == before


async def test_a_coordinators_answer_waits_where_its_askers_identity_has_changed(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    bot = runtime(homeserver, store, tmp_path)
    await take(bot, batch(said("yes", "$1")))
    post = next(event for event in homeserver.earlier.values() if event.room_id == COORDINATION)
    await changed(homeserver, store, AWA)
    await take(bot, batch(answered("$2", "Ask the airfield", post)))
    word = confirmed("$3", homeserver)
    await take(bot, batch(word))
    assert "I have not brought it" in last(homeserver)
    assert "airfield" not in str([event.content for event in homeserver.said(DIRECT).values()])
    assert len(await store.jobs.pending("question")) == 1
    await store.identities.accept(AWA, NEW, by=PETER, at=NOW)
    await take(bot, batch(replace(word, event_id=EventId("$4"))))
    assert "airfield" in str([event.content for event in homeserver.said(DIRECT).values()])
    assert await store.jobs.pending("question") == ()


async def test_a_coordinator_whose_own_identity_has_changed_answers_and_accepts_nobody(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    await store.identities.see(PETER, OLD, at=NOW)
    await changed(homeserver, store, AWA)
    homeserver.shown[PETER] = NEW
    bot = runtime(homeserver, store, tmp_path)
    for number, vouched in enumerate(((NEW,), ())):
        message = spoken(
            "!p accept identity of awa", f"${number}", *vouched, sender=PETER, room_id=COORDINATION
        )
        await take(bot, batch(message))
        assert "Then write: " not in last(homeserver)
    await take(bot, batch(spoken("!p accept identity of awa", "$9", OLD, sender=PETER, room_id=COORDINATION)))
    word = last(homeserver).rsplit("If so, write: ", 1)[1].strip()
    message = spoken(f"!p {word}", "$10", OLD, sender=PETER, room_id=COORDINATION)
    for _ in range(2):  # killed before the sync was confirmed: read again
        await take(runtime(homeserver, store, tmp_path), batch(message))
    pin = await store.identities.find(AWA)
    assert pin is not None
    assert (pin.master_key, pin.accepted_by, pin.is_changed) == (NEW, PETER, False)
    assert homeserver.pinned[AWA] == NEW
    assert [line.action for line in await store.audit.read(about=(AWA,))] == [
        "identity-changed",
        "accept-identity",
    ]


async def test_in_a_room_nothing_guarded_is_shown_while_somebody_there_may_be_somebody_else(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    await seeded(store)
    bot = runtime(homeserver, store, tmp_path)
    await take(bot, batch())
    where = bot._incoming.where(COORDINATION, PETER)
    assert where is not None
    assert NO_ROLE not in where.readers
    await changed(homeserver, store, PETER)
    await take(bot, batch())
    where = bot._incoming.where(COORDINATION, PETER)
    assert where is not None
    assert NO_ROLE in where.readers
