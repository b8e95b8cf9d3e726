"""The bot's device: identity, encrypted sending, reading. Alone in importing nio and vodozemac.

Of nio only the Olm machine and its store are used. Sync, sharing of keys and sending are our own, over
`matrix.client_api`, because that is where nio 0.26 loses messages or hangs (docs/upstream.md).
"""

from bots.encryption.client import EncryptedClient, Invitation, Received, RoomView
from bots.encryption.identity import open_device

__all__ = ["EncryptedClient", "Invitation", "Received", "RoomView", "open_device"]
