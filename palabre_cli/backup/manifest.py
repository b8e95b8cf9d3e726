"""What an archive says of itself: its first member says what it is of, its last one what is in it.

The archive is a tar file. ``backup.json`` comes first, so that an archive that cannot be used is refused before
anything of it is written. ``MANIFEST.sha256`` comes last: for each member its size, as a comment, and its SHA-256, in
the form that ``sha256sum --check`` reads; then, as comments, what should be in it and is not (`gaps`). Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum

FORMAT = 1
"""The form of the archive; one that is larger is a newer Palabre's."""
HEADER = "backup.json"
MANIFEST = "MANIFEST.sha256"
DATA, NETWORK, DATABASES = "data/", "network/", "databases/"
"""How the names of members begin: of the data folder, of the network's folder, of databases that are in neither."""
_LONGEST_NAME = 1000
_SURROGATE = re.compile(r"[\ud800-\udfff]")
"""What stands for bytes of a name that are not UTF-8."""
_PART = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")


class DatabaseOwner(Enum):
    """Whose database a member of `DATABASES` is."""

    STORE = "store"
    HOMESERVER = "homeserver"

    @property
    def dump(self) -> str:
        """The name of the member that has PostgreSQL's dump of it."""
        return f"{DATABASES}{self.value}.pgdump"


STORE_FILE = f"{DATABASES}palabre.db"
"""The store where it is an SQLite file outside the data folder."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What an archive is of: when it was made, by which version, with which forms of the databases.

    ``store_revision`` and ``crypto_version`` are absent where there is no such database yet.
    ``homeserver``: whether the homeserver's data are in it.
    """

    made_at: str
    palabre: str
    server_name: str
    store_revision: str | None
    crypto_version: int | None
    homeserver: bool
    format: int = FORMAT

    def as_bytes(self) -> bytes:
        """Return the member `HEADER`."""
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def read_header(content: bytes) -> BackupHeader:
    """Return what the member `HEADER` says.

    Raises:
        ValueError: it does not say what it should.
    """
    told = json.loads(content)
    if not isinstance(told, dict) or not isinstance(told.get("format"), int):
        raise ValueError("no header")  # noqa: TRY004 - a wrong value, not an argument's type
    if told["format"] > FORMAT:
        # What else a newer one says is not known here.
        return BackupHeader("", str(told.get("palabre", "?")), "", None, None, False, told["format"])
    header = BackupHeader(**{name: told[name] for name in BackupHeader.__slots__})
    datetime.fromisoformat(header.made_at)
    texts = (header.palabre, header.server_name, header.store_revision or "")
    if not all(isinstance(text, str) for text in texts) or not isinstance(header.crypto_version, int | None):
        raise ValueError("no header")
    return header


def is_newer(
    header: BackupHeader, *, version: str, store_revisions: Sequence[str], crypto_version: int
) -> bool:
    """Whether a newer Palabre than this one has written the archive.

    ``store_revisions``: the revisions of the store that this one knows; ``crypto_version``: that of its crypto files.
    """
    return (
        header.format > FORMAT
        or _parts(header.palabre) > _parts(version)
        or (header.store_revision is not None and header.store_revision not in store_revisions)
        or (header.crypto_version or 0) > crypto_version
    )


def _parts(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version)[:3])


def manifest_lines(name: str, size: int, digest: str) -> bytes:
    """Return what `MANIFEST` says of one member."""
    return f"# {size} bytes\n{digest}  {name}\n".encode()


@dataclass(frozen=True, slots=True)
class MemberSums:
    """Adds up members as they are written or read; no list of them is kept, however many there are."""

    _running: hashlib._Hash

    @classmethod
    def begin(cls) -> MemberSums:
        """Return the sums of no member."""
        return cls(hashlib.sha256())

    def add(self, lines: bytes) -> None:
        """Add the lines of one member (`manifest_lines`)."""
        self._running.update(lines)

    def matches(self, manifest_digest: str) -> bool:
        """Whether a manifest whose lines on members have that SHA-256 says exactly what was added."""
        return self._running.hexdigest() == manifest_digest


def is_safe_name(name: str) -> bool:
    """Whether a member of that name lands where it should: below one of our folders, by plain names alone."""
    parts = name.split("/")
    return (
        len(name) <= _LONGEST_NAME
        and not _SURROGATE.search(name)
        and name.startswith((DATA, NETWORK, DATABASES))
        and all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    )
