"""The bot's device: identity, encrypted sending, reading. Alone in importing nio and vodozemac.

Of nio only the Olm and Megolm sessions are used. The machine around them, its store, sync, sharing of keys and
sending are our own, over `matrix.client_api`, because that is where nio 0.26 loses messages, hangs or can be
stopped by a stranger (docs/upstream.md).
"""

from bots.encryption.client import Batch, EncryptedClient, Invitation, Reacted, Received
from bots.encryption.health import Health
from bots.encryption.identity import OpenDevice, open_device
from bots.encryption.recipients import KnownPeople, Recipients, recipients
from bots.encryption.room_view import RoomView

__all__ = [
    "Batch",
    "EncryptedClient",
    "Health",
    "Invitation",
    "KnownPeople",
    "OpenDevice",
    "Reacted",
    "Received",
    "Recipients",
    "RoomView",
    "open_device",
    "recipients",
]
