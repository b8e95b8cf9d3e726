"""Calendars drawn by Hypothesis: every field of events and deadlines, with texts that are not easily written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from community.description.calendar_model import Calendar, Deadline, Event
from tests.lib.directories import days, keys, links, localized, several, usernames

_minutes = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(  # noqa: DTZ001 - local times
    lambda moment: moment.replace(second=0, microsecond=0)
)
_seconds = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
starts = days | _minutes | _seconds
_lengths = st.sampled_from(
    [timedelta(), timedelta(minutes=90), timedelta(hours=2), timedelta(days=3), timedelta(weeks=1)]
)
_zones = st.sampled_from(["Africa/Kigali", "Asia/Kathmandu", "UTC"])
_rules = st.sampled_from(
    [
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR",
        "freq=daily; interval=2",
        "FREQ=YEARLY;UNTIL=20301231T000000Z",
    ]
)
audiences = st.just({"everyone": True}) | st.fixed_dictionaries(
    {}, optional={name: several(keys) for name in ("themes", "cohorts", "cities", "roles", "people")}
)


@st.composite
def _changes(draw: st.DrawFn) -> dict[str, Any]:
    change: dict[str, Any] = {"of": draw(starts), "cancelled": draw(st.booleans())}
    if not change["cancelled"]:
        optional = {"start": starts, "lasts": _lengths, "place": localized, "link": links, "note": localized}
        change |= draw(st.fixed_dictionaries({}, optional=optional))
    return change


_common = {
    "timezone": _zones,
    "cancelled": st.booleans(),
    "audience": audiences,
    "rooms": st.lists(st.sampled_from(["lobby", "exchange.waste"]), unique=True).map(tuple),
    "link": links,
    "note": localized,
    "added_by": usernames,
}
events = st.fixed_dictionaries(
    {"key": keys, "title": localized, "start": starts, "lasts": _lengths},
    optional={
        **_common,
        "kind": st.sampled_from(["meeting", "training", "visit", "celebration", "other"]),
        "originally": starts,
        "repeat": _rules,
        "except": st.lists(starts, max_size=2).map(tuple),
        "also": st.lists(starts, max_size=2).map(tuple),
        "changes": st.lists(_changes(), max_size=2).map(tuple),
        "remind": st.none() | st.lists(_lengths, max_size=3).map(tuple),
        "place": localized,
    },
).map(Event.model_validate)
deadlines = st.fixed_dictionaries(
    {"key": keys, "title": localized, "due": _minutes},
    optional={
        **_common,
        "originally": _minutes,
        "hand_in": localized,
        "remind": st.none() | st.lists(_lengths | _lengths.map(lambda one: -one), max_size=3).map(tuple),
        "where": localized,
        "asked_by": usernames,
    },
).map(Deadline.model_validate)


def _by_key(one: Event | Deadline) -> str:
    return one.key


calendars = st.builds(
    Calendar,
    version=st.just(1),
    events=st.lists(events, max_size=4, unique_by=_by_key).map(tuple),
    deadlines=st.lists(deadlines, max_size=4, unique_by=_by_key).map(tuple),
)
