"""Which backups are kept: the newest of each of the last days, weeks and months that have one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

from community.description.settings import KeepSettings

_MOMENT = "%Y-%m-%dT%H%M%SZ"
ENDING = ".tar.age"


def archive_name(server_name: str, made_at: datetime) -> str:
    """Return the name of the file of a backup."""
    return f"{_beginning(server_name)}{made_at.astimezone(UTC):{_MOMENT}}{ENDING}"


def moment_of(name: str, server_name: str) -> datetime | None:
    """Return when the backup in a file of that name was made; None where it is no backup of that homeserver."""
    beginning = _beginning(server_name)
    if not name.startswith(beginning) or not name.endswith(ENDING):
        return None
    written = name[len(beginning) : -len(ENDING)]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{6}Z", written) is None:
        return None
    try:
        return datetime.strptime(written, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _beginning(server_name: str) -> str:
    return f"palabre-{server_name.replace(':', '_')}-"


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
