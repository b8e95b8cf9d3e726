"""The judge is judged: the independent client of the other live tests must itself see what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENCRYPTED = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


async def said(peer: Peer, room_id: str, event_id: str) -> Any:
    async def look() -> Any:
        return next((m for m in await peer.messages(room_id) if m["eventId"] == event_id), None)

    return await until(look, 20, "the message")


async def test_it_refuses_a_device_that_its_owner_has_not_signed(synapse_server: SynapseServer) -> None:
    names = ("peer.signed", "peer.unsigned")
    for name in names:
        async with synapse_server.person(name):
            pass  # makes the account
    signed_id, unsigned_id = map(str, map(synapse_server.user, names))
    async with open_peer() as signed, open_peer() as unsigned:
        await signed.login(synapse_server.url, signed_id, PASSWORD)
        await unsigned.login(synapse_server.url, unsigned_id, PASSWORD, sign=False, strict=False)
        body = {"preset": "private_chat", "invite": [signed_id], "initial_state": [ENCRYPTED]}
        room_id = await unsigned.call("createRoom", body=body)
        await signed.call("join", roomId=room_id)

        async def both() -> bool:
            return len(await unsigned.call("members", roomId=room_id)) == 2

        await until(both, 20, "both to be in the room")
        event_id = await unsigned.ask(room_id, "from an unsigned device")
        bad = await said(signed, room_id, event_id)
        assert bad["failure"] == "UNSIGNED_SENDER_DEVICE"
        await unsigned.call("sign")
        event_id = await unsigned.ask(room_id, "from a signed device")
        good = await said(signed, room_id, event_id)
        assert (good["failure"], good["shieldColour"]) == (None, 0)
        assert good["content"]["body"] == "from a signed device"
