"""The book of first passwords: ``sign-in.json``, from which people are told how to sign in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from community.data_folder import read_private_json, write_private_json
from matrix.ids import UserId
from provisioning.snapshot import Account


@dataclass
class PasswordBook:
    """Passwords of accounts that we make, in a private file.

    ``draw`` makes a random password. A password is in the file *before* its account exists, so that an account
    is never made with a password that nobody knows; asking again gives the same one. The file is
    ``{"homeserver": URL, "accounts": [{"user_id", "password", "role", "city"}]}``.
    """

    path: Path
    homeserver: str
    draw: Callable[[], str]
    added: list[UserId] = field(default_factory=list)

    def accounts(self) -> list[dict[str, Any]]:
        """Return the entries."""
        book = read_private_json(self.path) or {}
        return list(book.get("accounts", ()))

    def prepare(self, wanted: list[Account]) -> dict[UserId, str]:
        """Return a password for each account, new ones written to the file first.

        Raises:
            DataFolderError: the file cannot be written; no account was promised.
        """
        entries = {entry["user_id"]: entry for entry in self.accounts()}
        new = [account for account in wanted if account.user_id not in entries]
        for account in new:
            entries[account.user_id] = {
                "user_id": account.user_id,
                "password": self.draw(),
                "role": account.role,
                "city": account.city,
            }
        book = {"homeserver": self.homeserver, "accounts": [entries[key] for key in sorted(entries)]}
        if book != read_private_json(self.path):
            write_private_json(self.path, book)
        self.added += [account.user_id for account in new]
        return {account.user_id: entries[account.user_id]["password"] for account in wanted}
