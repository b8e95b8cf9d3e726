"""Files in the media repository, which the homeserver cannot read (spec, "Sending encrypted attachments")."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from Crypto.Cipher import AES

from bots.encryption.cross_signing import Json, unpadded
from community.description.directory_model import Attachment


@dataclass(frozen=True, slots=True, repr=False)
class EncryptedFile:
    """A file's ciphertext, and the key, counter and hash to decrypt it (unpadded base64).

    Its ``repr`` shows nothing.
    """

    ciphertext: bytes
    secret: str
    iv: str
    sha256: str


def seal(content: bytes, draw: Callable[[int], bytes]) -> EncryptedFile:
    """Encrypt a file with AES-CTR under a new key. ``draw`` returns that many random bytes."""
    key, start = draw(32), draw(8)
    # The lower half of the counter begins at zero, so that it cannot overflow (spec).
    cipher = AES.new(key, AES.MODE_CTR, nonce=start, initial_value=0)
    ciphertext = cipher.encrypt(content)
    return EncryptedFile(
        ciphertext,
        secret=base64.urlsafe_b64encode(key).decode().rstrip("="),
        iv=unpadded(start + bytes(8)),
        sha256=unpadded(hashlib.sha256(ciphertext).digest()),
    )


def attachment(sealed: EncryptedFile, url: str, *, name: str, media_type: str) -> Attachment:
    """Return the description of an encrypted file that was uploaded to ``url`` (``mxc://``)."""
    return Attachment(
        name=name,
        url=url,
        type=media_type,
        size=len(sealed.ciphertext),
        secret=sealed.secret,
        iv=sealed.iv,
        sha256=sealed.sha256,
    )


def file_content(file: Attachment) -> Json:
    """Return the content of the ``m.file`` message that sends a file."""
    key = {"kty": "oct", "key_ops": ["encrypt", "decrypt"], "alg": "A256CTR", "k": file.secret, "ext": True}
    return {
        "msgtype": "m.file",
        "body": file.name,
        "filename": file.name,
        "info": {"mimetype": file.type, "size": file.size},
        "file": {"v": "v2", "url": file.url, "key": key, "iv": file.iv, "hashes": {"sha256": file.sha256}},
    }
