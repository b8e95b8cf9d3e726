"""The folder of a network on the disk: what `palabre init` wrote there last, and what it writes now.

Beside the files it keeps ``.init.json``: the answers, and each file as it was written, so that the next run knows what
somebody has changed since. Before the first file is written all of them are in ``.init.next.json``; a run that was
broken off is ended by the next one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from community.core.errors import DataFolderError
from community.core.messages import msg
from community.core.text_file import bytes_of
from community.description.data_folder import (
    PRIVATE_FOLDER,
    DataFolder,
    damaged,
    read_private_json,
    write_private,
    write_private_json,
)
from community.description.known_community import known_community
from community.description.yaml_text import parse
from palabre_cli.errors import CommandError
from palabre_cli.installation.answers import NetworkAnswers, Run, remembered
from palabre_cli.installation.merging import ToWriteByHand, merged
from palabre_cli.options import REMEMBERED

_NEXT = ".init.next.json"
SECRETS = "secrets"
"""The folder of the databases' passwords, and of that of the dashboards."""
_PASSWORDS = {
    Run.CONTAINERS: ("postgres_password", "synapse_password", "palabre_password", "grafana_password"),
    Run.SERVICES: ("synapse_password", "palabre_password"),
}
_READABLE_FILE, _READABLE_FOLDER, _PASSED_THROUGH, _WRITABLE_BY_ALL = 0o644, 0o755, 0o711, 0o002
_READABLE_BY_GROUP = 0o750
"""The description, where the bots are a user of their own who is in the group."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that changes: its path in the folder, what it says (None: it is not there) and what it is to say."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last run was answered, and the files as it wrote them, by their path in the folder.

    ``elsewhere``: this run or one before it was for a homeserver that is not on this computer alone. ``ended``: what it
    was to write and could not say, since it was broken off; it is written by now.
    """

    answers: NetworkAnswers | None
    files: Mapping[str, str]
    elsewhere: bool = False
    ended: tuple[FileChange, ...] = ()


def last_run(folder: Path) -> LastRun:
    """Return what the last run has written, after ending it where it was broken off.

    Raises:
        DataFolderError: what was noted there is damaged.
        CommandError: the folder cannot be read or written, or is somebody else's.
    """
    with _failures_told(folder):
        ended = _end_what_was_begun(folder)
        noted = read_private_json(folder / REMEMBERED)
        if noted is None:
            _require_new(folder)
            return LastRun(None, {})
    try:
        files = {str(path): str(text) for path, text in noted["files"].items()}
        return LastRun(remembered(noted["answers"]), files, _was_elsewhere(noted), ended)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(folder / REMEMBERED) from error


def run_of(config: Path) -> Run | None:
    """Return how the network with the description ``config`` was set up to run; None where `init` has not made it.

    Raises:
        DataFolderError: what was noted there is damaged.
    """
    noted = read_private_json(config.parent / REMEMBERED)
    answers = None if noted is None else noted.get("answers")
    said = answers.get("run") if isinstance(answers, dict) else None
    return Run(said) if said in {run.value for run in Run} else None


@contextmanager
def _failures_told(folder: Path) -> Iterator[None]:
    """Raise CommandError where the disk refuses something."""
    try:
        yield
    except (OSError, DataFolderError) as error:
        reason = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(reason, OSError):
            raise
        raise CommandError(
            msg("{path} cannot be written: {reason}.", path=folder, reason=reason.strerror or "?"),
            msg("Make room or change its rights, then run this again."),
        ) from error


def _require_new(folder: Path) -> None:
    """Refuse a folder with files of others in it, or into which everybody may write.

    Its rights are set to what the network's secrets need, which nobody expects of a folder such as /tmp. Data may be
    there already, and drafts of a run that was killed.

    Raises:
        CommandError: it is such a folder.
    """
    if not folder.exists():
        return
    if any(path.name != "data" and not path.name.startswith(f".{_NEXT}") for path in folder.iterdir()):
        raise _not_from_us(folder)
    if folder.stat().st_mode & _WRITABLE_BY_ALL:
        raise CommandError(
            msg("Everybody may write into {path}: nothing was written.", path=folder),
            msg("Name another folder with --to."),
        )


def _was_elsewhere(noted: Mapping[str, Any]) -> bool:
    """Whether a run was for a homeserver elsewhere; notes of an earlier Palabre say only how the last one was."""
    return bool(noted.get("elsewhere", noted["answers"]["run"] != Run.COMPUTER.value))


def changes(folder: Path, last: LastRun, wanted: Mapping[str, str]) -> tuple[FileChange, ...]:
    """Return what is to be written; files that nobody needs any more stay.

    Raises:
        CommandError: a file cannot be read, or somebody has changed the very lines that are to change.
    """
    found = []
    for path, text in sorted(wanted.items()):
        there = _there(folder / path)
        after = merged(last.files.get(path), there, text)
        if isinstance(after, ToWriteByHand):
            raise _not_ours(folder / path, after, is_new=path not in last.files)
        if after != there:
            found.append(FileChange(path, there, after))
    return tuple(found)


def _not_ours(path: Path, by_hand: ToWriteByHand, *, is_new: bool) -> CommandError:
    if is_new:
        return _not_from_us(path)
    return CommandError(
        msg("Somebody has changed in {path} what is to change now: nothing was written.", path=path),
        msg("Write it there yourself, then run this again: {lines}", lines=" ⏎ ".join(by_hand.lines).strip()),
    )


def _not_from_us(path: Path) -> CommandError:
    return CommandError(
        msg("{path} is there already, and not from “palabre init”: nothing was written.", path=path),
        msg("Move it away, or name another folder with --to."),
    )


def write(
    folder: Path, answers: NetworkAnswers, changed: tuple[FileChange, ...], files: Mapping[str, str]
) -> tuple[str, ...]:
    """Write what has changed. Where this is broken off, the next run of the command writes the rest.

    ``files`` are all that this run and those before it have written, as they were wanted last. Returns the paths of
    further files that were made: passwords, and the note of what was answered.

    Raises:
        CommandError: they cannot be written.
    """
    begun = [[change.path, change.before, change.after] for change in changed]
    with _failures_told(folder):
        before = read_private_json(folder / REMEMBERED)
        noted = {
            "answers": answers.plain(),
            "files": dict(sorted(files.items())),
            # Accounts of that name may be elsewhere, whatever is answered later.
            "elsewhere": answers.run is not Run.COMPUTER or (before is not None and _was_elsewhere(before)),
        }
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_private_json(folder / _NEXT, {**noted, "begun": begun})
        _end_what_was_begun(folder)
        names = _PASSWORDS.get(answers.run, ())
        made = [name for name in names if _make_password(folder / SECRETS / name, answers.run)]
    return (*(() if before is not None else (REMEMBERED,)), *(f"{SECRETS}/{name}" for name in made))


def _end_what_was_begun(folder: Path) -> tuple[FileChange, ...]:
    """Write what a run that was broken off had begun; return it, without what somebody has changed since."""
    noted = read_private_json(folder / _NEXT)
    if noted is None:
        return ()
    try:
        run, begun = Run(noted["answers"]["run"]), [FileChange(*change) for change in noted.pop("begun")]
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder / _NEXT) from error
    _open_folder(folder, run)
    for change in begun:
        # What somebody has written since it was broken off stays.
        if _there(folder / change.path) == change.before:
            _write(folder, change)
    write_private_json(folder / REMEMBERED, noted)
    (folder / _NEXT).unlink()
    return tuple(change for change in begun if _there(folder / change.path) == change.after)


def _open_folder(folder: Path, run: Run) -> None:
    """Set who may read the network's files: containers and Caddy have users of their own, who need some of them.

    The folder is opened last and closed first: what is in it is never readable for a moment.
    """
    if run is not Run.SERVICES:
        folder.chmod(PRIVATE_FOLDER)
    (folder / "config").mkdir(exist_ok=True)
    for inner, of_services in ((folder / "config", _READABLE_BY_GROUP), (folder / SECRETS, PRIVATE_FOLDER)):
        if inner.is_dir():
            rights = {Run.CONTAINERS: _READABLE_FOLDER, Run.SERVICES: of_services}
            inner.chmod(rights.get(run, PRIVATE_FOLDER))
    if run is Run.SERVICES:
        folder.chmod(_PASSED_THROUGH)


def _write(folder: Path, change: FileChange) -> None:
    path = folder / change.path
    for parent in reversed([parent for parent in path.parents if folder in parent.parents]):
        if not parent.exists():
            parent.mkdir()
            parent.chmod(_READABLE_FOLDER)
    mode = path.stat().st_mode & 0o777 if path.exists() else _READABLE_FILE
    write_private(path, change.after.encode())
    path.chmod(mode)


def _make_password(path: Path, run: Run) -> bool:
    """Make a password where there is none: containers read it as users of their own, systemd as root.

    Returns whether it was made.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    is_new = not path.exists()
    if is_new:
        write_private(path, f"{secrets.token_hex(24)}\n".encode())
    if run is Run.CONTAINERS:
        path.parent.chmod(_READABLE_FOLDER)
        path.chmod(_READABLE_FILE)
    return is_new


def _there(path: Path) -> str | None:
    try:
        return bytes_of(path).decode()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise CommandError(
            msg("{path} cannot be read: {reason}.", path=path, reason=reason or os.strerror(5)),
            msg("Look at its rights, or name another file."),
        ) from error


def homeserver_there(data: DataFolder) -> str | None:
    """Return the name of the homeserver whose data are there, None where there is none. Raises DataFolderError."""
    known = known_community(data)
    return (
        known.server_name if known is not None else next(_configured(data.synapse / "homeserver.yaml"), None)
    )


def _configured(path: Path) -> Iterator[str]:
    """Yield the name that a homeserver was configured with, before anything was applied there."""
    try:
        found: Any = parse(bytes_of(path), str(path)).value
    except OSError:
        return
    if isinstance(found, dict) and isinstance(found.get("server_name"), str):
        yield found["server_name"]
