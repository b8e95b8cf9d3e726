"""What `palabre doctor` finds of the time zones: which release is used, and how old it is. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from community.core.doctor import Finding, State
from community.core.messages import msg
from community.core.zones import PINNED, RELEASED

TOO_OLD = timedelta(days=183)
"""Half a year: governments change their clocks at shorter notice than that."""


def zone_finding(release: str, today: date) -> Finding:
    """Return what there is to say of the time zones of that release."""
    if release == PINNED and today - RELEASED <= TOO_OLD:
        sentence = msg(
            "The time zones are those of tzdata {release}, of {day}.", release=release, day=str(RELEASED)
        )
        return Finding("time zones", State.OK, sentence)
    if release != PINNED and _number(release) > _number(PINNED):
        return Finding(
            "time zones", State.OK, msg("The time zones are those of tzdata {release}.", release=release)
        )
    return Finding(
        "time zones",
        State.WARNING,
        msg(
            "The time zones are those of tzdata {release}, more than half a year old or older than Palabre's own: "
            "where a country has changed its clocks since, times are wrong by an hour.",
            release=release,
        ),
        msg("Update Palabre, or that package alone in its virtual environment: pip install --upgrade tzdata"),
    )


def _number(release: str) -> tuple[int, ...]:
    """Return a release such as 2026.6 as numbers that can be compared."""
    return tuple(int(part) for part in release.split(".") if part.isdigit())
