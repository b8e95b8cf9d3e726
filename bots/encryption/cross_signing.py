"""Cross-signing: who vouches for which device (spec, "Cross-signing").

A user's master key signs their self-signing key, which signs each of their devices. A device that its owner has
not signed gets no keys from clients that follow MSC4153, so ours is signed before its first message, and the
devices of others are believed only where both signatures are verified here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

Json = dict[str, Any]
SEED_BYTES = 32
USAGES = ("master", "self_signing", "user_signing")


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of ``value`` (spec, Appendices, "Canonical JSON")."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _signable(value: Mapping[str, Any]) -> bytes:
    return canonical_json({k: v for k, v in value.items() if k not in ("signatures", "unsigned")})


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """An Ed25519 key from its 32-byte seed. Its ``repr`` shows nothing of it."""

    seed: bytes

    @property
    def public(self) -> str:
        """The public key in unpadded base64, as Matrix writes keys."""
        key = ECC.construct(curve="Ed25519", seed=self.seed)
        return _unpadded(key.public_key().export_key(format="raw"))

    def sign(self, value: Mapping[str, Any]) -> str:
        """Return the signature of a JSON object (spec, Appendices, "Signing JSON") in unpadded base64."""
        key = ECC.construct(curve="Ed25519", seed=self.seed)
        return _unpadded(eddsa.new(key, "rfc8032").sign(_signable(value)))

    def __repr__(self) -> str:
        return "SigningKey(…)"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user's three cross-signing keys."""

    user_id: str
    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

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


def is_signed(value: Mapping[str, Any], *, user_id: str, public: str) -> bool:
    """Whether ``value`` carries a valid signature of ``user_id`` by the Ed25519 key ``public``."""
    signature = _at(value, "signatures", user_id, f"ed25519:{public}")
    if not isinstance(signature, str):
        return False
    try:
        key = eddsa.import_public_key(_decoded(public))
        eddsa.new(key, "rfc8032").verify(_signable(value), _decoded(signature))
    except (ValueError, binascii.Error, TypeError):
        return False
    return True


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


def signed_devices(answer: Mapping[str, Any], user_id: str) -> dict[str, Json]:
    """Return the devices of ``user_id`` that their owner has signed, each with its keys, by device id.

    ``answer`` is that of ``/keys/query``. The chain from master key to device is verified; a device's own
    signature on its keys is too, so that nobody's device can be passed off as another's.
    """
    master = public_key(_at(answer, "master_keys", user_id), user_id=user_id, usage="master")
    key = _at(answer, "self_signing_keys", user_id)
    self_signing = public_key(key, user_id=user_id, usage="self_signing")
    if master is None or self_signing is None or not is_signed(key, user_id=user_id, public=master):
        return {}
    devices = _at(answer, "device_keys", user_id)
    if not isinstance(devices, Mapping):
        return {}
    return {
        device_id: dict(device)
        for device_id, device in devices.items()
        if isinstance(device, Mapping)
        and (device.get("user_id"), device.get("device_id")) == (user_id, device_id)
        and is_signed(device, user_id=user_id, public=self_signing)
        and _signs_itself(device, user_id, device_id)
    }


def _signs_itself(device: Mapping[str, Any], user_id: str, device_id: str) -> bool:
    own = _at(device, "keys", f"ed25519:{device_id}")
    signature = _at(device, "signatures", user_id, f"ed25519:{device_id}")
    if not isinstance(own, str) or not isinstance(signature, str):
        return False
    # A device's signature is named by its id, not by its key.
    renamed = {**device, "signatures": {user_id: {f"ed25519:{own}": signature}}}
    return is_signed(renamed, user_id=user_id, public=own)


def _at(value: Any, *path: str) -> Any:
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value
