"""Whoever is in a room of ours gets no key from the bot, unless they are described or a moderator has invited them.

The bot is the whole bot (`bots.main.run`); everybody else is matrix-js-sdk. The provisioner and the break-glass account
are signed in as whoever holds their files could: with an ordinary client, their devices signed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import JobState, Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.gates import direct_of
from tests.lib.gates import told as read
from tests.lib.main_bot import running_main
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.small_server import running_small
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

OUTSIDERS = ("eve", "guest", "friend")
READERS = ("moussa", "guest")
"""Who reads what the bot answers Claudine, as long as moderators may ask guests in."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    """A Synapse of its own: here our accounts get devices, which no other test's may have."""
    with running_small(tmp_path_factory.mktemp("recipients")) as made:
        yield made


@dataclass
class Scene:
    """The lobby, who is in it with a client, and the bot's description and data."""

    server: SynapseServer
    config: Path
    lobby: RoomId
    peers: dict[str, Peer]

    async def apply(self, before: str, after: str) -> None:
        """Change what is described, and apply it."""
        path = self.config / "community.yaml"
        path.write_text(path.read_text().replace(before, after))
        async with open_provisioner(self.config, self.server.data) as provisioner:
            await provisioner.apply(ApplyOptions("test", force=True))

    def user(self, name: str) -> UserId:
        return UserId(self.peers[name].user_id)

    def bot(self) -> AbstractAsyncContextManager[None]:
        """Run the bot, past its first sync."""
        return running_main(self.config, self.server.data)

    async def knows(self, name: str, others: int) -> None:
        async def look() -> bool:
            return len(await self.peers[name].call("members", roomId=self.lobby)) == others

        await until(look, 30, f"{name} to see {others} members")

    async def answer_at(self, *names: str, readers: Collection[str]) -> dict[str, Any]:
        """Have Claudine ask the bot; return why each of the others cannot read the answer (None: they can).

        The keys of ``readers`` are waited for; those of all go out together.
        """
        question = await self.peers["claudine"].ask(self.lobby, "!p help")
        await self.peers["claudine"].reply_to(self.lobby, question, patience=60)

        async def all_read() -> bool:
            return not any([(await self.seen(name, question))["failure"] for name in readers])

        await until(all_read, 60, f"{readers} to read the answer")
        if {*names} - {*readers}:
            # A key of somebody who is to have none might only be late.
            await asyncio.sleep(1)
        return {"claudine": None, **{name: (await self.seen(name, question))["failure"] for name in names}}

    async def seen(self, name: str, question: str) -> dict[str, Any]:
        """Return the answer to a question as somebody's client has it, whether it can be read or not."""

        async def look() -> dict[str, Any] | None:
            for message in await self.peers[name].messages(self.lobby):
                relation = message["outer"].get("m.relates_to", {})
                if relation.get("m.in_reply_to", {}).get("event_id") == question:
                    return message
            return None

        answer: dict[str, Any] = await until(look, 60, f"the answer at {name}'s")
        return answer

    async def notices(self) -> list[Notice]:
        async with await Store.open(self.server.data.store_url) as store:
            filed = await store.jobs.of_state(NOTICE, *JobState)
            # What was told already keeps who it was about in its occasion, and no name.
            return [
                Notice(NoticeKind(r.payload["kind"]), r.payload["audience"], r.payload["occasion"], {})
                for r in filed
                if r.payload["kind"].startswith("guest-")
            ]


@asynccontextmanager
async def scene(server: SynapseServer, folder: Path) -> AsyncIterator[Scene]:
    config = folder / "config"
    shutil.copytree(SMALL, config)
    async with open_provisioner(config, server.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        lobby = (await provisioner.homeserver.snapshot()).rooms["lobby"].room_id
    assert lobby is not None
    book = json.loads(server.data.sign_in.read_text())["accounts"]
    secrets = {e["user_id"]: e["password"] for e in book}
    people = {name: next(u for u in secrets if u.startswith(f"@{name}.")) for name in ("moussa", "claudine")}
    own = {"provisioner": server.own.provisioner, "break-glass": server.own.break_glass}
    async with server.provisioner() as http:
        # Nobody has its password; whoever has its token is an administrator, and can set one.
        await AdminApi(http).set_password(server.own.provisioner, PASSWORD, sign_out=False)
    async with AsyncExitStack() as stack:
        peers: dict[str, Peer] = {}
        for name in OUTSIDERS:
            await stack.enter_async_context(server.person(name))
        for name, user in {**people, **own, **{name: server.user(name) for name in OUTSIDERS}}.items():
            peers[name] = await stack.enter_async_context(open_peer())
            await peers[name].login(server.url, user, secrets.get(user, PASSWORD))
        yield Scene(server, config, lobby, peers)


def forget_inviters(folder: Path) -> None:
    """Make the rooms that the bot has kept those of a Palabre that did not note inviters."""
    (path,) = folder.glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        kept = [
            (room, json.loads(state)) for room, state in connection.execute("SELECT room_id, state FROM room")
        ]
        assert any(state.pop("invited_by") for _, state in kept)
        changed = [(json.dumps(state), room) for room, state in kept]
        connection.executemany("UPDATE room SET state = ? WHERE room_id = ?", changed)
        connection.commit()


async def test_keys_go_to_those_described_and_to_the_guests_of_moderators_and_to_nobody_else(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with scene(server, tmp_path) as at:
        async with server.provisioner() as http:
            for name in ("eve", "break-glass"):
                await AdminApi(http).join(at.lobby, at.user(name))
        async with at.bot():
            status, _ = await at.peers["moussa"].request(
                "POST", f"/_matrix/client/v3/rooms/{at.lobby}/invite", {"user_id": at.user("guest")}
            )
            assert status == 200
            await at.peers["guest"].call("join", roomId=at.lobby)
            everybody = ("moussa", "guest", "eve", "provisioner", "break-glass")
            # The three who are described, the three of ours, two who are not described.
            for name in ("claudine", *everybody):
                await at.knows(name, 8)
            seen = await at.answer_at(*everybody, readers=READERS)
            assert {name for name, failure in seen.items() if failure is None} == {
                "claudine",
                "moussa",
                "guest",
            }
            assert {seen[name] for name in ("eve", "provisioner", "break-glass")} == {seen["eve"]}
            # What a member writes they can all read: the lock is that they are not there.
            said = await at.peers["guest"].ask(at.lobby, "hello")
            assert said

            async def told() -> bool:
                return len(await at.notices()) >= 4

            await until(told, 30, "the notices")
            expected = {
                (NoticeKind.GUEST_REFUSED, COORDINATORS, at.user("eve")),
                (NoticeKind.GUEST_ADMITTED, COORDINATORS, at.user("guest")),
                (NoticeKind.GUEST_ADMITTED, at.user("moussa"), at.user("guest")),
                (NoticeKind.GUEST_WELCOME, at.user("guest"), at.user("guest")),
            }
            assert {who(n) for n in await at.notices()} == expected
            assert {n.occasion.rpartition("/")[0] for n in await at.notices()} == {at.lobby}
            # In each of the community's languages: nobody has said which are the guest's.
            direct, bot = await direct_of(at.peers["guest"], server.own.bot), server.own.bot
            welcome = await read(at.peers["guest"], direct, bot, "Bonjour ! Je suis Palabre")
            assert "Hello! I am Palabre" in welcome["content"]["body"]

        # What a Palabre of before has kept does not say who has invited whom: it asks.
        forget_inviters(server.data.bot_crypto)
        async with at.bot():
            assert await at.answer_at(*everybody, readers=READERS) == seen
        # Its device and all that it had seen lost, the bot finds who was invited by whom in the rooms themselves.
        shutil.rmtree(server.data.bot_crypto)
        server.data.prepare()
        async with at.bot():
            assert await at.answer_at(*everybody, readers=READERS) == seen
            # Put in by an account of ours, removed, and asked in by a moderator: from then on a guest like any other.
            async with server.provisioner() as http:
                await ClientApi(http).kick(at.lobby, at.user("eve"))
            await at.peers["moussa"].request(
                "POST", f"/_matrix/client/v3/rooms/{at.lobby}/invite", {"user_id": at.user("eve")}
            )
            await at.peers["eve"].call("join", roomId=at.lobby)
            await at.knows("claudine", 8)
            assert (await at.answer_at("eve", "provisioner", readers=["eve"]))["eve"] is None

            async def welcomed() -> bool:
                welcome = (NoticeKind.GUEST_WELCOME, at.user("eve"), at.user("eve"))
                return welcome in {who(n) for n in await at.notices()}

            await until(welcomed, 60, "eve to be told of")
            # Once nobody may ask guests in any more, both are refused, by the description that was applied last.
            await at.apply("may: [announce, moderate]", "may: [announce]")
            guests = (at.user("guest"), at.user("eve"))
            refused = {(NoticeKind.GUEST_NEEDS_HOST, at.user("moussa"), user) for user in guests}

            async def all_told() -> bool:
                return {who(n) for n in await at.notices()} >= refused

            await until(all_told, 60, "both to be refused")
            failures = await at.answer_at("guest", "eve", "moussa", readers=["moussa"])
            assert failures["moussa"] is None
            assert None not in (failures["guest"], failures["eve"])
            # Once for each guest and room, restarts or not.
            counted = [who(n) for n in await at.notices()]
            assert len(counted) == len(set(counted)) == 10
            assert set(counted) - expected - refused == {
                (NoticeKind.GUEST_ADMITTED, COORDINATORS, at.user("eve")),
                (NoticeKind.GUEST_ADMITTED, at.user("moussa"), at.user("eve")),
                (NoticeKind.GUEST_WELCOME, at.user("eve"), at.user("eve")),
                (NoticeKind.GUEST_REFUSED, COORDINATORS, at.user("guest")),
            }


def who(notice: Notice) -> tuple[NoticeKind, str, str]:
    """Return what was told, to whom, of whom."""
    return notice.kind, notice.audience, notice.occasion.rpartition("/")[2]
