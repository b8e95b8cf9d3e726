"""A clock that is wrong is noticed before anything is posted or expired; when it is right again all goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bots.clock_findings import clock_finding, held_finding
from bots.clock_watch import TOLD_AFTER, ClockWatch
from bots.context.background import PeriodicWork
from bots.scheduler import Scheduler
from community.core.clock import (
    HELD_AFTER_JUMP,
    MOST_APART,
    ClockComparison,
    ClockDoubt,
    ClockReading,
    ClockState,
)
from community.core.doctor import State
from community.core.errors import StoreError
from community.core.messages import msg
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, Notice
from community.storage import Store

RIGHT = datetime(2026, 11, 29, 12, tzinfo=UTC)
TWO_DAYS = timedelta(days=2)
HOUR = timedelta(hours=1)


class Clocks:
    """The clocks of a machine and of a homeserver. ``true`` goes on; ``mine`` and ``server`` are how far each is ahead.

    The homeserver's time is reckoned from its last answer, as `HomeserverClient.time` does.
    """

    def __init__(self, mine: timedelta = timedelta(), server: timedelta = timedelta()) -> None:
        self.true = 0.0
        self.mine, self.server = mine, server
        self.answer()

    def answer(self) -> None:
        """Let the homeserver answer."""
        self._answered = self.server

    def pass_by(self, seconds: float, *, answered: bool = True) -> None:
        self.true += seconds
        if answered:
            self.answer()

    def now(self) -> datetime:
        return RIGHT + timedelta(seconds=self.true) + self.mine

    def servers(self) -> datetime | None:
        return RIGHT + timedelta(seconds=self.true) + self._answered

    def steady(self) -> float:
        return self.true

    def reading(self) -> ClockReading:
        return ClockReading(self.now(), self.true, self.servers())


def states(clocks: Clocks) -> ClockState:
    return ClockState(clocks.reading())


def test_clocks_that_agree_are_believed_and_a_few_minutes_are_no_matter() -> None:
    assert states(Clocks()).doubt is None
    assert states(Clocks(mine=MOST_APART - timedelta(seconds=1))).doubt is None
    assert ClockState(ClockReading(RIGHT, 0.0, None)).doubt is None


@pytest.mark.parametrize("ahead", [TWO_DAYS, -TWO_DAYS, MOST_APART, -MOST_APART], ids=str)
def test_a_clock_that_differs_from_the_homeservers_is_not_believed_until_it_is_mended(
    ahead: timedelta,
) -> None:
    clocks = Clocks(mine=ahead)
    state = states(clocks)
    assert state.doubt is ClockDoubt.APART
    clocks.pass_by(86_400)
    state = state.after(clocks.reading())
    assert state.doubt is ClockDoubt.APART
    clocks.mine = timedelta()
    clocks.pass_by(5)
    # The jump that mends it is explained by what it mends.
    assert state.after(clocks.reading()).doubt is None


@pytest.mark.parametrize(
    ("mine", "server", "time", "latest"),
    [
        (timedelta(), timedelta(), timedelta(), timedelta()),
        (timedelta(minutes=4), timedelta(), timedelta(minutes=4), timedelta(minutes=4)),
        (timedelta(), timedelta(minutes=4), timedelta(), timedelta()),
        (TWO_DAYS, timedelta(), timedelta(), TWO_DAYS),
        (-TWO_DAYS, timedelta(), timedelta(), timedelta()),
        (timedelta(), TWO_DAYS, TWO_DAYS, TWO_DAYS),
    ],
)
def test_where_the_clocks_differ_the_homeservers_is_gone_by_and_jobs_are_due_by_either(
    mine: timedelta, server: timedelta, time: timedelta, latest: timedelta
) -> None:
    clocks = Clocks(mine=mine, server=server)
    comparison = ClockComparison(clocks.now, clocks.servers, clocks.steady)
    assert (comparison.time() - RIGHT, comparison.latest() - RIGHT) == (time, latest)
    silent = ClockComparison(clocks.now, lambda: None, clocks.steady)
    assert silent.time() == silent.latest() == clocks.now()


def test_a_homeserver_that_is_wrong_is_not_believed_either_until_it_is_mended() -> None:
    clocks = Clocks(server=-TWO_DAYS)
    state = states(clocks)
    assert state.doubt is ClockDoubt.APART
    clocks.server = timedelta()
    clocks.pass_by(5)
    assert state.after(clocks.reading()).doubt is None


def test_on_one_machine_a_jump_is_seen_and_held_for_an_hour_or_until_it_is_taken_back() -> None:
    clocks = Clocks()
    state = states(clocks)
    clocks.mine = clocks.server = TWO_DAYS
    clocks.pass_by(5)
    state = state.after(clocks.reading())
    assert state.doubt is ClockDoubt.JUMPED
    assert state.expected == RIGHT + timedelta(seconds=5)
    clocks.pass_by(HELD_AFTER_JUMP.total_seconds() - 10)
    held = state.after(clocks.reading())
    assert held.doubt is ClockDoubt.JUMPED
    clocks.pass_by(10)
    assert held.after(clocks.reading()).doubt is None
    clocks.mine = clocks.server = timedelta()
    clocks.pass_by(5)
    assert state.after(clocks.reading()).doubt is None


def test_between_a_jump_and_the_homeservers_next_answer_nothing_is_believed() -> None:
    clocks = Clocks()
    state = states(clocks)
    clocks.mine = clocks.server = TWO_DAYS
    clocks.pass_by(5, answered=False)
    assert state.after(clocks.reading()).doubt is ClockDoubt.APART


def test_a_machine_that_sleeps_has_a_clock_that_is_right() -> None:
    clocks = Clocks()
    state = states(clocks)
    clocks.pass_by(9 * 3600, answered=False)
    assert state.after(clocks.reading()).doubt is None


@given(st.lists(st.tuples(st.integers(0, 7200), st.integers(-30, 30), st.booleans()), max_size=20))
def test_whatever_clocks_do_a_wrong_one_is_never_believed_while_the_homeservers_is_right(
    steps: list[tuple[int, int, bool]],
) -> None:
    clocks = Clocks()
    state = states(clocks)
    for seconds, minutes, answered in steps:
        clocks.mine = timedelta(minutes=minutes)
        clocks.pass_by(seconds, answered=answered)
        state = state.after(clocks.reading())
        assert state.doubt is not None or abs(clocks.mine) < MOST_APART
    clocks.mine = timedelta()
    clocks.pass_by(1)
    state = state.after(clocks.reading())
    clocks.pass_by(HELD_AFTER_JUMP.total_seconds())
    assert state.after(clocks.reading()).doubt is None


# --- the watch ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


class Watched:
    """A watch over such clocks, and how often it has told that they were moved."""

    def __init__(self, store: Store, clocks: Clocks) -> None:
        self.store, self.clocks, self.moves = store, clocks, 0
        self.watch = ClockWatch(store, clocks.servers, now=clocks.now, steady=clocks.steady)
        self.watch.moved = self._moved

    def _moved(self) -> None:
        self.moves += 1

    async def look(self, seconds: float, times: int = 1) -> list[dict[str, Any]]:
        with capture_logs() as logs:
            for _ in range(times):
                self.clocks.pass_by(seconds)
                await self.watch.look()
        return [dict(entry) for entry in logs]

    async def told(self) -> list[Notice]:
        return [notice for _job, notice in Notice.each(await self.store.jobs.pending(Notice.KIND))]


async def test_it_is_told_once_to_the_log_and_to_the_coordinators_and_that_it_is_over(store: Store) -> None:
    watched = Watched(store, Clocks(mine=TWO_DAYS))
    assert not watched.watch.is_believed()
    logs = await watched.look(5, times=60)
    assert [entry["event"] for entry in logs] == ["clock_not_believed"]
    assert (logs[0]["why"], logs[0]["log_level"]) == ("apart", "error")
    (notice,) = await watched.told()
    assert notice.audience == COORDINATORS
    said = [str(sentence) for sentence in sentences_of(notice)]
    assert said[0] == (
        "I post no reminders for now: the clock of my computer shows 2026-12-01 12:01, "
        "that of the homeserver 2026-11-29 12:01 (UTC)."
    )
    watched.clocks.mine = timedelta()
    assert [entry["event"] for entry in await watched.look(5, times=3)] == ["clock_believed"]
    assert watched.watch.is_believed()
    assert watched.moves == 1


async def test_a_process_that_begins_again_tells_the_coordinators_no_second_time(store: Store) -> None:
    for _ in range(3):
        await Watched(store, Clocks(mine=TWO_DAYS)).look(TOLD_AFTER, times=3)
    assert len(await Watched(store, Clocks()).told()) == 1


async def test_what_is_over_at_the_homeservers_next_answer_is_not_told(store: Store) -> None:
    clocks = Clocks()
    watched = Watched(store, clocks)
    clocks.mine = TWO_DAYS
    clocks.pass_by(5, answered=False)
    await watched.watch.look()
    clocks.mine = timedelta()
    assert await watched.look(5, times=30) == []
    assert await watched.told() == []


async def test_of_a_jump_on_one_machine_it_is_told_what_the_clock_showed(store: Store) -> None:
    clocks = Clocks()
    watched = Watched(store, clocks)
    clocks.mine = clocks.server = TWO_DAYS
    await watched.look(5, times=20)
    (notice,) = await watched.told()
    assert str(sentences_of(notice)[0]) == (
        "The clock of my computer was moved from 2026-11-29 12:01 to 2026-12-01 12:01 (UTC). "
        "I post no reminders for an hour."
    )
    assert watched.moves == 1


async def test_where_the_store_is_away_it_is_told_at_a_later_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(store, Clocks(mine=TWO_DAYS))

    async def away(*_payload: object, **_at: object) -> bool:
        raise StoreError(msg("The store is away."))

    with monkeypatch.context() as broken:
        broken.setattr(store.jobs, "file", away)
        logs = await watched.look(30, times=3)
    assert "clock_not_told" in {entry["event"] for entry in logs}
    await watched.look(30)
    assert len(await watched.told()) == 1


# --- what depends on it -------------------------------------------------------------------------------------------


async def test_what_depends_on_the_date_waits_and_all_else_goes_on() -> None:
    believed, dated, other = [False], asyncio.Event(), asyncio.Event()

    async def by_date() -> None:
        dated.set()

    async def always() -> None:
        other.set()

    scheduler, stop = Scheduler(is_clock_believed=lambda: believed[0]), asyncio.Event()
    scheduler.add(PeriodicWork(by_date, 86_400.0, "dated", by_date=True))
    scheduler.add(PeriodicWork(always, 86_400.0, "other"))
    task = asyncio.create_task(scheduler.run(stop))
    async with asyncio.timeout(20):
        await other.wait()
        other.clear()
        assert not dated.is_set()
        believed[0] = True
        # The clock was put right: every next round was a moment of the clock of before.
        scheduler.clock_moved()
        await dated.wait()
        await other.wait()
        stop.set()
        await task


@pytest.mark.parametrize("doubt", list(ClockDoubt))
def test_the_doctor_says_that_no_reminders_are_posted_and_what_to_do(doubt: ClockDoubt) -> None:
    found = held_finding(doubt.value)
    assert (found.state, found.remedy is not None) == (State.FAULT, True)


def test_where_both_clocks_are_one_the_doctor_says_so_and_shows_it() -> None:
    found = clock_finding(timedelta(), RIGHT, is_here=True)
    assert found.state is State.OK
    assert str(found.sentence) == (
        "This machine's clock shows 2026-11-29 12:00 UTC. The homeserver is on this machine too: "
        "compare it with a phone."
    )
