"""The bot's recovery key, on a real homeserver: the disk is lost, and with the key alone the bot is itself again.

An independent client (matrix-js-sdk, signed devices only) sees no change of identity, reads our secret storage and our
backup with the same key, and is the one who had said what is read again.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from bots.encryption.key_backup.making import renew_identity
from bots.encryption.key_backup.restoring import HowFar
from bots.encryption.key_backup.server_secrets import BACKUP_SECRET, SEED_SECRETS
from bots.encryption.short_session import short_session
from bots.errors import NothingStored, RecoveryKeyWrong
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId
from matrix.key_backup_api import KeyBackupApi
from tests.lib.bot import running_bot
from tests.lib.commands import on_a_terminal
from tests.lib.hurry import HURRIED
from tests.lib.peer_client import direct_message, open_peer, until
from tests.lib.recovering import (
    empty_disk,
    made,
    person,
    read_again,
    recovered,
    room_with,
    says_without_a_shield,
    shield_of,
    uploads_of,
)
from tests.lib.running import EXAMPLE, example_up
from tests.lib.synapse_server import SynapseServer, running_synapse

BOT, ERIC = "@palabre:palabre.localhost", "@eric.habimana:palabre.localhost"
pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


async def test_with_the_recovery_key_alone_it_is_itself_again_and_reads_what_was_said(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with person(server) as peer:
        async with running_bot(server.url, server.data) as bot:
            room_id, device_id = await room_with(peer, bot), bot.client.device_id
            key = await made(server, server.data)
            hers = await peer.ask(room_id, "said before the loss")
            await bot.hears(room_id, "said before the loss")
            its = await bot.say(room_id, "answered before the loss")
            assert await shield_of(peer, room_id, its) == (None, 0)
            uploads = uploads_of(bot, server.data)
            await uploads.look()
            assert (uploads.foreign, uploads.waiting) == (None, False)
            # What has come meanwhile is put there too.
            await peer.call("discardSession", roomId=room_id)
            late = await peer.ask(room_id, "said a little later")

            async def put_there() -> bool:
                await uploads.look()
                async with HomeserverClient(server.url) as http, short_session(http, server.data):
                    there = await KeyBackupApi(http).version()
                return there is not None and there["count"] == 3

            await until(put_there, 20, "three sessions in the backup")

        data = empty_disk(server, tmp_path / "new")
        shown: list[HowFar] = []
        found = await recovered(server, data, key, said=shown.append)
        assert (found.sessions, found.refused) == (3, 0)
        assert shown == [HowFar(0, 1, 3), HowFar(1, 1, 3)]
        assert found.device_id != device_id
        async with running_bot(server.url, data) as bot:
            assert bot.client.device_id == found.device_id
            for event_id, body in (
                (hers, "said before the loss"),
                (its, "answered before the loss"),
                (late, "said a little later"),
            ):
                assert await read_again(bot, room_id, event_id) == body
            after = await bot.say(room_id, "after the loss")
            assert await shield_of(peer, room_id, after) == (None, 0)
            identity = await peer.call("identity", userId=bot.client.user_id)
            assert identity == {"known": True, "needsUserApproval": False}
            await peer.ask(room_id, "heard?")
            await bot.hears(room_id, "heard?")
            # The same key once more: nothing is lost by it. And the backup is kept up from here.
            uploads = uploads_of(bot, data)
            await uploads.look()
            assert (uploads.foreign, uploads.waiting) == (None, False)
        # The disk is lost again; the former device is signed out by then, as provisioning does it with a new password.
        async with server.provisioner() as http:
            path = f"/_synapse/admin/v2/users/{bot.client.user_id}/devices/{found.device_id}"
            await http.send(Call("DELETE", path, "devices"))
        third = empty_disk(server, tmp_path / "third")
        again = await recovered(server, third, f"  {key.replace(' ', '')}\n")
        assert (again.sessions, again.refused) == (4, 0)
        assert (await recovered(server, third, key)).device_id == again.device_id
        async with running_bot(server.url, third) as bot:
            assert await read_again(bot, room_id, its) == "answered before the loss"
            assert await read_again(bot, room_id, after) == "after the loss"
            await says_without_a_shield(bot, peer, room_id)


async def test_an_independent_client_opens_what_we_have_stored_with_the_same_key(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with person(server) as peer, running_bot(server.url, server.data) as bot:
        room_id = await room_with(peer, bot)
        key = await made(server, server.data)
        its = await bot.say(room_id, "for another client of the same account")
        await uploads_of(bot, server.data).look()
        kept = json.loads(server.data.secret("bot.json").read_text())
        async with open_peer() as same:
            await same.login(server.url, kept["user_id"], kept["password"], sign=False)
            restored = await same.call("restore", key=key)
            assert restored["imported"] == restored["total"] > 0
            flags = {name: restored[name] for name in ("trusted", "matches", "identity", "signed")}
            assert flags == {"trusted": True, "matches": True, "identity": True, "signed": True}

            async def reads() -> bool:
                messages = {m["eventId"]: m for m in await same.call("backfill", roomId=room_id)}
                return its in messages and messages[its]["failure"] is None

            await until(reads, 20, "the other client to read what the bot had said")


async def test_with_a_new_identity_the_former_recovery_key_opens_nothing(tmp_path: Path) -> None:
    with running_synapse(tmp_path / "synapse") as server:
        async with person(server) as peer:
            async with running_bot(server.url, server.data) as bot:
                room_id = await room_with(peer, bot)
                await bot.say(room_id, "under the former identity")
                former = await made(server, server.data)
                await uploads_of(bot, server.data).look()
            async with HomeserverClient(server.url) as http:
                await renew_identity(http, server.data)
            with pytest.raises(NothingStored):
                await recovered(server, empty_disk(server, tmp_path / "one"), former)
            async with HomeserverClient(server.url) as http, short_session(http, server.data) as session:
                assert await KeyBackupApi(http).version() is None
                for name in (*SEED_SECRETS, BACKUP_SECRET):
                    assert not await session.client.account_data(session.user_id, name)
            key = await made(server, server.data)
            async with running_bot(server.url, server.data) as bot:
                after = await bot.say(room_id, "under the new one")
                await uploads_of(bot, server.data).look()
            with pytest.raises(RecoveryKeyWrong):
                await recovered(server, empty_disk(server, tmp_path / "two"), former)
            data = empty_disk(server, tmp_path / "three")
            assert (await recovered(server, data, key)).refused == 0
            async with running_bot(server.url, data) as bot:
                assert await read_again(bot, room_id, after) == "under the new one"


async def test_at_the_terminal_the_key_is_shown_once_and_typed_unseen(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with running_bot(server.url, server.data):
        pass
    places = ("--config", EXAMPLE, "--data", server.data.root)
    code, seen = await on_a_terminal("bot", "recovery-key", *places, "--yes")
    assert code == 0, seen
    (key,) = re.findall(r"^ {4}(Es\w\w(?: \w{4}){11})\s*$", seen, re.MULTILINE)
    assert "shown this once" in seen
    # Nobody says yes: it stays the one that opens.
    code, seen = await on_a_terminal("bot", "recovery-key", *places, typed="n\n")
    assert (code, "There is a recovery key already" in seen) == (1, True)
    data = empty_disk(server, tmp_path / "new")
    shutil.copy(server.data.embedded_url, data.embedded_url)
    new = ("--config", EXAMPLE, "--data", data.root)
    code, seen = await on_a_terminal("bot", "recover", *new, typed="", hidden=[key])
    assert code == 0, seen
    assert "under the identity that people know" in seen
    assert key not in seen
    # The key in a file, and the one of before is said to be worthless.
    code, seen = await on_a_terminal("bot", "recovery-key", *new, "--to", tmp_path / "key", typed="y\n")
    assert code == 0, seen
    other = (tmp_path / "key").read_text().strip()
    assert other != key
    assert other not in seen
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    code, seen = await on_a_terminal("bot", "recover", *new, typed="", hidden=[key])
    assert (code, "This recovery key does not open" in seen) == (1, True), seen
    code, seen = await on_a_terminal("bot", "recover", *new, "--key-file", tmp_path / "key")
    assert code == 0, seen
    written = [path.read_bytes() for path in data.root.rglob("*") if path.is_file()]
    assert not any(each.encode() in content for content in written for each in (key, other))


async def test_the_bot_that_runs_puts_its_keys_there_by_itself(tmp_path: Path) -> None:
    async with example_up(tmp_path, environment=HURRIED) as running, open_peer() as peer:
        options = ("--config", running.config, "--data", running.data)
        await peer.login(running.url, ERIC, running.password(ERIC))
        room_id = RoomId(await direct_message(peer, BOT))
        await peer.reply_to(room_id, await peer.ask(room_id, "help"))
        code, seen = await on_a_terminal("bot", "recovery-key", *options)
        assert code == 0, seen
        async with HomeserverClient(running.url) as http:
            kept = json.loads((running.data / "secrets" / "bot.json").read_text())
            http.use_token(kept["access_token"])
            api = KeyBackupApi(http)

            async def both_there() -> bool:
                version = await api.version()
                there = {} if version is None else await api.sessions(version["version"], room_id)
                return len(there) == 2

            await until(both_there, 60, "the sessions of both in the backup")
        assert "key_backup_foreign" not in running.log("bots")
