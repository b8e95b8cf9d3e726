"""The homeserver port under test, in memory and on a real Synapse, with what others do there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import MatrixRequestError
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId, user_id
from provisioning.homeserver import Homeserver
from provisioning.sealed_accounts import drawn_identity
from provisioning.snapshot import Account, Membership, Room, Snapshot
from tests.lib.memory_homeserver import OWN, SERVER, MemoryHomeserver
from tests.lib.synapse_server import SynapseServer


class Outside(Protocol):
    """What others do on the homeserver. They are named by their localparts; all but the provisioner are people."""

    async def make_room(self, creator: str, body: Mapping[str, Any]) -> RoomId: ...

    async def member(self, room_id: RoomId, sender: str, user: UserId, membership: str) -> None: ...

    async def set_state(self, room_id: RoomId, event_type: str, content: Mapping[str, Any]) -> None:
        """Set a state event as the provisioner's account, not as Palabre does."""
        ...

    async def say(self, room_id: RoomId, event_type: str) -> int:
        """Send a message as the provisioner's account; return when that was, about (milliseconds since the epoch)."""
        ...

    async def set_up_recovery(self, user: UserId, password: str) -> None:
        """Note in an account's data which key opens its secret storage, as its owner's client does."""
        ...

    async def deactivate(self, user: UserId) -> None: ...

    async def aliases(self, room_id: RoomId) -> set[str]: ...

    async def may_sign_in(self, user: UserId, password: str) -> bool: ...

    async def sign_in(self, user: UserId, password: str) -> None:
        """Sign in and stay so."""
        ...

    async def devices(self, user: UserId) -> int: ...

    async def show_identity(self, user: UserId, password: str) -> str:
        """Give an account a cross-signing identity, as its owner does; return the public master key."""
        ...


@dataclass(frozen=True)
class Bench:
    homeserver: Homeserver
    outside: Outside
    community: str
    desired: Snapshot

    async def made(self, *keys: str) -> dict[str, RoomId]:
        """Make rooms in the order given."""
        ids: dict[str, RoomId] = {}
        for key in keys:
            ids[key] = await self.homeserver.create_room(self.desired.rooms[key], ids)
        return ids

    async def room(self, key: str) -> Room:
        return (await self.homeserver.snapshot()).rooms[key]


NOW = 1_795_000_500_000
"""When somebody says something in memory."""


class InMemory:
    def __init__(self, homeserver: MemoryHomeserver) -> None:
        self._homeserver = homeserver

    async def make_room(self, creator: str, body: Mapping[str, Any]) -> RoomId:
        return self._homeserver.make_room(user_id(creator, SERVER), body)

    async def member(self, room_id: RoomId, sender: str, user: UserId, membership: str) -> None:
        content = {"membership": membership}
        self._homeserver.put(room_id, user_id(sender, SERVER), "m.room.member", user, content)

    async def set_state(self, room_id: RoomId, event_type: str, content: Mapping[str, Any]) -> None:
        self._homeserver.put(room_id, OWN.provisioner, event_type, "", content)

    async def say(self, room_id: RoomId, event_type: str) -> int:
        if event_type == "m.room.encrypted":
            self._homeserver.said.setdefault(room_id, NOW)
        return NOW

    async def set_up_recovery(self, user: UserId, password: str) -> None:
        assert await self._homeserver.opens(user, password)
        self._homeserver.recovery_keys.add(user)

    async def deactivate(self, user: UserId) -> None:
        self._homeserver.close(user)

    async def aliases(self, room_id: RoomId) -> set[str]:
        return {f"#{alias}:{SERVER}" for alias, there in self._homeserver.aliases.items() if there == room_id}

    async def may_sign_in(self, user: UserId, password: str) -> bool:
        is_open = self._homeserver.accounts[user].closed is None
        return is_open and self._homeserver.passwords[user] == password

    async def sign_in(self, user: UserId, password: str) -> None:
        assert await self._homeserver.opens(user, password)
        self._homeserver.signed_in.add(user)

    async def show_identity(self, user: UserId, password: str) -> str:
        assert await self._homeserver.opens(user, password)
        self._homeserver.master_keys[user] = "an invented key"
        return self._homeserver.master_keys[user]

    async def devices(self, user: UserId) -> int:
        return len({user} & self._homeserver.signed_in)


class OnSynapse:
    def __init__(self, server: SynapseServer, provisioner: HomeserverClient) -> None:
        self._server = server
        self._provisioner = provisioner
        self._admin = AdminApi(provisioner)

    @asynccontextmanager
    async def _as(self, name: str) -> AsyncIterator[ClientApi]:
        if self._server.user(name) == self._server.own.provisioner:
            yield ClientApi(self._provisioner)
        else:
            async with self._server.person(name) as http:
                yield ClientApi(http)

    async def make_room(self, creator: str, body: Mapping[str, Any]) -> RoomId:
        async with self._as(creator) as client:
            return await client.create_room(body)

    async def member(self, room_id: RoomId, sender: str, user: UserId, membership: str) -> None:
        async with self._as(sender) as client:
            await client.send_state(room_id, "m.room.member", {"membership": membership}, user)

    async def set_state(self, room_id: RoomId, event_type: str, content: Mapping[str, Any]) -> None:
        await ClientApi(self._provisioner).send_state(room_id, event_type, content)

    async def say(self, room_id: RoomId, event_type: str) -> int:
        content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
        await ClientApi(self._provisioner).send_event(room_id, event_type, content, uuid4().hex)
        return round(time.time() * 1000)

    async def set_up_recovery(self, user: UserId, password: str) -> None:
        async with HomeserverClient(self._server.url) as http:
            session = await ClientApi(http).login(user, password, device_name="test")
            http.use_token(session.access_token)
            named = {"key": "drawn"}
            await ClientApi(http).set_account_data(user, "m.secret_storage.default_key", named)

    async def deactivate(self, user: UserId) -> None:
        await self._admin.deactivate(user)

    async def aliases(self, room_id: RoomId) -> set[str]:
        path = f"/_matrix/client/v3/rooms/{room_id}/aliases"
        return set((await self._provisioner.send(Call("GET", path, "rooms/aliases")))["aliases"])

    async def may_sign_in(self, user: UserId, password: str) -> bool:
        async with HomeserverClient(self._server.url) as http:
            try:
                session = await ClientApi(http).login(user, password, device_name="test")
                http.use_token(session.access_token)
                await ClientApi(http).whoami()
                await ClientApi(http).logout()
            except MatrixRequestError:
                return False
            return True

    async def sign_in(self, user: UserId, password: str) -> None:
        async with HomeserverClient(self._server.url) as http:
            await ClientApi(http).login(user, password, device_name="test")

    async def show_identity(self, user: UserId, password: str) -> str:
        identity = drawn_identity(user)
        async with HomeserverClient(self._server.url) as http:
            session = await ClientApi(http).login(user, password, device_name="test")
            http.use_token(session.access_token)
            await ClientApi(http).upload_cross_signing_keys(identity.upload_body())
            await ClientApi(http).logout()
        return identity.public_keys["master"]

    async def devices(self, user: UserId) -> int:
        return len(await self._admin.devices(user))


PASSWORD = "a-long-enough-password"  # of the people that `SynapseServer.person` signs in too


async def new_person(bench: Bench) -> Account:
    account = Account(user_id(f"p{uuid4().hex[:8]}", SERVER), "Awa Diallo")
    await bench.homeserver.create_account(account, PASSWORD)
    return account


def localpart(user: UserId) -> str:
    return user[1:].split(":")[0]


async def in_a_room(bench: Bench) -> tuple[RoomId, Account]:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.homeserver.join(ids["lobby"], person.user_id)
    return ids["lobby"], person


async def stands(bench: Bench, user: UserId, key: str = "lobby") -> Membership | None:
    return (await bench.room(key)).members.get(user)
