"""nio's Olm machine with what it lacks, and nothing of nio beyond this module.

It turns plaintext into ciphertext and back and keeps the keys; it sends nothing. What was measured in nio 0.26 and
is mended here is listed in docs/upstream.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from nio.crypto import Olm
from nio.crypto.device import OlmDevice
from nio.crypto.sessions import OutboundGroupSession
from nio.events import MegolmEvent, RoomKeyEvent
from nio.events.to_device import OlmEvent, ToDeviceEvent
from nio.responses import KeysClaimResponse, KeysQueryResponse, KeysUploadResponse
from nio.store import SqliteStore

from bots.encryption.cross_signing import Json

log = structlog.get_logger()

MEGOLM = "m.megolm.v1.aes-sha2"
FALLBACK_TYPE = "signed_curve25519"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Which Megolm session: the room and the session's id."""

    room_id: str
    session_id: str


class NoKeyYet(Exception):
    """The event's Megolm session has not come (or not from this sender)."""


class Refused(Exception):
    """The event cannot be accepted; ``args[0]`` says why, without anything of its content."""


class _Olm(Olm):  # type: ignore[misc]  # nio has no types
    """Adds ``sender_device_keys`` to each Olm message (MSC4147), so that a recipient knows our signed device."""

    signed_device_keys: Json | None = None

    def _olm_encrypt(
        self, session: Any, recipient_device: OlmDevice, message_type: str, content: Mapping[str, Any]
    ) -> Json:
        if self.signed_device_keys is None:
            return dict(super()._olm_encrypt(session, recipient_device, message_type, content))
        # nio builds the payload inside; what it puts in stands, and this is added before it is encrypted.
        adding = _Adding(session, {"sender_device_keys": self.signed_device_keys})
        return dict(super()._olm_encrypt(adding, recipient_device, message_type, content))


class _Adding:
    """An Olm session that adds to each payload before it encrypts it."""

    def __init__(self, session: Any, extra: Json) -> None:
        self._session = session
        self._extra = extra

    def encrypt(self, plaintext: str) -> Any:
        return self._session.encrypt(json.dumps({**json.loads(plaintext), **self._extra}))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class Machine:
    """The keys of one device of ours, in a SQLite file.

    Raises whatever nio raises for hostile input only as `Refused`: callers never meet another exception.
    """

    def __init__(self, user_id: str, device_id: str, folder: Path, pickle_key: str) -> None:
        store = SqliteStore(user_id, device_id, str(folder), pickle_key, database_name=f"{device_id}.db")
        self._store = store
        self._olm = _Olm(user_id, device_id, store)
        self.user_id = user_id
        self.device_id = device_id

    def close(self) -> None:
        """Close the file."""
        self._store.database.close()

    # --- our own keys ---------------------------------------------------------------------------------------

    @property
    def is_published(self) -> bool:
        """Whether this device's keys have been uploaded."""
        return bool(self._olm.account.shared)

    @property
    def identity_keys(self) -> dict[str, str]:
        """This device's ``ed25519`` and ``curve25519`` keys."""
        return dict(self._olm.account.identity_keys)

    def use_signed_device_keys(self, device_keys: Json) -> None:
        """Send these, our device's keys with all signatures, along in each Olm message."""
        self._olm.signed_device_keys = device_keys

    def keys_to_upload(self, one_time_keys: int, *, fallback: bool) -> Json | None:
        """Return the body of ``/keys/upload``, None where nothing is due.

        ``one_time_keys`` is how many the server has; nio ignores a count of 0 for ever. The account is saved
        before anything is uploaded, so the server never has a key whose private part was not kept.
        """
        self._olm.uploaded_key_count = one_time_keys
        body: Json = self._olm.share_keys() if self._olm.should_upload_keys else {}
        if fallback:
            account = self._olm.account._account
            account.generate_fallback_key()
            body["fallback_keys"] = dict(self._signed_fallback(account.fallback_key))
        if not body:
            return None
        self._olm.save_account()
        return body

    def _signed_fallback(self, keys: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
        for key_id, key in keys.items():
            value: Json = {"key": key.to_base64(), "fallback": True}
            signature = self._olm.sign_json(value)
            value["signatures"] = {self.user_id: {f"ed25519:{self.device_id}": signature}}
            yield f"{FALLBACK_TYPE}:{key_id}", value

    def keys_uploaded(self, counts: Mapping[str, int]) -> None:
        """Note that the server has taken the keys."""
        self._olm.handle_response(KeysUploadResponse(0, counts.get("signed_curve25519", 0)))

    # --- devices of others ----------------------------------------------------------------------------------

    def learn_devices(self, device_keys: Mapping[str, Mapping[str, Any]]) -> None:
        """Take in devices (user → device → keys); those not among them are marked as gone.

        Keys that nio stumbles over are refused: nobody's keys keep us from taking in those of others.
        """
        for user_id, devices in device_keys.items():
            try:
                self._olm.handle_response(KeysQueryResponse({user_id: dict(devices)}, {}))
            except Exception as error:
                log.warning("devices_refused", reason=type(error).__name__)

    def devices(self, user_id: str) -> list[OlmDevice]:
        """Return the known devices of a user, ours excepted."""
        return [
            device
            for device in self._olm.device_store.active_user_devices(user_id)
            if (user_id, device.id) != (self.user_id, self.device_id)
        ]

    def without_session(self, devices: Iterable[OlmDevice]) -> list[OlmDevice]:
        """Return those with which there is no Olm session yet."""
        return [device for device in devices if not self._olm.session_store.get(device.curve25519)]

    def begin_sessions(self, one_time_keys: Mapping[str, Any]) -> None:
        """Make Olm sessions from claimed one-time keys; a bad signature makes none."""
        for user_id, devices in one_time_keys.items():
            for device_id, keys in devices.items():
                try:
                    claimed = KeysClaimResponse({user_id: {device_id: keys}}, {})
                    self._olm.handle_response(claimed)
                except Exception as error:
                    log.warning("one_time_key_refused", reason=type(error).__name__)

    # --- sending --------------------------------------------------------------------------------------------

    def group_session(self, room_id: str) -> OutboundGroupSession:
        """Return the room's outbound session, a new one where there is none or it has had its time."""
        session = self._olm.outbound_group_sessions.get(room_id)
        if session is None or session.expired:
            self._olm.create_outbound_group_session(room_id)
        return self._olm.outbound_group_sessions[room_id]

    def forget_group_session(self, room_id: str) -> None:
        """Encrypt under a new session from now on: somebody has left."""
        self._olm.outbound_group_sessions.pop(room_id, None)

    def room_key_for(self, device: OlmDevice, room_id: str, session: OutboundGroupSession) -> Json | None:
        """Return the room key encrypted to a device, None where there is no Olm session with it."""
        olm_session = self._olm.session_store.get(device.curve25519)
        if olm_session is None:
            return None
        content = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        return self._olm._olm_encrypt(olm_session, device, "m.room_key", content)

    def encrypt(self, room_id: str, event_type: str, content: Mapping[str, Any]) -> Json:
        """Encrypt an event under the room's session, which must have been shared."""
        self.group_session(room_id).mark_as_shared()
        return dict(self._olm.group_encrypt(room_id, {"type": event_type, "content": dict(content)}))

    # --- receiving ------------------------------------------------------------------------------------------

    def take_to_device(self, event: Mapping[str, Any]) -> SessionKey | None:
        """Take in a to-device event; return which room key it brought, if it brought one.

        Raises:
            Refused: it is malformed, or made by somebody who does not play by the rules.
        """
        try:
            parsed = ToDeviceEvent.parse_event(dict(event))
            if not isinstance(parsed, OlmEvent):
                return None
            decrypted = self._olm.handle_to_device_event(parsed)
        except Exception as error:  # whatever a hostile event makes nio or vodozemac raise
            raise Refused(type(error).__name__) from error
        if isinstance(decrypted, RoomKeyEvent):
            return SessionKey(decrypted.room_id, decrypted.session_id)
        return None

    def decrypt(self, event: Mapping[str, Any], room_id: str) -> Json:
        """Return the plaintext event (``type`` and ``content``) of an ``m.room.encrypted`` timeline event.

        Raises:
            NoKeyYet: its session is not known, or the sender's device is not.
            Refused: it is malformed, replayed, or its session belongs to somebody else.
        """
        try:
            source = self._decrypt(event, room_id)
        except (NoKeyYet, Refused):
            raise
        except Exception as error:  # whatever a hostile event makes nio or vodozemac raise
            raise Refused(type(error).__name__) from error
        if not isinstance(source, dict) or not isinstance(source.get("content"), dict):
            raise Refused("malformed")
        return source

    def _decrypt(self, event: Mapping[str, Any], room_id: str) -> Any:
        parsed = MegolmEvent.from_dict(dict(event))
        if not isinstance(parsed, MegolmEvent):
            raise Refused("malformed")
        session = self._olm.inbound_group_store.get(room_id, parsed.sender_key, parsed.session_id)
        if session is None:
            raise NoKeyYet
        self._require_sender(parsed, session)
        return self._olm.decrypt_megolm_event(parsed, room_id).source

    def _require_sender(self, event: MegolmEvent, session: Any) -> None:
        """Make sure that the session was made by a device of the event's sender."""
        if event.sender == self.user_id and event.sender_key == self.identity_keys["curve25519"]:
            return
        device = self._olm.device_store.device_from_sender_key(event.sender, event.sender_key)
        if device is None:
            raise NoKeyYet
        if device.ed25519 != session.ed25519:
            raise Refused("the session is another device's")
