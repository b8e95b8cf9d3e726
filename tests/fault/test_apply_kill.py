"""The applier is killed, and robbed of its answers, at every moment: no room is there twice, nobody is lost."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from aiohttp import web

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import Call
from matrix.locator import ORIGIN_COMMUNITY, ORIGIN_KEY
from provisioning.provisioner import open_provisioner
from provisioning.safe_rooms import Phase, attainable, safe_rooms
from provisioning.snapshot import Membership
from provisioning.topology import topology
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.descriptions import SETTINGS, SMALL
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

APPLYING = Path(__file__).parent / "applying.py"
SOAK = [pytest.mark.soak, pytest.mark.timeout(14_400)]


@dataclass(frozen=True)
class Size:
    """A network: themes and cohorts, with a room for each pair, and people."""

    themes: int
    cohorts: int
    people: int

    def parts(self) -> dict[str, object]:
        """Return parts of community.yaml in place of the small network's; nobody else has these people."""
        mark = uuid4().hex[:6]
        text = "{theme}, {cohort}"
        pairs = {"key": "w", "for": "theme-cohort", "policy": "closed", "name": text, "topic": text}
        lobby = {"key": "lobby", "for": "community", "policy": "lobby", "name": "Lobby", "topic": "Welcome"}
        keepers = {"people": [f"m{i}.{mark}" for i in range(KEEPERS)], "may": ["moderate"]}
        who = [{"roles": ["city-lead"]}, keepers]
        safe = {"key": "safe", "for": "community", "policy": "safe", "who": who, "name": "Safe", "topic": "-"}
        return {
            "themes": [{"key": f"t{i}", "name": f"T{i}", "summary": "s"} for i in range(self.themes)],
            "cohorts": [
                {
                    "key": f"c{i}",
                    "name": f"C{i}",
                    "cities": [("bamako", "kigali")[i % 2]],
                    "from": "2026-01-01",
                    "until": "2027-01-01",
                }
                for i in range(self.cohorts)
            ],
            "rooms": [lobby, safe, pairs],
            "members": [
                {
                    "username": f"m{i}.{mark}",
                    "name": f"M {i}",
                    "role": "city-lead",
                    "city": ("bamako", "kigali")[i % 2],
                    "themes": [f"t{i % self.themes}"],
                    "languages": ["fr"],
                }
                for i in range(self.people)
            ],
        }


PATIENCE = 900
"""Seconds for one apply, however loaded the machine is: a guard against one that hangs."""
KEEPERS = 2
TINY = Size(themes=1, cohorts=1, people=3)
"""7 spaces and rooms."""
SMALLER = Size(themes=2, cohorts=2, people=8)
"""12 spaces and rooms."""
WHOLE = Size(themes=3, cohorts=6, people=60)
"""31 spaces and rooms."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path_factory.mktemp("killed")) as running:
        yield running


@dataclass
class Scene:
    """A community that is to be, and the appliers that make it, through a proxy."""

    server: SynapseServer
    place: Place
    proxy: CuttingProxy
    process: asyncio.subprocess.Process
    pid: int | None = None
    requests: int = 0
    errors: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """Begin an applier."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"apply\n")
        word, number = await self._answer()
        assert word == "began"
        self.pid = number

    async def end(self) -> int:
        """Wait for its end; return its status."""
        word, status = await self._answer()
        assert word == "ended"
        self.pid = None
        return status

    async def _answer(self) -> tuple[str, int]:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        word, number = line.decode().split()
        return word, int(number)

    def kill(self) -> None:
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)

    async def assert_made(self) -> None:
        """Everything is there once: read by the administrator, not from our own records."""
        async with open_provisioner(self.place.config, self.place.data, url=self.server.url) as opened:
            made, actual = await opened.plan()
            pending = await opened.store.jobs.pending("invite")
            described = topology(opened.description.community, SETTINGS)
            safe = safe_rooms(described, actual, ())
            desired = attainable(described, actual, safe)
        assert [room.phase for room in safe] == [Phase.COMPLETE]
        assert [str(change) for change in made.changes] == []
        assert await self._keys() == Counter(desired.rooms.keys())
        asked = Counter((r.payload["room_key"], r.payload["user_id"]) for r in pending)
        for key, room in desired.rooms.items():
            for person, wanted in room.members.items():
                assert actual.rooms[key].members[person] is wanted
                assert asked[key, person] == (wanted is Membership.REQUESTED)

    async def assert_safe(self) -> None:
        """Nobody but keepers is let into the safe room's gate while the provisioner is in the room."""
        async with open_provisioner(self.place.config, self.place.data, url=self.server.url) as opened:
            snapshot = await opened.homeserver.snapshot()
            own, keepers = (
                snapshot.own,
                topology(opened.description.community, SETTINGS).rooms["safe"].keepers,
            )
            room, gate = snapshot.rooms.get("safe"), snapshot.rooms.get("space.safe.safe")
            if gate is None or room is None:
                assert not [r for r in snapshot.rooms.values() if r.key == "safe"]
                return
            inside = {user for user, stands in room.members.items() if stands is Membership.JOINED}
            let_in = {user for user, stands in gate.members.items() if stands is Membership.JOINED}
            if room.inside:
                assert let_in <= {own.provisioner, own.bot, *keepers}
                assert inside <= {own.provisioner, *keepers}
            else:
                assert inside == keepers
                assert len(keepers) >= KEEPERS
            if let_in > {own.provisioner}:
                async with self.server.provisioner() as http:
                    for made in (gate, room):
                        assert made.room_id is not None
                        assert not made.inside or not await ClientApi(http).local_aliases(made.room_id)

    async def _keys(self) -> Counter[str]:
        """Count the rooms of the community on the homeserver by their key, whatever was lost of them."""
        found: Counter[str] = Counter()
        async with self.server.provisioner() as http:
            rooms = await http.send(
                Call("GET", "/_synapse/admin/v1/rooms", "rooms", query={"limit": "10000"})
            )
            for room in rooms["rooms"]:
                events = {e["type"]: e for e in await AdminApi(http).room_state(room["room_id"])}
                content = events.get("m.room.create", {}).get("content", {})
                if content.get(ORIGIN_COMMUNITY) == self.place.community:
                    found[content[ORIGIN_KEY]] += 1
        return found


@asynccontextmanager
async def scene(server: SynapseServer, folder: Path, size: Size) -> AsyncIterator[Scene]:
    folder.mkdir(parents=True, exist_ok=True)
    place = make_place(server, folder, SMALL, existing="hold")
    path = place.config / "community.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **size.parts()}, allow_unicode=True))
    (place.config / "calendar.yaml").write_text("version: 1\n")
    (place.config / "directory.yaml").write_text("version: 1\n")
    async with cutting_proxy(server.url) as proxy:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(APPLYING),
            str(place.config),
            str(place.data.root),
            proxy.url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        made = Scene(server, place, proxy, process)
        try:
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()


def is_write(request: web.Request) -> bool:
    """Whether a request changes anything: a password that is tried does not, nor a picture that no room has yet.

    Whoever is killed after each picture would upload it for ever: it is part of making its room.
    """
    return request.method != "GET" and not request.path.endswith(("/sync", "/login", "/media/v3/upload"))


async def killed_at(made: Scene, index: int, *, before: bool = False) -> bool:
    """Kill one applier once the homeserver has done its write number ``index``; False where it ended before.

    ``before``: kill it when it has asked for that write, which the homeserver never hears of.
    """
    left = index

    async def killing(request: web.Request, _body: bytes) -> bool:
        nonlocal left
        if not is_write(request):
            return False
        left -= 1
        if left == -1:
            made.kill()
        return left < 0

    made.proxy.before, made.proxy.after = (killing, never) if before else (never, killing)
    await made.begin()
    status = await made.end()
    assert status in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.parametrize(
    "size", [pytest.param(SMALLER, id="12 rooms"), pytest.param(WHOLE, id="31 rooms", marks=SOAK)]
)
async def test_killed_after_every_single_request_until_all_is_there(
    server: SynapseServer, tmp_path: Path, size: Size
) -> None:
    async with scene(server, tmp_path, size) as made:
        kills = 0
        while await killed_at(made, 0):
            kills += 1
            await made.assert_safe()
        assert kills > size.themes * size.cohorts
        await made.assert_made()


@pytest.mark.parametrize(
    "size", [pytest.param(SMALLER, id="12 rooms"), pytest.param(WHOLE, id="31 rooms", marks=SOAK)]
)
async def test_robbed_of_the_answer_to_each_of_its_requests(
    server: SynapseServer, tmp_path: Path, size: Size
) -> None:
    """Each request's answer is lost the first time; made again, it gets through."""
    async with scene(server, tmp_path, size) as made:
        robbed: set[tuple[str, str, bytes]] = set()

        async def after(request: web.Request, body: bytes) -> bool:
            request_again = (request.method, request.path, body)
            if request_again in robbed:
                return False
            robbed.add(request_again)
            return True

        made.proxy.after = after
        statuses: list[int] = []
        while not statuses or statuses[-1] != 0:
            await made.begin()
            statuses.append(await made.end())
            assert len(statuses) < 5
        assert len(robbed) > size.themes * size.cohorts + size.people
        await made.assert_made()


@pytest.mark.parametrize(
    ("size", "kills"),
    [
        pytest.param(SMALLER, 5, id="5 times"),
        pytest.param(WHOLE, 20, id="20 times", marks=SOAK),
    ],
)
async def test_killed_at_drawn_requests_on_either_side(
    server: SynapseServer, tmp_path: Path, size: Size, kills: int
) -> None:
    chance = random.Random(kills)  # noqa: S311 - which moments are tried, not a secret
    async with scene(server, tmp_path, size) as made:
        killed = 0
        while killed < kills and await killed_at(made, chance.randrange(8), before=chance.random() < 0.5):
            killed += 1
            await made.assert_safe()
        assert killed > kills // 2
        made.proxy.before = made.proxy.after = never
        await made.begin()
        assert await made.end() == 0
        await made.assert_made()


@pytest.mark.soak
@pytest.mark.timeout(14_400)
async def test_killed_after_each_request_from_an_empty_server(server: SynapseServer, tmp_path: Path) -> None:
    index, killed = 0, True
    while killed:
        async with scene(server, tmp_path / str(index), TINY) as made:
            killed = await killed_at(made, index)
            if killed:
                made.proxy.after = never
                await made.begin()
                assert await made.end() == 0
            await made.assert_made()
        index += 1
    assert index > 20


async def never(_request: web.Request, _body: bytes) -> bool:
    return False
