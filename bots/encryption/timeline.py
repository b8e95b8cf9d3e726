"""Decrypts timeline events, and stores those that wait for a key or were not dealt with yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.encryption.cross_signing import Json, at
from bots.encryption.known_devices import KnownDevices
from bots.encryption.missing_keys import MissingKeys
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import (
    HOSTILE_ERRORS,
    MEGOLM,
    MESSAGE,
    NOT_TEXT,
    REACTION,
    REDACTION,
    RELATION,
    NoKeyYet,
    NotSigned,
    Refused,
    payload_of,
)
from bots.encryption.room_session import RoomSession
from bots.encryption.store import CryptoStore
from bots.encryption.to_device import ToDeviceEvents
from bots.encryption.verification_events import is_of_verification
from bots.encryption.wellformed import LARGEST, is_event, is_id, is_same, size


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A timeline event after the attempt to decrypt it.

    ``plain`` is the plaintext, ``refused`` the reason of a refusal; both are None where it waits for a key.
    ``vouched``: the master keys under which the sender's device is signed (`Device.vouched`).
    ``is_unsigned``: it waits for its sender to sign the device.
    """

    room_id: str
    event: Json
    plain: Json | None = None
    refused: str | None = None
    vouched: tuple[str, ...] = ()
    is_unsigned: bool = False

    @property
    def is_message(self) -> bool:
        """Whether it is a message that was decrypted, or what people send in place of one."""
        is_said = self.plain is not None and self.plain["type"] in (MESSAGE, *NOT_TEXT)
        return is_said and not self.is_of_verification

    @property
    def is_of_verification(self) -> bool:
        """Whether it belongs to a verification of devices, as it was decrypted."""
        return self.plain is not None and is_of_verification(self.plain)

    @property
    def is_reaction(self) -> bool:
        """Whether it is a reaction. Clients send these in clear, so the homeserver could forge the sender."""
        return self.plain is not None and self.event["type"] == REACTION

    @property
    def is_for_us(self) -> bool:
        """Whether it is delivered to the bot and stored until it is dealt with."""
        return self.is_message or self.is_reaction


class Timeline:
    """Decrypts timeline events. Those whose key is missing or whose sender's device is unknown wait in the store."""

    def __init__(
        self,
        store: CryptoStore,
        own: OwnKeys,
        devices: KnownDevices,
        to_device: ToDeviceEvents,
        missing: MissingKeys,
    ) -> None:
        self._missing = missing
        self.store = store
        self.own = own
        self.devices = devices
        self.to_device = to_device
        self._looks_at_all = True
        """All waiting events have to be tried: which keys arrived before this process began is not known."""

    def read(self, events: Iterable[tuple[str, Json]]) -> list[TimelineEvent]:
        """Decrypt timeline events, each given with its room id.

        Those whose key is missing are stored until it comes.
        """
        return [self._read(room_id, event) for room_id, event in events]

    @property
    def has_due(self) -> bool:
        """Whether a waiting event may be readable now."""
        return self._looks_at_all or bool(self.to_device.arrived) or bool(self.devices.changed)

    def waiting_senders(self) -> set[str]:
        """Return the senders of waiting events that may be readable now."""
        return {str(event.get("sender")) for _room_id, event in self._waiting_due()}

    def read_waiting(self) -> list[TimelineEvent]:
        """Decrypt the waiting events whose key or sender's device has come, oldest first.

        A message stops waiting and is stored as not dealt with; the next commit writes both changes.
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
        if is_event(event) and is_of_verification(event):
            clear = {"type": event["type"], "content": event["content"]}
            return TimelineEvent(room_id, event, plain=clear)
        try:
            plain, vouched = self._decrypt(event, room_id)
        except NoKeyYet as missing:
            self._missing.note(room_id, event)
            self.store.events.wait(room_id, event)
            return TimelineEvent(room_id, event, is_unsigned=isinstance(missing, NotSigned))
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

    def decrypt(self, event: Mapping[str, Any], room_id: str, *, again: bool = False) -> Json:
        """Return the plaintext (``type``, ``content``, ``room_id``) of an ``m.room.encrypted`` timeline event.

        ``again``: it is read again, and nothing is done because of it; a key from the backup is enough for that.

        Raises:
            NoKeyYet: its session is missing, or is of no known (signed) device of the sender.
            Refused: it is malformed, replayed, or its sender, room or device do not match.
        """
        return self._decrypt(event, room_id, again=again)[0]

    def _decrypt(
        self, event: Mapping[str, Any], room_id: str, *, again: bool = False
    ) -> tuple[Json, tuple[str, ...]]:
        """Return what `decrypt` returns, and the master keys that vouch for the device that sent it."""
        if not is_event(event):
            raise Refused("malformed")
        _require_megolm(event["content"])
        session, vouched = self._session_of(event["sender"], room_id, event["content"]["session_id"], again)
        try:
            text, index = session.decrypt(event["content"]["ciphertext"])
        except Exception as error:  # vodozemac's errors and UnicodeDecodeError
            raise Refused(type(error).__name__) from error
        if not again and self.store.backups.is_of_before(session, index):
            self._refuse_of_before(event, room_id)
        heard = (event["event_id"], event["origin_server_ts"])
        before = self.store.events.heard_as(room_id, session.id, index)
        if before is not None and before != heard:
            raise Refused("replayed")
        plain = payload_of(text)
        if plain.get("room_id") != room_id:
            raise Refused("another room's")
        if not isinstance(plain.get("type"), str) or not isinstance(plain.get("content"), dict):
            raise Refused("malformed")
        _require_same_relation(event["content"], plain["content"])
        if before is None:
            self.store.events.put_index(room_id, session.id, index, *heard)
        return plain, vouched

    def _refuse_of_before(self, event: Mapping[str, Any], room_id: str) -> None:
        """Raise Refused for what may have been read before the loss, NoKeyYet for what waits for its sender's key."""
        asked = self._missing.was_asked_for(room_id, event["content"]["session_id"], event["sender"])
        if asked or self.store.events.waits(event["event_id"]):
            raise NoKeyYet
        raise Refused("of before the recovery")

    def _session_of(
        self, sender: str, room_id: str, session_id: str, again: bool
    ) -> tuple[RoomSession, tuple[str, ...]]:
        """Return the session of that id made by a device of ``sender``, and the master keys that vouch for the device.

        Keys that the event itself names are ignored.
        """
        missing = NoKeyYet()
        sessions = self.store.inbound(room_id, session_id)
        for session in sessions:
            if sender == self.own.user_id and session.sender_key == self.own.identity_keys["curve25519"]:
                return session, ()
            device = self.devices.device_of(sender, session.sender_key)
            if device is None:
                continue
            if not self.devices.is_heard(device):
                missing = NotSigned()
                continue
            if device.ed25519 != session.ed25519:
                raise Refused("another device's session")
            return session, device.vouched
        # The device may be gone; when the session was backed up, its owner had signed it.
        for session in sessions if again else ():
            restored = self.store.backups.restored(session)
            if restored is not None and restored.user_id == sender:
                return session, ()
        # An unknown device may become known later; one of another user never becomes this sender's.
        if any(self.store.owners_of(s.sender_key, s.ed25519) - {sender} for s in sessions):
            raise Refused("another sender's session")
        raise missing

    def is_ahead(self, events: Iterable[tuple[str, Json]]) -> bool:
        """Whether one of our own events was encrypted with a state of its session that the store does not have.

        Then the store was put back from a copy. ``events`` are of our user, each given with its room id.
        """
        return any(self._is_ahead(room_id, event["content"]) for room_id, event in events)

    def _is_ahead(self, room_id: str, content: Mapping[str, Any]) -> bool:
        session_id, ciphertext = content.get("session_id"), content.get("ciphertext")
        if content.get("device_id") != self.own.device_id or not is_id(session_id):
            return False
        own_key, used = self.own.identity_keys["curve25519"], self.store.sent_before.get(session_id)
        session = next((s for s in self.store.inbound(room_id, session_id) if s.sender_key == own_key), None)
        if session is None:
            return used is None
        if used is None or not isinstance(ciphertext, str):
            return False  # of this process, or one that is over and known to be
        try:
            index: int = session.decrypt(ciphertext)[1]
        except HOSTILE_ERRORS:
            return False
        return index >= used

    def redacted(self, event_ids: Iterable[str]) -> None:
        """Delete events that are redacted; the next commit writes that."""
        for event_id in event_ids:
            self.store.events.stop_waiting(event_id)
            self.store.events.handled(event_id)

    def keep_unhandled(
        self,
        readings: Iterable[TimelineEvent],
        invitations: Iterable[Json],
        redactions: Iterable[tuple[str, Json]] = (),
    ) -> None:
        """Store messages (encrypted, as they came), reactions, redactions and invitations until they are dealt with."""
        for room_id, event in redactions:
            self.store.events.put_unhandled(room_id, event)
        for reading in readings:
            self.store.events.put_unhandled(reading.room_id, reading.event)
        for invitation in invitations:
            self.store.events.put_invitation(invitation["room_id"], invitation)

    def unhandled_redactions(self) -> list[tuple[str, Json]]:
        """Return the redactions that an earlier process did not deal with, each with its room."""
        return [
            (room_id, event)
            for room_id, event in self.store.events.unhandled()
            if is_event(event) and _is_redaction(event)
        ]

    def unhandled(self) -> list[TimelineEvent]:
        """Return the other events that an earlier process did not deal with.

        An event that cannot be decrypted any more, because its sender's device is gone, waits again or is dropped.
        """
        events = self.store.events.unhandled()
        for _room_id, event in events:
            if not is_event(event):
                self.store.events.handled(str(event["event_id"]))
        readings = self.read([each for each in events if is_event(each[1]) and not _is_redaction(each[1])])
        for reading in readings:
            if not reading.is_for_us:
                self.store.events.handled(str(reading.event["event_id"]))
        return readings

    def read_again(self, room_id: str, event: Json) -> Json | None:
        """Return the plaintext of an earlier event, None where it cannot be decrypted now."""
        try:
            return self.decrypt(event, room_id, again=True)
        except (NotSigned, Refused, *HOSTILE_ERRORS):
            return None
        except NoKeyYet:
            self._missing.note_read_again(room_id, event)
            return None

    def handled(self, event_ids: Iterable[str], rooms: Iterable[str], now: datetime) -> None:
        """Note that events, and the invitations to rooms, are dealt with."""
        for event_id in event_ids:
            self.store.events.handled(event_id)
        for room_id in rooms:
            self.store.events.put_invitation(room_id, None)
        self.store.commit(now)

    def commit(self, now: datetime, *, token: str, rooms: Mapping[str, Json | None]) -> None:
        """Write all changes, with the sync token and rooms if given."""
        self.store.commit(now, token=token, rooms=rooms)


def _is_redaction(event: Json) -> bool:
    return bool(event.get("type") == REDACTION)


def _reaction(room_id: str, event: Json) -> TimelineEvent:
    """Return a reaction; refused if it is malformed or has no target."""
    relation = at(event, "content", RELATION)
    is_whole = is_id(at(relation, "event_id")) and is_id(at(relation, "key"))
    if not is_whole or at(relation, "rel_type") != "m.annotation":
        return TimelineEvent(room_id, event, refused="malformed")
    return TimelineEvent(room_id, event, plain={"type": REACTION, "content": event["content"]})


def _require_same_relation(clear: Mapping[str, Any], inner: Mapping[str, Any]) -> None:
    """Make sure that what is said beside the ciphertext of other events is what is said inside. Raises Refused.

    Clients write ``m.relates_to`` in both places; the homeserver can change the one in clear, and so have a message
    answer another one than its sender meant. Where one of the two has none there is nothing to compare.
    """
    if RELATION in clear and RELATION in inner and not is_same(clear[RELATION], inner[RELATION]):
        raise Refused("relation changed")


def _require_megolm(content: Mapping[str, Any]) -> None:
    """Make sure that the content has the form of a Megolm event (spec, "m.room.encrypted"). Raises Refused."""
    try:
        bytes_sent = size(content)
    except ValueError as error:
        raise Refused("malformed") from error
    if bytes_sent > LARGEST:
        raise Refused("too large")
    ciphertext, session_id = content.get("ciphertext"), content.get("session_id")
    if content.get("algorithm") != MEGOLM or not (isinstance(ciphertext, str) and is_id(session_id)):
        raise Refused("malformed")
