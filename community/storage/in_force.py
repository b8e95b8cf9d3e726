"""What a process goes by: the description that was applied last; the files only as long as nothing was applied."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from community.description.data_folder import DataFolder
from community.description.faults import COMMUNITY
from community.description.known_community import load_own_description, other_community, other_key
from community.description.load import load_settings, load_usable
from community.description.model import Community, Description
from community.description.settings import Settings
from community.storage.applied import AppliedCommunity, UnreadableCommunity
from community.storage.database import Store


async def community_in_force(config: Path, data: DataFolder, store: Store) -> Community:
    """Return the community that was applied last.

    That of the files in ``config`` where nothing was applied yet, and where what was applied cannot be read: the files
    are the nearest to it that there is, as long as they are of the same community.

    Raises:
        DescriptionError: nothing that can be read was applied, and the files have mistakes, or are of another
            community; or the settings name another homeserver, whose rooms and accounts are others.
        StoreError, DataFolderError.
    """
    applied = await store.applied.latest()
    if not isinstance(applied, AppliedCommunity):
        community = load_own_description(config, data).community
        _require_key(config, community, applied)
        return community
    error = other_community(config, data, applied.community, load_settings(config))
    if error is not None:
        raise error
    return applied.community


def _require_key(config: Path, community: Community, applied: UnreadableCommunity | None) -> None:
    """Refuse the files of another community than the one that was applied and cannot be read.

    Raises:
        OtherCommunity: they are.
    """
    if applied is not None and applied.key not in {None, community.key}:
        raise other_key(config, community.key, str(applied.key))


async def usable_description(config: Path, data: DataFolder, store: Store, settings: Settings) -> Description:
    """Return the description of the files in ``config``, with what was applied last in place of a file with mistakes.

    Files of another community are such files; ``settings`` are what the process goes by.

    Raises:
        DescriptionError: nothing that can be read was applied, and the files have mistakes, or are of another
            community.
        StoreError, DataFolderError.
    """
    files = await asyncio.to_thread(load_usable, config)
    community, applied = files.community, await store.applied.latest()
    other = other_community(config, data, community, settings)
    if not isinstance(applied, AppliedCommunity):
        if other is not None:
            raise other
        description = files.alone()
        _require_key(config, description.community, applied)
        return description
    if other is None and not files.problems:
        return files.alone()
    if other is not None:
        files = replace(files, community=None, problems={**files.problems, COMMUNITY: other.problems})
    return files.over(applied.community)
