"""Whom the bot answers and what it says of its own accord, and what it says where a feature of ours fails.

The bot is the whole bot (`bots.main.run`), on a clock that the tests set; everybody else is matrix-js-sdk.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots import main
from bots.context.feature import Feature, FeatureHandlers, PlainHandler, Precedence, Setting, Trigger
from bots.context.message import MessageContext, Reply
from bots.features.registry import FEATURES
from bots.recovery_hint import AFTER, AGAIN_AFTER
from community.storage import Store
from matrix.admin import AdminApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.gates import direct_of
from tests.lib.gates import told as read
from tests.lib.main_bot import running_main
from tests.lib.peer_client import Message, Peer, direct_message, open_peer, until
from tests.lib.running import palabre
from tests.lib.small_server import running_small
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

OUTSIDERS = ("guest", "eve")
APOLOGY = "Quelque chose n'a pas marché de mon côté"
QUESTION = "who do I ask about waste in Kigali?"


class Stumbling(PlainHandler[MessageContext]):
    """Fails over one word."""

    trigger = Trigger(starts=frozenset({("stumble",)}))

    def answer(self, context: MessageContext) -> Reply | None:
        raise ValueError(f"cannot cope with {context.text}")


class StumblingHandlers(FeatureHandlers):
    def __init__(self, _setting: Setting) -> None:
        pass

    @property
    def messages(self) -> Sequence[tuple[Precedence, Stumbling]]:
        return ((Precedence.COMMAND, Stumbling()),)


STUMBLING = Feature("stumbling", StumblingHandlers, guarded=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_small(tmp_path_factory.mktemp("people")) as made:
        yield made


@dataclass
class Network:
    """The small network's lobby, who is in it with a client, and the bot, whose clock is ``later`` than it is.

    ``both``: the homeserver's too, as the bot hears of it.
    """

    server: SynapseServer
    config: Path
    lobby: RoomId
    peers: dict[str, Peer]
    later: timedelta = field(default=timedelta(0))
    both: bool = True

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def homeservers(self, client: HomeserverClient) -> datetime | None:
        """Return the homeserver's time, once it has answered."""
        if client.clock is None:
            return None
        return self.now() if self.both else datetime.now(UTC)

    def user(self, name: str) -> UserId:
        return UserId(self.peers[name].user_id)

    def bot(self) -> AbstractAsyncContextManager[None]:
        """Run the bot, past its first sync."""
        return running_main(self.config, self.server.data)

    async def answered(self, name: str, room_id: str, text: str) -> Message:
        peer = self.peers[name]
        return await peer.reply_to(room_id, await peer.ask(room_id, text), patience=60)

    async def hinted(self, name: str, room_id: str) -> int:
        """Return how often somebody's client has been told of the recovery key."""
        messages = await self.peers[name].messages(room_id)
        return sum("recovery key" in str(each["content"].get("body", "")) for each in messages)


@pytest.fixture
async def network(
    server: SynapseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Network]:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    # The recovery key is told of at any hour and on any day.
    with (config / "community.yaml").open("a") as described:
        described.write("reminders: {quiet: off, weekend: off}\n")
    async with open_provisioner(config, server.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        lobby = (await provisioner.homeserver.snapshot()).rooms["lobby"].room_id
    assert lobby is not None
    book = json.loads(server.data.sign_in.read_text())["accounts"]
    secrets = {each["user_id"]: each["password"] for each in book}
    people = {name: next(u for u in secrets if u.startswith(f"@{name}.")) for name in ("moussa", "claudine")}
    async with AsyncExitStack() as stack:
        peers: dict[str, Peer] = {}
        for name in OUTSIDERS:
            await stack.enter_async_context(server.person(name))
        for name, user in {**people, **{name: server.user(name) for name in OUTSIDERS}}.items():
            peers[name] = await stack.enter_async_context(open_peer())
            await peers[name].login(server.url, user, secrets.get(user, PASSWORD))
        made = Network(server, config, lobby, peers)
        monkeypatch.setattr(main, "utc_now", made.now)
        monkeypatch.setattr(HomeserverClient, "time", property(made.homeservers))
        monkeypatch.setattr(main, "FEATURES", (*FEATURES, STUMBLING))
        yield made


async def test_whom_the_bot_answers_what_it_adds_and_what_it_says_where_it_fails(network: Network) -> None:
    async with network.bot():
        await guests_of_moderators_are_answered_and_others_not(network)
        direct, answer = await a_failure_is_apologised_for_and_counted(network)
        assert await network.hinted("claudine", direct) == 0
    # The next process.
    network.later = timedelta(minutes=30)
    async with network.bot():
        await an_answer_still_follows_its_question(network, direct, answer)
    await with_a_clock_that_is_ahead_nothing_is_told_for_its_date(network, direct)
    await who_has_one_device_is_told_of_the_recovery_key_twice(network, direct)


async def guests_of_moderators_are_answered_and_others_not(at: Network) -> None:
    guest, eve = at.peers["guest"], at.peers["eve"]
    async with at.server.provisioner() as http:
        await AdminApi(http).join(at.lobby, at.user("eve"))
    path = f"/_matrix/client/v3/rooms/{at.lobby}/invite"
    assert (await at.peers["moussa"].request("POST", path, {"user_id": at.user("guest")}))[0] == 200
    await guest.call("join", roomId=at.lobby)

    async def entered() -> bool:
        return any((r["roomId"], r["membership"]) == (at.lobby, "join") for r in await guest.rooms())

    await until(entered, 30, "the guest to see that they are in the lobby")
    direct = await direct_of(guest, at.server.own.bot)
    welcome = await read(guest, direct, at.server.own.bot, "Hello! I am Palabre")
    assert "You can ask me here" in welcome["content"]["body"]
    unheard = await eve.ask(at.lobby, f"!p {QUESTION}")
    for room_id, prefix in ((at.lobby, "!p "), (direct, "")):
        answer = await at.answered("guest", room_id, f"{prefix}{QUESTION}")
        assert answer["content"]["m.mentions"] == {"user_ids": [at.user("guest")]}
        assert "Claudine Uwase" in answer["content"]["body"]
    refusal = await at.answered("guest", direct, "export my data")
    assert "only for people of this network" in refusal["content"]["body"]
    # Claudine is answered after Eve has asked.
    await at.answered("claudine", at.lobby, f"!p {QUESTION}")
    replies = [each["outer"].get("m.relates_to", {}) for each in await eve.messages(at.lobby)]
    assert unheard not in [each.get("m.in_reply_to", {}).get("event_id") for each in replies]


async def a_failure_is_apologised_for_and_counted(at: Network) -> tuple[str, Message]:
    """Return Claudine's direct message with the bot, and an answer in it."""
    direct = await direct_message(at.peers["claudine"], at.server.own.bot)
    failed = await at.answered("claudine", direct, "stumble over this")
    assert failed["content"]["body"].startswith("Something went wrong on my side")
    assert failed["content"]["m.mentions"] == {"user_ids": [at.user("claudine")]}
    # In the asker's language: Moussa reads French.
    theirs = await direct_message(at.peers["moussa"], at.server.own.bot)
    assert APOLOGY in (await at.answered("moussa", theirs, "stumble"))["content"]["body"]

    async def counted() -> bool:
        found = [each for each in await doctor(at) if each["name"] == "answers"]
        return [(each["state"], "2 messages" in each["sentence"]) for each in found] == [("warning", True)]

    await until(counted, 60, "the doctor to say that two answers have failed")
    return direct, await at.answered("claudine", direct, QUESTION)


async def an_answer_still_follows_its_question(at: Network, direct: str, answer: Message) -> None:
    claudine = at.peers["claudine"]
    forgotten = await at.answered("claudine", direct, "yes")
    assert "ask the whole question again" in forgotten["content"]["body"]
    new = {"msgtype": "m.text", "body": "who do I ask about mobility?"}
    asked = answer["outer"]["m.relates_to"]["m.in_reply_to"]["event_id"]
    edit = {"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": asked}}
    await claudine.call("send", roomId=direct, content={**new, "body": f"* {new['body']}", **edit})

    async def follows() -> bool:
        messages = await claudine.messages(direct)
        now = next(each for each in messages if each["eventId"] == answer["eventId"])
        return bool(now["content"]["body"] != answer["content"]["body"])

    await until(follows, 60, "the answer to follow its question after a restart")


async def with_a_clock_that_is_ahead_nothing_is_told_for_its_date(at: Network, direct: str) -> None:
    at.later, at.both = max(AFTER, timedelta(days=2)) + timedelta(minutes=1), False
    async with at.bot():

        async def held() -> bool:
            return "reminders" in {each["name"] for each in await doctor(at)}

        await until(held, 60, "the doctor to say that reminders are held")
        # People are answered all the while, by the homeserver's day.
        today = datetime.now(UTC).date()
        await at.answered("claudine", direct, "confirm Claudine Uwase")
        await at.answered("claudine", direct, "yes")
        assert await confirmed(at, "kigali-waste") in {today, datetime.now(UTC).date()}
        assert await at.hinted("claudine", direct) == 0
    at.both = True


async def confirmed(at: Network, key: str) -> date | None:
    """Return the day on which a contact was confirmed."""
    async with await Store.open(at.server.data.store_url) as store:
        contacts = (await store.entries.directory()).contacts
    return next(contact.confirmed for contact in contacts if contact.key == key)


async def who_has_one_device_is_told_of_the_recovery_key_twice(at: Network, direct: str) -> None:
    for later, times in ((AFTER, 1), (2 * AFTER, 1), (AGAIN_AFTER + 2 * AFTER, 2), (4 * AGAIN_AFTER, 2)):
        at.later = later + timedelta(minutes=1)
        async with at.bot():

            async def told(times: int = times) -> bool:
                return await at.hinted("claudine", direct) >= times

            await until(told, 60, f"the recovery key to be told of {times} times")
            # By the time that this is answered, another would have been told.
            await at.answered("claudine", direct, "help")
            assert await at.hinted("claudine", direct) == times
    assert await at.hinted("claudine", at.lobby) == 0


async def doctor(at: Network) -> list[dict[str, Any]]:
    """Return what the doctor finds."""
    arguments = ("--json", "--config", str(at.config), "--data", str(at.server.data.root))
    _code, out, _error = await palabre("doctor", *arguments)
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    return found
