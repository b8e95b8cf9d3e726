"""Marked sentences go every way through the bot: none is left in memory or in files once deleted, or after a time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.context.kept_texts import KeptTexts
from bots.encryption import Received
from bots.encryption.batch import Batch, Redacted
from community.core.sealed_text import TextCipher
from community.jobs.requested import PassedQuestion, ProposedChange
from community.storage import Store
from matrix.ids import EventId, RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, BOT, COORDINATION, DIRECT, NOW, PETER
from tests.lib.marked import mark, marks_in_files, marks_in_memory
from tests.lib.room_talk import MOBILITY, MOUSSA, RoomTalk, seed

CIPHER = TextCipher(bytes(32))
ADD = {"en": "add a resource: {}", "fr": "ajoute une ressource : {}"}


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db", CIPHER) as store:
        await seed(store, ("en",))
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


async def answers_redacted(talk: RoomTalk, room: RoomId, *events: str) -> None:
    """Have messages deleted."""
    gone = tuple(Redacted(room, EventId(f"$gone-{each}"), EventId(each)) for each in events)
    for each in events:
        talk.homeserver.earlier.pop(each, None)
    await talk.takes(Batch((), (), frozenset(), frozenset(), gone))


def last(talk: RoomTalk) -> str:
    return f"$said{talk._said}"


def shown(talk: RoomTalk) -> str:
    return visible(talk.homeserver.sent[-1][1]["body"])


def number_in(text: str) -> str:
    found = re.search(r"(?:yes|oui|sim|نعم) (\d+)", text)
    assert found is not None, text
    return found[1]


def forget_homeserver(talk: RoomTalk) -> None:
    """Clear what the homeserver of the test has, which is no memory of the bot's."""
    talk.homeserver.earlier.clear()
    talk.homeserver.sent.clear()


async def say_all(talk: RoomTalk) -> dict[RoomId, list[str]]:
    """Send marked sentences every way; return the messages, by room."""
    said: dict[RoomId, list[str]] = {DIRECT: [], MOBILITY: [], COORDINATION: []}

    async def say(text: str, room: RoomId, sender: UserId = AWA, **more: Any) -> None:
        await talk.hears(text, sender=sender, room=room, **more)
        said[room].append(last(talk))

    # A question and its follow-up, in a room and directly; an edit of one; a remark to nobody.
    await say(f"who knows about {mark(1)} in Kigali?", DIRECT, MOUSSA)
    talk.homeserver.rooms[DIRECT].members.pop(MOUSSA, None)
    await say(f"who knows about {mark(2)} in Kigali?", DIRECT)
    await say(f"and {mark(3)} in Bamako?", DIRECT)
    await say(f"!p who knows about {mark(4)} in Kigali?", MOBILITY)
    await talk.edits(said[MOBILITY][-1], f"!p who knows about {mark(5)} in Kigali?")
    said[MOBILITY].append(last(talk))
    await say(f"the {mark(6)} is closed today", MOBILITY, MOUSSA)
    # Another's message that is kept: its author is asked first.
    remark = last(talk)
    await say("!p save this", MOBILITY, MOUSSA, **replying(remark))
    # A question that is passed on, and its answer that waits.
    await say(f"!p who knows about {mark(7)} in Kigali?", MOBILITY, MOUSSA)
    await say(f"yes {number_in(shown(talk))}", MOBILITY, MOUSSA)
    ((_, passed_on),) = [*PassedQuestion.each(await talk.store.jobs.pending("question"))]
    await say(f"answer {passed_on.number}: ask {mark(8)} about it", COORDINATION, PETER)
    # A draft, and a proposal.
    await say(f"add a resource: {mark(9)}", DIRECT)
    await say(f"!p change the hours of Awa Diallo to {mark(10)}", MOBILITY, MOUSSA)
    await say("!p yes", MOBILITY, MOUSSA)
    return said


def replying(event_id: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


async def test_what_is_deleted_is_in_no_object_and_no_file(talk: RoomTalk, tmp_path: Path) -> None:
    said = await say_all(talk)
    assert marks_in_memory().keys() == set(range(1, 11))
    for room, events in said.items():
        await answers_redacted(talk, room, *events)
    assert await talk.store.jobs.pending(PassedQuestion.KIND) == ()
    assert await talk.store.jobs.pending(ProposedChange.KIND) == ()
    assert await talk.store.drafts.get("", "answer", PETER) is None
    forget_homeserver(talk)
    assert marks_in_memory() == {}
    assert marks_in_files(tmp_path) == {}


async def test_after_an_hour_nothing_is_in_memory_and_no_file_ever_shows_it(
    talk: RoomTalk, tmp_path: Path
) -> None:
    await say_all(talk)
    assert marks_in_files(tmp_path) == {}
    forget_homeserver(talk)
    # Questions and what was read back: that they are found shows that the search finds them.
    assert {2, 3, 5} <= marks_in_memory().keys()
    talk.now += timedelta(minutes=59)
    await talk.bot._listeners.redactions.forget_old()
    assert marks_in_memory() == {}


async def test_after_a_day_the_words_of_drafts_are_gone(talk: RoomTalk) -> None:
    await say_all(talk)
    executor = talk.bot._handler._executor
    await executor.drop_old_drafts(NOW + timedelta(days=1, seconds=1))
    assert await talk.store.drafts.get("", "answer", PETER) is None
    kept = await talk.store.drafts.waiting(DIRECT, DIRECT, AWA)
    assert [draft.content for draft in kept] == [""]
    talk.now += timedelta(days=1, seconds=2)
    assert "was more than a day ago" in await talk.told("yes", room=DIRECT)
    await executor.drop_old_drafts(NOW + timedelta(days=2, seconds=1))
    assert await talk.store.drafts.waiting(DIRECT, DIRECT, AWA) == ()


async def test_a_question_that_is_deleted_is_taken_from_the_coordinators_too(talk: RoomTalk) -> None:
    await talk.hears(f"!p who knows about {mark(20)} in Kigali?", sender=MOUSSA)
    question = last(talk)
    await talk.hears(f"yes {number_in(shown(talk))}", sender=MOUSSA)
    posts = talk.homeserver.said(COORDINATION)
    await answers_redacted(talk, MOBILITY, question)
    assert set(posts) <= set(talk.homeserver.redacted)
    assert await talk.passed_on() == []


async def test_a_proposal_of_words_that_are_deleted_is_withdrawn(talk: RoomTalk) -> None:
    await talk.hears("!p confirm Awa Diallo", sender=MOUSSA)
    words = last(talk)
    await talk.hears("!p yes", sender=MOUSSA)
    ((job, _),) = [*ProposedChange.each(await talk.store.jobs.pending("proposal"))]
    await answers_redacted(talk, MOBILITY, words)
    assert await talk.store.jobs.pending("proposal") == ()
    ended = await talk.store.jobs.find(job.idempotency_key)
    assert ended is not None
    assert (ended.reason, ended.payload.get("changes")) == ("redacted", None)


async def test_what_is_deleted_before_its_turn_is_not_answered(talk: RoomTalk) -> None:
    content = {"msgtype": "m.text", "body": "who do I ask about waste in Kigali?"}
    waiting = [Received(DIRECT, EventId(f"$w{n}"), AWA, content, 0) for n in range(3)]
    await talk.bot._take(Batch(tuple(waiting), (), frozenset(), frozenset()))
    before = len(talk.homeserver.sent)
    gone = Redacted(DIRECT, EventId("$gone"), EventId("$w2"))
    await talk.takes(Batch((), (), frozenset(), frozenset(), (gone,)))
    assert "$w2" in talk.homeserver.dealt_with
    assert len(talk.homeserver.sent) == before + 1


# --- “save this” ------------------------------------------------------------------------------------------------------

ASKED = {
    "en": ("!p save this", "I ask who did", "yes {}"),
    "fr": ("!p garde ça", "Je demande son accord", "oui {}"),
    "pt": ("!p guarda isto", "Pergunto-lhe se concorda", "sim {}"),
    "ar": ("!p احفظ هذا", "سأسأله أولًا", "نعم {}"),
}


async def members(talk: RoomTalk, language: str) -> None:
    """Have Awa and Moussa be members without any right to decide, who speak this language."""
    people = await talk.store.people.all()
    theirs = {AWA: "member", MOUSSA: "member"}
    await talk.store.people.replace(
        [replace(p, role=theirs.get(UserId(p.user_id), p.role), languages=(language,)) for p in people]
    )


@pytest.mark.parametrize("language", list(ASKED))
async def test_anothers_message_is_kept_once_its_author_agrees(
    talk: RoomTalk, tmp_path: Path, language: str
) -> None:
    command, asking, yes = ASKED[language]
    await members(talk, language)
    await talk.hears(f"the {mark(30)} is open", sender=AWA)
    remark = last(talk)
    told = await talk.hears(command, sender=MOUSSA, **replying(remark))
    (question,) = [c for _, c in talk.homeserver.sent if c["m.mentions"]["user_ids"] == [AWA]]
    answer = talk.homeserver.sent[-1][1]
    assert asking in visible(answer["body"])
    assert question["m.relates_to"]["m.in_reply_to"] == {"event_id": remark}
    assert mark(30) not in str([c for _, c in talk.homeserver.sent])
    assert told is not None
    number = number_in(visible(question["body"]))
    # Nobody else's “yes”, and no other number.
    await talk.hears(yes.format(number), sender=MOUSSA)
    await talk.hears(yes.format(int(number) + 1), sender=AWA)
    assert await talk.store.drafts.get("", "agreed", MOUSSA) is None
    await talk.hears(yes.format(number), sender=AWA)
    (agreed,) = [c for _, c in talk.homeserver.sent if "✅" in str(c["body"])]
    assert agreed["m.mentions"]["user_ids"] == [MOUSSA]
    assert marks_in_files(tmp_path) == {}
    await talk.hears(command, sender=MOUSSA, **replying(remark))
    assert mark(30) in shown(talk)
    # Deleted, it is gone from the draft too.
    await answers_redacted(talk, MOBILITY, remark)
    assert await talk.store.drafts.get("", "agreed", MOUSSA) is None
    forget_homeserver(talk)
    assert marks_in_memory() == {}


async def test_a_sign_that_is_offered_begins_what_was_agreed_for_its_asker_alone(talk: RoomTalk) -> None:
    await members(talk, "en")
    await talk.hears("the market is open", sender=AWA)
    remark = last(talk)
    await talk.hears("!p save this", sender=MOUSSA, **replying(remark))
    (question,) = [c for _, c in talk.homeserver.sent if c["m.mentions"]["user_ids"] == [AWA]]
    await talk.hears(f"yes {number_in(visible(question['body']))}", sender=AWA)
    event_id = next(
        key
        for key, event in talk.homeserver.earlier.items()
        if event.sender == BOT and "✅" in str(event.content["body"])
    )
    await talk.reacts("✅", event_id, MOUSSA, MOBILITY)
    assert "the market is open" in shown(talk)


async def test_a_lead_keeps_anothers_message_at_once(talk: RoomTalk) -> None:
    await talk.hears("the market is open", sender=MOUSSA)
    assert "market is open" in await talk.told("!p save this", sender=AWA, **replying(last(talk)))


async def test_of_one_person_one_question_waits_at_a_time(talk: RoomTalk) -> None:
    await members(talk, "en")
    remarks: list[str] = []
    for text in ("the market is open", "the office is closed"):
        await talk.hears(text, sender=AWA)
        remarks.append(last(talk))
    for remark in remarks:
        await talk.hears("!p save this", sender=MOUSSA, **replying(remark))
    asked = [c for _, c in talk.homeserver.sent if c["m.mentions"]["user_ids"] == [AWA]]
    assert len(asked) == 1
    assert "I am still waiting for the answer of Awa Diallo" in shown(talk)


async def test_who_is_not_there_is_not_asked(talk: RoomTalk) -> None:
    await members(talk, "en")
    await talk.hears("the market is open", sender=AWA)
    remark = last(talk)
    del talk.homeserver.rooms[MOBILITY].members[AWA]
    await talk.hears("!p save this", sender=MOUSSA, **replying(remark))
    assert "A lead or a coordinator can keep it" in shown(talk)
    assert await talk.store.drafts.of_no_room(f"consent/{MOUSSA}") == ()


# --- what is kept in memory, and the key ------------------------------------------------------------------------------


def test_texts_are_bounded_and_expire_and_are_not_taken_in_once_their_message_is_deleted() -> None:
    texts: KeptTexts[str, str] = KeptTexts(2)
    texts.put("a", "first", ("m1",), NOW)
    texts.put("b", "second", ("m1", "m2"), NOW)
    texts.put("c", "third", ("m3",), NOW)
    assert texts.get("a", NOW) is None
    texts.forget_message("m2", NOW)
    assert (texts.get("b", NOW), len(texts)) == (None, 1)
    texts.put("b", "again", ("m2",), NOW)
    assert texts.get("b", NOW) is None
    texts.forget_old(NOW + timedelta(hours=1))
    assert len(texts) == 0


@pytest.mark.parametrize("sealed_by", [CIPHER, None], ids=["another key", "written before there was one"])
async def test_what_the_key_does_not_open_is_dropped_and_what_was_in_clear_is_sealed(
    tmp_path: Path, sealed_by: TextCipher | None
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/palabre.db"
    async with await Store.open(url, sealed_by) as store:
        await seed(store, ("en",))
        talk = RoomTalk(store, tmp_path)
        await talk.start()
        await say_all(talk)
        drafts_and_requests = {7, 8, 9, 10}
        assert marks_in_files(tmp_path).keys() & drafts_and_requests == (
            set() if sealed_by else drafts_and_requests
        )
    async with await Store.open(url, TextCipher(bytes(range(32)))) as store:
        lost, requests = await store.kept_words.renew()
        waiting = [*PassedQuestion.each(await store.jobs.pending("question"))]
        drafts = await store.drafts.waiting(DIRECT, DIRECT, AWA)
        assert bool(lost) == bool(requests) == (sealed_by is not None)
        assert bool(waiting) == bool(drafts) == (sealed_by is None)
        await store.empty_log()
    assert marks_in_files(tmp_path) == {}


def test_a_sealed_text_is_opened_with_its_key_about_the_same_thing_alone() -> None:
    sealed = CIPHER.seal("said", "draft/a")
    assert "said" not in sealed
    assert CIPHER.open(sealed, "draft/a") == "said"
    opened: Sequence[str | None] = (
        CIPHER.open(sealed, "draft/b"),
        TextCipher(bytes(range(32))).open(sealed, "draft/a"),
        CIPHER.open(sealed[:-4], "draft/a"),
        CIPHER.open("sealed:1:…", "draft/a"),
    )
    assert opened == (None, None, None, None)
