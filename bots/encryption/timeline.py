"""Reading what is said in rooms: decrypting timeline events, and keeping those that are not dealt with yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nio.crypto import InboundGroupSession

from bots.encryption.cross_signing import Json, at
from bots.encryption.known_devices import KnownDevices
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import HOSTILE_ERRORS, MEGOLM, REACTION, NoKeyYet, Refused, payload_of
from bots.encryption.store import CryptoStore
from bots.encryption.to_device import ToDeviceEvents
from bots.encryption.wellformed import LARGEST, is_event, is_id, size


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A timeline event after the attempt to read it: ``plain``, or ``refused``; neither where it waits.

    ``vouched``: the master keys that its sender's device is signed under, as `Device` has them.
    """

    room_id: str
    event: Json
    plain: Json | None = None
    refused: str | None = None
    vouched: tuple[str, ...] = ()

    @property
    def is_message(self) -> bool:
        """Whether it is a message that could be read."""
        return self.plain is not None and self.plain["type"] == "m.room.message"

    @property
    def is_reaction(self) -> bool:
        """Whether it is a reaction. Those are sent in clear, by Element too: the homeserver's word for who said it."""
        return self.plain is not None and self.event["type"] == REACTION

    @property
    def is_for_us(self) -> bool:
        """Whether it is kept until it is dealt with."""
        return self.is_message or self.is_reaction


class Timeline:
    """Reads timeline events. Those whose key has not come, or whose sender's device is not known, wait in the store."""

    def __init__(
        self, store: CryptoStore, own: OwnKeys, devices: KnownDevices, to_device: ToDeviceEvents
    ) -> None:
        self.store = store
        self.own = own
        self.devices = devices
        self.to_device = to_device
        self._looks_at_all = True
        """All events that wait may be readable now: what came before this process began is not known."""

    def read(self, events: Iterable[tuple[str, Json]]) -> list[TimelineEvent]:
        """Read timeline events, each given with its room; those whose key has not come are kept until it does."""
        return [self._read(room_id, event) for room_id, event in events]

    @property
    def has_due(self) -> bool:
        """Whether an event that waits for its key may be readable now."""
        return self._looks_at_all or bool(self.to_device.arrived) or bool(self.devices.changed)

    def waiting_senders(self) -> set[str]:
        """Return who has sent the events that may be readable now."""
        return {str(event.get("sender")) for _room_id, event in self._waiting_due()}

    def read_waiting(self) -> list[TimelineEvent]:
        """Read the events whose key, or sender's device, has come since, oldest first.

        Those that are messages are kept until they are dealt with, in one step with no longer waiting: whoever writes
        next writes both.
        """
        readings = [self._read(room_id, event) for room_id, event in self._waiting_due()]
        self._looks_at_all = False
        self.to_device.arrived.clear()
        self.devices.changed.clear()
        self.keep_unhandled((reading for reading in readings if reading.is_for_us), ())
        return [reading for reading in readings if reading.plain is not None or reading.refused is not None]

    def _waiting_due(self) -> list[tuple[str, Json]]:
        if self._looks_at_all:
            return self.store.events.waiting()
        sessions, senders = self.to_device.arrived, self.devices.changed
        return self.store.events.waiting(sessions, senders) if sessions or senders else []

    def _read(self, room_id: str, event: Json) -> TimelineEvent:
        if event.get("type") == REACTION:
            return _reaction(room_id, event)
        try:
            plain, vouched = self._decrypt(event, room_id)
        except NoKeyYet:
            self.store.events.wait(room_id, event)
            return TimelineEvent(room_id, event)
        except Refused as refused:
            self._done_with(event)
            return TimelineEvent(room_id, event, refused=str(refused))
        except HOSTILE_ERRORS as error:
            self._done_with(event)
            return TimelineEvent(room_id, event, refused=type(error).__name__)
        self._done_with(event)
        return TimelineEvent(room_id, event, plain=plain, vouched=vouched)

    def _done_with(self, event: Json) -> None:
        event_id = event.get("event_id")
        if is_id(event_id):
            self.store.events.stop_waiting(event_id)

    def decrypt(self, event: Mapping[str, Any], room_id: str) -> Json:
        """Return the plaintext (``type``, ``content``, ``room_id``) of an ``m.room.encrypted`` timeline event.

        Raises:
            NoKeyYet: its session has not come, or its sender has no (signed) device that made it.
            Refused: it is malformed, replayed, or not what it says it is.
        """
        return self._decrypt(event, room_id)[0]

    def _decrypt(self, event: Mapping[str, Any], room_id: str) -> tuple[Json, tuple[str, ...]]:
        """Return what `decrypt` returns, and the master keys that vouch for the device that has said it."""
        if not is_event(event):
            raise Refused("malformed")
        _require_megolm(event["content"])
        session, vouched = self._session_of(event["sender"], room_id, event["content"]["session_id"])
        try:
            text, index = session.decrypt(event["content"]["ciphertext"])
        except Exception as error:  # vodozemac's several kinds, and UnicodeDecodeError
            raise Refused(type(error).__name__) from error
        heard = (event["event_id"], event["origin_server_ts"])
        before = self.store.events.heard_as(room_id, session.id, index)
        if before is not None and before != heard:
            raise Refused("replayed")
        plain = payload_of(text)
        if plain.get("room_id") != room_id:
            raise Refused("another room's")
        if not isinstance(plain.get("type"), str) or not isinstance(plain.get("content"), dict):
            raise Refused("malformed")
        if before is None:
            self.store.events.put_index(room_id, session.id, index, *heard)
        return plain, vouched

    def _session_of(
        self, sender: str, room_id: str, session_id: str
    ) -> tuple[InboundGroupSession, tuple[str, ...]]:
        """Return the session that a device of ``sender`` has made, and the master keys that vouch for that device.

        What the event says of keys is not believed.
        """
        sessions = self.store.inbound(room_id, session_id)
        for session in sessions:
            if sender == self.own.user_id and session.sender_key == self.own.identity_keys["curve25519"]:
                return session, ()
            device = self.devices.device_of(sender, session.sender_key)
            if device is None or not self.devices.is_heard(device):
                continue
            if device.ed25519 != session.ed25519:
                raise Refused("another device's session")
            return session, device.vouched
        # Whose device it is may not be known yet; where it is, it is not this sender's and never will be.
        if any(self.store.owners_of(s.sender_key, s.ed25519) - {sender} for s in sessions):
            raise Refused("another sender's session")
        raise NoKeyYet

    def keep_unhandled(self, readings: Iterable[TimelineEvent], invitations: Iterable[Json]) -> None:
        """Keep messages (as they came, encrypted), reactions and invitations until they are dealt with."""
        for reading in readings:
            self.store.events.put_unhandled(reading.room_id, reading.event)
        for invitation in invitations:
            self.store.events.put_invitation(invitation["room_id"], invitation)

    def unhandled(self) -> tuple[list[TimelineEvent], list[Json]]:
        """Return what was kept and not dealt with before this process began.

        What cannot be read any more, its sender's device being gone, waits for its key again, or is given up.
        """
        readings = self.read(self.store.events.unhandled())
        for reading in readings:
            if not reading.is_for_us:
                self.store.events.handled(str(reading.event["event_id"]))
        return readings, self.store.events.unhandled_invitations()

    def read_again(self, room_id: str, event: Json) -> Json | None:
        """Return the plaintext of an event that was said before, None where it cannot be read (now)."""
        try:
            return self.decrypt(event, room_id)
        except (NoKeyYet, Refused, *HOSTILE_ERRORS):
            return None

    def handled(self, event_ids: Iterable[str], rooms: Iterable[str], now: datetime) -> None:
        """Note that events, and the invitations to rooms, are dealt with."""
        for event_id in event_ids:
            self.store.events.handled(event_id)
        for room_id in rooms:
            self.store.events.put_invitation(room_id, None)
        self.store.commit(now)

    def commit(self, now: datetime, *, token: str, rooms: Mapping[str, Json | None]) -> None:
        """Write what has changed, with the sync token that it stands for."""
        self.store.commit(now, token=token, rooms=rooms)


def _reaction(room_id: str, event: Json) -> TimelineEvent:
    """Return a reaction, refused where it is to nothing or of another form."""
    relation = at(event, "content", "m.relates_to")
    is_whole = is_id(at(relation, "event_id")) and is_id(at(relation, "key"))
    if not is_whole or at(relation, "rel_type") != "m.annotation":
        return TimelineEvent(room_id, event, refused="malformed")
    return TimelineEvent(room_id, event, plain={"type": REACTION, "content": event["content"]})


def _require_megolm(content: Mapping[str, Any]) -> None:
    """Make sure that it is what an event encrypted with Megolm has, and could have been sent as it is."""
    try:
        bytes_sent = size(content)
    except ValueError as error:
        raise Refused("malformed") from error
    if bytes_sent > LARGEST:
        raise Refused("too large")
    ciphertext, session_id = content.get("ciphertext"), content.get("session_id")
    if content.get("algorithm") != MEGOLM or not (isinstance(ciphertext, str) and is_id(session_id)):
        raise Refused("malformed")
