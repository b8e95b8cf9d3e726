"""The secret in an address that opens something by itself: of a feed, of an invitation. Pure: randomness is given."""

from __future__ import annotations

import base64
import hashlib
import re

SECRET_BYTES = 24
"""192 bits, of a source that nobody can foresee: `os.urandom`."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def secret_of(random: bytes) -> str:
    """Return the secret that `SECRET_BYTES` random bytes make: 32 characters that an address may have."""
    return base64.urlsafe_b64encode(random).decode()


def digest_of(secret: str) -> str | None:
    """Return the SHA-256 of a secret in hexadecimal, None of what has not the form of one.

    It has no salt: nobody can try all the secrets that there may be. Secrets are looked up by it and never compared
    themselves, so the time that a look takes tells nothing of one.
    """
    return hashlib.sha256(secret.encode()).hexdigest() if _SECRET.fullmatch(secret) else None


def digest_of_own(secret: str) -> str:
    """Return the digest of a secret that `secret_of` has made. Raises ValueError: it is none of ours."""
    digest = digest_of(secret)
    if digest is None:
        raise ValueError("not the form of a secret")
    return digest


def is_digest(name: str) -> bool:
    """Whether a name is a digest of ours."""
    return _DIGEST.fullmatch(name) is not None
