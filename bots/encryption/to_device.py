"""Reads to-device events: room keys in Olm messages, requests for them, and verifications (spec, "Send-to-Device")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nio.crypto import InboundGroupSession

from bots.encryption.cross_signing import Json, at, is_signed
from bots.encryption.forwarded_keys import ForwardedKeys
from bots.encryption.key_requests import KEY_REQUEST, KeyRequests
from bots.encryption.known_devices import KnownDevices
from bots.encryption.olm_sessions import OlmSessions
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import HOSTILE_ERRORS, OLM, Refused, payload_of, room_key_of
from bots.encryption.room_session import RoomSession, allows_sharing
from bots.encryption.store import CryptoStore
from bots.encryption.verification_events import VerificationEvent
from bots.encryption.verification_events import to_device as verification_to_device
from bots.encryption.wellformed import LARGEST, is_to_device, size


@dataclass(frozen=True, slots=True)
class ToDeviceResult:
    """The outcome of a sync's to-device events: reasons of refusals, how many room keys came, and verifications."""

    refused: tuple[str, ...]
    keys: int
    verifications: tuple[VerificationEvent, ...] = ()


class ToDeviceEvents:
    """Reads to-device events. ``arrived``: new Megolm sessions for which waiting events have not been tried yet.

    ``renewed``: (user, device) that have begun a new Olm session because they could not decrypt our messages.
    """

    def __init__(
        self,
        store: CryptoStore,
        own: OwnKeys,
        devices: KnownDevices,
        olm: OlmSessions,
        *,
        forwarded: ForwardedKeys,
        requests: KeyRequests,
    ) -> None:
        self.store = store
        self._forwarded = forwarded
        self._requests = requests
        self.renewed: set[tuple[str, str]] = set()
        self.own = own
        self.devices = devices
        self.olm = olm
        self.arrived: set[str] = set()
        self._verifications: list[VerificationEvent] = []

    def take(self, events: Iterable[Any], now: datetime) -> ToDeviceResult:
        """Read a sync's to-device events. A malformed or hostile one is refused and changes nothing."""
        refused: list[str] = []
        keys = 0
        self._verifications = []
        for event in events:
            try:
                keys += self._take_one(event, now)
            except Refused as error:
                refused.append(str(error))
            except HOSTILE_ERRORS as error:
                refused.append(type(error).__name__)
        return ToDeviceResult(tuple(refused), keys, tuple(self._verifications))

    def _take_one(self, event: Any, now: datetime) -> bool:
        """Return whether the event has brought a room key."""
        if not is_to_device(event):
            raise Refused("malformed")
        sender = event["sender"]
        if event["type"] == KEY_REQUEST:
            self._requests.take(event)
            return False
        if event["type"] != "m.room.encrypted":
            self._note_verification(event)
            return False
        sender_key, message = self._olm_message(event["content"])
        try:
            text = self.olm.decrypt(sender_key, message, now)
        except Exception:
            device = self.devices.device_of(sender, sender_key)
            if device is not None:
                self.olm.wedged.add((device.user_id, device.device_id))
            raise
        payload = payload_of(text)
        self._require_ours(payload, sender)
        self._require_own_device(payload, sender, sender_key)
        match payload["type"]:
            case "m.room_key":
                self._take_room_key(payload, sender_key)
            case "m.forwarded_room_key":
                self.arrived.add(self._forwarded.take(payload, sender, sender_key))
            case "m.dummy":
                device = self.devices.device_of(sender, sender_key)
                if device is not None:
                    self.renewed.add((device.user_id, device.device_id))
                return False
            case _:
                self._note_verification({**payload, "sender": sender})
                return False
        return True

    def _note_verification(self, event: Json) -> None:
        """Note an event of a verification. These come in clear: who sends them is the homeserver's word."""
        found = verification_to_device(event) if is_to_device(event) else None
        if found is not None:
            self._verifications.append(found)

    def _olm_message(self, content: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return the sender's key and the message to this device (spec, "m.olm.v1"). Raises Refused."""
        if content.get("algorithm") != OLM:
            raise Refused("malformed")
        if size(content) > LARGEST:
            raise Refused("too large")
        sender_key = content.get("sender_key")
        message = at(content, "ciphertext", self.own.identity_keys["curve25519"])
        if not isinstance(sender_key, str) or not isinstance(message, Mapping):
            raise Refused("not for this device")
        return sender_key, message

    def _require_ours(self, payload: Json, sender: str) -> None:
        """Make sure that an Olm payload names its real sender, and us as recipient (spec, "m.olm.v1")."""
        if payload.get("sender") != sender:
            raise Refused("another sender")
        if payload.get("recipient") != self.own.user_id:
            raise Refused("another recipient")
        if at(payload, "recipient_keys", "ed25519") != self.own.identity_keys["ed25519"]:
            raise Refused("another recipient's key")
        if not isinstance(at(payload, "keys", "ed25519"), str) or not isinstance(payload.get("type"), str):
            raise Refused("malformed")

    def _require_own_device(self, payload: Json, sender: str, sender_key: str) -> None:
        """Make sure that device keys in a payload are those of the device that sent it (spec, "m.olm.v1", MSC4147).

        They do not make a device trusted: only the signatures in ``/keys/query`` do. Keys that differ from those
        of the known device of that id are refused.
        """
        keys = payload.get("sender_device_keys")
        if keys is None:
            return
        device_id, ed25519 = at(keys, "device_id"), payload["keys"]["ed25519"]
        if not isinstance(device_id, str) or at(keys, "user_id") != sender:
            raise Refused("another's device keys")
        shown = at(keys, "keys", f"ed25519:{device_id}"), at(keys, "keys", f"curve25519:{device_id}")
        if shown != (ed25519, sender_key):
            raise Refused("another device's keys")
        if not is_signed(keys, user_id=sender, key_id=device_id, public=ed25519):
            raise Refused("device keys not signed")
        user = self.store.user(sender)
        known = None if user is None else user.devices.get(device_id)
        if known is not None and (known.ed25519, known.curve25519) != shown:
            raise Refused("another device under a known one's name")

    def _take_room_key(self, payload: Json, sender_key: str) -> None:
        content, (room_id, session_id, key) = room_key_of(payload)
        session = InboundGroupSession(key, payload["keys"]["ed25519"], sender_key, room_id)
        if session.id != session_id:
            raise Refused("another session's key")
        self.store.put_inbound(RoomSession(session, allows_sharing(content)))
        self.arrived.add(session.id)
