"""A newcomer reads on in rooms of many people and devices: matrix-js-sdk, strict, on a homeserver of their own."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.lib.history_rooms import EACH, bot_with_awa, crowd_joins, given, joins, person, reads, talk
from tests.lib.quick_synapse import CONFIGURATION
from tests.lib.synapse_server import running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

UNHURRIED = CONFIGURATION + "rc_joins_per_room: {per_second: 1000, burst_count: 1000}\n"
"""Synapse lets one a second join a room."""


@pytest.mark.parametrize(
    ("people", "devices"), [(40, 3), pytest.param(300, 3, marks=pytest.mark.soak)], ids=["120", "900"]
)
async def test_in_a_room_of_many_people_and_devices_the_newcomer_reads_all_of_it_too(
    tmp_path: Path, people: int, devices: int
) -> None:
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_synapse(tmp_path, more=UNHURRIED))
        bot, awa, room_id = await stack.enter_async_context(bot_with_awa(server, "shared"))
        await crowd_joins(server, bot, room_id, people, devices)
        said = await talk(awa, bot, room_id, EACH)
        newcomer = await stack.enter_async_context(person(server))
        await joins(newcomer, bot, room_id)
        assert await given(bot, newcomer, room_id) == 1
        await reads(newcomer, room_id, said)
