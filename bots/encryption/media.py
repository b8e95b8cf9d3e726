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


class FileSealer:
    """Encrypts one file with AES-CTR under a new key, part by part. ``draw`` returns that many random bytes."""

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        key, start = draw(32), draw(8)
        # The lower half of the counter begins at zero, so that it cannot overflow (spec).
        self._cipher = AES.new(key, AES.MODE_CTR, nonce=start, initial_value=0)
        self._hash = hashlib.sha256()
        self.secret = base64.urlsafe_b64encode(key).decode().rstrip("=")
        self.iv = unpadded(start + bytes(8))

    def seal(self, content: bytes) -> bytes:
        """Return the ciphertext of the next part."""
        ciphertext: bytes = self._cipher.encrypt(content)
        self._hash.update(ciphertext)
        return ciphertext

    @property
    def sha256(self) -> str:
        """The hash of the ciphertext so far."""
        return unpadded(self._hash.digest())


def seal(content: bytes, draw: Callable[[int], bytes]) -> EncryptedFile:
    """Encrypt a file with AES-CTR under a new key. ``draw`` returns that many random bytes."""
    sealer = FileSealer(draw)
    return EncryptedFile(sealer.seal(content), sealer.secret, sealer.iv, sealer.sha256)


def encrypted_file(url: str, *, secret: str, iv: str, sha256: str) -> Json:
    """Return what a device needs to read a file at ``url`` (spec, ``EncryptedFile``)."""
    key = {"kty": "oct", "key_ops": ["encrypt", "decrypt"], "alg": "A256CTR", "k": secret, "ext": True}
    return {"v": "v2", "url": url, "key": key, "iv": iv, "hashes": {"sha256": sha256}}


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
    return {
        "msgtype": "m.file",
        "body": file.name,
        "filename": file.name,
        "info": {"mimetype": file.type, "size": file.size},
        "file": encrypted_file(file.url, secret=file.secret, iv=file.iv, sha256=file.sha256),
    }
