"""From a question in an encrypted room to the reply: the directory bot beside a bare echo bot, in one run.

    python benchmarks/latency.py [--quick]

The echo bot is the same encrypted client, which says again what it hears. The directory bot is the whole bot over a
directory of 400 entries. Each is a process of its own in rooms of its own; askers are bare vodozemac devices. First
one person asks one bot, then the other, in turn; then 50 people in 20 rooms ask at once, first the one, then the other,
round after round, and each reply is decrypted and must be the asker's own. The clock runs from the request that sends
the question until the asker's sync brings the reply. Needs Synapse in `.venv-synapse` (`./palabre test`). Prints
progress, then one line of JSON: milliseconds (p50, p95) of both, and their ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import vodozemac

from bots.context.incoming import reply_relation
from bots.context.message import MessageContext
from bots.encryption import EncryptedClient, open_device
from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from bots.main import run
from community.description.data_folder import DataFolder, write_private, write_private_json
from community.description.load import load_description
from community.description.model import Description
from community.description.person import Person
from community.storage import Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId, user_id
from matrix.locator import LOCATOR_TYPE, Locator, Origin
from palabre_cli.main import ALLOCATIONS_BETWEEN_COLLECTIONS
from tests.lib.crowd import CrowdDevice, OlmAddress, populate
from tests.lib.peer_client import until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse
from tests.lib.templates import templates_of_a_run

ROOT = Path(__file__).parent.parent
NETWORK = ROOT / "tests" / "data" / "network"
SERVER = "palabre.localhost"
PEOPLE, ROOMS = 50, 20
ALONE, TOGETHER = 60, 5
QUICK_ALONE, QUICK_TOGETHER = 8, 1
WARM_UP = 4
"""Questions of one person that are not counted: keys are exchanged with the first."""
PATIENCE = 60.0
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
CONTENDERS = ("directory", "echo")
ECHO = user_id("echo", SERVER)
Json = dict[str, Any]


# --- the bots, each in a process of its own -----------------------------------------------------------------------


async def echo(url: str, folder: Path) -> None:
    """Say again what is said, until killed."""
    data = DataFolder(folder)
    async with HomeserverClient(url) as http:
        client = EncryptedClient(ClientApi(http), await open_device(http, data))
        async for batch in client.batches(asyncio.Event()):
            data.ready_file("bots").write_text(f"{os.getpid()}\n")
            for message in batch.messages:
                content = {
                    "msgtype": "m.notice",
                    "body": message.content["body"],
                    "m.mentions": {"user_ids": [message.sender]},
                    "m.relates_to": reply_relation(message.event_id, None),
                }
                key = hashlib.sha256(message.event_id.encode()).hexdigest()[:40]
                await client.send(message.room_id, content, key)
                await client.done(message)


def be(contender: str, url: str, folder: Path) -> None:
    """Be one of the bots until killed, in a process as the command makes it."""
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    if contender == "echo":
        asyncio.run(echo(url, folder))
    else:
        asyncio.run(run(folder / "config", DataFolder(folder), stop=asyncio.Event()))


@contextmanager
def running_bot(contender: str, url: str, folder: Path) -> Iterator[None]:
    """Run one of the bots in a process of its own."""
    with (folder / "bot.log").open("wb") as log:
        command = [sys.executable, __file__, "--be", contender, url, str(folder)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()


# --- the askers ---------------------------------------------------------------------------------------------------


@dataclass
class Asker:
    """A device that asks: one Megolm session for each room, given to the bot once."""

    device: CrowdDevice
    http: HomeserverClient
    rooms: dict[str, RoomId]
    sessions: dict[str, vodozemac.GroupSession] = field(default_factory=dict)
    replies: dict[str, asyncio.Future[tuple[float, Json]]] = field(default_factory=dict)
    since: str | None = None
    listening: asyncio.Task[None] = field(init=False)

    async def listen(self) -> None:
        """Sync until cancelled; give each reply to whoever waits for it."""
        api = ClientApi(self.http)
        wanted = json.dumps({"presence": {"not_types": ["*"]}, "room": {"ephemeral": {"not_types": ["*"]}}})
        while True:
            answer = await api.sync(since=self.since, full_state=False, filter_json=wanted, patience=30)
            now, self.since = perf_counter(), answer["next_batch"]
            self.device.take_to_device(answer.get("to_device", {}).get("events", ()))
            for room in answer.get("rooms", {}).get("join", {}).values():
                for event in room.get("timeline", {}).get("events", ()):
                    self._take(event, now)

    def _take(self, event: Json, now: float) -> None:
        relation = event["content"].get("m.relates_to", {}) if event["type"] == "m.room.encrypted" else {}
        replied_to = relation.get("m.in_reply_to", {}).get("event_id")
        if replied_to is not None and not self._reply(replied_to).done():
            self._reply(replied_to).set_result((now, event))

    def _reply(self, event_id: str) -> asyncio.Future[tuple[float, Json]]:
        """Return the reply to an event; it may come before the homeserver has told us that event's id."""
        return self.replies.setdefault(event_id, asyncio.get_running_loop().create_future())

    async def meet(self, contender: str, bot: OlmAddress) -> None:
        """Give the bot the key of a session for its room."""
        olm = self.device.olm_session(bot, await self.device.claim(self.http.url, bot))
        group = self.sessions[contender] = vodozemac.GroupSession()
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": self.rooms[contender],
            "session_id": group.session_id,
            "session_key": group.session_key.to_base64(),
        }
        key = self.device.olm_message(olm, bot, "m.room_key", content)
        messages = {bot.user_id: {bot.device_id: key}}
        await ClientApi(self.http).send_to_device("m.room.encrypted", messages, uuid.uuid4().hex)

    async def ask(self, contender: str, question: str) -> tuple[float, str]:
        """Ask one of the bots; return the seconds until its reply came, and what it says."""
        began = perf_counter()
        ended, said = await self.reply_to(await self.send(contender, question), contender)
        return ended - began, said

    async def send(self, contender: str, question: str) -> str:
        """Send a question to one of the bots; return its event id."""
        room_id, group = self.rooms[contender], self.sessions[contender]
        content = {"msgtype": "m.text", "body": question}
        plain = {"type": "m.room.message", "room_id": room_id, "content": content}
        encrypted = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "session_id": group.session_id,
            "ciphertext": group.encrypt(json.dumps(plain).encode()).to_base64(),
        }
        return await ClientApi(self.http).send_event(room_id, "m.room.encrypted", encrypted, uuid.uuid4().hex)

    async def reply_to(self, event_id: str, contender: str) -> tuple[float, str]:
        """Return when the reply to an event came, and what it says."""
        reply = self._reply(event_id)
        # Whoever no longer listens says why.
        either: set[asyncio.Future[Any]] = {reply, self.listening}
        await asyncio.wait(either, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            raise RuntimeError(f"no reply from {contender}") from _failure(self.listening)
        ended, event = reply.result()
        return ended, self.device.read(event)


def _failure(task: asyncio.Task[None]) -> BaseException | None:
    return task.exception() if task.done() else None


# --- the network --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A question and the first line of its answer."""

    text: str
    answer: str


def questions(description: Description) -> list[Question]:
    """Return questions that name somebody, each with what the bot says first."""
    skills = FeatureSet(description.community, SERVER, (ROOT / "community", ROOT / "bots"), FEATURES)
    skills.use(description.directory)
    readers, now = frozenset(description.community.role), datetime.now(UTC)
    found = []
    for contact in description.directory.contacts:
        if not (contact.cities and contact.themes):
            continue
        city = description.community.city[contact.cities[0]].name.text("en")
        theme = description.community.theme[contact.themes[0]].name.text("en")
        text = f"who do I ask about {theme} in {city}?"
        reply = skills.answer(
            MessageContext(text, person("@asker:x"), is_direct=False, now=now, readers=readers)
        )
        found.append(Question(text, reply.text.split("\n")[0]))
    return found


def person(user: str) -> Person:
    return Person(user, user[1:].split(":", maxsplit=1)[0], user, "member", None, (), ("en",))


async def furnish(server: SynapseServer, folder: Path, people: Sequence[str]) -> Description:
    """Write the directory bot's description, store and data folder."""
    config = folder / "config"
    shutil.copytree(NETWORK, config)
    (config / "settings.yaml").write_text(f"version: 1\nhomeserver:\n  server_name: {SERVER}\n")
    data = DataFolder(folder)
    data.prepare()
    shutil.copytree(server.data.secrets, data.secrets, dirs_exist_ok=True)
    write_private(data.embedded_url, f"{server.url}\n".encode())
    description = load_description(config)
    async with await Store.open(data.store_url) as store:
        await store.entries.seed(description, at=datetime.now(UTC))
        await store.people.replace([person(user) for user in people])
    return description


async def make_rooms(
    server: SynapseServer,
    community: str,
    devices: Sequence[CrowdDevice],
    contenders: Sequence[str],
) -> dict[str, list[RoomId]]:
    """Make rooms of ours for each bot, with the bot and its share of the people in each."""
    bots = {"directory": server.own.bot, "echo": ECHO}
    rooms: dict[str, list[RoomId]] = {contender: [] for contender in contenders}
    async with server.provisioner() as http:
        api, admin = ClientApi(http), AdminApi(http)
        for contender, bot in ((each, bots[each]) for each in contenders):
            for number in range(ROOMS):
                key = f"room{number}"
                locator = {"type": LOCATOR_TYPE, "state_key": "", "content": Locator(key, "room").content()}
                body = {
                    "preset": "public_chat",
                    "creation_content": Origin(community, key).creation_content(),
                    "initial_state": [ENCRYPTION, locator],
                }
                room_id = await api.create_room(body)
                await admin.join(room_id, UserId(bot))
                for device in devices[number::ROOMS]:
                    await device.join(server.url, room_id)
                rooms[contender].append(room_id)
            progress(f"{ROOMS} rooms for {contender}")
    return rooms


async def address_of(http: HomeserverClient, bot: UserId) -> OlmAddress:
    """Return where Olm messages for a bot go: its one device."""
    answer = await ClientApi(http).query_keys([bot])
    ((device_id, keys),) = answer["device_keys"][bot].items()
    return OlmAddress(
        bot, device_id, keys["keys"][f"ed25519:{device_id}"], keys["keys"][f"curve25519:{device_id}"]
    )


@asynccontextmanager
async def askers(
    server: SynapseServer, devices: Sequence[CrowdDevice], rooms: dict[str, list[RoomId]]
) -> AsyncIterator[list[Asker]]:
    """Give the people, listening, each acquainted with both bots."""
    async with AsyncExitStack() as stack:
        there = []
        for number, device in enumerate(devices):
            http = await stack.enter_async_context(HomeserverClient(server.url, AccessToken(device.token)))
            theirs = {contender: in_all[number % ROOMS] for contender, in_all in rooms.items()}
            there.append(Asker(device, http, theirs))
        bots = {"directory": server.own.bot, "echo": ECHO}
        for contender, bot in ((each, bots[each]) for each in rooms):
            address = await address_of(there[0].http, UserId(bot))
            for asker in there:
                await asker.meet(contender, address)
        for asker in there:
            asker.listening = asyncio.create_task(asker.listen())

        async def synced() -> bool:
            return all(asker.since is not None for asker in there)

        try:
            await until(synced, PATIENCE, "the askers' first sync")
            yield there
        finally:
            for asker in there:
                asker.listening.cancel()
            await asyncio.gather(*(asker.listening for asker in there), return_exceptions=True)


# --- measuring ----------------------------------------------------------------------------------------------------


def check(contender: str, question: Question, said: str) -> None:
    """Make sure that a reply is the one to that question."""
    expected = question.answer if contender == "directory" else question.text
    if expected not in said:
        raise RuntimeError(f"{contender} gave another's answer, or none: {said[:80]!r}")


def spoken(contender: str, question: Question) -> str:
    """Return the question as it is said in a room."""
    return f"!p {question.text}" if contender == "directory" else question.text


async def alone(asker: Asker, asked: Sequence[Question]) -> dict[str, list[float]]:
    """Let one person ask the one bot and the other in turn; return seconds by bot."""
    seconds: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    for number, question in enumerate(asked):
        for contender in CONTENDERS:
            took, said = await asker.ask(contender, spoken(contender, question))
            check(contender, question, said)
            if number >= WARM_UP:
                seconds[contender].append(took)
    return seconds


async def together(there: Sequence[Asker], asked: Sequence[Question], rounds: int) -> dict[str, list[float]]:
    """Let everybody ask at once, one bot after the other; return seconds by bot. The first round is not counted."""
    seconds: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    for number in range(rounds + 1):
        for contender in CONTENDERS if number % 2 == 0 else CONTENDERS[::-1]:
            theirs = [asked[(number * len(there) + i) % len(asked)] for i in range(len(there))]
            replies = await asyncio.gather(
                *(a.ask(contender, spoken(contender, q)) for a, q in zip(there, theirs, strict=True))
            )
            for question, (took, said) in zip(theirs, replies, strict=True):
                check(contender, question, said)
                if number > 0:
                    seconds[contender].append(took)
            progress(f"round {number}, {contender}: {len(replies)} replies, each to its asker")
    return seconds


def percentile(values: Sequence[float], share: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def summary(seconds: dict[str, list[float]], share: float) -> Json:
    """Return both bots' percentiles in milliseconds, and the ratio."""
    found = {contender: percentile(values, share) for contender, values in seconds.items()}
    spread = {
        f"{contender}_ms": {
            "p50": round(percentile(values, 0.5) * 1000, 1),
            "p95": round(percentile(values, 0.95) * 1000, 1),
        }
        for contender, values in seconds.items()
    }
    return {**spread, "ratio": round(found["directory"] / found["echo"], 2)}


@asynccontextmanager
async def network(
    server: SynapseServer,
    devices: Sequence[CrowdDevice],
    folder: Path,
    contenders: Sequence[str] = CONTENDERS,
) -> AsyncIterator[tuple[Description, list[Asker], list[Question]]]:
    """Run the bots, and give the people who can ask them, with what they can ask."""
    people = [device.user_id for device in devices]
    homes = {contender: folder / contender for contender in contenders}
    description = await furnish(server, homes["directory"], people)
    if "echo" in homes:
        data = DataFolder(homes["echo"])
        data.prepare()
        write_private_json(data.secret("bot.json"), {"user_id": ECHO, "password": PASSWORD})
    rooms = await make_rooms(server, description.community.key, devices, contenders)
    asked = questions(description)
    with ExitStack() as stack:
        for contender, home in homes.items():
            stack.enter_context(running_bot(contender, server.url, home))
        for contender, home in homes.items():
            ready = DataFolder(home).ready_file("bots")
            await until(partial(exists, ready), PATIENCE, f"the {contender} bot")
        async with askers(server, devices, rooms) as there:
            yield description, there, asked


async def measure(
    server: SynapseServer, devices: Sequence[CrowdDevice], folder: Path, *, quick: bool
) -> Json:
    """Ask both bots."""
    async with network(server, devices, folder) as (description, there, asked):
        one = await alone(there[0], asked[: WARM_UP + (QUICK_ALONE if quick else ALONE)])
        progress(f"one person: {summary(one, 0.5)}")
        many = await together(there, asked, QUICK_TOGETHER if quick else TOGETHER)
    entries = description.directory
    return {
        "benchmark": "latency",
        "entries": len(entries.contacts) + len(entries.resources) + len(entries.projects),
        "people": PEOPLE,
        "rooms": ROOMS,
        "one person, p50": summary(one, 0.5),
        "all at once, p95": summary(many, 0.95),
    }


async def exists(path: Path) -> bool:
    return await asyncio.to_thread(path.exists)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print, or be one of the bots."""
    if sys.argv[1:2] == ["--be"]:
        contender, url, home = sys.argv[2:]
        be(contender, url, Path(home))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    with (
        tempfile.TemporaryDirectory() as name,
        templates_of_a_run(),
        running_synapse(Path(name) / "server") as server,
    ):
        people = {f"@asker{number}:{SERVER}": 1 for number in range(PEOPLE)}
        database = server.data.synapse / "homeserver.db"
        devices = populate(database, people, one_time_keys=8, others=[ECHO])
        result = asyncio.run(measure(server, devices, Path(name), quick=quick))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
