"""What somebody wrote is deleted on a real Synapse: where they are, where they were, where the provisioner is not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.erasure_api import ErasureApi
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, UserId
from provisioning.erasures import TakenBack
from provisioning.snapshot import AccountClosure
from provisioning.synapse_erasures import SynapseErasures
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


async def room(client: ClientApi, *users: UserId, **body: Any) -> RoomId:
    """Make a room with people in it who were put there."""
    levels = {"invite": 50, "redact": 50, "events_default": 0}
    made = {"preset": "private_chat", "power_level_content_override": levels, **body}
    room_id = await client.create_room(made)
    for user in users:
        await AdminApi(client.http).join(room_id, user)
    return room_id


async def says(http: HomeserverClient, room_id: RoomId, text: str) -> str:
    """Say something and react to it; return the event's id."""
    client = ClientApi(http)
    event_id = await client.send_event(
        room_id, "m.room.message", {"msgtype": "m.text", "body": text}, uuid4().hex
    )
    await client.send_reaction(room_id, event_id, "+")
    return event_id


async def taken_back(erasures: SynapseErasures, user: UserId) -> TakenBack:
    for _ in range(200):
        found = await erasures.take_back(user)
        if found is not None:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError("it is still under way")


async def left_of(http: HomeserverClient, room_id: RoomId, user: UserId) -> list[Mapping[str, Any]]:
    """Return the contents that a room still has of somebody."""
    api = ErasureApi(http)
    theirs = [event async for event in api.events(room_id, {"senders": [user]})]
    about = [e async for e in api.events(room_id, {"types": ["m.room.member"]}) if e["state_key"] == user]
    return [
        event["content"]
        for event in (*theirs, *about)
        if event["type"] != "m.room.redaction" and set(event["content"]) - {"membership"}
    ]


async def test_all_that_they_wrote_is_gone_and_what_could_not_be_is_counted(
    synapse_server: SynapseServer,
) -> None:
    async with synapse_server.provisioner() as http, synapse_server.person(f"awa{uuid4().hex[:6]}") as awa:
        client, user = ClientApi(http), await ClientApi(awa).whoami()
        other = synapse_server.user(f"bo{uuid4().hex[:6]}")
        await AdminApi(http).create_account(other, "a-long-enough-password", "Bo")
        here, before, safe = [await room(client, user, other) for _ in range(3)]
        mine = await ClientApi(awa).create_room({"preset": "private_chat", "invite": [other]})
        for room_id in (here, before, safe, mine):
            await says(awa, room_id, "words")
        await client.kick(before, user)
        await client.leave(safe)
        await ClientApi(awa).leave(mine)
        erasures = SynapseErasures(http)
        # The reaction in the room that was hers, and is nobody's whom we could ask.
        assert await taken_back(erasures, user) == TakenBack(4, 1)
        for room_id in (here, before):
            assert await left_of(http, room_id, user) == []
        # Of a room that the provisioner has left the name in its own invitation, until the account is erased.
        (invitation,) = await left_of(http, safe, user)
        assert invitation["membership"] == "invite"
        assert await taken_back(erasures, user) == TakenBack(4, 1)
        await erasures.erase_account(user, AccountClosure.DEACTIVATE)
        assert await left_of(http, safe, user) == []
        assert await taken_back(erasures, user) == TakenBack(4, 1)
        account = await AdminApi(http).find_account(user)
        assert account is not None
        assert (account.deactivated, account.display_name) == (True, None)


async def test_files_and_labels_are_gone(synapse_server: SynapseServer) -> None:
    async with synapse_server.provisioner() as http, synapse_server.person(f"cy{uuid4().hex[:6]}") as cy:
        user = await ClientApi(cy).whoami()
        room_id = await room(ClientApi(http), user)
        url = await ClientApi(cy).upload_media(b"a file of theirs")
        label = f"/_matrix/client/v3/user/{quote(user)}/rooms/{quote(room_id)}/tags/u.mine"
        await cy.send(Call("PUT", label, "rooms/tags", {"order": 0.5}))
        erasures = SynapseErasures(http)
        for _ in range(2):
            await erasures.delete_media(user)
        await erasures.erase_account(user, AccountClosure.DEACTIVATE)
        await erasures.erase_account(user, AccountClosure.DEACTIVATE)
    folder = synapse_server.data.synapse / "media"
    media_id = url.rpartition("/")[2]
    assert not [path for path in folder.rglob("*") if media_id in "".join(path.parts[-3:])]


async def test_an_account_that_is_only_locked_loses_its_name_and_its_devices(
    synapse_server: SynapseServer,
) -> None:
    async with synapse_server.provisioner() as http, synapse_server.person(f"dee{uuid4().hex[:6]}") as dee:
        user = await ClientApi(dee).whoami()
        await SynapseErasures(http).erase_account(user, AccountClosure.LOCK)
        account = await AdminApi(http).find_account(user)
        assert account is not None
        assert (account.locked, account.deactivated, account.display_name or "") == (True, False, "")
        assert await AdminApi(http).devices(user) == ()
