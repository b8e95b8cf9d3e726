"""Notes which passwords Palabre's own accounts have, as digests of the homeserver's hashes, to see that one was reset.

A note is removed before Palabre changes a password itself, and made anew afterwards: killed in between, nothing is
noted, and so nothing is taken for somebody else's doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from community.description.data_folder import DataFolder, read_private_json, write_private_json
from matrix.admin import AdminApi
from matrix.http import HomeserverClient
from matrix.ids import UserId

_FILE = "own-passwords.json"


def noted_passwords(data: DataFolder) -> dict[UserId, str]:
    """Return the digest that was noted for each account. Raises DataFolderError."""
    noted = read_private_json(data.secret(_FILE)) or {}
    return {UserId(account): str(digest) for account, digest in noted.items()}


def forget_password(data: DataFolder, account: UserId) -> None:
    """Remove the note of an account whose password is about to be changed. Raises DataFolderError."""
    noted = noted_passwords(data)
    if account in noted:
        _write(data, {other: digest for other, digest in noted.items() if other != account})


async def note_passwords(http: HomeserverClient, accounts: Iterable[UserId], data: DataFolder) -> None:
    """Note the passwords of accounts that have no note; ``http`` holds an administrator's token.

    Raises:
        DataFolderError, MatrixError.
    """
    noted = noted_passwords(data)
    found = {
        account: await AdminApi(http).password_digest(account) for account in accounts if account not in noted
    }
    new = {account: digest for account, digest in found.items() if digest is not None}
    if new:
        _write(data, {**noted, **new})


def _write(data: DataFolder, noted: Mapping[UserId, str]) -> None:
    write_private_json(data.secret(_FILE), dict(noted))
