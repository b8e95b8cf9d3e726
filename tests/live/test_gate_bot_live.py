"""The bot as a watchman of a safe room's gate, and its direct messages, with real clients of a keeper and others.

All tests share one network, so each begins with what `standing` has put right, and counts what is told.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from community.jobs.notices import NOTICE, Notice
from community.jobs.removals import SAFE_REMOVAL
from matrix.http import Call
from matrix.ids import RoomId
from tests.lib.bot_process import BotProcess, bot_process
from tests.lib.gates import (
    ALUMNA,
    COORDINATOR,
    KEEPER,
    LEAVER,
    MEMBER,
    OUTSIDER,
    SAFE,
    SECOND,
    GateNetwork,
    direct_of,
    gate_network,
    signed_in,
    told,
)
from tests.lib.peer_client import Message, Peer, direct_message, until
from tests.lib.synapse_server import running_synapse

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

WATCHED = "You are a keeper of the safe room “Speaking freely”"
LET_IN, LET_OUT = "Let into the safe space “Speaking freely”", "No longer in the safe space “Speaking freely”"
SHOUTED = "Careful! Somebody is in the safe space “Speaking freely”"
FOR_A_MOMENT = "Somebody was in the safe space “Speaking freely” for a moment"
IN_FRENCH = "Quelqu'un se trouve dans l'espace sûr"
TAKEN_OUT = "I was taken out of the safe space “Speaking freely”"


@dataclass
class Scene:
    """The network, its rooms, the bot's process; ``peers`` by user name, ``directs`` their rooms with the bot."""

    network: GateNetwork
    bots: BotProcess
    peers: dict[str, Peer]
    gate: RoomId
    coordination: RoomId
    directs: dict[str, str] = field(default_factory=dict)

    async def direct(self, name: str) -> str:
        if name not in self.directs:
            self.directs[name] = await direct_of(self.peers[name], self.network.bot)
        return self.directs[name]

    async def said_to(self, name: str, words: str) -> list[Message]:
        return await said_in(self.peers[name], await self.direct(name), words)

    @asynccontextmanager
    async def telling(self, name: str, words: str) -> AsyncIterator[None]:
        """Wait, after the block, until somebody is told once more what has these words in it."""
        room_id = await self.direct(name)
        async with self._telling(name, room_id, words):
            yield

    @asynccontextmanager
    async def telling_coordinators(self, words: str) -> AsyncIterator[None]:
        """Wait, after the block, until it is said once more in the coordinators' room."""
        async with self._telling(COORDINATOR, self.coordination, words):
            yield

    @asynccontextmanager
    async def _telling(self, name: str, room_id: str, words: str) -> AsyncIterator[None]:
        peer, bot = self.peers[name], self.network.bot
        before = len(await said_in(peer, room_id, words))
        yield

        async def again() -> list[Message]:
            return (await said_in(peer, room_id, words))[before:]

        for message in await until(again, 60, f"{name} to be told “{words}”"):
            assert (message["sender"], message["failure"], message["shieldColour"]) == (bot, None, 0)


async def said_in(peer: Peer, room_id: str, words: str) -> list[Message]:
    return [m for m in await peer.messages(room_id) if words in str(m["content"].get("body", ""))]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The bot and a keeper are in the gate; the keeper, who had accepted nothing, then accepts a direct message."""
    folder = tmp_path_factory.mktemp("gate-bot")
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_synapse(folder / "server"))
        network = await stack.enter_async_context(gate_network(server, folder))
        peers = {
            name: await stack.enter_async_context(signed_in(server, name))
            for name in (KEEPER, MEMBER, COORDINATOR, ALUMNA, LEAVER)
        }
        bots = await stack.enter_async_context(bot_process(network.place))
        coordination = await network.coordination()
        await network.put(coordination, network.user(COORDINATOR))
        made = Scene(network, bots, peers, await network.gate(), coordination)
        await network.put(made.gate, network.bot, network.user(KEEPER))

        async def sent() -> bool:
            # Told before the keeper has accepted: it was not waited for.
            return any("posted" in line for line in bots.log)

        await until(sent, 40, "the bot to have said something")
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def standing(scene: Scene) -> Scene:
    """The bot, the keeper and a member are in the gate and nobody else, whatever a test before has left there."""
    network = scene.network
    there = await network.joined(scene.gate)
    if network.bot not in there:
        async with scene.telling(KEEPER, WATCHED):
            await network.put(scene.gate, network.bot)
    for name, shown in ((OUTSIDER, "@"), (ALUMNA, "Olga"), (LEAVER, "Lina")):
        if network.user(name) in there:
            async with scene.telling(KEEPER, f"{LET_OUT}: {shown}"):
                await network.api.kick(scene.gate, network.user(name))
    if network.user(MEMBER) not in there:
        await let_in(scene, MEMBER, "Awa")
    inside = {network.bot, *map(network.user, (KEEPER, MEMBER))}

    async def is_known() -> bool:
        return set(await network.store.gates.told(SAFE)) == inside

    await until(is_known, 40, "the bot to watch the gate as it is")
    return scene


async def let_in(scene: Scene, name: str, shown: str) -> None:
    """Let somebody into the gate, and wait until the keeper is told."""
    async with scene.telling(KEEPER, f"{LET_IN}: {shown}"):
        await scene.network.put(scene.gate, scene.network.user(name))


async def told_in_direct(scene: Scene, name: str, words: str) -> Message:
    return await told(scene.peers[name], await scene.direct(name), scene.network.bot, words)


async def test_the_running_bot_stays_in_a_space_of_ours_that_it_is_put_into(scene: Scene) -> None:
    network = scene.network
    spaces = [await network.gate(f"other-{number}") for number in range(6)]
    for space in spaces:
        await network.put(space, network.bot)
    # What the bot hears afterwards it hears after all of these invitations.
    direct = await direct_message(scene.peers[COORDINATOR], network.bot)
    await scene.peers[COORDINATOR].reply_to(direct, await scene.peers[COORDINATOR].ask(direct, "help"))
    for space in spaces:
        assert network.bot in await network.joined(space)
        await network.api.kick(space, network.bot)


async def test_a_keeper_who_has_accepted_nothing_yet_reads_all_of_it_afterwards(scene: Scene) -> None:
    watched = await told_in_direct(scene, KEEPER, WATCHED)
    assert "Kim (@" in watched["content"]["body"].replace("\u2060", "")
    assert watched["content"]["msgtype"] == "m.text"
    assert watched["content"]["m.mentions"] == {"user_ids": [scene.network.user(KEEPER)]}
    await told_in_direct(scene, KEEPER, "You are now in the safe space “Speaking freely”")


async def test_the_room_of_two_can_have_nobody_else_in_it(scene: Scene) -> None:
    network, keeper = scene.network, scene.peers[KEEPER]
    room_id = await scene.direct(KEEPER)
    path = f"/_matrix/client/v3/rooms/{room_id}/invite"
    status, _ = await keeper.request("POST", path, {"user_id": network.user(OUTSIDER)})
    assert status == 403
    events = await network.admin.room_state(RoomId(room_id))
    state = {event["type"]: event["content"] for event in events if event["state_key"] == ""}
    assert state["m.room.history_visibility"]["history_visibility"] == "invited"
    assert state["m.room.guest_access"]["guest_access"] == "forbidden"
    assert state["m.room.join_rules"]["join_rule"] == "invite"
    assert state["m.room.power_levels"]["users"] == {}
    assert "additional_creators" not in state["m.room.create"]


async def test_who_is_let_in_is_told_and_so_are_the_keepers(standing: Scene) -> None:
    # That the keeper was told has been waited for.
    assert await standing.said_to(KEEPER, f"{LET_IN}: Awa")
    await told_in_direct(standing, MEMBER, "You are now in the safe space “Speaking freely”")


async def test_an_alumna_who_is_let_in_is_told_too_and_asked_she_is_told_what_is_still_hers(
    standing: Scene,
) -> None:
    peer = standing.peers[ALUMNA]
    await let_in(standing, ALUMNA, "Olga")
    await told_in_direct(standing, ALUMNA, "Vous êtes maintenant dans l'espace sûr « Parler librement »")
    direct = await standing.direct(ALUMNA)
    answer = await peer.reply_to(direct, await peer.ask(direct, "aide"))
    assert "Je ne réponds qu'aux membres" in answer["content"]["body"]


async def test_after_a_kill_nothing_is_told_again_and_what_happened_meanwhile_is(standing: Scene) -> None:
    scene, network = standing, standing.network
    await all_told(scene, KEEPER, MEMBER)
    looked_at = ((KEEPER, WATCHED), (KEEPER, LET_IN), (MEMBER, "“Speaking freely”"), (KEEPER, LET_OUT))
    before = [len(await scene.said_to(name, words)) for name, words in looked_at]
    async with scene.telling(KEEPER, f"{LET_OUT}: Awa"):
        await scene.bots.kill()
        await network.api.kick(scene.gate, network.user(MEMBER))
        await scene.bots.start()
    after = [len(await scene.said_to(name, words)) for name, words in looked_at]
    assert after == [*before[:3], before[3] + 1]


async def test_an_outsider_in_the_gate_is_shouted_to_keepers_and_coordinators(standing: Scene) -> None:
    outsider = standing.network.user(OUTSIDER)
    # To coordinators in the community's first language.
    async with standing.telling(KEEPER, SHOUTED), standing.telling_coordinators(IN_FRENCH):
        await standing.network.put(standing.gate, outsider)
    shouted = (await standing.said_to(KEEPER, SHOUTED))[-1]
    assert outsider[1:] in shouted["content"]["body"]


async def test_an_outsider_who_is_in_the_gate_for_a_moment_is_shouted_too(standing: Scene) -> None:
    network = standing.network

    async def shouts() -> int:
        return len(await standing.said_to(KEEPER, FOR_A_MOMENT)) + len(
            await standing.said_to(KEEPER, SHOUTED)
        )

    before = await shouts()
    await network.put(standing.gate, network.user(OUTSIDER))
    await network.api.kick(standing.gate, network.user(OUTSIDER))

    async def shouted() -> bool:
        return await shouts() > before

    await until(shouted, 30, "the shout")


async def asked(scene: Scene, name: str, text: str) -> str:
    peer, room_id = scene.peers[name], await scene.direct(name)
    reply = await peer.reply_to(room_id, await peer.ask(room_id, text))
    assert (reply["failure"], reply["shieldColour"]) == (None, 0)
    return str(reply["content"]["body"]).replace("\u2060", "")


async def all_told(scene: Scene, *names: str) -> None:
    """Wait until these people have been told, and see, all that there was to tell."""
    users = {scene.network.user(name) for name in names}

    async def nothing_waits() -> bool:
        waiting = await scene.network.store.jobs.pending(NOTICE)
        return not users & {notice.audience for _job, notice in Notice.each(waiting)}

    await until(nothing_waits, 40, "all to be told")
    for name in names:
        await asked(scene, name, "help")


async def test_a_keeper_has_somebody_taken_out_by_a_word_and_a_confirmation(standing: Scene) -> None:
    network = standing.network
    question = await asked(standing, KEEPER, "remove Awa from Speaking freely")
    assert f"take Awa ({network.user(MEMBER)}) out of the safe room “Speaking freely”" in question
    assert await network.store.jobs.pending(SAFE_REMOVAL) == ()
    for word in ("yes", "remove", "yes 999"):
        assert "is being taken out" not in await asked(standing, KEEPER, word)
        assert await network.store.jobs.pending(SAFE_REMOVAL) == ()
    question = await asked(standing, KEEPER, "remove Awa from Speaking freely")
    found = re.search(r"yes \d+", question)
    assert found is not None, question
    assert "is being taken out" in await asked(standing, KEEPER, found[0])
    (request,) = await network.store.jobs.pending(SAFE_REMOVAL)
    wanted: dict[str, Any] = {"room_key": SAFE, "user_id": network.user(MEMBER), "by": network.user(KEEPER)}
    assert {name: request.payload[name] for name in wanted} == wanted


async def test_a_member_who_keeps_nothing_is_refused(standing: Scene) -> None:
    before = await standing.network.store.jobs.pending(SAFE_REMOVAL)
    refused = await asked(standing, MEMBER, "remove Kim from Speaking freely")
    assert "Only the keepers of a safe room" in refused
    assert "no" in await asked(standing, MEMBER, "yes")
    assert await standing.network.store.jobs.pending(SAFE_REMOVAL) == before


async def test_the_only_keeper_inside_is_not_taken_out(standing: Scene) -> None:
    # The second keeper is described and has not come.
    assert standing.network.user(SECOND) not in await standing.network.joined(standing.gate)
    assert "is the last keeper" in await asked(standing, KEEPER, "remove Kim from Speaking freely")


async def test_that_the_bot_was_taken_out_of_the_gate_is_shouted(standing: Scene) -> None:
    network = standing.network
    async with (
        standing.telling(KEEPER, TAKEN_OUT),
        standing.telling_coordinators("On m'a retiré de l'espace sûr"),
    ):
        await network.api.kick(standing.gate, network.bot)


async def test_that_the_bot_was_out_for_a_moment_is_shouted_too(standing: Scene) -> None:
    network = standing.network
    async with standing.telling(KEEPER, TAKEN_OUT):
        await network.api.kick(standing.gate, network.bot)
        await network.put(standing.gate, network.user(OUTSIDER))
        await network.api.kick(standing.gate, network.user(OUTSIDER))
        await network.put(standing.gate, network.bot)


async def test_who_leaves_the_direct_message_is_shown_to_the_coordinators(standing: Scene) -> None:
    network = standing.network
    await let_in(standing, LEAVER, "Lina")
    room_id = await standing.direct(LEAVER)
    await told_in_direct(standing, LEAVER, "You are now in the safe space “Speaking freely”")
    path = f"/_matrix/client/v3/rooms/{room_id}/leave"
    status, _ = await standing.peers[LEAVER].request("POST", path, {})
    assert status == 200
    # It is seen once a room that was asked for could not come any more: the test moves that moment into the past.
    async with standing.telling_coordinators("Je n'arrive pas à joindre Lina"):
        await standing.bots.kill()
        await begin_long_ago(network)
        await standing.bots.start()

    async def left() -> bool:
        return network.bot not in await network.joined(RoomId(room_id))

    await until(left, 60, "the bot to leave a room that nobody else is in")


async def test_a_second_coordinators_room_that_nobody_reads_swallows_no_alarm(scene: Scene) -> None:
    """Whoever has the provisioner's token can make one, and put the bot into it."""
    network = scene.network
    second = await network.coordination()
    # What the bot hears afterwards it hears after that invitation.
    await direct_message(scene.peers[COORDINATOR], network.bot)
    async with scene.telling_coordinators("Je n'arrive pas à joindre Careful"):
        await network.tell_coordinators("Careful (@careful:x)")
    await network.api.kick(second, network.bot)


async def test_whom_somebody_puts_into_the_coordinators_room_silences_no_alarm(scene: Scene) -> None:
    """An invitation alone would do, by whoever has the provisioner's token: then each is told by themselves."""
    network, peer = scene.network, scene.peers[COORDINATOR]
    await network.api.invite(scene.coordination, network.user(OUTSIDER))
    await direct_message(peer, network.bot)
    await network.tell_coordinators("Urgent (@urgent:x)")
    await until(partial(heard_directly, scene, peer), 60, "the coordinator to be told directly")
    assert not [m for m in await peer.messages(scene.coordination) if "Urgent" in str(m["content"])]
    await network.api.kick(scene.coordination, network.user(OUTSIDER))


async def heard_directly(scene: Scene, peer: Peer) -> bool:
    for room in await peer.rooms():
        if room["membership"] == "invite":
            await peer.call("join", roomId=room["roomId"])
        if room["roomId"] not in (scene.gate, scene.coordination):
            messages = await peer.messages(room["roomId"])
            if any("I cannot reach Urgent" in str(m["content"].get("body")) for m in messages):
                return True
    return False


async def test_a_keeper_cannot_bring_the_bot_into_the_safe_room(scene: Scene) -> None:
    """Neither by an invitation like that to a direct message, nor where the bot is in already."""
    network, keeper = scene.network, scene.peers[KEEPER]
    room_id = await network.safe_room()
    await network.put(room_id, network.user(KEEPER))
    path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.member/{network.bot}"
    status, _ = await keeper.request("PUT", path, {"membership": "invite", "is_direct": True})
    assert status == 200

    async def is_out() -> bool:
        state = await network.admin.room_state(room_id)
        stands = {e["state_key"]: e["content"]["membership"] for e in state if e["type"] == "m.room.member"}
        return stands.get(network.bot) == "leave"

    await until(is_out, 30, "the bot to decline")
    await network.put(room_id, network.bot)
    await until(is_out, 30, "the bot to leave")
    await network.api.kick(room_id, network.user(KEEPER))


async def begin_long_ago(network: GateNetwork) -> None:
    for direct in await network.store.directs.all():
        await network.store.directs.begin(direct.user_id, at=datetime.now(UTC) - timedelta(hours=1))


async def test_no_text_and_no_name_is_in_the_logs(standing: Scene) -> None:
    async with standing.telling_coordinators("Je n'arrive pas à joindre Logged"):
        await standing.network.tell_coordinators("Logged (@somebody:x)")
    whole = "\n".join(standing.bots.log)
    assert "gate_changed" in whole
    for word in ("Speaking freely", "Parler librement", "Kim", "Awa", "Careful", "Logged"):
        assert word not in whole


async def test_nobody_has_two_rooms_with_the_bot(standing: Scene) -> None:
    network = standing.network
    for name in (KEEPER, MEMBER):
        await standing.direct(name)
        path = f"/_synapse/admin/v1/users/{network.user(name)}/joined_rooms"
        answer = await network.admin.http.send(Call("GET", path, "admin/joined_rooms"))
        directs = [
            room for room in answer["joined_rooms"] if room not in (standing.gate, standing.coordination)
        ]
        assert len(directs) == 1
