"""Removals that a keeper has asked the bot for: out of a safe room's gate, then out of the room, for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from community.errors import StoreError
from community.removals import SAFE_REMOVAL
from community.rooms import safe_space
from community.store import NewAuditEntry, Request, RequestState, Store
from matrix.errors import HomeserverUnreachable, MatrixRequestError
from matrix.ids import UserId
from provisioning.errors import ProvisioningError
from provisioning.homeserver import Homeserver
from provisioning.safe_rooms import keepers_in
from provisioning.snapshot import PRESENT, Membership, Room, Snapshot

log = structlog.get_logger()


async def removals(store: Store) -> tuple[Request, ...]:
    """Return the removals that hold: carried out or about to be."""
    return await store.requests.of_state(SAFE_REMOVAL, RequestState.PENDING, RequestState.DONE)


def expelled(actual: Snapshot, held: Iterable[Request]) -> Snapshot:
    """Return ``actual`` with those whom a keeper has removed marked so in the gates that they are not in. Pure."""
    rooms = dict(actual.rooms)
    for request in held:
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
            HomeserverUnreachable, StoreError: none further can be carried out now.
        """
        waiting = await self.store.requests.pending(SAFE_REMOVAL)
        if not waiting:
            return
        actual = await self.homeserver.snapshot()
        for request in waiting:
            try:
                await self._carry_out(request, actual)
            except (HomeserverUnreachable, StoreError):
                raise
            except (MatrixRequestError, ProvisioningError) as error:
                log.warning("removal_failed", id=request.id, reason=str(error))

    async def _carry_out(self, request: Request, actual: Snapshot) -> None:
        user, room = UserId(request.payload["user_id"]), actual.rooms.get(request.payload["room_key"])
        gate = actual.rooms.get(safe_space(request.payload["room_key"]))
        reason = _refusal(room, user, UserId(request.payload["by"]))
        if room is None or gate is None or reason is not None:
            await self.store.requests.end(
                request.id, RequestState.FAILED, at=self.now(), reason=reason or "no such room"
            )
            return
        await self._remove(gate, user)
        await self._remove(room, user)
        entry = NewAuditEntry(
            at=self.now(), actor=request.payload["by"], action="safe-removal", subject=room.key, detail=user
        )
        await self.store.audit.add([entry])
        await self.store.requests.end(request.id, RequestState.DONE, at=self.now())

    async def _remove(self, room: Room, user: UserId) -> None:
        assert room.room_id is not None  # noqa: S101 - it is there
        if room.inside:
            await self.homeserver.remove(room.room_id, user)
        else:
            await self.homeserver.withdraw(room.room_id, user)


def _refusal(room: Room | None, user: UserId, by: UserId) -> str | None:
    """Return why a removal is not carried out, None where it may be."""
    if room is None:
        return None
    keepers = keepers_in(room)
    if by not in keepers:
        return "not a keeper"
    return "the last keeper" if keepers == {user} else None
