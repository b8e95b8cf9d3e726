"""Whether this machine's clock is to be believed: compared with the homeserver's, and with time that nobody can set.

Pure but for `steady_seconds`. Where Palabre and the homeserver run on one machine both are wrong together: then only a
jump of the clock is seen, and whether it was right before or is right now cannot be known.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MOST_APART = timedelta(minutes=5)
"""From this difference on a clock is not believed."""
HELD_AFTER_JUMP = timedelta(hours=1)
"""How long a clock is not believed after a jump that nothing explains. Most such jumps put a clock right."""


def steady_seconds() -> float:
    """Return the seconds since some moment, by a clock that nobody sets and that goes on while the machine sleeps."""
    # Linux counts sleep in CLOCK_BOOTTIME alone; macOS in CLOCK_MONOTONIC, which its `time.monotonic` is not.
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class ClockDoubt(StrEnum):
    """Why a clock is not believed."""

    APART = "apart"
    """It and the homeserver's clock differ."""
    JUMPED = "jumped"
    """It was moved, and the homeserver's with it."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What the clocks show at one moment.

    ``wall``: this machine's, in UTC. ``steady``: `steady_seconds`. ``server``: the homeserver's, None if not known.
    """

    wall: datetime
    steady: float
    server: datetime | None

    @property
    def apart(self) -> timedelta:
        """How far ahead of this machine's clock the homeserver's is; zero if not known."""
        return timedelta() if self.server is None else self.server - self.wall

    @property
    def time(self) -> datetime:
        """What time it is, as far as is known: the homeserver's where the two differ, as people's clients show it."""
        return self.wall + self.apart if abs(self.apart) >= MOST_APART else self.wall


@dataclass(frozen=True, slots=True)
class ClockState:
    """What is known of the clock after a reading. ``jump``: how far it was moved, ``jumped``: when (steady seconds)."""

    last: ClockReading
    jump: timedelta = timedelta()
    jumped: float = 0.0

    @property
    def doubt(self) -> ClockDoubt | None:
        """Why the clock is not believed, None where it is."""
        if abs(self.last.apart) >= MOST_APART:
            return ClockDoubt.APART
        return ClockDoubt.JUMPED if self.jump else None

    @property
    def expected(self) -> datetime:
        """What the clock would show if it had not been moved."""
        return self.last.wall - self.jump

    def moved(self, reading: ClockReading) -> timedelta:
        """Return how far the clock was moved between the last reading and ``reading``."""
        passed = timedelta(seconds=reading.steady - self.last.steady)
        return reading.wall - self.last.wall - passed

    def after(self, reading: ClockReading) -> ClockState:
        """Return what is known after the next reading."""
        moved, jump, jumped = self.moved(reading), self.jump, self.jumped
        if abs(moved) >= MOST_APART:
            was_wrong = abs(self.last.apart) >= MOST_APART
            is_mended = was_wrong and abs(reading.apart) < MOST_APART
            jump, jumped = timedelta() if is_mended else jump + moved, reading.steady
        is_over = timedelta(seconds=reading.steady - jumped) >= HELD_AFTER_JUMP
        if abs(jump) < MOST_APART or is_over:
            jump = timedelta()
        return replace(self, last=reading, jump=jump, jumped=jumped)


class ClockComparison:
    """This machine's clock, compared each time that somebody asks. ``server`` gives the homeserver's time."""

    def __init__(
        self,
        now: Callable[[], datetime],
        server: Callable[[], datetime | None],
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._now = now
        self._server = server
        self._steady = steady
        self.state = ClockState(self._reading())
        self.has_moved = False
        """Whether the clock was moved; whoever has dealt with that sets it back."""

    def _reading(self) -> ClockReading:
        return ClockReading(self._now(), self._steady(), self._server())

    @property
    def doubt(self) -> ClockDoubt | None:
        """Why the clock is not believed at this moment, None where it is."""
        reading = self._reading()
        self.has_moved |= abs(self.state.moved(reading)) >= MOST_APART
        self.state = self.state.after(reading)
        return self.state.doubt

    def is_believed(self) -> bool:
        """Whether what depends on the date may be done, and what is too old be dropped."""
        return self.doubt is None

    def time(self) -> datetime:
        """Return the time to go by for what people say and what is counted by the day (`ClockReading.time`)."""
        return self._reading().time

    def latest(self) -> datetime:
        """Return what the clock that is ahead shows: by then all is due that was filed by either of them."""
        reading = self._reading()
        return max(reading.wall, reading.time)
