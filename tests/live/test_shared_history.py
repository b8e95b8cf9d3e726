"""Whoever the bot has invited reads what was said before they came: matrix-js-sdk, strict, on a real homeserver."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from aiohttp import web

from bots.encryption.history_sharing import DEVICES_FOR
from matrix.ids import UserId
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.history_rooms import (
    bot_with_awa,
    given,
    handed_on,
    has_keys_to,
    invited,
    joins,
    opens_again,
    person,
    read_by,
    reads,
    sessions_in,
    set_history,
    talk,
)
from tests.lib.peer_client import open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer

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


@pytest.mark.parametrize(
    "later", [timedelta(), DEVICES_FOR - timedelta(minutes=10)], ids=["soon", "a day later"]
)
async def test_a_device_that_is_signed_after_the_join_reads_then(
    synapse_server: SynapseServer, later: timedelta
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 3)
        said_in = await sessions_in(awa, room_id)
        newcomer = await stack.enter_async_context(person(synapse_server))
        laptop = await stack.enter_async_context(open_peer())
        await laptop.login(synapse_server.url, newcomer.user_id, PASSWORD, sign=False)
        key = await newcomer.call("recover")
        await joins(laptop, bot, room_id)
        to = await invited(bot, laptop, room_id)
        # The phone, which is signed, is sent them; nobody has joined on it, so it reads nothing.
        assert await handed_on(bot, to) == 1
        bot.clock.ahead = later
        assert await bot.client.history.due([to]) == []
        assert await bot.client.history.give(to) == 0
        assert await has_keys_to(laptop, room_id, said_in) == set()
        await laptop.call("unlock", key=key)
        assert await handed_on(bot, to) == 1
        await reads(laptop, room_id, said)


async def test_a_device_that_is_signed_more_than_a_day_later_is_given_nothing_until_it_is_invited_again(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 3)
        said_in = await sessions_in(awa, room_id)
        newcomer = await stack.enter_async_context(person(synapse_server, sign=False))
        await joins(newcomer, bot, room_id)
        user_id = UserId(newcomer.user_id)
        await bot.client.know([user_id])
        assert await bot.client.shown_identity(user_id) is None
        assert await bot.client.with_signed_device({user_id}) == frozenset()
        await newcomer.call("sign")

        async def is_signed() -> bool:
            return bool(await bot.client.with_signed_device({user_id}))

        await until(is_signed, 20, "the bot to see the signature")
        to = await invited(bot, newcomer, room_id)
        await bot.client.history.due([to])
        bot.clock.ahead = DEVICES_FOR
        assert await bot.client.history.is_over(to)
        assert await has_keys_to(newcomer, room_id, said_in) == set()
        await newcomer.call("leave", roomId=room_id)
        await joins(newcomer, bot, room_id)
        assert await given(bot, newcomer, room_id) == 1
        await reads(newcomer, room_id, said)


@pytest.mark.parametrize("moment", ["before", "while"])
async def test_who_closes_the_app_between_joining_and_the_bundle_reads_when_it_is_open_again(
    synapse_server: SynapseServer, moment: str
) -> None:
    """It is opened again before the bundle is sent, or is closed while it is sent."""
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 3)
        newcomer = await stack.enter_async_context(person(synapse_server, kept=True))
        await joins(newcomer, bot, room_id)
        await newcomer.call("close")
        if moment == "before":
            await opens_again(newcomer, room_id)
        assert await given(bot, newcomer, room_id) == 1
        if moment == "while":
            await opens_again(newcomer, room_id)
        await reads(newcomer, room_id, said)


async def test_a_second_device_that_signs_in_later_reads_it_from_the_persons_own_backup(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id)
        phone = await stack.enter_async_context(person(synapse_server))
        key = await phone.call("recover", backup=True)
        await joins(phone, bot, room_id)
        assert await given(bot, phone, room_id) == 1
        await reads(phone, room_id, said)
        wanted = await sessions_in(phone, room_id)

        async def are_backed_up() -> bool:
            status, backup = await phone.request("GET", "/_matrix/client/v3/room_keys/version")
            return status == 200 and int(backup["count"]) >= len(wanted)

        await until(are_backed_up, 30, "the keys to be in the backup")
        laptop = await stack.enter_async_context(open_peer())
        await laptop.login(synapse_server.url, phone.user_id, PASSWORD, sign=False)
        restored = await laptop.call("restore", key=key)
        assert (restored["trusted"], restored["signed"]) == (True, True)
        assert await has_keys_to(laptop, room_id, wanted) == set(wanted)
        await reads(laptop, room_id, said)


@pytest.mark.parametrize("history", ["joined", "invited"])
async def test_where_history_is_for_those_who_were_there_nobody_is_given_it(
    synapse_server: SynapseServer, history: str
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, history))
        await talk(awa, bot, room_id, 2)
        said_in = await sessions_in(awa, room_id)
        newcomer = await stack.enter_async_context(person(synapse_server))
        await joins(newcomer, bot, room_id)
        await given(bot, newcomer, room_id)
        # It has sent nothing: there is no session whose creator allows it.
        await bot.say(room_id, "since")
        await reads(newcomer, room_id, {"since"})
        assert set(await read_by(newcomer, room_id)) == {"since"}
        assert await has_keys_to(newcomer, room_id, said_in) == set()


async def test_where_the_history_was_opened_only_what_was_said_since_is_handed_on(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "joined"))
        await talk(awa, bot, room_id, 2)
        said_in = await sessions_in(awa, room_id)
        await set_history(awa, bot, room_id, "shared")
        said = await talk(awa, bot, room_id, 2, word="since")
        newcomer = await stack.enter_async_context(person(synapse_server))
        await joins(newcomer, bot, room_id)
        assert await given(bot, newcomer, room_id) == 1
        await reads(newcomer, room_id, said)
        assert set(await read_by(newcomer, room_id)) == said
        assert await has_keys_to(newcomer, room_id, said_in) == set()


async def test_after_the_history_is_closed_what_is_said_then_is_not_handed_on(
    synapse_server: SynapseServer,
) -> None:
    async with AsyncExitStack() as stack:
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(synapse_server, "shared"))
        said = await talk(awa, bot, room_id, 2)
        for history, word in (("joined", "closed"), ("shared", "open again")):
            await set_history(awa, bot, room_id, history)
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
