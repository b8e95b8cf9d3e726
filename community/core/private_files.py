"""Restricts the data folder to its owner, and reports what stays accessible to others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from community.core.errors import DataFolderError
from community.core.messages import Message, msg, nmsg

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_OTHERS_READ = 0o044
_SERVED = ("feeds", "invitations", "joining")
"""The folders in the data folder that another process may enter: of what is published, and of the desk's socket."""


@dataclass(frozen=True, slots=True)
class OpenToOthers:
    """Files and folders that group or others have rights to: those that were ``closed`` just now, those ``left``."""

    closed: tuple[Path, ...] = ()
    left: tuple[Path, ...] = ()

    @property
    def sentence(self) -> Message | None:
        """What there is to say of those that were closed."""
        if not self.closed:
            return None
        return nmsg(
            "{count} file or folder could be used by others here ({path}): it is closed to them now.",
            "{count} files and folders could be used by others here (such as {path}): they are closed to them now.",
            count=len(self.closed),
            path=self.closed[0],
        )


def open_to_others(root: Path) -> tuple[Path, ...]:
    """Return what others have rights to, sorted: ``root`` and what is in it; reading what is published is meant.

    Where a folder has very many files (the homeserver's media), it stands for what is in it.
    """
    return tuple(sorted(path for path in _walk(root) if _is_open(path, root)))


def close_to_others(root: Path) -> OpenToOthers:
    """Take the rights of group and others from ``root`` and what is in it; what is another's stays as it is.

    Raises:
        DataFolderError: ``root`` itself stays open: anybody on this computer could read what is in it.
    """
    found = open_to_others(root)
    for path in found:
        _close(path, root)
    left = tuple(path for path in found if _is_open(path, root))
    if root in left:
        raise DataFolderError(
            msg(
                "Others on this computer can read the data folder {folder}, and it cannot be closed.",
                folder=root,
            ),
            msg(
                "Make its owner whoever runs Palabre, on a file system with Unix rights, or name another with --data."
            ),
        )
    return OpenToOthers(tuple(path for path in found if path not in left), left)


def changeable_by_others(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return those of ``paths`` that group or others may write, through links."""
    return tuple(path for path in paths if _rights(path) & _OTHERS_WRITE)


def readable_by_others(path: Path) -> bool:
    """Whether group or others may read a file."""
    return bool(_rights(path) & _OTHERS_READ)


def _rights(path: Path) -> int:
    """Return the mode of a file; none where it is not there."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _walk(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        return
    yield root
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        yield from (here / name for name in (*folders, *files))
        if here.name == "synapse" and here.parent == root:
            folders[:] = [name for name in folders if name != "media"]


def _not_for_others(path: Path, root: Path) -> int:
    """Return the rights that others must not have to a file. A socket is opened by whoever may write to it."""
    is_served = any(root / name in (path, *path.parents) for name in _SERVED)
    if is_served and path.is_socket():
        return 0
    return _OTHERS_WRITE if is_served else _OTHERS


def _is_open(path: Path, root: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False  # it has gone meanwhile
    return not stat.S_ISLNK(mode) and bool(mode & _not_for_others(path, root))


def _close(path: Path, root: Path) -> None:
    """Change its rights where we may; what stays open is found by looking again."""
    try:
        path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_not_for_others(path, root))
    except OSError:
        return
