"""The events by which two devices verify each other, read and written (spec, "Key verification framework"). Pure.

They are the same in a room and to a device, but for how they name what they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

from bots.encryption.cross_signing import Json, at
from bots.encryption.protocol import MESSAGE, RELATION
from bots.encryption.wellformed import is_id, is_time

PREFIX = "m.key.verification."
METHOD = "m.sas.v1"
"""The only method that the bot has. To scan a QR code takes a camera, to show one a screen."""
REFERENCE = "m.reference"
_MOST_LISTED = 32
"""The most methods, algorithms or keys that an event may list."""


class Kind(StrEnum):
    """What an event of a verification is: the end of its type."""

    REQUEST = "request"
    READY = "ready"
    START = "start"
    ACCEPT = "accept"
    KEY = "key"
    MAC = "mac"
    DONE = "done"
    CANCEL = "cancel"


class Code(StrEnum):
    """Why a verification is cancelled (spec, "m.key.verification.cancel", and "SAS error handling")."""

    USER = "m.user"
    TIMEOUT = "m.timeout"
    UNKNOWN_TRANSACTION = "m.unknown_transaction"
    UNKNOWN_METHOD = "m.unknown_method"
    UNEXPECTED_MESSAGE = "m.unexpected_message"
    KEY_MISMATCH = "m.key_mismatch"
    INVALID_MESSAGE = "m.invalid_message"
    ACCEPTED = "m.accepted"
    MISMATCHED_COMMITMENT = "m.mismatched_commitment"
    MISMATCHED_SAS = "m.mismatched_sas"


@dataclass(frozen=True, slots=True, order=True)
class VerificationId:
    """What names a verification: with whom, and the id that its first message gave it.

    ``room_id``: the room in which it is held, empty where it is held by messages to devices.
    """

    user_id: str
    transaction_id: str
    room_id: str = ""


@dataclass(frozen=True, slots=True)
class VerificationEvent:
    """An event of a verification that somebody else has sent.

    ``said_at``: when, in milliseconds since the epoch, by the homeserver (in a room) or the sender (to a device); None
    where it does not say.
    """

    id: VerificationId
    kind: Kind
    content: Mapping[str, Any]
    said_at: int | None = None

    @property
    def from_device(self) -> str | None:
        """The device that says that it has sent it, None where it does not say."""
        device_id = self.content.get("from_device")
        return device_id if is_id(device_id) else None

    @property
    def opens(self) -> bool:
        """Whether a verification may begin with it: to a device also without a request, which is deprecated."""
        return self.kind is Kind.REQUEST or (self.kind is Kind.START and not self.id.room_id)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that we send in a verification. ``device_id``: the device that it is for, where it is not in a room."""

    id: VerificationId
    kind: Kind
    content: Mapping[str, Any]
    device_id: str

    @property
    def type(self) -> str:
        """The type of the event."""
        return f"{PREFIX}{self.kind}"


def is_of_verification(plain: Mapping[str, Any]) -> bool:
    """Whether an event, as it was decrypted or as it came in clear, is one of a verification.

    Some apps encrypt them and others (matrix-js-sdk, so Element Web) do not, also in encrypted rooms, which the
    specification permits. Who sends one in clear is the homeserver's word: what people compare does not rest on it.
    """
    if plain["type"] == MESSAGE:
        return bool(at(plain, "content", "msgtype") == f"{PREFIX}{Kind.REQUEST}")
    return str(plain["type"]).startswith(PREFIX)


def in_room(
    room_id: str, event: Mapping[str, Any], plain: Mapping[str, Any], me: str
) -> VerificationEvent | None:
    """Return an event of a verification in a room, None where it belongs to none or is not for us.

    Where the relation stands beside the ciphertext alone, as older clients write it, it counts as part of the content.
    """
    content = dict(plain["content"])
    said_at: int = event["origin_server_ts"]
    if plain["type"] == MESSAGE:
        if content.get("to") != me:
            return None
        identity = VerificationId(event["sender"], event["event_id"], room_id)
        return VerificationEvent(identity, Kind.REQUEST, content, said_at)
    relation = content.setdefault(RELATION, at(event, "content", RELATION))
    first, kind = at(relation, "event_id"), _kind(plain["type"])
    if at(relation, "rel_type") != REFERENCE or not is_id(first) or kind in (None, Kind.REQUEST):
        return None
    assert kind is not None  # noqa: S101 - see above
    return VerificationEvent(VerificationId(event["sender"], first, room_id), kind, content, said_at)


def to_device(event: Mapping[str, Any]) -> VerificationEvent | None:
    """Return an event of a verification that was sent to this device, None for another."""
    kind, content = _kind(event["type"]), event["content"]
    transaction_id, said_at = content.get("transaction_id"), content.get("timestamp")
    if kind is None or not is_id(transaction_id) or not transaction_id:
        return None
    said = said_at if is_time(said_at) else None
    return VerificationEvent(VerificationId(event["sender"], transaction_id), kind, content, said)


def _kind(event_type: str) -> Kind | None:
    try:
        return Kind(event_type.removeprefix(PREFIX)) if event_type.startswith(PREFIX) else None
    except ValueError:
        return None


def outgoing(identity: VerificationId, kind: Kind, device_id: str, content: Mapping[str, Any]) -> Outgoing:
    """Return an event that we send: with its relation in a room, with its transaction id to a device."""
    if identity.room_id:
        relation = {"rel_type": REFERENCE, "event_id": identity.transaction_id}
        return Outgoing(identity, kind, {**content, RELATION: relation}, device_id)
    return Outgoing(identity, kind, {**content, "transaction_id": identity.transaction_id}, device_id)


def texts(value: Any) -> tuple[str, ...]:
    """Return a list of texts as an event has it; empty where it is none."""
    if not isinstance(value, list) or len(value) > _MOST_LISTED:
        return ()
    return tuple(each for each in value if isinstance(each, str))


def are_codes(value: Any) -> TypeGuard[Mapping[str, str]]:
    """Whether it is what ``mac`` of ``m.key.verification.mac`` is: a code for each key."""
    return (
        isinstance(value, Mapping)
        and len(value) <= _MOST_LISTED
        and all(is_id(key) and is_id(code) for key, code in value.items())
    )


def cancelling(identity: VerificationId, device_id: str, code: Code) -> Outgoing:
    """Return the event that cancels a verification."""
    content: Json = {"code": str(code), "reason": _REASONS[code]}
    return outgoing(identity, Kind.CANCEL, device_id, content)


_REASONS = {
    Code.USER: "The verification was cancelled",
    Code.TIMEOUT: "It has taken too long",
    Code.UNKNOWN_TRANSACTION: "No such verification is under way",
    Code.UNKNOWN_METHOD: "No method, or no algorithm, that both devices have",
    Code.UNEXPECTED_MESSAGE: "A message that does not come next",
    Code.KEY_MISMATCH: "The keys are not those that were verified",
    Code.INVALID_MESSAGE: "A message that is not valid",
    Code.ACCEPTED: "Another device goes on with it",
    Code.MISMATCHED_COMMITMENT: "The key is not the one that was committed to",
    Code.MISMATCHED_SAS: "What was shown does not match",
}
