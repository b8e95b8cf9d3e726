"""A long plan is shown in short, by room and by person; what is taken away is named first."""

from __future__ import annotations

from typing import Any

import pytest

from community.core.messages import translator
from matrix.ids import UserId
from provisioning.changes import BanBot, JoinMember, LeaveRoom, ReturnProvisioner, SetState, UnbanBot
from provisioning.plan import Plan
from provisioning.plan_summary import MOST_LINES, summary_lines
from provisioning.planner import plan
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, small
from tests.lib.memory_homeserver import MemoryHomeserver
from tests.unit.test_planner import FRENCH

ENGLISH = translator("en", [])


def people(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "username": f"m{n:03}",
            "name": f"M {n}",
            "role": "city-lead",
            "city": ("bamako", "kigali")[n % 2],
            "themes": ["waste"],
            "languages": ["fr"],
            **more,
        }
        for n in range(count)
    ]


async def first_plan(count: int) -> Plan:
    return plan(
        topology(small(members=people(count)).community, SETTINGS), await MemoryHomeserver().snapshot()
    )


async def test_a_long_plan_is_short_and_says_how_much_there_is_of_each() -> None:
    made = await first_plan(120)
    assert len(made.changes) > 3 * MOST_LINES
    lines = list(made.lines(ENGLISH))
    assert len(lines) < MOST_LINES
    assert "  + lobby: made, 121 people come in, 1 rule or link" in lines
    assert any(line.startswith("  + @m000:palabre.localhost: account made, comes into ") for line in lines)
    assert "  … and 81 more" in lines
    assert lines[-3:-1] == [
        f"{len(made.changes)} changes in all; each has a line with: palabre plan --all",
        ENGLISH(made.summary),
    ]


async def test_asked_for_all_it_shows_every_change() -> None:
    made = await first_plan(120)
    lines = list(made.lines(ENGLISH, whole=True))
    assert len([line for line in lines if line[:2] == "+ "]) == len(made.changes)


async def test_a_plan_that_is_not_long_has_a_line_for_each_change() -> None:
    made = await first_plan(8)
    assert len(made.changes) <= MOST_LINES
    assert list(made.lines(ENGLISH)) == list(made.lines(ENGLISH, whole=True))


async def test_who_loses_something_is_named_first_however_many_others_there_are() -> None:
    before = topology(small(members=people(60)).community, SETTINGS)
    homeserver = MemoryHomeserver()
    homeserver.realize(before)
    leaving = people(60)
    leaving[59]["status"] = "left"
    newcomers = [{**person, "username": f"a{n:03}"} for n, person in enumerate(people(60))]
    after = topology(small(members=[*leaving, *newcomers]).community, SETTINGS)
    lines = list(plan(after, await homeserver.snapshot()).lines(ENGLISH))
    first = lines[lines.index("By person:") + 1]
    assert first.startswith("  - @m059:palabre.localhost: account closed, is taken out of ")


async def test_of_those_who_are_not_named_it_is_said_how_many_lose_something() -> None:
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(small(members=people(60)).community, SETTINGS))
    leaving = people(60, status="left")
    after = topology(small(members=leaving).community, SETTINGS)
    lines = list(plan(after, await homeserver.snapshot()).lines(ENGLISH))
    assert "  … and 20 more; something is taken from 20 of them" in lines


@pytest.mark.parametrize("translate", [ENGLISH, FRENCH])
async def test_no_sentence_of_it_is_without_translation(translate: Any) -> None:
    lines = list((await first_plan(120)).lines(translate))
    assert ("By room:" in lines) is (translate is ENGLISH)


def test_what_is_no_rule_or_link_is_not_counted_as_one() -> None:
    bot = UserId("@palabre:h")
    changes = (
        LeaveRoom("safe", {}),
        ReturnProvisioner("cafe", UserId("@palabre-provisioner:h")),
        BanBot("safe", bot),
        UnbanBot("lobby", bot),
        SetState("lobby", "m.room.name", "", {"name": "L"}),
        JoinMember("lobby", UserId("@ana:h")),
    )
    assert list(summary_lines(changes, ENGLISH))[:-1] == [
        "By room:",
        "  ~ cafe: Palabre's own account comes back",
        "  ~ lobby: 1 person comes in, the bot's ban is set or lifted, 1 rule or link",
        "  ~ safe: left to its keepers, the bot's ban is set or lifted",
        "By person:",
        "  ~ @ana:h: comes into 1 room",
        "  ~ @palabre:h: is banned from 1 room",
    ]
