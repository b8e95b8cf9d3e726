"""What a process goes by: the description that was applied last; the files only as long as nothing was applied."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from community.description.data_folder import DataFolder
from community.description.faults import COMMUNITY
from community.description.known_community import load_own_description, other_community
from community.description.load import load_settings, load_usable
from community.description.model import Community, Description
from community.storage.database import Store


async def community_in_force(config: Path, data: DataFolder, store: Store) -> Community:
    """Return the community that was applied last, that of the files in ``config`` where nothing was applied yet.

    Raises:
        DescriptionError: nothing was applied yet, and the files have mistakes, or are of another community; or the
            settings name another homeserver, whose rooms and accounts are others.
        StoreError, DataFolderError.
    """
    applied = await store.applied.latest()
    if applied is None:
        return load_own_description(config, data).community
    error = other_community(config, data, applied.community, load_settings(config))
    if error is not None:
        raise error
    return applied.community


async def usable_description(config: Path, data: DataFolder, store: Store) -> Description:
    """Return the description of the files in ``config``, with what was applied last in place of a file with mistakes.

    Files of another community are such files.

    Raises:
        DescriptionError: nothing was applied yet, and the files have mistakes, or are of another community.
        StoreError, DataFolderError.
    """
    files = await asyncio.to_thread(load_usable, config)
    community = files.community
    other = None if community is None else other_community(config, data, community, load_settings(config))
    applied = await store.applied.latest() if files.problems or other is not None else None
    if applied is None:
        if other is not None:
            raise other
        return files.alone()
    if other is not None:
        files = replace(files, community=None, problems={**files.problems, COMMUNITY: other.problems})
    return files.over(applied.community)
