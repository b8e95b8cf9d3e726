"""The health of the bot's device, for the operator and the coordinators: counts and names of accounts, no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from matrix.ids import RoomId, UserId


@dataclass(frozen=True, slots=True)
class Health:
    """``synced_at``: the end of the last sync that was dealt with, None before the first.

    ``one_time_keys``: left on the homeserver; ``fallback_key_unused``: whether an unused fallback key is there;
    both None before the first sync. ``waiting_events``: messages whose key has not come.
    ``without_signed_device``: people who may read encrypted rooms and have no device that they have signed, with
    those rooms: they cannot read the bot's messages. Only people whose devices are known are listed.
    ``verified_at``: when the identity and the device's signature on the homeserver were last found to be ours.
    ``clock``: how far ahead the homeserver's clock is, to the second; both None before the first sync.
    """

    synced_at: datetime | None
    one_time_keys: int | None
    fallback_key_unused: bool | None
    waiting_events: int
    without_signed_device: Mapping[UserId, frozenset[RoomId]]
    verified_at: datetime | None
    clock: timedelta | None
