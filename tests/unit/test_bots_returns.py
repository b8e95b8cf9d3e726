"""Whoever leaves a room to read what was said before is invited again, and nobody who was taken out of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, cast

import pytest

from bots.context.open_history import OpenHistory
from bots.encryption import RoomView
from bots.features.invitations.returns import ReturnHandler
from community.core.messages import translator
from community.description.person import Person
from community.jobs.invitations import RoomInvitation
from community.jobs.job import JobState
from community.jobs.return_invitations import ReturnInvitation
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, NotFound
from matrix.http import Call
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import small
from tests.lib.machines import NOW

CAFE, AWA, BEN, BOT = RoomId("!cafe:x"), UserId("@awa:x"), UserId("@ben:x"), UserId("@bot:x")


@dataclass
class Rooms:
    """The café, with the membership event of Awa's that the homeserver has, and the time.

    ``key`` is that of the room in the description.
    """

    store: Store
    key: str = "cafe"
    event: dict[str, Any] | None = None
    room: RoomView = field(default_factory=lambda: RoomView(CAFE, members={AWA: "join"}))
    seen: dict[UserId, str] = field(default_factory=dict)
    """What the sync has shown of memberships that are others by now."""
    passed: timedelta = timedelta()
    kicked: list[str | None] = field(default_factory=list)
    """The reasons for which Awa was taken out."""
    is_weak: bool = False
    """Whether the bot has no more power there than Awa."""

    @property
    def http(self) -> Self:
        return self

    async def send(self, call: Call) -> dict[str, Any]:
        assert (call.path.rpartition("/")[2], call.query) == ("%40awa%3Ax", {"format": "event"})
        if self.event is None:
            raise NotFound("M_NOT_FOUND", 404, "rooms/state")
        return self.event

    def leaves(self, sender: str = AWA, membership: str = "leave") -> None:
        self.room.members.pop(AWA, None)
        self.event = {"sender": sender, "content": {"membership": membership}}

    async def membership(self, _room_id: RoomId, user_id: UserId) -> str | None:
        return self.room.members.get(user_id)

    async def kick(self, _room_id: RoomId, user_id: UserId, *, reason: str | None) -> None:
        assert user_id == AWA
        if self.is_weak:
            raise Forbidden("M_FORBIDDEN", 403, "rooms/kick")
        self.kicked.append(reason)
        self.leaves(BOT)

    async def asks(self, takes_out: str = "") -> None:
        await self.store.jobs.file(ReturnInvitation(CAFE, self.key, AWA, NOW.isoformat(), takes_out), at=NOW)

    async def work(self) -> None:
        handler = ReturnHandler(
            self.store,
            BOT,
            cast(ClientApi, self),
            lambda: {self.key: replace(self.room, members={**self.room.members, **self.seen})},
            OpenHistory(lambda: small().community),
            lambda: [translator("en", []), translator("en", [])],
            lambda: NOW + self.passed,
        )
        worker = JobWorker(
            self.store.jobs, [handler], holder="bot", now=lambda: NOW + self.passed, counts=Counter()
        )
        await worker.turn(asyncio.Event())

    async def invited(self) -> list[tuple[str, str, str]]:
        jobs = await self.store.jobs.pending(RoomInvitation.KIND)
        return [(to.room_id, to.room_key, to.user_id) for _, to in RoomInvitation.each(jobs)]


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Rooms]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.people.replace([Person(AWA, "awa.diallo", "Awa Diallo", "city-lead", None, (), ("en",))])
        yield Rooms(store)


async def test_who_asks_and_leaves_is_invited_again(at: Rooms) -> None:
    await at.asks()
    await at.work()
    assert await at.invited() == []
    at.passed = timedelta(minutes=30)
    at.leaves()
    await at.work()
    assert await at.invited() == [(CAFE, "cafe", AWA)]


async def test_who_was_invited_before_is_invited_again_too(at: Rooms) -> None:
    await at.store.jobs.file(RoomInvitation(CAFE, "cafe", AWA), at=NOW)
    (before,) = await at.store.jobs.pending(RoomInvitation.KIND)
    await at.store.jobs.end(before.id, JobState.DONE, at=NOW)
    await at.asks()
    at.leaves()
    await at.work()
    assert await at.invited() == [(CAFE, "cafe", AWA)]


@pytest.mark.parametrize(
    ("sender", "membership"), [(BEN, "leave"), (BOT, "leave"), (BEN, "ban"), (AWA, "join"), (AWA, "knock")]
)
async def test_who_was_taken_out_is_not_invited_again(at: Rooms, sender: str, membership: str) -> None:
    await at.asks()
    at.leaves(sender, membership)
    await at.work()
    assert await at.invited() == []
    assert await at.store.jobs.pending(ReturnInvitation.KIND) == ()


async def test_who_is_no_member_any_more_is_not_invited_again(at: Rooms) -> None:
    await at.asks()
    at.leaves()
    await at.store.people.replace([])
    await at.work()
    assert await at.invited() == []


async def test_whom_a_moderator_has_asked_into_a_room_that_is_not_theirs_is_not_let_in_by_the_bot(
    at: Rooms,
) -> None:
    at.key = "workshop.waste.pioneers"
    await at.asks()
    at.leaves()
    await at.work()
    assert await at.invited() == []


async def test_of_whom_the_homeserver_knows_nothing_is_not_invited(at: Rooms) -> None:
    await at.asks()
    at.leaves()
    at.event = None
    await at.work()
    assert await at.invited() == []


async def test_who_stays_for_an_hour_has_changed_their_mind(at: Rooms) -> None:
    await at.asks()
    at.passed = timedelta(hours=1)
    await at.work()
    at.leaves()
    await at.work()
    assert await at.invited() == []
    assert await at.store.jobs.pending(ReturnInvitation.KIND) == ()


async def test_a_room_of_that_key_with_another_id_is_another(at: Rooms) -> None:
    await at.asks()
    at.room = RoomView(RoomId("!other:x"))
    await at.work()
    assert await at.invited() == []


@pytest.mark.parametrize("asked", ["", "soon", "2026-11-23T12:00:00"])
async def test_without_a_moment_with_its_offset_it_is_no_such_job(at: Rooms, asked: str) -> None:
    await at.store.jobs.file(ReturnInvitation(CAFE, "cafe", AWA, asked), at=NOW)
    (job,) = await at.store.jobs.pending(ReturnInvitation.KIND)
    assert ReturnInvitation.read(job) is None


async def test_who_has_asked_for_it_is_taken_out_some_seconds_later_and_invited_again(at: Rooms) -> None:
    await at.asks("yes")
    await at.work()
    assert (at.kicked, AWA in at.room.members) == ([], True)
    at.passed = timedelta(seconds=5)
    await at.work()
    assert at.kicked == [
        "As you have asked: you are invited again, so that you can read what was said before."
    ]
    assert await at.invited() == []
    at.passed = timedelta(seconds=10)
    await at.work()
    assert (await at.invited(), len(at.kicked)) == ([(CAFE, "cafe", AWA)], 1)


async def test_who_is_taken_out_and_whose_removal_the_sync_has_not_shown_is_not_taken_out_twice(
    at: Rooms,
) -> None:
    await at.asks("yes")
    at.passed = timedelta(seconds=5)
    seen = dict(at.room.members)
    await at.work()
    at.room = RoomView(CAFE, members=seen)
    at.room.members[AWA] = "leave"
    at.passed = timedelta(seconds=10)
    await at.work()
    assert (len(at.kicked), await at.invited()) == (1, [])


@pytest.mark.parametrize("is_shown", [True, False], ids=["the sync has shown it", "not yet"])
async def test_whom_the_bot_took_out_before_it_was_stopped_for_hours_is_invited_again(
    at: Rooms, is_shown: bool
) -> None:
    await at.asks("yes")
    at.passed = timedelta(seconds=5)
    await at.work()
    assert len(at.kicked) == 1
    if not is_shown:
        at.seen[AWA] = "join"
    at.passed = timedelta(hours=9)
    await at.work()
    assert (await at.invited() == []) is not is_shown
    at.seen.clear()
    at.passed += timedelta(seconds=5)
    await at.work()
    assert (await at.invited(), len(at.kicked)) == ([(CAFE, "cafe", AWA)], 1)


async def test_whom_somebody_else_invites_after_it_is_not_taken_out_once_more(at: Rooms) -> None:
    await at.asks("yes")
    at.passed = timedelta(seconds=5)
    await at.work()
    at.room.members[AWA] = "invite"
    at.event = {"sender": BEN, "content": {"membership": "invite"}}
    at.passed = timedelta(seconds=10)
    await at.work()
    at.room.members[AWA] = "join"
    at.passed = timedelta(seconds=15)
    await at.work()
    assert (len(at.kicked), AWA in at.room.members) == (1, True)
    assert await at.store.jobs.pending(ReturnInvitation.KIND) == ()


async def test_who_leaves_before_is_invited_again_and_not_taken_out(at: Rooms) -> None:
    await at.asks("yes")
    at.leaves()
    at.passed = timedelta(seconds=5)
    await at.work()
    assert (await at.invited(), at.kicked) == ([(CAFE, "cafe", AWA)], [])


async def test_whom_somebody_else_takes_out_meanwhile_is_not_invited_again(at: Rooms) -> None:
    await at.asks("yes")
    at.leaves(BEN)
    at.passed = timedelta(seconds=5)
    await at.work()
    assert (await at.invited(), at.kicked) == ([], [])


@pytest.mark.parametrize("why", ["as much power as the bot", "no member any more", "an hour has passed"])
async def test_nobody_is_taken_out_who(at: Rooms, why: str) -> None:
    await at.asks("yes")
    at.passed = timedelta(hours=1) if why == "an hour has passed" else timedelta(seconds=5)
    at.is_weak = why == "as much power as the bot"
    if why == "no member any more":
        await at.store.people.replace([])
    await at.work()
    assert (at.kicked, AWA in at.room.members, await at.invited()) == ([], True, [])
    assert await at.store.jobs.pending(ReturnInvitation.KIND) == ()


def test_what_an_earlier_version_has_filed_takes_nobody_out() -> None:
    payload = ReturnInvitation(CAFE, "cafe", AWA, NOW.isoformat()).encoded()
    del payload["takes_out"]
    assert ReturnInvitation.decoded(payload) == ReturnInvitation(CAFE, "cafe", AWA, NOW.isoformat())
