"""The files that a backup copies: walking folders, and telling databases from other files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from community.description.data_folder import DataFolder
from palabre_cli.backup.contents import MEDIA, in_order, is_backed_up
from palabre_cli.backup.errors import cannot_read
from palabre_cli.backup.manifest import DATA, DATABASES, NETWORK, is_safe_name
from palabre_cli.options import REMEMBERED

_SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True)
class BackupSources:
    """What is backed up: the folder of the description and the data folder; ``left_out``: where backups are."""

    config: Path
    data: DataFolder
    left_out: Path

    def databases(self) -> list[PurePosixPath]:
        """Return the SQLite databases in the data folder, in the order in which they are looked at."""
        return in_order(
            name
            for name, path in self._data_files(media=False)
            if is_safe_name(f"{DATA}{name}") and is_sqlite(path)
        )

    def files(self, databases: frozenset[PurePosixPath]) -> Iterator[tuple[str, Path]]:
        """Yield every other file but media, as the name of its member and its path."""
        for name, path in self._data_files(media=False):
            if name not in databases:
                yield f"{DATA}{name}", path
        for name, path in self._network_files():
            yield f"{NETWORK}{name}", path

    def media(self) -> Iterator[tuple[str, Path]]:
        """Yield what people have sent."""
        for name, path in self._data_files(media=True):
            yield f"{DATA}{name}", path

    def _data_files(self, *, media: bool) -> Iterator[tuple[PurePosixPath, Path]]:
        def is_wanted(name: PurePosixPath) -> bool:
            return is_backed_up(name) and media == (MEDIA in name.parents or name == MEDIA)

        def is_entered(name: PurePosixPath) -> bool:
            above = name in MEDIA.parents
            return is_backed_up(name) and (above or media == (name == MEDIA or MEDIA in name.parents))

        return self._walk(self.data.root, is_wanted, is_entered)

    def _network_files(self) -> Iterator[tuple[PurePosixPath, Path]]:
        """Yield the description; where `palabre init` has written it, the network's other files too."""
        network = self.config.parent
        if (network / REMEMBERED).is_file():
            yield from self._walk(network, _is_of_network, _is_of_network)
            return
        for name, path in self._walk(self.config, _is_shown, _is_shown):
            yield "config" / name, path

    def _walk(
        self,
        root: Path,
        is_wanted: Callable[[PurePosixPath], bool],
        is_entered: Callable[[PurePosixPath], bool],
    ) -> Iterator[tuple[PurePosixPath, Path]]:
        """Yield regular files below ``root``, through links (media may be on another disk), each folder once.

        Links that lead nowhere too: what they led to is missing.
        """
        apart = {_place(path) for path in (self.data.root, self.left_out) if path != root}
        seen = {place for place in apart if place is not None}
        for folder, folders, files in os.walk(root, onerror=_refuse, followlinks=True):
            here = PurePosixPath(Path(folder).relative_to(root).as_posix())
            folders[:] = [
                name
                for name in sorted(folders)
                if is_entered(here / name) and _is_new(Path(folder, name), seen)
            ]
            for name in sorted(files):
                path = Path(folder, name)
                if is_wanted(here / name) and (path.is_file() or leads_nowhere(path)):
                    yield here / name, path


def leads_nowhere(path: Path) -> bool:
    """Whether it is a link to something that is not there."""
    return path.is_symlink() and not path.exists()


def _refuse(error: OSError) -> None:
    """Raise an error where a folder cannot be read, so that it is not left out silently. One that has gone is none."""
    if not isinstance(error, FileNotFoundError):
        raise cannot_read(Path(error.filename), error) from error


def _is_of_network(name: PurePosixPath) -> bool:
    """Whether a file of the network's folder is part of the description: not of the data, which are archived apart."""
    return f"{name.parts[0]}/" not in (DATA, DATABASES)


def _is_shown(name: PurePosixPath) -> bool:
    return not name.name.startswith(".")


def _is_new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    place = _place(folder)
    if place is None or place in seen:
        return False
    seen.add(place)
    return True


def _place(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_sqlite(path: Path) -> bool:
    """Whether a file is a database of SQLite's."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def opened(path: Path) -> BinaryIO | None:
    """Open a file for reading; None where it has gone meanwhile.

    Raises:
        OSError: it may not be read.
    """
    with suppress(FileNotFoundError):
        file = path.open("rb")
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
    return None
