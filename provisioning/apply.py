"""Applies a plan in stages, because a room needs its space first; within a stage several changes at a time.

A change that fails stops only those that need it; each failure is reported with its reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import assert_never

from community.core.errors import DataFolderError, PalabreError, StoreError
from community.jobs.invitations import RoomInvitation
from community.storage import AuditOutcome, Store
from matrix.errors import HomeserverUnreachable, NotAHomeserver
from matrix.ids import RoomId, UserId
from provisioning.bot_return import rooms_it_leaves
from provisioning.change_text import describe
from provisioning.changes import (
    ArchiveRoom,
    BanBot,
    Change,
    CloseAccount,
    CreateAccount,
    CreateRoom,
    InviteMember,
    JoinMember,
    LeaveRoom,
    LetIn,
    Link,
    RemoveMember,
    RenameRoom,
    ReopenAccount,
    RequestInvite,
    ReturnProvisioner,
    SetDisplayName,
    SetPicture,
    SetState,
    UnbanBot,
    Unlink,
    WithdrawMember,
    WithdrawRequest,
)
from provisioning.creation import resolved
from provisioning.errors import (
    AccountFound,
    BotLeaves,
    ChangesFailed,
    NeedsKeepers,
    NeedsRoom,
    NotAdministrator,
    SessionEnded,
    Stopped,
)
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.plan import Plan
from provisioning.snapshot import Account, Content, Snapshot, set_aside
from provisioning.stages import stage
from provisioning.trail import Trail

CONCURRENCY = 8
"""Changes at a time: with more, Synapse makes no more rooms a second (benchmarks/provision.py)."""
_HALTING = (
    HomeserverUnreachable,
    NotAHomeserver,
    SessionEnded,
    NotAdministrator,
    StoreError,
    DataFolderError,
)
"""Errors that every further change would have too: the apply ends."""


@dataclass(frozen=True)
class Failure:
    """A change that was not made."""

    change: Change
    error: PalabreError


@dataclass
class ApplyResult:
    """What became of a plan."""

    done: list[Change] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    """Changes that were not tried, because the apply was stopped or had to end."""
    halted: PalabreError | None = None
    """Why it had to end: the homeserver cannot be reached, the session has ended, the disk is full."""

    @property
    def is_broken_off(self) -> bool:
        """Whether some changes were not even tried."""
        return bool(self.left) or self.halted is not None

    def require_whole(self) -> None:
        """Make sure that every change was made.

        Raises:
            ChangesFailed: some were not made.
            Stopped: somebody has stopped it.
        """
        if self.failed or self.halted is not None:
            failed = [(describe(failure.change), failure.error) for failure in self.failed]
            raise ChangesFailed(failed, len(self.left), self.halted)
        if self.left:
            raise Stopped(len(self.left))

    @property
    def made(self) -> frozenset[UserId]:
        """The accounts that were made."""
        return frozenset(change.account.user_id for change in self.done if isinstance(change, CreateAccount))


class Applier:
    """Applies one plan.

    ``actor``: who applies, for the audit. ``now`` gives the moment. ``progress`` is told each change that was made
    or has failed. Once ``stop`` is set nothing further is begun; what is under way is ended.
    """

    def __init__(
        self,
        homeserver: Homeserver,
        store: Store,
        passwords: PasswordBook,
        *,
        actor: str,
        now: Callable[[], datetime],
        progress: Callable[[Change, PalabreError | None], None],
        stop: asyncio.Event | None = None,
    ) -> None:
        self._homeserver = homeserver
        self._store = store
        self._passwords = passwords
        self._actor = actor
        self._now = now
        self._progress = progress
        self._stop = stop if stop is not None else asyncio.Event()
        self._room_ids: dict[str, RoomId] = {}
        self._unmade: dict[UserId, PalabreError] = {}
        """Whose account could not be made, and why: whoever has one of that name by now is not that person."""
        self._rooms_to_leave: set[str] = set()
        """Safe rooms that the plan is to leave to their keepers and has not left yet."""

    async def apply(self, plan: Plan, actual: Snapshot) -> ApplyResult:
        """Carry out ``plan``, which was made against ``actual``.

        Raises:
            StoreError: the audit cannot be written; nothing was changed.
            DataFolderError: the passwords cannot be written; nothing was changed.
        """
        there = {**actual.others, **actual.abandoned, **actual.rooms}
        self._room_ids = {key: room.room_id for key, room in there.items() if room.room_id is not None}
        self._room_ids |= {str(child): child for room in there.values() for child in room.unknown_children}
        # Safe rooms too, which nobody can tell their other key from outside: for them there is no `RenameRoom`.
        renamed = plan.renamed
        aside = {
            set_aside(actual.rooms[key]): actual.rooms[key].room_id for key in renamed if key in actual.rooms
        }
        self._room_ids |= {key: room_id for key, room_id in aside.items() if room_id is not None}
        self._room_ids |= {key: self._room_ids[was] for key, was in renamed.items()}
        for given_up in set(renamed.values()) - renamed.keys():
            # Another room may have that key by now, which is not there yet.
            del self._room_ids[given_up]
        self._rooms_to_leave = {change.room for change in plan.changes if isinstance(change, LeaveRoom)}
        outcome = ApplyResult()
        if not plan.changes:
            return outcome
        passwords = self._passwords.prepare(
            [change.account for change in plan.changes if isinstance(change, CreateAccount)],
            [change.account for change in plan.changes if isinstance(change, ReopenAccount)],
        )
        trail = Trail(self._store, actor=self._actor, digest=plan.digest, now=self._now)
        async with trail:
            for changes in _stages(plan):
                await self._apply_stage(changes, passwords, trail, outcome)
            await self._keep_bot(actual.own.bot, trail, outcome)
            is_whole = not outcome.failed and not outcome.left and outcome.halted is None
            ended = AuditOutcome.DONE if is_whole else AuditOutcome.FAILED
            trail.ended(ended, f"{len(outcome.done)}/{len(plan.changes)}")
        outcome.halted = outcome.halted or trail.failure
        return outcome

    async def _apply_stage(
        self, changes: Sequence[Change], passwords: Mapping[UserId, str], trail: Trail, outcome: ApplyResult
    ) -> None:
        waiting = iter(changes)

        async def lane() -> None:
            for change in waiting:
                if outcome.halted is None:
                    outcome.halted = trail.failure
                if self._stop.is_set() or outcome.halted is not None:
                    outcome.left.append(change)
                    continue
                await self._attempt(change, passwords, trail, outcome)

        async with asyncio.TaskGroup() as group:
            for _ in range(CONCURRENCY):
                group.create_task(lane())

    async def _attempt(
        self, change: Change, passwords: Mapping[UserId, str], trail: Trail, outcome: ApplyResult
    ) -> None:
        try:
            self._require_account(change)
            await self._apply_one(change, passwords)
        except PalabreError as error:
            if isinstance(change, CreateAccount):
                self._unmade[change.account.user_id] = error
            outcome.failed.append(Failure(change, error))
            if isinstance(error, _HALTING):
                outcome.halted = error
            trail.note(change, error)
            self._progress(change, error)
        else:
            outcome.done.append(change)
            trail.note(change)
            self._progress(change, None)

    async def _keep_bot(self, bot: UserId, trail: Trail, outcome: ApplyResult) -> None:
        """Count as failed where the bot was put and does not stay."""
        joined = [
            change for change in outcome.done if isinstance(change, JoinMember) and change.user_id == bot
        ]
        if not joined or outcome.halted is not None:
            return
        try:
            left = await rooms_it_leaves(self._homeserver, bot, [self._id(each.room) for each in joined])
        except PalabreError as error:
            outcome.halted = error
            return
        for change in joined:
            if self._id(change.room) in left:
                outcome.done.remove(change)
                outcome.failed.append(Failure(change, BotLeaves(change.room)))
                trail.note(change, outcome.failed[-1].error)

    def _require_account(self, change: Change) -> None:
        """Make sure that a person whose account was to be made is given nothing where that has failed."""
        match change:
            case (
                JoinMember(_, user_id)
                | InviteMember(_, user_id)
                | RequestInvite(_, user_id)
                | LetIn(_, user_id)
            ):
                if user_id in self._unmade:
                    raise self._unmade[user_id]
            case _:
                return

    async def _apply_one(self, change: Change, passwords: Mapping[UserId, str]) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a class
        match change:
            case CreateAccount(account):
                await self._make_account(account, passwords[account.user_id])
            case ReopenAccount(account):
                await self._homeserver.reopen_account(account, passwords[account.user_id])
            case SetDisplayName(user_id, name):
                await self._homeserver.set_display_name(user_id, name)
            case CloseAccount(user_id, closing):
                await self._homeserver.close_account(user_id, closing)
                self._passwords.forget([user_id])
            case CreateRoom(room):
                self._room_ids[room.key] = await self._homeserver.create_room(room, self._room_ids)
            case ReturnProvisioner(room):
                await self._come_back(room)
            case RenameRoom(room, was):
                await self._homeserver.rename_room(self._id(room.key), room, was=was)
            case ArchiveRoom(room, _, state):
                for (event_type, key), content in state.items():
                    await self._set_state(room, event_type, key, content)
            case SetState(room, event_type, key, content) | Link(room, event_type, key, content):
                await self._set_state(room, event_type, key, content)
            case SetPicture(room, drawing):
                await self._homeserver.set_picture(self._id(room), drawing)
            case Unlink(room, event_type, key):
                await self._set_state(room, event_type, key, {})
            case JoinMember(room, user_id):
                await self._homeserver.join(self._id(room), user_id)
            case InviteMember(room, user_id):
                await self._homeserver.invite(self._id(room), user_id)
            case RemoveMember(room, user_id):
                # First, or the bot would ask them in again: they may have come before it carried that out.
                await self._withdraw(room, user_id)
                await self._homeserver.remove(self._id(room), user_id)
            case WithdrawMember(room, user_id):
                await self._homeserver.withdraw(self._id(room), user_id)
            case BanBot(room, user_id):
                await self._homeserver.ban(self._id(room), user_id)
            case UnbanBot(room, user_id):
                await self._homeserver.unban(self._id(room), user_id)
            case LeaveRoom(room, state):
                filled = dict(resolved(key, content, self._room_ids) for key, content in state.items())
                await self._homeserver.leave(self._id(room), filled)
                self._rooms_to_leave.discard(room)
            case LetIn(gate, user_id, room):
                if room in self._rooms_to_leave:
                    raise NeedsKeepers(room)
                await self._homeserver.join(self._id(gate), user_id)
            case RequestInvite(room, user_id):
                await self._request(room, user_id)
            case WithdrawRequest(room, user_id):
                await self._withdraw(room, user_id)
            case _:
                assert_never(change)

    async def _come_back(self, room: str) -> None:
        room_id = self._id(room)
        # Whatever is to be done in it needs the provisioner there.
        del self._room_ids[room]
        await self._homeserver.come_back(room_id, room)
        self._room_ids[room] = room_id

    async def _make_account(self, account: Account, password: str) -> None:
        try:
            await self._homeserver.create_account(account, password)
        except AccountFound:
            self._passwords.forget([account.user_id])
            raise

    async def _request(self, room: str, user_id: UserId) -> None:
        room_id = self._id(room)
        await self._store.jobs.file(RoomInvitation(room_id, room, user_id), at=self._now())

    async def _withdraw(self, room: str, user_id: UserId) -> None:
        where = {"room_id": self._id(room), "user_id": user_id}
        await self._store.jobs.withdraw(RoomInvitation.KIND, where, at=self._now())

    async def _set_state(self, room: str, event_type: str, key: str, content: Content) -> None:
        (_, state_key), filled = resolved((event_type, key), content, self._room_ids)
        await self._homeserver.set_state(self._id(room), event_type, state_key, filled)

    def _id(self, key: str) -> RoomId:
        if key not in self._room_ids:
            raise NeedsRoom(key)
        return self._room_ids[key]


def _stages(plan: Plan) -> Iterator[list[Change]]:
    """Give the plan's changes in groups whose members do not depend on each other."""
    for _, changes in groupby(plan.changes, key=stage):
        yield list(changes)
