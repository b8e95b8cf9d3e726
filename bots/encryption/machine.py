"""The Olm machine of one device: plaintext to ciphertext and back, and to whom which key was given.

It sends nothing and knows no clock; every call blocks, and belongs in the crypto's thread. nio's Olm and Megolm
sessions are what it stands on. nio's own machine is not used: what was measured in it is in docs/upstream.md.

Whatever others send is taken as hostile: it is refused with a word that says why, and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
import vodozemac
from nio.crypto import InboundGroupSession, InboundSession, OutboundGroupSession, OutboundSession

from bots.encryption.cross_signing import Json, at, canonical_json, decoded, is_signed, unpadded
from bots.encryption.devices import Device, KnownUser, devices_of
from bots.encryption.store import CryptoStore, Given, OlmWith, OutboundGroup
from bots.encryption.wellformed import LARGEST, is_event, is_id, is_to_device, parsed, size
from matrix.ids import DeviceId, UserId

log = structlog.get_logger()

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"
REACTION = "m.reaction"
ONE_TIME_KEY = "signed_curve25519"
NO_OLM = "m.no_olm"
UNVERIFIED = "m.unverified"
UNAUTHORISED = "m.unauthorised"
WITHHELD_REASONS = {
    NO_OLM: "Unable to establish a secure channel.",
    UNVERIFIED: "The device has not been verified by its owner.",
    UNAUTHORISED: "No moderator has invited you to this room.",
}
ASK_AGAIN = timedelta(minutes=1)
"""A device that had no one-time key is asked again after this; sooner where it has made a session itself."""
UNWEDGE_EVERY = timedelta(hours=1)
"""A new Olm session with a device whose messages cannot be read is made no more often (spec, "Recovering from
undecryptable messages")."""
FALLBACK_KEPT = timedelta(hours=1)
"""Only the last two fallback keys can be used. So long at least, after a key was replaced, the one that replaced it is
not: whoever has claimed it can still be read, however many others claim meanwhile."""
MOST_GONE = 1_000
"""Devices of one user that are remembered though they are no more."""
_OF_HOSTILE_EVENTS = (ValueError, TypeError, LookupError, ArithmeticError, AssertionError, RecursionError)
"""What a hostile event may make nio, vodozemac (its own kinds are ValueErrors) or us raise. Not what a failing disk
raises: the event may be good."""
_NIO_LIMIT = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a room's session has had its time (spec, "m.room.encryption")."""

    messages: int = 100
    age: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Users whose devices must be asked for first."""

    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unshared:
    """Devices that have not been sent the room's key yet, and those that are to be told why they are not."""

    devices: tuple[Device, ...]
    unsigned: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class Encrypted:
    """The content of an ``m.room.encrypted`` event. What it depends on is on the disk."""

    content: Json


@dataclass(frozen=True, slots=True)
class RoomKeys:
    """To-device contents, user → device → content: keys, and notices for those that could not be given any.

    ``told``: devices that could again be given none, and have been told so.
    """

    keys: Mapping[str, Mapping[str, Json]]
    withheld: Mapping[str, Mapping[str, Json]]
    told: tuple[tuple[str, str], ...]
    session_id: str


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a sync's to-device events have brought: the refusals, and how many room keys."""

    refused: tuple[str, ...]
    keys: int


@dataclass(frozen=True, slots=True)
class Reading:
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


@dataclass(slots=True)
class _Due:
    """Which of the events that wait may be readable now: all, where the process has just begun."""

    everything: bool = True
    sessions: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return self.everything or bool(self.sessions) or bool(self.senders)


class NoKeyYet(Exception):
    """The event's Megolm session has not come, or its sender's device is not known (or not signed)."""


class Refused(Exception):
    """It cannot be accepted; ``args[0]`` says why, without anything of its content."""


@dataclass
class Machine:
    """``signed_only``: devices that their owner has not signed get no keys and are not believed (MSC4153).

    ``pinned_only``: where somebody's identity is pinned, nor do devices that are not signed under it get any.
    """

    store: CryptoStore
    user_id: UserId
    device_id: DeviceId
    signed_only: bool = True
    pinned_only: bool = False
    pins: Mapping[str, str] = field(default_factory=dict)
    """The master key that is pinned for a user. A device that was signed under it is believed whatever identity the
    homeserver shows now."""
    wedged: set[tuple[str, str]] = field(default_factory=set)
    """Devices, by user and id, whose Olm messages cannot be read: a new session is due."""
    unanswered: set[str] = field(default_factory=set)
    """Users whose devices another homeserver could not tell: they stay as they were known, and are to be asked for."""
    learnt: int = 0
    """How often devices were learnt."""
    _due: _Due = field(default_factory=_Due)
    _shown: dict[str, str] | None = None
    """Users whose identity was learnt since this was last taken away, each with the master key; None: never yet."""
    _signed_device_keys: Json | None = None

    def __post_init__(self) -> None:
        self.identity_keys: dict[str, str] = dict(self.store.account.identity_keys)

    def use_pins(self, pins: Mapping[str, str]) -> None:
        """Take these as the pinned master keys, by user."""
        self.pins = dict(pins)

    def take_shown(self) -> dict[str, str]:
        """Return whose identity was learnt since the last call, with the master keys; at first, of all."""
        shown, self._shown = self._shown, {}
        if shown is not None:
            return shown
        known = (self.store.user(user_id) for user_id in self.store.user_ids())
        return {user.user_id: user.master for user in known if user is not None and user.master is not None}

    # --- our own keys ---------------------------------------------------------------------------------------

    @property
    def is_published(self) -> bool:
        """Whether this device's keys have been uploaded."""
        return bool(self.store.account.shared)

    def use_signed_device_keys(self, device_keys: Json) -> None:
        """Send these, our device's keys with all signatures, along in each Olm message (MSC4147)."""
        self._signed_device_keys = device_keys

    def keys_to_upload(self, one_time_keys: int, *, fallback: bool, now: datetime) -> Json | None:
        """Return the body of ``/keys/upload``, None where nothing is due; its private parts are on the disk.

        ``one_time_keys`` is how many the server has, ``fallback`` whether it has no unused fallback key.
        """
        account, body = self.store.account, Json()
        if not account.shared:
            body["device_keys"] = self._device_keys()
        missing = account.max_one_time_keys - one_time_keys
        if missing > 0:
            account.generate_one_time_keys(missing)
        unpublished = account.one_time_keys["curve25519"]
        if unpublished:
            body["one_time_keys"] = {
                f"{ONE_TIME_KEY}:{key_id}": self._signed({"key": key}) for key_id, key in unpublished.items()
            }
        if fallback and (account._account.fallback_key or self._may_replace_fallback(now)):
            if not account._account.fallback_key:
                # One that was drawn before and has not reached the server is uploaded again: only the last two can
                # be used, and the one that people have from the server must stay among them.
                account._account.generate_fallback_key()
                self.store.fallback_replaced = now if account.shared else None
            body["fallback_keys"] = {
                f"{ONE_TIME_KEY}:{key_id}": self._signed({"key": key.to_base64(), "fallback": True})
                for key_id, key in account._account.fallback_key.items()
            }
        if not body:
            return None
        self.store.touch_account()
        self.store.commit(now)
        return body

    def _may_replace_fallback(self, now: datetime) -> bool:
        replaced = self.store.fallback_replaced
        return replaced is None or abs(now - replaced) >= FALLBACK_KEPT

    def keys_uploaded(self, now: datetime) -> None:
        """Note that the server has taken the keys."""
        self.store.mark_published()
        self.store.commit(now)

    def _device_keys(self) -> Json:
        return self._signed(
            {
                "algorithms": [OLM, MEGOLM],
                "device_id": self.device_id,
                "user_id": self.user_id,
                "keys": {f"{name}:{self.device_id}": key for name, key in self.identity_keys.items()},
            }
        )

    def _signed(self, value: Json) -> Json:
        signature = self.store.account.sign(canonical_json(value).decode())
        return {**value, "signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}

    # --- devices of others ----------------------------------------------------------------------------------

    def not_current(self, users: Iterable[str]) -> list[str]:
        """Return those whose devices must be asked for, sorted."""
        return [user for user in sorted(set(users)) if not self._is_current(user)]

    def _is_current(self, user_id: str) -> bool:
        known = self.store.user(user_id)
        return known is not None and known.current

    def outdate(self, users: Iterable[str]) -> None:
        """Note that the devices of ``users`` have changed, or are no longer told to us."""
        for user_id in users:
            known = self.store.user(user_id)
            self._due.senders.add(user_id)
            if known is not None and known.current:
                self.store.put_user(replace(known, current=False))

    def learn(self, answer: Json, users: Sequence[str]) -> int:
        """Take in the answer of ``/keys/query`` for ``users``; return how many devices were refused.

        A device that shows other keys than before under the same id is refused: it stays known as it was.
        """
        refused = 0
        self.learnt += 1
        self._due.senders.update(users)
        for user_id in users:
            known = self.store.user(user_id)
            devices = dict(known.devices) if known is not None else {}
            if _is_unanswered(answer, user_id):
                self.unanswered.add(user_id)
                master = None if known is None else known.master
                self.store.put_user(KnownUser(user_id, devices, current=True, master=master))
                continue
            shown = devices_of(answer, user_id)
            refused += shown.refused
            if shown.master is not None and self._shown is not None:
                self._shown[user_id] = shown.master
            for device in shown.devices:
                if (user_id, device.device_id) == (self.user_id, self.device_id):
                    continue
                before = devices.get(device.device_id)
                if before is not None and not before.has_keys_of(device):
                    refused += 1
                    devices[device.device_id] = before.without_trust()
                    continue
                pinned = self.pins.get(user_id)
                devices[device.device_id] = (
                    device if before is None else device.with_vouched_before(before, pinned)
                )
            shown_ids = {device.device_id for device in shown.devices}
            for device_id in devices.keys() - shown_ids:
                devices[device_id] = devices[device_id].without_trust()
            self.store.put_user(KnownUser(user_id, _bounded(devices), current=True, master=shown.master))
        return refused

    def devices(self, user_id: str) -> Iterator[Device]:
        """Give the devices of a user that are there, ours excepted."""
        known = self.store.user(user_id)
        return (d for d in known.devices.values() if not d.gone) if known is not None else iter(())

    def with_signed_device(self, users: Iterable[str]) -> frozenset[str]:
        """Return those of ``users`` who have a device that they have signed."""
        return frozenset(
            user
            for user in users
            if any(self._is_vouched(d) and self._believed(d) for d in self.devices(user))
        )

    def unsigned_readers(self, rooms: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
        """Return who of the rooms' readers (room → users) is known to have no signed device, each with the rooms."""
        users = {user for readers in rooms.values() for user in readers} - {self.user_id}
        without = {u for u in users if self._is_current(u)} - self.with_signed_device(users)
        found: dict[str, set[str]] = {}
        for room_id, readers in rooms.items():
            for user in without.intersection(readers):
                found.setdefault(user, set()).add(room_id)
        return found

    def _is_pinned(self, device: Device) -> bool:
        return self.pins.get(device.user_id) in device.vouched

    def _is_vouched(self, device: Device) -> bool:
        """Whether its owner has signed it: the one that the homeserver shows now, or the pinned one."""
        return device.signed or self._is_pinned(device)

    def _is_heard(self, device: Device) -> bool:
        """Whether what it says is read."""
        return self._is_vouched(device) or not self.signed_only

    def _believed(self, device: Device) -> bool:
        """Whether it is given keys."""
        if self.pinned_only and device.user_id in self.pins:
            return self._is_pinned(device)
        return self._is_heard(device)

    def _device_of(self, user_id: str, sender_key: str) -> Device | None:
        return next((d for d in self.devices(user_id) if d.curve25519 == sender_key), None)

    # --- giving keys ----------------------------------------------------------------------------------------

    def encrypt(
        self,
        room_id: str,
        members: Sequence[str],
        event_type: str,
        content: Mapping[str, Any],
        *,
        rotation: Rotation,
        now: datetime,
    ) -> Unknown | Unshared | Encrypted:
        """Encrypt an event for ``members``, or say what must be done first.

        Where somebody who has the key is no longer entitled to it, or the session has had its time, it is under
        a new one.
        """
        unknown = self.not_current(members)
        if unknown:
            return Unknown(tuple(unknown))
        wanted = {(d.user_id, d.device_id): d for user in members for d in self.devices(user)}
        group = self._group(room_id, wanted, rotation, now)
        unshared = self._unshared(group, wanted, now)
        if unshared is not None:
            return unshared
        payload = {"type": event_type, "content": dict(content), "room_id": room_id}
        ciphertext = group.session.encrypt(json.dumps(payload))
        group.messages += 1
        self.store.put_outbound(group)
        self.store.commit(now)
        return Encrypted(
            {
                "algorithm": MEGOLM,
                "sender_key": self.identity_keys["curve25519"],
                "ciphertext": ciphertext,
                "session_id": group.session.id,
                "device_id": self.device_id,
            }
        )

    def forget_group_session(self, room_id: str) -> None:
        """Encrypt under a new session from now on."""
        self.store.drop_outbound(room_id)

    def _group(
        self, room_id: str, wanted: Mapping[tuple[str, str], Device], rotation: Rotation, now: datetime
    ) -> OutboundGroup:
        group = self.store.outbound(room_id)
        if group is not None and not self._is_over(group, wanted, rotation, now):
            return group
        session = OutboundGroupSession()
        group = OutboundGroup(room_id, _of_no_age(session), now, 0, {})
        self.store.put_outbound(group)
        # Kept for reading too: a key backup and the history for newcomers have our own messages as well.
        self.store.put_inbound(
            InboundGroupSession(
                session.session_key, self.identity_keys["ed25519"], self.identity_keys["curve25519"], room_id
            )
        )
        return group

    def _is_over(
        self,
        group: OutboundGroup,
        wanted: Mapping[tuple[str, str], Device],
        rotation: Rotation,
        now: datetime,
    ) -> bool:
        _of_no_age(group.session)
        if group.messages >= rotation.messages or now - group.created >= rotation.age:
            return True
        return any(
            given.withheld is None and (who not in wanted or not self._believed(wanted[who]))
            for who, given in group.given.items()
        )

    def _unshared(
        self, group: OutboundGroup, wanted: Mapping[tuple[str, str], Device], now: datetime
    ) -> Unshared | None:
        devices, unsigned = [], []
        for who, device in wanted.items():
            given = group.given.get(who)
            if not self._believed(device):
                if given is None:
                    unsigned.append(device)
            elif given is None or (given.withheld is not None and self._ask_again(device, given, now)):
                devices.append(device)
        return Unshared(tuple(devices), tuple(unsigned)) if devices or unsigned else None

    def _ask_again(self, device: Device, given: Given, now: datetime) -> bool:
        if given.withheld in (UNVERIFIED, UNAUTHORISED) or now - given.at >= ASK_AGAIN:
            return True
        return bool(self.store.olm_sessions(device.curve25519))

    def without_session(self, devices: Sequence[Device]) -> list[Device]:
        """Return those with which there is no Olm session yet."""
        self.store.load_olm_sessions(device.curve25519 for device in devices)
        return [device for device in devices if not self.store.olm_sessions(device.curve25519)]

    def room_keys(
        self,
        room_id: str,
        devices: Sequence[Device],
        unsigned: Sequence[Device],
        now: datetime,
    ) -> RoomKeys | None:
        """Return the messages that give ``devices`` the room's key, or tell them and ``unsigned`` why not.

        None where the session has been dropped meanwhile. What the messages depend on is on the disk.
        """
        group = self.store.outbound(room_id)
        if group is None:
            return None
        content = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": group.session.id,
            "session_key": group.session.session_key,
        }
        keys: dict[str, dict[str, Json]] = {}
        withheld: dict[str, dict[str, Json]] = {}
        told: list[tuple[str, str]] = []
        for device in devices:
            who = (device.user_id, device.device_id)
            message = self._olm_encrypt(device, "m.room_key", content, now)
            before = group.given.get(who)
            if message is None and before is not None and before.withheld == NO_OLM:
                told.append(who)
            elif message is None:
                withheld.setdefault(device.user_id, {})[device.device_id] = self._withheld(group, NO_OLM)
            else:
                keys.setdefault(device.user_id, {})[device.device_id] = message
        for device in unsigned:
            withheld.setdefault(device.user_id, {})[device.device_id] = self._withheld(group, UNVERIFIED)
        self.store.commit(now)
        return RoomKeys(keys, withheld, tuple(told), group.session.id)

    def refusals(self, room_id: str, users: Iterable[str]) -> RoomKeys | None:
        """Return what tells the devices of ``users`` that they get no key of a room, those excepted that know it.

        None where there is nothing to tell.
        """
        group = self.store.outbound(room_id)
        if group is None:
            return None
        withheld: dict[str, dict[str, Json]] = {}
        for device in (device for user in users for device in self.devices(user)):
            if (device.user_id, device.device_id) not in group.given:
                about = self._withheld(group, UNAUTHORISED)
                withheld.setdefault(device.user_id, {})[device.device_id] = about
        return RoomKeys({}, withheld, (), group.session.id) if withheld else None

    def keys_given(self, room_id: str, sent: RoomKeys, now: datetime) -> None:
        """Note that the messages of `room_keys` have been sent."""
        group = self.store.outbound(room_id)
        if group is None or group.session.id != sent.session_id:
            return
        for user_id, by_device in sent.keys.items():
            for device_id in by_device:
                self.store.put_given(group, user_id, device_id, Given(None, now))
        for user_id, by_device in sent.withheld.items():
            for device_id, content in by_device.items():
                self.store.put_given(group, user_id, device_id, Given(str(content["code"]), now))
        for user_id, device_id in sent.told:
            self.store.put_given(group, user_id, device_id, Given(NO_OLM, now))

    def _withheld(self, group: OutboundGroup, code: str) -> Json:
        """Say why a device gets no key (spec, "m.room_key.withheld")."""
        about = {} if code == NO_OLM else {"room_id": group.room_id, "session_id": group.session.id}
        return {
            "algorithm": MEGOLM,
            "code": code,
            "reason": WITHHELD_REASONS[code],
            "sender_key": self.identity_keys["curve25519"],
            **about,
        }

    def begin_sessions(self, devices: Iterable[Device], claimed: Json, now: datetime) -> None:
        """Make Olm sessions from claimed one-time keys; one that is malformed or not its device's makes none.

        ``claimed`` is the answer of ``/keys/claim``: user → device → key.
        """
        for device in devices:
            keys = at(claimed, device.user_id, device.device_id)
            if not isinstance(keys, Mapping):
                continue
            try:
                self._begin_session(device, keys, now)
            except (Refused, ValueError, TypeError) as error:
                log.warning("one_time_key_refused", reason=type(error).__name__)

    def _begin_session(self, device: Device, keys: Mapping[str, Any], now: datetime) -> None:
        for name, key in keys.items():
            if not name.startswith(f"{ONE_TIME_KEY}:") or not isinstance(key, Mapping):
                continue
            if not is_signed(key, user_id=device.user_id, key_id=device.device_id, public=device.ed25519):
                raise Refused("signature")
            session = OutboundSession(self.store.account, device.curve25519, key["key"])
            self.store.put_olm(device.curve25519, OlmWith(session, now, now))
            return

    def _olm_encrypt(self, device: Device, event_type: str, content: Json, now: datetime) -> Json | None:
        """Return a to-device content for a device, None where there is no Olm session with it."""
        sessions = self.store.olm_sessions(device.curve25519)
        if not sessions:
            return None
        payload = {
            "sender": self.user_id,
            "sender_device": self.device_id,
            "keys": {"ed25519": self.identity_keys["ed25519"]},
            "recipient": device.user_id,
            "recipient_keys": {"ed25519": device.ed25519},
            "type": event_type,
            "content": content,
        }
        if self._signed_device_keys is not None:
            payload["sender_device_keys"] = self._signed_device_keys
        newest = sessions[0]
        newest.used = now
        kind, body = newest.session.encrypt(json.dumps(payload, separators=(",", ":"))).to_parts()
        self.store.put_olm(device.curve25519, newest)
        return {
            "algorithm": OLM,
            "sender_key": self.identity_keys["curve25519"],
            "ciphertext": {device.curve25519: {"type": kind, "body": unpadded(body)}},
        }

    # --- recovering from undecryptable messages ---------------------------------------------------------------

    def to_unwedge(self, now: datetime) -> list[Device]:
        """Return the devices with which a new Olm session is due."""
        found = [
            d
            for user, device_id in sorted(self.wedged)
            for d in self.devices(user)
            if d.device_id == device_id
        ]
        self.wedged.clear()
        return [d for d in found if self._believed(d) and not self._has_new_session(d, now)]

    def _has_new_session(self, device: Device, now: datetime) -> bool:
        return any(now - s.created < UNWEDGE_EVERY for s in self.store.olm_sessions(device.curve25519))

    def dummies(self, devices: Sequence[Device], now: datetime) -> dict[str, dict[str, Json]]:
        """Return messages that let devices know of new sessions (spec, "m.dummy")."""
        messages: dict[str, dict[str, Json]] = {}
        for device in devices:
            if self._has_new_session(device, now):
                message = self._olm_encrypt(device, "m.dummy", {}, now)
                if message is not None:
                    messages.setdefault(device.user_id, {})[device.device_id] = message
        self.store.commit(now)
        return messages

    # --- receiving ------------------------------------------------------------------------------------------

    def take_to_device(self, events: Iterable[Any], now: datetime) -> TakenIn:
        """Take in a sync's to-device events. What is malformed or hostile is refused and changes nothing."""
        refused: list[str] = []
        keys = 0
        for event in events:
            try:
                keys += self._take(event, now)
            except Refused as error:
                refused.append(str(error))
            except _OF_HOSTILE_EVENTS as error:
                refused.append(type(error).__name__)
        return TakenIn(tuple(refused), keys)

    def _take(self, event: Any, now: datetime) -> bool:
        """Return whether the event has brought a room key."""
        if not is_to_device(event):
            raise Refused("malformed")
        content, sender = event["content"], event["sender"]
        if event["type"] != "m.room.encrypted":
            return False
        if content.get("algorithm") != OLM:
            raise Refused("malformed")
        if size(content) > LARGEST:
            raise Refused("too large")
        sender_key = content.get("sender_key")
        message = at(content, "ciphertext", self.identity_keys["curve25519"])
        if not isinstance(sender_key, str) or not isinstance(message, Mapping):
            raise Refused("not for this device")
        try:
            text = self._olm_decrypt(sender_key, message, now)
        except Exception:
            device = self._device_of(sender, sender_key)
            if device is not None:
                self.wedged.add((device.user_id, device.device_id))
            raise
        payload = _payload(text)
        self._require_ours(payload, sender)
        self._require_own_device(payload, sender, sender_key)
        if payload["type"] != "m.room_key":
            return False
        self._take_room_key(payload, sender_key)
        return True

    def _olm_decrypt(self, sender_key: str, message: Mapping[str, Any], now: datetime) -> str:
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
                new = OlmWith(InboundSession(self.store.account, pre_key, sender_key), now, now)
                text = str(new.session.decrypt(pre_key))
                # Its one-time key is used up: account and session are written together.
                self.store.touch_account()
                self.store.put_olm(sender_key, new)
                return text
            case 1:
                normal = vodozemac.AnyOlmMessage.normal(decoded(body))
                for session in sessions:
                    try:
                        return self._decrypted(sender_key, session, normal, now)
                    except vodozemac.OlmDecryptionException:
                        continue  # another session's, or none's
                raise Refused("no session")
            case _:
                raise Refused("malformed")

    def _decrypted(self, sender_key: str, session: OlmWith, message: Any, now: datetime) -> str:
        text = str(session.session.decrypt(message))
        session.used = now
        self.store.put_olm(sender_key, session)
        return text

    def _require_ours(self, payload: Json, sender: str) -> None:
        """Make sure that an Olm payload is from whom it was sent by, and for us (spec, "m.olm.v1")."""
        if payload.get("sender") != sender:
            raise Refused("another sender")
        if payload.get("recipient") != self.user_id:
            raise Refused("another recipient")
        if at(payload, "recipient_keys", "ed25519") != self.identity_keys["ed25519"]:
            raise Refused("another recipient's key")
        if not isinstance(at(payload, "keys", "ed25519"), str) or not isinstance(payload.get("type"), str):
            raise Refused("malformed")

    def _require_own_device(self, payload: Json, sender: str, sender_key: str) -> None:
        """Make sure that device keys sent along are those of the device that has sent them (spec, "m.olm.v1").

        They make no device believed: that is for the signatures over what ``/keys/query`` shows to say. What
        contradicts the device as it is known, and as the pinned identity has vouched for it, is refused.
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
        content = payload.get("content")
        if not isinstance(content, Mapping) or content.get("algorithm") != MEGOLM:
            raise Refused("malformed")
        room_id, session_id, key = (content.get(k) for k in ("room_id", "session_id", "session_key"))
        if not (isinstance(room_id, str) and isinstance(session_id, str) and isinstance(key, str)):
            raise Refused("malformed")
        session = InboundGroupSession(key, payload["keys"]["ed25519"], sender_key, room_id)
        if session.id != session_id:
            raise Refused("another session's key")
        self.store.put_inbound(session)
        self._due.sessions.add(session.id)

    # --- reading --------------------------------------------------------------------------------------------

    def read(self, events: Iterable[tuple[str, Json]]) -> list[Reading]:
        """Read timeline events, each given with its room; those whose key has not come are kept until it does."""
        return [self._read(room_id, event) for room_id, event in events]

    @property
    def has_due(self) -> bool:
        """Whether an event that waits for its key may be readable now."""
        return bool(self._due)

    def waiting_senders(self) -> set[str]:
        """Return who has sent the events that may be readable now."""
        return {str(event.get("sender")) for _room_id, event in self._waiting_due()}

    def read_waiting(self) -> list[Reading]:
        """Read the events whose key, or sender's device, has come since, oldest first.

        Those that are messages are kept until they are dealt with, in one step with no longer waiting: whoever writes
        next writes both.
        """
        readings = [self._read(room_id, event) for room_id, event in self._waiting_due()]
        self._due = _Due(everything=False)
        self.keep_unhandled((reading for reading in readings if reading.is_for_us), ())
        return [reading for reading in readings if reading.plain is not None or reading.refused is not None]

    def _waiting_due(self) -> list[tuple[str, Json]]:
        if self._due.everything:
            return self.store.waiting()
        return self.store.waiting(self._due.sessions, self._due.senders) if self._due else []

    def _read(self, room_id: str, event: Json) -> Reading:
        if event.get("type") == REACTION:
            return _reaction(room_id, event)
        try:
            plain, vouched = self._decrypt(event, room_id)
        except NoKeyYet:
            self.store.wait(room_id, event)
            return Reading(room_id, event)
        except Refused as refused:
            self._done_with(event)
            return Reading(room_id, event, refused=str(refused))
        except _OF_HOSTILE_EVENTS as error:
            self._done_with(event)
            return Reading(room_id, event, refused=type(error).__name__)
        self._done_with(event)
        return Reading(room_id, event, plain=plain, vouched=vouched)

    def _done_with(self, event: Json) -> None:
        event_id = event.get("event_id")
        if is_id(event_id):
            self.store.stop_waiting(event_id)

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
        before = self.store.heard_as(room_id, session.id, index)
        if before is not None and before != heard:
            raise Refused("replayed")
        plain = _payload(text)
        if plain.get("room_id") != room_id:
            raise Refused("another room's")
        if not isinstance(plain.get("type"), str) or not isinstance(plain.get("content"), dict):
            raise Refused("malformed")
        if before is None:
            self.store.put_index(room_id, session.id, index, *heard)
        return plain, vouched

    def _session_of(
        self, sender: str, room_id: str, session_id: str
    ) -> tuple[InboundGroupSession, tuple[str, ...]]:
        """Return the session that a device of ``sender`` has made, and the master keys that vouch for that device.

        What the event says of keys is not believed.
        """
        sessions = self.store.inbound(room_id, session_id)
        for session in sessions:
            if sender == self.user_id and session.sender_key == self.identity_keys["curve25519"]:
                return session, ()
            device = self._device_of(sender, session.sender_key)
            if device is None or not self._is_heard(device):
                continue
            if device.ed25519 != session.ed25519:
                raise Refused("another device's session")
            return session, device.vouched
        # Whose device it is may not be known yet; where it is, it is not this sender's and never will be.
        if any(self.store.owners_of(s.sender_key, s.ed25519) - {sender} for s in sessions):
            raise Refused("another sender's session")
        raise NoKeyYet

    # --- what is to be dealt with -----------------------------------------------------------------------------

    def keep_unhandled(self, readings: Iterable[Reading], invitations: Iterable[Json]) -> None:
        """Keep messages (as they came, encrypted), reactions and invitations until they are dealt with."""
        for reading in readings:
            self.store.put_unhandled(reading.room_id, reading.event)
        for invitation in invitations:
            self.store.put_invitation(invitation["room_id"], invitation)

    def unhandled(self) -> tuple[list[Reading], list[Json]]:
        """Return what was kept and not dealt with before this process began.

        What cannot be read any more, its sender's device being gone, waits for its key again, or is given up.
        """
        readings = self.read(self.store.unhandled())
        for reading in readings:
            if not reading.is_for_us:
                self.store.handled(str(reading.event["event_id"]))
        return readings, self.store.unhandled_invitations()

    def read_again(self, room_id: str, event: Json) -> Json | None:
        """Return the plaintext of an event that was said before, None where it cannot be read (now)."""
        try:
            return self.decrypt(event, room_id)
        except (NoKeyYet, Refused, *_OF_HOSTILE_EVENTS):
            return None

    def handled(self, event_ids: Iterable[str], rooms: Iterable[str], now: datetime) -> None:
        """Note that events, and the invitations to rooms, are dealt with."""
        for event_id in event_ids:
            self.store.handled(event_id)
        for room_id in rooms:
            self.store.put_invitation(room_id, None)
        self.store.commit(now)

    # --- writing --------------------------------------------------------------------------------------------

    def commit(self, now: datetime, *, token: str, rooms: Mapping[str, Json | None]) -> None:
        """Write what has changed, with the sync token that it stands for."""
        self.store.commit(now, token=token, rooms=rooms)


def _is_unanswered(answer: Json, user_id: str) -> bool:
    """Whether the homeserver of ``user_id`` has not answered (spec, ``/keys/query``, "failures")."""
    failures = answer.get("failures")
    if not isinstance(failures, Mapping) or at(answer, "device_keys", user_id) is not None:
        return False
    return user_id.partition(":")[2] in failures


def _bounded(devices: dict[str, Device]) -> dict[str, Device]:
    """Return the devices without the first of those that are gone, beyond the most that are remembered."""
    gone = [device_id for device_id, device in devices.items() if device.gone]
    forgotten = set(gone[:-MOST_GONE])
    return {device_id: device for device_id, device in devices.items() if device_id not in forgotten}


def _of_no_age(session: OutboundGroupSession) -> OutboundGroupSession:
    """Take nio's own limits off a session: when it is over is decided here."""
    session.max_messages, session.max_age = 2**62, _NIO_LIMIT
    session.mark_as_shared()
    return session


def _reaction(room_id: str, event: Json) -> Reading:
    """Return a reaction, refused where it is to nothing or of another form."""
    relation = at(event, "content", "m.relates_to")
    is_whole = is_id(at(relation, "event_id")) and is_id(at(relation, "key"))
    if not is_whole or at(relation, "rel_type") != "m.annotation":
        return Reading(room_id, event, refused="malformed")
    return Reading(room_id, event, plain={"type": REACTION, "content": event["content"]})


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


def _payload(text: str) -> Json:
    try:
        return parsed(text)
    except ValueError as error:
        raise Refused("malformed") from error
