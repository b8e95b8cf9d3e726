"""The bot's secrets in its account data on the homeserver (spec, "Secrets", "Storage").

One key, the recovery key, is the default one. While a new one takes its place each secret stands there under both, so
that at any moment one of the two opens all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bots.encryption.cross_signing import USAGES, Json, at
from bots.encryption.key_backup.secret_storage import SecretStorageKey
from bots.errors import NothingStored, RecoveryKeyWrong
from matrix.client_api import ClientApi
from matrix.ids import UserId

BACKUP_SECRET = "m.megolm_backup.v1"
SEED_SECRETS = tuple(f"m.cross_signing.{usage}" for usage in USAGES)
_DEFAULT_KEY = "m.secret_storage.default_key"
_KEY = "m.secret_storage.key."


@dataclass(frozen=True)
class ServerSecrets:
    """The account data of ``user_id``. What the homeserver gives is believed only as far as a key opens it."""

    client: ClientApi
    user_id: UserId

    async def default_key(self) -> str | None:
        """Return the id of the key that is in use, None where there is none."""
        found = at(await self.client.account_data(self.user_id, _DEFAULT_KEY), "key")
        return found if isinstance(found, str) and found else None

    async def opened(self, key: SecretStorageKey, names: Iterable[str]) -> dict[str, str]:
        """Return secrets by name.

        Raises:
            NothingStored: no key is in use.
            RecoveryKeyWrong: another one is.
            SecretUnreadable: a secret is missing, damaged, or was encrypted with another key.
            MatrixError: the homeserver does not answer or refuses.
        """
        key_id = await self.default_key()
        description = None if key_id is None else await self._content(f"{_KEY}{key_id}")
        if key_id is None or not description:
            raise NothingStored(self.user_id)
        if not key.fits(description):
            raise RecoveryKeyWrong(self.user_id)
        sealed = {name: at(await self._content(name), "encrypted", key_id) for name in names}
        return {name: key.opened(name, secret) for name, secret in sealed.items()}

    async def put(self, key: SecretStorageKey, secrets: Mapping[str, str]) -> str:
        """Store secrets under a new key, beside what the present one opens; return its id. It is not in use yet.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        present, key_id = await self.default_key(), os.urandom(16).hex()
        await self.client.set_account_data(self.user_id, f"{_KEY}{key_id}", key.description())
        for name, secret in secrets.items():
            before = at(await self._content(name), "encrypted", present or "")
            kept = {} if present is None or before is None else {present: before}
            await self._set(name, {"encrypted": {**kept, key_id: key.sealed(name, secret)}})
        return key_id

    async def use(self, key_id: str) -> None:
        """Put a key in use. What another one opened is taken away.

        Raises:
            MatrixError: the homeserver does not answer or refuses; another call with the same key goes on.
        """
        before = await self.default_key()
        await self._set(_DEFAULT_KEY, {"key": key_id})
        for name in (*SEED_SECRETS, BACKUP_SECRET):
            sealed = at(await self._content(name), "encrypted", key_id)
            await self._set(name, {"encrypted": {} if sealed is None else {key_id: sealed}})
        if before not in (None, key_id):
            await self._set(f"{_KEY}{before}", {})

    async def withdraw(self) -> None:
        """Take all of it away: no recovery key opens anything any more.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        before = await self.default_key()
        for name in (
            *SEED_SECRETS,
            BACKUP_SECRET,
            _DEFAULT_KEY,
            *(() if before is None else (f"{_KEY}{before}",)),
        ):
            if await self._content(name):
                await self._set(name, {})

    async def _content(self, name: str) -> Json:
        return await self.client.account_data(self.user_id, name) or {}

    async def _set(self, name: str, content: Json) -> None:
        await self.client.set_account_data(self.user_id, name, content)
