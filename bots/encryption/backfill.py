"""Fetches the events that a limited sync has left out (spec, "Syncing", ``limited``)."""

from __future__ import annotations

from typing import Any

from bots.encryption.cross_signing import Json
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, MatrixError, NotFound
from matrix.ids import RoomId

_PAGE = 100
"""Events that are asked for at once."""


async def left_out(
    client: ClientApi, room_id: RoomId, *, start: str | None, end: str | None
) -> tuple[list[Any], MatrixError | None]:
    """Return the events from ``start`` back to ``end``, oldest first, and why there may be more that cannot be read."""
    events: list[Json] = []
    try:
        while start is not None:
            page = await client.messages(room_id, limit=_PAGE, start=start, end=end)
            events += page.get("chunk", ())
            start = page.get("end") if page.get("chunk") else None
    except (Forbidden, NotFound) as error:
        return events[::-1], error
    return events[::-1], None
