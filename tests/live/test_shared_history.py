"""Whoever the bot has invited reads what was said before they came: matrix-js-sdk, strict, on a real homeserver."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from matrix.ids import UserId
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.history_rooms import bot_with_awa, given, joins, person, read_by, reads, talk
from tests.lib.peer_client import until
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


async def test_whoever_is_invited_reads_what_the_bot_and_others_said_before(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id)
        newcomer = await stack.enter_async_context(person(synapse_server))
        await joins(newcomer, bot, room_id)
        assert await given(bot, newcomer, room_id) == 1
        await reads(newcomer, room_id, said)


async def test_a_device_that_is_signed_after_the_join_reads_then(synapse_server: SynapseServer) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 3)
        newcomer = await stack.enter_async_context(person(synapse_server, sign=False))
        await joins(newcomer, bot, room_id)
        user_id = UserId(newcomer.user_id)
        await bot.client.know([user_id])
        assert await bot.client.with_signed_device({user_id}) == frozenset()
        await newcomer.call("sign")

        async def is_signed() -> bool:
            return bool(await bot.client.with_signed_device({user_id}))

        await until(is_signed, 20, "the bot to see the signature")
        assert await given(bot, newcomer, room_id) == 1
        await reads(newcomer, room_id, said)


async def test_where_history_is_for_those_who_were_there_nobody_is_given_it(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "joined"))
        await talk(awa, bot, room_id, 2)
        newcomer = await stack.enter_async_context(person(synapse_server))
        await joins(newcomer, bot, room_id)
        await given(bot, newcomer, room_id)
        # It has sent nothing: there is no session whose creator allows it.
        assert await read_by(newcomer, room_id) == {}


async def test_after_the_history_is_closed_what_is_said_then_is_not_handed_on(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 2)
        for history, word in (("joined", "closed"), ("shared", "open again")):
            path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.history_visibility/"
            assert (await awa.request("PUT", path, {"history_visibility": history}))[0] == 200

            async def is_seen(history: str = history) -> bool:
                return bot.client.rooms[room_id].history_visibility == history

            await until(is_seen, 20, "the bot to see it")
            await bot.say(room_id, word)
        newcomer = await stack.enter_async_context(person(synapse_server))
        await joins(newcomer, bot, room_id)
        assert await given(bot, newcomer, room_id) == 1
        await reads(newcomer, room_id, said | {"open again"})
        assert "closed" not in await read_by(newcomer, room_id)


async def test_a_file_that_the_homeserver_has_swapped_is_refused(synapse_server: SynapseServer) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 2)
        proxy = await stack.enter_async_context(cutting_proxy(synapse_server.url))
        swapped: list[str] = []

        def swap(request: web.Request, answer: bytes) -> bytes:
            if "/media/download/" not in request.path:
                return answer
            swapped.append(request.path)
            return os.urandom(len(answer))

        proxy.change = swap
        newcomer = await stack.enter_async_context(person(synapse_server, url=proxy.url))
        await joins(newcomer, bot, room_id)
        assert await given(bot, newcomer, room_id) == 1

        async def has_fetched() -> bool:
            return bool(swapped)

        await until(has_fetched, 20, "the file to be fetched")
        await awa.call("discardSession", roomId=room_id)
        await awa.ask(room_id, "said since")
        await reads(newcomer, room_id, {"said since"})
        assert said.isdisjoint(await read_by(newcomer, room_id))
