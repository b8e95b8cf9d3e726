"""The note beside an SQLite file whose rows were moved to another database: nothing is written into it any more."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from community.core.errors import StoreError
from community.core.messages import msg
from community.description.data_folder import read_private_json, write_private_json

_TO = "store_url"


def sqlite_file(url: str) -> Path | None:
    """Return the SQLite file of an address, None of another database."""
    address = make_url(url)
    is_file = address.get_backend_name() == "sqlite" and address.database not in {None, "", ":memory:"}
    return Path(str(address.database)) if is_file else None


def note_moved(file: Path, to: str) -> None:
    """Note that the rows of ``file`` are at ``to`` now, an address without a password. Raises DataFolderError."""
    write_private_json(note_of(file), {_TO: to})


def require_not_moved(url: str) -> None:
    """Refuse an SQLite file whose rows were moved: what would be written into it would be lost.

    Raises:
        StoreError: it was moved.
        DataFolderError: the note cannot be read.
    """
    file = sqlite_file(url)
    moved = None if file is None else read_private_json(note_of(file))
    if file is not None and moved is not None:
        raise StoreError(
            msg("The store, {file}, was moved to PostgreSQL.", file=file),
            msg(
                "Write into settings.yaml: store_url: {url}. To go on with the file as it was then, remove {note}.",
                url=moved.get(_TO, "postgresql://…"),
                note=note_of(file),
            ),
        )


def note_of(file: Path) -> Path:
    """Return where the note of an SQLite file is."""
    return file.with_name(f"{file.name}.moved")
