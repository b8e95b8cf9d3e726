"""Measures how long it takes to know what is due next, ours and bare."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast

import structlog
from sqlalchemy import text

from benchmarks.upcoming.floor import FIRST, INDEX, INSERT, TABLE, BareTable, rows
from benchmarks.upcoming.sending import QUICK_SIZE, Size, measured
from bots.context.background import PostRow, Services, WantedPost
from bots.features.scheduled.posts import ScheduledPosts
from bots.refusals import RefusingRooms
from community.agenda.due_index import DueIndex
from community.agenda.occurrences import Post
from community.agenda.room_times import TimesOfRooms
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Calendar, Event
from community.description.directory_model import Directory
from community.description.model import Community, Description
from community.jobs.room_posts import RoomPost
from community.storage import Store
from tests.lib.descriptions import described

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ZONES = ("Africa/Bamako", "Africa/Kigali", "Africa/Casablanca", "Africa/Cairo", "Europe/Paris")
RULES = (None, "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY;BYDAY=1TH", "FREQ=YEARLY")


@dataclass(frozen=True)
class Sizes:
    """How much is measured. ``times``: how often a thing is done in a round."""

    events: int
    rooms: int
    rounds: int
    times: int


def progress(said: str) -> None:
    print(said, file=sys.stderr, flush=True)


def calendar(sizes: Sizes) -> Calendar:
    """Return events of all kinds: repeated ones that began within the last three years, single ones of the next."""
    rooms = tuple(f"exchange.theme-{number}" for number in range(sizes.rooms))
    return Calendar(version=1, events=tuple(_event(number, rooms) for number in range(sizes.events)))


def _event(number: int, rooms: tuple[str, ...]) -> Event:
    rule = RULES[number % len(RULES)]
    days = 9 + number % 365 if rule is None else -(number * 7 % (3 * 365))
    start = (NOW + timedelta(days=days, minutes=number * 13 % 1440)).replace(tzinfo=None)
    if rule is not None and "BYDAY" in rule:
        start = start.replace(day=1)
        start += timedelta(days=(3 - start.weekday()) % 7)
    values = {"key": f"event-{number}", "title": f"Event {number}", "start": str(start), "lasts": "1h"}
    zone = ZONES[number % len(ZONES)]
    return Event.model_validate({**values, "repeat": rule, "timezone": zone, "rooms": list(rooms)})


def microseconds(work: Callable[[], object], times: int) -> float:
    """Return how long ``work`` takes, done so many times."""
    began = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - began) / times * 1e6


def result(what: str, ours: list[float], floor: list[float]) -> dict[str, object]:
    ratios = [mine / bare for mine, bare in zip(ours, floor, strict=True)]
    return {
        "what": what,
        "microseconds": round(statistics.median(ours), 2),
        "floor": round(statistics.median(floor), 2),
        "ratio_floor": round(statistics.median(ratios), 3),
    }


def next_posts(
    sizes: Sizes, events: Calendar, community: Community
) -> tuple[list[dict[str, object]], list[Post]]:
    """Measure the index beside the table; return that, and the next post of each event."""
    rooms, times = EntryRooms(community), TimesOfRooms(community)
    index = DueIndex("UTC", lambda event: dict.fromkeys(map(times.of_room, rooms.rooms_of(event))))
    began = process_time()
    for event in events.events:
        index.put(event, NOW)
    built = process_time() - began
    progress(f"index of {len(index)} events built in {built:.1f} s of processor time")
    waiting = index.waiting
    table = BareTable(waiting)
    next_ours, next_bare, taken_ours, taken_bare = (list[float]() for _ in range(4))
    at = NOW
    for number in range(sizes.rounds):
        next_ours.append(microseconds(index.next_due, sizes.times))
        next_bare.append(microseconds(lambda at=at: table.first(at), sizes.times))  # type: ignore[misc]
        began = perf_counter()
        at = taken(index)
        taken_ours.append((perf_counter() - began) * 1e6)
        taken_bare.append(microseconds(lambda at=at: table.at(at), 1))  # type: ignore[misc]
        progress(f"round {number + 1} of {sizes.rounds}")
    results = [result("next", next_ours, next_bare), result("taken", taken_ours, taken_bare)]
    return [*results, {"what": "building", "seconds": round(built, 2)}], list(waiting)


def taken(index: DueIndex) -> datetime:
    """Take the posts of the next moment, and have what comes after it; return that moment."""
    due = index.next_due()
    assert due is not None
    assert index.take_each(due)
    return due


class _NoRow:
    """Stands where several messages are posted: none is."""

    async def post(self, _wanted: WantedPost) -> bool:
        """Nothing is to be sent."""
        raise AssertionError

    async def note(self) -> None:
        """Nothing was sent."""


class _NoPoster:
    """Stands where messages are posted: nothing is due here."""

    late_limit = timedelta(days=2)
    refusals = RefusingRooms()

    async def settle(self, _start: datetime) -> None:
        """Nothing was begun."""

    async def ended_since(self, _due_since: datetime) -> frozenset[tuple[str, str]]:
        """Nothing has ended."""
        return frozenset()

    async def ended_of(self, _posts: object, _moved: object) -> frozenset[tuple[str, str]]:
        """Nothing has ended."""
        return frozenset()

    def row(self) -> AbstractAsyncContextManager[PostRow]:
        """Rooms whose next posts are near are looked at; nothing of theirs is sent."""
        return nullcontext(_NoRow())

    async def begun(self) -> list[RoomPost]:
        """Nothing is being sent."""
        return []

    async def told_since(self, _due_since: datetime) -> list[RoomPost]:
        """Nothing was told."""
        return []


def network(sizes: Sizes, events: Calendar) -> Description:
    """Return a network with a room for each theme, and what happens in it."""
    themes = [{"key": f"theme-{n}", "name": str(n), "summary": str(n)} for n in range(sizes.rooms)]
    return described(Directory(version=1), events, themes=themes)


async def looks(
    sizes: Sizes, description: Description, waiting: list[Post], folder: Path
) -> dict[str, object]:
    """Measure a look of the bot's in which nothing is due, beside the query alone through the same store."""
    first = min(post.due for post in waiting)
    async with await Store.open(f"sqlite+aiosqlite:///{folder}/palabre.db") as store:
        await store.entries.seed(description, at=NOW)
        async with store.transaction() as connection:
            for statement in (TABLE, INDEX):
                await connection.execute(text(statement))
            driver: Any = await connection.get_raw_connection()
            await driver.driver_connection.executemany(INSERT, rows(waiting))
        services: dict[str, Any] = {
            "store": store,
            "poster": _NoPoster(),
            "rooms": dict,
            "community": lambda: description.community,
            "since": first - timedelta(minutes=2),
            "now": lambda: first - timedelta(minutes=1),
        }
        others = dict.fromkeys(("client", "api", "room_name", "translators"))
        posts = ScheduledPosts(Services(**cast(Any, {**others, **services})))
        following = await posts.post_due()
        assert following is not None
        query, ours, bare = text(FIRST.replace("?", ":after")), list[float](), list[float]()
        for _ in range(sizes.rounds):
            began = perf_counter()
            for _ in range(sizes.times // 10):
                assert await posts.post_due() == following
            ours.append((perf_counter() - began) / (sizes.times // 10) * 1e6)
            began = perf_counter()
            for _ in range(sizes.times // 10):
                async with store.transaction() as connection:
                    (await connection.execute(query, {"after": NOW.timestamp()})).one()
            bare.append((perf_counter() - began) / (sizes.times // 10) * 1e6)
    return result("look", ours, bare)


def main(description: str) -> None:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="few events and rooms, few rounds")
    quick = parser.parse_args().quick
    # Standard output has the one line of JSON; an idle look has no rooms, and would say so of each.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sizes = Sizes(300, 5, 2, 100) if quick else Sizes(10_000, 100, 9, 1000)
    events = calendar(sizes)
    made = network(sizes, events)
    results, waiting = next_posts(sizes, events, made.community)
    with tempfile.TemporaryDirectory() as folder:
        results.append(asyncio.run(looks(sizes, made, waiting, Path(folder))))
    results.append(measured(QUICK_SIZE if quick else Size(20, 10, 5, 5)))
    print(
        json.dumps(
            {"benchmark": "calendar", "events": sizes.events, "rooms": sizes.rooms, "results": results}
        )
    )
