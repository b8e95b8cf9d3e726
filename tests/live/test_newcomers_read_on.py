"""Who comes later reads what was said before: the whole bot (`bots.main.run`), people with matrix-js-sdk, strict."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.storage import Store
from matrix.admin import AdminApi
from matrix.ids import UserId
from tests.lib.history_rooms import has_keys_to, read_by, sessions_in
from tests.lib.main_bot import running_main
from tests.lib.newcomers import (
    SmallNetwork,
    enters,
    hears,
    invited,
    reads_all,
    sees,
    small_network,
    talk_of,
    unread_by,
)

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

EACH = 15


def bot_of(network: SmallNetwork) -> AbstractAsyncContextManager[None]:
    """Run the bot, past its first sync."""
    return running_main(network.config, network.server.data)


async def test_who_signs_in_later_is_invited_and_reads_on_though_the_bot_was_away_when_they_came(
    tmp_path: Path,
) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        claudine = await stack.enter_async_context(at.person("claudine"))
        async with bot_of(at):
            await enters(claudine, at.waste)
            said = await talk_of(claudine, at.waste, EACH)
            awa = await stack.enter_async_context(at.person("awa"))
            await invited(awa, at.waste)
        await awa.call("join", roomId=at.waste)
        assert len(await unread_by(awa, at.waste, said)) == len(said) == 2 * EACH
        async with bot_of(at):
            await reads_all(awa, at.waste, said)
            # Whoever comes while it is there waits for no restart.
            moussa = await stack.enter_async_context(at.person("moussa"))
            await enters(moussa, at.waste)
            await reads_all(moussa, at.waste, said)


@pytest.mark.parametrize("how", ["by themselves", "by one tap"])
async def test_who_came_by_themselves_asks_leaves_and_is_invited_again(tmp_path: Path, how: str) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        claudine, awa = [await stack.enter_async_context(at.person(name)) for name in ("claudine", "awa")]
        async with bot_of(at):
            for peer in (claudine, awa):
                await enters(peer, at.waste)
            said = await talk_of(claudine, at.waste, EACH)
            # By the administrator's word, not by the bot's invitation: she reads what is said from then on.
            await awa.call("leave", roomId=at.waste)
            async with at.server.provisioner() as http:
                await AdminApi(http).join(at.waste, UserId(awa.user_id))
            reply = await awa.reply_to(at.waste, await awa.ask(at.waste, "!p show me what was said before"))
            assert "Leave this room now" in reply["content"]["body"]
            if how == "by themselves":
                await awa.call("leave", roomId=at.waste)
            else:
                await awa.react(at.waste, str(reply["eventId"]), "✅")
            await enters(awa, at.waste)
            await reads_all(awa, at.waste, said)


async def test_who_declines_is_given_no_key_and_all_once_they_are_asked_again_and_come(
    tmp_path: Path,
) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        claudine = await stack.enter_async_context(at.person("claudine"))
        async with bot_of(at):
            await enters(claudine, at.waste)
            await talk_of(claudine, at.waste, 3)
            said_in = await sessions_in(claudine, at.waste)
            awa = await stack.enter_async_context(at.person("awa"))
            await invited(awa, at.waste)
            await awa.call("leave", roomId=at.waste)
            await sees(claudine, at.waste, awa, "leave")
            since = await talk_of(claudine, at.waste, 3)
            assert await has_keys_to(awa, at.waste, said_in) == set()
            await at.apply(awa.user_id)
            await enters(awa, at.waste)
            # What it shows of a room that it had left begins there, also when it could read what was said before.
            await reads_all(awa, at.waste, since)
            assert await has_keys_to(awa, at.waste, said_in) == set(said_in)


async def test_who_has_no_signed_device_is_invited_when_they_sign_one_a_day_later_and_reads_on(
    tmp_path: Path,
) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        claudine = await stack.enter_async_context(at.person("claudine"))
        awa = await stack.enter_async_context(at.person("awa", sign=False))
        async with bot_of(at):
            await enters(claudine, at.waste)
            said = await talk_of(claudine, at.waste, 3)
        at.a_day_later()
        async with bot_of(at):
            said |= await talk_of(claudine, at.waste, 1)
            assert at.waste not in {room["roomId"] for room in await awa.rooms()}
            said_in = await sessions_in(claudine, at.waste)
            assert await has_keys_to(awa, at.waste, said_in) == set()
            await awa.call("sign")
            await enters(awa, at.waste)
            await reads_all(awa, at.waste, said)


EVENING = """\
version: 1
events:
  - key: evening
    title: {{fr: Soirée, en: Evening of songs}}
    start: {start}
    lasts: 1h
    rooms: [lobby]
    remind: [1d]
"""
NEWCOMER = {
    "username": "nana.mensah",
    "name": "Nana Mensah",
    "role": "city-lead",
    "city": "kigali",
    "languages": ["en"],
}
KEEPERS = {"people": ["claudine.uwase", "awa.diallo"], "may": ["moderate"]}
SAFE = {"key": "talk", "for": "community", "policy": "safe", "name": "Frank talk", "topic": "Between us"}


@pytest.mark.parametrize("is_away", [False, True], ids=["the bot is there", "the bot is away meanwhile"])
async def test_who_is_put_into_a_room_is_told_again_what_was_announced_there(
    tmp_path: Path, is_away: bool
) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        start = datetime.now(UTC) + timedelta(hours=23, minutes=58)
        at.config.joinpath("calendar.yaml").write_text(EVENING.format(start=f"{start:%Y-%m-%d %H:%M}"))
        at.describe_anew("reminders", {"quiet": "off", "weekend": "off"})
        described = at.config.joinpath("community.yaml")
        # Where the lobby's history is closed, as it is unless described otherwise, there is no way to be told.
        text = described.read_text()
        described.write_text(text.replace("  policy: lobby\n", "  policy: lobby\n  history: shared\n", 1))
        await at.apply()
        async with await Store.open(at.server.data.store_url) as store:
            # The bot has been here for days: what was due before its first start is never posted.
            await store.marks.first("bot-first-start", datetime.now(UTC) - timedelta(days=9))
        claudine = await stack.enter_async_context(at.person("claudine"))
        async with AsyncExitStack() as running:
            await running.enter_async_context(bot_of(at))
            await hears(claudine, "Evening of songs")
            if is_away:
                await running.aclose()
            at.describe("members", **NEWCOMER)
            await at.apply()
            if is_away:
                await running.enter_async_context(bot_of(at))
            nana = await stack.enter_async_context(at.person("nana"))
            told = await hears(nana, "You are in the room")
            assert "Evening of songs" in told.split("Still to come:")[1]
            assert "!p show me what was said before" in told


async def test_in_a_safe_room_a_newcomer_has_no_key_of_what_was_said_before(tmp_path: Path) -> None:
    async with small_network(tmp_path) as at, AsyncExitStack() as stack:
        at.describe("rooms", **SAFE, who=[{"roles": ["city-lead"]}, KEEPERS])
        await at.apply()
        room_id = await at.room("talk")
        claudine, awa = [await stack.enter_async_context(at.person(name)) for name in ("claudine", "awa")]
        async with bot_of(at):
            for peer in (claudine, awa, claudine):
                await peer.call("discardSession", roomId=room_id)
                await peer.ask(room_id, "before")
            said_in = await sessions_in(claudine, room_id)
            at.describe("members", **NEWCOMER)
            await at.apply()
            nana = await stack.enter_async_context(at.person("nana"))
            await nana.call("join", roomId=room_id)
            await sees(claudine, room_id, nana, "join")
            await claudine.ask(room_id, "since")
            await hears(nana, "since")
            assert set(await read_by(nana, room_id)) == {"since"}
            assert await has_keys_to(nana, room_id, said_in) == set()
