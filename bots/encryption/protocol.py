"""Names of the specification's encryption modules, and how what others have sent is refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bots.encryption.cross_signing import Json
from bots.encryption.wellformed import parsed

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"
REACTION = "m.reaction"
ONE_TIME_KEY = "signed_curve25519"
HOSTILE_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError, AssertionError, RecursionError)
"""What a hostile event may make nio, vodozemac (its own kinds are ValueErrors) or us raise. Not what a failing disk
raises: the event may be good."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a room's session has had its time (spec, "m.room.encryption")."""

    messages: int = 100
    age: timedelta = timedelta(days=7)


class NoKeyYet(Exception):
    """The event's Megolm session has not come, or its sender's device is not known (or not signed)."""


class Refused(Exception):
    """It cannot be accepted; ``args[0]`` says why, without anything of its content."""


def payload_of(text: str) -> Json:
    """Return a decrypted text as the JSON object that it must be.

    Raises:
        Refused: it is none.
    """
    try:
        return parsed(text)
    except ValueError as error:
        raise Refused("malformed") from error
