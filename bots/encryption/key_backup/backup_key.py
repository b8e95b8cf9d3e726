"""The keys of a backup of room keys, and what is encrypted with them (spec, "m.megolm_backup.v1.curve25519-aes-sha2").

Whoever knows the public key, as the homeserver does, can put sessions of its own into such a backup. So what we put
there also has an authentication code, which only we can make (MSC4048), and nothing else is read back.

Pure.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import vodozemac

from bots.encryption.cross_signing import (
    Identity,
    Json,
    at,
    canonical_json,
    decoded,
    is_signed,
    unpadded,
)
from bots.encryption.key_backup.secret_storage import derived_bytes
from bots.encryption.protocol import HOSTILE_ERRORS, Refused, payload_of

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
_MAC_NAME = "org.matrix.msc4048.hmac-sha-256:backup_mac_key"
_MAC_INFO = "MATRIX_BACKUP_MAC_KEY"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class BackupWriter:
    """What is needed to add to a backup, and not enough to read it: its public key, and the key of the codes."""

    user_id: str
    public: str
    mac_key: bytes

    def __repr__(self) -> str:
        return f"BackupWriter({self.public})"

    def auth_data(self, identity: Identity) -> Json:
        """Return the ``auth_data`` of a backup version: the public key, signed by the master key."""
        data: Json = {"public_key": self.public}
        name = f"ed25519:{identity.master.public}"
        return {**data, "signatures": {self.user_id: {name: identity.master.sign(data)}}}

    def sealed(self, session: Mapping[str, Any]) -> Json:
        """Return the ``session_data`` of a session, encrypted and with our code."""
        key = vodozemac.Curve25519PublicKey.from_base64(self.public)
        message = vodozemac.PkEncryption.from_key(key).encrypt(json.dumps(session).encode())
        data = {
            "ephemeral": unpadded(message.ephemeral_key),
            "ciphertext": unpadded(message.ciphertext),
            "mac": unpadded(message.mac),
        }
        return {**data, "signatures": {self.user_id: {_MAC_NAME: unpadded(self._code(data))}}}

    def is_ours(self, session_data: Json) -> bool:
        """Whether a ``session_data`` has our code: then nobody else has made or changed it."""
        code = at(session_data, "signatures", self.user_id, _MAC_NAME)
        signed = {k: v for k, v in session_data.items() if k not in ("signatures", "unsigned")}
        return isinstance(code, str) and hmac.compare_digest(self._code(signed), decoded(code))

    def _code(self, data: Mapping[str, Any]) -> bytes:
        return hmac.new(self.mac_key, canonical_json(data), sha256).digest()


@dataclass(frozen=True, repr=False)
class BackupSecret:
    """The private key of a backup, which opens all of it. Its ``repr`` shows nothing of it."""

    user_id: str
    private: bytes

    @classmethod
    def drawn(cls, user_id: str) -> BackupSecret:
        """Return a new random key."""
        return cls(user_id, os.urandom(KEY_BYTES))

    def __repr__(self) -> str:
        return "BackupSecret(…)"

    @cached_property
    def writer(self) -> BackupWriter:
        """What is needed to add to the backup."""
        public = vodozemac.Curve25519SecretKey.from_bytes(self.private).public_key().to_base64()
        return BackupWriter(self.user_id, public, derived_bytes(self.private, _MAC_INFO, KEY_BYTES))

    def opened(self, session_data: object) -> Json:
        """Return the session that `BackupWriter.sealed` has encrypted.

        Raises:
            Refused: it is not ours, or malformed.
        """
        try:
            if not isinstance(session_data, dict) or not self.writer.is_ours(session_data):
                raise Refused("not ours")
            parts = (session_data[name] for name in ("ciphertext", "mac", "ephemeral"))
            message = vodozemac.Message(*map(decoded, parts))
            key = vodozemac.Curve25519SecretKey.from_bytes(self.private)
            return payload_of(vodozemac.PkDecryption.from_key(key).decrypt(message).decode())
        except HOSTILE_ERRORS as error:
            raise Refused(type(error).__name__) from error


def is_version_of(version: Mapping[str, Any] | None, public: str, *, user_id: str, master: str) -> bool:
    """Whether a backup version, as the homeserver shows it, has this public key and our master key's signature."""
    data = None if version is None else version.get("auth_data")
    if version is None or not isinstance(data, Mapping) or version.get("algorithm") != ALGORITHM:
        return False
    return data.get("public_key") == public and is_signed(data, user_id=user_id, key_id=master, public=master)
