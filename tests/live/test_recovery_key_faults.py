"""A recovery key that is wrong, a homeserver that lies, a process that is killed: one sentence, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.encryption import KeyUploads
from bots.encryption.identity import public_keys
from bots.encryption.key_backup.kept_writers import FILE, LOCK
from bots.encryption.key_backup.making import make_recovery_key, renew_identity
from bots.encryption.key_backup.recovery_key import read, written
from bots.encryption.key_backup.restoring import recover
from bots.encryption.key_backup.secret_storage import SecretStorageKey
from bots.encryption.key_backup.server_secrets import BACKUP_SECRET, SEED_SECRETS, ServerSecrets
from bots.encryption.short_session import short_session
from bots.errors import (
    BotError,
    NothingStored,
    OtherBackup,
    RecoveryKeyMistyped,
    RecoveryKeyWrong,
    SecretUnreadable,
)
from community.description.data_folder import DataFolder
from matrix.http import Call, HomeserverClient, Json
from matrix.key_backup_api import KeyBackupApi
from tests.lib.bot import running_bot
from tests.lib.peer_client import until
from tests.lib.recovering import (
    empty_disk,
    made,
    person,
    read_again,
    recovered,
    room_with,
    says_without_a_shield,
    uploads_of,
)
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


class Ending(HomeserverClient):
    """A client whose process is killed when it sends a request too many; what was sent before has arrived."""

    def __init__(self, url: str, requests: int) -> None:
        super().__init__(url)
        self.left = requests

    async def send(self, call: Call) -> Json:
        if self.left == 0:
            raise _Killed
        self.left -= 1
        return await super().send(call)


class _Killed(BaseException):
    """The process has ended."""


async def test_broken_off_anywhere_the_former_key_or_a_new_one_opens_everything(
    server: SynapseServer, tmp_path: Path
) -> None:
    """Whenever a command is killed the disk is there: another command makes a key that works."""
    async with person(server) as peer:
        async with running_bot(server.url, server.data) as bot:
            room_id = await room_with(peer, bot)
            its = await bot.say(room_id, "kept by every key")
            requests, whole, former = 0, False, await made(server, server.data)
            while not whole:
                requests += 1
                with suppress(_Killed):
                    async with Ending(server.url, requests) as ending:
                        key = await make_recovery_key(ending, server.data)
                    whole = True
                if whole:
                    break
                # The former key still opens the identity, unless the new one has taken its place.
                async with HomeserverClient(server.url) as http, short_session(http, server.data) as session:
                    secrets = ServerSecrets(session.client, session.user_id)
                    try:
                        opened = await secrets.opened(SecretStorageKey(read(former)), SEED_SECRETS)
                        assert len(opened) == len(SEED_SECRETS)
                    except RecoveryKeyWrong:
                        former = await made(server, server.data)
            assert requests > 10
            await uploads_of(bot, server.data).look()
            with pytest.raises(RecoveryKeyWrong):
                await recovered(server, empty_disk(server, tmp_path / "former"), former)
        # A recovery that is killed is done again, by the same key, in the same folder.
        data, whole, requests = empty_disk(server, tmp_path / "new"), False, 0
        while not whole:
            requests += 3
            with suppress(_Killed):
                async with Ending(server.url, requests) as http:
                    await recover(http, data, key)
                whole = True
        async with running_bot(server.url, data) as bot:
            assert await read_again(bot, room_id, its) == "kept by every key"
            await says_without_a_shield(bot, peer, room_id)


async def left_on(server: SynapseServer) -> tuple[dict[str, str | None], bool]:
    """Return the published identity, and whether anything is there that a recovery key of before opens."""
    async with HomeserverClient(server.url) as http, short_session(http, server.data) as session:
        identity = public_keys(await session.client.query_keys([session.user_id]), session.user_id)
        account = [
            await session.client.account_data(session.user_id, n) for n in (*SEED_SECRETS, BACKUP_SECRET)
        ]
        return identity, any(account) or await KeyBackupApi(http).version() is not None


async def test_wherever_the_new_identity_is_nothing_of_before_can_be_opened(
    server: SynapseServer, tmp_path: Path
) -> None:
    """`renew-identity` is killed after each of its requests."""
    async with running_bot(server.url, server.data):
        pass
    requests, renewed, whole = 0, 0, False
    while not whole:
        requests += 1
        key = await made(server, server.data)
        before, is_there = await left_on(server)
        assert is_there
        with suppress(_Killed):
            async with Ending(server.url, requests) as ending:
                await renew_identity(ending, server.data)
            whole = True
        after, is_left = await left_on(server)
        renewed += after != before
        assert after == before or not is_left
    assert renewed > 1
    with pytest.raises(NothingStored):
        await recovered(server, empty_disk(server, tmp_path / "former"), key)
    # The bot is the new one.
    async with running_bot(server.url, server.data) as bot:
        assert bot.device.identity.public_keys == after


class Liar(HomeserverClient):
    """A homeserver that answers some questions with what suits it: ``lies`` by the end of a request's path."""

    def __init__(self, url: str, lies: dict[str, Callable[[Json], Json]]) -> None:
        super().__init__(url)
        self.lies = lies

    async def send(self, call: Call) -> Json:
        answer = await super().send(call)
        lie = next((lie for end, lie in self.lies.items() if call.path.endswith(end)), None)
        return answer if lie is None or call.method != "GET" else lie(answer)


def of_another(name: str) -> Callable[[Json], Json]:
    """Return the lie that puts a secret of the homeserver's own, sealed with a key of its own, in place of ours."""
    theirs = SecretStorageKey(b"t" * 32).sealed(name, "AAAA")
    return lambda answer: {"encrypted": dict.fromkeys(answer["encrypted"], theirs)}


def swapped(answer: Json) -> Json:
    """Return a version of the backup with the homeserver's own key, under the signature of the real one."""
    return {**answer, "auth_data": {**answer["auth_data"], "public_key": "A" * 43}}


LIES: dict[str, tuple[dict[str, Callable[[Json], Json]], type[BotError]]] = {
    "another backup": ({"room_keys/version": swapped}, OtherBackup),
    "no signature": (
        {"room_keys/version": lambda a: {**a, "auth_data": {"public_key": a["auth_data"]["public_key"]}}},
        OtherBackup,
    ),
    "another key in use": ({"default_key": lambda _answer: {"key": "of-another"}}, NothingStored),
    "no key in use": ({"default_key": lambda _answer: {}}, NothingStored),
    "another seed": ({SEED_SECRETS[0]: of_another(SEED_SECRETS[0])}, SecretUnreadable),
    "no seed": ({SEED_SECRETS[1]: lambda _answer: {}}, SecretUnreadable),
    "another backup's key": ({BACKUP_SECRET: of_another(BACKUP_SECRET)}, SecretUnreadable),
}


def contents(data: DataFolder) -> dict[str, bytes]:
    """Return all files of a data folder, without the locks, which say who had them last."""
    return {
        str(path.relative_to(data.root)): path.read_bytes()
        for path in data.root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


async def test_wrong_mistyped_or_lied_to_it_says_one_sentence_and_changes_nothing(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with running_bot(server.url, server.data):
        key = await made(server, server.data)
    data = empty_disk(server, tmp_path / "new")
    before = contents(data)
    last = "2" if key[-1] != "2" else "3"
    for wrong, error in (
        (key[:-1] + last, RecoveryKeyMistyped),
        (key[:-1], RecoveryKeyMistyped),
        ("", RecoveryKeyMistyped),
        (written(bytes(32)), RecoveryKeyWrong),
    ):
        with pytest.raises(error) as caught:
            await recovered(server, data, wrong)
        assert contents(data) == before
        assert "Nothing was changed" in str(caught.value)
        assert key not in str(caught.value)
    for what, (lies, lied) in LIES.items():
        async with Liar(server.url, lies) as http:
            with pytest.raises(lied) as caught:
                await recover(http, data, key)
        assert contents(data) == before, what
        assert "Nothing was changed" in str(caught.value), what
    # Without the backup the identity is there, whatever the homeserver says of the backup.
    async with Liar(server.url, {"room_keys/version": swapped}) as http:
        found = await recover(http, data, key, without_backup=True)
    assert (found.sessions, found.rooms) == (0, 0)
    assert not data.secret(FILE).exists()


async def test_a_backup_that_is_not_ours_gets_nothing_and_is_told_of(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with person(server) as peer, running_bot(server.url, server.data) as bot:
        room_id = await room_with(peer, bot)
        await made(server, server.data)
        await bot.say(room_id, "for nobody else")
        async with Liar(server.url, {"room_keys/version": swapped}) as liar:
            await sign_in_as(liar, server)
            lied_to = KeyUploads(KeyBackupApi(liar), bot.device, server.data, now=lambda: datetime.now(UTC))
            await lied_to.look()
            assert lied_to.foreign is not None
        uploads = uploads_of(bot, server.data)
        await uploads.look()
        assert uploads.foreign is None
        # Somebody with the account's password begins another version: 403 to us, and nothing goes into it.
        async with HomeserverClient(server.url) as http, short_session(http, server.data):
            theirs = await KeyBackupApi(http).create_version(
                "m.megolm_backup.v1.curve25519-aes-sha2", {"public_key": "A" * 43, "signatures": {}}
            )
            await peer.call("discardSession", roomId=room_id)
            await peer.ask(room_id, "after the other version")
            await bot.hears(room_id, "after the other version")

            async def noticed() -> bool:
                await uploads.look()
                return uploads.foreign == theirs

            await until(noticed, 20, "the other version to be noticed")
            there = await KeyBackupApi(http).version()
            assert there is not None
            assert (there["version"], there["count"]) == (theirs, 0)
        # A new recovery key makes it ours again, with everything.
        await made(server, server.data)
        await uploads.look()
        assert (uploads.foreign, uploads.waiting) == (None, False)


async def sign_in_as(http: HomeserverClient, server: SynapseServer) -> None:
    kept = json.loads(server.data.secret("bot.json").read_text())
    http.use_token(kept["access_token"])


async def test_what_the_homeserver_has_lost_of_the_backup_is_put_there_again(server: SynapseServer) -> None:
    async with person(server) as peer, running_bot(server.url, server.data) as bot:
        room_id = await room_with(peer, bot)
        await made(server, server.data)
        await bot.say(room_id, "kept twice")
        await uploads_of(bot, server.data).look()
        async with HomeserverClient(server.url) as http, short_session(http, server.data):
            api = KeyBackupApi(http)
            there = await api.version()
            assert there is not None
            sessions = await api.sessions(there["version"], room_id)
            for session_id in sessions:
                await api.delete_session(there["version"], room_id, session_id)
            with server.data.locked(LOCK, "palabre bot recovery-key"):
                # While somebody makes a recovery key, nothing is put anywhere.
                await uploads_of(bot, server.data).look()
                assert await api.sessions(there["version"], room_id) == {}
            await uploads_of(bot, server.data).look()
            assert (await api.sessions(there["version"], room_id)).keys() == sessions.keys()
            await api.delete_room(there["version"], room_id)
            assert await api.sessions(there["version"], room_id) == {}
