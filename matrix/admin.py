"""Synapse's admin API, as far as we use it (Synapse documentation, "Admin API"). Needs an admin's token."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from matrix.errors import NotFound
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import RoomId, UserId

_V1 = "/_synapse/admin/v1"
_V2 = "/_synapse/admin/v2"
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """An account on the homeserver."""

    user_id: UserId
    display_name: str | None
    deactivated: bool
    locked: bool


class AdminApi:
    """The admin API over one `HomeserverClient`."""

    def __init__(self, http: HomeserverClient) -> None:
        self.http = http

    async def register_with_shared_secret(
        self, username: str, password: str, *, shared_secret: str, admin: bool
    ) -> None:
        """Make an account by the registration shared secret, without any token.

        Raises:
            UserInUse: the account exists.
            Forbidden: the secret is not the homeserver's.
        """
        nonce = (await self.http.send(Call("GET", f"{_V1}/register", "admin/register")))["nonce"]
        parts = (nonce, username, password, "admin" if admin else "notadmin")
        # SHA-1 is what the endpoint is defined with; its key is the secret.
        mac = hmac.new(shared_secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": username, "password": password, "admin": admin, "mac": mac}
        await self.http.send(Call("POST", f"{_V1}/register", "admin/register", body))

    async def find_account(self, user_id: UserId) -> ServerAccount | None:
        """Return one account, None where there is none."""
        try:
            answer = await self.http.send(
                Call("GET", f"{_V2}/users/{quote(user_id, safe='')}", "admin/users")
            )
        except NotFound:
            return None
        return _account(answer)

    async def accounts(self) -> tuple[ServerAccount, ...]:
        """Return every account, deactivated ones too; one request for each thousand."""
        found: list[ServerAccount] = []
        start = "0"
        while True:
            query = {"from": start, "limit": str(_PAGE), "deactivated": "true", "guests": "false"}
            answer = await self.http.send(Call("GET", f"{_V2}/users", "admin/users", query=query))
            found += [_account(user) for user in answer["users"]]
            if "next_token" not in answer:
                return tuple(sorted(found, key=lambda account: account.user_id))
            start = str(answer["next_token"])

    async def create_account(self, user_id: UserId, password: str, display_name: str) -> None:
        """Make an account with a password; one that exists gets that password and name."""
        body = {"password": password, "displayname": display_name, "logout_devices": False}
        path = f"{_V2}/users/{quote(user_id, safe='')}"
        await self.http.send(Call("PUT", path, "admin/users", body, timeout=120))

    async def lift_rate_limit(self, user_id: UserId) -> None:
        """Free an account of ours from the message rate limit."""
        path = f"{_V1}/users/{quote(user_id, safe='')}/override_ratelimit"
        body = {"messages_per_second": 0, "burst_count": 0}
        await self.http.send(Call("POST", path, "admin/override_ratelimit", body, idempotent=True))

    async def has_no_rate_limit(self, user_id: UserId) -> bool:
        """Whether `lift_rate_limit` has been done for the account."""
        path = f"{_V1}/users/{quote(user_id, safe='')}/override_ratelimit"
        limit = await self.http.send(Call("GET", path, "admin/override_ratelimit"))
        # Without an override the answer is empty; 0 messages a second means no limit.
        return limit.get("messages_per_second") == 0

    async def room_state(self, room_id: RoomId) -> list[Json]:
        """Return all state events of a room that the server knows, joined or not; none for one it does not."""
        path = f"{_V1}/rooms/{quote(room_id, safe='')}/state"
        try:
            return list((await self.http.send(Call("GET", path, "admin/rooms")))["state"])
        except NotFound:
            return []

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a local user into a room in which the token's owner may invite."""
        path = f"{_V1}/join/{quote(room_id, safe='')}"
        await self.http.send(Call("POST", path, "admin/join", {"user_id": user_id}, idempotent=True))


def _account(user: Json) -> ServerAccount:
    return ServerAccount(
        user_id=UserId(user["name"]),
        display_name=user.get("displayname"),
        deactivated=bool(user.get("deactivated")),
        locked=bool(user.get("locked")),
    )
