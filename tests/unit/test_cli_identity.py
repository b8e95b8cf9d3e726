"""`palabre identity`: who has changed, and accepting at the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.accounts.identities import fingerprint
from community.description.data_folder import DataFolder
from community.storage import Store
from tests.lib.commands import on_a_terminal, palabre
from tests.lib.descriptions import SMALL

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA, ERIC = "@awa.diallo:palabre.localhost", "@eric.habimana:palabre.localhost"
ACCEPT = ("identity", "accept", "eric.habimana", "--config", SMALL)
OLD, NEW = "abcd" * 10 + "efg", "bcde" * 10 + "fgh"


@pytest.fixture
async def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    async with await Store.open(folder.store_url) as store:
        await store.identities.see(AWA, OLD, at=NOW)
        await store.identities.see(ERIC, OLD, at=NOW)
        await store.identities.see(ERIC, NEW, at=NOW)
    return folder


async def test_those_that_have_changed_come_first(data: DataFolder) -> None:
    ran = await palabre("identity", "list", "--config", SMALL, "--data", data.root)
    assert ran.out.splitlines() == [
        ERIC,
        f"  pinned {fingerprint(OLD)}, first seen 2026-11-24 09:30 (UTC)",
        f"  CHANGED to {fingerprint(NEW)}, since 2026-11-24 09:30 (UTC)",
        AWA,
        f"  pinned {fingerprint(OLD)}, first seen 2026-11-24 09:30 (UTC)",
    ]
    listed = await palabre("identity", "list", "--json", "--config", SMALL, "--data", data.root)
    assert [(pin["user_id"], pin["state"]) for pin in json.loads(listed.out)["identities"]] == [
        (ERIC, "changed"),
        (AWA, "pinned"),
    ]


@pytest.mark.parametrize("user", ["eric.habimana", ERIC])
async def test_the_new_fingerprint_accepts_and_that_is_noted(data: DataFolder, user: str) -> None:
    shown = fingerprint(NEW)
    ran = await palabre("identity", "accept", user, "--yes", shown, "--config", SMALL, "--data", data.root)
    assert (ran.code, ran.err) == (0, "")
    async with await Store.open(data.store_url) as store:
        pin = await store.identities.find(ERIC)
        (line,) = [entry for entry in await store.audit.read() if entry.action != "identity-changed"]
        (notice,) = await store.jobs.pending("notice")
    assert pin is not None
    assert (pin.master_key, pin.is_changed) == (NEW, False)
    assert (line.action, line.subject) == ("accept-identity", ERIC)
    assert line.actor.startswith("cli:")
    assert (notice.payload["kind"], notice.payload["audience"]) == ("identity-accepted", ERIC)
    listed = await palabre("identity", "list", "--config", SMALL, "--data", data.root)
    assert f"accepted by {line.actor}" in listed.out


@pytest.mark.parametrize("more", [(), ("--yes", OLD), ("--yes", NEW[:-1]), ("--yes", "")])
async def test_another_fingerprint_or_none_accepts_nothing(data: DataFolder, more: tuple[str, ...]) -> None:
    ran = await palabre("identity", "accept", "eric.habimana", *more, "--config", SMALL, "--data", data.root)
    assert ran.code == 1
    assert ran.err.startswith("Nothing was accepted: that is not the new fingerprint.")
    async with await Store.open(data.store_url) as store:
        pin = await store.identities.find(ERIC)
    assert pin is not None
    assert pin.master_key == OLD


ASKED = "Have you spoken to them, by telephone or in person?"


async def accepted(data: DataFolder) -> bool:
    async with await Store.open(data.store_url) as store:
        pin = await store.identities.find(ERIC)
    assert pin is not None
    return pin.master_key == NEW


@pytest.mark.parametrize("typed", ["bcde\n", "  bcde \n", "\nbcde\n"])
async def test_at_the_terminal_the_first_letters_of_the_new_key_accept(data: DataFolder, typed: str) -> None:
    code, seen = await on_a_terminal(*ACCEPT, "--data", data.root, typed=typed)
    assert code == 0, seen
    assert seen.index(f"CHANGED to {fingerprint(NEW)}") < seen.index(ASKED)
    assert f"Accepted: the bot believes the new identity of {ERIC} from now on." in seen
    assert await accepted(data)


@pytest.mark.parametrize("typed", ["abcd\n", "yes\n", "bcd\n", "BCDE\n", "\x04"])
async def test_at_the_terminal_anything_else_accepts_nothing(data: DataFolder, typed: str) -> None:
    code, seen = await on_a_terminal(*ACCEPT, "--data", data.root, typed=typed)
    assert code != 0
    assert "Accepted" not in seen
    assert not await accepted(data)


async def test_where_nothing_can_be_typed_nobody_is_asked(data: DataFolder) -> None:
    code, seen = await on_a_terminal(*ACCEPT, "--data", data.root)
    assert (code, ASKED in seen) == (1, False)
    assert f"In a script name it whole: --yes “{fingerprint(NEW)}”." in " ".join(seen.split())
    assert not await accepted(data)


@pytest.mark.parametrize("user", ["awa.diallo", "nobody"])
async def test_where_nothing_has_changed_there_is_nothing_to_accept(data: DataFolder, user: str) -> None:
    ran = await palabre("identity", "accept", user, "--yes", NEW, "--config", SMALL, "--data", data.root)
    assert (ran.code, ran.out) == (1, "")
    assert "has not changed: there is nothing to accept" in ran.err


async def test_before_anybody_was_seen_it_says_so(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    await (await Store.open(folder.store_url)).close()
    ran = await palabre("identity", "list", "--config", SMALL, "--data", folder.root)
    assert ran.out.startswith("No identity has been pinned yet")
