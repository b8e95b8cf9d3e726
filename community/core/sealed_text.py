"""Texts that are encrypted where they are stored (AES-256-GCM), so that without the key's file nobody can read them."""

from __future__ import annotations

import base64
import os

KEY_BYTES = 32
_SEALED = "sealed:1:"
"""What a sealed text begins with: the version of its form."""
_NONCE_BYTES, _TAG_BYTES = 12, 16


class TextCipher:
    """Seals and opens texts with one key. ``about`` says whose or which text it is: sealed, it fits nothing else."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("length")
        self._key = key

    def seal(self, text: str, about: str) -> str:
        """Return a text encrypted."""
        # Imported here because whoever only asks the directory seals nothing.
        from Crypto.Cipher import AES  # noqa: PLC0415

        nonce = os.urandom(_NONCE_BYTES)
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce).update(about.encode())
        ciphertext, tag = cipher.encrypt_and_digest(text.encode())
        return _SEALED + base64.b64encode(nonce + tag + ciphertext).decode()

    def open(self, sealed: str, about: str) -> str | None:
        """Return the text; None where it was sealed with another key, about something else, or was damaged."""
        from Crypto.Cipher import AES  # noqa: PLC0415 - as above

        try:
            parts = base64.b64decode(sealed.removeprefix(_SEALED), validate=True)
            nonce, parts = parts[:_NONCE_BYTES], parts[_NONCE_BYTES:]
            cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce).update(about.encode())
            return cipher.decrypt_and_verify(parts[_TAG_BYTES:], parts[:_TAG_BYTES]).decode()
        except ValueError:
            return None


def is_sealed(text: str) -> bool:
    """Whether a text as it is stored is encrypted."""
    return text.startswith(_SEALED)
