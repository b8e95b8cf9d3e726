"""The bot is killed around every request by which it invites somebody and hands on the keys: they read on."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.lib.bot_process import bot_process
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.newcomers import enters, reads_all, small_network, talk_of
from tests.lib.places import Place
from tests.lib.request_killer import RequestKiller, survive

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(1800)]

INVITE, UPLOAD, GIVE = "/invite", "/media/v3/upload", "/sendToDevice/"
MOMENTS = [(side, part) for part in (INVITE, UPLOAD, GIVE) for side in ("before", "after")]
SAID = 4


async def test_killed_at_each_step_the_bot_still_hands_on_what_was_said(tmp_path: Path) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(cutting_proxy(at.server.url))
        place = Place(at.config, at.server.data, "small")
        place.set("homeserver", bots_url=proxy.url)
        claudine = await stack.enter_async_context(at.person("claudine"))
        bots = await stack.enter_async_context(bot_process(place))
        await enters(claudine, at.waste)
        said = await talk_of(claudine, at.waste, SAID)
        killer = RequestKiller(bots, MOMENTS[:2], in_order=True)
        proxy.before, proxy.after = killer.before, killer.after
        awa = await stack.enter_async_context(at.person("awa"))
        await survive(bots, killer)
        # Before she comes: a busy machine sees that she has come after the bot has seen it.
        killer.left += MOMENTS[2:]
        await asyncio.gather(survive(bots, killer), enters(awa, at.waste))
        await reads_all(awa, at.waste, said)
