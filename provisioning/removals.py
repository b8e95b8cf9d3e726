"""Removals that a keeper has asked the bot for: out of a safe room's gate, then out of the room, for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from community.core.errors import StoreError
from community.description.rooms import safe_space
from community.jobs.removals import SAFE_REMOVAL
from community.storage import Job, JobState, NewAuditEntry, Store
from matrix.errors import HomeserverUnreachable, MatrixRequestError
from matrix.ids import UserId
from provisioning.errors import ProvisioningError, SessionEnded
from provisioning.homeserver import Homeserver
from provisioning.safe_rooms import keepers_in
from provisioning.snapshot import PRESENT, Membership, OwnAccounts, Room, Snapshot

log = structlog.get_logger()


async def removals(store: Store) -> tuple[Job, ...]:
    """Return the removals that hold: carried out or about to be."""
    return await store.jobs.of_state(SAFE_REMOVAL, JobState.PENDING, JobState.DONE)


def expelled(actual: Snapshot, held: Iterable[Job]) -> Snapshot:
    """Return ``actual`` with those whom a keeper has removed marked so in the gates that they are not in. Pure."""
    rooms = dict(actual.rooms)
    for request in filter(_is_whole, held):
        gate, user = rooms.get(safe_space(request.payload["room_key"])), UserId(request.payload["user_id"])
        if gate is not None and gate.members.get(user) not in PRESENT:
            rooms[gate.key] = replace(gate, members={**gate.members, user: Membership.EXPELLED})
    return replace(actual, rooms=rooms)


@dataclass(frozen=True)
class Removals:
    """Carries them out. ``now`` gives the moment."""

    homeserver: Homeserver
    store: Store
    now: Callable[[], datetime]

    async def carry_out(self) -> None:
        """Carry out every removal that waits; one that fails in passing waits for the next call.

        Raises:
            HomeserverUnreachable, SessionEnded, StoreError: none further can be carried out now.
        """
        for request in await self.store.jobs.pending(SAFE_REMOVAL):
            try:
                # Seen anew for each: the one before may have taken out the last keeper but one, or who has asked.
                await self._carry_out(request, await self.homeserver.snapshot())
            except (HomeserverUnreachable, SessionEnded, StoreError):
                raise
            except (MatrixRequestError, ProvisioningError) as error:
                log.warning("removal_failed", id=request.id, reason=str(error))

    async def _carry_out(self, request: Job, actual: Snapshot) -> None:
        if not _is_whole(request):
            await self._refuse(request, "malformed")
            return
        user, room = UserId(request.payload["user_id"]), actual.rooms.get(request.payload["room_key"])
        gate = actual.rooms.get(safe_space(request.payload["room_key"]))
        reason = _refusal(room, user, UserId(request.payload["by"]), actual.own)
        if room is None or gate is None or reason is not None:
            await self._refuse(request, reason or "no such room")
            return
        await self._remove(gate, user)
        await self._remove(room, user)
        entry = NewAuditEntry(
            at=self.now(), actor=request.payload["by"], action="safe-removal", subject=room.key, detail=user
        )
        await self.store.audit.add([entry])
        await self.store.jobs.end(request.id, JobState.DONE, at=self.now())

    async def _refuse(self, request: Job, reason: str) -> None:
        await self.store.jobs.end(request.id, JobState.FAILED, at=self.now(), reason=reason)

    async def _remove(self, room: Room, user: UserId) -> None:
        assert room.room_id is not None  # noqa: S101 - it is there
        if room.inside:
            await self.homeserver.remove(room.room_id, user)
        else:
            await self.homeserver.withdraw(room.room_id, user)


def _is_whole(request: Job) -> bool:
    """Whether a row says what a removal must: whoever can write to the store can file any."""
    return {"room_key", "user_id", "by"} <= request.payload.keys()


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
    return "the last keeper" if keepers == {user} else None
