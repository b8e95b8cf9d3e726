"""Which rooms of a plan were there before: somebody has deleted them on the homeserver, and they are made again."""

from __future__ import annotations

from community.core.messages import Message, msg
from community.storage import Store
from provisioning.changes import CreateRoom
from provisioning.plan import Plan
from provisioning.snapshot import Snapshot

_MADE = "create-room"
"""The audit's action for `CreateRoom`."""


async def deletion_notes(store: Store, made: Plan, actual: Snapshot) -> tuple[Message, ...]:
    """Name the rooms that the audit says were made, and of which nothing is there, under another key neither.

    Raises:
        StoreError.
    """
    new = {change.room.key for change in made.changes if isinstance(change, CreateRoom)}
    if not new:
        return ()
    there = {room.made_for for room in (*actual.rooms.values(), *actual.abandoned.values())}
    gone = await store.audit.subjects((_MADE,), new) - there
    return tuple(
        msg("{room}: was deleted on the homeserver; it is made again, empty", room=key)
        for key in sorted(gone)
    )
