"""Olm sessions with single devices: begins them, encrypts and decrypts (spec, "m.olm.v1.curve25519-aes-sha2")."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
import vodozemac
from nio.crypto import InboundSession, OutboundSession

from bots.encryption.cross_signing import Json, at, decoded, is_signed, unpadded
from bots.encryption.crypto_records import OlmSessionEntry
from bots.encryption.devices import Device
from bots.encryption.known_devices import KnownDevices
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import DOUBT, OLM, ONE_TIME_KEY, Refused
from bots.encryption.store import CryptoStore

log = structlog.get_logger()

UNWEDGE_EVERY = timedelta(hours=1)
"""The shortest time between two new Olm sessions with a device whose messages cannot be decrypted (spec,
"Recovering from undecryptable messages"). Stale sessions do not count."""
MOST_IN_DOUBT = 6
"""The most Olm sessions that are begun with a device that does not answer, after a start that may be one from a copy.

Each uses up one of its one-time keys; the app may have used the first ones before (`bots.encryption.repeated_keys`).
"""
IN_DOUBT_EVERY = timedelta(seconds=30)
"""The shortest time between two of them: as long as a device may need to use one."""
DELIVERED_AGAIN = timedelta(hours=1)
"""How long after a start that may be one from a copy a message may be one that was received before."""


class OlmSessions:
    """Our Olm sessions. ``wedged``: (user, device) whose messages cannot be decrypted, so that a new session is due."""

    def __init__(self, store: CryptoStore, own: OwnKeys, devices: KnownDevices) -> None:
        self.store = store
        self.own = own
        self.devices = devices
        self.wedged: set[tuple[str, str]] = set()
        self._answered: dict[str, datetime] = {}
        self._in_doubt: dict[str, list[datetime]] = {}

    def begin(self, devices: Iterable[Device], claimed: Json, now: datetime) -> None:
        """Make Olm sessions from claimed one-time keys. A key that is malformed or not signed by its device makes none.

        ``claimed`` is the answer of ``/keys/claim``: user → device → key.
        """
        for device in devices:
            keys = at(claimed, device.user_id, device.device_id)
            if not isinstance(keys, Mapping):
                continue
            try:
                self._begin_one(device, keys, now)
            except (Refused, ValueError, TypeError) as error:
                log.warning("one_time_key_refused", reason=type(error).__name__)

    def _begin_one(self, device: Device, keys: Mapping[str, Any], now: datetime) -> None:
        for name, key in keys.items():
            if not name.startswith(f"{ONE_TIME_KEY}:") or not isinstance(key, Mapping):
                continue
            if not is_signed(key, user_id=device.user_id, key_id=device.device_id, public=device.ed25519):
                raise Refused("signature")
            session = OutboundSession(self.store.account, device.curve25519, key["key"])
            self.store.put_olm(device.curve25519, OlmSessionEntry(session, now, now))
            return

    def encrypt(self, device: Device, event_type: str, content: Json, now: datetime) -> Json | None:
        """Return a to-device content for a device, None where there is no Olm session with it that may be used.

        A stale session is not: its keys may have been used already, for another message.
        """
        session = self.best(device)
        return None if session is None else self._encrypted(device, session, event_type, content, now)

    def encrypt_in_all(self, device: Device, event_type: str, content: Json, now: datetime) -> list[Json]:
        """Return a content as `encrypt` does, and one for each other session that may be the only one the device has.

        Those are the sessions that it has begun itself, perhaps long before.
        """
        best = self.best(device)
        doubtful = [s for s in self.store.olm_sessions(device.curve25519) if s.is_doubtful and s is not best]
        sessions = [*([] if best is None else [best]), *doubtful]
        return [self._encrypted(device, session, event_type, content, now) for session in sessions]

    def best(self, device: Device) -> OlmSessionEntry | None:
        """Return the session to encrypt with, the one used last; a doubtful one where there is no other."""
        sessions = [s for s in self.store.olm_sessions(device.curve25519) if not s.is_stale]
        return min(sessions, key=lambda s: s.is_doubtful, default=None)

    def answered(self, device: Device) -> datetime | None:
        """Return when the device first used a session that this process has begun; None where it has used none."""
        at = self._answered.get(device.curve25519)
        return at if at is not None and at > self.store.olm_since else None

    def _encrypted(
        self, device: Device, session: OlmSessionEntry, event_type: str, content: Json, now: datetime
    ) -> Json:
        payload = {
            "sender": self.own.user_id,
            "sender_device": self.own.device_id,
            "keys": {"ed25519": self.own.identity_keys["ed25519"]},
            "recipient": device.user_id,
            "recipient_keys": {"ed25519": device.ed25519},
            "type": event_type,
            "content": content,
        }
        if self.own.signed_device_keys is not None:
            payload["sender_device_keys"] = self.own.signed_device_keys
        session.used = now
        kind, body = session.session.encrypt(json.dumps(payload, separators=(",", ":"))).to_parts()
        self.store.put_olm(device.curve25519, session)
        return {
            "algorithm": OLM,
            "sender_key": self.own.identity_keys["curve25519"],
            "ciphertext": {device.curve25519: {"type": kind, "body": unpadded(body)}},
        }

    def to_unwedge(self, now: datetime) -> list[Device]:
        """Return the devices with which a new Olm session is due."""
        found = self.devices.believed(self.wedged)
        self.wedged.clear()
        in_doubt = self.in_doubt([device for device in found if self._has_new_session(device, now)], now)
        return [*in_doubt, *(device for device in found if not self._has_new_session(device, now))]

    def in_doubt(self, devices: Sequence[Device], now: datetime) -> list[Device]:
        """Return those of ``devices`` with which another session is to be begun, because they may not have ours.

        They are taken for ones with which it is begun now.
        """
        if now - self.store.olm_since >= DOUBT:
            return []
        found = []
        for device in devices:
            begun = self._in_doubt.setdefault(device.curve25519, [])
            made = [s.created for s in self.store.olm_sessions(device.curve25519) if _is_sure(s)]
            is_soon = any(now - at < IN_DOUBT_EVERY for at in (*begun, *made))
            if self.answered(device) is None and len(begun) < MOST_IN_DOUBT and not is_soon:
                begun.append(now)
                found.append(device)
        return found

    def _has_new_session(self, device: Device, now: datetime) -> bool:
        sessions = self.store.olm_sessions(device.curve25519)
        return any(_is_sure(s) and now - s.created < UNWEDGE_EVERY for s in sessions)

    def stale(self, devices: Iterable[Device]) -> list[Device]:
        """Return those of ``devices`` with which there are Olm sessions, and all are stale or doubtful."""
        sessions = ((device, self.store.olm_sessions(device.curve25519)) for device in devices)
        return [device for device, of in sessions if of and not any(map(_is_sure, of))]

    def without_session(self, devices: Sequence[Device]) -> list[Device]:
        """Return those of ``devices`` with which there is no Olm session yet that is neither stale nor doubtful."""
        self.store.load_olm_sessions(device.curve25519 for device in devices)
        sessions = ((device, self.store.olm_sessions(device.curve25519)) for device in devices)
        return [device for device, of in sessions if not any(map(_is_sure, of))]

    def dummies(self, devices: Sequence[Device], now: datetime) -> dict[str, dict[str, Json]]:
        """Return ``m.dummy`` messages, which make the new sessions known to the devices (spec, "m.dummy")."""
        messages: dict[str, dict[str, Json]] = {}
        for device in devices:
            if self._has_new_session(device, now):
                message = self.encrypt(device, "m.dummy", {}, now)
                if message is not None:
                    messages.setdefault(device.user_id, {})[device.device_id] = message
        self.store.commit(now)
        return messages

    def decrypt(self, sender_key: str, message: Mapping[str, Any], now: datetime) -> str:
        """Return the plaintext of an Olm message (``type``, ``body``). One of type 0 may begin a session.

        Raises:
            Refused, ValueError: it is malformed, or belongs to no session that we have.
        """
        kind, body = message.get("type"), message.get("body")
        if not isinstance(body, str):
            raise Refused("malformed")
        sessions = self.store.olm_sessions(sender_key)
        match kind:
            case 0:
                pre_key = vodozemac.PreKeyMessage.from_base64(body)
                known = next((s for s in sessions if s.session.matches(pre_key)), None)
                if known is not None:
                    return self._decrypted(sender_key, known, pre_key, now)
                # One that was received before a copy was put back, and is delivered again, begins a session that its
                # sender has used further meanwhile: what we encrypted with it could not be decrypted.
                doubtful = now - self.store.olm_since < DELIVERED_AGAIN
                made = self.store.olm_since if doubtful else now
                session = InboundSession(self.store.account, pre_key, sender_key)
                new = OlmSessionEntry(session, made, now, is_doubtful=doubtful)
                text = str(new.session.decrypt(pre_key))
                # The message has used up a one-time key: account and session are written together.
                self.store.touch_account()
                self.store.put_olm(sender_key, new)
                return text
            case 1:
                normal = vodozemac.AnyOlmMessage.normal(decoded(body))
                for session in sessions:
                    try:
                        return self._decrypted(sender_key, session, normal, now)
                    except vodozemac.OlmDecryptionException:
                        continue  # it belongs to another session, or to none
                raise Refused("no session")
            case _:
                raise Refused("malformed")

    def _decrypted(self, sender_key: str, session: OlmSessionEntry, message: Any, now: datetime) -> str:
        text = str(session.session.decrypt(message))
        session.used = now
        if isinstance(session.session, OutboundSession) and not session.is_stale:
            before = self._answered.get(sender_key)
            if before is None or before <= self.store.olm_since:
                self._answered[sender_key] = now
        self.store.put_olm(sender_key, session)
        return text


def _is_sure(session: OlmSessionEntry) -> bool:
    return not (session.is_stale or session.is_doubtful)
