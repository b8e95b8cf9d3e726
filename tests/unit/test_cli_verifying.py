"""`palabre verifying`: what the bot shows to those who verify it just now."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from community.description.data_folder import DataFolder, write_private_json
from tests.lib.commands import palabre

AWA, ERIC = "@awa:h", "@eric:h"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


def write(data: DataFolder, *compared: dict[str, Any], age: float = 0) -> None:
    """Write what a running bot writes of itself."""
    status = {
        "pid": 1,
        "written_at": time.time() - age,
        "device_id": "BOT",
        "synced_at": None,
        "one_time_keys": None,
        "fallback_key_unused": None,
        "waiting_events": 0,
        "counts": {},
        "without_signed_device": {},
        "metrics_port": None,
        "compared": list(compared),
    }
    write_private_json(data.status_file("bots"), status)


async def test_emoji_and_numbers_of_each_person(data: DataFolder) -> None:
    dogs = {"user_id": AWA, "emoji": [0, 1, 2, 3, 4, 5, 63], "decimal": [1000, 2000, 3000]}
    write(data, dogs, {"user_id": ERIC, "emoji": [], "decimal": [1234, 5678, 9012]})
    ran = await palabre("verifying", "--data", data.root)
    assert ran.code == 0
    assert ran.out.splitlines()[:4] == [
        AWA,
        "  🐶 Dog · 🐱 Cat · 🦁 Lion · 🐎 Horse · 🦄 Unicorn · 🐷 Pig · 📌 Pin",
        ERIC,
        "  1234 · 5678 · 9012",
    ]
    assert "Read it to them by telephone" in ran.out
    french = await palabre("--lang", "fr", "verifying", "--data", data.root)
    assert "🐶 Chien" in french.out
    listed = await palabre("verifying", "--json", "--data", data.root)
    assert json.loads(listed.out)["verifying"][0] == dogs


async def test_nobody_compares(data: DataFolder) -> None:
    write(data)
    ran = await palabre("verifying", "--data", data.root)
    assert (ran.code, ran.out.strip()) == (0, "Nobody compares anything with the bot just now.")


@pytest.mark.parametrize("age", [None, 61])
async def test_the_bot_does_not_run(data: DataFolder, age: float | None) -> None:
    if age is not None:
        write(data, age=age)
    ran = await palabre("verifying", "--data", data.root)
    assert ran.code == 1
    assert ran.err.startswith("The bot does not run on this data folder.")
