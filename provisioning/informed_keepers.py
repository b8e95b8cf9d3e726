"""Which keepers have been told how it is in a safe room: only then they are put into it while it forms.

The bot tells whoever it sees in the room's gate, keepers among them, and notes it as it files what they are told.
"""

from __future__ import annotations

from dataclasses import replace

from community.jobs.notices import Notice, NoticeKind
from community.storage import GateStanding, Store
from matrix.ids import UserId
from provisioning.snapshot import Snapshot


async def with_informed(desired: Snapshot, actual: Snapshot, store: Store) -> Snapshot:
    """Return what there is, with who has been told of each safe room that is to be left to its keepers.

    In an example network it makes no difference: nobody has signed in, so nobody could be told. Raises StoreError.
    """
    forming = [
        room.key
        for room in desired.rooms.values()
        if room.gate is not None and (room.key not in actual.rooms or actual.rooms[room.key].inside)
    ]
    if desired.signed_in is None or not forming:
        return actual
    seen = {key: await store.gates.told(key) for key in forming}
    # Only now: whom the bot has seen by then has their notice filed already, and it waits or is told.
    waiting = Notice.each(await store.jobs.pending(Notice.KIND))
    untold = {
        (one.occasion.rpartition("/")[0], one.audience) for _, one in waiting if one.kind is NoticeKind.LET_IN
    }
    informed = {
        key: frozenset(
            UserId(user)
            for user, standing in users.items()
            if standing is GateStanding.BELONGS and (key, user) not in untold
        )
        for key, users in seen.items()
    }
    return replace(actual, informed=informed)
