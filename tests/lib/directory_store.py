"""A store with the example's directory, and ``palabre directory`` run on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from community.description.data_folder import DataFolder
from community.description.directory_model import Contact, Directory
from community.storage import Store
from tests.lib.descriptions import read
from tests.lib.in_process import Ran, palabre

CONFIG = Path(__file__).parents[2] / "config"
DESCRIPTION = read(CONFIG)
HEADER = "key;name;function;cities;deputy;confirmed\n"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
T = TypeVar("T")


def with_store(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        async with await Store.open(DataFolder(data).store_url) as store:
            return await work(store)

    return asyncio.run(run())


def seeded(data: Path) -> Path:
    data.mkdir()

    async def seed(store: Store) -> None:
        await store.entries.seed(DESCRIPTION, at=NOW)

    with_store(data, seed)
    return data


def stored(data: Path) -> Directory:
    return with_store(data, lambda store: store.entries.directory())


def directory(data: Path, *arguments: object, language: str = "en") -> Ran:
    name, *rest = arguments
    return palabre(
        "directory", name, *rest, "--config", CONFIG, "--data", data, cwd=data.parent, language=language
    )


def file(data: Path, name: str, content: str | bytes) -> Path:
    path = data.parent / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def people(count: int) -> tuple[str, Directory]:
    rows = "".join(f"person-{i};Person {i};Mayor {i};kigali;;2026-11-01\n" for i in range(count))
    contacts = tuple(
        Contact.model_validate(
            {
                "key": f"person-{i}",
                "name": f"Person {i}",
                "function": f"Mayor {i}",
                "cities": ["kigali"],
                "confirmed": "2026-11-01",
            }
        )
        for i in range(count)
    )
    return HEADER + rows, Directory(version=1, contacts=contacts)
