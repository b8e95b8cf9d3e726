"""Many encrypted rooms of a community on a Synapse, each with the contenders and others in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId
from matrix.locator import LOCATOR_TYPE, Locator, Origin

AT_ONCE = 8
SAID_EACH = 50
"""Rooms between two lines of progress."""
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


async def furnish(
    http: HomeserverClient,
    community: str,
    keys: Sequence[str],
    tokens: Collection[str],
    progress: Callable[[str], None],
) -> list[RoomId]:
    """Make a room of the community for each key, with the accounts of these tokens in it.

    They have what makes them the community's and no more state than any room, and everybody may join: that costs the
    homeserver half of what a provisioned room does, and is in favour of whoever reads all state again.
    """
    lanes, made = asyncio.Semaphore(AT_ONCE), list[RoomId]()

    async def one(key: str) -> None:
        async with lanes:
            locator = {"type": LOCATOR_TYPE, "state_key": "", "content": Locator(key, "room").content()}
            body = {
                "preset": "public_chat",
                "creation_content": Origin(community, key).creation_content(),
                "initial_state": [ENCRYPTION, locator],
            }
            room_id = await ClientApi(http).create_room(body)
            for token in tokens:
                async with HomeserverClient(http.url, AccessToken(token)) as member:
                    await ClientApi(member).join(room_id)
            made.append(room_id)
            if len(made) % SAID_EACH == 0 or len(made) == len(keys):
                progress(f"{len(made)} of {len(keys)} rooms of {len(tokens) + 1}")

    await asyncio.gather(*map(one, keys))
    return made
