"""Cross-signing keys: making them, and reading them as a homeserver gives them (spec, "Cross-signing"). Pure.

A user's master key signs their self-signing key, which signs each of their devices, and their user-signing key, which
signs other people's master keys.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from matrix.ids import DeviceId, UserId

Json = dict[str, Any]
SEED_BYTES = 32
USAGES = ("master", "self_signing", "user_signing")


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of ``value`` (spec, Appendices, "Canonical JSON")."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def unpadded(data: bytes) -> str:
    """Return unpadded base64, as Matrix writes keys and ciphertext."""
    return base64.b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return what unpadded base64 stands for."""
    return base64.b64decode(text + "=" * (-len(text) % 4))


def signable(value: Mapping[str, Any]) -> bytes:
    """Return what is signed of a JSON object (spec, Appendices, "Signing JSON")."""
    return canonical_json({k: v for k, v in value.items() if k not in ("signatures", "unsigned")})


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """An Ed25519 key from its 32-byte seed. Its ``repr`` shows nothing of it."""

    seed: bytes

    @property
    def public(self) -> str:
        """The public key in unpadded base64, as Matrix writes keys."""
        key = ECC.construct(curve="Ed25519", seed=self.seed)
        return unpadded(key.public_key().export_key(format="raw"))

    def sign(self, value: Mapping[str, Any]) -> str:
        """Return the signature of a JSON object (spec, Appendices, "Signing JSON") in unpadded base64."""
        key = ECC.construct(curve="Ed25519", seed=self.seed)
        return unpadded(eddsa.new(key, "rfc8032").sign(signable(value)))

    def __repr__(self) -> str:
        return "SigningKey(…)"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user's three cross-signing keys."""

    user_id: str
    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

    @property
    def public_keys(self) -> dict[str, str]:
        """The public keys by usage."""
        keys = (self.master, self.self_signing, self.user_signing)
        return {usage: key.public for usage, key in zip(USAGES, keys, strict=True)}

    def upload_body(self) -> Json:
        """Return the body of ``/keys/device_signing/upload``."""
        master = self._key("master", self.master)
        body: Json = {"master_key": master}
        for usage, key in (("self_signing", self.self_signing), ("user_signing", self.user_signing)):
            signed = self._key(usage, key)
            signed["signatures"] = {self.user_id: {f"ed25519:{self.master.public}": self.master.sign(signed)}}
            body[f"{usage}_key"] = signed
        return body

    def _key(self, usage: str, key: SigningKey) -> Json:
        return {
            "user_id": self.user_id,
            "usage": [usage],
            "keys": {f"ed25519:{key.public}": key.public},
        }

    def signed_device(self, device_keys: Mapping[str, Any]) -> Json:
        """Return the device's keys with our self-signing key's signature alone, for ``/keys/signatures/upload``."""
        signed = {k: v for k, v in device_keys.items() if k not in ("signatures", "unsigned")}
        signature = self.self_signing.sign(signed)
        return {
            **signed,
            "signatures": {self.user_id: {f"ed25519:{self.self_signing.public}": signature}},
        }


def public_key(key: object, *, user_id: str, usage: str) -> str | None:
    """Return the public part of a cross-signing key of ``user_id`` for ``usage``, None where it is not one."""
    if not isinstance(key, Mapping) or key.get("user_id") != user_id:
        return None
    usages, keys = key.get("usage"), key.get("keys")
    if not isinstance(usages, list) or usage not in usages:
        return None
    if not isinstance(keys, Mapping) or len(keys) != 1:
        return None
    name, public = next(iter(keys.items()))
    return public if isinstance(public, str) and name == f"ed25519:{public}" else None


def shown_master_key(answer: Json, user_id: UserId) -> str | None:
    """Return the master key that an answer of ``/keys/query`` shows for an account, None where it shows none."""
    return public_key(at(answer, "master_keys", user_id), user_id=user_id, usage="master")


def shown_devices(answer: Json, user_id: UserId) -> tuple[DeviceId, ...]:
    """Return the devices with encryption keys that an answer of ``/keys/query`` shows for an account."""
    return tuple(sorted(map(DeviceId, at(answer, "device_keys", user_id) or {})))


def at(value: Any, *path: str) -> Any:
    """Return what stands at a path of keys, None where there is nothing."""
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value
