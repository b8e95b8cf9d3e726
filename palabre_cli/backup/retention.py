"""Which backups are kept: the newest of each of the last days, weeks and months that have one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from community.description.settings import KeepSettings


def kept(moments: Collection[datetime], rule: KeepSettings) -> frozenset[datetime]:
    """Return those of the backups that are kept.

    The rule counts days, weeks and months *that have a backup*: where none is made any more, none is deleted. The
    newest is always kept.
    """
    newest_first = sorted(moments, reverse=True)
    return frozenset(
        [
            *newest_first[:1],
            *_newest_of_each(newest_first, rule.days, lambda moment: moment.date()),
            *_newest_of_each(newest_first, rule.weeks, lambda moment: moment.isocalendar()[:2]),
            *_newest_of_each(newest_first, rule.months, lambda moment: (moment.year, moment.month)),
        ]
    )


def _newest_of_each(
    newest_first: Iterable[datetime], count: int, period: Callable[[datetime], object]
) -> list[datetime]:
    """Return the newest of each of the last ``count`` periods."""
    newest: dict[object, datetime] = {}
    for moment in newest_first:
        newest.setdefault(period(moment), moment)
    return list(newest.values())[:count]
