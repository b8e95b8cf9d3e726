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
from matrix.ids import RoomId, UserId
from provisioning.changes import (
    AddChild,
    Change,
    CreateAccount,
    CreateRoom,
    JoinMember,
    RequestInvite,
    SetState,
    order,
)
from provisioning.errors import NeedsRoom
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.planner import Plan
from provisioning.snapshot import Snapshot
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


class Applier:
    """Applies one plan. ``now`` gives the moment that requests are filed at."""

    def __init__(
        self,
        homeserver: Homeserver,
        store: Store,
        passwords: PasswordBook,
        *,
        server_name: str,
        now: Callable[[], datetime],
        progress: Callable[[Change], None],
    ) -> None:
        self._homeserver = homeserver
        self._store = store
        self._passwords = passwords
        self._server_name = server_name
        self._now = now
        self._progress = progress
        self._room_ids: dict[str, str] = {}

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
                try:
                    await self._apply_one(change, passwords)
                except PalabreError as error:
                    outcome.failed.append(Failure(change, error))
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
                for parent in room.parents:
                    self._id(parent)
                self._room_ids[room.key] = await self._homeserver.create_room(room, self._room_ids)
            case SetState(room, event_type, state_key, content):
                await self._homeserver.set_state(
                    self._id(room), event_type, state_key, resolved(content, self._room_ids)
                )
            case AddChild(space, child):
                content = {"via": [self._server_name], "suggested": False}
                await self._homeserver.set_state(self._id(space), "m.space.child", self._id(child), content)
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

    def _id(self, key: str) -> RoomId:
        room_id = self._room_ids.get(key)
        if room_id is None:
            raise NeedsRoom(key)
        return RoomId(room_id)


def _stages(plan: Plan) -> Iterator[list[Change]]:
    """Give the plan's changes in groups whose members do not depend on each other."""
    for _, stage in groupby(plan.changes, key=lambda change: order(change)[0]):
        yield list(stage)
