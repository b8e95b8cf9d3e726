"""The backup of room keys on the homeserver (spec, "Server-side key backups", ``/room_keys``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from matrix.errors import NotFound
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import RoomId

_KEYS = "/_matrix/client/v3/room_keys/keys"
_VERSION = "/_matrix/client/v3/room_keys/version"

BackedUp = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Sessions by room and id, as the specification's ``KeyBackupData``."""


class KeyBackupApi:
    """Calls of one account. Its backup has versions, of which the newest alone takes keys."""

    def __init__(self, http: HomeserverClient) -> None:
        self._http = http

    async def version(self, name: str = "") -> Json | None:
        """Return a version (``version``, ``algorithm``, ``auth_data``, ``count``), the newest unless it is named.

        None: there is none.
        """
        path = f"{_VERSION}/{quote(name, safe='')}" if name else _VERSION
        try:
            return await self._http.send(Call("GET", path, "room_keys/version"))
        except NotFound:
            return None

    async def create_version(self, algorithm: str, auth_data: Mapping[str, Any]) -> str:
        """Begin a new, empty version; return its name."""
        body = {"algorithm": algorithm, "auth_data": auth_data}
        return str((await self._http.send(Call("POST", _VERSION, "room_keys/version", body)))["version"])

    async def delete_version(self, version: str) -> None:
        """Delete a version with all that is in it; one that is gone already stays so."""
        path = f"{_VERSION}/{quote(version, safe='')}"
        try:
            await self._http.send(Call("DELETE", path, "room_keys/version"))
        except NotFound:
            return

    async def put(self, version: str, sessions: BackedUp) -> None:
        """Add sessions to a version. Of two copies of a session the homeserver keeps the one that reads more.

        Raises:
            WrongBackupVersion: it is not the newest any more.
        """
        body = {"rooms": {room_id: {"sessions": each} for room_id, each in sessions.items()}}
        query = {"version": version}
        await self._http.send(Call("PUT", _KEYS, "room_keys/keys", body, query=query, timeout=120))

    async def delete_session(self, version: str, room_id: str, session_id: str) -> None:
        """Delete one session of a version."""
        path = f"{_KEYS}/{quote(room_id, safe='')}/{quote(session_id, safe='')}"
        await self._http.send(Call("DELETE", path, "room_keys/keys", query={"version": version}))

    async def delete_room(self, version: str, room_id: str) -> None:
        """Delete the sessions of a room in a version."""
        path = f"{_KEYS}/{quote(room_id, safe='')}"
        await self._http.send(Call("DELETE", path, "room_keys/keys", query={"version": version}))

    async def sessions(self, version: str, room_id: RoomId) -> dict[str, Any]:
        """Return the sessions of a room in a version, by id; none where there are none."""
        path = f"{_KEYS}/{quote(room_id, safe='')}"
        try:
            call = Call("GET", path, "room_keys/keys", query={"version": version}, timeout=120)
            answer = await self._http.send(call)
        except NotFound:
            return {}
        return dict(answer.get("sessions", {}))
