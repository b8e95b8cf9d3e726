"""Which of several is asked for, by its place among them: the first, the last, the one after the next. Pure.

“The last deadline of the year” is to come; “the last meeting” has been.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from community.core.weekends import WeekDays
from community.search.calendar_days import days_asked, weeks_of_months
from community.search.calendar_question import Wanted
from community.search.calendar_words import Spotted, says
from community.search.dates import Period

_ORDERS = (("last_of", Wanted.LAST), ("first_of", Wanted.FIRST))
_NEAR = 2
"""How many words may stand between “how many” and what is counted, itself included."""


def orders_at(found: Spotted, table: str) -> frozenset[int]:
    """Return where words for the first or the last stand beside a word for entries, or are said of a thing."""
    at = found.at(table) - found.nouns
    beside = {place for place in at if {place - 1, place + 1} & found.nouns}
    # “The last thing”, “the last one”: a phrase of its own.
    return frozenset(beside | {place for place in at if {place - 1, place + 1} & at})


def counts(found: Spotted) -> bool:
    """Whether it is asked how many events or deadlines there are: “how many meetings”, not “how many people come”."""
    at = found.at("how_many")
    if (at | _between(found, at)) & found.at("lasts", "how_long", "left", "how_often"):
        return False  # “How long is the workshop?” begins like that in Arabic.
    counted = at | _between(found, at)
    return any(place not in at and (place - 1 in counted or place + 1 in at) for place in found.nouns)


def _between(found: Spotted, at: frozenset[int]) -> frozenset[int]:
    """Return the positions straight behind “how many”: “how many other meetings”."""
    return frozenset(place + step for place in at for step in range(1, _NEAR)) - found.nouns


def order_asked(found: Spotted, days: Period, today: date) -> Wanted | None:
    """Return whether the first or the last of all is asked for; None for neither.

    The last of what is to come alone: what has been last is shown by `been`.
    """
    for table, wanted in _ORDERS:
        at = orders_at(found, table) - days.used
        if at and (wanted is Wanted.FIRST or _is_ahead(days, today)):
            return wanted
    return None


def read_days(said: Sequence[str], today: date, found: Spotted, week: WeekDays) -> tuple[Period, bool]:
    """Return the days that are named, and whether what has been is asked for.

    Of a day without its year beside “last” the nearer one is meant: in November the last meeting in October has been.
    """
    if found.has("cancelled"):
        return days_asked(said, today, found, week), False
    # “The last day to register” is a word for a deadline.
    was = found.at("was") - found.kinds.get("deadline", frozenset())
    # “How long does it last?”
    verb = {len(said) - 1} if found.has("lasts", "how_long") else set()
    of_month = weeks_of_months(said, today, week)
    was -= verb | of_month
    if found.has("passed") or was - found.at("last_of"):
        return days_asked(said, today, found, week, been=True), True
    ahead = days_asked(said, today, found, week)
    if ahead and says(said[min(ahead.used)], "ever_since"):
        behind = days_asked(said, today, found, week, been=True)
        return (behind, True) if _distance(behind, today) < _distance(ahead, today) else (ahead, False)
    lasts = (orders_at(found, "last_of") | (was & found.at("last_of"))) - verb - of_month
    if not lasts - ahead.used:
        return (ahead, False) if not lasts else (days_asked(said, today, found, week, been=True), True)
    behind = days_asked(said, today, found, week, been=True)
    return (ahead, False) if ahead and _distance(ahead, today) <= _distance(behind, today) else (behind, True)


def _is_ahead(days: Period, today: date) -> bool:
    last = days.until or days.since
    return last is not None and last >= today


def _distance(days: Period, today: date) -> int:
    """Return how many days away a period is from today; none where it is in it."""
    first, last = days.since or days.until, days.until or days.since
    if first is None or last is None:
        return 0
    return max((first - today).days, (today - last).days, 0)
