"""Synapse's admin API, as far as we use it (Synapse documentation, "Admin API"). Needs an admin's token."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from matrix.errors import NotFound, Unrecognized
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import AccessToken, DeviceId, RoomId, UserId

_V1 = "/_synapse/admin/v1"
_V2 = "/_synapse/admin/v2"
_PAGE = 100_000
"""Accounts in one answer: Synapse sets no limit, and gives 5,000 in a quarter of a second."""


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """An account on the homeserver."""

    user_id: UserId
    display_name: str | None
    deactivated: bool
    locked: bool
    last_seen: int | None = None
    """When it was last used, in milliseconds since the epoch; not by a token that an administrator made for it."""


@dataclass(frozen=True, slots=True)
class ServerRoom:
    """A room on the homeserver, as the list of all rooms has it; ``members``: how many are in it."""

    room_id: RoomId
    creator: str | None
    members: int


class AdminApi:
    """The admin API over one `HomeserverClient`."""

    def __init__(self, http: HomeserverClient) -> None:
        self.http = http

    async def register_with_shared_secret(
        self, username: str, password: str, *, shared_secret: str, admin: bool
    ) -> AccessToken:
        """Make an account by the registration shared secret, without any token; return a token of it.

        Raises:
            UserInUse: the account exists.
            Forbidden: the secret is not the homeserver's.
        """
        nonce = (await self.http.send(Call("GET", f"{_V1}/register", "admin/register")))["nonce"]
        parts = (nonce, username, password, "admin" if admin else "notadmin")
        # SHA-1 is what the endpoint is defined with; its key is the secret.
        mac = hmac.new(shared_secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": username, "password": password, "admin": admin, "mac": mac}
        answer = await self.http.send(Call("POST", f"{_V1}/register", "admin/register", body))
        return AccessToken(answer["access_token"])

    async def find_account(self, user_id: UserId) -> ServerAccount | None:
        """Return one account, None where there is none."""
        try:
            answer = await self.http.send(Call("GET", f"{_V2}/users/{_part(user_id)}", "admin/users"))
        except NotFound:
            return None
        return _account(answer)

    async def ways_to_person(self, user_id: UserId) -> int:
        """Return how many e-mail addresses, telephone numbers and sign-ins elsewhere an account has.

        Raises:
            Forbidden: the token's owner may not use the admin API.
        """
        answer = await self.http.send(Call("GET", f"{_V2}/users/{_part(user_id)}", "admin/users"))
        return len(answer.get("threepids") or ()) + len(answer.get("external_ids") or ())

    async def guests(self) -> int:
        """Return how many accounts of guests are open (GET ``/_synapse/admin/v2/users`` with ``guests``)."""
        query = {"from": "0", "limit": str(_PAGE), "guests": "true", "deactivated": "false"}
        answer = await self.http.send(Call("GET", f"{_V2}/users", "admin/users", query=query))
        return sum(1 for user in answer["users"] if user.get("is_guest"))

    async def accounts(self) -> tuple[ServerAccount, ...]:
        """Return every account, deactivated and locked ones too (GET ``/_synapse/admin/v2/users``).

        One request, but on a server that cuts pages shorter or has more accounts than `_PAGE`.
        """
        found: dict[UserId, ServerAccount] = {}
        start = "0"
        while True:
            query = {
                "from": start,
                "limit": str(_PAGE),
                "deactivated": "true",
                "locked": "true",
                "guests": "false",
            }
            call = Call("GET", f"{_V2}/users", "admin/users", query=query, timeout=300)
            answer = await self.http.send(call)
            found |= {account.user_id: account for account in map(_account, answer["users"])}
            if "next_token" not in answer:
                return tuple(found[user_id] for user_id in sorted(found))
            start = str(answer["next_token"])

    async def create_account(self, user_id: UserId, password: str, display_name: str) -> None:
        """Make an account with a password; one that exists gets that password and name, and is signed out.

        PUT ``/_synapse/admin/v2/users/<user_id>``.
        """
        body = {"password": password, "displayname": display_name, "logout_devices": True}
        path = f"{_V2}/users/{_part(user_id)}"
        await self.http.send(Call("PUT", path, "admin/users", body, timeout=120))

    async def administrators(self) -> tuple[UserId, ...]:
        """Return the open accounts that may use the admin API (GET ``/_synapse/admin/v2/users`` with ``admins``)."""
        query = {"from": "0", "limit": str(_PAGE), "admins": "true", "deactivated": "false", "locked": "true"}
        answer = await self.http.send(Call("GET", f"{_V2}/users", "admin/users", query=query))
        return tuple(sorted(UserId(user["name"]) for user in answer["users"]))

    async def password_digest(self, user_id: UserId) -> str | None:
        """Return a digest of the hash by which a password is recognised: another one once it was set anew.

        GET ``/_synapse/admin/v1/search_users/<user_id>``. None for an account without a password, and where a
        homeserver does not say it.
        """
        path = f"{_V1}/search_users/{_part(user_id)}"
        call = Call("GET", path, "admin/search_users", query={"term": user_id}, gives_list=True)
        try:
            found = (await self.http.send(call))["items"]
        except (NotFound, Unrecognized):
            return None
        hashes = [user.get("password_hash") for user in found if user.get("name") == user_id]
        known = [text for text in hashes if isinstance(text, str) and text]
        return hashlib.sha256(known[0].encode()).hexdigest() if known else None

    async def rooms_of(self, user_id: UserId) -> tuple[RoomId, ...]:
        """Return the rooms that a local user is in (GET ``/_synapse/admin/v1/users/<user_id>/joined_rooms``)."""
        path = f"{_V1}/users/{_part(user_id)}/joined_rooms"
        answer = await self.http.send(Call("GET", path, "admin/joined_rooms"))
        return tuple(sorted(RoomId(room_id) for room_id in answer["joined_rooms"]))

    async def memberships_of(self, user_id: UserId) -> dict[RoomId, str]:
        """Return how a local user stands to each room that they are in, or ever were in or invited to.

        GET ``/_synapse/admin/v1/users/<user_id>/memberships``. A Synapse that lacks it says where they are alone.
        """
        path = f"{_V1}/users/{_part(user_id)}/memberships"
        try:
            answer = await self.http.send(Call("GET", path, "admin/memberships"))
        except Unrecognized:
            return dict.fromkeys(await self.rooms_of(user_id), "join")
        return {RoomId(room_id): str(stands) for room_id, stands in answer["memberships"].items()}

    async def deactivate(self, user_id: UserId) -> None:
        """Close an account for good (POST ``/_synapse/admin/v1/deactivate/<user_id>``); what it said stays.

        Its password, sessions, devices and key backup are gone at once. Synapse takes it out of its rooms a
        moment later, by itself, also after a restart. Done again, it does no more.

        Raises:
            NotFound: there is no such account.
        """
        path = f"{_V1}/deactivate/{_part(user_id)}"
        body = {"erase": False}
        await self.http.send(Call("POST", path, "admin/deactivate", body, idempotent=True, timeout=120))

    async def lock(self, user_id: UserId) -> None:
        """Let nobody use an account that there is (PUT ``/_synapse/admin/v2/users/<user_id>``).

        Its sessions and devices stay, and others go on encrypting to them: delete those first.
        """
        await self._change(user_id, {"locked": True})

    async def unlock(self, user_id: UserId) -> None:
        """Take `lock` back; the account's password is the one that it had."""
        await self._change(user_id, {"locked": False})

    async def reopen(self, user_id: UserId, password: str) -> None:
        """Open a locked or deactivated account again with a new password, without any session or device.

        One that was deactivated is in no room. Synapse 1.163 answers 500 while it still prepares its database in the
        first seconds of its life.
        """
        body = {"deactivated": False, "locked": False, "password": password, "logout_devices": True}
        await self._change(user_id, body)

    async def strip(self, user_id: UserId) -> None:
        """Take from an account its right to administrate and its ways to sign in without a password."""
        await self._change(user_id, {"admin": False, "external_ids": [], "threepids": []})

    async def set_password(self, user_id: UserId, password: str, *, sign_out: bool) -> None:
        """Give an account that there is another password; ``sign_out``: end its sessions, delete its devices."""
        await self._change(user_id, {"password": password, "logout_devices": sign_out})

    async def set_display_name(self, user_id: UserId, name: str) -> None:
        """Give an account that there is another name, also where its owner may not change it."""
        await self._change(user_id, {"displayname": name})

    async def _change(self, user_id: UserId, body: Json) -> None:
        path = f"{_V2}/users/{_part(user_id)}"
        await self.http.send(Call("PUT", path, "admin/users", body, timeout=120))

    async def devices(self, user_id: UserId) -> tuple[DeviceId, ...]:
        """Return the devices of an account (GET ``/_synapse/admin/v2/users/<user_id>/devices``).

        Raises:
            NotFound: there is no such account.
        """
        path = f"{_V2}/users/{_part(user_id)}/devices"
        answer = await self.http.send(Call("GET", path, "admin/devices"))
        return tuple(sorted(DeviceId(device["device_id"]) for device in answer["devices"]))

    async def delete_devices(self, user_id: UserId, *, but: DeviceId | None = None) -> None:
        """End every session of an account, ``but`` one, and delete its devices and their keys.

        POST ``/_synapse/admin/v2/users/<user_id>/delete_devices``, which wants their names.

        Raises:
            NotFound: there is no such account.
        """
        devices = [device for device in await self.devices(user_id) if device != but]
        if devices:
            path = f"{_V2}/users/{_part(user_id)}/delete_devices"
            body = {"devices": devices}
            await self.http.send(Call("POST", path, "admin/devices", body, idempotent=True))

    async def lift_rate_limit(self, user_id: UserId) -> None:
        """Free an account of ours from the message rate limit."""
        path = f"{_V1}/users/{_part(user_id)}/override_ratelimit"
        body = {"messages_per_second": 0, "burst_count": 0}
        await self.http.send(Call("POST", path, "admin/override_ratelimit", body, idempotent=True))

    async def has_no_rate_limit(self, user_id: UserId) -> bool:
        """Whether `lift_rate_limit` has been done for the account."""
        path = f"{_V1}/users/{_part(user_id)}/override_ratelimit"
        limit = await self.http.send(Call("GET", path, "admin/override_ratelimit"))
        # Without an override the answer is empty; 0 messages a second means no limit.
        return limit.get("messages_per_second") == 0

    async def rooms(self) -> tuple[ServerRoom, ...]:
        """Return every room that the server knows (GET ``/_synapse/admin/v1/rooms``), in one request where it can."""
        found: list[ServerRoom] = []
        while True:
            query = {"from": str(len(found)), "limit": str(_PAGE), "order_by": "name"}
            answer = await self.http.send(
                Call("GET", f"{_V1}/rooms", "admin/rooms", query=query, timeout=300)
            )
            found += map(_room, answer["rooms"])
            if not answer["rooms"] or len(found) >= answer["total_rooms"]:
                return tuple(found)

    async def login_as(self, user_id: UserId, *, until: datetime) -> AccessToken:
        """Return a token of somebody's, good ``until`` then; it belongs to no device.

        POST ``/_synapse/admin/v1/users/<user_id>/login``.

        Raises:
            NotFound: there is no such account.
        """
        path = f"{_V1}/users/{_part(user_id)}/login"
        body = {"valid_until_ms": round(until.timestamp() * 1000)}
        answer = await self.http.send(Call("POST", path, "admin/login", body, idempotent=True))
        return AccessToken(answer["access_token"])

    async def room_state(self, room_id: RoomId) -> list[Json]:
        """Return all state events of a room that the server knows, joined or not; none for one it does not."""
        path = f"{_V1}/rooms/{_part(room_id)}/state"
        try:
            return list((await self.http.send(Call("GET", path, "admin/rooms")))["state"])
        except NotFound:
            return []

    async def account_data(self, user_id: UserId) -> Json:
        """Return the account data of a local user by type, that of no room.

        GET ``/_synapse/admin/v1/users/<user_id>/accountdata``. It is private: take from it what is asked, and no more.

        Raises:
            NotFound: there is no such account.
        """
        path = f"{_V1}/users/{_part(user_id)}/accountdata"
        answer = await self.http.send(Call("GET", path, "admin/accountdata"))
        return dict(answer["account_data"]["global"])

    async def last_event_at(self, room_id: RoomId, now: datetime) -> int:
        """Return when the last event before ``now`` was sent, in milliseconds since the epoch.

        GET ``/_synapse/admin/v1/rooms/<room_id>/timestamp_to_event``.

        Raises:
            NotFound: there is no such room, or no such event.
        """
        path = f"{_V1}/rooms/{_part(room_id)}/timestamp_to_event"
        query = {"ts": str(round(now.timestamp() * 1000)), "dir": "b"}
        answer = await self.http.send(Call("GET", path, "admin/timestamp_to_event", query=query))
        return int(answer["origin_server_ts"])

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a local user into a room in which the token's owner may invite.

        POST ``/_synapse/admin/v1/join/<room_id>``: Synapse invites in the name of the token's owner, then accepts
        in the user's.

        Raises:
            Forbidden: they are in the room already, banned from it, or their account is closed.
            NotFound: there is no such account.
        """
        path = f"{_V1}/join/{_part(room_id)}"
        await self.http.send(Call("POST", path, "admin/join", {"user_id": user_id}, idempotent=True))


def _part(text: str) -> str:
    return quote(text, safe="")


def _room(room: Json) -> ServerRoom:
    return ServerRoom(RoomId(room["room_id"]), room.get("creator"), int(room.get("joined_members") or 0))


def _account(user: Json) -> ServerAccount:
    return ServerAccount(
        user_id=UserId(user["name"]),
        display_name=user.get("displayname"),
        deactivated=bool(user.get("deactivated")),
        locked=bool(user.get("locked")),
        last_seen=user.get("last_seen_ts"),
    )
