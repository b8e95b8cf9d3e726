"""What `palabre doctor` finds of this machine's clock. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from community.core.clock import MOST_APART, ClockDoubt
from community.core.doctor import Finding, State
from community.core.messages import msg

CLOCK_WARNING = timedelta(seconds=30)


def clock_finding(clock: timedelta | None, now: datetime, *, is_here: bool) -> Finding:
    """Return what there is to say of the clock: the homeserver's is so far ahead, and perhaps ``is_here`` too."""
    ahead = abs(clock) if clock is not None else timedelta()
    if ahead < CLOCK_WARNING and is_here:
        # Two faces of one clock: only a person can say whether it is right.
        return Finding(
            "clock",
            State.OK,
            msg(
                "This machine's clock shows {now} UTC. The homeserver is on this machine too: compare it with a phone.",
                now=f"{now:%Y-%m-%d %H:%M}",
            ),
        )
    if ahead < CLOCK_WARNING:
        return Finding("clock", State.OK, msg("This machine's clock agrees with the homeserver's."))
    return Finding(
        "clock",
        State.FAULT if ahead >= MOST_APART else State.WARNING,
        msg(
            "This machine's clock and the homeserver's are {seconds} seconds apart.",
            seconds=round(ahead.total_seconds()),
        ),
        msg("Let both keep the time by NTP: deadlines are posted by this machine's clock."),
    )


def held_finding(doubt: str) -> Finding:
    """Return that the bot posts no reminders, and why (a `ClockDoubt`)."""
    jumped = doubt == ClockDoubt.JUMPED
    return Finding(
        "reminders",
        State.FAULT,
        msg(
            "The bot posts no reminders: this machine's clock was moved, and nobody can say whether it is right."
        )
        if jumped
        else msg("The bot posts no reminders: this machine's clock and the homeserver's differ."),
        msg("If the clock is wrong, set it now: an hour after it was moved the bot goes on.")
        if jumped
        else msg("Put right the clock that is wrong: the bot goes on as soon as they agree."),
    )
