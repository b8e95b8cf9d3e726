"""The calls of the Client-Server API that we use, each named as the specification names it (v1.18)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from matrix.errors import MatrixRequestError, NotFound
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import AccessToken, DeviceId, EventId, RoomAlias, RoomId, UserId

_V3 = "/_matrix/client/v3"
_VISIBILITY_ALONE = json.dumps({"types": ["m.room.history_visibility"], "lazy_load_members": True})


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

    async def password_opens(self, user_id: UserId, password: str) -> bool:
        """Whether a password opens an account; no session or device is made of which its owner would be told.

        For a client without a token of its own.

        The login names a device id that is too long: Synapse looks at it last of all (1.163, rest/client/login.py),
        so it answers M_INVALID_PARAM where it would have let us in. A homeserver that looks at it first says so of
        every password: then none is taken for changed. One that does not mind it lets us in, and out again.

        Raises:
            MatrixError: the homeserver does not answer, asks for patience or knows no passwords.
        """
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user_id},
            "password": password,
            "device_id": "x" * 513,
        }
        try:
            answer = await self.http.send(Call("POST", f"{_V3}/login", "login", body))
        except MatrixRequestError as error:
            if error.errcode == "M_INVALID_PARAM":
                return True
            if error.errcode in ("M_FORBIDDEN", "M_USER_LOCKED", "M_USER_DEACTIVATED"):
                return False
            raise
        self.http.use_token(AccessToken(answer["access_token"]))
        await self.logout()
        return True

    async def logout(self) -> None:
        """End the session of the access token and delete its device."""
        await self.http.send(Call("POST", f"{_V3}/logout", "logout"))

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

    async def put_alias(self, alias: RoomAlias, room_id: RoomId) -> None:
        """Make an alias lead to a room (PUT ``/directory/room/{roomAlias}``).

        Raises:
            MatrixRequestError: status 409 where it leads somewhere already, there or elsewhere.
        """
        body = {"room_id": room_id}
        await self.http.send(Call("PUT", f"{_V3}/directory/room/{_part(alias)}", "directory/room", body))

    async def delete_alias(self, alias: RoomAlias) -> None:
        """Remove an alias; the room behind it stays (DELETE ``/directory/room/{roomAlias}``).

        Synapse takes it out of the room's ``m.room.canonical_alias`` too.

        Raises:
            NotFound: there is none.
        """
        await self.http.send(Call("DELETE", f"{_V3}/directory/room/{_part(alias)}", "directory/room"))

    async def local_aliases(self, room_id: RoomId) -> tuple[RoomAlias, ...]:
        """Return the aliases that our server has for a room we are in (GET ``/rooms/{roomId}/aliases``)."""
        path = f"{_V3}/rooms/{_part(room_id)}/aliases"
        answer = await self.http.send(Call("GET", path, "rooms/aliases"))
        return tuple(RoomAlias(alias) for alias in answer["aliases"])

    async def send_state(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], state_key: str = ""
    ) -> EventId:
        """Set a state event."""
        path = f"{_V3}/rooms/{_part(room_id)}/state/{_part(event_type)}/{_part(state_key)}"
        return EventId((await self.http.send(Call("PUT", path, "rooms/state", content)))["event_id"])

    async def membership(self, room_id: RoomId, user_id: UserId) -> str | None:
        """Return a user's membership (``join``, ``invite``…) of a room that we are in; None where never one."""
        path = f"{_V3}/rooms/{_part(room_id)}/state/m.room.member/{_part(user_id)}"
        try:
            return str((await self.http.send(Call("GET", path, "rooms/state")))["membership"])
        except NotFound:
            return None

    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        """Invite a user (POST ``/rooms/{roomId}/invite``); one who is invited stays so.

        Raises:
            Forbidden: they are in the room already or banned from it, or we may not.
        """
        path = f"{_V3}/rooms/{_part(room_id)}/invite"
        await self.http.send(Call("POST", path, "rooms/invite", {"user_id": user_id}, idempotent=True))

    async def kick(self, room_id: RoomId, user_id: UserId, *, reason: str | None = None) -> None:
        """Take a user out of a room, or their invitation back (POST ``/rooms/{roomId}/kick``).

        ``reason`` is kept in the room, unencrypted.

        Raises:
            Forbidden: they are not in it, or we have not the power.
        """
        body = {"user_id": user_id, **({} if reason is None else {"reason": reason})}
        path = f"{_V3}/rooms/{_part(room_id)}/kick"
        await self.http.send(Call("POST", path, "rooms/kick", body, idempotent=True))

    async def ban(self, room_id: RoomId, user_id: UserId) -> None:
        """Ban a user, who leaves the room and cannot come back (POST ``/rooms/{roomId}/ban``).

        Raises:
            Forbidden: we have not the power.
        """
        path = f"{_V3}/rooms/{_part(room_id)}/ban"
        await self.http.send(Call("POST", path, "rooms/ban", {"user_id": user_id}, idempotent=True))

    async def unban(self, room_id: RoomId, user_id: UserId) -> None:
        """Lift a user's ban; they are not in the room by that (POST ``/rooms/{roomId}/unban``).

        Raises:
            Forbidden: they are not banned, or we have not the power.
        """
        path = f"{_V3}/rooms/{_part(room_id)}/unban"
        await self.http.send(Call("POST", path, "rooms/unban", {"user_id": user_id}, idempotent=True))

    async def join(self, room_id: RoomId) -> None:
        """Join a room we are invited to, or may enter."""
        path = f"{_V3}/rooms/{_part(room_id)}/join"
        await self.http.send(Call("POST", path, "rooms/join", idempotent=True))

    async def leave(self, room_id: RoomId) -> None:
        """Leave a room, or refuse its invitation."""
        path = f"{_V3}/rooms/{_part(room_id)}/leave"
        await self.http.send(Call("POST", path, "rooms/leave", idempotent=True))

    async def joined_rooms(self) -> frozenset[RoomId]:
        """Return the rooms that we are in (GET ``/joined_rooms``)."""
        answer = await self.http.send(Call("GET", f"{_V3}/joined_rooms", "joined_rooms"))
        return frozenset(RoomId(room_id) for room_id in answer["joined_rooms"])

    async def sync(self, *, since: str | None, full_state: bool, filter_json: str, patience: float) -> Json:
        """Return what is new since a token; the server waits up to ``patience`` seconds for something."""
        query = {"filter": filter_json, "timeout": str(round(patience * 1000))}
        if since is not None:
            query["since"] = since
        if full_state:
            query["full_state"] = "true"
        call = Call("GET", f"{_V3}/sync", "sync", query=query, timeout=patience + 120)
        return await self.http.send(call)

    async def account_data(self, user_id: UserId, event_type: str) -> Json | None:
        """Return what our account has kept on the homeserver under a type, None where there is nothing."""
        path = f"{_V3}/user/{_part(user_id)}/account_data/{_part(event_type)}"
        try:
            return await self.http.send(Call("GET", path, "user/account_data"))
        except NotFound:
            return None

    async def set_account_data(self, user_id: UserId, event_type: str, content: Mapping[str, Any]) -> None:
        """Keep something on the homeserver that our account alone can read (and the homeserver)."""
        path = f"{_V3}/user/{_part(user_id)}/account_data/{_part(event_type)}"
        await self.http.send(Call("PUT", path, "user/account_data", content))

    async def send_event(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], transaction_id: str
    ) -> EventId:
        """Send a message event; the same transaction id from the same device is the same event for a day."""
        path = f"{_V3}/rooms/{_part(room_id)}/send/{_part(event_type)}/{_part(transaction_id)}"
        return EventId((await self.http.send(Call("PUT", path, "rooms/send", content)))["event_id"])

    async def send_reaction(self, room_id: RoomId, event_id: EventId, key: str) -> None:
        """React to an event, in clear as clients do (spec, "Event annotations and reactions"); once for each key."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        transaction = hashlib.sha256(f"{event_id}\0{key}".encode()).hexdigest()[:40]
        await self.send_event(room_id, "m.reaction", {"m.relates_to": relation}, transaction)

    async def redact_event(self, room_id: RoomId, event_id: EventId, transaction_id: str) -> None:
        """Take the content of an event away (PUT ``/rooms/{roomId}/redact/{eventId}/{txnId}``).

        Raises:
            Forbidden: we may not, or are not in the room.
        """
        path = f"{_V3}/rooms/{_part(room_id)}/redact/{_part(event_id)}/{_part(transaction_id)}"
        await self.http.send(Call("PUT", path, "rooms/redact", {}))

    async def upload_media(self, content: bytes | Path, kind: str = "application/octet-stream") -> str:
        """Keep bytes, or a file, in the media repository (POST ``/_matrix/media/v3/upload``); return the ``mxc://``.

        No name is told, and no ``kind`` of what is encrypted.
        """
        path, long = "/_matrix/media/v3/upload", 600.0
        call = Call("POST", path, "upload", upload=content, upload_type=kind, idempotent=True, timeout=long)
        return str((await self.http.send(call))["content_uri"])

    async def event(self, room_id: RoomId, event_id: EventId) -> Json:
        """Return one event of a room (GET ``/rooms/{roomId}/event/{eventId}``).

        Raises:
            NotFound: there is none, or we may not see it.
        """
        path = f"{_V3}/rooms/{_part(room_id)}/event/{_part(event_id)}"
        return await self.http.send(Call("GET", path, "rooms/event"))

    async def state_at(self, room_id: RoomId, event_id: EventId, *, members: bool) -> Any:
        """Return the room's state when an event was sent (GET ``/rooms/{roomId}/context/{eventId}``).

        Without ``members`` that is the history visibility alone: the state of 2,000 members is 800 kB, and costs
        Synapse a third of a second.

        Raises:
            NotFound: there is no such event, or we may not see it.
        """
        path = f"{_V3}/rooms/{_part(room_id)}/context/{_part(event_id)}"
        query = {"limit": "0", **({} if members else {"filter": _VISIBILITY_ALONE})}
        answer = await self.http.send(Call("GET", path, "rooms/context", query=query))
        return answer.get("state")

    async def messages(
        self, room_id: RoomId, *, limit: int, start: str | None = None, end: str | None = None
    ) -> Json:
        """Return a page of events, newest first: ``chunk`` and, where there are more, ``end``."""
        query = {"dir": "b", "limit": str(limit)}
        if start is not None:
            query["from"] = start
        if end is not None:
            query["to"] = end
        call = Call("GET", f"{_V3}/rooms/{_part(room_id)}/messages", "rooms/messages", query=query)
        return await self.http.send(call)

    async def query_keys(self, users: Iterable[UserId]) -> Json:
        """Return device keys and cross-signing keys as the server gives them; nothing is verified here."""
        body: Json = {"device_keys": {user: [] for user in users}}
        return await self.http.send(Call("POST", f"{_V3}/keys/query", "keys/query", body, read=True))

    async def upload_keys(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Upload device keys, one-time keys, fallback keys; return how many one-time keys are left."""
        answer = await self.http.send(
            Call("POST", f"{_V3}/keys/upload", "keys/upload", body, idempotent=True)
        )
        return dict(answer.get("one_time_key_counts", {}))

    async def claim_keys(self, wanted: Mapping[str, Mapping[str, str]]) -> Json:
        """Claim a one-time key of each device; ``wanted`` is user → device → algorithm.

        Repeated when its answer is lost: that costs a key, of which there are more.
        """
        body = {"one_time_keys": wanted, "timeout": 10_000}
        return await self.http.send(Call("POST", f"{_V3}/keys/claim", "keys/claim", body, idempotent=True))

    async def send_to_device(
        self, event_type: str, messages: Mapping[str, Mapping[str, Any]], transaction_id: str
    ) -> None:
        """Send contents to devices; ``messages`` is user → device → content."""
        path = f"{_V3}/sendToDevice/{_part(event_type)}/{_part(transaction_id)}"
        await self.http.send(Call("PUT", path, "sendToDevice", {"messages": messages}))

    async def upload_cross_signing_keys(
        self, body: Mapping[str, Any], *, user_id: UserId | None = None, password: str | None = None
    ) -> None:
        """Upload master, self-signing and user-signing keys.

        The first upload needs no password (MSC3967); replacing keys does (user-interactive authentication).

        Raises:
            NeedsPassword: there are other keys, and no password was given.
        """
        path = f"{_V3}/keys/device_signing/upload"
        if password is not None:
            identifier = {"type": "m.id.user", "user": user_id}
            auth = {"type": "m.login.password", "identifier": identifier, "password": password}
            body = {**body, "auth": auth}
        await self.http.send(Call("POST", path, "keys/device_signing/upload", body))

    async def upload_signatures(self, body: Mapping[str, Any]) -> Json:
        """Upload signatures of devices or keys; returns ``failures``."""
        return await self.http.send(
            Call("POST", f"{_V3}/keys/signatures/upload", "keys/signatures/upload", body)
        )
