"""Stores the identities that Palabre gave to its sealed accounts; any other identity of them is a fault."""

from __future__ import annotations

from typing import Any

from community.description.data_folder import DataFolder, read_private_json, write_private_json

_FILE = "sealed-identities.json"
_MASTER, _PUBLISHING = "master_key", "publishing"


class IdentityNotes:
    """The public master keys of the sealed accounts (``secrets/sealed-identities.json``); nothing in it is secret.

    Raises DataFolderError where the file cannot be read or written.
    """

    def __init__(self, data: DataFolder) -> None:
        self._path = data.secret(_FILE)

    def are_kept_here(self) -> bool:
        """Whether the accounts were sealed from this data folder: a bot may run beside another one."""
        return self._path.exists()

    def master_key(self, user_id: str) -> str | None:
        """Return the master key that an account was sealed with, None where it is not sealed yet."""
        key = self._of(user_id).get(_MASTER)
        return key if isinstance(key, str) else None

    def is_settled(self, user_id: str) -> bool:
        """Whether an account is sealed, and no new key waits for its confirmation."""
        return list(self._of(user_id)) == [_MASTER]

    def keys(self, user_id: str) -> tuple[str, ...]:
        """Return all noted master keys of an account, confirmed or not."""
        master, publishing = self.master_key(user_id), self._of(user_id).get(_PUBLISHING)
        noted = publishing if isinstance(publishing, list) else []
        return tuple(key for key in (master, *noted) if isinstance(key, str))

    def begin(self, user_id: str, key: str) -> None:
        """Note a key that is about to be published, beside earlier ones that were never confirmed."""
        noted = self._of(user_id).get(_PUBLISHING)
        earlier = noted if isinstance(noted, list) else []
        self._write(user_id, {**self._of(user_id), _PUBLISHING: [*earlier, key]})

    def confirm(self, user_id: str, key: str) -> None:
        """Note that the homeserver shows this key, which is ours."""
        self._write(user_id, {_MASTER: key})

    def _of(self, user_id: str) -> dict[str, Any]:
        noted = self._all().get(user_id)
        return noted if isinstance(noted, dict) else {}

    def _all(self) -> dict[str, Any]:
        return read_private_json(self._path) or {}

    def _write(self, user_id: str, noted: dict[str, Any]) -> None:
        write_private_json(self._path, {**self._all(), user_id: noted})
