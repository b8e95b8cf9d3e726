"""The file of first passwords, ``sign-in.json``, from which coordinators tell people how to sign in.

An entry is written before its account is made, and kept until its person has chosen another password
(`provisioning.first_passwords`) or has left.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from community.description.data_folder import read_private_json, write_private_json
from matrix.ids import UserId
from provisioning.snapshot import Account


def random_password() -> str:
    """Return a password of 120 bits that can be typed on a phone."""
    alphabet = "abcdefghijkmnopqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(6)) for _ in range(4))


@dataclass
class PasswordBook:
    """Passwords of accounts that we make, in a private file.

    ``draw`` makes a random password. A password is in the file *before* an account has it, so that no account has a
    password that nobody knows. Whoever changes the file holds the lock ``apply.lock``. The file is
    ``{"homeserver": URL, "accounts": [{"user_id", "password", "role", "city"}]}``. While a password is replaced its
    entry has ``before`` too, the one of before (null: one that is not ours): one of the two opens the account.
    """

    path: Path
    homeserver: str
    draw: Callable[[], str]
    added: list[UserId] = field(default_factory=list)

    def accounts(self) -> list[dict[str, Any]]:
        """Return the entries."""
        book = read_private_json(self.path) or {}
        return list(book.get("accounts", ()))

    def prepare(self, made: list[Account], reopened: list[Account]) -> dict[UserId, str]:
        """Return a password for each account, new ones written to the file first.

        An account that is made gets the same one when it is asked for again; one that is opened again always gets a
        new one: others may know an earlier one by now.

        Raises:
            DataFolderError: the file cannot be written; no account was promised.
        """
        entries = self._entries()
        new = [account for account in made if account.user_id not in entries] + reopened
        entries |= {account.user_id: self._drawn(account) for account in new}
        self._write(entries)
        self.added += [account.user_id for account in new]
        return {account.user_id: entries[account.user_id]["password"] for account in (*made, *reopened)}

    def replace(self, account: Account) -> str:
        """Return a new password for an account, written to the file beside the one of before: see `settle`.

        Raises:
            DataFolderError: the file cannot be written; nothing was promised.
        """
        before = self._entries().get(account.user_id, {}).get("password")
        self._write({**self._entries(), account.user_id: {**self._drawn(account), "before": before}})
        self.added.append(account.user_id)
        return str(self._entries()[account.user_id]["password"])

    def is_settled(self, user_id: UserId) -> bool:
        """Whether it is certain which of our passwords the account has, if any."""
        return "before" not in self._entries().get(user_id, {})

    def settle(self, user_id: UserId, *, opens: bool) -> None:
        """Complete the entry of a replaced password, once it is known whether the new one ``opens`` the account.

        If it does not, the password before takes its place; without one the entry is deleted.

        Raises:
            DataFolderError: the file cannot be written.
        """
        entry = dict(self._entries()[user_id])
        before = entry.pop("before", None)
        if not opens and before is None:
            self.forget([user_id])
        else:
            kept = entry if opens else {**entry, "password": before}
            self._write({**self._entries(), user_id: kept})

    def forget(self, user_ids: Collection[UserId]) -> None:
        """Delete entries.

        Raises:
            DataFolderError: the file cannot be written.
        """
        left = {user: entry for user, entry in self._entries().items() if user not in user_ids}
        if len(left) < len(self.accounts()):
            self._write(left)

    def _drawn(self, account: Account) -> dict[str, Any]:
        return {
            "user_id": account.user_id,
            "password": self.draw(),
            "role": account.role,
            "city": account.city,
        }

    def _entries(self) -> dict[UserId, dict[str, Any]]:
        return {entry["user_id"]: entry for entry in self.accounts()}

    def _write(self, entries: Mapping[UserId, Mapping[str, Any]]) -> None:
        book = {"homeserver": self.homeserver, "accounts": [entries[key] for key in sorted(entries)]}
        if book != read_private_json(self.path):
            write_private_json(self.path, book)
