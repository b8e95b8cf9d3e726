"""Folders in the data folder whose files `palabre web`, another user, reads: of feeds, of invitations."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from community.description.data_folder import SERVED_FOLDER

_FILE_MODE = 0o644
_ENDING = ".json"


def make_served(folder: Path) -> None:
    """Make such a folder where there is none. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(SERVED_FOLDER)


def write_served(path: Path, content: bytes) -> None:
    """Write a file whole: whoever reads it meanwhile has the one from before. Raises OSError."""
    draft = path.with_name(".draft")
    draft.write_bytes(content)
    draft.chmod(_FILE_MODE)
    draft.replace(path)


def keep_served(folder: Path, names: Collection[str]) -> None:
    """Remove the files of a folder but those of ``names``, which have no ending. Raises OSError."""
    for path in folder.glob(f"*{_ENDING}"):
        if path.stem not in names:
            path.unlink(missing_ok=True)
