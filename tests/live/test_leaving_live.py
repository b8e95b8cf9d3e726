"""Somebody leaves the network with `palabre up` and real clients, and is erased: what is found of them afterwards.

One person leaves by asking the bot; the search goes through every table of every database and the bytes of every file.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from community.description.data_folder import DataFolder
from community.jobs.job import JobState
from community.jobs.leavings import Leaving
from community.joining.invitation import InvitationTerms
from community.storage import NewInvitation
from matrix.erasure_api import ErasureApi
from matrix.ids import RoomId, UserId
from palabre_cli.installers import SYNAPSE_VENV_VARIABLE
from provisioning import leavings
from provisioning.erasures import Erasures
from provisioning.provisioner import open_provisioner
from provisioning.synapse_erasures import opened_erasures
from tests.lib.asking import visible
from tests.lib.peer_client import Peer, direct_message, open_peer, until
from tests.lib.running import Running, example_up

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
BOT = "@palabre:palabre.localhost"
PROVISIONER = UserId("@palabre-provisioner:palabre.localhost")
LEAVER, STAYER = "claudine.uwase", "kwame.boateng"
USER = UserId(f"@{LEAVER}:palabre.localhost")
NAME, EMAIL, PHONE = "Claudine Uwase", "claudine.uwase@kigali.example.org", "+250 000 000 005"
LABEL = "u.my-own-label"
REACTION = "\N{GIRAFFE FACE}"
RULES = "the-rules-of-that-day"
STAYS = {
    # Table of the homeserver: why nothing else is to be had, and what the receipt calls it.
    "room_memberships": "names shown earlier",
    "user_directory_search_segdir": "names shown earlier: the words of an index",
}


@pytest.fixture
def soon_deleted() -> Iterator[None]:
    """Have the homeserver of the tests keep what was redacted for a second, not for a day."""
    path = Path(os.environ[SYNAPSE_VENV_VARIABLE]) / "tests.yaml"
    before = path.read_text()
    path.write_text(f"{before}redaction_retention_period: 1s\n")
    yield
    path.write_text(before)


def tables(path: Path) -> dict[str, list[str]]:
    """Return each table of a database with its rows as text."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [shown(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}  # noqa: S608


def shown(row: Iterable[Any]) -> str:
    return " ".join(
        value.decode("utf8", "replace") if isinstance(value, bytes) else str(value) for value in row
    )


def found_in_tables(data: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Return the tables in which each word is found, by the database's name and theirs."""
    found: dict[str, set[str]] = {}
    for path in data.rglob("*"):
        if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3":
            for table, rows in tables(path).items():
                text = "\n".join(rows)
                for word in words:
                    # An index has each word by itself.
                    parts = word.casefold().split() if table.endswith("_segdir") else [word]
                    if all(
                        part in (text.casefold() if table.endswith("_segdir") else text) for part in parts
                    ):
                        found.setdefault(f"{path.relative_to(data)}:{table}", set()).add(word)
    return found


def found_in_files(data: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Return the files whose bytes have a word, also in a database's free pages and its log."""
    found: dict[str, set[str]] = {}
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            there = {word for word in words if word.encode() in content}
            if there:
                found[str(path.relative_to(data))] = there
    return found


async def ciphertexts(up: Running, room_ids: Iterable[str]) -> set[str]:
    """Return what the homeserver has of the leaver's messages."""
    said = set()
    async with open_provisioner(up.config, DataFolder(up.data)) as provisioner:
        api = ErasureApi(provisioner.homeserver._http)  # type: ignore[attr-defined]
        for room_id in room_ids:
            async for event in api.events(RoomId(room_id), {"senders": [USER]}):
                if "ciphertext" in event["content"]:
                    said.add(str(event["content"]["ciphertext"])[:60])
    return said


async def invited_and_inviting(up: Running) -> None:
    """Have the leaver have come by a link with their name, agreeing to rules, and have invited somebody."""
    now = datetime.now(UTC)
    async with open_provisioner(up.config, DataFolder(up.data)) as provisioner:
        links, until = provisioner.store.invitations, now + timedelta(days=1)
        for digest, name, inviter in (
            ("a" * 64, NAME, f"@{STAYER}:palabre.localhost"),
            ("b" * 64, None, USER),
        ):
            terms = InvitationTerms(name=name, role="member", language="en")
            await links.add([NewInvitation(digest, terms, inviter, until)], by=inviter, at=now)
        await links.redeem("a" * 64, USER, now, consent=RULES)


@asynccontextmanager
async def signed_in(up: Running, name: str) -> AsyncIterator[Peer]:
    user = f"@{name}:palabre.localhost"
    async with open_peer() as peer:
        await peer.login(up.url, user, up.password(user))
        yield peer


async def rooms_called(up: Running, *keys: str) -> list[str]:
    async with open_provisioner(up.config, DataFolder(up.data)) as provisioner:
        rooms = (await provisioner.homeserver.snapshot()).rooms
    return [str(rooms[key].room_id) for key in keys]


async def answered(peer: Peer, room: str, text: str) -> str:
    asked = await peer.ask(room, text)
    return visible(str((await peer.reply_to(room, asked, patience=60))["content"]["body"]))


async def receipt(peer: Peer, room: str) -> str:
    async def look() -> str | None:
        bodies = [str(m["content"].get("body", "")) for m in await peer.messages(room)]
        return next((visible(body) for body in bodies if "Your account closes in" in body), None)

    return str(await until(look, 120, "the receipt"))


async def time_has_passed(up: Running, patch: pytest.MonkeyPatch) -> None:
    """Carry out what is left of the leaving, as the service does ten minutes after the receipt was sent."""
    patch.setattr(leavings, "TIME_TO_READ", timedelta(0))
    async with open_provisioner(up.config, DataFolder(up.data)) as provisioner:
        store = provisioner.store

        def erasing() -> AbstractAsyncContextManager[Erasures]:
            return opened_erasures(provisioner.url, PROVISIONER, provisioner.data)

        handler = leavings.Leavings(
            provisioner.homeserver, erasing, store, lambda: provisioner, lambda: datetime.now(UTC)
        )
        (job,) = await store.jobs.pending(Leaving.KIND)
        payload = Leaving.read(job)
        assert payload is not None
        await handler.carry_out(job, payload)
        await store.jobs.end(job.id, JobState.DONE, at=datetime.now(UTC))


async def test_after_leaving_with_erasure_only_what_the_receipt_says_is_found(
    tmp_path: Path, soon_deleted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with example_up(tmp_path) as up, signed_in(up, STAYER) as stayer:
        async with signed_in(up, LEAVER) as leaver:
            lobby, safe = await rooms_called(up, "lobby", "frank-talk")
            direct = await direct_message(leaver, BOT)
            said = await leaver.ask(lobby, "the words of somebody who leaves")
            await leaver.react(lobby, said, REACTION)
            await leaver.ask(safe, "where nobody of the server's is")
            await leaver.send_file(lobby, "my-report.pdf", "application/pdf", b"the report" * 100)
            tags = f"/_matrix/client/v3/user/{USER}/rooms/{lobby}/tags/{LABEL}"
            assert (await leaver.request("PUT", tags, {"order": 0.5}))[0] == 200
            await answered(leaver, direct, "who do I ask about waste in Kigali?")
            secret = await ciphertexts(up, (lobby, safe, direct))
            assert len(secret) >= 4
            words = {NAME, EMAIL, PHONE, REACTION, LABEL, RULES, *secret}
            await invited_and_inviting(up)
            before = found_in_tables(up.data, words)
            assert {word for found in before.values() for word in found} == words
            first = await answered(leaver, direct, "leave the network")
            assert "1 contact" in first
            last = await answered(leaver, direct, "erase my name too")
            number = re.search(r"“yes (\d+)”", last)
            assert number is not None, last
            assert "It has begun" in await answered(leaver, direct, f"yes {number[1]}")
            text = await receipt(leaver, direct)
            for part in ("Deleted: ", "Erased: ", "What stays for good: your user name, claudine.uwase"):
                assert part in text
            assert "I could not delete" not in text
            await time_has_passed(up, monkeypatch)

            async def is_out() -> bool:
                return USER not in await stayer.call("members", roomId=lobby)

            await until(is_out, 60, "the leaver to be out")
            status, _ = await leaver.request("GET", "/_matrix/client/v3/account/whoami")
            assert status in (401, 403)
        await stayer.ask(lobby, "to those who stay")

        async def is_cleared() -> bool:
            return {where.partition(":")[2] for where in found_in_tables(up.data, words)} <= STAYS.keys()

        await until(is_cleared, 120, "what was redacted to be deleted")
    # What the operator's page offers for the rest; then in no byte of any file, free pages and logs included.
    with closing(sqlite3.connect(up.data / "synapse" / "homeserver.db", isolation_level=None)) as database:
        for statement in documented_statements():
            database.execute(statement)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert found_in_tables(up.data, words) == {}
    assert found_in_files(up.data, words) == {}


def documented_statements() -> list[str]:
    """Return the lines of the operator's page, for the one who has left."""
    page = (ROOT / "docs" / "operator.md").read_text()
    block = (
        page.partition("### Names that the homeserver keeps")[2].partition("```sql\n")[2].partition("```")[0]
    )
    return [line.replace("@awa.diallo:example.org", USER) for line in block.splitlines()]
