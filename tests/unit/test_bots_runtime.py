"""The bot at work on one batch: whom it answers, and that nothing it reads can stop it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bots.answering import Answering
from bots.deciding import Deciding
from bots.doing import Doing
from bots.encryption import EncryptedClient, Invitation, Reacted, Received, RoomView
from bots.encryption.client import Batch
from bots.hearing import Hearing
from bots.journal import Journal
from bots.posting import PostOnce
from bots.requested import Requested
from bots.rooms import Community
from bots.runtime import Runtime
from bots.saying import Saying
from bots.skill import Asked, Reply
from bots.skills import SkillSet
from community.load import load_description
from community.store import Person, Store
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.ids import EventId, RoomId, UserId

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
EXAMPLE = load_description(ROOT / "config").community
BOT, AWA, OUTSIDER = UserId("@palabre:h"), UserId("@awa:h"), UserId("@outsider:h")
DIRECT = RoomId("!direct")


class Homeserver:
    """What the bot's client and its API do, and what was asked of them."""

    user_id = BOT

    def __init__(self) -> None:
        joined = {AWA: "join", BOT: "join"}
        self.rooms = {DIRECT: RoomView(DIRECT, algorithm="megolm", members=joined)}
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.entered: list[str] = []
        self.left: list[str] = []
        self.dealt_with: list[str] = []
        self.earlier: dict[str, Received] = {}
        self.is_away = False

    async def send(self, room_id: RoomId, content: Mapping[str, Any], transaction_id: str) -> EventId:
        assert room_id == DIRECT
        if self.is_away:
            raise HomeserverUnreachable("http://127.0.0.1:8008")
        self.sent.append((transaction_id, content))
        return EventId(f"$reply{len(self.sent)}")

    async def read_back(self, room_id: RoomId, event_id: EventId) -> Received | None:
        assert room_id == DIRECT
        return self.earlier.get(event_id)

    async def done(self, message: Received | Reacted) -> None:
        self.dealt_with.append(message.event_id)

    async def join(self, room_id: RoomId) -> None:
        self.entered.append(room_id)

    async def leave(self, room_id: RoomId) -> None:
        self.left.append(room_id)


class Echo(SkillSet):
    """Says again what it is asked, and stumbles over one word."""

    def answer(self, asked: Asked) -> Reply:
        if asked.text == "stumble":
            raise ValueError(f"cannot cope with {asked.text}")
        return Reply(f"re: {asked.text}", "")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        await opened.people.replace([Person(AWA, "awa", "Awa", "lead", None, (), ("fr",))])
        yield opened


def runtime(homeserver: Homeserver, store: Store, folder: Path) -> Runtime:
    """Return a bot, as one process after another has it: what it wrote down is in ``folder``."""
    client, api = cast(EncryptedClient, homeserver), cast(ClientApi, homeserver)
    ours = Community("villes", UserId("@palabre-provisioner:h"))
    hearing = Hearing(client, ours, EXAMPLE, store=store, display_name="Palabre", now=lambda: NOW)
    skills = Echo(EXAMPLE, "h", (ROOT / "community", ROOT / "bots"))
    once = PostOnce(store, client, api, late_limit=timedelta(hours=1), now=lambda: NOW)
    requested = Requested(store, client, once, hearing, skills, now=lambda: NOW)
    deciding = Deciding(client, store, hearing, skills, requested, now=lambda: NOW)
    doing = Doing(client, api, store, skills, Saying(client, hearing.conversations), requested)
    answering = Answering(Journal(folder / "journal"), deciding, doing)
    return Runtime(client, api, store, hearing, answering, now=lambda: NOW)


def said(body: str, event_id: str, *, sender: UserId = AWA, **more: Any) -> Received:
    return Received(DIRECT, EventId(event_id), sender, {"msgtype": "m.text", "body": body, **more}, 0)


def batch(
    *messages: Received, invitations: tuple[Invitation, ...] = (), rooms: tuple[RoomId, ...] = ()
) -> Batch:
    return Batch(messages, invitations, frozenset(rooms), frozenset())


async def test_a_message_that_a_skill_stumbles_over_does_not_stop_it_and_is_in_no_log(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    with capture_logs() as logs:
        await runtime(homeserver, store, tmp_path)._take(batch(said("stumble", "$1"), said("help", "$2")))
    assert [content["body"] for _, content in homeserver.sent] == ["re: help"]
    assert [(line["event"], line["kind"]) for line in logs] == [("answer_failed", "ValueError")]
    assert "stumble" not in str(logs)


async def test_a_reply_is_a_notice_to_the_asker_and_the_same_for_the_same_question(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    for _ in range(2):
        # Killed before the sync was confirmed: a new process reads the question again.
        await runtime(homeserver, store, tmp_path)._take(batch(said("help", "$1")))
    (first, content), (second, _) = homeserver.sent
    assert first == second
    assert content["msgtype"] == "m.notice"
    assert content["m.mentions"] == {"user_ids": [AWA]}
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$1"}}


async def test_a_homeserver_that_goes_away_leaves_the_batch_to_be_read_again(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await runtime(homeserver, store, tmp_path)._take(
            batch(said("thanks a lot", "$0", sender=OUTSIDER), said("help", "$1"))
        )
    assert homeserver.dealt_with == ["$0"]
    homeserver.is_away = False
    await runtime(homeserver, store, tmp_path)._take(batch(said("help", "$1")))
    assert [content["body"] for _, content in homeserver.sent] == ["re: help"]
    assert homeserver.dealt_with == ["$0", "$1"]


async def test_only_active_members_are_answered(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    bot = runtime(homeserver, store, tmp_path)
    await bot._take(batch(said("help", "$1", sender=OUTSIDER)))
    assert homeserver.sent == []
    await store.people.replace([])
    await bot._take(batch(said("help", "$2")))
    assert homeserver.sent == []


async def test_invitations_are_accepted_or_declined_and_a_direct_message_that_grows_is_left(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    homeserver.rooms[DIRECT].members[OUTSIDER] = "invite"
    good = Invitation(RoomId("!good"), AWA, is_direct=True, encrypted=True)
    clear = Invitation(RoomId("!clear"), AWA, is_direct=True, encrypted=False)
    foreign = Invitation(RoomId("!foreign"), OUTSIDER, is_direct=True, encrypted=True)
    await runtime(homeserver, store, tmp_path)._take(
        batch(invitations=(good, clear, foreign), rooms=(DIRECT,))
    )
    assert homeserver.entered == ["!good"]
    assert homeserver.left == ["!clear", "!foreign", DIRECT]
