"""Carries out removals that keepers asked for: out of a safe room's gate, then out of the room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from community.description.rooms import safe_space
from community.jobs.errors import PermanentError
from community.jobs.job import OPEN, Job, JobState
from community.jobs.notices import Notice, NoticeKind
from community.jobs.removals import SafeRemoval
from community.jobs.worker import JobHandler
from community.storage import NewAuditEntry, Store
from matrix.ids import UserId
from provisioning.homeserver import Homeserver
from provisioning.safe_rooms import keepers_in
from provisioning.snapshot import CHILD, PRESENT, Membership, OwnAccounts, Room, Snapshot

_LAST = "the last keeper"
"""Why a keeper's wish is refused."""


async def removals(store: Store) -> tuple[SafeRemoval, ...]:
    """Return the removals that hold: carried out or about to be."""
    recorded = await store.jobs.of_state(SafeRemoval.KIND, *OPEN, JobState.DONE)
    return tuple(removal for _job, removal in SafeRemoval.each(recorded))


def expelled(actual: Snapshot, recorded: Iterable[SafeRemoval]) -> Snapshot:
    """Return ``actual`` with people whom a keeper has removed marked as expelled from the gates. Pure.

    A gate that has another key by now is still the one that they were removed from.
    """
    out: dict[str, set[UserId]] = {}
    for removal in recorded:
        out.setdefault(safe_space(removal.room_key), set()).add(UserId(removal.user_id))

    def marked(gate: Room) -> Room:
        there = {key for key in (gate.key, gate.made_for) if key is not None}
        users = {user for key in there for user in out.get(key, ()) if gate.members.get(user) not in PRESENT}
        members = {**gate.members, **dict.fromkeys(sorted(users), Membership.EXPELLED)}
        return replace(gate, members=members) if users else gate

    return replace(actual, rooms={key: marked(room) for key, room in actual.rooms.items()})


async def let_in_again(store: Store, users: Collection[UserId], rooms: Collection[str], at: datetime) -> None:
    """Note that people whom a keeper has removed are no longer kept out of ``rooms``; of all where none is named."""
    for user in users:
        for room in rooms or (None,):
            where = {"user_id": user} if room is None else {"user_id": user, "room_key": room}
            await store.jobs.revoke(SafeRemoval.KIND, where, at=at)


def _room_of(gate: Room, actual: Snapshot) -> Room | None:
    """Return the safe room that a gate lists, whose own key stays what it was where the gate has another."""
    listed = (key for event_type, key in sorted(gate.state) if event_type == CHILD)
    return next((actual.rooms[key] for key in listed if key in actual.rooms), None)


@dataclass(frozen=True)
class Removals(JobHandler[SafeRemoval]):
    """Carries them out. ``now`` gives the moment."""

    kind = SafeRemoval
    look_every = timedelta(seconds=2)

    homeserver: Homeserver
    store: Store
    now: Callable[[], datetime]

    async def carry_out(self, job: Job, payload: SafeRemoval) -> None:  # noqa: ARG002 - the same for all
        """Carry one out, unless it is refused.

        Raises:
            PermanentError: it is refused.
            MatrixRequestError, ProvisioningError: it failed in passing.
            HomeserverUnreachable, SessionEnded, StoreError: no other can be carried out now either.
        """
        # Read again for each: the removal before may have removed the second last keeper, or the one who asked.
        actual = await self.homeserver.snapshot()
        user, gate = UserId(payload.user_id), actual.rooms.get(safe_space(payload.room_key))
        room = None if gate is None else _room_of(gate, actual)
        reason = _refusal(room, user, UserId(payload.by), actual.own)
        if room is None or gate is None or reason is not None:
            raise PermanentError(reason or "no such room")
        await self._remove(gate, user)
        await self._remove(room, user)
        entry = NewAuditEntry(
            at=self.now(), actor=payload.by, action="safe-removal", subject=room.key, detail=user
        )
        await self.store.audit.add([entry])

    async def failed(self, job: Job, payload: SafeRemoval, reason: str) -> None:
        """Tell the keeper who asked. Somebody who is no keeper is told nothing: a forged row may name anybody."""
        if reason == _LAST:
            values = {"person": payload.user_id, "room": payload.room_key}
            notice = Notice(NoticeKind.REMOVAL_FAILED, payload.by, str(job.id), values)
            await self.store.jobs.file(notice, at=self.now())

    async def _remove(self, room: Room, user: UserId) -> None:
        assert room.room_id is not None  # noqa: S101 - it is there
        if room.inside:
            await self.homeserver.remove(room.room_id, user)
        else:
            await self.homeserver.withdraw(room.room_id, user)


def _refusal(room: Room | None, user: UserId, by: UserId, own: OwnAccounts) -> str | None:
    """Return why a removal is not carried out, None where it may be."""
    if room is None:
        return None
    if user in (own.provisioner, own.bot):
        # Without the provisioner nobody could be let into the gate again, without the bot nobody would watch it.
        return "an account of our own"
    keepers = keepers_in(room)
    if by not in keepers:
        return "not a keeper"
    return _LAST if keepers == {user} else None
