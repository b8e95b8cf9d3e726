"""The calls of the Client-Server API that we use, each named as the specification names it (v1.18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from matrix.errors import NotFound
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import AccessToken, DeviceId, EventId, RoomAlias, RoomId, UserId

_V3 = "/_matrix/client/v3"


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """A login. Its ``repr`` shows no token."""

    user_id: UserId
    device_id: DeviceId
    access_token: AccessToken

    def __repr__(self) -> str:
        return f"Session({self.user_id}, {self.device_id})"


def _part(text: str) -> str:
    return quote(text, safe="")


class ClientApi:
    """The Client-Server API over one `HomeserverClient`."""

    def __init__(self, http: HomeserverClient) -> None:
        self.http = http

    async def versions(self) -> tuple[str, ...]:
        """Return the versions of the specification that the homeserver speaks."""
        answer = await self.http.send(Call("GET", "/_matrix/client/versions", "versions"))
        return tuple(answer.get("versions", ()))

    async def login(
        self, user_id: UserId, password: str, *, device_name: str, device_id: DeviceId | None = None
    ) -> Session:
        """Log in with a password; a new device unless ``device_id`` names one."""
        body: Json = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user_id},
            "password": password,
            "initial_device_display_name": device_name,
        }
        if device_id is not None:
            body["device_id"] = device_id
        answer = await self.http.send(Call("POST", f"{_V3}/login", "login", body))
        return Session(
            UserId(answer["user_id"]), DeviceId(answer["device_id"]), AccessToken(answer["access_token"])
        )

    async def whoami(self) -> UserId:
        """Return whose the access token is."""
        return UserId((await self.http.send(Call("GET", f"{_V3}/account/whoami", "whoami")))["user_id"])

    async def create_room(self, body: Mapping[str, Any]) -> RoomId:
        """Make a room. Never repeated when its answer is lost: look for its alias instead."""
        answer = await self.http.send(Call("POST", f"{_V3}/createRoom", "createRoom", body, timeout=120))
        return RoomId(answer["room_id"])

    async def resolve_alias(self, alias: RoomAlias) -> RoomId | None:
        """Return the room of an alias, None where there is none."""
        try:
            answer = await self.http.send(
                Call("GET", f"{_V3}/directory/room/{_part(alias)}", "directory/room")
            )
        except NotFound:
            return None
        return RoomId(answer["room_id"])

    async def room_state(self, room_id: RoomId) -> list[Json]:
        """Return all state events of a room that we are in."""
        call = Call("GET", f"{_V3}/rooms/{_part(room_id)}/state", "rooms/state")
        return await _send_list(self.http, call)

    async def send_state(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], state_key: str = ""
    ) -> EventId:
        """Set a state event."""
        path = f"{_V3}/rooms/{_part(room_id)}/state/{_part(event_type)}/{_part(state_key)}"
        return EventId((await self.http.send(Call("PUT", path, "rooms/state", content)))["event_id"])

    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        """Invite a user."""
        path = f"{_V3}/rooms/{_part(room_id)}/invite"
        await self.http.send(Call("POST", path, "rooms/invite", {"user_id": user_id}))

    async def join(self, room_id: RoomId) -> None:
        """Join a room we are invited to, or may enter."""
        await self.http.send(Call("POST", f"{_V3}/rooms/{_part(room_id)}/join", "rooms/join"))

    async def leave(self, room_id: RoomId) -> None:
        """Leave a room, or refuse its invitation."""
        await self.http.send(Call("POST", f"{_V3}/rooms/{_part(room_id)}/leave", "rooms/leave"))

    async def messages(self, room_id: RoomId, *, limit: int, start: str | None = None) -> Json:
        """Return a page of events, newest first: ``chunk`` and, where there are more, ``end``."""
        query = {"dir": "b", "limit": str(limit), **({} if start is None else {"from": start})}
        call = Call("GET", f"{_V3}/rooms/{_part(room_id)}/messages", "rooms/messages", query=query)
        return await self.http.send(call)

    async def query_keys(self, users: Iterable[UserId]) -> Json:
        """Return device keys and cross-signing keys as the server gives them; nothing is verified here."""
        body: Json = {"device_keys": {user: [] for user in users}}
        return await self.http.send(Call("POST", f"{_V3}/keys/query", "keys/query", body, read=True))

    async def upload_cross_signing_keys(self, body: Mapping[str, Any]) -> None:
        """Upload master, self-signing and user-signing keys. The first upload needs no password (MSC3967)."""
        path = f"{_V3}/keys/device_signing/upload"
        await self.http.send(Call("POST", path, "keys/device_signing/upload", body))

    async def upload_signatures(self, body: Mapping[str, Any]) -> Json:
        """Upload signatures of devices or keys; returns ``failures``."""
        return await self.http.send(
            Call("POST", f"{_V3}/keys/signatures/upload", "keys/signatures/upload", body)
        )


async def _send_list(http: HomeserverClient, call: Call) -> list[Json]:
    """Send a call whose answer is a JSON array."""
    answer = await http.send_any(call)
    return [event for event in answer if isinstance(event, dict)] if isinstance(answer, list) else []
