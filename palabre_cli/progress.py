"""How far an apply is: a bar with the time left on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import time
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


class Progress:
    """Shows each change that was made or has failed. Use as a context manager around the apply."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._pace = Pace.of((), now=time.monotonic())
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def begin(self, plan: Plan) -> None:
        """Take in what will be made, once that is known."""
        self._pace = Pace.of(plan.changes, now=time.monotonic())
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
        self._pace.made(change, now=time.monotonic())
        line = f"{sign(change)} {self._terminal.translate(describe(change))}"
        if error is not None:
            self._terminal.line(f"✗ {line}: {self._terminal.translate(error.sentence)}")
        elif self._bar is None:
            self._terminal.line(line)
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=self._left())

    def _left(self) -> str:
        return self._terminal.translate(time_left(self._pace.seconds_left))


def time_left(seconds: float) -> Message:
    """Return a sentence that says how long something still takes."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return msg("{minutes} min {seconds} s left", minutes=minutes, seconds=rest)
    return msg("{seconds} s left", seconds=rest)
