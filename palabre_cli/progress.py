"""How far an apply is: a bar with the time left on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from community.core.errors import PalabreError
from community.core.messages import Message, msg
from palabre_cli.terminal import Terminal
from provisioning.change_text import describe
from provisioning.changes import Change, sign
from provisioning.pace import Pace
from provisioning.plan import Plan

SAY_EVERY = 15.0
"""Seconds between two lines that say how far it is, where there is no bar."""
_SECONDS_MATTER = 90
_HALF_MINUTES_MATTER = 600


def _do_nothing() -> None:
    """Do nothing: the default for what is done before the first change."""


class Progress:
    """Shows each change that was made or has failed. Use as a context manager around the apply.

    Where there is no bar, each has a line of its own (without ``each_change`` only failures), and now and then it is
    said how far it is and about how long it still takes. ``before`` is called before anything is drawn.
    """

    def __init__(
        self, terminal: Terminal, *, each_change: bool = True, before: Callable[[], None] = _do_nothing
    ) -> None:
        self._terminal = terminal
        self._each_change = each_change
        self._before = before
        self._pace = Pace.of((), now=time.monotonic())
        self._all = 0
        self._said_at = 0.0
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def begin(self, plan: Plan) -> None:
        """Take in what will be made, once that is known."""
        now = time.monotonic()
        self._pace, self._all, self._said_at = Pace.of(plan.changes, now=now), len(plan.changes), now
        self._before()
        if self._terminal.out.isatty() and plan.changes:
            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=self._terminal.console)
            self._task = self._bar.add_task(self._left(), total=len(plan.changes))
            self._bar.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def made(self, change: Change, error: PalabreError | None) -> None:
        """Show one; a failure with its reason, on a line that stays."""
        now = time.monotonic()
        self._pace.made(change, now=now)
        line = f"{sign(change)} {self._terminal.translate(describe(change))}"
        if error is not None:
            self._terminal.line(f"✗ {line}: {self._terminal.translate(error.sentence)}")
        elif self._bar is None and self._each_change:
            self._terminal.line(line)
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=self._left())
        elif now - self._said_at >= SAY_EVERY:
            self._said_at = now
            self._terminal.say(self._how_far())

    def _how_far(self) -> Message:
        left = self._pace.left.total()
        said = time_left(self._pace.seconds_left)
        return msg(
            "{done} of {all} changes are made; {left}", done=self._all - left, all=self._all, left=said
        )

    def _left(self) -> str:
        return self._terminal.translate(time_left(self._pace.seconds_left))


def time_left(seconds: float) -> Message:
    """Return a sentence that says how long something still takes, no more exactly than can be known."""
    if seconds < _SECONDS_MATTER:
        return msg("about {seconds} s left", seconds=max(5, 5 * round(seconds / 5)))
    halves = round(seconds / 30)
    if seconds < _HALF_MINUTES_MATTER and halves % 2:
        return msg("about {minutes} and a half min left", minutes=halves // 2)
    return msg("about {minutes} min left", minutes=round(seconds / 60))
