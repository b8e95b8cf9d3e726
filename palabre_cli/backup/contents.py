"""What of a data folder and a network's folder goes into a backup, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from community.description.backups import BACKUPS

MEDIA = PurePosixPath("synapse/media")
"""What people have sent: many files that are never changed, copied last."""
_STORE = PurePosixPath("palabre.db")
_CRYPTO = PurePosixPath("bot-crypto")
_MADE_ANEW = ("logs", "run", BACKUPS)
_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")
_LOCKS = ("lock",)
_OF_A_PROCESS = frozenset({PurePosixPath("synapse/homeserver.pid")})


def is_backed_up(path: PurePosixPath) -> bool:
    """Whether a file of the data folder goes into a backup: all but what each start makes anew, and drafts."""
    return not (
        path.parts[0] in _MADE_ANEW
        or path.name in _LOCKS
        or path.suffix == ".lock"
        or path in _OF_A_PROCESS
        or path.name.endswith(_BESIDE_A_DATABASE)
        or _is_draft(path)
    )


def _is_draft(path: PurePosixPath) -> bool:
    """Whether it is what a process is writing at this moment (`write_private`), or a probe of it."""
    return path.name.startswith(".") and (path.suffix[1:].isdecimal() or path.name == ".write-probe")


def in_order(databases: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Return the databases of a data folder in the order in which each is looked at, one right after the other.

    The bot's keys come first, then the store, the homeserver last: what was done between two looks is then, in the
    copy, as if the bot had been killed in the middle of it, which it mends by itself. The other way round the store
    would say that something was posted that the homeserver does not have.
    """
    return sorted(databases, key=lambda path: (_rank(path), path))


def _rank(path: PurePosixPath) -> int:
    if _CRYPTO in path.parents:
        return 0
    return 1 if path == _STORE else 2
