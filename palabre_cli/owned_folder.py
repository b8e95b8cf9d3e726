"""A folder of another user's, into which root writes: nothing that its owner puts there leads root elsewhere.

The owner may exchange a folder or a file in it for a link at any moment. So each folder is opened in the one before it,
no link is followed, and what is changed is what was opened (`dir_fd`), never a path. A file that is there is not given
to anybody: it could be another's, by a second name (a hard link). It is read, and replaced by a new one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from community.description.data_folder import PRIVATE_FILE, PRIVATE_FOLDER, unwritable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe in the place of a file would keep us waiting.
_THERE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class OwnedFolder:
    """A data folder, and the numbers of the user and group whose it is; None: those who run the command."""

    root: Path
    owner: tuple[int, int] | None

    def make(self, name: str) -> None:
        """Make a folder of theirs alone, those around it too. Raises DataFolderError."""
        with self._saying_why(), self._opened(PurePosixPath(name).parts):
            pass

    def read(self, name: str) -> bytes | None:
        """Return what a file says, None where there is none, or something else than a file. Raises DataFolderError."""
        path = PurePosixPath(name)
        with self._saying_why(), self._opened(path.parent.parts) as folder:
            found = _file_in(folder, path.name)
            return None if found is None else found[0]

    def write(self, name: str, content: bytes) -> bool:
        """Write a file as its owner's alone; return whether it was not so already. Raises DataFolderError."""
        path = PurePosixPath(name)
        with self._saying_why(), self._opened(path.parent.parts) as folder:
            found = _file_in(folder, path.name)
            if found is not None and found[0] == content and self._is_theirs(found[1]):
                return False
            self._replace(folder, path.name, content)
            return True

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unwritable(self.root, error) from error

    @contextmanager
    def _opened(self, parts: tuple[str, ...]) -> Iterator[int]:
        """Give a folder below the root, made where it is missing, its owner's alone. Raises OSError."""
        handle = self._enter(str(self.root), None)
        try:
            for part in parts:
                outer, handle = handle, self._enter(part, handle)
                os.close(outer)
            yield handle
        finally:
            os.close(handle)

    def _enter(self, name: str, within: int | None) -> int:
        with suppress(FileExistsError):
            os.mkdir(name, PRIVATE_FOLDER, dir_fd=within)
        handle = os.open(name, _FOLDER, dir_fd=within)
        try:
            self._close_to_others(handle)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _close_to_others(self, handle: int) -> None:
        """Make a folder its owner's alone; where it is, nothing is done that needs more rights. Raises OSError."""
        found = os.fstat(handle)
        if stat.S_IMODE(found.st_mode) != PRIVATE_FOLDER:
            os.fchmod(handle, PRIVATE_FOLDER)
        if self.owner not in (None, (found.st_uid, found.st_gid)):
            self._own(handle)

    def _own(self, handle: int) -> None:
        if self.owner is not None:
            os.fchown(handle, *self.owner)

    def _is_theirs(self, found: os.stat_result) -> bool:
        is_owned = self.owner is None or (found.st_uid, found.st_gid) == self.owner
        return is_owned and stat.S_IMODE(found.st_mode) == PRIVATE_FILE and found.st_nlink == 1

    def _replace(self, folder: int, name: str, content: bytes) -> None:
        """Write a new file beside the place and put it there, on the disk when this returns. Raises OSError."""
        draft = f".{name}.{os.getpid()}"
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=folder)
        handle = os.open(draft, _NEW, PRIVATE_FILE, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                self._own(file.fileno())
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder)
            raise
        os.fsync(folder)


def _file_in(folder: int, name: str) -> tuple[bytes, os.stat_result] | None:
    """Return what a file says and how it is, None where there is none; a link is none. Raises OSError."""
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return None
        handle = os.open(name, _THERE, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(), os.fstat(handle)
