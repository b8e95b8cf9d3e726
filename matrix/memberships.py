"""What a room's membership events say of who has left it, and how."""

from __future__ import annotations

from urllib.parse import quote

from matrix.client_api import ClientApi
from matrix.errors import NotFound
from matrix.http import Call
from matrix.ids import RoomId, UserId


async def has_left_by_themselves(client: ClientApi, room_id: RoomId, user_id: UserId) -> bool:
    """Whether somebody is out of a room of ours by their own wish: nobody else has removed or banned them.

    (GET ``/rooms/{roomId}/state/m.room.member/{userId}`` with ``format=event``.)

    Raises:
        MatrixError: the homeserver does not answer or refuses.
    """
    room, user = quote(room_id, safe=""), quote(user_id, safe="")
    path = f"/_matrix/client/v3/rooms/{room}/state/m.room.member/{user}"
    try:
        event = await client.http.send(Call("GET", path, "rooms/state", query={"format": "event"}))
    except NotFound:
        return False
    content = event.get("content")
    membership = content.get("membership") if isinstance(content, dict) else None
    return membership == "leave" and event.get("sender") == user_id
