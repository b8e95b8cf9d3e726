"""The bot's device as an independent client sees it: matrix-js-sdk with rust crypto, signed devices only."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from bots.encryption import EncryptedClient, generation, open_device
from bots.encryption.cross_signing import Identity, SigningKey
from bots.encryption.seeds import KEY, RECOVERY, SEALED
from bots.errors import DeviceElsewhere, ForeignIdentity, NotEncrypted
from community.core.errors import DataFolderError
from community.description.data_folder import DataFolder, write_private
from matrix.client_api import ClientApi
from matrix.errors import UnknownToken
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken, RoomId
from tests.lib.bot import Bot
from tests.lib.bot import running_bot as bot_of
from tests.lib.peer_client import Message, Peer, PeerError, open_peer, until
from tests.lib.running import EXAMPLE, palabre
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}


def running_bot(server: SynapseServer) -> AbstractAsyncContextManager[Bot]:
    return bot_of(server.url, server.data)


@asynccontextmanager
async def person(server: SynapseServer, *, sign: bool = True) -> AsyncIterator[Peer]:
    name = f"awa-{uuid.uuid4().hex[:8]}"
    async with server.person(name), open_peer() as peer:
        await peer.login(server.url, server.user(name), PASSWORD, sign=sign)
        yield peer


async def room_with(peer: Peer, bot: Bot, *state: dict[str, Any]) -> RoomId:
    initial = [{"type": "m.room.encryption", "state_key": "", "content": MEGOLM}, *state]
    body = {"preset": "trusted_private_chat", "invite": [bot.client.user_id], "initial_state": initial}
    room_id = RoomId(await peer.call("createRoom", body=body))
    await bot.enters(room_id)

    async def both() -> bool:
        return bot.client.user_id in await peer.call("members", roomId=room_id)

    await until(both, 20, "the peer to see the bot")
    return room_id


async def after_some_talk(peer: Peer, bot: Bot) -> tuple[RoomId, str]:
    room_id = await room_with(peer, bot)
    await peer.ask(room_id, "before")
    await bot.hears(room_id, "before")
    return room_id, bot.client.device_id


async def seen(peer: Peer, room_id: RoomId, event_id: str) -> Message:
    async def look() -> Message | None:
        return next((m for m in await peer.messages(room_id) if m["eventId"] == event_id), None)

    found: Message = await until(look, 20, "the bot's message")
    return found


@dataclass(frozen=True)
class View:
    """What a person sees of a message and of who is said to have sent it, in the peer's own terms."""

    failure: str | None = None
    shield_colour: int | None = 0
    shield_reason: int | None = None
    needs_user_approval: bool = False


NO_WARNING = View()


async def view(peer: Peer, room_id: RoomId, event_id: str, sender: str) -> View:
    """Return how the peer sees a message now."""
    message = await seen(peer, room_id, event_id)
    identity = await peer.call("identity", userId=sender)
    assert identity["known"]
    return View(
        message["failure"], message["shieldColour"], message["shieldReason"], identity["needsUserApproval"]
    )


async def says_without_a_warning(bot: Bot, peer: Peer, room_id: RoomId, body: str) -> str:
    """Let the bot say something: the peer reads it, shows no shield, and has no doubt who the bot is."""
    event_id = await bot.say(room_id, body)
    assert (await seen(peer, room_id, event_id))["content"]["body"] == body
    assert await view(peer, room_id, event_id, bot.client.user_id) == NO_WARNING
    return event_id


async def test_from_its_first_message_on_it_is_read_without_a_shield_and_reads(
    synapse_server: SynapseServer,
) -> None:
    async with running_bot(synapse_server) as bot, person(synapse_server) as peer:
        room_id = await room_with(peer, bot)
        await says_without_a_warning(bot, peer, room_id, "bonjour")
        await peer.ask(room_id, "salut")
        await bot.hears(room_id, "salut")


async def test_restarted_it_is_the_same_device_and_hears_once_what_was_said_meanwhile(
    synapse_server: SynapseServer,
) -> None:
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id, device_id = await after_some_talk(peer, bot)
            before = await says_without_a_warning(bot, peer, room_id, "before")
        # More than a sync's timeline holds: the gap is read too.
        while_away = [f"while away {number}" for number in range(70)]
        for body in while_away:
            await peer.ask(room_id, body)
        async with running_bot(synapse_server) as bot:
            assert bot.client.device_id == device_id
            await bot.hears(room_id, *while_away)
            await says_without_a_warning(bot, peer, room_id, "back")
            assert await view(peer, room_id, before, bot.client.user_id) == NO_WARNING
        async with running_bot(synapse_server) as bot:
            assert bot.heard_in(room_id) == []


async def test_what_was_not_dealt_with_before_the_end_is_given_again_and_no_more(
    synapse_server: SynapseServer,
) -> None:
    """A process killed again and again gets further each time, with messages and with invitations."""
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id = await room_with(peer, bot)
        for text in ("first", "second", "third"):
            await peer.ask(room_id, text)
        body = {"preset": "trusted_private_chat", "invite": [bot.client.user_id], "is_direct": True}
        invited_to = await peer.call("createRoom", body=body)
        given: list[tuple[str, ...]] = []
        for dealt_with in (1, 1, 0):
            async with HomeserverClient(synapse_server.url) as http:
                device = await open_device(http, synapse_server.data)
                client = EncryptedClient(ClientApi(http), device)
                # The loop is left as a killed process leaves it: nothing is confirmed.
                batch = await anext(client.batches(asyncio.Event()))
                messages = [message for message in batch.messages if message.room_id == room_id]
                given.append(tuple(message.content["body"] for message in messages))
                assert invited_to in [invitation.room_id for invitation in batch.invitations]
                for message in messages[:dealt_with]:
                    await client.done(message)
                if not dealt_with:
                    await client.confirm(batch)
                await device.close()
        assert given == [("first", "second", "third"), ("second", "third"), ("third",)]
        async with running_bot(synapse_server) as bot:
            assert bot.heard_in(room_id) == []


async def test_its_store_lost_it_is_a_new_device_under_the_same_identity(
    synapse_server: SynapseServer,
) -> None:
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id, device_id = await after_some_talk(peer, bot)
            before = await says_without_a_warning(bot, peer, room_id, "before")
        for path in synapse_server.data.bot_crypto.iterdir():
            path.unlink()
        async with running_bot(synapse_server) as bot:
            assert bot.client.device_id != device_id
            await says_without_a_warning(bot, peer, room_id, "recovered")
            assert await view(peer, room_id, before, bot.client.user_id) == NO_WARNING
            await peer.ask(room_id, "after")
            await bot.hears(room_id, "after")


async def test_its_store_and_its_device_lost_it_is_a_new_device_under_the_same_identity(
    synapse_server: SynapseServer,
) -> None:
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id, device_id = await after_some_talk(peer, bot)
            before = await says_without_a_warning(bot, peer, room_id, "before")
        async with HomeserverClient(synapse_server.url) as http:
            secret = json.loads(synapse_server.data.secret("bot.json").read_text())
            http.use_token(AccessToken(secret["access_token"]))
            await ClientApi(http).logout()
        for path in synapse_server.data.bot_crypto.iterdir():
            path.unlink()
        async with running_bot(synapse_server) as bot:
            assert bot.client.device_id != device_id
            await says_without_a_warning(bot, peer, room_id, "recovered")
            assert await view(peer, room_id, before, bot.client.user_id) == NO_WARNING
            await peer.ask(room_id, "after")
            await bot.hears(room_id, "after")


async def test_a_second_process_on_its_store_is_refused_and_the_first_goes_on(
    synapse_server: SynapseServer,
) -> None:
    async with running_bot(synapse_server) as bot, person(synapse_server) as peer:
        room_id = await room_with(peer, bot)
        async with HomeserverClient(synapse_server.url) as http:
            with pytest.raises(DataFolderError, match="in use"):
                await open_device(http, synapse_server.data)
        code, _, error = await palabre(
            "bots", "--config", str(EXAMPLE), "--data", str(synapse_server.data.root)
        )
        assert code == 1
        assert "is in use by process" in error
        assert "Traceback" not in error
        await says_without_a_warning(bot, peer, room_id, "still the one")
        await peer.ask(room_id, "still?")
        await bot.hears(room_id, "still?")


async def test_its_keys_replaced_by_somebody_else_it_stops_and_people_are_warned(tmp_path: Path) -> None:
    """Whoever has the account's password can do so; then nothing said under its name is to be trusted."""
    with running_synapse(tmp_path) as server:
        await _replaced_it_stops(server)


async def _replaced_it_stops(server: SynapseServer) -> None:
    async with person(server) as peer:
        async with running_bot(server) as bot:
            room_id = await room_with(peer, bot)
            before = await says_without_a_warning(bot, peer, room_id, "it is me")
            with pytest.raises(ForeignIdentity) as caught:  # noqa: PT012 - it is the bot's task that ends
                await replace_identity(server, bot)
                await asyncio.wait_for(bot.listening, 30)
            bot.ended = True
        assert "change the account's password" in str(caught.value.remedy)

        async def warned() -> bool:
            identity = await peer.call("identity", userId=bot.client.user_id)
            return bool(identity["needsUserApproval"])

        await until(warned, 20, "the peer to see that the identity has changed")
        # What was said before was said by the bot; of whoever speaks from now on the client warns.
        assert await view(peer, room_id, before, bot.client.user_id) == View(needs_user_approval=True)
        async with HomeserverClient(server.url) as http:
            with pytest.raises(ForeignIdentity):
                await open_device(http, server.data)

        command = ("renew-identity", "--config", str(EXAMPLE), "--data", str(server.data.root))
        stolen = (server.data.identity / RECOVERY).read_bytes()
        code, _, error = await palabre(*command)
        assert (code, error.startswith("Nothing was changed")) == (1, True)
        assert (server.data.identity / RECOVERY).read_bytes() == stolen
        # The provisioner's folder in containers has the bot's password too, and is not the bot's.
        others = DataFolder(server.data.root.with_name("others"))
        others.prepare()
        shutil.copy(server.data.secret("bot.json"), others.secret("bot.json"))
        shutil.copy(server.data.embedded_url, others.embedded_url)
        elsewhere = (*command[:-1], str(others.root), "--yes")
        code, _, error = await palabre(*elsewhere)
        assert (code, "has neither the bot's identity nor its keys" in error) == (1, True), error
        assert await palabre(*command, "--yes") == (0, ANY, "")
        assert (server.data.identity / RECOVERY).read_bytes() != stolen
        async with running_bot(server) as bot:
            code, _, error = await palabre(*command, "--yes")
            assert (code, "in use by process" in error) == (1, True)
            async with person(server) as newcomer:
                await says_without_a_warning(bot, newcomer, await room_with(newcomer, bot), "it is me again")
            # Whoever knew the former one reads it, and is asked to approve the change.
            event_id = await bot.say(room_id, "ask the others whether it is me")
            assert await view(peer, room_id, event_id, bot.client.user_id) == View(needs_user_approval=True)


async def replace_identity(server: SynapseServer, bot: Bot) -> None:
    """Replace the account's cross-signing keys as somebody who knows its password."""
    await upload_identity(
        server, Identity(bot.client.user_id, *(SigningKey(bytes([i]) * 32) for i in range(3)))
    )


async def upload_identity(server: SynapseServer, identity: Identity) -> None:
    secret = json.loads(server.data.secret("bot.json").read_text())
    async with HomeserverClient(server.url) as http:
        session = await ClientApi(http).login(secret["user_id"], secret["password"], device_name="stolen")
        http.use_token(session.access_token)
        await ClientApi(http).upload_cross_signing_keys(
            identity.upload_body(), user_id=secret["user_id"], password=secret["password"]
        )
        await ClientApi(http).logout()


async def test_a_device_gets_keys_only_once_its_owner_has_signed_it(synapse_server: SynapseServer) -> None:
    async with running_bot(synapse_server) as bot, person(synapse_server, sign=False) as peer:
        room_id = await room_with(peer, bot)
        event_id = await bot.say(room_id, "for signed devices")
        # It is told why it cannot read, and has no doubt of the bot.
        assert await view(peer, room_id, event_id, bot.client.user_id) == View(
            "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE", shield_colour=None
        )
        assert bot.client.counts["devices_unsigned"] >= 1

        # The health is that of the last sync, which may have begun before.
        async def is_named() -> bool:
            return peer.user_id in bot.client.health().without_signed_device

        await until(is_named, 20, "who cannot read to be named")
        with pytest.raises(PeerError, match="cross-signing is not set up"):
            await peer.ask(room_id, "nor can it write")
        await peer.call("sign")
        await _said_readably(bot, peer, room_id)
        await says_without_a_warning(bot, peer, room_id, "signed now")
        await peer.ask(room_id, "signed")
        await bot.hears(room_id, "signed")


async def _said_readably(bot: Bot, peer: Peer, room_id: RoomId) -> None:
    """Say it again until the bot has learnt that the device is signed."""

    async def look() -> bool:
        message = await seen(peer, room_id, await bot.say(room_id, "now"))
        return bool(message["failure"] is None)

    await until(look, 20, "the device to get keys")


async def test_with_foreign_keys_on_the_server_it_stops_with_one_sentence(
    synapse_server: SynapseServer,
) -> None:
    async with running_bot(synapse_server):
        pass
    sealed, recovery = (synapse_server.data.identity / name for name in (SEALED, RECOVERY))
    kept = {path: path.read_bytes() for path in (sealed, recovery)}
    seeds: dict[str, Any] = json.loads(kept[recovery])
    sealed.unlink()
    write_private(recovery, json.dumps({**seeds, "self_signing": seeds["master"]}).encode())
    try:
        async with HomeserverClient(synapse_server.url) as http:
            with pytest.raises(ForeignIdentity) as caught:
                await open_device(http, synapse_server.data)
    finally:
        for path, content in kept.items():
            write_private(path, content)
    assert seeds["master"] not in str(caught.value)


async def test_with_a_store_put_back_from_a_copy_it_is_the_same_device_with_new_keys(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    folder = synapse_server.data.bot_crypto
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id, device_id = await after_some_talk(peer, bot)
            await bot.say(room_id, "one")
        shutil.copytree(folder, tmp_path / "copy")
        async with running_bot(synapse_server) as bot:
            assert bot.client.device_id == device_id
            await says_without_a_warning(bot, peer, room_id, "two")
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "copy", folder)
        async with running_bot(synapse_server) as bot:
            assert bot.client.device_id == device_id
            await says_without_a_warning(bot, peer, room_id, "three")
            assert bot.client.counts["store_put_back"] == 1
            assert bot.client.counts["one_time_keys_replaced"] > 0


async def test_a_store_that_is_damaged_within_leads_to_a_new_device_under_the_same_identity(
    synapse_server: SynapseServer,
) -> None:
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id, device_id = await after_some_talk(peer, bot)
        path = synapse_server.data.bot_crypto / f"{device_id}.sqlite"
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("UPDATE device SET account = x'6e6f'")
        connection.close()
        async with running_bot(synapse_server) as bot:
            assert bot.client.device_id != device_id
            await says_without_a_warning(bot, peer, room_id, "recovered")
        assert path.with_name(f"{path.name}.aside").exists()


async def test_a_copy_of_its_device_that_runs_elsewhere_is_noticed(
    synapse_server: SynapseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_bot(synapse_server) as bot:
        copied = DataFolder(tmp_path / "copy")
        shutil.copytree(synapse_server.data.root, copied.root)
        monkeypatch.setattr(generation, "EVERY", timedelta())
        async with bot_of(synapse_server.url, copied):
            # What comes by a sync ends the bot's wait for one; it looks then.
            async with synapse_server.provisioner() as http:
                await ClientApi(http).create_room({"invite": [bot.client.user_id]})
            with pytest.raises(DeviceElsewhere):
                await asyncio.wait_for(bot.listening, 40)
            bot.ended = True


async def test_while_it_runs_it_looks_whether_it_is_still_itself(
    synapse_server: SynapseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_bot(synapse_server) as bot, person(synapse_server) as peer:
        room_id = await room_with(peer, bot)
        before = bot.client.health().verified_at
        monkeypatch.setattr(generation, "EVERY", timedelta())

        async def looked() -> bool:
            await peer.ask(room_id, "anybody there?")
            now = bot.client.health().verified_at
            return before is not None and now is not None and now > before

        await until(looked, 20, "the bot to look at itself")
        await says_without_a_warning(bot, peer, room_id, "yes")


async def test_the_sealed_seeds_lost_the_recovery_file_makes_it_the_same_again(
    synapse_server: SynapseServer,
) -> None:
    async with person(synapse_server) as peer:
        async with running_bot(synapse_server) as bot:
            room_id = await room_with(peer, bot)
            await says_without_a_warning(bot, peer, room_id, "before")
        (synapse_server.data.identity / SEALED).unlink()
        synapse_server.data.secret(KEY).unlink()
        async with running_bot(synapse_server) as bot:
            await says_without_a_warning(bot, peer, room_id, "after")
        assert (synapse_server.data.identity / SEALED).exists()


async def test_with_all_seeds_lost_nothing_is_drawn_over_the_identity_on_the_server(
    synapse_server: SynapseServer,
) -> None:
    async with running_bot(synapse_server):
        pass
    kept = {path: path.read_bytes() for path in synapse_server.data.identity.iterdir()}
    for path in kept:
        path.unlink()
    try:
        async with HomeserverClient(synapse_server.url) as http:
            with pytest.raises(ForeignIdentity):
                await open_device(http, synapse_server.data)
        assert list(synapse_server.data.identity.iterdir()) == []
    finally:
        for path, content in kept.items():
            write_private(path, content)


async def test_to_a_room_without_encryption_nothing_is_said(synapse_server: SynapseServer) -> None:
    async with running_bot(synapse_server) as bot, synapse_server.person("clear") as http:
        # The homeserver encrypts whatever is made on it, but for a room that names an algorithm of its own.
        clear = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "none"}}
        body = {"preset": "public_chat", "invite": [bot.client.user_id], "initial_state": [clear]}
        room_id = await ClientApi(http).create_room(body)
        await bot.api.join(room_id)

        async def known() -> bool:
            return room_id in bot.client.rooms

        await until(known, 20, "the room")
        with pytest.raises(NotEncrypted):
            await bot.say(room_id, "secret")


async def test_its_session_ended_by_somebody_else_it_stops_and_comes_back_as_a_new_device(
    synapse_server: SynapseServer,
) -> None:
    async with HomeserverClient(synapse_server.url) as http:
        before = await open_device(http, synapse_server.data)
        client = EncryptedClient(ClientApi(http), before)
        await http.send(Call("POST", "/_matrix/client/v3/logout", "logout"))
        with pytest.raises(UnknownToken):
            async for _ in client.batches(asyncio.Event()):
                pass
        await before.close()
    async with person(synapse_server) as peer, running_bot(synapse_server) as bot:
        assert bot.client.device_id != before.device_id
        room_id = await room_with(peer, bot)
        await says_without_a_warning(bot, peer, room_id, "here again")


async def test_what_happened_in_a_room_while_it_was_out_is_known_when_it_is_back(
    synapse_server: SynapseServer,
) -> None:
    """Who has come and gone meanwhile is not in what it may read afterwards; nobody gets keys for having been there."""
    async with person(synapse_server) as peer, synapse_server.person(f"guest-{uuid.uuid4().hex[:8]}") as http:
        guest = ClientApi(http)
        guest_id = await guest.whoami()
        async with running_bot(synapse_server) as bot:
            joined = {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": "joined"},
            }
            room_id = await room_with(peer, bot, joined)
            await bot.say(room_id, "before")
            api_token = json.loads(synapse_server.data.secret("bot.json").read_text())["access_token"]
        user = f"/_matrix/client/v3/rooms/{room_id}"
        invite = {"user_id": guest_id}
        assert (await peer.request("POST", f"{user}/invite", invite))[0] == 200
        await guest.join(room_id)
        async with HomeserverClient(synapse_server.url, AccessToken(api_token)) as own:
            await ClientApi(own).leave(room_id)
            await guest.leave(room_id)
            assert (await peer.request("POST", f"{user}/invite", {"user_id": bot.client.user_id}))[0] == 200
            await ClientApi(own).join(room_id)
        for number in range(60):
            await peer.ask(room_id, f"while you were away {number}")
        async with running_bot(synapse_server) as bot:
            assert guest_id not in bot.client.rooms[room_id].members
            await says_without_a_warning(bot, peer, room_id, "back")
