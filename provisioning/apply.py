"""Carrying out a plan: in stages, because a room needs its space first; within a stage several at a time.

A change that fails stops only those that need it; each failure is reported with its reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import assert_never

from community.errors import PalabreError
from community.store import Store
from matrix.errors import HomeserverUnreachable, UnknownToken
from matrix.ids import RoomId, UserId
from provisioning.changes import (
    Change,
    CreateAccount,
    CreateRoom,
    JoinMember,
    Link,
    RequestInvite,
    SetState,
    Unlink,
    order,
)
from provisioning.errors import NeedsRoom
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.planner import Plan
from provisioning.snapshot import Content, Snapshot
from provisioning.topology import resolved

CONCURRENCY = 4
"""Changes at a time: Synapse on SQLite makes no more rooms a second with more."""


@dataclass(frozen=True)
class Failure:
    """A change that was not made."""

    change: Change
    error: PalabreError


@dataclass
class Outcome:
    """What became of a plan."""

    done: list[Change] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    halted: PalabreError | None = None
    """Why everything after it was not even tried: the homeserver is away, or the session has ended."""


class Applier:
    """Applies one plan. ``now`` gives the moment that requests are filed at."""

    def __init__(
        self,
        homeserver: Homeserver,
        store: Store,
        passwords: PasswordBook,
        *,
        now: Callable[[], datetime],
        progress: Callable[[Change], None],
    ) -> None:
        self._homeserver = homeserver
        self._store = store
        self._passwords = passwords
        self._now = now
        self._progress = progress
        self._room_ids: dict[str, RoomId] = {}

    async def apply(self, plan: Plan, actual: Snapshot) -> Outcome:
        """Carry out ``plan``, which was made against ``actual``."""
        self._room_ids = {key: room.room_id for key, room in actual.rooms.items() if room.room_id is not None}
        outcome = Outcome()
        new = [change.account for change in plan.changes if isinstance(change, CreateAccount)]
        passwords = self._passwords.prepare(new)
        for stage in _stages(plan):
            await self._apply_stage(stage, passwords, outcome)
        return outcome

    async def _apply_stage(
        self, stage: list[Change], passwords: Mapping[UserId, str], outcome: Outcome
    ) -> None:
        at_once = asyncio.Semaphore(CONCURRENCY)

        async def one(change: Change) -> None:
            async with at_once:
                if outcome.halted is not None:
                    outcome.failed.append(Failure(change, outcome.halted))
                    return
                try:
                    await self._apply_one(change, passwords)
                except PalabreError as error:
                    outcome.failed.append(Failure(change, error))
                    if isinstance(error, HomeserverUnreachable | UnknownToken):
                        outcome.halted = error
                else:
                    outcome.done.append(change)
                    self._progress(change)

        async with asyncio.TaskGroup() as group:
            for change in stage:
                group.create_task(one(change))

    async def _apply_one(self, change: Change, passwords: Mapping[UserId, str]) -> None:
        match change:
            case CreateAccount(account):
                await self._homeserver.create_account(account, passwords[account.user_id])
            case CreateRoom(room):
                self._room_ids[room.key] = await self._homeserver.create_room(room, self._room_ids)
            case SetState(room, event_type, key, content) | Link(room, event_type, key, content):
                await self._set_state(room, event_type, key, content)
            case Unlink(room, event_type, key):
                await self._set_state(room, event_type, key, {})
            case JoinMember(room, user_id):
                await self._homeserver.join(self._id(room), user_id)
            case RequestInvite(room, user_id):
                room_id = self._id(room)
                await self._store.requests.file(
                    "invite",
                    {"room_id": room_id, "room_key": room, "user_id": user_id},
                    idempotency_key=f"invite/{room_id}/{user_id}",
                    at=self._now(),
                )
            case _:
                assert_never(change)

    async def _set_state(self, room: str, event_type: str, key: str, content: Content) -> None:
        (_, state_key), filled = resolved((event_type, key), content, self._room_ids)
        await self._homeserver.set_state(self._id(room), event_type, state_key, filled)

    def _id(self, key: str) -> RoomId:
        if key not in self._room_ids:
            raise NeedsRoom(key)
        return self._room_ids[key]


def _stages(plan: Plan) -> Iterator[list[Change]]:
    """Give the plan's changes in groups whose members do not depend on each other."""
    for _, stage in groupby(plan.changes, key=lambda change: order(change)[0]):
        yield list(stage)
