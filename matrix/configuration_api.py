"""Calls by which a homeserver shows how it is set up. None changes anything; most need no token."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from matrix.cross_signing import at
from matrix.errors import (
    Forbidden,
    MatrixRequestError,
    NeedsPassword,
    NotAHomeserver,
    NotFound,
    Unrecognized,
)
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import DeviceId, RoomAlias, RoomId, UserId

_V3 = "/_matrix/client/v3"


class ConfigurationApi:
    """The calls over one `HomeserverClient`."""

    def __init__(self, http: HomeserverClient) -> None:
        self.http = http

    async def whose_token(self) -> tuple[UserId, DeviceId | None]:
        """Return whose the token is and the device that it belongs to, if any (GET ``/account/whoami``).

        Raises:
            UnknownToken: the homeserver does not know it.
        """
        answer = await self.http.send(Call("GET", f"{_V3}/account/whoami", "whoami"))
        device = answer.get("device_id")
        return UserId(answer["user_id"]), DeviceId(device) if isinstance(device, str) else None

    async def lets_anybody_register(self) -> bool:
        """Whether somebody without a token could make an account (POST ``/register``; nothing is made).

        A homeserver that lets nobody refuses at once; another asks for the first step.
        """
        try:
            await self.http.send(Call("POST", f"{_V3}/register", "register", read=True))
        except NeedsPassword:
            return True
        except MatrixRequestError as error:
            return not isinstance(error, Forbidden | Unrecognized | NotFound)
        return True

    async def login_types(self) -> tuple[str, ...]:
        """Return the ways to sign in (GET ``/login``)."""
        try:
            flows = (await self.http.send(Call("GET", f"{_V3}/login", "login"))).get("flows", ())
        except (NotFound, Unrecognized):
            return ()
        return tuple(str(flow.get("type")) for flow in flows)

    async def delegates_accounts(self) -> bool:
        """Whether accounts are another service's, such as MAS (GET ``/auth_metadata``, spec 1.15)."""
        return await self._answers("/_matrix/client/v1/auth_metadata", "auth_metadata")

    async def answers_other_servers(self) -> bool:
        """Whether the API for other homeservers is there (GET ``/_matrix/federation/v1/version``)."""
        return await self._answers("/_matrix/federation/v1/version", "federation/version")

    async def makes_previews(self) -> bool:
        """Whether it looks links up for people: asked without a link, it misses one only where it would."""
        call = Call("GET", "/_matrix/client/v1/media/preview_url", "preview_url")
        try:
            await self.http.send(call)
        except MatrixRequestError as error:
            return error.status == 400
        return True

    async def lists_rooms_to_anybody(self) -> bool:
        """Whether the list of public rooms needs no token; for a client without one."""
        return await self._answers(f"{_V3}/publicRooms", "publicRooms")

    async def public_rooms(self) -> int:
        """Return how many rooms are in the list of public rooms."""
        try:
            answer = await self.http.send(Call("GET", f"{_V3}/publicRooms", "publicRooms"))
        except (Forbidden, NotFound, Unrecognized):
            return 0
        return len(answer.get("chunk", ()))

    async def shows_profile(self, user_id: UserId) -> bool:
        """Whether the profile of an account is shown to the token's owner, or to anybody without one."""
        return await self._answers(f"{_V3}/profile/{quote(user_id, safe='')}", "profile")

    async def finds_in_user_directory(self, user_id: UserId, term: str) -> bool:
        """Whether a search among people finds an account (POST ``/user_directory/search``)."""
        call = Call(
            "POST", f"{_V3}/user_directory/search", "user_directory", {"search_term": term}, read=True
        )
        try:
            results = (await self.http.send(call)).get("results", ())
        except (Forbidden, NotFound, Unrecognized):
            return False
        return any(found.get("user_id") == user_id for found in results)

    async def capabilities(self) -> Json:
        """Return what the token's owner may do (GET ``/capabilities``)."""
        answer = await self.http.send(Call("GET", f"{_V3}/capabilities", "capabilities"))
        found: Any = answer.get("capabilities")
        return found if isinstance(found, dict) else {}

    async def least_password_length(self) -> int:
        """Return how long a password must be, 0 where nothing is asked for (GET ``/password_policy``)."""
        try:
            answer = await self.http.send(Call("GET", f"{_V3}/password_policy", "password_policy"))
        except MatrixRequestError:
            return 0
        length = answer.get("m.minimum_length", 0)
        return length if isinstance(length, int) else 0

    async def push_rules(self) -> frozenset[str]:
        """Return the ids of the rules by which the token's owner is notified (GET ``/pushrules/``)."""
        answer = await self.http.send(Call("GET", f"{_V3}/pushrules/", "pushrules"))
        kinds = at(answer, "global") or {}
        return frozenset(str(rule.get("rule_id")) for rules in kinds.values() for rule in rules)

    async def may_make_alias(self, taken: RoomAlias, room_id: RoomId) -> bool:
        """Whether the token's owner, who is in the room, may make aliases: asked of one that is ``taken``.

        A homeserver refuses who may not before it looks whether the alias is taken: so none is made either way.
        """
        path = f"{_V3}/directory/room/{quote(taken, safe='')}"
        try:
            await self.http.send(Call("PUT", path, "directory/room", {"room_id": room_id}))
        except MatrixRequestError as error:
            return error.status == 409
        return True

    async def canonical_alias(self, room_id: RoomId) -> RoomAlias | None:
        """Return the main alias of a room that the token's owner is in."""
        path = f"{_V3}/rooms/{quote(room_id, safe='')}/state/m.room.canonical_alias/"
        try:
            alias = (await self.http.send(Call("GET", path, "rooms/state"))).get("alias")
        except (Forbidden, NotFound):
            return None
        return RoomAlias(alias) if isinstance(alias, str) else None

    async def synapse_version(self) -> str | None:
        """Return Synapse's version; None where its admin API is not reached.

        GET ``/_synapse/admin/v1/server_version``, which needs no token.
        """
        call = Call("GET", "/_synapse/admin/v1/server_version", "admin/server_version")
        try:
            return released_version(str((await self.http.send(call))["server_version"]))
        except (NotAHomeserver, MatrixRequestError):
            return None

    async def _answers(self, path: str, what: str) -> bool:
        """Whether a call is not refused."""
        try:
            await self.http.send(Call("GET", path, what))
        except (MatrixRequestError, NotAHomeserver, NeedsPassword):
            return False
        return True


def released_version(told: str) -> str:
    """Return the version alone of what Synapse says of itself, such as ``1.163.0 (b=main,a1b2c3d)``.

    In brackets it adds the branch and the commit of whatever git repository it is run from: ours, where it is
    installed beside our checkout.
    """
    return told.partition("(")[0].strip()
