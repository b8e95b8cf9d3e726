"""Arriving: from an account to the first answer, with the whole bot, the provisioning service, and strict clients.

Counted are the taps from the sign-in to the first answer: each invitation that has to be accepted is one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.jobs.memberships import MembershipUpdate
from community.joining.arrival import ArrivalStage
from community.joining.invitation import InvitationTerms
from community.storage import NewInvitation, Store
from matrix.admin import AdminApi
from matrix.ids import RoomId, UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.recovery_keys import RecoveryKeys
from provisioning.snapshot import Membership
from tests.lib.asking import visible
from tests.lib.bot_process import BotProcess, bot_process
from tests.lib.descriptions import SMALL
from tests.lib.newcomers import reads_all, talk_of
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.serving import serving
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

SECRET = "a-long-enough-password"
QUESTION = "who is the contact for waste in Kigali?"
TERMS = InvitationTerms(role="city-lead", city="bamako", language="fr")
JOINED, INVITED = Membership.JOINED, Membership.INVITED


@dataclass
class Arriving:
    """A network that is no example, in which nobody is yet."""

    server: SynapseServer
    place: Place
    store: Store
    bots: BotProcess
    names: dict[str, str] = field(default_factory=dict)

    def user(self, name: str) -> UserId:
        return self.server.user(self.names[name])

    async def comes(self, name: str) -> None:
        """Have somebody come by a link: their account is made, and what is described of them is asked for."""
        user, now = self.user(name), datetime.now(UTC)
        digest = (name[0] * 64)[:64]
        link = NewInvitation(digest, TERMS, "cli", now + timedelta(days=14))
        await self.store.invitations.add([link], by="cli", at=now)
        await self.store.invitations.redeem(digest, user, now)
        async with self.server.provisioner() as http:
            await AdminApi(http).create_account(user, SECRET, name)
        await self.store.invitations.note_stage(user, ArrivalStage.ACCOUNT_MADE, now)
        await self.store.jobs.file(MembershipUpdate(user, user, "came"), at=now)

    async def stage(self, name: str) -> ArrivalStage:
        listed = await self.store.invitations.listed()
        return next(one.stage for each in listed for one in each.arrivals if one.user_id == self.user(name))

    async def stands(self, name: str, membership: Membership) -> set[str]:
        """Return the keys of the rooms and spaces to which somebody stands so."""
        async with open_provisioner(self.place.config, self.place.data) as provisioner:
            rooms = (await provisioner.homeserver.snapshot()).rooms
        return {key for key, room in rooms.items() if room.members.get(self.user(name)) is membership}

    async def until_in(self, name: str, wanted: set[str]) -> None:
        """Wait until somebody has been put into rooms."""

        async def are_in() -> bool:
            return wanted <= await self.stands(name, JOINED)

        await until(are_in, 120, f"{name} to be in {wanted}")

    async def ours(self) -> frozenset[str]:
        async with open_provisioner(self.place.config, self.place.data) as provisioner:
            rooms = (await provisioner.homeserver.snapshot()).rooms
        return frozenset(str(room.room_id) for room in rooms.values())

    async def room(self, key: str) -> RoomId:
        async with open_provisioner(self.place.config, self.place.data) as provisioner:
            return RoomId(str((await provisioner.homeserver.snapshot()).rooms[key].room_id))


@asynccontextmanager
async def arriving(folder: Path, server: SynapseServer) -> AsyncIterator[Arriving]:
    place = make_place(server, folder, SMALL)
    path = place.config / "community.yaml"
    path.write_text(path.read_text().replace("example: true\n", ""))
    names = {name.partition(".")[0]: place.rename(name) for name in ("claudine.uwase", "awa.diallo")}
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        async with serving(place), bot_process(place) as bots:
            yield Arriving(server, place, provisioner.store, bots, names)


@dataclass
class Newcomer:
    """Somebody who signs in, with what they have tapped since."""

    peer: Peer
    bot: UserId
    ours: frozenset[str]
    """The ids of the community's rooms."""
    taps: int = 0
    began: float = field(default_factory=time.monotonic)

    async def accepts(self, room_id: str) -> None:
        """Accept an invitation: one tap."""
        self.taps += 1
        await self.peer.call("join", roomId=room_id)

    async def direct(self) -> str:
        """Wait for the bot's direct message, accept it, and return its room."""

        async def invited() -> str | None:
            asked = [room["roomId"] for room in await self.peer.rooms() if room["membership"] == "invite"]
            return next((room_id for room_id in asked if room_id not in self.ours), None)

        room_id = str(await until(invited, 120, "the bot's direct message"))
        await self.accepts(room_id)
        return room_id

    async def greeting(self, room_id: str) -> str:
        """Return what the bot has said in the direct message first."""

        async def said() -> str | None:
            found = [body for body in await self.said(room_id) if body]
            return found[0] if found else None

        return str(await until(said, 120, "the greeting"))

    async def said(self, room_id: str) -> list[str]:
        """Return what the bot has said in a room, as it can be read."""
        messages = await self.peer.messages(room_id)
        theirs = [one for one in messages if one["sender"] == self.bot and one["failure"] is None]
        return [visible(str(one["content"].get("body", ""))) for one in theirs]

    async def first_answer(self, room_id: str) -> str:
        reply = await self.peer.reply_to(room_id, await self.peer.ask(room_id, QUESTION))
        return visible(str(reply["content"]["body"]))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path_factory.mktemp("homeserver")) as running:
        yield running


async def signed_in(stack: AsyncExitStack, at: Arriving, name: str) -> Newcomer:
    peer = await stack.enter_async_context(open_peer())
    await peer.login(at.server.url, at.user(name), SECRET, sign=True)
    return Newcomer(peer, at.server.own.bot, await at.ours())


async def test_from_the_account_to_the_first_answer(
    tmp_path: Path, server: SynapseServer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(arriving(tmp_path, server))
        await at.comes("claudine")
        spaces = {"space", "space.cohort.pioneers", "space.theme.waste"}
        await at.until_in("claudine", spaces)
        assert await at.stands("claudine", JOINED) == spaces
        assert await at.stage("claudine") is ArrivalStage.ACCOUNT_MADE

        # A new community: nothing was said anywhere, so nothing has to be accepted but the bot's direct message.
        claudine = await signed_in(stack, at, "claudine")
        rooms = {"lobby", "announcements", "cafe", "exchange.waste", "workshop.waste.pioneers"}
        await at.until_in("claudine", rooms)
        direct = await claudine.direct()
        greeting = await claudine.greeting(direct)
        assert greeting.startswith("Welcome, Claudine Uwase!")
        assert "more room" not in greeting
        assert "Claudine" in await claudine.first_answer(direct)
        told("a new community", claudine, capsys)
        assert claudine.taps == 1
        assert await at.stands("claudine", INVITED) == set()
        assert await at.stage("claudine") is ArrivalStage.SIGNED_IN

        # A room with history, and somebody who comes later; the bot is killed as soon as it has seen her.
        waste = await at.room("exchange.waste")
        said = await talk_of(claudine.peer, waste, 6)
        await at.comes("awa")
        await at.until_in("awa", {"space"})
        awa = await signed_in(stack, at, "awa")

        async def is_seen() -> bool:
            return at.user("awa") in await at.store.sign_ins.all()

        await until(is_seen, 120, "the bot to see her device")
        await at.bots.restart()
        await at.until_in("awa", {"lobby", "announcements", "cafe", "exchange.mobility"})
        direct = await awa.direct()
        greeting = await awa.greeting(direct)
        assert greeting.startswith("Bienvenue, Awa Diallo")
        assert "Encore un salon vous attend" in greeting
        assert "Claudine" in await awa.first_answer(direct)
        told("a community with history", awa, capsys)
        assert awa.taps == 1
        assert await at.stands("awa", INVITED) == {"exchange.waste"}
        await awa.accepts(waste)
        await reads_all(awa.peer, waste, said)
        # Of all that is in the rooms that she was put into, there is nothing that she cannot read.
        for key in ("lobby", "announcements", "cafe", "exchange.mobility"):
            room_id = await at.room(key)
            await awa.peer.call("backfillAll", roomId=room_id)
            assert [one for one in await awa.peer.messages(room_id) if one["failure"]] == []
        assert sum(body.startswith("Bienvenue") for body in await awa.said(direct)) == 1

        # She sets up a recovery key, as her client does at last.
        await awa.peer.request(
            "PUT",
            f"/_matrix/client/v3/user/{at.user('awa')}/account_data/m.secret_storage.default_key",
            {"key": "drawn"},
        )
        async with open_provisioner(at.place.config, at.place.data) as provisioner:
            await RecoveryKeys(lambda: datetime.now(UTC)).look(provisioner.homeserver, provisioner.store)
        assert await at.stage("awa") is ArrivalStage.ARRIVED
        assert await at.stage("claudine") is ArrivalStage.SIGNED_IN
        # Whatever has happened: nothing is left to be done about people.
        async with open_provisioner(at.place.config, at.place.data) as provisioner:
            made, _actual = await provisioner.plan()
        assert [change for change in made.changes if "room" in vars(change)] == []


def told(where: str, who: Newcomer, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        seconds = time.monotonic() - who.began
        sys.stdout.write(
            f"\n{where}: {who.taps} tap and {seconds:.0f} s from the sign-in to the first answer\n"
        )
