"""The directory in real encrypted rooms: asked, kept true by reactions, passed on and answered, forgotten.

One `palabre up` for all of it; a city lead, a member of her team and a coordinator use independent clients.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.lib.peer_client import Message, Peer, direct_message, open_peer, until
from tests.lib.running import Running, example_up

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]

SERVER = "palabre.localhost"
BOT = f"@palabre:{SERVER}"
LEAD, MEMBER, COORDINATOR = "claudine.uwase", "eric.habimana", "peter.lindqvist"
MENTION: dict[str, Any] = {"m.mentions": {"user_ids": [BOT]}}
PHONE = "+250 000 000 005"
AGREED = "✅"


@dataclass
class Network:
    """What runs, and who is in it: a peer by user name."""

    up: Running
    peers: dict[str, Peer]

    @property
    def lead(self) -> Peer:
        return self.peers[LEAD]

    @property
    def member(self) -> Peer:
        return self.peers[MEMBER]

    @property
    def coordinator(self) -> Peer:
        return self.peers[COORDINATOR]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Network]:
    folder = tmp_path_factory.mktemp("directory")
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(example_up(folder))
        peers = {}
        for name in (LEAD, MEMBER, COORDINATOR):
            peers[name] = peer = await stack.enter_async_context(open_peer())
            user = f"@{name}:{SERVER}"
            await peer.login(up.url, user, up.password(user))
        for peer in peers.values():
            await enter(peer)
        yield Network(up, peers)


async def enter(peer: Peer) -> None:
    """Accept every invitation, as they come."""

    async def all_in() -> bool:
        rooms = await peer.rooms()
        for room in rooms:
            if room["membership"] == "invite":
                await peer.call("join", roomId=room["roomId"])
        return any((room["alias"] or "").startswith("#villes-en-palabre.exchange.") for room in rooms)

    await until(all_in, 60, "the invitations")
    await room_of(peer, "exchange.land")


async def room_of(peer: Peer, key: str) -> str:
    async def look() -> str | None:
        wanted = f"#villes-en-palabre.{key}:{SERVER}"
        for room in await peer.rooms():
            if room["alias"] == wanted and room["membership"] == "invite":
                await peer.call("join", roomId=room["roomId"])
            elif room["alias"] == wanted:
                return str(room["roomId"])
        return None

    return str(await until(look, 30, f"the room {key}"))


async def direct(peer: Peer) -> str:
    return await direct_message(peer, BOT)


async def asked(peer: Peer, room_id: str, text: str, **more: Any) -> Message:
    """Ask, and return the reply, which the client trusts."""
    return trusted(await peer.reply_to(room_id, await peer.ask(room_id, text, **more)))


def trusted(message: Message) -> Message:
    assert (message["failure"], message["shieldColour"], message["sender"]) == (None, 0, BOT)
    assert message["content"]["msgtype"] == "m.text"
    return message


def body_of(message: Message) -> str:
    """Return the text without invisible marks."""
    marks = "\u2060\u2066\u2067\u2068\u2069\u200e\u200f"
    return str(message["content"]["body"]).translate({ord(mark): None for mark in marks})


def relation(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = message["outer"]["m.relates_to"]
    return found


async def test_a_question_in_a_room_keeps_back_what_not_everybody_there_may_see(network: Network) -> None:
    lead = network.lead
    room_id = await room_of(lead, "exchange.land")
    question = "who do I ask about waste in Kigali?"
    reply = await asked(lead, room_id, question, **MENTION)
    assert "Claudine" in body_of(reply) or "Kigali" in body_of(reply)
    assert PHONE not in body_of(reply)
    alone = await asked(lead, await direct(lead), question)
    assert PHONE in body_of(alone)


async def test_a_follow_up_goes_on_in_a_thread_on_the_answer_and_after_a_plain_reply(
    network: Network,
) -> None:
    lead = network.lead
    room_id = await room_of(lead, "exchange.land")
    question = await lead.ask(room_id, "!p who do I ask about waste in Kigali?")
    answer = await lead.reply_to(room_id, question)
    # Without a prefix: the thread is one that she began with the bot.
    more = await lead.reply(room_id, answer["eventId"], "and in Kampala?", thread=question)
    followed = trusted(await lead.reply_to(room_id, more))
    assert relation(followed)["event_id"] == question
    assert "Kampala" in body_of(followed)
    plain = await lead.reply(room_id, followed["eventId"], "and in Bamako?")
    assert "Bamako" in body_of(trusted(await lead.reply_to(room_id, plain)))


async def test_more_in_a_direct_message(network: Network) -> None:
    room_id = await direct(network.lead)
    first = await asked(network.lead, room_id, "contacts for waste")
    second = await asked(network.lead, room_id, "more")
    shown, more = (set(re.findall(r"@[a-z.]+:", body_of(reply))) for reply in (first, second))
    assert shown
    assert more
    assert shown.isdisjoint(more)


async def test_what_nobody_asked_the_bot_gets_no_reply(network: Network) -> None:
    member = network.member
    room_id = await room_of(member, "exchange.land")
    root = await network.lead.ask(room_id, "!p who do I ask about waste in Kigali?")
    answer = await network.lead.reply_to(room_id, root)
    talk = await member.reply(room_id, answer["eventId"], "and in Kampala?", thread=root)
    later = await member.reply_to(room_id, await member.ask(room_id, "!p help"))
    replied = [
        m["outer"].get("m.relates_to", {}).get("m.in_reply_to") for m in await member.messages(room_id)
    ]
    assert later is not None
    assert {"event_id": talk} not in replied


async def test_an_arabic_question_is_answered_in_arabic(network: Network) -> None:
    reply = await asked(network.lead, await direct(network.lead), "من المسؤول عن النفايات في كمبالا؟")
    assert "Grace" in body_of(reply) or "Moses" in body_of(reply) or "كمبالا" in body_of(reply)
    assert any("\u0600" <= letter <= "\u06ff" for letter in body_of(reply))


NO_ANSWER = "who knows about zeppelin mooring masts in Kigali?"


async def test_an_unanswered_question_is_passed_on_and_its_answer_comes_back_and_is_kept(
    network: Network,
) -> None:
    member, coordinator = network.member, network.coordinator
    room_id = await room_of(member, "exchange.land")
    theirs = await room_of(coordinator, "coordination")
    question = await member.ask(room_id, f"!p {NO_ANSWER}")
    offer = trusted(await member.reply_to(room_id, question))
    agreed = await member.ask(room_id, confirming(body_of(offer)))
    promised = trusted(await member.reply_to(room_id, agreed))
    assert "coordinators" in body_of(promised)

    async def posted() -> Message | None:
        found = [m for m in await coordinator.messages(theirs) if "zeppelin" in body_of_any(m)]
        return found[0] if found else None

    post = await until(posted, 30, "the question in the coordinators' room")
    assert "Éric Habimana" in post["content"]["body"]
    question_number = re.search(r"(\d+)\s?: …", body_of(post))
    assert question_number is not None
    answer = f"answer {question_number[1]}: Ask the airfield: tower@kigali.example.org"
    shown = body_of(await asked(coordinator, theirs, answer))
    assert "tower@kigali.example.org" in shown.replace("\u200b", "")
    confirmed = await asked(coordinator, theirs, confirming(shown))
    assert "Éric Habimana" in body_of(confirmed)

    async def brought() -> list[Message]:
        return [m for m in await member.messages(room_id) if "tower" in body_of_any(m)]

    (arrived,) = await until(brought, 30, "the answer where it was asked")
    assert relation(arrived)["m.in_reply_to"]["event_id"] == agreed
    assert arrived["content"]["m.mentions"] == {"user_ids": [member.user_id]}
    await coordinator.react(theirs, confirmed["eventId"], AGREED)
    begun = trusted(await coordinator.reply_to(theirs, confirmed["eventId"]))
    assert relation(begun)["rel_type"] == "m.thread"
    await finish(coordinator, theirs, begun, "Mooring masts", "land", "kigali", "en")


def confirming(shown: str) -> str:
    """Return the “yes” with the number that a message of the bot asks for."""
    found = re.search(r"yes \d+", shown)
    assert found is not None, shown
    return found[0]


def body_of_any(message: Message) -> str:
    return str(message["content"].get("body", ""))


async def finish(peer: Peer, room_id: str, begun: Message, *answers: str) -> Message:
    """Go on with a guided edit in its thread until it is saved: each question gets the answer that fits it."""
    title, theme, city, language = answers
    wanted = {"title": title, "theme": theme, "language": language, "cities": city}
    said, root = begun, relation(begun)["event_id"]
    for _ in range(10):
        question = body_of(said)
        if AGREED in question:
            await peer.react(room_id, said["eventId"], AGREED)
            saved = trusted(await peer.reply_to(room_id, said["eventId"]))
            assert "Saved" in body_of(saved) or "Proposed" in body_of(saved), body_of(saved)
            return saved
        if "A reaction is not enough" in question:
            event_id = await peer.reply(room_id, said["eventId"], confirming(question), thread=root)
            saved = trusted(await peer.reply_to(room_id, event_id))
            assert "Saved" in body_of(saved) or "Proposed" in body_of(saved), body_of(saved)
            return saved
        answer = next((wanted[word] for word in wanted if word in question.lower()), "skip")
        event_id = await peer.reply(room_id, said["eventId"], answer, thread=root)
        said = trusted(await peer.reply_to(room_id, event_id))
    raise AssertionError(body_of(said))


async def test_a_resource_is_added_in_a_thread_and_saved_by_a_reaction(network: Network) -> None:
    lead = network.lead
    room_id = await room_of(lead, "exchange.land")
    begun = await asked(lead, room_id, "!p add resource")
    saved = await finish(lead, room_id, begun, "Handbook of terraces", "land", "kigali", "english")
    assert "Handbook of terraces" in body_of(saved)
    found = await asked(lead, room_id, "!p handbook of terraces")
    assert "Handbook of terraces" in body_of(found)


async def test_an_encrypted_file_that_was_saved_is_given_to_who_asks_for_it(network: Network) -> None:
    lead, coordinator = network.lead, network.coordinator
    room_id = await room_of(lead, "exchange.land")
    content = os.urandom(5000)
    sent = await lead.send_file(room_id, "Kigali_parcels_survey.pdf", "application/pdf", content)
    begun = trusted(await lead.reply_to(room_id, await lead.reply(room_id, sent, "save this", **MENTION)))
    await finish(lead, room_id, begun, "Kigali parcels survey", "land", "kigali", "english")
    there = await room_of(coordinator, "exchange.land")
    found = await asked(coordinator, there, "!p kigali parcels survey")
    assert "Kigali parcels survey" in body_of(found)

    async def given() -> Message | None:
        files = (m for m in await coordinator.messages(there) if m["content"].get("msgtype") == "m.file")
        return next((m for m in files if m["sender"] == BOT), None)

    file = await until(given, 30, "the file")
    assert await coordinator.download(file) == content


async def test_a_members_proposal_is_approved_by_another_persons_reaction(network: Network) -> None:
    member, coordinator = network.member, network.coordinator
    room_id = await room_of(member, "exchange.land")
    theirs = await room_of(coordinator, "coordination")
    begun = await asked(member, room_id, "!p add resource")
    proposed = await finish(member, room_id, begun, "Wetlands primer", "land", "kigali", "english")
    assert "Proposed" in body_of(proposed)

    async def shown() -> Message | None:
        found = [m for m in await coordinator.messages(theirs) if "Wetlands primer" in body_of_any(m)]
        return found[0] if found else None

    card = await until(shown, 30, "the proposal in the coordinators' room")
    await coordinator.react(theirs, card["eventId"], AGREED)
    approved = trusted(await coordinator.reply_to(theirs, card["eventId"]))
    assert "Wetlands primer" in body_of(approved)

    async def told() -> bool:
        return any("pproved" in body_of_any(m) for m in await member.messages(room_id))

    await until(told, 30, "the proposer to hear of it")
    assert "Wetlands primer" in body_of(await asked(member, room_id, "!p wetlands primer"))


async def test_killed_in_the_middle_of_a_guided_edit_it_goes_on(network: Network) -> None:
    lead, up = network.lead, network.up
    room_id = await room_of(lead, "exchange.land")
    begun = await asked(lead, room_id, "!p add resource")
    root = relation(begun)["event_id"]
    title = await lead.reply(room_id, begun["eventId"], "Notes on fords", thread=root)
    said = trusted(await lead.reply_to(room_id, title))
    before = up.bot_pid()
    os.kill(before, signal.SIGKILL)

    async def again() -> bool:
        return up.bot_pid() != before

    await until(again, 60, "the bot's next process")
    saved = await finish(lead, room_id, said, "Notes on fords", "land", "kigali", "english")
    assert "Notes on fords" in body_of(saved)


async def test_my_data_come_as_an_encrypted_file_and_in_a_direct_message_only(network: Network) -> None:
    lead = network.lead
    there = await room_of(lead, "exchange.land")
    await finish(
        lead,
        there,
        await asked(lead, there, "!p add resource"),
        "Atlas of wells",
        "land",
        "kigali",
        "english",
    )
    refused = await asked(lead, there, "!p export my data")
    assert "direct message" in body_of(refused)
    room_id = await direct(lead)
    await asked(lead, room_id, "export my data")

    async def given() -> Message | None:
        return next(
            (m for m in await lead.messages(room_id) if m["content"].get("msgtype") == "m.file"), None
        )

    data = json.loads(await lead.download(await until(given, 30, "the file")))
    assert data["person"][0]["user_id"] == lead.user_id
    assert any("Atlas of wells" in json.dumps(row, ensure_ascii=False) for row in data["history"])


async def test_whoever_asks_to_be_forgotten_is_and_the_coordinators_are_told(network: Network) -> None:
    member, coordinator = network.member, network.coordinator
    room_id = await direct(member)
    warned = body_of(await asked(member, room_id, "forget me"))
    word = warned.rsplit("write: ", 1)[1].split("\n")[0].strip()
    done = await asked(member, room_id, word)
    assert "forgotten" in body_of(done)
    theirs = await room_of(coordinator, "coordination")

    async def told() -> bool:
        # In the community's first language.
        return any("a demandé l'effacement" in body_of_any(m) for m in await coordinator.messages(theirs))

    await until(told, 30, "the coordinators to be told")
    await asked(member, room_id, "export my data")

    async def given() -> Message | None:
        return next(
            (m for m in await member.messages(room_id) if m["content"].get("msgtype") == "m.file"), None
        )

    data = json.loads(await member.download(await until(given, 30, "the file")))
    # That they are to be in their rooms, and to read there what was said before.
    assert {request["kind"] for request in data["requests"]} <= {"invite", "history-keys"}
    assert data["history"] == []


async def test_no_question_and_no_answer_is_in_any_log(network: Network) -> None:
    room_id = await room_of(network.lead, "exchange.land")
    for text in ("!p who do I ask about waste in Kigali?", f"!p {NO_ANSWER}"):
        await network.lead.reply_to(room_id, await network.lead.ask(room_id, text))
    forbidden = [
        "zeppelin",
        "tower@",
        "Handbook of terraces",
        "Wetlands",
        "Notes on fords",
        "Atlas of wells",
        "waste in Kigali",
    ]
    for log in sorted((network.up.data / "logs").iterdir()):
        text = log.read_text()
        assert not [word for word in forbidden if word in text], log.name
