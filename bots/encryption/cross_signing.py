"""Verifies signatures on devices and keys (spec, "Cross-signing"); our own keys are in `matrix.cross_signing`.

Clients that follow MSC4153 give no keys to a device that its owner has not signed, so ours is signed before its first
message. The devices of others are trusted only where both signatures of the chain are valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vodozemac

from matrix.cross_signing import (
    SEED_BYTES,
    USAGES,
    Identity,
    Json,
    SigningKey,
    at,
    canonical_json,
    decoded,
    public_key,
    signable,
    unpadded,
)

__all__ = [
    "SEED_BYTES",
    "USAGES",
    "Identity",
    "Json",
    "SigningKey",
    "at",
    "canonical_json",
    "decoded",
    "is_signed",
    "public_key",
    "unpadded",
]


def is_signed(value: Mapping[str, Any], *, user_id: str, key_id: str, public: str) -> bool:
    """Whether ``value`` carries a valid signature of ``user_id`` by the Ed25519 key ``public``.

    ``key_id`` is what the signature is filed under, without ``ed25519:``: a device's id, or the key itself.
    """
    signature = at(value, "signatures", user_id, f"ed25519:{key_id}")
    if not isinstance(signature, str):
        return False
    try:
        key = vodozemac.Ed25519PublicKey.from_base64(public)
        key.verify_signature(signable(value), vodozemac.Ed25519Signature.from_base64(signature))
    except (ValueError, TypeError, RecursionError):  # vodozemac's own errors are ValueErrors
        return False
    return True
