"""How long an apply still takes, as far as can be told: it is about right from early on, and does not wander."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from community.core.messages import translator
from matrix.ids import UserId
from palabre_cli.progress import time_left
from provisioning import changes
from provisioning.changes import Change, CreateAccount, CreateRoom, JoinMember, RemoveMember, RequestInvite
from provisioning.pace import Pace, seconds_left
from tests.lib.descriptions import DATA

CHANGES: list[Change] = [
    *(JoinMember("lobby", UserId(f"@j{i}:example.org")) for i in range(10)),
    *(RemoveMember("lobby", UserId(f"@r{i}:example.org")) for i in range(10)),
]
Moment = tuple[float, type[object]]


def recorded(name: str) -> Iterator[Moment]:
    """Yield when each change was made, and its kind: lines of seconds, kind, and how many were made since the last."""
    before = 0.0
    for line in (DATA / "pace" / name).read_text().splitlines():
        at, kind, count = line.split()
        step = (float(at) - before) / int(count)
        for number in range(int(count)):
            yield before + step * (number + 1), getattr(changes, kind)
        before = float(at)


def at_rates(*stages: tuple[type[object], int, float]) -> Iterator[Moment]:
    """Yield a run in which so many of each kind are made at so many a second, one kind after another."""
    at = 0.0
    for kind, count, rate in stages:
        for _ in range(count):
            at += 1 / rate
            yield at, kind


def expected_ends(run: Iterable[Moment], *, after: float) -> list[float]:
    """Return when the whole was expected to end, as parts of when it did, from a part of the time on."""
    moments = list(run)
    end = moments[-1][0]
    pace = Pace(Counter(kind for _, kind in moments), _last=0.0)
    found = []
    for at, kind in moments:
        pace.made_of(kind, now=at)
        if at >= after * end:
            found.append((at + pace.seconds_left) / end)
    return found


def test_before_anything_is_made_it_goes_by_what_is_usual() -> None:
    assert Pace.of(CHANGES, now=0).seconds_left == pytest.approx(10 * 0.09 + 10 * 0.05)


def test_it_depends_on_nothing_but_what_was_done_and_what_is_left() -> None:
    done: dict[type[object], int] = {JoinMember: 40}
    seconds: dict[type[object], float] = {JoinMember: 8.0}
    left: dict[type[object], int] = {JoinMember: 100, RemoveMember: 10}
    assert seconds_left(done, seconds, left) == seconds_left(dict(done), dict(seconds), dict(left))
    pace = Pace(Counter({JoinMember: 140, RemoveMember: 10}), _last=100.0)
    for number in range(40):
        pace.made_of(JoinMember, now=100 + 0.2 * (number + 1))
    assert pace.seconds_left == pytest.approx(seconds_left(done, seconds, left))


def test_a_kind_of_which_much_was_made_goes_by_how_long_it_took_here() -> None:
    assert seconds_left({JoinMember: 2000}, {JoinMember: 400.0}, {JoinMember: 100}) == pytest.approx(
        20, rel=0.02
    )


def test_at_the_end_nothing_is_left() -> None:
    pace = Pace.of(CHANGES, now=0)
    for number, change in enumerate(CHANGES):
        pace.made(change, now=number)
    assert pace.seconds_left == 0


@pytest.mark.parametrize("speed", [0.5, 1, 2])
def test_two_thousand_people_on_a_machine_of_any_speed(speed: float) -> None:
    run = at_rates(
        (CreateAccount, 2000, 4 * speed),
        (CreateRoom, 360, 10 * speed),
        (JoinMember, 8000, 11 * speed),
        (RequestInvite, 16000, 470 * speed),
    )
    ends = expected_ends(run, after=0.1)
    assert min(ends) > 0.5
    assert max(ends) < 2.1
    if speed == 1:
        assert 0.9 < min(ends) <= max(ends) < 1.1


@pytest.mark.parametrize(
    ("name", "earliest", "latest"),
    [
        # 240 people, 82 rooms, a load of 10 that rises to 24 meanwhile; passwords are hashed with few rounds.
        ("loaded_machine.txt", 0.65, 1.15),
        # 150 people, 43 rooms, a load of 20 to 28: accounts five times slower than usual, rooms nine, joins four.
        ("very_loaded_machine.txt", 0.75, 1.7),
    ],
)
def test_a_recorded_run_beside_other_work_is_foreseen_from_a_tenth_on(
    name: str, earliest: float, latest: float
) -> None:
    """Two cores, SQLite. Estimates that knew only what was measured were off by a factor of three and of five."""
    ends = expected_ends(recorded(name), after=0.1)
    assert earliest < min(ends) <= max(ends) < latest


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "about 5 s left"),
        (61, "about 60 s left"),
        (89, "about 90 s left"),
        (91, "about 1 and a half min left"),
        (125, "about 2 min left"),
        (420, "about 7 min left"),
        (1790, "about 30 min left"),
    ],
)
def test_it_is_said_no_more_exactly_than_it_is_known(seconds: float, said: str) -> None:
    assert translator("en", [])(time_left(seconds)) == said
