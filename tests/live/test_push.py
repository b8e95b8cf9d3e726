"""What wakes a phone: a due deadline and an answer are pushed, and who carries the push learns ids and no words.

The bot is the whole bot; the homeserver is Synapse with our template; the gateway is the tests' own and keeps every
byte that it gets, as Apple, Google or somebody's gateway could.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from community.storage import Store
from matrix.ids import RoomId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.due_moments import due_at
from tests.lib.main_bot import running_main
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.push_gateway import LOOPBACK_ALLOWED, PushGateway, push_gateway
from tests.lib.quick_synapse import CONFIGURATION
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

AWA, MOUSSA = "@awa.diallo:palabre.localhost", "@moussa.keita:palabre.localhost"
QUESTION = "who do I ask about waste in Kigali?"
ELEMENT, CARELESS = "im.example.element", "im.example.careless"
"""Apps: one that asks for ids alone, as Element's do, and one that does not."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    more = CONFIGURATION + LOOPBACK_ALLOWED
    with running_synapse(tmp_path_factory.mktemp("push"), more=more) as made:
        yield made


@pytest.fixture
def gateway() -> Iterator[PushGateway]:
    with push_gateway() as made:
        yield made


@dataclass
class PhoneScene:
    """The small network; a member of it whose phone is asleep, seen by the app on her desk."""

    server: SynapseServer
    config: Path
    peer: Peer
    lobby: RoomId
    sheet: str
    """What is due, which nothing else here is called."""

    def bot(self) -> AbstractAsyncContextManager[None]:
        """Run the bot, past its first sync."""
        return running_main(self.config, self.server.data)

    async def message(self, word: str) -> Message:
        """Return the message in the lobby that has a word, once it can be read."""

        async def look() -> Message | None:
            said = await self.peer.messages(self.lobby)
            return next((m for m in said if word in str(m["content"].get("body", ""))), None)

        found: Message = await until(look, 90, f"a message with {word}")
        return found


@asynccontextmanager
async def phone_scene(server: SynapseServer, tmp_path: Path, reader: str) -> AsyncIterator[PhoneScene]:
    config = Path(shutil.copytree(SMALL, tmp_path / "config"))
    due = due_at(datetime.now(UTC) - timedelta(minutes=2))
    mark = uuid.uuid4().hex[:6]
    (config / "calendar.yaml").write_text(
        "version: 1\ndeadlines:\n  - {key: "
        f"plan-{mark}, title: {{fr: Feuille secrète {mark}, en: Secret sheet {mark}}}, "
        f"due: {due}, rooms: [lobby], remind: [0]}}\n"
    )
    async with open_provisioner(config, server.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        lobby = (await provisioner.homeserver.snapshot()).rooms["lobby"].room_id
    assert lobby is not None
    accounts = json.loads(server.data.sign_in.read_text())["accounts"]
    password = next(each["password"] for each in accounts if each["user_id"] == reader)
    async with await Store.open(server.data.store_url) as store:
        # The bot has been here for days: what was due before its first start is never posted.
        await store.marks.first("bot-first-start", datetime.now(UTC) - timedelta(days=9))
    async with open_peer() as peer:
        await peer.login(server.url, reader, password)
        await peer.call("join", roomId=lobby)
        yield PhoneScene(server, config, peer, lobby, f"Secret sheet {mark}")


async def pushed(gateway: PushGateway, app: str, event_id: str) -> dict[str, Any]:
    """Return the push of an event to an app."""

    async def look() -> dict[str, Any] | None:
        return next((n for n in gateway.notifications(app) if n["event_id"] == event_id), None)

    found: dict[str, Any] = await until(look, 60, f"the push of {event_id} to {app}")
    return found


WORDS = (b"Secret sheet", b"secr", b"waste", b"Waste", b"Awa", b"awa.diallo", b"Claudine", b"Uwase", b"Palabre",
         b"Lobby", b"Accueil", b"m.room", b"@palabre", b"palabre.localhost", b"ciphertext")  # fmt: skip
"""Of what is said, who says it, to whom, in which room, on which homeserver."""


async def test_a_due_deadline_and_an_answer_wake_a_phone_and_the_gateway_learns_ids_alone(
    server: SynapseServer, gateway: PushGateway, tmp_path: Path
) -> None:
    async with phone_scene(server, tmp_path, AWA) as scene:
        await gateway.register(scene.peer, ELEMENT, format="event_id_only", default_payload={"aps": {}})
        await _assert_ids_alone(scene, gateway)


async def _assert_ids_alone(scene: PhoneScene, gateway: PushGateway) -> None:
    async with scene.bot():
        post = await scene.message(scene.sheet)
        deadline = await pushed(gateway, ELEMENT, post["eventId"])
        question = await scene.peer.ask(scene.lobby, f"!p {QUESTION}")
        answer = await scene.peer.reply_to(scene.lobby, question, patience=60)
        answered = await pushed(gateway, ELEMENT, answer["eventId"])
    assert "Claudine Uwase" in answer["content"]["body"]
    for push, event in ((deadline, post), (answered, answer)):
        assert set(push) == {"event_id", "room_id", "counts", "prio", "devices"}
        assert (push["event_id"], push["room_id"]) == (event["eventId"], scene.lobby)
        # So that the phone is woken at once.
        assert push["prio"] == "high"
        assert set(push["counts"]) == {"unread"}
        [device] = push["devices"]
        assert set(device) == {"app_id", "pushkey", "pushkey_ts", "data"}
        assert device["data"] == {"format": "event_id_only", "default_payload": {"aps": {}}}
    whole = b"\n".join(gateway.seen)
    assert [word for word in WORDS if word in whole] == []
    # What the phone then does with it, by the rules of its owner: it has read the event itself.
    seen = [
        await scene.peer.call("notifies", roomId=scene.lobby, eventId=e["eventId"]) for e in (post, answer)
    ]
    assert seen == [{"notify": True, "highlight": False}, {"notify": True, "highlight": True}]


async def test_an_app_that_asks_for_more_gets_names_but_nothing_of_what_is_said(
    server: SynapseServer, gateway: PushGateway, tmp_path: Path
) -> None:
    async with phone_scene(server, tmp_path, MOUSSA) as scene, scene.bot():
        await gateway.register(scene.peer, CARELESS)
        question = await scene.peer.ask(scene.lobby, f"!p {QUESTION}")
        answer = await scene.peer.reply_to(scene.lobby, question, patience=60)
        push = await pushed(gateway, CARELESS, answer["eventId"])
    # As docs/safety.md says: who writes and in which room; not even the encrypted text.
    assert (push["sender"], push["sender_display_name"]) == ("@palabre:palabre.localhost", "Palabre")
    assert push["room_name"] == "Accueil · Lobby"
    assert "content" not in push
    whole = b"\n".join(gateway.seen)
    assert [word for word in (b"Kigali", b"Claudine", b"Secret sheet", b"ciphertext") if word in whole] == []
