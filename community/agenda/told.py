"""What a message says of an occurrence, as a short text that is kept with the message's key. Pure.

First its *state*: the moment to the minute, the day of what lasts all day, or that it is cancelled. Two states are the
same exactly when a reader need not be told of the change between them. Then, each behind a ``#``, a digest of all that
is said besides, of the place and of the link: no words, only whether they are the same. A version before this one noted
the state alone: of that nothing else is compared.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time

from community.agenda.occurrences import STAMP, Occurrence
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline
from community.description.fields import Localized

CANCELLED = "cancelled"
_DAY = "%Y%m%d"
_DIGITS = 12
"""Of a digest: enough to tell two texts of one entry apart."""


def state_of(occurrence: Occurrence) -> str:
    """Return when an occurrence is now: its start in UTC, its day, or `CANCELLED`."""
    if occurrence.is_cancelled:
        return CANCELLED
    if occurrence.is_all_day:
        return occurrence.start.strftime(_DAY)
    return occurrence.start.astimezone(UTC).strftime(STAMP)


def told_of(occurrence: Occurrence) -> str:
    """Return what a message says of an occurrence now: its state, and unless it is cancelled the digests."""
    state = state_of(occurrence)
    if state == CANCELLED:
        return state
    entry, place, link = occurrence.entry, place_of(occurrence), occurrence.link
    texts = (entry.title, place, occurrence.note, entry.hand_in if isinstance(entry, Deadline) else None)
    return "#".join((state, _digest(*texts, link), _digest(place), _digest(link)))


def place_of(occurrence: Occurrence) -> Localized | None:
    """Return where an occurrence takes place, or where to what is to be handed in goes."""
    return occurrence.entry.where if isinstance(occurrence.entry, Deadline) else occurrence.place


def _digest(*texts: Localized | str | None) -> str:
    written = json.dumps([one.root if isinstance(one, Localized) else one for one in texts], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:_DIGITS]


def is_told(told: str, occurrence: Occurrence) -> bool:
    """Whether what a message has told is so now, as far as that was noted."""
    now = told_of(occurrence)
    return told == now if "#" in told else told == state_told(now)


def state_told(told: str) -> str:
    """Return the state that a message has told."""
    return told.partition("#")[0]


def is_place_told(told: str, occurrence: Occurrence) -> bool:
    """Whether the place that a message has told, or where something is to be handed in, is the same now."""
    return _part(told, 2) in (None, _digest(place_of(occurrence)))


def is_link_told(told: str, occurrence: Occurrence) -> bool:
    """Whether the link that a message has told is the same now."""
    return _part(told, 3) in (None, _digest(occurrence.link))


def _part(told: str, number: int) -> str | None:
    parts = told.split("#")
    return parts[number] if number < len(parts) else None


def day_told(told: str) -> date | None:
    """Return the day of what lasts all day, None of everything else."""
    try:
        return datetime.strptime(state_told(told), _DAY).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def start_told(told: str, zone: ZoneInfo) -> datetime | None:
    """Return the start in ``zone`` that a message has told, midnight of a day; None where it tells none."""
    day = day_told(told)
    if day is not None:
        return datetime.combine(day, time(), zone)
    try:
        return datetime.strptime(state_told(told), STAMP).replace(tzinfo=UTC).astimezone(zone)
    except ValueError:
        return None
