"""What is shown while a plan is applied: a line for each change, or now and then how far it is; failures always."""

from __future__ import annotations

import io

import pytest

from community.core.errors import PalabreError
from community.core.messages import msg, translator
from matrix.ids import UserId
from palabre_cli import progress as module
from palabre_cli.progress import Progress
from palabre_cli.terminal import Terminal
from provisioning.changes import Change, JoinMember
from provisioning.plan import Plan

CHANGES: tuple[Change, ...] = tuple(JoinMember("lobby", UserId(f"@j{n}:example.org")) for n in range(100))


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


def apply(said: io.StringIO, *, each_change: bool, failing: int | None = None) -> list[str]:
    with Progress(Terminal(said, said, translator("en", [])), each_change=each_change) as progress:
        progress.begin(Plan(CHANGES))
        for number, change in enumerate(CHANGES):
            progress.made(change, PalabreError(msg("No.")) if number == failing else None)
    return said.getvalue().splitlines()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", Clock())


def test_apply_has_a_line_for_each_change_and_says_now_and_then_how_far_it_is(said: io.StringIO) -> None:
    lines = apply(said, each_change=True)
    assert lines[0] == "+ lobby: @j0:example.org joined"
    between = [line for line in lines if not line.startswith("+ ")]
    assert len(lines) - len(between) == len(CHANGES)
    assert len(between) == len(CHANGES) // module.SAY_EVERY
    assert lines[45 + 2] == between[2] == "45 of 100 changes are made; about 45 s left"


def test_up_says_now_and_then_how_far_it_is_and_about_how_long_it_takes(said: io.StringIO) -> None:
    lines = apply(said, each_change=False)
    assert len(lines) == len(CHANGES) // module.SAY_EVERY
    assert lines[2] == "45 of 100 changes are made; about 45 s left"


def test_what_fails_is_always_said(said: io.StringIO) -> None:
    lines = apply(said, each_change=False, failing=3)
    assert lines[0] == "✗ + lobby: @j3:example.org joined: No."


def test_a_spinner_ends_before_anything_is_drawn(said: io.StringIO) -> None:
    ended: list[bool] = []
    progress = Progress(
        Terminal(said, said, translator("en", [])), each_change=False, before=lambda: ended.append(True)
    )
    progress.begin(Plan(CHANGES))
    assert ended == [True]
