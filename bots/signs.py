"""Places the reactions that a message of the bot's asks for, so that people need not look for them."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable, MatrixError
from matrix.ids import EventId, RoomId

log = structlog.get_logger()


async def place(api: ClientApi, room_id: RoomId, event_id: EventId, signs: Iterable[str]) -> None:
    """React to a message of ours with ``signs``. What the homeserver refuses is left: the words say how to answer.

    Raises:
        HomeserverUnreachable: the homeserver does not answer.
    """
    for sign in signs:
        try:
            await api.send_reaction(room_id, event_id, sign)
        except HomeserverUnreachable:
            raise
        except MatrixError as error:
            log.warning("sign_not_placed", reason=str(error))
