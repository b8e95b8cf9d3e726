"""Names from the specification's encryption modules, and the errors for events that are refused. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bots.encryption.cross_signing import Json
from bots.encryption.wellformed import parsed

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"
REACTION = "m.reaction"
RELATION = "m.relates_to"
"""What an event says of others: beside the ciphertext, for the homeserver, and in most clients inside it too."""
REDACTION = "m.room.redaction"
MESSAGE = "m.room.message"
NOT_TEXT = ("m.sticker", "m.poll.start", "org.matrix.msc3381.poll.start")
"""Types of encrypted events that people send as they send a message, and that have no text."""
ONE_TIME_KEY = "signed_curve25519"
DOUBT = timedelta(days=1)
"""How long after a start that may be one from a copy what is sent to devices counts as perhaps lost."""
HOSTILE_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError, AssertionError, RecursionError)
"""The exceptions that a hostile event may cause in nio, vodozemac (whose errors are ValueErrors) or our code.

Not those of a failing disk: then the event may be valid."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a room's Megolm session is replaced (spec, "m.room.encryption")."""

    messages: int = 100
    age: timedelta = timedelta(days=7)


class NoKeyYet(Exception):
    """The event's Megolm session has not arrived, or its sender's device is unknown or not signed."""


class NotSigned(NoKeyYet):
    """The event's sender has not signed the device yet that it is from."""


class Refused(Exception):
    """An event was refused. ``args[0]`` is a word for the reason; it has nothing of the content."""


def payload_of(text: str) -> Json:
    """Parse a decrypted text as a JSON object.

    Raises:
        Refused: it is no JSON object.
    """
    try:
        return parsed(text)
    except ValueError as error:
        raise Refused("malformed") from error


def room_key_of(payload: Json) -> tuple[Mapping[str, Any], tuple[str, str, str]]:
    """Return the content of a room key, and in it the room, the session's id and its key. Raises Refused."""
    content = payload.get("content")
    if not isinstance(content, Mapping) or content.get("algorithm") != MEGOLM:
        raise Refused("malformed")
    room_id, session_id, key = (content.get(name) for name in ("room_id", "session_id", "session_key"))
    if not (isinstance(room_id, str) and isinstance(session_id, str) and isinstance(key, str)):
        raise Refused("malformed")
    return content, (room_id, session_id, key)


SYNC_FILTER = json.dumps(
    {
        "presence": {"not_types": ["*"]},
        "account_data": {"not_types": ["*"]},
        "room": {
            "account_data": {"not_types": ["*"]},
            "ephemeral": {"not_types": ["*"]},
            "timeline": {"limit": 50},
        },
    }
)
"""The parts of an account's events that a sync brings (spec, "Filtering")."""
