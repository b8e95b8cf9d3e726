"""The state of all our rooms in one request: simplified sliding sync (MSC4186, as Synapse has it).

What Synapse 1.163 does, read in its source and seen in the contract tests:

- ``required_state: [["*", "*"]]`` is every state event, members too (``$LAZY`` or a named type would be fewer). The
  first answer holds every room whole (``initial``); later ones hold only rooms where something happened, of them
  only the state that changed, and whole rooms that we have joined since.
- A room that we leave comes once more, with our own leave in it, and then no more. One that we were *removed* from
  stays in the list for good with its state of that moment: our own membership tells.
- After an administrator has purged a room that we were in, the next incremental request is answered by M_NOT_FOUND,
  and the connection is of no use any more.
- What is not told: that a state event was redacted (its content is gone, it is still the state), and that state
  resolution has taken one away (in a federated room). So everything is read whole again now and then.
"""

from __future__ import annotations

from dataclasses import dataclass

from matrix.errors import NotFound, UnknownPos
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import RoomId, UserId

_PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
_ALL = 1_000_000
_CONNECTION = "palabre"
"""Our connection's name. Whoever begins again under it, another process too, makes Synapse forget the one before."""
BEGIN_AGAIN_AFTER = 20
"""Answers after which everything is read whole again."""

Events = dict[tuple[str, str], Json]


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room we are joined to, and its current state events by (type, state key)."""

    room_id: RoomId
    events: Events


def changed(state: RoomState | None, room_id: RoomId, events: list[Json]) -> RoomState:
    """Return ``state`` with ``events`` in it; the old one stays as it is."""
    known = {} if state is None else state.events
    new = {(e["type"], e["state_key"]): e for e in events if _is_state(e)}
    return RoomState(room_id, {**known, **new})


def _is_state(event: object) -> bool:
    return (
        isinstance(event, dict)
        and isinstance(event.get("type"), str)
        and isinstance(event.get("state_key"), str)
    )


def is_joined(state: RoomState, user_id: UserId) -> bool:
    """Whether a user is in the room."""
    content = state.events.get(("m.room.member", user_id), {}).get("content")
    return isinstance(content, dict) and content.get("membership") == "join"


class _InconsistentAnswer(Exception):
    """The server assumes that we know a room's state that we do not have."""


class SlidingSync:
    """What ``user_id``, the token's owner, sees of the rooms they are in; it keeps what it knows.

    One request each time: the first reads everything, the next ones what has changed since.
    """

    def __init__(self, http: HomeserverClient, user_id: UserId) -> None:
        self._http = http
        self._user_id = user_id
        self._pos: str | None = None
        self._known: dict[RoomId, RoomState] = {}
        self._answers = 0

    async def rooms(self) -> tuple[RoomState, ...]:
        """Return every room that the user is joined to, with all its state, sorted by room id.

        A server that has forgotten the connection (M_UNKNOWN_POS), or stumbles over a purged room (M_NOT_FOUND), is
        asked for everything again.

        Raises:
            Unrecognized: the server has no such endpoint.
        """
        if self._answers >= BEGIN_AGAIN_AFTER:
            self._forget()
        try:
            await self._read()
        except (UnknownPos, NotFound, _InconsistentAnswer):
            if self._pos is None:
                raise
            self._forget()
            await self._read()
        return tuple(self._known[room_id] for room_id in sorted(self._known))

    def _forget(self) -> None:
        self._pos, self._known, self._answers = None, {}, 0

    async def _read(self) -> None:
        # If the request is interrupted here, the same position can be asked for again.
        answer = await self._http.send(_call(self._pos))
        rooms: dict[RoomId, Json] = {
            RoomId(room_id): room for room_id, room in answer.get("rooms", {}).items()
        }
        # Changes are collected in a copy, so that an interruption leaves the known state as it was.
        known = dict(self._known)
        for room_id, room in rooms.items():
            self._take(known, room_id, room)
        listed = _listed(answer)
        self._known = known if listed is None else {r: s for r, s in known.items() if r in listed}
        self._pos = str(answer["pos"])
        self._answers += 1

    def _take(self, known: dict[RoomId, RoomState], room_id: RoomId, room: Json) -> None:
        if "invite_state" in room:
            # Invited only, also one that we had been removed from.
            known.pop(room_id, None)
            return
        is_whole = room.get("initial") is True or self._pos is None
        before = None if is_whole else known.get(room_id)
        state = changed(before, room_id, room.get("required_state", []))
        if is_joined(state, self._user_id):
            if before is None and not is_whole:
                raise _InconsistentAnswer
            known[room_id] = state
        elif before is None and not is_whole and ("m.room.member", self._user_id) not in state.events:
            raise _InconsistentAnswer
        else:
            # Left or removed.
            known.pop(room_id, None)


def _call(pos: str | None) -> Call:
    everything: Json = {
        "ranges": [[0, _ALL]],
        "required_state": [["*", "*"]],
        "timeline_limit": 0,
        "filters": {},
    }
    body: Json = {"conn_id": _CONNECTION, "lists": {"all": everything}}
    query = {"timeout": "0", **({} if pos is None else {"pos": pos})}
    return Call("POST", _PATH, "sync", body, query, read=True, timeout=300)


def _listed(answer: Json) -> frozenset[RoomId] | None:
    """Return the rooms in the server's list, None where it does not say."""
    operations = answer.get("lists", {}).get("all", {}).get("ops")
    if not isinstance(operations, list):
        return None
    return frozenset(RoomId(room_id) for operation in operations for room_id in operation.get("room_ids", []))
