"""Looks whether the bot has stayed in the rooms that it was put into, and puts it back where it has not.

A forced join invites first. A bot that answers that invitation with a refusal leaves the room a moment after it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from matrix.ids import RoomId, UserId
from provisioning.homeserver import Homeserver

LOOKS = 4
"""How often it is looked."""
PAUSE = 1.0
"""Seconds that the bot has to answer, between putting it back and the next look."""


async def rooms_it_leaves(
    homeserver: Homeserver, bot: UserId, rooms: Collection[RoomId]
) -> frozenset[RoomId]:
    """Return those of ``rooms`` that the bot does not stay in, however often it is put back. Often one request.

    Raises:
        ProvisioningError, MatrixError: that cannot be known now.
    """
    gone = frozenset(rooms)
    for looks_left in reversed(range(LOOKS)):
        gone -= await homeserver.rooms_of(bot)
        if not gone or not looks_left:
            break
        for room_id in sorted(gone):
            await homeserver.join(room_id, bot)
        await asyncio.sleep(PAUSE)
    return gone
