"""Encryption of backups in the age format (age-encryption.org/v1); the only importer of pyrage.

Whoever makes a backup needs the public part of a key alone, so what the computer that runs Palabre has opens none of
them. All goes through in blocks: the size of an archive does not matter.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

import pyrage
from pyrage import x25519

from community.core.messages import msg
from palabre_cli.backup.errors import ArchiveDamaged, BackupError, WrongKey, cannot_read

_NO_MATCH = "No matching keys found"
"""What rage says where the header names none of our keys."""
_MOST_OF_A_KEY = 100_000


@dataclass(frozen=True)
class BackupKey:
    """A private key, and the file that it is from."""

    path: Path
    _identity: x25519.Identity = field(repr=False)

    @classmethod
    def draw(cls, path: Path) -> BackupKey:
        """Return a new key; it is written nowhere."""
        return cls(path, x25519.Identity.generate())

    @classmethod
    def read(cls, path: Path) -> BackupKey:
        """Read a key file, as `BackupKey.text` or ``age-keygen`` writes it.

        Raises:
            BackupError: it cannot be read, or has no key.
        """
        try:
            with path.open("rb") as file:
                text = file.read(_MOST_OF_A_KEY).decode(errors="replace")
        except OSError as error:
            raise cannot_read(path, error) from error
        lines = [line.strip() for line in text.splitlines()]
        secret = next((line for line in lines if line.startswith("AGE-SECRET-KEY-1")), "")
        try:
            return cls(path, x25519.Identity.from_str(secret))
        except pyrage.IdentityError as error:
            raise BackupError(
                msg("There is no private key for backups in {path}.", path=path),
                msg(
                    "Give the file that “palabre backup key” has written; its key begins with AGE-SECRET-KEY-1."
                ),
            ) from error

    @property
    def recipient(self) -> str:
        """The public part, ``age1…``."""
        return str(self._identity.to_public())

    def text(self, now: datetime) -> str:
        """Return the file of the key, as ``age-keygen`` writes it."""
        return f"# created: {now:%Y-%m-%dT%H:%M:%SZ}\n# public key: {self.recipient}\n{self._identity}\n"

    def decrypt(self, source: BinaryIO, target: BinaryIO) -> None:
        """Decrypt from one stream to another. Raises pyrage.DecryptError, OSError."""
        pyrage.decrypt_io(source, target, [self._identity])


@contextmanager
def encrypting(target: BinaryIO, recipients: Sequence[str]) -> Iterator[BinaryIO]:
    """Give a stream; what is written to it goes to ``target``, encrypted to each of ``recipients``.

    Raises:
        BackupError: a recipient is no public key of age's.
        OSError: ``target`` cannot be written.
    """
    keys = [_recipient(text) for text in recipients]
    watched = _WatchedTarget(target)
    reading, writing = os.pipe()
    worker = _Worker(reading, lambda source: pyrage.encrypt_io(source, watched, keys))
    try:
        with os.fdopen(writing, "wb") as stream:
            yield stream
    except BrokenPipeError:
        # It has ended early: what it met says why.
        if watched.error is None and worker.end() is None:
            raise
    finally:
        error = worker.end()
    if watched.error is not None:
        raise watched.error
    if error is not None:
        raise error


@contextmanager
def decrypting(archive: Path, source: BinaryIO, key: BackupKey) -> Iterator[BinaryIO]:
    """Give the decrypted stream of an archive. What was read of it before an error was raised may not be all.

    Raises:
        WrongKey: it is encrypted to other keys.
        ArchiveDamaged: it is cut off or changed.
    """
    reading, writing = os.pipe()

    def work(target: BinaryIO) -> None:
        with suppress(BrokenPipeError):
            key.decrypt(source, target)

    worker = _Worker(writing, work, mode="wb")
    stream = os.fdopen(reading, "rb")
    try:
        yield stream
        _require_end(stream, archive)
        failed = worker.end()
    except ArchiveDamaged:
        # What was read was cut off: why, the decryption knows.
        stream.close()
        failed = worker.end()
        if not _is_wrong_key(failed):
            raise
    finally:
        stream.close()
        worker.end()
    if _is_wrong_key(failed):
        raise WrongKey(archive, key.path) from failed
    if failed is not None:
        raise ArchiveDamaged(archive) from failed


def _require_end(stream: BinaryIO, archive: Path) -> None:
    """Refuse what comes after the end: the decryption would wait for ever for somebody to take it."""
    if stream.read(1):
        raise ArchiveDamaged(archive)


def _is_wrong_key(failed: Exception | None) -> bool:
    return isinstance(failed, pyrage.DecryptError) and _NO_MATCH in str(failed)


def _recipient(text: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupError(
            msg("“{key}” in settings.yaml is no public key for backups.", key=text),
            msg("Copy again what “palabre backup key” has shown; a character of it is wrong."),
        ) from error


def _opened(end: int, mode: Literal["rb", "wb"]) -> BinaryIO:
    return os.fdopen(end, "rb") if mode == "rb" else os.fdopen(end, "wb")


class _WatchedTarget:
    """A stream that remembers why it could not be written: rage tells it in words alone."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.error: OSError | None = None

    def write(self, block: bytes) -> int:
        try:
            return self._target.write(block)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._target.flush()


class _Worker:
    """Does its work in a thread, at one end of a pipe, which it closes; it keeps what went wrong."""

    def __init__(self, end: int, work: Callable[[BinaryIO], None], mode: Literal["rb", "wb"] = "rb") -> None:
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(end, work, mode), daemon=True)
        self._thread.start()

    def _run(self, end: int, work: Callable[[BinaryIO], None], mode: Literal["rb", "wb"]) -> None:
        try:
            with _opened(end, mode) as stream:
                work(stream)
        except BrokenPipeError:
            return
        except Exception as error:
            self._error = error

    def end(self) -> Exception | None:
        """Wait until it has ended; return what went wrong."""
        self._thread.join()
        return self._error
