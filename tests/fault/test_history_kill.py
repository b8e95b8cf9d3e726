"""Two processes that change the directory are killed at any moment: nothing is half done, and the history agrees."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.description.directory_model import Directory
from community.directory.entry import entries_of, key_of
from community.storage import Store
from tests.lib.descriptions import described
from tests.lib.entries import replayed
from tests.lib.forked import fork

pytestmark = pytest.mark.fault

EDITOR = Path(__file__).parent / "editing_store.py"


async def killed_after(url: str, name: str, seconds: float) -> int:
    """Let an editor work, kill it so many seconds after its first round; return how many rounds it had made."""
    editor = await fork(EDITOR, url, name, environment={}, stdout=asyncio.subprocess.PIPE)
    assert editor.stdout is not None
    rounds = [await editor.stdout.readline()]
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while line := await editor.stdout.readline():
                rounds.append(line)
    editor.kill()
    rest = await editor.stdout.read()
    await editor.wait()
    return len([line for line in (*rounds, *rest.splitlines()) if line])


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(4, id="4 kills"),
        pytest.param(60, id="60 kills", marks=[pytest.mark.soak, pytest.mark.timeout(14_400)]),
    ],
)
async def test_what_is_killed_leaves_no_change_half_done(tmp_path: Path, kills: int) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/palabre.db"
    await (await Store.open(url)).close()
    chance = random.Random(7)  # noqa: S311 - which moments are tried, not a secret
    for pair in range(0, kills, 2):
        made = await asyncio.gather(
            killed_after(url, f"{pair}", chance.random()), killed_after(url, f"{pair + 1}", chance.random())
        )
        assert min(made) >= 1
        async with await Store.open(url) as store:
            there = {key_of(entry): entry for entry in entries_of(await store.entries.directory())}
            rows = await store.entries.history(limit=1_000_000)
            assert replayed(rows) == there
            said = {key for _, key in there if key.startswith("e")}
            assert {key for key in said if f"{key}-deputy" not in said} == {
                key for key in said if "deputy" in key
            }
            for number, rounds in enumerate(made):
                assert len([key for key in said if key.startswith(f"e{pair + number}-")]) >= 2 * rounds
            # Whoever comes next can work.
            await store.entries.seed(described(Directory(version=1)), at=datetime.now(UTC))
            assert {entry.key for entry in entries_of(await store.entries.directory())} == said
