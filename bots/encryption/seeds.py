"""The seeds of the bot's cross-signing identity on the disk.

``identity/cross-signing.sealed`` has them encrypted; the key is in ``secrets/identity.json``, so a backup of one of the
two alone reveals nothing. ``identity/recovery.json`` has all that is needed to restore the identity on another machine;
the operator keeps a copy of it elsewhere. It is read only where the sealed file or its key is lost.
"""

from __future__ import annotations

import base64
import json
import os

import structlog
from Crypto.Cipher import AES

from bots.encryption.cross_signing import SEED_BYTES, USAGES, Identity, Json, SigningKey
from bots.errors import ForeignIdentity, IdentityUnreadable
from community.core.errors import DataFolderError
from community.description.data_folder import DataFolder, read_private_json, write_private_json

log = structlog.get_logger()

SEALED = "cross-signing.sealed"
RECOVERY = "recovery.json"
NEXT = "next.json"
"""The file of a new identity until it has replaced the old one on the homeserver."""
KEY = "identity.json"
_ALGORITHM = "AES-256-GCM"
_KEY_BYTES = 32


def kept_identities(data: DataFolder, user_id: str) -> list[Identity]:
    """Return the stored identities of ``user_id``: the sealed one, that of the recovery file, a new one.

    Raises:
        IdentityUnreadable: there are files, but none can be decrypted.
    """
    files = (data.identity / SEALED, data.identity / RECOVERY)
    readable = (_sealed(data), _plain(data, RECOVERY), _plain(data, NEXT))
    opened = [seeds for seeds in readable if seeds is not None]
    if not opened and any(path.exists() for path in files):
        raise IdentityUnreadable(data.identity)
    return [_identity(seeds, user_id, data) for seeds in opened]


def drawn_identity(data: DataFolder, user_id: str) -> Identity:
    """Make a new identity and write it to the disk, beside the one that it may replace.

    Raises:
        DataFolderError: it cannot be written.
    """
    identity = Identity(user_id, *(SigningKey(os.urandom(SEED_BYTES)) for _usage in USAGES))
    write_private_json(data.identity / NEXT, _seeds(identity))
    return identity


def keep(data: DataFolder, identity: Identity) -> None:
    """Write the recovery file and the sealed file of an identity, in that order, where it is not sealed yet.

    For an identity that is sealed already the recovery file is not written again: the operator has moved it away.
    """
    seeds = _seeds(identity)
    if _sealed(data) != seeds:
        write_private_json(data.identity / RECOVERY, seeds)
        _seal(data, seeds)
    (data.identity / NEXT).unlink(missing_ok=True)


def _seeds(identity: Identity) -> Json:
    keys = (identity.master, identity.self_signing, identity.user_signing)
    return {
        "user_id": identity.user_id,
        **{usage: _text(key.seed) for usage, key in zip(USAGES, keys, strict=True)},
    }


def _identity(seeds: Json, user_id: str, data: DataFolder) -> Identity:
    if seeds.get("user_id") != user_id:
        raise ForeignIdentity(user_id, data.identity)
    try:
        keys = [SigningKey(_seed(seeds[usage])) for usage in USAGES]
    except (KeyError, TypeError, ValueError) as error:
        raise IdentityUnreadable(data.identity) from error
    return Identity(user_id, *keys)


def _plain(data: DataFolder, name: str) -> Json | None:
    try:
        return read_private_json(data.identity / name)
    except DataFolderError as error:
        log.warning("seeds_damaged", reason=str(error))
        return None


def _sealed(data: DataFolder) -> Json | None:
    """Return the seeds in the sealed file; None where the file or its key is missing or they do not match."""
    try:
        sealed, key = read_private_json(data.identity / SEALED), read_private_json(data.secret(KEY))
        if sealed is None or key is None:
            return None
        cipher = AES.new(base64.b64decode(key["key"]), AES.MODE_GCM, nonce=base64.b64decode(sealed["nonce"]))
        text = cipher.decrypt_and_verify(
            base64.b64decode(sealed["ciphertext"]), base64.b64decode(sealed["tag"])
        )
        seeds = json.loads(text)
    except (DataFolderError, KeyError, TypeError, ValueError) as error:
        log.warning("sealed_identity_unreadable", reason=type(error).__name__)
        return None
    return seeds if isinstance(seeds, dict) else None


def _seed(text: str) -> bytes:
    seed = base64.b64decode(text)
    if len(seed) != SEED_BYTES:
        raise ValueError("length")
    return seed


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _seal(data: DataFolder, seeds: Json) -> None:
    key, nonce = os.urandom(_KEY_BYTES), os.urandom(12)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    ciphertext, tag = cipher.encrypt_and_digest(json.dumps(seeds).encode())
    write_private_json(data.secret(KEY), {"algorithm": _ALGORITHM, "key": _text(key)})
    sealed = {
        "algorithm": _ALGORITHM,
        "nonce": _text(nonce),
        "ciphertext": _text(ciphertext),
        "tag": _text(tag),
    }
    write_private_json(data.identity / SEALED, sealed)
