"""The bot's device: identity, encrypted sending, reading. Alone in importing nio and vodozemac.

Of nio only the Olm and Megolm sessions are used. The machine around them, its store, sync, sharing of keys and
sending are our own, over `matrix.client_api`, because that is where nio 0.26 loses messages, hangs or can be
stopped by a stranger (docs/upstream.md).

Each name below is imported when it is asked for, so that nio, which takes longer to import than all of ours, is
imported where the machine begins: by the bots' process, and by no command that only looks at the device's files.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bots.encryption.batch import Batch, Invitation, Reacted, Received
    from bots.encryption.client import EncryptedClient
    from bots.encryption.health import Health
    from bots.encryption.history_sharing import InvitedPerson
    from bots.encryption.identity import OpenDevice, open_device
    from bots.encryption.key_backup.uploading import KeyUploads
    from bots.encryption.recipients import KnownPeople, Recipients
    from bots.encryption.room_view import RoomView

__all__ = [
    "Batch",
    "EncryptedClient",
    "Health",
    "Invitation",
    "InvitedPerson",
    "KeyUploads",
    "KnownPeople",
    "OpenDevice",
    "Reacted",
    "Received",
    "Recipients",
    "RoomView",
    "open_device",
]

_MODULES = {
    "Batch": "batch",
    "EncryptedClient": "client",
    "Health": "health",
    "Invitation": "batch",
    "InvitedPerson": "history_sharing",
    "KeyUploads": "key_backup.uploading",
    "KnownPeople": "recipients",
    "OpenDevice": "identity",
    "Reacted": "batch",
    "Received": "batch",
    "Recipients": "recipients",
    "RoomView": "room_view",
    "open_device": "identity",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
