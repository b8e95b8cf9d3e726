"""A room of a strict person (matrix-js-sdk) with the bot in it: what both say, and who is invited and reads it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.encryption import InvitedPerson
from community.core.lanes import for_each
from matrix.ids import RoomId, UserId
from tests.lib.bot import Bot, running_bot
from tests.lib.crowd import CrowdDevice, populate
from tests.lib.peer_client import Peer, PeerError, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

EACH = 15
"""How often each of the two says something."""


@asynccontextmanager
async def person(
    server: SynapseServer, *, sign: bool = True, url: str = "", kept: bool = False
) -> AsyncIterator[Peer]:
    """Give the client of somebody new. ``url``: by which way it reaches the homeserver; the rest is `Peer.login`'s."""
    name = f"person-{uuid.uuid4().hex[:8]}"
    async with server.person(name), open_peer() as peer:
        await peer.login(url or server.url, server.user(name), PASSWORD, sign=sign, kept=kept)
        yield peer


async def room_of(awa: Peer, bot: Bot, history: str) -> RoomId:
    """Return a room of Awa's in which the bot may invite."""
    state = {
        "m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"},
        "m.room.history_visibility": {"history_visibility": history},
    }
    body = {
        "preset": "private_chat",
        "invite": [bot.client.user_id],
        "initial_state": [
            {"type": kind, "state_key": "", "content": content} for kind, content in state.items()
        ],
        "power_level_content_override": {"users": {bot.client.user_id: 50}, "invite": 50},
    }
    room_id = RoomId(await awa.call("createRoom", body=body))
    await bot.enters(room_id)

    async def both() -> bool:
        return bot.client.user_id in await awa.call("members", roomId=room_id)

    await until(both, 20, "Awa to see the bot")
    return room_id


@asynccontextmanager
async def bot_with_awa(server: SynapseServer, history: str) -> AsyncIterator[tuple[Bot, Peer, RoomId]]:
    """Run the bot, and give it with Awa's app and a room of hers that both are in."""
    async with running_bot(server.url, server.data) as bot, person(server) as awa:
        yield bot, awa, await room_of(awa, bot, history)


async def set_history(awa: Peer, bot: Bot, room_id: RoomId, history: str) -> None:
    """Let Awa open or close the room's history, and both see it."""
    path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.history_visibility/"
    assert (await awa.request("PUT", path, {"history_visibility": history}))[0] == 200

    async def is_seen() -> bool:
        seen = await awa.call("history", roomId=room_id)
        return {seen, bot.client.rooms[room_id].history_visibility} == {history}

    await until(is_seen, 20, "the room's history to be seen as it is now")


async def talk(awa: Peer, bot: Bot, room_id: RoomId, count: int = EACH, *, word: str = "") -> set[str]:
    """Let Awa and the bot each say something so often, each in several sessions; return what was said.

    ``word`` stands in all of it.
    """
    said: list[str] = []
    before = bot.heard_in(room_id)
    for number in range(count):
        if number % 5 == 0:
            await awa.call("discardSession", roomId=room_id)
            bot.device.machine.group_sessions.forget(room_id)
        hers, its = (f"{name} {word} {number}" for name in ("Awa", "bot"))
        await awa.ask(room_id, hers)
        await bot.say(room_id, its)
        said += [hers, its]
    await bot.hears(room_id, *before, *said[::2])
    return set(said)


async def joins(peer: Peer, bot: Bot, room_id: RoomId) -> None:
    """Let the bot invite somebody, who joins from their own client."""
    await bot.api.invite(room_id, UserId(peer.user_id))

    async def invited() -> bool:
        return any(
            room["roomId"] == room_id and room["membership"] == "invite" for room in await peer.rooms()
        )

    await until(invited, 20, "the invitation")

    async def joined() -> bool:
        try:
            await peer.call("join", roomId=room_id)
        except PeerError as error:
            # So many a minute may join a room; a crowd has just done so.
            if "[429]" not in str(error):
                raise
            return False
        return True

    await until(joined, 60, "the homeserver to let somebody else join")

    async def is_there() -> bool:
        return bot.client.rooms[room_id].members.get(UserId(peer.user_id)) == "join"

    await until(is_there, 20, "the bot to see who has joined")


async def invited(bot: Bot, peer: Peer, room_id: RoomId) -> InvitedPerson:
    """Return somebody whom the bot has invited just now, with the identity that it is shown."""
    user_id = UserId(peer.user_id)
    await bot.client.know([user_id])
    master = await bot.client.shown_identity(user_id)
    assert master is not None
    return InvitedPerson(room_id, user_id, master, bot.clock())


async def handed_on(bot: Bot, to: InvitedPerson) -> int:
    """Hand on the earlier keys to the signed devices of somebody that have none yet; return to how many."""

    async def is_due() -> bool:
        return await bot.client.history.due([to]) == [to]

    await until(is_due, 20, "a device to be owed the keys")
    return await bot.client.history.give(to)


async def given(bot: Bot, peer: Peer, room_id: RoomId) -> int:
    """Hand on the earlier keys to all signed devices of whoever has just come; return to how many."""
    return await handed_on(bot, await invited(bot, peer, room_id))


async def sessions_in(peer: Peer, room_id: RoomId) -> Counter[str]:
    """Return the sessions in which was said what a client has seen in the room, with how many messages."""
    messages = await peer.messages(room_id)
    return Counter(m["outer"]["session_id"] for m in messages if m["encrypted"])


async def has_keys_to(peer: Peer, room_id: RoomId, said_in: Counter[str]) -> set[str]:
    """Return of these sessions those of which a client could read a message, whether or not it is shown any."""
    first = await peer.call("sessions", roomId=room_id)
    return {session for session, count in said_in.items() if first.get(session, count) < count}


async def opens_again(peer: Peer, room_id: RoomId) -> None:
    """Open somebody's app again. The homeserver may answer its first sync as it did minutes before."""
    await peer.call("restart")

    async def is_there() -> bool:
        return any((room["roomId"], room["membership"]) == (room_id, "join") for room in await peer.rooms())

    await until(is_there, 60, "the room to be there again")


async def read_by(peer: Peer, room_id: RoomId) -> dict[str, str | None]:
    """Return what somebody reads of the room, and the event ids of what they do not with the reason."""
    await peer.call("backfillAll", roomId=room_id)
    messages = [m for m in await peer.messages(room_id) if m["encrypted"]]
    return {
        m["content"].get("body") if m["failure"] is None else m["eventId"]: m["failure"] for m in messages
    }


async def reads(peer: Peer, room_id: RoomId, said: set[str]) -> None:
    """Wait until somebody reads all of it."""
    seen: dict[str, str | None] = {}

    async def all_of_it() -> bool:
        nonlocal seen
        seen = await read_by(peer, room_id)
        return said <= {body for body, failure in seen.items() if failure is None}

    try:
        await until(all_of_it, 20, "everything to be read")
    except AssertionError as error:
        raise AssertionError(f"{error}; seen: {seen}") from error


async def crowd_joins(server: SynapseServer, bot: Bot, room_id: RoomId, people: int, devices: int) -> None:
    """Let the bot invite so many people with so many signed devices each, who join."""
    name, domain = uuid.uuid4().hex[:8], server.settings.homeserver.server_name
    wanted = {f"@crowd-{name}-{number}:{domain}": devices for number in range(people)}
    made = populate(server.data.synapse / "homeserver.db", wanted, one_time_keys=5)
    one_each = {device.user_id: device for device in made}

    async def enter(device: CrowdDevice) -> None:
        await bot.api.invite(room_id, UserId(device.user_id))
        await device.join(server.url, room_id)

    await for_each(enter, list(one_each.values()), at_once=4)
    await bot.knows(room_id, members=people + 2)
