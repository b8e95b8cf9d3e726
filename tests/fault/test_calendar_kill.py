"""Hundreds of dates fall due within minutes while the bot is killed, the homeserver away, and dates are changed.

Each room shows each exactly once, as it is now; what was moved or cancelled is edited and replied to once, and what was
cancelled before is not shown. Counted by matrix-js-sdk, which decrypts.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from bots.features.scheduled.corrections import entry_of
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.directory.entry import EntryKey
from community.jobs.room_posts import RoomPost
from community.storage import JobState, Store
from matrix.admin import AdminApi
from matrix.ids import RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.bot_process import bot_process
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.descriptions import SMALL
from tests.lib.disturbances import Disturbances, Fault, drawn_faults, homeserver
from tests.lib.entries import added, edited
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.planned_dates import AHEAD, MINUTE, PlannedCalendar, PlannedEntry, Shown, drawn, zone_at
from tests.lib.shown_dates import SaidMessage, complaints
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault]

READER = "moussa.keita"
BOTS = Path(__file__).parent / "hurried_bots.py"


@dataclass(frozen=True)
class Size:
    """``minutes``: from how long ago until how soon the dates are due, on minutes. ``faults``: how many of each.

    What falls on one day is told so many minutes (``digest``) from the start.
    """

    rooms: int
    dates: int
    minutes: tuple[int, int]
    digest: int
    faults: Counter[Fault]


SAMPLE = Size(4, 24, (-5, 0), 0, Counter(dict.fromkeys(Fault, 1) | {Fault.KILLED_AFTER: 2, Fault.CHANGED: 5}))
WHOLE = Size(
    20,
    200,
    (-2, 4),
    3,
    Counter(dict.fromkeys(Fault, 12) | {Fault.AWAY: 4, Fault.CHANGED: 16}),
)


def describe(config: Path, rooms: int, digest: datetime) -> None:
    """Write a network of so many rooms, one for each theme, in English.

    What falls on one day is told at ``digest``, on the clock of all cities.
    """
    path = config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    themes = [f"t{number:02}" for number in range(rooms)]
    zone = zone_at(digest)
    described |= {"languages": ["en"], "timezone": zone}
    described["cities"] = [{**city, "timezone": zone} for city in described["cities"]]
    hour = f"{digest.astimezone(ZoneInfo(zone)):%H:%M}"
    described["reminders"] = {"quiet": "off", "weekend": "off", "digest": hour}
    described["themes"] = [{"key": key, "name": key, "summary": key} for key in themes]
    described["rooms"] = [each for each in described["rooms"] if each["key"] in ("lobby", "exchange")]
    described["members"] = [each for each in described["members"] if each["username"] == READER]
    path.write_text(yaml.safe_dump(described, allow_unicode=True))
    for name in ("directory.yaml", "calendar.yaml"):
        (config / name).write_text("version: 1\n")


@dataclass
class Network:
    """A community with its rooms, the reader in all of them, and its calendar."""

    server: SynapseServer
    place: Place
    store: Store
    peer: Peer
    rooms: dict[str, RoomId]
    calendar: PlannedCalendar
    chance: random.Random

    async def apply(self) -> None:
        """Apply the files."""
        async with open_provisioner(self.place.config, self.place.data) as provisioner:
            await provisioner.apply(ApplyOptions("test"))

    async def write(self) -> None:
        """Write the calendar as it is planned into the file, and apply it."""
        (self.place.config / "calendar.yaml").write_text(yaml.safe_dump(dict(self.calendar.file)))
        await self.apply()

    # --- changes ------------------------------------------------------------------------------------------------------

    async def change(self, fault: Fault) -> None:
        """Change something that was not changed yet: by turns as people do in chat, and by the file."""
        told = await self._told()
        number = sum(each.is_changed for each in self.calendar.entries)
        if fault is Fault.CHANGED_BETWEEN:
            await self._cancel_before(told)
            return
        # What has begun is not corrected. By turns it is something that was told, and anything.
        there = [one for one in self._unchanged() if one.values["remind"] != ["0min"]]
        entry = self.chance.choice([one for one in there if number % 4 > 1 and told[one.name]] or there)
        before, which = entry.entry, len(entry.starts) - 1
        if number % 3:
            entry.move(which, self.chance.randint(1, 2) * MINUTE)
        else:
            entry.cancel(which, Shown.PERHAPS)
        await (self.write() if number % 2 else self._in_chat(entry, before))

    async def _cancel_before(self, told: Counter[EntryKey]) -> None:
        """Cancel something whose message was not begun, while no bot runs: it must not be shown."""
        free = [one for one in self._unchanged() if len(one.starts) == 1 and not told[one.name]]
        if free:
            entry = self.chance.choice(free)
            before = entry.entry
            entry.cancel(0, Shown.NEVER)
            await self._in_chat(entry, before)

    def _unchanged(self) -> list[PlannedEntry]:
        return [entry for entry in self.calendar.entries if not entry.is_changed]

    async def _told(self) -> Counter[EntryKey]:
        """Return what was told by now, or was begun to be, by entry."""
        posts = RoomPost.each(await self.store.jobs.of_state(RoomPost.KIND, *JobState))
        return Counter(entry_of(key) for _job, post in posts for key in post.keys if _is_post(post))

    async def _in_chat(self, entry: PlannedEntry, before: Event | Deadline) -> None:
        """Change an entry in the store, as the bot does for somebody."""
        actor = self.server.user(READER)
        await self.store.entries.change([edited(before, entry.entry)], actor=actor, at=datetime.now(UTC))

    # --- what is there ------------------------------------------------------------------------------------------------

    async def is_all_sent(self) -> bool:
        """Whether each date that must be shown was told somewhere, by the store."""
        done = RoomPost.each(await self.store.jobs.of_state(RoomPost.KIND, JobState.DONE))
        told = Counter(
            post.room_key for _job, post in done for _key in post.keys if not (post.edits or post.replies_to)
        )
        return all(
            told[room] >= sum(room in date.rooms and date.shown is Shown.ONCE for date in self.calendar.dates)
            for room in self.rooms
        )

    async def wrong(self) -> list[str]:
        """Return what the reader sees that is not as it should be."""
        found: list[str] = []
        for room, room_id in self.rooms.items():
            messages = await self.peer.call("backfillAll", roomId=room_id)
            ours = [m for m in messages if m["sender"] == self.server.own.bot and m["encrypted"]]
            bad = [m["failure"] or m["shieldReason"] for m in ours if m["failure"] or m["shieldColour"]]
            found += [f"{room}: cannot be read or trusted: {each}" for each in bad]
            if not bad:
                dates = [date for date in self.calendar.dates if room in date.rooms]
                found += complaints(room, [SaidMessage.of(m) for m in ours], dates)
        return found

    async def until_right(self) -> None:
        """Wait until all is as it should be, as long as it becomes better."""
        left = await self.wrong()
        while left:
            before = left

            async def better(before: list[str] = before) -> bool:
                nonlocal left
                await self.peer.call("retry")
                left = await self.wrong()
                return len(left) < len(before)

            try:
                await until(better, 30, "less that is wrong")
            except AssertionError as error:
                raise AssertionError("\n".join([str(error), *left])) from error

    async def last_date(self) -> None:
        """Add a date in all rooms, and move it once it is shown: what came before it has been dealt with then."""
        start = datetime.now(UTC).replace(second=0, microsecond=0) - MINUTE + AHEAD
        entry = self.calendar.add("events", "Item 999", [start], AHEAD, list(self.rooms))
        await self.store.entries.change([added(entry.entry)], actor="palabre", at=datetime.now(UTC))
        await self.until_right()
        before = entry.entry
        entry.move(0, timedelta(minutes=3))
        await self._in_chat(entry, before)
        await self.until_right()


def _is_post(post: RoomPost) -> bool:
    """Whether it is the message of a reminder, no edit of one and no reply to one."""
    return not (post.edits or post.replies_to)


@asynccontextmanager
async def network(
    folder: Path, size: Size, seed: int, proxy: CuttingProxy, server: SynapseServer, now: datetime
) -> AsyncIterator[Network]:
    """Make the community; the reader is signed in and in all rooms."""
    place = make_place(server, folder, SMALL)
    describe(place.config, size.rooms, now + size.digest * MINUTE)
    place.set("homeserver", bots_url=proxy.url)
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        there = (await provisioner.homeserver.snapshot()).rooms
    rooms = {key: room.room_id for key, room in there.items() if key.startswith("exchange.") and room.room_id}
    async with await Store.open(place.data.store_url) as store, open_peer() as peer:
        # The bot has been here for days: what was due before its first start is never posted.
        await store.marks.first("bot-first-start", datetime.now(UTC) - timedelta(days=9))
        await _enter(server, place, peer, list(rooms.values()))
        minutes = size.minutes[1] - size.minutes[0]
        first = now + size.minutes[0] * MINUTE
        calendar = drawn(seed, size.dates, sorted(rooms), first, minutes, zone_at(now))
        yield Network(server, place, store, peer, rooms, calendar, random.Random(seed))  # noqa: S311 - what is changed


async def _enter(server: SynapseServer, place: Place, peer: Peer, rooms: Sequence[RoomId]) -> None:
    """Sign the reader in, and put them into the rooms."""
    user = UserId(server.user(READER))
    accounts = json.loads(place.data.sign_in.read_text())["accounts"]
    await peer.login(server.url, user, next(each["password"] for each in accounts if each["user_id"] == user))
    async with server.provisioner() as http:
        for room_id in rooms:
            await AdminApi(http).join(room_id, user)


@pytest.mark.parametrize(
    ("size", "seed"),
    [
        pytest.param(SAMPLE, 1, id="sample", marks=pytest.mark.timeout(600)),
        pytest.param(WHOLE, 2, id="200 dates", marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
    ],
)
async def test_each_room_shows_each_date_once_as_it_is_now(tmp_path: Path, size: Size, seed: int) -> None:
    async with AsyncExitStack() as stack:
        server, serving = await stack.enter_async_context(homeserver(tmp_path / "synapse"))
        proxy = await stack.enter_async_context(cutting_proxy(server.url))
        now = datetime.now(UTC)
        made = await stack.enter_async_context(network(tmp_path, size, seed, proxy, server, now))
        await made.write()
        await made.change(Fault.CHANGED_BETWEEN)
        bots = await stack.enter_async_context(bot_process(made.place, (BOTS,)))
        disturbances = Disturbances(server, serving, proxy, bots, made.change, made.is_all_sent)
        messages = sum(len(date.rooms) for date in made.calendar.dates)
        running = asyncio.create_task(disturbances.keep_running())
        try:
            await disturbances.run(drawn_faults(seed, size.faults, messages))
            await made.until_right()
            await made.last_date()
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        assert await made.wrong() == []
    assert disturbances.happened == size.faults
