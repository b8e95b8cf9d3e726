"""The state of all our rooms, kept from one look to the next, whatever the server offers for it."""

from __future__ import annotations

import asyncio
import json
from typing import Protocol
from uuid import uuid4

from matrix.client_api import ClientApi
from matrix.errors import MatrixRequestError, Unrecognized
from matrix.http import HomeserverClient, Json
from matrix.ids import RoomId, UserId
from matrix.sliding_sync import BEGIN_AGAIN_AFTER, RoomState, SlidingSync, changed, is_joined

_NOTHING: Json = {"types": []}


def _filter(nonce: str) -> str:
    """Return a filter for nothing but state. It is told apart from every other by ``nonce``.

    Synapse gives the answer to a question that it was asked within the last two minutes again, by whichever
    process of ours, so a plan would be made against what there was before the apply.
    """
    parts = {
        "presence": {"types": [f"org.palabre.none.{nonce}"]},
        "account_data": _NOTHING,
        "room": {
            "account_data": _NOTHING,
            "ephemeral": _NOTHING,
            "include_leave": False,
            "state": {"lazy_load_members": False},
            # With no timeline at all, Synapse leaves the state that changed in it out of ``state`` too.
            "timeline": {"limit": 1},
        },
    }
    return json.dumps(parts, separators=(",", ":"))


class Reader(Protocol):
    """A way to read rooms."""

    async def rooms(self) -> tuple[RoomState, ...]:
        """Return every room that the token's owner is joined to, with all its state, sorted by room id."""
        ...


class ClassicSync:
    """The same as `SlidingSync` by ``/sync`` with a filter (spec, "Syncing"), for servers without the other.

    One request each time: the first reads everything, the next ones what has changed since. A room that an
    administrator purged is never spoken of again: that is seen only when everything is read again.
    """

    def __init__(self, http: HomeserverClient, user_id: UserId) -> None:
        self._client = ClientApi(http)
        self._user_id = user_id
        self._since: str | None = None
        self._known: dict[RoomId, RoomState] = {}
        self._answers = 0

    async def rooms(self) -> tuple[RoomState, ...]:
        """Return every room that the user is joined to, with all its state, sorted by room id."""
        if self._answers >= BEGIN_AGAIN_AFTER:
            self._since, self._known, self._answers = None, {}, 0
        try:
            answer = await self._sync()
        except MatrixRequestError as error:
            # A token that a server does not accept (any more) has no errcode of its own.
            if self._since is None or error.status != 400:
                raise
            self._since, self._known, self._answers = None, {}, 0
            answer = await self._sync()
        self._take(answer)
        return tuple(self._known[room_id] for room_id in sorted(self._known))

    async def _sync(self) -> Json:
        return await self._client.sync(
            since=self._since, full_state=self._since is None, filter_json=_filter(uuid4().hex), patience=0
        )

    def _take(self, answer: Json) -> None:
        known = dict(self._known)
        rooms = answer.get("rooms", {})
        for room_id, room in rooms.get("join", {}).items():
            # The timeline comes after the others.
            events = [*room.get("state", {}).get("events", []), *room.get("timeline", {}).get("events", [])]
            known[RoomId(room_id)] = changed(known.get(RoomId(room_id)), RoomId(room_id), events)
        for room_id in rooms.get("leave", {}):
            known.pop(RoomId(room_id), None)
        self._known = {room_id: state for room_id, state in known.items() if is_joined(state, self._user_id)}
        self._since = str(answer["next_batch"])
        self._answers += 1


class JoinedRooms:
    """Reads the rooms that ``user_id``, the token's owner, is in by simplified sliding sync where there is one."""

    def __init__(self, http: HomeserverClient, user_id: UserId) -> None:
        self._http = http
        self._user_id = user_id
        self._reader: Reader = SlidingSync(http, user_id)
        self._one_at_a_time = asyncio.Lock()

    async def rooms(self) -> tuple[RoomState, ...]:
        """Return every room that the user is joined to, with all its state, sorted by room id."""
        async with self._one_at_a_time:
            try:
                return await self._reader.rooms()
            except Unrecognized:
                if not isinstance(self._reader, SlidingSync):
                    raise
                self._reader = ClassicSync(self._http, self._user_id)
                return await self._reader.rooms()
