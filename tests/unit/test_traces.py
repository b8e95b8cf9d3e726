"""What came and went between two looks of the service is told afterwards, once; what was before the first is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from community.accounts.faults import FaultKind, fault_of
from community.jobs.notices import NOTICE, Notice, NoticeKind
from matrix.ids import RoomId, UserId, user_id
from provisioning.topology import topology
from provisioning.traces import traces
from tests.lib.memory_homeserver import OWN, SERVER
from tests.lib.safe_bench import ANA, CY, SETTINGS, SafeRoomBench, community, opened_bench

EVE = user_id("eve", SERVER)
PASSED = (FaultKind.STRANGER_PASSED, EVE, "Talk")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[SafeRoomBench]:
    async with opened_bench(tmp_path) as opened:
        yield opened


async def looked(bench: SafeRoomBench) -> Counter[tuple[FaultKind, str, str]]:
    """Have the service look; return the faults that coordinators were ever told of, with how often."""
    await bench.look()
    notices = [Notice.decoded(request.payload) for request in await bench.store.jobs.pending(NOTICE)]
    faults = [fault_of(notice.values) for notice in notices if notice.kind is NoticeKind.ACCOUNT_FAULT]
    return Counter((fault.kind, fault.account, fault.room) for fault in faults)


def pass_through(bench: SafeRoomBench, key: str, user: UserId, *, last: str = "leave") -> None:
    for membership in ("join", last):
        bench.put(key, user, membership, by=user if membership == "join" else ANA)


@pytest.mark.parametrize("last", ["leave", "ban"])
async def test_a_stranger_who_was_in_a_safe_room_between_two_looks_is_told_once(
    bench: SafeRoomBench, last: str
) -> None:
    await bench.apply()
    assert await looked(bench) == {}
    pass_through(bench, "talk", EVE, last=last)
    for _ in range(3):
        assert await looked(bench) == {PASSED: 1}
    assert await bench.store.standing_faults.all() == {}


async def test_each_time_is_told_also_at_two_looks_one_after_the_other(bench: SafeRoomBench) -> None:
    await bench.apply()
    await bench.look()
    for times in (1, 2, 3):
        pass_through(bench, "talk", EVE)
        pass_through(bench, "talk", OWN.provisioner)
        assert await looked(bench) == {
            PASSED: times,
            (FaultKind.PROVISIONER_PASSED, OWN.provisioner, "Talk"): times,
        }


async def test_a_stranger_who_came_and_went_before_the_first_look_at_a_new_room_is_told(
    bench: SafeRoomBench,
) -> None:
    await bench.look()
    await bench.apply()
    pass_through(bench, "talk", EVE)
    assert await looked(bench) == {PASSED: 1}


async def test_what_an_older_palabre_has_left_behind_is_not_told(bench: SafeRoomBench) -> None:
    await bench.apply()
    pass_through(bench, "talk", EVE)
    pass_through(bench, "lobby", OWN.break_glass)
    bench.homeserver.break_glass_used = 1
    assert await looked(bench) == {}
    assert await looked(bench) == {}


async def test_who_left_a_room_before_it_was_a_safe_one_is_no_news(bench: SafeRoomBench) -> None:
    await bench.look()
    bench.description = community("ana", "bo", "cy", policy="closed")
    await bench.apply()
    pass_through(bench, "talk", EVE)
    assert await looked(bench) == {}
    bench.description = community("ana", "bo", "cy")
    await bench.apply()
    assert await looked(bench) == {}
    pass_through(bench, "talk", EVE)
    assert await looked(bench) == {PASSED: 1}


async def test_a_member_who_leaves_is_no_stranger_and_becomes_none_when_their_line_is_taken_out(
    bench: SafeRoomBench,
) -> None:
    await bench.apply()
    await bench.look()
    pass_through(bench, "talk", CY)
    assert await looked(bench) == {}
    bench.description = community("ana", "bo")
    assert await looked(bench) == {}, "it is not applied"
    await bench.apply()
    assert await looked(bench) == {(FaultKind.STRANGER, CY, ""): 1}, "they are in the lobby still"


async def test_who_is_in_a_safe_room_still_is_a_stranger_and_not_one_who_passed(bench: SafeRoomBench) -> None:
    await bench.apply()
    await bench.look()
    bench.put("lobby", EVE, "join")
    lobby = {(FaultKind.STRANGER, EVE, ""): 1}
    assert await looked(bench) == lobby
    bench.put("talk", EVE, "join")
    assert await looked(bench) == {**lobby, (FaultKind.STRANGER_INSIDE, EVE, "Talk"): 1}


async def test_who_was_banned_without_ever_having_come_was_not_there(bench: SafeRoomBench) -> None:
    await bench.apply()
    await bench.look()
    for user in (EVE, OWN.break_glass):
        bench.put("talk", user, "ban", by=ANA)
    assert await looked(bench) == {}


@pytest.mark.parametrize("key", ["lobby", "talk", "space.safe.talk"])
@pytest.mark.parametrize("last", ["leave", "ban", "invite"])
async def test_break_glass_that_was_in_a_room_between_two_looks_is_told_once(
    bench: SafeRoomBench, key: str, last: str
) -> None:
    await bench.apply()
    await bench.look()
    pass_through(bench, key, OWN.break_glass, last=last)
    for _ in range(2):
        ((kind, account, _room), times), *others = (await looked(bench)).items()
        assert (kind, account, times, others) == (FaultKind.BREAK_GLASS_PASSED, OWN.break_glass, 1, [])


async def test_that_break_glass_was_used_is_told_once_for_as_long_as_it_goes_on(bench: SafeRoomBench) -> None:
    used = (FaultKind.BREAK_GLASS_USED, OWN.break_glass, "")
    await bench.apply()
    await bench.look()
    for moment, times in ((5, 1), (6, 1), (6, 1), (9, 2), (None, 2)):
        bench.homeserver.break_glass_used = moment
        assert await looked(bench) == {used: times}, moment


async def test_a_description_that_is_doubted_says_nothing_of_who_is_a_stranger(bench: SafeRoomBench) -> None:
    await bench.apply()
    pass_through(bench, "talk", EVE)
    made, actual = await bench.provisioner.plan()
    desired, seen = topology(bench.description.community, SETTINGS), await bench.homeserver.accounts_seen()
    for believed, found in ((True, [EVE]), (False, [])):
        there = traces(seen, desired, actual, made.safe, (), believed=believed)
        assert [trace.fault.account for trace in there if trace.fault is not None] == found


async def test_a_room_that_is_not_ours_and_that_break_glass_was_in_is_told_once(bench: SafeRoomBench) -> None:
    await bench.look()
    bench.homeserver.break_glass_elsewhere = (RoomId("!theirs"),)
    for _ in range(2):
        assert await looked(bench) == {(FaultKind.BREAK_GLASS_PASSED, OWN.break_glass, "!theirs"): 1}
