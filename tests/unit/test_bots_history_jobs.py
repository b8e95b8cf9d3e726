"""The bot's promise to whoever it invites, and when it is kept: a job, from before the invitation until a day after."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.context.open_history import OpenHistory
from bots.encryption import EncryptedClient, RoomView
from bots.encryption.history_sharing import AFTER_JOINING, DEVICES_FOR
from bots.encryption.protocol import MEGOLM
from bots.features.invitations.handler import InvitationHandler
from bots.features.invitations.history import HistoryHandler
from community.description.model import Community, Policy
from community.jobs.history_keys import HistoryKeys
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job, JobState
from community.jobs.worker import JobHandler, JobWorker
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable, MatrixRequestError
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import small
from tests.lib.given_history import AWA, BOT, GivingBot
from tests.lib.machines import NOW, ROOM, identity_of

LOBBY = RoomId(ROOM)
MASTER, OTHER = (str(identity_of(AWA, number).public_keys["master"]) for number in range(2))


@dataclass
class Client:
    """The bot's client: real keys, a room that the test fills."""

    bot: GivingBot
    user_id: UserId = BOT
    invited: list[UserId] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    come: list[UserId] = field(default_factory=list)
    """Who is in the room, before the sync shows it."""

    @property
    def history(self) -> object:
        return self.bot.history

    async def shown_identity(self, user_id: UserId) -> str | None:
        known = self.bot.machine.store.user(user_id)
        return None if known is None else known.master

    async def with_signed_device(self, users: set[UserId]) -> frozenset[UserId]:
        return frozenset(UserId(user) for user in self.bot.machine.devices.with_signed_device(users))

    async def invite(self, _room_id: RoomId, user_id: UserId) -> None:
        if self.errors:
            raise self.errors.pop()
        self.invited.append(user_id)

    async def membership(self, _room_id: RoomId, user_id: UserId) -> str | None:
        return "join" if user_id == self.user_id or user_id in self.come else None


class Lobby:
    """The bot with its jobs and its lobby, in which Awa is not yet. Her phone is signed, and there is a session."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.store = store
        self.bot = GivingBot(folder)
        self.phone = self.bot.device("PHONE")
        self.bot.said()
        self.client = Client(self.bot)
        self.room = RoomView(LOBBY, algorithm=MEGOLM, members={BOT: "join"})
        self.community: Community = small().community
        self.counts: Counter[str] = Counter()
        self.renewed()

    def renewed(self) -> None:
        """Begin the handlers anew, as another process does."""
        client, ours = cast(EncryptedClient, self.client), lambda: {"announcements": self.room}
        parts = (self.store, client, ours, OpenHistory(lambda: self.community), self.bot.time)
        self.history = HistoryHandler(*parts)
        self.invitations = InvitationHandler(
            self.store,
            client,
            cast(ClientApi, self.client),
            ours,
            self.history,
            name_of=str.title,
            now=self.bot.time,
        )

    async def work(self) -> None:
        """Do once what can be done now."""
        handlers: list[JobHandler[Any]] = [self.invitations, self.history]
        worker = JobWorker(
            self.store.jobs,
            handlers,
            holder="bot",
            now=self.bot.time,
            counts=self.counts,
            halting=(HomeserverUnreachable,),
        )
        await worker.turn(asyncio.Event())

    async def invites(self) -> None:
        """Let the provisioner ask for Awa's invitation, and the bot send it."""
        await self.store.identities.see(AWA, MASTER, at=NOW)
        await self.store.jobs.file(RoomInvitation(ROOM, "announcements", AWA), at=NOW)
        await self.work()
        self.room.members[AWA], self.room.invited_by[AWA] = "invite", BOT

    async def enters(self) -> None:
        """Let Awa accept, and the time pass after which she is given the keys."""
        self.room.members[AWA] = "join"
        await self.waits()

    async def waits(self) -> None:
        """Let the bot see what there is, and the time pass after which somebody is given the keys."""
        await self.work()
        self.bot.passes(AFTER_JOINING)
        await self.work()

    def given(self) -> int:
        """How many bundles the phone was sent since the last call."""
        return len(self.bot.received(self.phone))

    async def promised(self, *states: JobState) -> list[Job]:
        return list(await self.store.jobs.of_state(HistoryKeys.KIND, *(states or (JobState.PENDING,))))


@pytest.fixture
async def lobby(tmp_path: Path) -> AsyncIterator[Lobby]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        yield Lobby(tmp_path, store)


async def test_who_is_invited_and_comes_is_given_the_keys_once(lobby: Lobby) -> None:
    await lobby.invites()
    assert (lobby.client.invited, lobby.given()) == ([AWA], 0)
    await lobby.enters()
    assert lobby.given() == 2
    lobby.bot.passes(timedelta(minutes=5))
    await lobby.work()
    assert lobby.given() == 0


async def test_before_they_have_come_they_are_given_nothing(lobby: Lobby) -> None:
    await lobby.invites()
    lobby.bot.passes(timedelta(hours=5))
    await lobby.work()
    assert (lobby.given(), len(await lobby.promised())) == (0, 1)


async def test_the_promise_is_there_before_the_invitation_is_sent(lobby: Lobby) -> None:
    lobby.client.errors = [HomeserverUnreachable("http://x")]
    with pytest.raises(HomeserverUnreachable):
        await lobby.invites()
    (job,) = await lobby.promised()
    assert job.payload == {
        "room_id": ROOM,
        "room_key": "announcements",
        "user_id": AWA,
        "master": MASTER,
        "invited": NOW.isoformat(),
    }


async def test_who_came_by_an_invitation_whose_answer_was_lost_is_given_the_keys(lobby: Lobby) -> None:
    """The bot invites once more before its sync has shown it, and is told that they are in the room."""
    lobby.client.errors, lobby.client.come = [Forbidden("M_FORBIDDEN", 403, "invite")], [AWA]
    await lobby.invites()
    assert len(await lobby.promised()) == 1
    assert await lobby.store.jobs.of_state(RoomInvitation.KIND, JobState.FAILED) == ()
    await lobby.enters()
    assert lobby.given() == 2


async def test_an_invitation_that_cannot_be_sent_promises_nothing(lobby: Lobby) -> None:
    lobby.client.errors = [Forbidden("M_FORBIDDEN", 403, "invite")]
    await lobby.invites()
    assert await lobby.promised() == []


async def test_who_is_in_the_room_already_is_promised_nothing(lobby: Lobby) -> None:
    lobby.room.members[AWA] = "join"
    await lobby.invites()
    assert await lobby.promised(*JobState) == []


async def test_the_identity_that_was_shown_at_the_invitation_counts_where_none_was_pinned(
    lobby: Lobby,
) -> None:
    await lobby.store.jobs.file(RoomInvitation(ROOM, "announcements", AWA), at=NOW)
    await lobby.work()
    lobby.room.invited_by[AWA] = BOT
    await lobby.enters()
    assert lobby.given() == 0
    await lobby.store.identities.see(AWA, MASTER, at=NOW)
    await lobby.waits()
    assert lobby.given() == 2


def with_history(community: Community, history: str) -> Community:
    rooms = [spec.model_copy(update={"history": history}) for spec in community.rooms]
    return community.model_copy(update={"rooms": tuple(rooms)})


NEVER: Mapping[str, Any] = {
    "the room's history is for those who were there": lambda at: setattr(
        at.room, "history_visibility", "joined"
    ),
    "the room's history is for those who were invited": lambda at: setattr(
        at.room, "history_visibility", "invited"
    ),
    "the description says so, whatever the homeserver shows": lambda at: setattr(
        at, "community", with_history(at.community, "joined")
    ),
    "the room is none of the description's": lambda at: setattr(
        at, "community", at.community.model_copy(update={"rooms": ()})
    ),
    "the room is not encrypted": lambda at: setattr(at.room, "algorithm", None),
    "somebody else has invited them": lambda at: at.room.invited_by.update({AWA: UserId("@provisioner:x")}),
    "they came by themselves": lambda at: at.room.invited_by.clear(),
    "nobody gets keys who is not known here": lambda at: setattr(at.bot, "readers", {BOT}),
}


@pytest.mark.parametrize("never", NEVER)
async def test_nothing_is_given_where(lobby: Lobby, never: str) -> None:
    await lobby.invites()
    NEVER[never](lobby)
    await lobby.enters()
    assert (lobby.given(), lobby.bot.server.files) == (0, {})


async def test_in_a_safe_room_nothing_is_given_whatever_else_is_said_of_it(lobby: Lobby) -> None:
    safe = [
        spec.model_copy(update={"policy": Policy.SAFE, "history": "shared"}) for spec in lobby.community.rooms
    ]
    lobby.community = lobby.community.model_copy(update={"rooms": tuple(safe)})
    await lobby.invites()
    await lobby.enters()
    assert (lobby.given(), await lobby.promised(*JobState)) == (0, [])


async def test_to_an_identity_that_has_changed_nothing_is_given_until_it_is_accepted(lobby: Lobby) -> None:
    await lobby.invites()
    await lobby.store.identities.see(AWA, OTHER, at=NOW)
    await lobby.enters()
    assert lobby.given() == 0
    lobby.bot.directory.reset[AWA] = 1
    lobby.bot.told(AWA)
    assert await lobby.store.identities.accept(AWA, OTHER, by="@moussa:x", at=NOW)
    await lobby.waits()
    assert lobby.given() == 2


async def test_who_shows_another_identity_than_at_the_invitation_is_given_nothing(lobby: Lobby) -> None:
    """A homeserver shows one of its own making, before anything was pinned."""
    await lobby.store.jobs.file(RoomInvitation(ROOM, "announcements", AWA), at=NOW)
    await lobby.work()
    lobby.room.invited_by[AWA] = BOT
    lobby.bot.directory.reset[AWA] = 1
    lobby.bot.told(AWA)
    await lobby.store.identities.see(AWA, OTHER, at=NOW)
    await lobby.enters()
    assert lobby.given() == 0


async def test_who_declines_is_forgotten_after_a_day(lobby: Lobby) -> None:
    await lobby.invites()
    del lobby.room.members[AWA]
    lobby.bot.passes(timedelta(hours=23))
    await lobby.work()
    assert len(await lobby.promised()) == 1
    lobby.bot.passes(timedelta(hours=1))
    await lobby.work()
    assert (lobby.given(), len(await lobby.promised(JobState.DONE))) == (0, 1)


async def test_an_invitation_that_nobody_answers_is_given_up_at_last(lobby: Lobby) -> None:
    await lobby.invites()
    lobby.bot.passes(timedelta(days=60))
    await lobby.work()
    assert len(await lobby.promised(JobState.DONE)) == 1


async def test_a_day_after_they_have_come_the_promise_is_kept(lobby: Lobby) -> None:
    await lobby.invites()
    await lobby.enters()
    lobby.bot.passes(DEVICES_FOR)
    await lobby.work()
    assert len(await lobby.promised(JobState.DONE)) == 1


async def test_a_device_that_is_signed_hours_later_is_given_the_keys_then(lobby: Lobby) -> None:
    laptop = lobby.bot.device("LAPTOP", signed=False)
    await lobby.invites()
    await lobby.enters()
    lobby.bot.server.sent.clear()
    lobby.bot.passes(timedelta(hours=10))
    lobby.bot.sign("LAPTOP")
    await lobby.work()
    assert len(lobby.bot.received(laptop)) == 2


async def test_who_left_and_is_invited_again_is_given_the_keys_again(lobby: Lobby) -> None:
    await lobby.invites()
    await lobby.enters()
    assert lobby.given() == 2
    del lobby.room.members[AWA]
    lobby.bot.passes(timedelta(hours=1))
    await lobby.invites()
    await lobby.enters()
    assert lobby.given() == 2


async def test_a_full_allowance_is_waited_for(lobby: Lobby) -> None:
    lobby.bot.server.failures = [MatrixRequestError("M_USER_LIMIT_EXCEEDED", 403, "upload")]
    await lobby.invites()
    await lobby.enters()
    (job,) = await lobby.promised()
    assert "takes no file with a room's earlier keys now: M_USER_LIMIT_EXCEEDED" in str(job.reason)
    lobby.bot.passes(timedelta(minutes=1))
    await lobby.work()
    assert lobby.given() == 2


STEPS = ("send", "upload_media", "claim_keys", "send_to_device")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_cut_off_at_any_step_it_is_done_by_the_next_process(
    lobby: Lobby, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    await lobby.invites()
    whole = getattr(lobby.bot.server, step)

    async def cut(*args: Any) -> Any:
        if after:
            await whole(*args)
        raise HomeserverUnreachable("http://x")

    with monkeypatch.context() as patched:
        patched.setattr(lobby.bot.server, step, cut)
        with pytest.raises(HomeserverUnreachable):
            await lobby.enters()
    lobby.bot.server.sent.clear()
    lobby.renewed()
    await lobby.work()
    assert lobby.given() == 2


async def test_a_room_that_has_another_id_by_now_is_another_room(lobby: Lobby) -> None:
    await lobby.invites()
    lobby.room = replace(lobby.room, room_id=RoomId("!another"), members={AWA: "join"}, invited_by={AWA: BOT})
    lobby.bot.passes(timedelta(hours=1))
    await lobby.work()
    assert (lobby.given(), len(await lobby.promised())) == (0, 1)


@pytest.mark.parametrize("invited", ["", "yesterday", "2026-11-23T12:00:00"])
def test_a_payload_without_a_moment_with_its_offset_is_none(invited: str) -> None:
    payload = HistoryKeys("!r", "k", "@u", "m", invited).encoded()
    job = Job(1, "history-keys", payload, "x", JobState.PENDING, NOW, 0, None, None, None, NOW, None)
    assert HistoryKeys.read(job) is None
