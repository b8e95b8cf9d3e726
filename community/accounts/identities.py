"""Compares a person's cross-signing identity with the pinned one. Pure.

A message counts as its sender's only if its device is signed under the master key pinned for them: whoever resets a
password and signs in as somebody else can make another identity, but cannot sign under the pinned one.
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

    ``seen_at``: when it was first seen. ``changed_to``: another master key shown since ``changed_at`` that nobody has
    accepted. ``accepted_by``: who has accepted the pinned key, None where it was the person's first.
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
    """How a device's identity compares with the pinned one."""

    PINNED = "pinned"
    """The device is signed under the pinned key, or no key is pinned or shown at all."""
    CHANGED = "changed"
    """The device is signed under another key, which waits to be accepted."""
    UNKNOWN_DEVICE = "unknown-device"
    """The device is not signed, or under a key that is neither the pinned nor the changed one."""


def standing(pin: Pin | None, vouched: Collection[str]) -> Standing:
    """Return the standing of a device that is signed under the master keys ``vouched``."""
    if pin is None or pin.master_key in vouched:
        return Standing.PINNED
    return Standing.CHANGED if pin.changed_to in vouched else Standing.UNKNOWN_DEVICE


def standing_of_person(pin: Pin | None) -> Standing:
    """Return the standing of a person where the device is not known: of a reaction, or the recipient of an answer."""
    return Standing.CHANGED if pin is not None and pin.is_changed else Standing.PINNED


def occasion_of_change(pin: Pin, changes: int) -> str:
    """Return the occasion of a notice of a change: there is one notice for each occasion.

    ``changes``: how many there were since the pinned key. The first change is an occasion of its own; of the later
    ones, until one is accepted, those of one day (UTC) are one occasion, so that nobody can cause a flood of notices.
    """
    if changes <= 1 or pin.changed_at is None:
        return str(pin.changed_to)
    return f"{pin.user_id}/{pin.master_key}/{pin.changed_at:%Y-%m-%d}"


def fingerprint(master_key: str) -> str:
    """Return a key in groups of four characters, as Element shows keys, to compare it by reading aloud."""
    return " ".join(master_key[start : start + 4] for start in range(0, len(master_key), 4))


def same_fingerprint(said: str, master_key: str) -> bool:
    """Whether a written fingerprint is that of ``master_key``; spaces do not count."""
    return "".join(said.split()) == master_key


def discarded_name(user_id: str, master_key: str) -> str:
    """Return what it is noted by that an identity of somebody's account is not theirs: whoever made it has lost it."""
    return hashlib.sha256(f"{user_id}\0{master_key}".encode()).hexdigest()[:32]


def acceptance_number(pin: Pin, by: str) -> str:
    """Return the four digits with which ``by`` confirms this changed key; for anybody else they differ.

    They depend on the time of the change to a fraction of a second, which only the store knows: the maker of the key
    cannot compute the number and send it to a coordinator, who would then confirm without having seen both keys.
    """
    moment = None if pin.changed_at is None else pin.changed_at.timestamp()
    digest = hashlib.sha256(f"identity/{pin.user_id}/{pin.changed_to}/{moment}/{by}".encode()).digest()
    return f"{int.from_bytes(digest[:4]) % 9000 + 1000}"
