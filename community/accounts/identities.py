"""Who somebody is, by the key that their devices are signed under: whether it is the one that was pinned. Pure.

A message is believed to be its sender's as far as its device is signed under the master key pinned for them: whoever
resets a password and signs in as somebody else can make another identity, and never sign under the pinned one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Pin:
    """The master key (public, unpadded base64) pinned for a Matrix ID.

    ``seen_at``: when it was first seen. ``changed_to``: another that has been shown since ``changed_at`` and that
    nobody has accepted. ``accepted_by``: who has accepted the pinned one, None where it was the first.
    """

    user_id: str
    master_key: str
    seen_at: datetime
    changed_to: str | None = None
    changed_at: datetime | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = None

    @property
    def is_changed(self) -> bool:
        """Whether another key than the pinned one is shown, and waits to be accepted."""
        return self.changed_to is not None


class Standing(StrEnum):
    """What is known of who has said something."""

    PINNED = "pinned"
    """The device is signed under the pinned key; or there is no identity at all that it could differ from."""
    CHANGED = "changed"
    """The device is signed under another key, which waits to be accepted."""
    UNKNOWN_DEVICE = "unknown-device"
    """The device is not signed, or under a key that is neither."""


def standing(pin: Pin | None, vouched: Collection[str]) -> Standing:
    """Return what is known of somebody by the master keys that have ``vouched`` for the device they speak from."""
    if pin is None or pin.master_key in vouched:
        return Standing.PINNED
    return Standing.CHANGED if pin.changed_to in vouched else Standing.UNKNOWN_DEVICE


def standing_of_person(pin: Pin | None) -> Standing:
    """Return what is known of somebody where the device is not known: a reaction, or who gets an answer later."""
    return Standing.CHANGED if pin is not None and pin.is_changed else Standing.PINNED


def occasion_of_change(pin: Pin, changes: int) -> str:
    """Return what makes a notice of a change one of its own: whoever is told of one is told no second time.

    ``changes``: how many there were since the pinned one. The first is told at once; of all others until one is
    accepted there is one notice a day (UTC), at the first of them: whoever makes one after the other floods nobody.
    """
    if changes <= 1 or pin.changed_at is None:
        return str(pin.changed_to)
    return f"{pin.user_id}/{pin.master_key}/{pin.changed_at:%Y-%m-%d}"


def fingerprint(master_key: str) -> str:
    """Return a key in groups of four characters, as Element shows keys, to be read out and compared."""
    return " ".join(master_key[start : start + 4] for start in range(0, len(master_key), 4))


def same_fingerprint(said: str, master_key: str) -> bool:
    """Whether somebody has written that key, with whatever spaces."""
    return "".join(said.split()) == master_key


def discarded_name(user_id: str, master_key: str) -> str:
    """Return what it is noted by that an identity of somebody's account is not theirs: whoever made it has lost it."""
    return hashlib.sha256(f"{user_id}\0{master_key}".encode()).hexdigest()[:32]


def acceptance_number(pin: Pin, by: str) -> str:
    """Return the four digits with which ``by`` confirms: of just this key, and nobody else's to reuse.

    The moment in it, to a fraction of a second, is known to the store alone: whoever made the key cannot work out the
    number and give it to a coordinator, who would confirm without having seen both keys.
    """
    moment = None if pin.changed_at is None else pin.changed_at.timestamp()
    digest = hashlib.sha256(f"identity/{pin.user_id}/{pin.changed_to}/{moment}/{by}".encode()).digest()
    return f"{int.from_bytes(digest[:4]) % 9000 + 1000}"
