"""How long an apply still takes, as far as can be told."""

from __future__ import annotations

import pytest

from community.core.messages import translator
from matrix.ids import UserId
from palabre_cli.progress import time_left
from provisioning.changes import Change, JoinMember, RemoveMember
from provisioning.pace import Pace

CHANGES: list[Change] = [
    *(JoinMember("lobby", UserId(f"@j{i}:example.org")) for i in range(10)),
    *(RemoveMember("lobby", UserId(f"@r{i}:example.org")) for i in range(10)),
]


def test_before_anything_is_made_it_goes_by_what_is_usual() -> None:
    assert Pace.of(CHANGES, now=0).seconds_left == pytest.approx(10 * 0.06 + 10 * 0.03)


def test_then_by_how_long_each_kind_took_here() -> None:
    pace = Pace.of(CHANGES, now=100)
    for number in range(4):
        pace.made(CHANGES[number], now=102 + 2 * number)
    assert pace.seconds_left == pytest.approx(6 * 2 + 10 * 0.03)


def test_at_the_end_nothing_is_left() -> None:
    pace = Pace.of(CHANGES, now=0)
    for number, change in enumerate(CHANGES):
        pace.made(change, now=number)
    assert pace.seconds_left == 0


@pytest.mark.parametrize(
    ("seconds", "said"), [(4.4, "4 s left"), (60, "1 min 0 s left"), (125, "2 min 5 s left")]
)
def test_it_is_said_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert translator("en", [])(time_left(seconds)) == said
