"""Posts that are due in the same second, beside as many bare encrypted messages into the same rooms.

Each contender is a process of its own, alone while it is measured: the whole bot, from the moment at which its posts
are due until it has noted the last one as sent; its encrypted client alone (the floor) and nio as it is, from the call
that sends the first message until the homeserver has taken the last. In each room one message follows the other: in
all rooms at once, but for the bot, which leaves the homeserver room for what people say (`ROOMS_AT_ONCE`). Each has
given its keys to everybody before, and syncs meanwhile. Beside it the processor time (user and system) of the process
in that time, which says more than seconds where other work runs on the machine.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import yaml

from community.description.calendar_model import Event
from community.description.data_folder import DataFolder, write_private, write_private_json
from community.description.load import load_description
from community.description.person import Person
from community.jobs.room_posts import RoomPost
from community.storage import JobState, Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId, user_id
from matrix.locator import LOCATOR_TYPE, Locator, Origin
from tests.lib.crowd import CrowdDevice, populate
from tests.lib.descriptions import SMALL
from tests.lib.entries import added
from tests.lib.peer_client import until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse
from tests.lib.templates import templates_of_a_run

SERVER = "palabre.localhost"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
OTHERS = {name: user_id(name, SERVER) for name in ("bare", "nio")}
CONTENDERS = ("bot", *OTHERS)
PATIENCE = 120.0
SAYS_ENDED = "SELECT count(*) FROM jobs WHERE state = 'done' AND idempotency_key LIKE ?"


@dataclass(frozen=True)
class Size:
    """How much is sent: ``posts`` in each of so many rooms, of so many people each.

    Posts are put into the calendar so long ``ahead`` of when they are due: the bot has read them by then. Round 0 is
    not counted.
    """

    rooms: int
    posts: int
    people: int
    rounds: int
    ahead: timedelta = timedelta(seconds=8)
    first_round: int = 0


QUICK_SIZE = Size(4, 3, 2, 1, timedelta(seconds=2), first_round=1)
"""Shows that all is measured, and says nothing of how fast it is."""


@dataclass(frozen=True)
class Took:
    """How long a contender took, and its processor time, in seconds."""

    seconds: float
    processor: float


@dataclass
class Contest:
    """A homeserver with rooms that each contender is in; each has a folder of its own."""

    server: SynapseServer
    folder: Path
    size: Size
    took: dict[str, list[Took]] = field(default_factory=dict)

    async def furnish(self, devices: Sequence[CrowdDevice]) -> None:
        """Write the folders, and make the rooms."""
        bot = self.folder / "bot"
        shutil.copytree(SMALL, bot / "config")
        (bot / "config" / "settings.yaml").write_text(f"version: 1\nhomeserver: {{server_name: {SERVER}}}\n")
        (bot / "config" / "calendar.yaml").write_text("version: 1\n")
        community = bot / "config" / "community.yaml"
        described = yaml.safe_load(community.read_text())
        community.write_text(yaml.safe_dump({**described, "languages": ["en"]}, allow_unicode=True))
        data = DataFolder(bot)
        data.prepare()
        shutil.copytree(self.server.data.secrets, data.secrets, dirs_exist_ok=True)
        write_private(data.embedded_url, f"{self.server.url}\n".encode())
        for name, account in OTHERS.items():
            theirs = DataFolder(self.folder / name)
            theirs.prepare()
            write_private_json(theirs.secret("bot.json"), {"user_id": account, "password": PASSWORD})
        people = [Person(d.user_id, d.user_id[1:], d.user_id, "member", None, (), ("en",)) for d in devices]
        async with await Store.open(data.store_url) as store:
            await store.entries.seed(load_description(bot / "config"), at=datetime.now(UTC))
            await store.people.replace(people)
            # The bot has been here for a while: what was due before its first start is never posted.
            await store.marks.first("bot-first-start", datetime.now(UTC) - timedelta(days=1))
        await self._make_rooms(described["key"], devices)

    async def _make_rooms(self, community: str, devices: Sequence[CrowdDevice]) -> None:
        async with self.server.provisioner() as http:
            api, admin = ClientApi(http), AdminApi(http)
            for number in range(self.size.rooms):
                key = f"room{number}"
                locator = {"type": LOCATOR_TYPE, "state_key": "", "content": Locator(key, "room").content()}
                room_id = await api.create_room(
                    {
                        "preset": "public_chat",
                        "creation_content": Origin(community, key).creation_content(),
                        "initial_state": [ENCRYPTION, locator],
                    }
                )
                await self._enter(admin, room_id, devices, number)
                progress(f"room {number + 1} of {self.size.rooms}")

    async def _enter(
        self, admin: AdminApi, room_id: RoomId, devices: Sequence[CrowdDevice], number: int
    ) -> None:
        first = number * self.size.people
        theirs = [devices[n % len(devices)].user_id for n in range(first, first + self.size.people)]
        for user in (self.server.own.bot, *OTHERS.values(), *theirs):
            await admin.join(room_id, UserId(user))

    async def round(self, number: int) -> None:
        """Let each contender send, one after the other; round 0 is not counted."""
        names = CONTENDERS if number % 2 else CONTENDERS[::-1]
        for name in names:
            took = await (self._bot(number) if name == "bot" else self._other(name))
            if number:
                self.took.setdefault(name, []).append(took)
            said = f"{took.seconds:.2f} s, of the processor {took.processor:.2f} s"
            progress(f"round {number} of {self.size.rounds}, {name}: {said}")

    async def _bot(self, number: int) -> Took:
        data, size = DataFolder(self.folder / "bot"), self.size
        ready, wanted = data.ready_file("bots"), size.rooms * size.posts
        ready.unlink(missing_ok=True)
        async with await Store.open(data.store_url) as store:
            with running("bot", self) as process:
                await until(lambda: asyncio.to_thread(ready.exists), PATIENCE, "the bot")
                # With the first message of a process into a room it gives its keys.
                await self._posted(store, f"{number}-first", size.rooms, process.pid)
                return await self._posted(store, f"{number}-then", wanted, process.pid)

    async def _posted(self, store: Store, name: str, wanted: int, pid: int) -> Took:
        """Put so many posts into the calendar; return after how many seconds the last was out."""
        due = (datetime.now(UTC) + self.size.ahead).replace(microsecond=0)
        await store.entries.change(
            [added(meeting(name, n, self.size.rooms, due)) for n in range(wanted)],
            actor="palabre",
            at=datetime.now(UTC),
        )

        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        before = processor_seconds(pid)
        file = DataFolder(self.folder / "bot").store

        async def all_sent() -> bool:
            # Counted, so that to look costs the machine next to nothing.
            return await asyncio.to_thread(ended, file, f"post/%/meeting-{name}-%") == wanted

        await until(all_sent, PATIENCE, f"{wanted} posts")
        processor = processor_seconds(pid) - before
        sent = await store.jobs.ended_since(RoomPost.KIND, due)
        ends = [j.ended_at for j in sent if j.state is JobState.DONE and j.ended_at is not None]
        return Took((max(ends) - due).total_seconds(), processor)

    async def _other(self, name: str) -> Took:
        with running(name, self) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            await said(process.stdout, "ready\n")
            before = processor_seconds(process.pid)
            process.stdin.write(f"{self.size.posts}\n")
            process.stdin.flush()
            seconds = float(await asyncio.to_thread(process.stdout.readline))
            return Took(seconds, processor_seconds(process.pid) - before)

    def result(self) -> dict[str, object]:
        """Return the medians and ratios; ``ratio_floor``: to the quicker of the others in each round."""
        seconds = {name: [each.seconds for each in self.took[name]] for name in CONTENDERS}
        processor = {name: [each.processor for each in self.took[name]] for name in CONTENDERS}
        rounds = list(zip(*seconds.values(), strict=True))
        return {
            "what": "posts",
            "posts": self.size.rooms * self.size.posts,
            "rooms": self.size.rooms,
            "rounds": self.size.rounds,
            "seconds": {name: round(statistics.median(took), 2) for name, took in seconds.items()},
            "processor": {name: round(statistics.median(took), 2) for name, took in processor.items()},
            "ratio_bare": round(statistics.median(bot / bare for bot, bare, _ in rounds), 3),
            "ratio_nio": round(statistics.median(bot / nio for bot, _, nio in rounds), 3),
            "ratio_floor": round(statistics.median(bot / min(rest) for bot, *rest in rounds), 3),
        }


def meeting(name: str, which: int, rooms: int, due: datetime) -> Event:
    """Return an event that is posted in one room when it begins."""
    return Event.model_validate(
        {
            "key": f"meeting-{name}-{which}",
            "title": f"Meeting number {which}",
            "start": f"{due:%Y-%m-%d %H:%M:%S}",
            "lasts": "1d",
            "timezone": "Africa/Abidjan",
            "rooms": [f"room{which % rooms}"],
            "remind": ["0min"],
        }
    )


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process of Linux so far, user and system, in seconds."""
    # After the name, which may have blanks: `proc(5)`, fields 14 and 15 in ticks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ended(file: Path, keys: str) -> int:
    """Return how many jobs with keys like that are done in a store."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute(SAYS_ENDED, (keys,)).fetchone()
        return int(count)


async def said(stream: IO[str], word: str) -> None:
    """Wait for a line."""
    line = await asyncio.to_thread(stream.readline)
    if line != word:
        raise RuntimeError(f"“{line.strip()}” in place of “{word.strip()}”")


@contextmanager
def running(name: str, contest: Contest) -> Iterator[subprocess.Popen[str]]:
    """Run a contender until the end of the block."""
    folder = contest.folder / name
    account = contest.server.own.bot if name == "bot" else OTHERS[name]
    arguments = (name, contest.server.url, str(folder), account, str(contest.size.rooms))
    with (folder / "process.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.upcoming.speaking", *arguments],
            stdin=subprocess.PIPE,
            stdout=log if name == "bot" else subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measured(size: Size) -> dict[str, object]:
    """Return what the benchmark has found, on a Synapse of its own."""
    people = {f"@reader{n}:{SERVER}": 1 for n in range(size.rooms * size.people // 4 + size.people)}
    with tempfile.TemporaryDirectory() as name, templates_of_a_run():
        folder = Path(name)
        with running_synapse(folder / "server") as server:
            database = server.data.synapse / "homeserver.db"
            devices = populate(database, people, one_time_keys=8, others=list(OTHERS.values()))
            contest = Contest(server, folder, size)
            return asyncio.run(_measure(contest, devices))


async def _measure(contest: Contest, devices: Sequence[CrowdDevice]) -> dict[str, object]:
    await contest.furnish(devices)
    for number in range(contest.size.first_round, contest.size.rounds + 1):
        await contest.round(number)
    return contest.result()
