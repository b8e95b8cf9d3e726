"""The data folder: where an installation keeps what it must not lose, and the writing of private files."""

from __future__ import annotations

import fcntl
import glob
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from community.core.errors import DataFolderError
from community.core.messages import msg
from community.description.settings import Settings

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
SERVED_FOLDER = 0o755
"""What another user serves; it stands in the data folder, which nobody else can enter."""
UP_LOCK, SERVE_LOCK, BOTS_LOCK = "lock", "serve.lock", "bot-crypto.lock"
"""The locks of the processes that go on for long."""
_WRITING = 60.0
"""Seconds after which nobody is still writing a draft."""
APPLY_LOCK = "apply.lock"
"""The lock that whoever changes the homeserver holds, and the service while it looks."""
SERVICE = "palabre serve"
"""The service's name in a lock."""


class DataFolderInUse(DataFolderError):
    """Another process holds a lock of the data folder. ``holder``: its process id and name."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            msg("The data folder {folder} is in use by process {holder}.", folder=folder, holder=holder),
            msg("Wait until that one has ended, or stop it, then try again."),
        )
        self.holder = holder


@dataclass(frozen=True, slots=True)
class FolderLock:
    """The open file of a lock in ``folder``."""

    handle: int
    folder: Path

    def take(self, who: str) -> None:
        """Hold it as the process ``who``, until the file is closed.

        Raises:
            DataFolderInUse: another process holds it.
        """
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataFolderInUse(self.folder, _holder(self.handle)) from error
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, f"{os.getpid()} {who}\n".encode(), 0)


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The layout below ``root``."""

    root: Path

    @property
    def sign_in(self) -> Path:
        """People's accounts and first passwords."""
        return self.root / "sign-in.json"

    @property
    def community(self) -> Path:
        """Which community, on which homeserver, this folder is of (`community.description.known_community`)."""
        return self.root / "community.json"

    @property
    def store(self) -> Path:
        """The store, where settings name no other database."""
        return self.root / "palabre.db"

    @property
    def identity(self) -> Path:
        """The bot's cross-signing seeds: never to be lost."""
        return self.root / "identity"

    @property
    def bot_crypto(self) -> Path:
        """The state of the bot's device; can be made anew under the same identity."""
        return self.root / "bot-crypto"

    @property
    def synapse(self) -> Path:
        """The embedded homeserver's files."""
        return self.root / "synapse"

    @property
    def homeserver(self) -> Path:
        """The homeserver's database, where it is SQLite."""
        return self.synapse / "homeserver.db"

    @property
    def embedded_url(self) -> Path:
        """Where the embedded homeserver's address is noted."""
        return self.synapse / "url"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.root / "logs"

    @property
    def feeds(self) -> Path:
        """What the calendar's feeds show: `palabre web` may read it, and nothing else here."""
        return self.root / "feeds"

    @property
    def joining(self) -> Path:
        """Where the socket of the desk is that `palabre web` asks for accounts (`community.joining.desk`)."""
        return self.root / "joining"

    @property
    def invitations(self) -> Path:
        """What the pages of invitations show: `palabre web` may read that too."""
        return self.root / "invitations"

    @property
    def web_port(self) -> Path:
        """Where the `palabre web` of `palabre up` notes its port."""
        return self.run / "web.json"

    @property
    def run(self) -> Path:
        """What says that a process is ready."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Passwords and tokens of Palabre's own accounts."""
        return self.root / "secrets"

    def secret(self, name: str) -> Path:
        """Return the file of one secret."""
        return self.secrets / name

    def ready_file(self, process: str) -> Path:
        """Return the file in which a process writes its pid once it is ready."""
        return self.run / f"{process}.ready"

    def status_file(self, process: str) -> Path:
        """Return the file in which a running process says how it is."""
        return self.run / f"{process}.status.json"

    @property
    def settings(self) -> Path:
        """The settings that what runs goes by, for whoever finds a mistake in their file."""
        return self.run / "settings.json"

    @contextmanager
    def alone(self, who: str) -> Iterator[None]:
        """Hold every lock of Palabre's processes as ``who``: none of them runs, and none can start.

        Raises:
            DataFolderInUse: one of them runs.
            DataFolderError: a lock cannot be written.
        """
        with ExitStack() as locks:
            for name in (UP_LOCK, APPLY_LOCK, SERVE_LOCK, BOTS_LOCK):
                locks.enter_context(self.locked(name, who))
            yield

    def holder(self, name: str) -> str | None:
        """Return who holds the lock ``name`` (process id and name), None where nobody does."""
        try:
            handle = os.open(self.root / name, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unwritable(self.root, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(handle)
        finally:
            os.close(handle)
        return None

    @property
    def store_url(self) -> str:
        """SQLAlchemy's address of `store`."""
        return f"sqlite+aiosqlite:///{self.store.absolute()}"

    def prepare(self) -> None:
        """Make the folders, private to their owner.

        Raises:
            DataFolderError: they cannot be made or written.
        """
        kept = (self.secrets, self.identity, self.bot_crypto, self.synapse)
        folders = (self.root, *kept, self.logs, self.run, self.joining)
        try:
            for folder in folders:
                folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            for served in (self.feeds, self.invitations):
                if not served.exists():
                    served.mkdir()
                    served.chmod(SERVED_FOLDER)
            probe = self.root / ".write-probe"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise unwritable(self.root, error) from error

    @contextmanager
    def locked(self, name: str, who: str) -> Iterator[None]:
        """Hold the lock ``name`` (``DATA/name``) as the process ``who``, or refuse at once.

        The kernel gives the lock back when the process ends, however it ends.

        Raises:
            DataFolderInUse: another process holds it.
            DataFolderError: it cannot be written.
        """
        with self.opened_lock(name) as lock:
            lock.take(who)
            yield

    @contextmanager
    def opened_lock(self, name: str) -> Iterator[FolderLock]:
        """Give the lock ``name``, to be taken and held until the end of the block.

        Raises:
            DataFolderError: it cannot be written.
        """
        try:
            handle = os.open(self.root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise unwritable(self.root, error) from error
        try:
            yield FolderLock(handle, self.root)
        finally:
            os.close(handle)


def homeserver_url(settings: Settings, data: DataFolder) -> str:
    """Return the homeserver's address: the settings', else that of the embedded one in ``data``.

    Raises:
        DataFolderError: neither is known.
    """
    if settings.homeserver.url is not None:
        return settings.homeserver.url
    try:
        return data.embedded_url.read_text().strip()
    except OSError as error:
        raise DataFolderError(
            msg("No homeserver is known: settings.yaml names none and {folder} has none.", folder=data.root),
            msg("Start one with “palabre up”, or name yours under homeserver.url in settings.yaml."),
        ) from error


def _holder(handle: int) -> str:
    return os.pread(handle, 200, 0).decode(errors="replace").strip() or "?"


def unwritable(folder: Path, error: OSError) -> DataFolderError:
    """Return what is raised where a folder of ours cannot be read or written."""
    return DataFolderError(
        msg("The data folder {folder} cannot be written: {reason}.", folder=folder, reason=error.strerror),
        msg("Make room or change its rights, or name another with --data."),
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all, and on the disk when this returns.

    What processes that were killed while they wrote it have left beside it is removed: it may have passwords.

    Raises:
        DataFolderError: it cannot be written (disk full, no rights); what was there before stands.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _remove_left_drafts(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise unwritable(path.parent, error) from error


def _remove_left_drafts(path: Path) -> None:
    """Remove drafts of a file that nobody can be writing any more; in another container there are other processes."""
    oldest = time.time() - _WRITING
    for draft in path.parent.glob(f".{glob.escape(path.name)}.*"):
        with suppress(FileNotFoundError):
            if draft.suffix[1:].isdecimal() and draft.stat().st_mtime < oldest:
                draft.unlink()


def write_private_json(path: Path, value: object) -> None:
    """Write ``value`` as JSON by `write_private`."""
    write_private(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_private_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in ``path``, None where there is no such file.

    Raises:
        DataFolderError: the file is damaged or unreadable.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path) from error
    if not isinstance(value, dict):
        raise damaged(path)
    return value


def damaged(path: Path) -> DataFolderError:
    """Return what is raised where a file of ours does not say what it should."""
    return DataFolderError(
        msg("The file {path} is damaged or cannot be read.", path=path),
        msg("Put back the copy you keep of it, then start again."),
    )
