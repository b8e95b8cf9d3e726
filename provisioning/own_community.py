"""Makes sure that what is applied is of the community whose rooms are there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from community.description.data_folder import DataFolder
from community.description.known_community import (
    KnownCommunity,
    known_community,
    note_community,
    other_key,
)
from community.description.model import Description
from community.description.settings import Settings
from provisioning.snapshot import Snapshot, community_elsewhere


def require_own_rooms(actual: Snapshot, data: DataFolder, key: str, config: Path) -> None:
    """Make sure that ``key`` is that of the rooms, where no apply has noted yet of which community they are.

    ``config`` is where the file is that has the key.

    Raises:
        OtherCommunity: all rooms that there are have another one.
        DataFolderError: what was noted cannot be read.
    """
    elsewhere = Counter(
        community_elsewhere(there) for there, room in actual.others.items() if not room.is_archived
    )
    if elsewhere and not actual.rooms and known_community(data) is None:
        (known, _), *_ = elsewhere.most_common(1)
        raise other_key(config, key, known)


def note_own_community(description: Description, settings: Settings, data: DataFolder) -> None:
    """Note of which community the data folder is, unless that is noted already. Raises DataFolderError."""
    note_community(data, KnownCommunity(description.community.key, settings.homeserver.server_name))
