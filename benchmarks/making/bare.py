"""The floor of making a community: bare HTTP calls with the bodies that ours sends, some at a time, in one session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from time import perf_counter
from typing import Any
from urllib.parse import quote

import aiohttp

from matrix.ids import RoomId, UserId
from provisioning.creation import creation_body, resolved
from provisioning.snapshot import CHILD, OwnAccounts, Room, Snapshot
from tests.lib.synapse_server import SynapseServer


class BareHomeserver:
    """Makes what a snapshot describes, ``concurrency`` requests at a time; each call returns the seconds it took."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, community: str, own: OwnAccounts, concurrency: int
    ) -> None:
        self.ids: dict[str, RoomId] = {}
        """The rooms that were made, by key."""
        self._session = session
        self._url = url
        self._community = community
        self._own = own
        self._concurrency = concurrency

    async def rooms(self, desired: Snapshot) -> float:
        """Make the rooms of ``desired``, and list them in their spaces."""
        before = perf_counter()
        for stage in stages(desired):
            await self._at_once([partial(self._make, room) for room in stage])
        links = [
            partial(self._link, room, key)
            for room in desired.rooms.values()
            for event_type, key in room.state
            if event_type == CHILD
        ]
        await self._at_once(links)
        return perf_counter() - before

    async def accounts(self, users: Iterable[UserId], password: str) -> float:
        """Make accounts with a password."""
        body = {"password": password, "displayname": "Somebody", "logout_devices": True}
        before = perf_counter()
        paths = [f"/_synapse/admin/v2/users/{quote(user)}" for user in users]
        await self._at_once([partial(self._send, "PUT", path, body) for path in paths])
        return perf_counter() - before

    async def joins(self, wanted: Iterable[tuple[str, UserId]]) -> float:
        """Put people into rooms, which are given by their keys."""
        before = perf_counter()
        calls = [
            partial(self._send, "POST", f"/_synapse/admin/v1/join/{quote(self.ids[key])}", {"user_id": user})
            for key, user in wanted
        ]
        await self._at_once(calls)
        return perf_counter() - before

    async def invitations(self, wanted: Iterable[tuple[str, UserId]]) -> float:
        """Invite people into rooms, which are given by their keys."""
        before = perf_counter()
        calls = [
            partial(
                self._send,
                "POST",
                f"/_matrix/client/v3/rooms/{quote(self.ids[key])}/invite",
                {"user_id": user},
            )
            for key, user in wanted
        ]
        await self._at_once(calls)
        return perf_counter() - before

    async def _make(self, room: Room) -> None:
        body = creation_body(room, self._community, self._own, self.ids)
        answer = await self._send("POST", "/_matrix/client/v3/createRoom", body)
        self.ids[room.key] = RoomId(answer["room_id"])

    async def _link(self, parent: Room, key: str) -> None:
        (event_type, child), content = resolved((CHILD, key), parent.state[CHILD, key], self.ids)
        path = f"rooms/{quote(self.ids[parent.key])}/state/{event_type}/{quote(child)}"
        await self._send("PUT", f"/_matrix/client/v3/{path}", content)

    async def _send(self, method: str, path: str, body: Any) -> Any:
        async with self._session.request(method, self._url + path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def _at_once(self, work: Sequence[Callable[[], Any]]) -> None:
        waiting = iter(work)

        async def lane() -> None:
            for each in waiting:
                await each()

        await asyncio.gather(*(lane() for _ in range(self._concurrency)))


@asynccontextmanager
async def bare_homeserver(
    server: SynapseServer, community: str, own: OwnAccounts, *, concurrency: int
) -> AsyncIterator[BareHomeserver]:
    """Open one with the provisioner's token."""
    async with server.provisioner() as http:
        headers = {"Authorization": f"Bearer {http._token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            yield BareHomeserver(session, server.url, community, own, concurrency)


def stages(desired: Snapshot) -> Iterator[list[Room]]:
    """Give the root, the other spaces, the rooms."""
    rooms = list(desired.rooms.values())
    yield [room for room in rooms if not room.parents]
    yield [room for room in rooms if room.parents and room.is_space]
    yield [room for room in rooms if not room.is_space]
