"""An inbound Megolm session with what its creator allows: whether its key may be handed on to people who come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nio.crypto import InboundGroupSession

SHARED_HISTORY = "org.matrix.msc3061.shared_history"
"""The one name under which we send the flag: matrix-js-sdk 43 reads it, and Element 1.12 reads no other.

Where a key has two of the names, matrix-js-sdk 43 drops the whole key."""
_NAMES = ("shared_history", "m.shared_history", SHARED_HISTORY)


@dataclass(frozen=True, slots=True)
class RoomSession:
    """An inbound Megolm session.

    ``shared_history``: its creator allows that its key is given to people who are invited later (spec, "Sharing
    historical room keys"). Of sessions of an older version that is not known: they are not shared.
    """

    session: InboundGroupSession
    shared_history: bool = False

    @property
    def id(self) -> str:
        """The session's id."""
        return str(self.session.id)

    @property
    def room_id(self) -> str:
        """The room that its key was given for."""
        return str(self.session.room_id)

    @property
    def sender_key(self) -> str:
        """The Curve25519 key of the device that made it."""
        return str(self.session.sender_key)

    @property
    def ed25519(self) -> str:
        """The Ed25519 key of the device that made it."""
        return str(self.session.ed25519)

    @property
    def first_known_index(self) -> int:
        """The index of the first message that it can decrypt."""
        return int(self.session.first_known_index)

    def decrypt(self, ciphertext: str) -> tuple[str, int]:
        """Return the plaintext and the message index of a ciphertext; vodozemac's errors are ValueErrors."""
        text, index = self.session.decrypt(ciphertext)
        return str(text), int(index)

    def pickle(self, key: str) -> bytes:
        """Return it encrypted with a key, as the store keeps it."""
        return bytes(self.session.pickle(key))

    def exported(self, index: int | None = None) -> str:
        """Return its key at a message index, the first known one by default (spec, "Session export format")."""
        return str(self.session.export_session(self.first_known_index if index is None else index))


def merged(known: RoomSession, new: RoomSession) -> RoomSession | None:
    """Return of two copies of a session the one that can read earlier messages; None: that is ``known`` as it is.

    It is shared where its creator has said so with either copy: only that device is believed, and whoever was given
    the key then may have handed it on already.
    """
    shared = known.shared_history or new.shared_history
    is_earlier = new.first_known_index < known.first_known_index
    if not is_earlier and shared == known.shared_history:
        return None
    return RoomSession((new if is_earlier else known).session, shared)


def allows_sharing(content: Mapping[str, Any]) -> bool:
    """Whether the content of a room key allows that it is shared, under whichever name; what is not true does not.

    Where it is there under several names, all must say so.
    """
    said = [content[name] for name in _NAMES if name in content]
    return bool(said) and all(value is True for value in said)
