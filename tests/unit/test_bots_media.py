"""Files encrypted as the specification says."""

from __future__ import annotations

import base64
import hashlib
import os

import pytest
from Crypto.Cipher import AES
from Crypto.Util import Counter

from bots.encryption.media import attachment, file_content, seal


def padded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("content", [b"", b"a few words", os.urandom(100_000)])
def test_a_sealed_file_opens_with_what_is_said_of_it_and_its_key_is_nowhere_else(content: bytes) -> None:
    sealed = seal(content, os.urandom)
    file = file_content(
        attachment(sealed, "mxc://h/abc", name="données.json", media_type="application/json")
    )["file"]
    assert (file["v"], file["url"], file["key"]["alg"]) == ("v2", "mxc://h/abc", "A256CTR")
    assert padded(file["hashes"]["sha256"]) == hashlib.sha256(sealed.ciphertext).digest()
    iv = padded(file["iv"])
    assert iv[8:] == bytes(8)
    key = base64.urlsafe_b64decode(file["key"]["k"] + "=")
    counter = Counter.new(128, initial_value=int.from_bytes(iv))
    assert AES.new(key, AES.MODE_CTR, counter=counter).decrypt(sealed.ciphertext) == content
    assert sealed.secret not in repr(sealed)


def test_each_file_has_a_key_of_its_own() -> None:
    first, second = seal(b"same", os.urandom), seal(b"same", os.urandom)
    assert {first.secret, first.iv, first.sha256}.isdisjoint({second.secret, second.iv, second.sha256})
