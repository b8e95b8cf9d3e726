"""Notes which passwords Palabre's own accounts have, as digests of the homeserver's hashes, to see that one was reset.

A note is removed before Palabre changes a password itself, and made anew afterwards: killed in between, nothing is
noted, and so nothing is taken for somebody else's doing.
"""

from __future__ import annotations

from collections.abc import Mapping

from community.description.data_folder import DataFolder, read_private_json, write_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import UserId
from provisioning.snapshot import OwnAccounts

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


async def note_passwords(http: HomeserverClient, own: OwnAccounts, data: DataFolder) -> None:
    """Note the passwords of our accounts that have no note; ``http`` holds an administrator's token.

    Where the operator has changed one and written it into the account's file, that one is noted.

    Raises:
        DataFolderError, MatrixError.
    """
    noted = noted_passwords(data)
    files = {own.provisioner: None, own.bot: "bot.json", own.break_glass: "break-glass.json"}
    for account, file in files.items():
        digest = await AdminApi(http).password_digest(account)
        if digest is None or noted.get(account) == digest:
            continue
        if account not in noted or await _opens(http.url, account, data, file):
            noted[account] = digest
    if noted != noted_passwords(data):
        _write(data, noted)


async def _opens(url: str, account: UserId, data: DataFolder, file: str | None) -> bool:
    """Whether the password in an account's file opens it."""
    secret = None if file is None else read_private_json(data.secret(file))
    if secret is None or secret.get("user_id") != account or not isinstance(secret.get("password"), str):
        return False
    async with HomeserverClient(url, attempts=1) as http:
        return await ClientApi(http).password_opens(account, secret["password"])


def _write(data: DataFolder, noted: Mapping[UserId, str]) -> None:
    write_private_json(data.secret(_FILE), dict(noted))
