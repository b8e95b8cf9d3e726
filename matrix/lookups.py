"""Further calls of the Client-Server API that only look: what is taken, who has left how, since when one talks."""

from __future__ import annotations

import json
from urllib.parse import quote

from matrix.errors import NotFound
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId

_SAID = json.dumps({"types": ["m.room.encrypted", "m.room.message"]})
"""Events that whoever comes later may see as lines, readable or not."""


class Lookups:
    """These calls over one `HomeserverClient`."""

    def __init__(self, http: HomeserverClient) -> None:
        self.http = http

    async def largest_upload(self) -> int | None:
        """Return the most bytes that may be uploaded at once (GET ``/_matrix/client/v1/media/config``).

        None: the homeserver does not say.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        answer = await self.http.send(Call("GET", "/_matrix/client/v1/media/config", "media/config"))
        size = answer.get("m.upload.size")
        return size if type(size) is int and size >= 0 else None

    async def left_by(self, room_id: RoomId, user_id: UserId) -> str | None:
        """Return who has put somebody out of a room of ours: they themselves, or whoever has removed them.

        None: they are not out of it, or are banned, or were never in it.

        (GET ``/rooms/{roomId}/state/m.room.member/{userId}`` with ``format=event``.)

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        room, user = quote(room_id, safe=""), quote(user_id, safe="")
        path = f"/_matrix/client/v3/rooms/{room}/state/m.room.member/{user}"
        try:
            event = await self.http.send(Call("GET", path, "rooms/state", query={"format": "event"}))
        except NotFound:
            return None
        content = event.get("content")
        membership = content.get("membership") if isinstance(content, dict) else None
        sender = event.get("sender")
        return sender if membership == "leave" and isinstance(sender, str) else None

    async def first_said(self, room_id: RoomId) -> int | None:
        """Return when the first message was sent in a room that we are in, None where there is none.

        In milliseconds since the epoch, by the homeserver's clock; one that was deleted counts.

        (GET ``/rooms/{roomId}/messages`` from the beginning on.)

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/messages"
        query = {"dir": "f", "limit": "1", "filter": _SAID}
        found = await self.http.send(Call("GET", path, "rooms/messages", query=query))
        return next((int(event["origin_server_ts"]) for event in found.get("chunk", [])), None)
