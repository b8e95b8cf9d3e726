"""Makes what is described of one member so, once somebody has changed it or they have come: their rooms alone.

By the community in force, and of its plan what is about them: however much that is, nothing else is asked for, so
nobody is asked whether it is meant.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from community.description.model import Status
from community.description.usable import applied_alone
from community.jobs.errors import PermanentError
from community.jobs.job import Job
from community.jobs.memberships import MembershipUpdate
from community.jobs.worker import JobHandler
from matrix.ids import UserId
from provisioning.apply import Applier
from provisioning.apply_lock import apply_lock
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
from provisioning.errors import ChangesFailed
from provisioning.held_accounts import adopt, note_held
from provisioning.plan import Plan
from provisioning.plan_extras import PlanExtras, with_gates
from provisioning.provisioner import Provisioner
from provisioning.snapshot import Membership, Snapshot
from provisioning.taking_in import take_in_person, usernames_of
from provisioning.topology import topology

_POWERS = "m.room.power_levels"
_MOST_ATTEMPTS = 30
"""About an hour. What the homeserver refuses for so long is left in the plan, where the coordinators see it."""


@dataclass(frozen=True)
class MembershipUpdates(JobHandler[MembershipUpdate]):
    """Carries them out by ``update``, which is given the order."""

    kind = MembershipUpdate
    look_every = timedelta(seconds=2)

    update: Callable[[MembershipUpdate], Awaitable[None]]

    async def carry_out(self, job: Job, payload: MembershipUpdate) -> None:
        """Carry one out.

        Raises:
            PermanentError: the homeserver has refused something of it again and again.
            PalabreError: it, or a part of it, failed in passing: the same again goes on from there.
        """
        try:
            await self.update(payload)
        except ChangesFailed as error:
            if error.halted is None and job.attempts >= _MOST_ATTEMPTS:
                raise PermanentError(str(error)) from error
            raise


async def update_member(
    provisioner: Provisioner, wanted: MembershipUpdate, *, who: str, now: Callable[[], datetime]
) -> None:
    """Make what is described of one member so; ``who``: the process, for those who wait for it.

    Raises:
        DataFolderInUse: another process applies.
        ChangesFailed: some changes were not made.
        SessionEnded, MatrixError, StoreError, DataFolderError.
    """
    user = UserId(wanted.user_id)
    async with apply_lock(provisioner.data, who):
        applied = await provisioner.in_force()
        made, actual = await _planned(applied, user, wanted.again)
        nobody = made.held | made.not_come
        await take_in_person(
            applied.store,
            applied.description.community,
            applied.settings.homeserver.server_name,
            user,
            is_known=user not in nobody | made.unmade,
        )
        if _is_gone(wanted.user_id, applied):
            # What was in their name goes to whoever succeeds them; the files wait as they do.
            await applied.store.entries.seed(applied_alone(applied.description.community), at=now())
        book = applied.book()
        await note_held(applied.store, book, made.held & {user}, now())
        await adopt(applied.store, made.adopted & {user}, actor=wanted.by, at=now(), plan=made)
        applier = Applier(
            applied.homeserver,
            applied.store,
            book,
            actor=wanted.by,
            now=now,
            progress=lambda _change, _error: None,
        )
        outcome = await applier.apply(about(made, actual, user), actual)
        if user in outcome.made:
            await take_in_person(
                applied.store,
                applied.description.community,
                applied.settings.homeserver.server_name,
                user,
                is_known=user not in nobody,
            )
        outcome.require_whole()


def _is_gone(user: str, applied: Provisioner) -> bool:
    """Whether the community says that somebody has left."""
    names = usernames_of([UserId(user)])
    found = (member for member in applied.description.community.members if member.username in names)
    return any(member.status is Status.LEFT for member in found)


async def _planned(applied: Provisioner, user: UserId, asked: tuple[str, ...]) -> tuple[Plan, Snapshot]:
    """Return the plan, by which somebody comes again into rooms that they had left and have ``asked`` for now."""
    made, actual = await applied.plan()
    desired = topology(applied.description.community, applied.settings)
    again = frozenset(room for room in asked if _has_left(room, user, actual, desired))
    if not again or user in made.held | made.not_come:
        return made, actual
    return await applied.plan(again=[user], extras=PlanExtras(only_in=again))


def _has_left(room: str, user: UserId, actual: Snapshot, desired: Snapshot) -> bool:
    """Whether somebody has left a room of their own will; whoever was put out does not come back by asking."""
    pair = with_gates([room], desired)
    stands = {actual.rooms[key].members.get(user) for key in pair if key in actual.rooms}
    return Membership.LEFT in stands and stands.isdisjoint({Membership.EXPELLED, Membership.BANNED})


def about(made: Plan, actual: Snapshot, user: UserId) -> Plan:
    """Return what of a plan is about one person, and can be done without the rest. Pure."""
    waiting = {change.room for change in made.changes if isinstance(change, LeaveRoom)}
    there = actual.rooms.keys() | made.renamed.keys()
    found = (part for change in made.changes for part in _part(change, user, there))
    # Nobody is let in before the provisioner has left a safe room: the service goes on with that by itself.
    kept = tuple(change for change in found if not (isinstance(change, LetIn) and change.room in waiting))
    return replace(made, changes=kept, news=None)


def _part(change: Change, user: UserId, there: frozenset[str] | set[str]) -> Iterator[Change]:
    """Yield what of a change is about one person: all of it, a part, or nothing; ``there``: the rooms that exist."""
    match change:
        case CreateAccount(account):
            if account.user_id == user:
                yield change
        case SetDisplayName(of) | CloseAccount(of):
            if of == user:
                yield change
        case (
            JoinMember(room, of)
            | InviteMember(room, of)
            | RequestInvite(room, of)
            | WithdrawRequest(room, of)
            | RemoveMember(room, of)
            | WithdrawMember(room, of)
            | LetIn(room, of)
        ):
            if of == user and room in there:
                yield change
        case SetState(room, event_type, _, _, before):
            if event_type == _POWERS and before is not None and room in there:
                yield from _power(change, user)
        case (
            CreateRoom()
            | RenameRoom()
            | ArchiveRoom()
            | Link()
            | Unlink()
            | ReturnProvisioner()
            | ReopenAccount()
            | SetPicture()
            | LeaveRoom()
            | BanBot()
            | UnbanBot()
        ):
            return
        case _:
            assert_never(change)


def _power(change: SetState, user: UserId) -> Iterator[SetState]:
    """Yield the change of one person's power alone."""
    before = change.before or {}
    wanted = change.content["users"].get(user)
    users = before.get("users")
    if not isinstance(users, dict) or users.get(user) == wanted:
        return
    others = {of: power for of, power in users.items() if of != user}
    given = others if wanted is None else {**others, user: wanted}
    yield replace(change, content={**before, "users": dict(sorted(given.items()))})
