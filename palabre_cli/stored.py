"""The store that the commands work on, and who works."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from community.core.errors import StoreError
from community.core.messages import msg
from community.description.calendar_model import Calendar
from community.description.data_folder import DataFolder
from community.description.directory_model import Directory
from community.description.known_community import load_own_settings
from community.description.model import Community
from community.storage import Store, open_store
from community.storage.in_force import community_in_force
from palabre_cli.errors import CommandError
from palabre_cli.options import user_name

json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@asynccontextmanager
async def opened(config: Path, data: DataFolder) -> AsyncIterator[Store]:
    """Give the store, where there is one.

    Raises:
        CommandError: there is none yet.
        OtherCommunity: the settings name another homeserver, whose people are others.
        StoreError: it cannot be opened, or failed.
    """
    settings = load_own_settings(config, data)
    if settings.store_url is None and not data.store.exists():
        # To open it would make it, and a wrong --data would look like a directory with nothing in it.
        raise CommandError(
            msg("There is no store in {folder} yet, and so nothing to work on.", folder=data.root),
            msg("Name the data folder with --data, or begin with “palabre up”."),
        )
    try:
        async with await open_store(settings, data) as store:
            yield store
    except StoreError as error:
        if "database is locked" not in str(error.__cause__):
            raise
        raise CommandError(
            msg("The store is busy: another process has been writing to it for half a minute."),
            msg("Try again in a moment; what keeps it so long is in the logs of the data folder."),
        ) from error


async def stored_directory(config: Path, data: DataFolder) -> Directory:
    """Return the directory of the store. Raises what `opened` raises."""
    async with opened(config, data) as store:
        return await store.entries.directory()


def actor() -> str:
    """Return who sits at the terminal, for history and audit."""
    return f"cli:{user_name()}"


def aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a line for each row, its columns aligned."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


async def all_stored(config: Path, data: DataFolder) -> tuple[Community, Directory, Calendar]:
    """Return the same as `stored`, and the calendar of the store. Raises what that raises."""
    async with opened(config, data) as store:
        community = await community_in_force(config, data, store)
        return community, await store.entries.directory(), await store.entries.calendar()


async def stored(config: Path, data: DataFolder) -> tuple[Community, Directory]:
    """Return the community that was applied last (the files', where none was), and the directory of the store.

    Raises:
        CommandError: the data folder has no store.
        DescriptionError, StoreError, DataFolderError.
    """
    async with opened(config, data) as store:
        return await community_in_force(config, data, store), await store.entries.directory()
