"""Events as Hypothesis draws them: single and repeated, of a time or of a day, with some of their times otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from community.agenda.occurrences import occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event

CALL = {"key": "call", "title": {"en": "Call", "fr": "Appel"}, "start": "2026-12-01 10:00", "lasts": "1h"}
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def event(**values: Any) -> Event:
    return Event.model_validate({**CALL, "rooms": ["lobby"], **values})


ZONES = ["Africa/Kigali", "Africa/Cairo", "Africa/Casablanca", "Europe/Paris", "America/New_York", "UTC"]
_days = st.dates(date(2026, 12, 1), date(2027, 12, 31))
_hours = st.integers(0, 23)


@st.composite
def drawn_events(draw: st.DrawFn) -> Event:
    day, is_all_day = draw(_days), draw(st.booleans())
    start = day.isoformat() if is_all_day else f"{day} {draw(_hours):02}:30"
    weekday = "MO TU WE TH FR SA SU".split()[day.weekday()]
    rules = [
        f"FREQ=WEEKLY;BYDAY={weekday}",
        "FREQ=DAILY;INTERVAL=3",
        f"FREQ=MONTHLY;BYMONTHDAY={day.day}",
        "FREQ=YEARLY",
    ]
    ends = ["", ";COUNT=5", ";UNTIL=20280301", ";UNTIL=20280301T120000Z"]
    rule = draw(st.none() | st.builds(str.__add__, st.sampled_from(rules), st.sampled_from(ends)))
    values: dict[str, Any] = {
        "start": start,
        "lasts": draw(st.sampled_from(["1d", "3d"] if is_all_day else ["30min", "2h"])),
    }
    if rule is not None:
        values["repeat"] = rule
    plain = event(timezone=draw(st.sampled_from(ZONES)), **values)
    there = occurrences(plain, ZoneInfo(plain.timezone or "UTC"), FIRST, LAST)
    named = (
        draw(st.lists(st.sampled_from([one.of for one in there[:8]]), unique=True, max_size=3))
        if there
        else []
    )
    written = [moment.date().isoformat() if is_all_day else f"{moment:%Y-%m-%d %H:%M}" for moment in named]
    changes = [{"of": one, **draw(_change(is_all_day=is_all_day))} for one in written[1:]]
    left_out = written[:1] if rule is not None else []
    return event(timezone=plain.timezone, **values, changes=changes, **{"except": left_out})


@st.composite
def _change(draw: st.DrawFn, *, is_all_day: bool) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"cancelled": True}
    day = draw(_days)
    return {"start": day.isoformat() if is_all_day else f"{day} {draw(_hours):02}:10"}
