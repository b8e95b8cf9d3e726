"""Opens the store of an installation, with the key by which people's words in it are encrypted."""

from __future__ import annotations

import base64
import os
from contextlib import suppress
from pathlib import Path

from community.core.errors import StoreError
from community.core.messages import msg
from community.core.sealed_text import KEY_BYTES, TextCipher
from community.description.data_folder import (
    PRIVATE_FOLDER,
    DataFolder,
    damaged,
    read_private_json,
    unwritable,
    write_private_json,
)
from community.description.settings import Settings
from community.storage.database import Store
from community.storage.moved import require_not_moved
from community.storage.postgresql import Password

KEY = "words.json"
"""The file in ``secrets/``. Without it drafts, and what waits for people's word, cannot be read any more."""


async def open_store(settings: Settings, data: DataFolder) -> Store:
    """Open the store that the settings name, else that of the data folder.

    Raises:
        StoreError: it cannot be opened, or was moved to PostgreSQL and the settings do not say so.
        DataFolderError: the file of the key cannot be read, or there is none and it cannot be written.
    """
    url = settings.store_url or data.store_url
    require_not_moved(url)
    password = password_of(settings.store_password_file)
    return await Store.open(url, _cipher(data), password=password, connections=settings.store_connections)


def password_of(path: str | Path | None) -> Password | None:
    """Return what reads a password's file, anew at each connection; None of no file."""

    def read() -> str:
        assert path is not None  # noqa: S101 - see below
        try:
            return Path(path).read_text().strip()
        except (OSError, ValueError) as error:
            raise StoreError(
                msg("The file of the store's password, {path}, cannot be read.", path=path),
                msg("Look at store_password_file in settings.yaml, and at the rights of the file."),
            ) from error

    return None if path is None else read


def _cipher(data: DataFolder) -> TextCipher:
    """Return the cipher of the data folder; its key is made the first time."""
    path = data.secret(KEY)
    kept = read_private_json(path)
    if kept is None:
        _make_key(path)
        kept = read_private_json(path) or {}
    try:
        return TextCipher(base64.b64decode(kept["key"], validate=True))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path) from error


def _make_key(path: Path) -> None:
    """Write a new key, whole, unless another process has done so meanwhile. Raises DataFolderError."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_private_json(new, {"key": base64.b64encode(os.urandom(KEY_BYTES)).decode()})
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    except OSError as error:
        raise unwritable(path.parent, error) from error
