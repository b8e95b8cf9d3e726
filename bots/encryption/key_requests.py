"""Answers the requests for room keys of our own account's other devices, and of nobody else (spec, "Key requests").

A request comes in clear, so who sends it is the homeserver's word. The answer is encrypted for the device that it
names, and only where we have signed that device ourselves: who forges a request has a device of ours be given a key.

Only what the device that made a session has given us is handed on, so no session is ever forwarded twice, and
``forwarding_curve25519_key_chain`` is always empty. Sends nothing; the time is an argument.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bots.encryption.cross_signing import Json, at
from bots.encryption.devices import Device
from bots.encryption.known_devices import KnownDevices
from bots.encryption.olm_sessions import OlmSessions
from bots.encryption.own_devices import OwnDevices
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import MEGOLM, Refused
from bots.encryption.room_session import SHARED_HISTORY, RoomSession
from bots.encryption.store import CryptoStore
from bots.encryption.wellformed import is_id

KEY_REQUEST = "m.room_key_request"
MOST_KEPT = 100
"""The most requests that wait for an answer; a device asks again later for what was not answered."""
GIVEN_IN = timedelta(hours=1)
MOST_OF_A_SESSION = 3
"""How often a device is given one session within `GIVEN_IN`: its process may end before it has it."""
MOST_OF_A_DEVICE = 300
"""The most answers to one device within `GIVEN_IN`."""
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class OwnKeyRequest:
    """A request of a device of our account for a session."""

    device_id: str
    request_id: str
    room_id: str
    session_id: str

    @property
    def session(self) -> tuple[str, str, str]:
        """Who asks for what."""
        return self.device_id, self.room_id, self.session_id


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """The answer to a request: ``message`` is for ``device``, None where it gets nothing now."""

    request: OwnKeyRequest
    device: Device
    message: Json | None


class KeyRequests:
    """The requests that wait, and what was answered lately."""

    def __init__(
        self, store: CryptoStore, own: OwnKeys, ours: OwnDevices, devices: KnownDevices, olm: OlmSessions
    ) -> None:
        self._store = store
        self._own = own
        self._ours = ours
        self._devices = devices
        self._olm = olm
        self._waiting: dict[tuple[str, str], OwnKeyRequest] = {}
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._given: list[tuple[datetime, OwnKeyRequest]] = []

    @property
    def waiting(self) -> bool:
        """Whether a request waits for an answer."""
        return bool(self._waiting)

    def take(self, event: Json) -> None:
        """Note a request of our own account, or that it is withdrawn; those of others are passed over.

        Raises Refused where it is malformed, or was heard before.
        """
        if event["sender"] != self._own.user_id:
            return
        content = event["content"]
        device_id, request_id = content.get("requesting_device_id"), content.get("request_id")
        if not is_id(device_id) or not is_id(request_id):
            raise Refused("malformed")
        if device_id == self._own.device_id:
            return  # the homeserver gives a message to all devices back to its sender
        match content.get("action"):
            case "request":
                self._note(_request(device_id, request_id, content.get("body")))
            case "request_cancellation":
                self._waiting.pop((device_id, request_id), None)
                self._remember((device_id, request_id))
            case _:
                raise Refused("malformed")

    def _note(self, request: OwnKeyRequest) -> None:
        key = (request.device_id, request.request_id)
        if key in self._seen:
            raise Refused("replayed")
        if len(self._waiting) < MOST_KEPT:
            self._waiting[key] = request
            self._remember(key)

    def _remember(self, key: tuple[str, str]) -> None:
        self._seen[key] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def devices(self, now: datetime) -> tuple[list[Device], int]:
        """Return the devices that are owed an answer, and how many requests are dropped because they may have none."""
        self._given = [each for each in self._given if now - each[0] < GIVEN_IN]
        given = [request for _at, request in self._given]
        of_device = Counter(request.device_id for request in given)
        of_session = Counter(request.session for request in given)
        before, found = len(self._waiting), dict[str, Device]()
        for key, request in list(self._waiting.items()):
            device = self._ours.by_id(request.device_id)
            is_too_much = (
                of_device[request.device_id] >= MOST_OF_A_DEVICE
                or of_session[request.session] >= MOST_OF_A_SESSION
            )
            if device is None or is_too_much:
                del self._waiting[key]
                continue
            of_device[request.device_id] += 1
            of_session[request.session] += 1
            found[request.device_id] = device
        return list(found.values()), before - len(self._waiting)

    def answers(self, now: datetime) -> list[KeyAnswer]:
        """Return the answers to what waits; the Olm sessions behind them are on the disk."""
        asked = ((request, self._ours.by_id(request.device_id)) for request in self._waiting.values())
        made = [
            KeyAnswer(request, device, self._message(request, device, now))
            for request, device in asked
            if device
        ]
        self._store.commit(now)
        return made

    def _message(self, request: OwnKeyRequest, device: Device, now: datetime) -> Json | None:
        content = next(self._contents(request), None)
        return None if content is None else self._olm.encrypt(device, "m.forwarded_room_key", content, now)

    def _contents(self, request: OwnKeyRequest) -> Iterator[Json]:
        """Yield the contents of ``m.forwarded_room_key`` for a session, one for each device that claims it."""
        for session in self._store.inbound(request.room_id, request.session_id):
            index = self._direct_from(session)
            if index is not None:
                yield {
                    "algorithm": MEGOLM,
                    "room_id": session.room_id,
                    "session_id": session.id,
                    "session_key": session.exported(index),
                    "sender_key": session.sender_key,
                    "sender_claimed_ed25519_key": session.ed25519,
                    "forwarding_curve25519_key_chain": [],
                    SHARED_HISTORY: session.shared_history,
                }

    def _direct_from(self, session: RoomSession) -> int | None:
        """Return from which message index on we have a session from the device that made it; None: not at all."""
        is_own = session.sender_key == self._own.identity_keys["curve25519"]
        if not is_own and self._devices.maker_of(session.sender_key, session.ed25519) is None:
            return None
        restored = self._store.backups.restored(session)
        if restored is None:
            return session.first_known_index
        return None if restored.direct_from is None else max(session.first_known_index, restored.direct_from)

    def answered(self, answers: Collection[KeyAnswer], now: datetime) -> None:
        """Note that answers were sent, or that there is nothing to send."""
        for answer in answers:
            request = answer.request
            self._waiting.pop((request.device_id, request.request_id), None)
            if answer.message is not None:
                self._given.append((now, request))


def _request(device_id: str, request_id: str, body: Mapping[str, Any] | object) -> OwnKeyRequest:
    room_id, session_id = at(body, "room_id"), at(body, "session_id")
    if at(body, "algorithm") != MEGOLM or not is_id(room_id) or not is_id(session_id):
        raise Refused("malformed")
    return OwnKeyRequest(device_id, request_id, room_id, session_id)
