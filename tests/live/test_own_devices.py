"""Two devices of the bot's account side by side on a real homeserver, as after `recover` on a new machine.

One of them may be a client of another make (matrix-js-sdk), into which somebody has typed the recovery key.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.key_requests import KEY_REQUEST
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.http import Call
from matrix.ids import EventId, RoomId
from tests.lib.bot import Bot, running_bot
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.recovering import (
    MEGOLM,
    empty_disk,
    made,
    person,
    read_again,
    recovered,
    room_with,
    says_without_a_shield,
)
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


async def comes_to_read(bot: Bot, room_id: RoomId, event_id: str, body: str) -> None:
    """Wait until a device reads an event again; it asks for the key itself."""

    async def look() -> bool:
        return await read_again(bot, room_id, event_id) == body

    await until(look, 60, f"{bot.client.device_id} to read “{body}” again")


def request_of(room_id: RoomId, session_id: str, device_id: str) -> dict[str, Any]:
    body = {**MEGOLM, "room_id": room_id, "session_id": session_id}
    return {
        "action": "request",
        "body": body,
        "request_id": uuid.uuid4().hex,
        "requesting_device_id": device_id,
    }


async def session_of(bot: Bot, room_id: RoomId, event_id: str) -> str:
    return str((await bot.api.event(room_id, EventId(event_id)))["content"]["session_id"])


async def test_a_new_device_reads_what_the_other_gives_it_and_acts_on_none_of_it(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with person(server) as peer, running_bot(server.url, server.data) as old:
        room_id = await room_with(peer, old)
        hers = await peer.ask(room_id, "said before the move")
        await old.hears(room_id, "said before the move")
        its = await old.say(room_id, "answered before the move")
        key = await made(server, server.data)
        data = empty_disk(server, tmp_path / "new")
        await recovered(server, data, key, without_backup=True)
        async with running_bot(server.url, data) as new:
            assert new.client.device_id != old.client.device_id
            await comes_to_read(new, room_id, hers, "said before the move")
            await comes_to_read(new, room_id, its, "answered before the move")
            assert new.heard_in(room_id) == []
            assert (old.client.counts["keys_forwarded"], new.client.counts["keys_asked_for"]) == (2, 2)
            # Both hear what is said now, and whoever verified the one sees no change in the other.
            await peer.ask(room_id, "said after the move")
            await new.hears(room_id, "said after the move")
            await says_without_a_shield(new, peer, room_id)

            # Withdrawn: it gets nothing more, whoever shows the homeserver its requests again.
            device_id = new.client.device_id
            session_id = await session_of(new, room_id, hers)
        async with server.provisioner() as http:
            path = f"/_synapse/admin/v2/users/{old.client.user_id}/devices/{device_id}"
            await http.send(Call("DELETE", path, "devices"))
        await is_refused(old, request_of(room_id, session_id, device_id))


class Failing(ClientApi):
    """A homeserver that takes none of the first messages to devices."""

    left = 2

    async def send_to_device(
        self, event_type: str, messages: Mapping[str, Mapping[str, Any]], transaction_id: str
    ) -> None:
        if self.left:
            self.left -= 1
            raise HomeserverUnreachable("http://h")
        await super().send_to_device(event_type, messages, transaction_id)


async def test_what_is_not_sent_or_comes_into_another_process_is_asked_for_and_answered_again(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with person(server) as peer, running_bot(server.url, server.data) as first:
        room_id, key = await room_with(peer, first), await made(server, server.data)
        hers = await peer.ask(room_id, "said before a bad line")
        await first.hears(room_id, "said before a bad line")
    data = empty_disk(server, tmp_path / "new")
    await recovered(server, data, key, without_backup=True)
    async with running_bot(server.url, data) as new:
        # It asks, and ends before the other one is there to answer.
        assert await read_again(new, room_id, hers) is None

        async def asked() -> bool:
            return new.client.counts["keys_asked_for"] > 0

        await until(asked, 60, "the new device to ask")
    async with running_bot(server.url, server.data, api_of=Failing) as old:

        async def answered() -> bool:
            return old.client.counts["keys_forwarded"] > 0

        await until(answered, 60, "the old device to answer on a bad line")
        async with running_bot(server.url, data, api_of=Failing) as new:
            await comes_to_read(new, room_id, hers, "said before a bad line")
            assert new.heard_in(room_id) == []
            assert old.client.counts["keys_forwarded"] == 2


async def shown_to(bot: Bot, request: dict[str, Any]) -> None:
    """Have the homeserver show a request to a device, in the account's own name."""
    to = {str(bot.client.user_id): {str(bot.client.device_id): request}}
    await bot.api.send_to_device(KEY_REQUEST, to, uuid.uuid4().hex)


async def is_refused(bot: Bot, request: dict[str, Any]) -> None:
    """Show a device a request; nobody is given anything."""
    given, refused = bot.client.counts["keys_forwarded"], bot.client.counts["key_requests_refused"]
    await shown_to(bot, request)

    async def counted() -> bool:
        return bot.client.counts["key_requests_refused"] > refused

    await until(counted, 20, "the request to be refused")
    assert bot.client.counts["keys_forwarded"] == given


async def signed_in(server: SynapseServer, peer: Peer) -> str:
    """Sign a client of another make in as the bot, on a device that is not signed; return the device's id."""
    kept = json.loads(server.data.secret("bot.json").read_text())
    await peer.login(server.url, kept["user_id"], kept["password"], sign=False)
    status, whoami = await peer.request("GET", "/_matrix/client/v3/account/whoami")
    assert status == 200
    return str(whoami["device_id"])


async def test_nobody_else_is_given_a_key(server: SynapseServer) -> None:
    async with person(server) as peer, running_bot(server.url, server.data) as bot:
        room_id = await room_with(peer, bot)
        hers = await peer.ask(room_id, "not for everybody")
        await bot.hears(room_id, "not for everybody")
        session_id = await session_of(bot, room_id, hers)
        # A device that only has the password.
        async with open_peer() as added:
            device_id = await signed_in(server, added)
            await is_refused(bot, request_of(room_id, session_id, device_id))
            await is_refused(bot, request_of(room_id, session_id, "MADEUP"))
        # A member, in her own name: she is not heard at all.
        name = f"eve-{uuid.uuid4().hex[:8]}"
        async with server.person(name), open_peer() as eve:
            await eve.login(server.url, server.user(name), PASSWORD)
            _, whoami = await eve.request("GET", "/_matrix/client/v3/account/whoami")
            request = request_of(room_id, session_id, whoami["device_id"])
            path = f"/_matrix/client/v3/sendToDevice/{KEY_REQUEST}/{uuid.uuid4().hex}"
            body = {"messages": {bot.client.user_id: {bot.client.device_id: request}}}
            assert (await eve.request("PUT", path, body))[0] == 200
            await peer.ask(room_id, "said after her request")
            await bot.hears(room_id, "not for everybody", "said after her request")
        assert bot.client.counts["keys_forwarded"] == 0


async def test_a_client_of_another_make_answers_us_and_is_answered(
    server: SynapseServer, tmp_path: Path
) -> None:
    """matrix-js-sdk on our account, signed with the recovery key, forwards what it has to a new device of ours."""
    async with person(server) as peer, open_peer() as same:
        async with running_bot(server.url, server.data) as old:
            room_id, key = await room_with(peer, old), await made(server, server.data)
            device_id = await signed_in(server, same)
            assert (await same.call("restore", key=key))["signed"]
            hers = await peer.ask(room_id, "said to both")
            await old.hears(room_id, "said to both")

            async def reads() -> bool:
                return any(
                    m["eventId"] == hers and m["failure"] is None for m in await same.messages(room_id)
                )

            await until(reads, 20, "the other client to read it")
            # It asks for nothing by itself: what it would ask for is given to it.
            request = request_of(room_id, await session_of(old, room_id, hers), device_id)
            await shown_to(old, request)

            async def given() -> bool:
                return old.client.counts["keys_forwarded"] == 1

            await until(given, 20, "the key to be forwarded")
        # Our old device is away: only the other client can answer.
        data = empty_disk(server, tmp_path / "new")
        await recovered(server, data, key, without_backup=True)
        async with running_bot(server.url, data) as new:
            await comes_to_read(new, room_id, hers, "said to both")
            assert new.heard_in(room_id) == []
