"""Writing and reading the tar file of a backup, member by member and in blocks.

It is a plain tar file (GNU's form), so that ``age --decrypt`` and ``tar`` read it without Palabre. What is read may be
anybody's: a public key is all that is needed to make an archive. So only regular files with safe names are taken,
names have a limit, and nothing is believed of a size but what comes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from community.core.messages import msg
from palabre_cli.backup.errors import ArchiveDamaged, BackupError
from palabre_cli.backup.gaps import LONGEST, Gap, gap_lines, read_gaps
from palabre_cli.backup.manifest import (
    HEADER,
    MANIFEST,
    BackupHeader,
    MemberSums,
    is_safe_name,
    manifest_lines,
    read_header,
)

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 20
_MOST_OF_A_HEADER = 100_000
_MOST_OF_A_NAME = 4096


class ArchiveWriter:
    """Writes an archive to ``target``; ``listing`` is an empty file in which it notes what the archive has."""

    def __init__(self, target: BinaryIO, listing: BinaryIO, seconds: int) -> None:
        self._target = target
        self._listing = listing
        self._seconds = seconds
        self.count = 0
        self.bytes = 0

    def begin(self, header: BackupHeader) -> None:
        """Write what the archive is of."""
        self.add_bytes(HEADER, header.as_bytes())

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small file."""
        self._write_head(name, len(content))
        self._target.write(content)
        self._end(name, len(content), hashlib.sha256(content).hexdigest())

    def add_file(self, name: str, source: BinaryIO) -> None:
        """Add a file as long as it is now; what is written to it meanwhile stays out.

        Raises:
            BackupError: it has become shorter meanwhile.
            OSError: it cannot be read, or the archive cannot be written.
        """
        size = os.fstat(source.fileno()).st_size
        self._write_head(name, size)
        digest, left = hashlib.sha256(), size
        while left:
            chunk = source.read(min(_CHUNK, left))
            if not chunk:
                raise BackupError(
                    msg(
                        "The file {name} has become shorter while it was copied: no backup was made.",
                        name=name,
                    ),
                    msg("Try again."),
                )
            digest.update(chunk)
            self._target.write(chunk)
            left -= len(chunk)
        self._end(name, size, digest.hexdigest())

    def end(self, gaps: Sequence[Gap] = ()) -> None:
        """Write the manifest, with what was left out, and the end."""
        self._listing.write(gap_lines(gaps))
        size = self._listing.tell()
        self._write_head(MANIFEST, size)
        self._listing.seek(0)
        shutil.copyfileobj(self._listing, self._target, _CHUNK)
        self._pad(size)
        self._target.write(bytes(2 * _BLOCK))

    def _write_head(self, name: str, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self._seconds
        self._target.write(info.tobuf(tarfile.GNU_FORMAT))

    def _end(self, name: str, size: int, digest: str) -> None:
        self._pad(size)
        self._listing.write(manifest_lines(name, size, digest))
        self.count += 1
        self.bytes += size

    def _pad(self, size: int) -> None:
        self._target.write(bytes(-size % _BLOCK))


@dataclass
class ArchivedFile:
    """A member that is being read."""

    name: str
    size: int
    _reader: ArchiveReader
    _digest: hashlib._Hash
    _left: int

    def chunks(self) -> Iterator[bytes]:
        """Yield its content; `ArchiveReader` goes on once all of it was taken.

        Raises:
            ArchiveDamaged: the archive ends in the middle.
        """
        while self._left:
            chunk = self._reader.take(min(_CHUNK, self._left))
            self._left -= len(chunk)
            self._digest.update(chunk)
            yield chunk

    def finish(self) -> str:
        """Read what nobody has taken; return the SHA-256."""
        for _chunk in self.chunks():
            continue
        return self._digest.hexdigest()


class ArchiveReader:
    """Reads an archive from ``source``: first `header`, then `files` until its end, then `gaps` are known.

    Every method raises `ArchiveDamaged` where it is not as it was written.
    """

    def __init__(self, source: BinaryIO, archive: Path) -> None:
        self._source = source
        self._archive = archive
        self._sums = MemberSums.begin()
        self._listed = 0
        self.gaps: tuple[Gap, ...] = ()

    def header(self) -> BackupHeader:
        """Return what the archive is of."""
        first = self._next()
        if first is None or first.name != HEADER or first.size > _MOST_OF_A_HEADER:
            raise self._damaged
        content = b"".join(first.chunks())
        self._finish(first)
        try:
            return read_header(content)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._damaged from error

    def files(self) -> Iterator[ArchivedFile]:
        """Yield each member; where the last was yielded, all of them were as the manifest says."""
        while True:
            member = self._next()
            if member is None:
                raise self._damaged
            if member.name == MANIFEST:
                break
            if not is_safe_name(member.name):
                raise self._damaged
            yield member
            self._finish(member)
        self._read_manifest(member)
        if self._next() is not None or self._source.read(1):
            raise self._damaged

    def _read_manifest(self, member: ArchivedFile) -> None:
        """Compare the lines of all members; what follows them is what was left out."""
        left, digest, rest = self._listed, hashlib.sha256(), bytearray()
        if not left <= member.size <= left + LONGEST:
            raise self._damaged
        for chunk in member.chunks():
            digest.update(chunk[:left])
            rest += chunk[left:]
            left = max(0, left - len(chunk))
        self._skip_padding(member.size)
        if not self._sums.matches(digest.hexdigest()):
            raise self._damaged
        try:
            self.gaps = read_gaps(bytes(rest))
        except ValueError as error:
            raise self._damaged from error

    def take(self, size: int) -> bytes:
        """Return exactly so many bytes."""
        found = self._source.read(size)
        if len(found) < size:
            raise self._damaged
        return found

    def _finish(self, member: ArchivedFile) -> None:
        digest = member.finish()
        self._skip_padding(member.size)
        lines = manifest_lines(member.name, member.size, digest)
        self._sums.add(lines)
        self._listed += len(lines)

    def _next(self) -> ArchivedFile | None:
        """Read the head of the next member; None at the end of the archive."""
        info = self._head()
        if info is None:
            return None
        name = info.name
        if info.type == tarfile.GNUTYPE_LONGNAME:
            if not 0 < info.size <= _MOST_OF_A_NAME:
                raise self._damaged
            name = self.take(info.size).rstrip(b"\0").decode(errors="replace")
            self._skip_padding(info.size)
            info = self._head()
        if info is None or info.type != tarfile.REGTYPE or info.size < 0:
            raise self._damaged
        return ArchivedFile(name, info.size, self, hashlib.sha256(), info.size)

    def _head(self) -> tarfile.TarInfo | None:
        block = self.take(_BLOCK)
        if not any(block):
            if any(self.take(_BLOCK)):
                raise self._damaged
            return None
        with suppress(tarfile.HeaderError):
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        raise self._damaged

    def _skip_padding(self, size: int) -> None:
        self.take(-size % _BLOCK)

    @property
    def _damaged(self) -> ArchiveDamaged:
        return ArchiveDamaged(self._archive)
