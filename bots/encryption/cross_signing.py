"""Whose signature is on a device or a key, verified here; the keys themselves are `matrix.cross_signing`.

A device that its owner has not signed gets no keys from clients that follow MSC4153, so ours is signed before its
first message, and the devices of others are believed only where both signatures are verified here.
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
    except (ValueError, TypeError, RecursionError):  # vodozemac's own kinds are ValueErrors
        return False
    return True
