"""An independent, strict client verifies the running bot by emoji, in the direct message and from device to device.

The bot is `palabre bots`, on a real Synapse; the person's app is matrix-js-sdk with rust crypto. Between each of the
two and the homeserver stands a proxy, by which the homeserver exchanges keys.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bots.encryption.verification_events import Kind
from bots.sas_emoji import emoji_names
from community.description.data_folder import read_private_json
from community.jobs.job import JobState
from community.jobs.notices import NOTICE, Notice, NoticeKind
from community.storage import Store
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.asking import visible
from tests.lib.bot_process import BotProcess, bot_process
from tests.lib.commands import palabre
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.descriptions import SMALL
from tests.lib.hostile import mutated
from tests.lib.hurry import HURRIED
from tests.lib.peer_client import Peer, direct_message, open_peer, until
from tests.lib.places import make_place
from tests.lib.sas_person import Person
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]

IN_A_ROOM, TO_A_DEVICE = "in a room", "to a device"
both_ways = pytest.mark.parametrize("way", [IN_A_ROOM, TO_A_DEVICE])
CLAUDINE = (
    "  - {username: claudine.uwase, name: Claudine Uwase, role: city-lead, city: kigali, themes: [waste],"
    " languages: [en, fr]}\n"
)
RUTH, GRACE = (
    f"  - {{username: {name}, name: {name}, role: city-lead, city: kigali, themes: [waste], languages: [en]}}\n"
    for name in ("ruth.mukamana", "grace.ingabire")
)
A_KEY = "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08"
"""A valid Curve25519 key that is nobody's here."""


@dataclass
class Scene:
    """Claudine's app, the bot, their direct message, and what stands between each and the homeserver."""

    peer: Peer
    bots: BotProcess
    bot: str
    direct: str
    before_bot: CuttingProxy
    before_peer: CuttingProxy

    @property
    def bots_device(self) -> str:
        secret = read_private_json(self.bots.place.data.secret("bot.json"))
        assert secret is not None
        return str(secret["device_id"])

    async def begins(self, way: str) -> None:
        where = {"roomId": self.direct} if way == IN_A_ROOM else {"deviceId": self.bots_device}
        await self.peer.call("requestVerification", userId=self.bot, **where)
        await self.comes_to("Ready")

    async def comes_to(self, phase: str) -> Any:
        async def look() -> Any:
            seen = await self.peer.call("verification")
            return seen if seen["phase"] == phase else None

        return await until(
            look, 60, f"the verification to be {phase}: {await self.peer.call('verification')}"
        )

    async def coordinators_are_told(self) -> None:
        """A notice for them waits, or was given."""
        async with await Store.open(self.bots.place.data.store_url) as store:
            jobs = await store.jobs.of_state(NOTICE, *JobState)
        assert NoticeKind.VERIFICATION_ALARMING in {Notice.decoded(job.payload).kind for job in jobs}

    async def refuses(self, code: str) -> None:
        """Wait until the app has cancelled it by itself: the phase of such a one does not change."""

        async def look() -> bool:
            return f"by us with code {code}" in str((await self.peer.call("verification"))["error"])

        await until(look, 20, f"the app to cancel with {code}")

    async def compares(self) -> list[list[str]]:
        """Wait until the app shows emoji, and return them with their names."""

        async def look() -> Any:
            return (await self.peer.call("verification"))["emoji"]

        shown: list[list[str]] = await until(look, 20, "the app to show emoji")
        return shown

    async def said(self) -> list[str]:
        """Return what the bot has said in the direct message, which the app trusts."""
        messages = [m for m in await self.peer.messages(self.direct) if m["sender"] == self.bot]
        of_people = [m for m in messages if m["type"] == "m.room.message"]
        assert {(m["failure"], m["shieldColour"]) for m in of_people} <= {(None, 0)}
        return [visible(m["content"]["body"]) for m in of_people]

    async def can_be_read_out(self, shown: list[list[str]]) -> None:
        """Wait until the operator sees what the app shows; what was compared before may be there for a while."""
        wanted = (self.peer.user_id, [emoji for emoji, _ in shown])

        async def look() -> bool:
            ran = await palabre("verifying", "--json", "--data", self.bots.place.data.root)
            found = json.loads(ran.out)["verifying"] if ran.code == 0 else []
            seen = [
                (each["user_id"], [emoji for emoji, _ in emoji_names(each["emoji"], "en")]) for each in found
            ]
            return seen == [wanted]

        await until(look, 20, "the operator to see what is compared")

    async def is_told(self, words: str, *, after: int = 0) -> str:
        async def look() -> str | None:
            return next((body for body in (await self.said())[after:] if words in body), None)

        return str(await until(look, 20, f"the bot to say {words!r}"))

    async def verified(self) -> dict[str, bool]:
        found: dict[str, bool] = await self.peer.call("verified", userId=self.bot, deviceId=self.bots_device)
        return found


@dataclass
class Network:
    """The server, the bot that runs there, and the proxies between it, the people's apps and the bot."""

    server: SynapseServer
    bots: BotProcess
    before_bot: CuttingProxy
    proxies: list[CuttingProxy]

    @asynccontextmanager
    async def scene(self, name: str) -> AsyncIterator[Scene]:
        """Sign somebody in with an app of their own."""
        accounts = json.loads(self.bots.place.data.sign_in.read_text())["accounts"]
        account = next(each for each in accounts if each["user_id"].startswith(f"@{name}:"))
        async with cutting_proxy(self.server.url) as proxy, open_peer() as peer:
            self.proxies.append(proxy)
            await peer.login(proxy.url, account["user_id"], account["password"])
            direct = await direct_message(peer, self.server.own.bot)
            yield Scene(peer, self.bots, self.server.own.bot, direct, self.before_bot, proxy)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Network]:
    folder = tmp_path_factory.mktemp("verifying")
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_synapse(folder / "synapse"))
        place = make_place(server, folder, SMALL)
        described = place.config / "community.yaml"
        described.write_text(described.read_text().replace(CLAUDINE, CLAUDINE + RUTH + GRACE))
        before_bot = await stack.enter_async_context(cutting_proxy(server.url))
        place.set("homeserver", bots_url=before_bot.url)
        async with open_provisioner(place.config, place.data) as provisioner:
            await provisioner.apply(ApplyOptions("test", force=True))
        bots = await stack.enter_async_context(bot_process(place, environment=HURRIED))
        yield Network(server, bots, before_bot, [before_bot])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(network: Network) -> AsyncIterator[Scene]:
    """Claudine, who never verifies the bot to the end."""
    async with network.scene("claudine.uwase") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def who_verifies(network: Network) -> AsyncIterator[Scene]:
    """Ruth, whose app knows the bot from her first verification on."""
    async with network.scene("ruth.mukamana") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def who_floods(network: Network) -> AsyncIterator[Scene]:
    """Grace, who sends so many events that she is not answered for an hour."""
    async with network.scene("grace.ingabire") as found:
        yield found


@pytest.fixture(autouse=True)
def honest(network: Network) -> None:
    """Each test begins with a homeserver that changes nothing."""
    for proxy in network.proxies:
        proxy.change = lambda _request, answer: answer


def exchanging_keys(request: web.Request, answer: bytes) -> bytes:
    """Put another key in the place of each that is sent from device to device."""
    if not request.path.endswith("/sync") or b"m.key.verification.key" not in answer:
        return answer
    value = json.loads(answer)
    for event in value.get("to_device", {}).get("events", ()):
        if event["type"] == "m.key.verification.key":
            event["content"]["key"] = A_KEY
    return json.dumps(value).encode()


@both_ways
async def test_they_do_not_match_and_the_bot_says_what_that_may_mean(scene: Scene, way: str) -> None:
    await scene.begins(way)
    await scene.peer.call("startSas")
    await scene.compares()
    before = len(await scene.said())
    await scene.peer.call("mismatchSas")
    assert (await scene.comes_to("Cancelled"))["code"] == "m.mismatched_sas"
    await scene.is_told("write me nothing confidential", after=before)
    await scene.coordinators_are_told()
    assert await scene.verified() == {"user": False, "device": False}


@both_ways
@pytest.mark.parametrize("step", ["Ready", "shown"])
async def test_the_person_gives_up_and_can_begin_again_at_once(scene: Scene, way: str, step: str) -> None:
    await scene.begins(way)
    if step == "shown":
        await scene.peer.call("startSas")
        await scene.compares()
    await scene.peer.call("cancelVerification")
    await scene.comes_to("Cancelled")
    await scene.begins(way)
    await scene.peer.call("cancelVerification")
    await scene.comes_to("Cancelled")


async def test_a_homeserver_that_exchanges_the_apps_key_is_seen_by_whoever_compares(scene: Scene) -> None:
    scene.before_bot.change = exchanging_keys
    await scene.begins(TO_A_DEVICE)
    before = len(await scene.said())
    await scene.peer.call("startSas")
    shown = await scene.compares()
    told = await scene.is_told("Compare these seven", after=before)
    assert " · ".join(" ".join(pair) for pair in shown) not in told
    # And by the bot, where they have not compared.
    await scene.peer.call("confirmSas")
    assert (await scene.comes_to("Cancelled"))["code"] == "m.key_mismatch"
    await scene.is_told("are not those that the server has shown", after=before)
    assert await scene.verified() == {"user": False, "device": False}


async def test_a_homeserver_that_exchanges_the_bots_key_is_found_out_by_its_commitment(scene: Scene) -> None:
    scene.before_peer.change = exchanging_keys
    await scene.begins(TO_A_DEVICE)
    before = len(await scene.said())
    await scene.peer.call("startSas")
    # The app's own word for it.
    await scene.refuses("m.key_mismatch")
    await scene.is_told("are not those that the server has shown", after=before)
    # It takes the request for one that is under way, and allows no second one, until its person closes it.
    await scene.peer.call("cancelVerification")


async def test_a_homeserver_that_exchanges_the_apps_key_where_the_bot_has_started(scene: Scene) -> None:
    scene.before_bot.change = exchanging_keys
    await scene.begins(TO_A_DEVICE)
    assert (await scene.comes_to("Cancelled"))["code"] == "m.mismatched_commitment"


@both_ways
async def test_the_bot_is_killed_in_the_middle_and_the_next_process_cancels(scene: Scene, way: str) -> None:
    await scene.begins(way)
    await scene.peer.call("startSas")
    await scene.compares()
    before = len(await scene.said())
    await scene.bots.restart()
    assert (await scene.comes_to("Cancelled"))["code"] == "m.user"
    await scene.is_told("I was restarted in the middle of the verification", after=before)


@both_ways
@pytest.mark.parametrize("starts", ["the app", "the bot"])
async def test_it_ends_verified(who_verifies: Scene, way: str, starts: str) -> None:
    scene = who_verifies
    await scene.begins(way)
    before = len(await scene.said())
    if starts == "the app":
        await scene.peer.call("startSas")
    shown = await scene.compares()
    told = await scene.is_told("Compare these seven", after=before)
    assert " · ".join(" ".join(pair) for pair in named(shown)) in told
    await scene.can_be_read_out(shown)
    await scene.peer.call("confirmSas")
    await scene.comes_to("Done")
    await scene.is_told("Verified: your app knows my keys now", after=before)
    assert await scene.verified() == {"user": True, "device": True}


def named(shown: list[list[str]]) -> list[tuple[str, str]]:
    """Return emoji with the names that the bot gives them in English."""
    table = dict(emoji_names(range(64), "en"))
    return [(emoji, table[emoji]) for emoji, _ in shown]


async def test_mutated_events_to_the_device_stop_nothing(who_floods: Scene) -> None:
    """What the homeserver refuses to pass on, and what the app's JSON cannot have, does not come to the bot."""
    scene = who_floods
    draw, passed = random.Random(16), 0  # noqa: S311 - the same mutations each time
    for number in range(100):
        person = Person(room_id="", transaction_id=f"m{number}")
        event = draw.choice((person.requests(), person.starts(), person.sends_key(), person.says(Kind.DONE)))
        content = mutated(draw, {**event.content, "transaction_id": f"m{number}"})
        if not isinstance(content, dict) or "NaN" in json.dumps(content):
            continue
        path = f"/_matrix/client/v3/sendToDevice/m.key.verification.{event.kind}/t{number}"
        body = {"messages": {scene.bot: {scene.bots_device: content}}}
        status, _ = await scene.peer.request("PUT", path, body)
        passed += status == 200
    assert passed > 50
    asked = await scene.peer.ask(scene.direct, "who do I ask about waste in Kigali?")
    answer = await scene.peer.reply_to(scene.direct, asked)
    assert "Claudine" in answer["content"]["body"]
