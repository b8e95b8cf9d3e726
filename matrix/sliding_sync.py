"""The state of all our rooms in one request: simplified sliding sync (MSC4186, as Synapse has it)."""

from __future__ import annotations

from dataclasses import dataclass

from matrix.http import Call, HomeserverClient, Json
from matrix.ids import RoomId

_PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room we are joined to, and its current state events by (type, state key)."""

    room_id: RoomId
    events: dict[tuple[str, str], Json]


async def joined_rooms_state(http: HomeserverClient) -> tuple[RoomState, ...]:
    """Return every room that the token's owner is joined to, with all its state, sorted by room id.

    Each call is a connection of its own (no ``pos``), so there is nothing that the server could forget.
    """
    rooms: Json = {
        "lists": {
            "all": {"ranges": [[0, _ALL]], "required_state": [["*", "*"]], "timeline_limit": 0, "filters": {}}
        }
    }
    answer = await http.send(Call("POST", _PATH, "sync", rooms, {"timeout": "0"}, read=True, timeout=300))
    states = [
        RoomState(RoomId(room_id), {(e["type"], e["state_key"]): e for e in room.get("required_state", ())})
        for room_id, room in answer.get("rooms", {}).items()
        if "invite_state" not in room
    ]
    return tuple(sorted(states, key=lambda state: state.room_id))
