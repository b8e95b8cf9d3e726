"""Since when the news is told: since the asker last wrote, in the days they name, or the last two weeks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto

from community.core.zones import ZoneInfo, existing
from community.search.news_reading import NewsQuestion
from community.storage import Visit

_FIRST = timedelta(days=14)
"""How far back the news is told to whom nothing is known of."""
_DAY = timedelta(days=1)


class WindowKind(Enum):
    """Why it is that stretch of time."""

    LAST_WROTE = auto()
    ASKED = auto()
    NOT_KNOWN = auto()
    """It is not known when the asker wrote before."""


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time of which the news is told: from ``since`` on, before ``until``; None: up to now."""

    kind: WindowKind
    since: datetime
    until: datetime | None = None


def window_of(question: NewsQuestion, visit: Visit | None, now: datetime, zone: ZoneInfo) -> Window:
    """Return it for a question asked at ``now``, in whose asker's ``zone`` days begin; ``visit``: when they wrote."""
    if question.since is not None or question.until is not None:
        first = question.since or question.until
        assert first is not None  # noqa: S101 - one of the two is there
        until = None if question.until is None else _midnight(question.until + _DAY, zone)
        since = first if question.since is not None else first - timedelta(days=365)
        return Window(WindowKind.ASKED, _midnight(since, zone), until)
    missed = None if visit is None else visit.missed_since(now)
    if missed is not None:
        return Window(WindowKind.LAST_WROTE, missed)
    return Window(WindowKind.NOT_KNOWN, _midnight(now.astimezone(zone).date() - _FIRST, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return existing(datetime.combine(day, time(), zone))
