"""Whoever leaves a room to read what was said before is invited again, and nobody who was taken out of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, cast

import pytest

from bots.context.open_history import OpenHistory
from bots.encryption import RoomView
from bots.features.invitations.returns import ReturnHandler
from community.description.person import Person
from community.jobs.invitations import RoomInvitation
from community.jobs.job import JobState
from community.jobs.return_invitations import ReturnInvitation
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.errors import NotFound
from matrix.http import Call
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import small
from tests.lib.machines import NOW

CAFE, AWA, BEN = RoomId("!cafe:x"), UserId("@awa:x"), UserId("@ben:x")


@dataclass
class Rooms:
    """The café, with the membership event of Awa's that the homeserver has, and the time.

    ``key`` is that of the room in the description.
    """

    store: Store
    key: str = "cafe"
    event: dict[str, Any] | None = None
    room: RoomView = field(default_factory=lambda: RoomView(CAFE, members={AWA: "join"}))
    passed: timedelta = timedelta()

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

    async def asks(self) -> None:
        await self.store.jobs.file(ReturnInvitation(CAFE, self.key, AWA, NOW.isoformat()), at=NOW)

    async def work(self) -> None:
        handler = ReturnHandler(
            self.store,
            cast(ClientApi, self),
            lambda: {self.key: self.room},
            OpenHistory(lambda: small().community),
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
    ("sender", "membership"), [(BEN, "leave"), (BEN, "ban"), (AWA, "join"), (AWA, "knock")]
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
