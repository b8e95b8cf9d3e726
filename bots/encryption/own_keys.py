"""The keys of our own device, and which of them are to be uploaded (spec, "Key management API")."""

from __future__ import annotations

from datetime import datetime, timedelta

from bots.encryption.cross_signing import Json, canonical_json
from bots.encryption.protocol import MEGOLM, OLM, ONE_TIME_KEY
from bots.encryption.store import CryptoStore
from matrix.ids import DeviceId, UserId

FALLBACK_KEPT = timedelta(hours=1)
"""The shortest time between two replacements of the fallback key.

Only the last two fallback keys can be used. So a message to a replaced key can be read for this long at least, however
often the newer one is claimed meanwhile."""


class OwnKeys:
    """Our device's identity, one-time and fallback keys.

    Private keys are on the disk before the public are uploaded.
    """

    def __init__(self, store: CryptoStore, user_id: UserId, device_id: DeviceId) -> None:
        self.store = store
        self.user_id = user_id
        self.device_id = device_id
        self.identity_keys: dict[str, str] = dict(store.account.identity_keys)
        self.signed_device_keys: Json | None = None
        self.master: str | None = None
        """The public master key of our identity, whose seed we have; None until it is known."""

    @property
    def is_published(self) -> bool:
        """Whether this device's keys have been uploaded."""
        return bool(self.store.account.shared)

    def use_signed_device_keys(self, device_keys: Json) -> None:
        """Include our device keys, with all signatures, in each Olm message (MSC4147)."""
        self.signed_device_keys = device_keys

    def to_upload(self, one_time_keys: int, *, fallback: bool, now: datetime) -> Json | None:
        """Return the body of ``/keys/upload``, None where nothing is due. Its private keys are on the disk.

        ``one_time_keys``: how many the server has; ``fallback``: whether it has no unused fallback key.
        """
        account, body = self.store.account, Json()
        if not account.shared:
            body["device_keys"] = self._device_keys()
        # Keys that were made but not uploaded are uploaded now.
        missing = account.max_one_time_keys - one_time_keys - len(account.one_time_keys["curve25519"])
        if missing > 0:
            account.generate_one_time_keys(missing)
        unpublished = account.one_time_keys["curve25519"]
        if unpublished:
            body["one_time_keys"] = {
                f"{ONE_TIME_KEY}:{key_id}": self._signed({"key": key}) for key_id, key in unpublished.items()
            }
        if fallback and (account._account.fallback_key or self._may_replace_fallback(now)):
            if not account._account.fallback_key:
                # A key that was made but not uploaded is uploaded now: only the last two can be used, and the one
                # that the server has must stay one of them.
                account._account.generate_fallback_key()
                self.store.fallback_replaced = now if account.shared else None
            body["fallback_keys"] = {
                f"{ONE_TIME_KEY}:{key_id}": self._signed({"key": key.to_base64(), "fallback": True})
                for key_id, key in account._account.fallback_key.items()
            }
        if not body:
            return None
        self.store.touch_account()
        self.store.commit(now)
        return body

    def to_replace(self, now: datetime) -> Json:
        """Return the body of ``/keys/upload`` with as many new one-time keys as may be, and a new fallback key."""
        if not self.store.account._account.fallback_key:
            # One that was made and not uploaded is uploaded now: it is as old as it is.
            self.store.fallback_replaced = None
        body = self.to_upload(0, fallback=True, now=now)
        assert body is not None  # noqa: S101 - one-time keys are missing
        return body

    def _may_replace_fallback(self, now: datetime) -> bool:
        replaced = self.store.fallback_replaced
        return replaced is None or abs(now - replaced) >= FALLBACK_KEPT

    def uploaded(self, now: datetime) -> None:
        """Note that the server has taken the keys."""
        self.store.mark_published()
        self.store.commit(now)

    def _device_keys(self) -> Json:
        return self._signed(
            {
                "algorithms": [OLM, MEGOLM],
                "device_id": self.device_id,
                "user_id": self.user_id,
                "keys": {f"{name}:{self.device_id}": key for name, key in self.identity_keys.items()},
            }
        )

    def _signed(self, value: Json) -> Json:
        signature = self.store.account.sign(canonical_json(value).decode())
        return {**value, "signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}
