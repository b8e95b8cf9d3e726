"""Files that a person names: read whole, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from community.core.errors import DataFolderError
from community.core.messages import msg
from community.core.text_file import MOST_BYTES
from community.description.data_folder import PRIVATE_FILE, write_private
from palabre_cli.errors import CommandError


def read_named(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return the files' names as given and their contents.

    Raises:
        CommandError: one of them is not there, or cannot be read.
    """
    return [(str(path), _read(path)) for path in paths]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # what is larger is refused as such
    except FileNotFoundError as error:
        raise CommandError(msg("There is no file {path}.", path=path)) from error
    except OSError as error:
        raise CommandError(
            msg("{path} cannot be read: {reason}.", path=path, reason=error.strerror),
            msg("Look at its rights, or name another file."),
        ) from error


def write_named(files: Mapping[Path, bytes], *, force: bool) -> tuple[Path, ...]:
    """Write files; return those that were not so already.

    A file keeps its rights; a new one is for its owner alone. Each is written beside itself first, and put in place
    once it is on the disk.

    Raises:
        CommandError: one of them says something else and ``force`` is not set (none is written then), or cannot be
            written (what it said before stands).
    """
    there = {path: _there(path) for path in files}
    changed = [path for path, content in files.items() if there[path] != content]
    others = [path for path in changed if there[path] is not None]
    if others and not force:
        raise CommandError(
            msg("{path} is there and says something else: it was left as it is.", path=others[0]),
            msg("Look at the differences, then add --force, or name another place with --to."),
        )
    for path in changed:
        _write(path, files[path])
    return tuple(changed)


def _there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unwritable(path, error.strerror) from error


def _write(path: Path, content: bytes) -> None:
    target = path.resolve()  # a link goes on leading where it leads
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE_FILE
        write_private(target, content)
        target.chmod(mode)
    except OSError as error:
        raise _unwritable(path, error.strerror) from error
    except DataFolderError as error:
        reason = error.__cause__
        raise _unwritable(path, reason.strerror if isinstance(reason, OSError) else None) from error


def _unwritable(path: Path, reason: str | None) -> CommandError:
    return CommandError(
        msg("{path} cannot be written: {reason}.", path=path, reason=reason or "?"),
        msg("Make room or change its rights, or name another place with --to."),
    )
