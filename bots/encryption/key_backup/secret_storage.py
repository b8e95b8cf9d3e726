"""Secrets encrypted with a recovery key (spec, "m.secret_storage.v1.aes-hmac-sha2"). Pure."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bots.encryption.cross_signing import Json, at, decoded, unpadded
from bots.errors import SecretUnreadable

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
KEY_BYTES = 32
IV_BYTES = 16


@dataclass(frozen=True, slots=True, repr=False)
class SecretStorageKey:
    """A key of 32 bytes, which opens all secrets. Its ``repr`` shows nothing of it."""

    key: bytes

    @classmethod
    def drawn(cls) -> SecretStorageKey:
        """Return a new random key."""
        return cls(os.urandom(KEY_BYTES))

    def __repr__(self) -> str:
        return "SecretStorageKey(…)"

    def description(self) -> Json:
        """Return the content of ``m.secret_storage.key.ID``, with which clients check whether they have the key."""
        iv = _drawn_iv()
        return {
            "algorithm": ALGORITHM,
            "name": "Palabre",
            "iv": unpadded(iv),
            "mac": unpadded(_encrypted(self.key, "", bytes(KEY_BYTES), iv)[1]),
        }

    def fits(self, description: Mapping[str, Any]) -> bool:
        """Whether it is the described key. Where the description has no check every key fits."""
        if description.get("algorithm") != ALGORITHM:
            return False
        iv, mac = description.get("iv"), description.get("mac")
        if iv is None or mac is None:
            return True
        try:
            found = _encrypted(self.key, "", bytes(KEY_BYTES), _iv(iv))[1]
            return hmac.compare_digest(found, decoded(mac))
        except (ValueError, TypeError):
            return False

    def sealed(self, name: str, secret: str) -> Json:
        """Return a secret encrypted under its name, as it stands in ``encrypted`` of its account data."""
        iv = _drawn_iv()
        ciphertext, mac = _encrypted(self.key, name, secret.encode(), iv)
        return {"iv": unpadded(iv), "ciphertext": unpadded(ciphertext), "mac": unpadded(mac)}

    def opened(self, name: str, sealed: object) -> str:
        """Return a secret that `sealed` has encrypted.

        Raises:
            SecretUnreadable: it is malformed, or encrypted with another key or under another name.
        """
        try:
            iv, ciphertext, mac = (decoded(at(sealed, part)) for part in ("iv", "ciphertext", "mac"))
            return _decrypted(self.key, name, ciphertext, mac, iv)
        except (ValueError, TypeError) as error:
            raise SecretUnreadable(name) from error


def _drawn_iv() -> bytes:
    """Return a random initialisation vector; bit 63 is 0, for implementations whose counter has 64 bits."""
    iv = bytearray(os.urandom(IV_BYTES))
    iv[8] &= 0x7F
    return bytes(iv)


def _iv(text: str) -> bytes:
    iv = decoded(text)
    if len(iv) != IV_BYTES:
        raise ValueError("length")
    return iv


def _encrypted(key: bytes, name: str, plain: bytes, iv: bytes) -> tuple[bytes, bytes]:
    aes, mac_key = _keys(key, name)
    ciphertext = _counter_mode(aes, iv).encrypt(plain)
    return ciphertext, _mac(mac_key, ciphertext)


def _decrypted(key: bytes, name: str, ciphertext: bytes, mac: bytes, iv: bytes) -> str:
    aes, mac_key = _keys(key, name)
    if not hmac.compare_digest(_mac(mac_key, ciphertext), mac):
        raise ValueError("another key's")
    return str(_counter_mode(aes, iv).decrypt(ciphertext).decode())


def _keys(key: bytes, name: str) -> tuple[bytes, bytes]:
    derived = derived_bytes(key, name, 2 * KEY_BYTES)
    return derived[:KEY_BYTES], derived[KEY_BYTES:]


def derived_bytes(key: bytes, info: str, size: int) -> bytes:
    """Return ``size`` bytes derived from a key by HKDF with SHA-256 and no salt."""
    return bytes(HKDF(key, size, b"", SHA256, context=info.encode()))


def _counter_mode(aes: bytes, iv: bytes) -> Any:
    return AES.new(aes, AES.MODE_CTR, nonce=b"", initial_value=iv)


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, sha256).digest()
