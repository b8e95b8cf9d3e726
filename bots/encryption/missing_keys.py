"""Megolm sessions that did not arrive, and which of them are asked for (spec, "Key requests"). Pure.

A room key is lost where it was sent in an Olm message that we cannot decrypt, or before the crypto store was put back
from a copy; and this device was never sent those from before it was there. The device that made a session is asked, and
those of our own account that we have signed. Nobody else is believed: whoever forwards a key could forge messages with
it (`bots.encryption.forwarded_keys`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device
from bots.encryption.known_devices import KnownDevices
from bots.encryption.own_devices import OwnDevices
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import DOUBT, MEGOLM

AGAIN_AFTER = timedelta(hours=1)
"""The shortest time between two requests for a session, unless its sender has a new Olm session with us."""
IN_DOUBT: tuple[timedelta, ...] = (timedelta(minutes=1), timedelta(minutes=6), timedelta(minutes=16))
"""How long after a request it is sent again, after a start that may be one from a copy: requests and answers may be
lost then (`bots.encryption.repeated_keys`)."""
_REQUEST, _CANCELLATION = "request", "request_cancellation"
OF_ONE_SENDER = 20
"""The most sessions of one sender that are asked for within `AGAIN_AFTER`: anybody can name sessions that are not."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A request for a session's key to ``devices``, or that they need not answer any more (``is_over``).

    ``key``: room, session id, and the user who is asked.
    """

    key: tuple[str, str, str]
    devices: tuple[Device, ...]
    content: Json

    @property
    def is_over(self) -> bool:
        """Whether it is withdrawn."""
        return bool(self.content["action"] == _CANCELLATION)

    @property
    def withdrawn(self) -> KeyRequest:
        """What tells the same devices that the key has come."""
        said = {name: self.content[name] for name in ("request_id", "requesting_device_id")}
        return KeyRequest(self.key, self.devices, {"action": _CANCELLATION, **said})


class MissingKeys:
    """The sessions, by room and id, whose key is missing, each with the user who is asked: the sender of its events.

    Our own devices are asked for each of them; for what is only read again, they alone.
    """

    def __init__(self, own: OwnKeys, devices: KnownDevices, ours: OwnDevices) -> None:
        self._own = own
        self._devices = devices
        self._ours = ours
        self._missing: dict[tuple[str, str], str] = {}
        self._asked: dict[tuple[str, str, str], datetime] = {}
        self._repeated: Counter[tuple[str, str, str]] = Counter()
        self._open: dict[tuple[str, str, str], KeyRequest] = {}
        """The last request for each session that was asked for and has not come."""

    @property
    def is_noted(self) -> bool:
        """Whether something is missing that was not looked at yet."""
        return bool(self._missing)

    def note(self, room_id: str, event: Json) -> None:
        """Note that an event waits for its key."""
        self._missing[room_id, str(event["content"]["session_id"])] = str(event["sender"])

    def note_read_again(self, room_id: str, event: Json) -> None:
        """Note that an event from before cannot be read again."""
        self._missing.setdefault((room_id, str(event["content"]["session_id"])), self._own.user_id)

    def was_asked_for(self, room_id: str, session_id: str, user_id: str) -> bool:
        """Whether the devices of ``user_id`` were asked for a session lately."""
        if user_id == self._own.user_id:
            return any((room, session) == (room_id, session_id) for room, session, _asked in self._asked)
        return (room_id, session_id, user_id) in self._asked

    def again(self, sender: str) -> None:
        """Ask ``sender`` again for what has not come: the answer may have been undecryptable."""
        for room_id, session_id, of in [key for key in self._asked if key[2] == sender]:
            del self._asked[room_id, session_id, of]
            self._missing[room_id, session_id] = of

    def due(self, now: datetime) -> list[KeyRequest]:
        """Return the requests that are due, and those that are over, and take them for sent."""
        self._asked = {key: at for key, at in self._asked.items() if now - at < AGAIN_AFTER}
        self._repeated = Counter({key: self._repeated[key] for key in self._asked})
        asked = Counter(sender for _room_id, _session_id, sender in self._asked)
        missing, self._missing = self._missing, {}
        requests = [*self._over(), *self._repeats(now)]
        for (room_id, session_id), sender in missing.items():
            key = (room_id, session_id, sender)
            if key in self._asked or asked[sender] >= OF_ONE_SENDER:
                continue
            request = self._request(key, now)
            if request is not None:
                asked[sender] += 1
                self._asked[key] = now
                self._open[key] = request
                requests.append(request)
        return requests

    def not_sent(self, requests: Iterable[KeyRequest]) -> None:
        """Note that requests of `due` could not be sent: they are due again."""
        for key in (request.key for request in requests if not request.is_over):
            self._asked.pop(key, None)
            self._open.pop(key, None)
            self._missing[key[:2]] = key[2]

    def _over(self) -> list[KeyRequest]:
        """Return what withdraws the requests for keys that have come.

        Where another device of ours has given one, its sender is still asked: only what they give is acted on.
        """
        store, before = self._own.store, self._open
        self._open, over = {}, []
        for key, request in before.items():
            sessions, is_ours = store.inbound(*key[:2]), self._is_ours(request)
            if key in self._asked and not sessions:
                self._open[key] = request
            elif not sessions:
                continue
            elif is_ours or any(map(store.backups.is_direct, sessions)):
                over.append(request.withdrawn)
            else:
                over += self._withdrawn_from_ours(key, request)
        return over

    def _is_ours(self, request: KeyRequest) -> bool:
        return all(device.user_id == self._own.user_id for device in request.devices)

    def _withdrawn_from_ours(self, key: tuple[str, str, str], request: KeyRequest) -> list[KeyRequest]:
        ours = tuple(device for device in request.devices if device.user_id == self._own.user_id)
        theirs = tuple(device for device in request.devices if device not in ours)
        if key in self._asked:
            self._open[key] = replace(request, devices=theirs)
        return [replace(request, devices=ours).withdrawn] if ours else []

    def _repeats(self, now: datetime) -> list[KeyRequest]:
        """Return the requests that are sent again because they, or their answers, may have been lost."""
        if now - self._own.store.olm_since >= DOUBT:
            return []
        requests = []
        for key, at in self._asked.items():
            times = self._repeated[key]
            if times < len(IN_DOUBT) and now - at >= IN_DOUBT[times]:
                self._repeated[key] += 1
                request = self._request(key, now)
                if request is not None:
                    self._open[key] = request
                    requests.append(request)
        return requests

    def _request(self, key: tuple[str, str, str], now: datetime) -> KeyRequest | None:
        """Return the request for a session (room, id and sender); None where it has come, or nobody can be asked."""
        room_id, session_id, sender = key
        store, is_ours = self._own.store, sender == self._own.user_id
        theirs = () if is_ours else tuple(d for d in self._devices.of(sender) if self._devices.is_heard(d))
        sessions = store.inbound(room_id, session_id)
        # What another device of ours has given is still asked for of its sender.
        devices = theirs if sessions else (*theirs, *self._ours.signed())
        if any(map(store.backups.is_direct, sessions)) or not devices:
            return None
        return KeyRequest(key, devices, self._content(room_id, session_id, now))

    def _content(self, room_id: str, session_id: str, now: datetime) -> Json:
        """Return the content of ``m.room_key_request``."""
        return {
            "action": _REQUEST,
            "body": {"algorithm": MEGOLM, "room_id": room_id, "session_id": session_id},
            "request_id": f"{session_id}/{now.timestamp()}",
            "requesting_device_id": self._own.device_id,
        }
