"""Takes in room keys that we have asked for (spec, "m.forwarded_room_key").

From two kinds of devices alone: the one that made the session, which says over Olm that it is its own, and another
device of our own account that we have signed. What the latter gives is not from the session's sender: messages are read
again by it, and none is acted on (`bots.encryption.session_backups`).
"""

from __future__ import annotations

from nio.crypto import InboundGroupSession

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_records import RestoredSession
from bots.encryption.known_devices import KnownDevices
from bots.encryption.missing_keys import MissingKeys
from bots.encryption.own_devices import OwnDevices
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import Refused, room_key_of
from bots.encryption.room_session import RoomSession, allows_sharing
from bots.encryption.store import CryptoStore


class ForwardedKeys:
    """Takes these keys into the store."""

    def __init__(
        self,
        store: CryptoStore,
        own: OwnKeys,
        devices: KnownDevices,
        ours: OwnDevices,
        missing: MissingKeys,
    ) -> None:
        self._store = store
        self._own = own
        self._devices = devices
        self._ours = ours
        self._missing = missing

    def take(self, payload: Json, sender: str, sender_key: str) -> str:
        """Take in a forwarded key; return the session's id. ``sender_key``: of the device that has sent it over Olm.

        Raises:
            Refused: it was not asked for, or is not to be believed.
        """
        content, (room_id, session_id, key) = room_key_of(payload)
        made_by = content.get("sender_key"), content.get("sender_claimed_ed25519_key")
        ed25519 = payload["keys"]["ed25519"]
        is_makers = made_by == (sender_key, ed25519)
        if sender == self._own.user_id and self._ours.by_keys(ed25519, sender_key) is None:
            raise Refused("not a device of ours")
        if not self._missing.was_asked_for(room_id, session_id, sender):
            raise Refused("not asked for")
        if not is_makers and sender != self._own.user_id:
            raise Refused("another device's session")
        if not all(isinstance(each, str) for each in made_by):
            raise Refused("malformed")
        imported = InboundGroupSession.import_session(key, made_by[1], made_by[0], room_id)
        session = RoomSession(imported, allows_sharing(content))
        if session.id != session_id:
            raise Refused("another session's key")
        if is_makers:
            self._store.put_inbound(session)
        else:
            self._put_from_ours(session)
        return session.id

    def _put_from_ours(self, session: RoomSession) -> None:
        """Store a session that another device of ours has given. One that is there stays as it is.

        Its device may have given us that one itself, or it begins earlier; and a better one is never asked for.
        """
        known = self._store.inbound(session.room_id, session.id)
        if any(each.sender_key == session.sender_key for each in known):
            raise Refused("there already")
        maker = self._devices.maker_of(session.sender_key, session.ed25519)
        self._store.put_inbound(session)
        self._store.backups.note_restored(session, RestoredSession(maker, None))
