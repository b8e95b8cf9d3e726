"""Safe rooms as the service keeps them: what goes on by itself, what a keeper asks for, who is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from community.jobs.job import NewJob
from community.jobs.notices import COORDINATORS, NOTICE, Notice
from community.jobs.removals import SAFE_REMOVAL, SafeRemoval
from community.storage import JobState
from matrix.ids import UserId
from provisioning.changes import LeaveRoom, LetIn
from provisioning.errors import ChangesFailed
from provisioning.removals import Removals
from provisioning.safe_rooms import Phase
from provisioning.snapshot import AccountClosure
from tests.lib.descriptions import changed as altered
from tests.lib.descriptions import notes_of
from tests.lib.jobs import file_raw
from tests.lib.memory_homeserver import OWN
from tests.lib.safe_bench import ANA, BO, CY, NOW, SafeRoomBench, community, opened_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[SafeRoomBench]:
    async with opened_bench(tmp_path) as opened:
        yield opened


async def test_one_apply_makes_a_safe_room_that_its_keepers_hold(bench: SafeRoomBench) -> None:
    await bench.apply()
    made, _ = await bench.provisioner.plan()
    assert (made.changes, notes_of(made)) == ((), ())
    assert [safe.phase for safe in made.safe] == [Phase.COMPLETE]
    assert bench.stands("talk", OWN.provisioner) == "leave"
    assert {bench.stands("talk", keeper) for keeper in (ANA, BO)} == {"join"}
    assert bench.stands("talk", CY) is None
    assert bench.stands("space.safe.talk", CY) == "join"


async def test_nobody_is_let_in_where_the_provisioner_could_not_leave(bench: SafeRoomBench) -> None:
    bench.homeserver.refuse = {"leave"}
    with pytest.raises(ChangesFailed, match="Two keepers must have joined talk"):
        await bench.apply()
    assert bench.stands("space.safe.talk", CY) is None
    bench.homeserver.refuse = set()
    again = await bench.apply()
    assert [type(change) for change in again.changes] == [LeaveRoom, LetIn]
    assert bench.stands("space.safe.talk", CY) == "join"


async def test_a_room_that_is_not_as_described_is_not_left(bench: SafeRoomBench) -> None:
    bench.homeserver.refuse = {"ban"}
    with pytest.raises(ChangesFailed, match="talk is not as described yet"):
        await bench.apply()
    assert bench.stands("talk", OWN.provisioner) == "join"


async def test_a_room_that_break_glass_is_in_is_not_left(bench: SafeRoomBench) -> None:
    bench.homeserver.refuse = {"leave"}
    with pytest.raises(ChangesFailed):
        await bench.apply()
    bench.homeserver.refuse = set()
    bench.put("talk", OWN.break_glass, "join")
    with pytest.raises(ChangesFailed, match="talk is not as described yet"):
        await bench.apply()
    assert bench.stands("talk", OWN.provisioner) == "join"


async def waiting_for_bo(bench: SafeRoomBench) -> None:
    """Apply where one of the two keepers is banned from the room of before."""
    after, bench.description = (
        bench.description,
        community("ana", "bo", "cy", policy="closed", bots=False),
    )
    await bench.apply()
    bench.put("talk", BO, "ban", by=ANA)
    bench.description = after
    await bench.apply()
    assert bench.stands("talk", OWN.provisioner) == "join"
    assert bench.stands("space.safe.talk", CY) is None


async def test_the_service_opens_a_room_by_itself_once_its_keepers_can_come_in(bench: SafeRoomBench) -> None:
    await waiting_for_bo(bench)
    await bench.look()
    assert await bench.told() == {("waits-for-keepers", COORDINATORS)}
    bench.put("talk", BO, "leave", by=OWN.provisioner)
    await bench.look()
    assert bench.stands("talk", OWN.provisioner) == "leave"
    assert bench.stands("space.safe.talk", CY) == "join"


async def test_the_service_goes_on_with_what_was_applied_and_not_with_what_is_only_described(
    bench: SafeRoomBench,
) -> None:
    await waiting_for_bo(bench)
    bench.description = community("ana", "bo", "cy", "dee")
    bench.put("talk", BO, "leave", by=OWN.provisioner)
    await bench.look()
    assert bench.stands("talk", OWN.provisioner) == "leave"
    assert bench.stands("space.safe.talk", CY) == "join"
    assert bench.stands("space.safe.talk", UserId(CY.replace("cy", "dee"))) is None


async def test_a_change_that_always_fails_keeps_no_safe_room_closed(bench: SafeRoomBench) -> None:
    await waiting_for_bo(bench)
    members = [m.model_dump(mode="json") for m in bench.description.community.members]
    named = [{**m, "name": m["name"].title()} for m in members]
    bench.description = replace(
        bench.description, community=altered(bench.description.community, {"members": named})
    )
    bench.homeserver.refuse = {"set_display_name"}
    with pytest.raises(ChangesFailed, match="set_display_name"):
        await bench.apply()
    bench.put("talk", BO, "leave", by=OWN.provisioner)
    await bench.look()
    assert bench.stands("talk", OWN.provisioner) == "leave"
    assert bench.stands("space.safe.talk", CY) == "join"


async def test_the_last_description_applied_counts_and_none_before_it(bench: SafeRoomBench) -> None:
    first = bench.description
    await bench.apply()
    assert await bench.provisioner.record.is_latest()
    bench.description = community("ana", "bo", "cy", "dee")
    assert not await bench.provisioner.record.is_latest()
    await bench.apply()
    assert await bench.provisioner.record.is_latest()
    bench.description = first
    assert not await bench.provisioner.record.is_latest()


async def test_who_a_keeper_has_removed_is_not_let_in_again_until_somebody_asks_for_them(
    bench: SafeRoomBench,
) -> None:
    await bench.apply()
    bench.put("talk", CY, "join")
    await bench.remove(CY, by=ANA)
    assert bench.stands("space.safe.talk", CY) == "leave"
    assert bench.stands("talk", CY) == "leave"
    (line,) = [entry for entry in await bench.store.audit.read() if entry.action == "safe-removal"]
    assert (line.actor, line.subject, line.detail) == (ANA, "talk", CY)
    made, _ = await bench.provisioner.plan()
    assert made.changes == ()
    assert [note.params["user_id"] for note in notes_of(made)] == [CY]
    await bench.apply(CY)
    assert bench.stands("space.safe.talk", CY) == "join"
    assert await bench.store.jobs.of_state(SAFE_REMOVAL, JobState.DONE) == ()


async def renamed(bench: SafeRoomBench, **cy: str) -> None:
    """Apply with another key of the safe room, which the room itself cannot be told; ``cy`` is changed of Cy."""
    described = community("ana", "bo", "cy", key="chat", was="talk")
    members = [m.model_dump(mode="json") for m in described.community.members]
    changed = [{**m, **cy} if m["username"] == "cy" else m for m in members]
    bench.description = replace(described, community=altered(described.community, {"members": changed}))
    await bench.apply()


async def test_who_leaves_is_taken_out_of_a_safe_room_that_has_another_key_by_now(
    bench: SafeRoomBench,
) -> None:
    await bench.apply()
    bench.put("talk", CY, "join")
    await renamed(bench)
    assert bench.stands("talk", CY) == "join"
    await renamed(bench, status="alumni")
    assert bench.stands("talk", CY) == "leave"
    assert bench.stands("space.safe.chat", CY) == "leave"


async def test_a_keeper_can_have_somebody_removed_from_a_safe_room_that_has_another_key_by_now(
    bench: SafeRoomBench,
) -> None:
    await bench.apply()
    bench.put("talk", CY, "join")
    await renamed(bench)
    await bench.remove(CY, by=ANA, key="chat")
    assert bench.stands("talk", CY) == "leave"
    assert bench.stands("space.safe.chat", CY) == "leave"
    assert (await bench.provisioner.plan())[0].changes == ()


async def test_who_a_keeper_has_removed_stays_out_when_the_room_gets_another_key(
    bench: SafeRoomBench,
) -> None:
    await bench.apply()
    await bench.remove(CY, by=ANA)
    await renamed(bench)
    await bench.apply()
    assert bench.stands("space.safe.chat", CY) == "leave"


async def test_a_removal_that_waits_already_keeps_somebody_out(bench: SafeRoomBench) -> None:
    await bench.apply()
    await bench.store.jobs.file(SafeRemoval("talk", CY, ANA), at=NOW)
    bench.homeserver.refuse = {"withdraw"}
    bench.put("talk", CY, "join")
    await bench.carry_out()
    assert bench.stands("space.safe.talk", CY) == "leave"
    assert bench.stands("talk", CY) == "join"
    assert (await bench.provisioner.plan())[0].changes == ()
    bench.homeserver.refuse = set()
    await bench.carry_out(NOW + Removals.backoff.first)
    assert bench.stands("talk", CY) == "leave"


async def test_a_removal_that_no_keeper_has_asked_for_is_refused(bench: SafeRoomBench) -> None:
    await bench.apply()
    bench.put("talk", CY, "join")
    await bench.remove(BO, by=CY)
    assert bench.stands("talk", BO) == "join"
    (refused,) = await bench.store.jobs.of_state(SAFE_REMOVAL, JobState.FAILED)
    assert refused.reason == "not a keeper"
    assert await bench.told() == set()


async def test_the_last_keeper_is_not_removed(bench: SafeRoomBench) -> None:
    await bench.apply()
    bench.put("talk", BO, "leave")
    await bench.remove(ANA, by=ANA)
    assert bench.stands("talk", ANA) == "join"
    (refused,) = await bench.store.jobs.of_state(SAFE_REMOVAL, JobState.FAILED)
    assert refused.reason == "the last keeper"
    assert await bench.told() == {("removal-failed", ANA)}


async def test_two_keepers_who_have_each_other_removed_at_once_do_not_lock_the_room(
    bench: SafeRoomBench,
) -> None:
    await bench.apply()
    await bench.store.jobs.file(SafeRemoval("talk", BO, ANA), at=NOW)
    await bench.store.jobs.file(SafeRemoval("talk", ANA, BO), at=NOW)
    await bench.store.jobs.file(SafeRemoval("talk", ANA, ANA), at=NOW)
    await bench.carry_out()
    assert (bench.stands("talk", ANA), bench.stands("talk", BO)) == ("join", "leave")


@pytest.mark.parametrize("user", [OWN.provisioner, OWN.bot])
async def test_neither_the_provisioner_nor_the_bot_is_taken_out_of_a_gate_by_a_row(
    bench: SafeRoomBench, user: UserId
) -> None:
    await bench.apply()
    await bench.remove(user, by=ANA)
    assert bench.stands("space.safe.talk", user) == "join"
    (refused,) = await bench.store.jobs.of_state(SAFE_REMOVAL, JobState.FAILED)
    assert refused.reason == "an account of our own"


async def test_a_row_that_is_no_removal_stops_neither_plans_nor_removals(bench: SafeRoomBench) -> None:
    await bench.apply()
    await file_raw(bench.store, NewJob(SAFE_REMOVAL, {"room_key": "talk"}, "x"), at=NOW)
    assert (await bench.provisioner.plan())[0].changes == ()
    await bench.remove(CY, by=ANA)
    assert bench.stands("space.safe.talk", CY) == "leave"
    (refused,) = await bench.store.jobs.of_state(SAFE_REMOVAL, JobState.FAILED)
    assert refused.reason == "malformed"


async def test_keepers_and_coordinators_are_told_of_a_thin_and_of_a_locked_room(bench: SafeRoomBench) -> None:
    await bench.apply()
    bench.put("talk", CY, "join")
    bench.put("talk", BO, "leave")
    for _ in range(2):
        await bench.look()
    thin = {("one-keeper", COORDINATORS), ("one-keeper", ANA)}
    assert await bench.told() == thin
    bench.put("talk", ANA, "leave")
    await bench.look()
    assert await bench.told() == {("no-keeper", COORDINATORS)}


async def test_what_is_so_a_second_time_is_told_a_second_time(bench: SafeRoomBench) -> None:
    await bench.apply()
    for told in (1, 2):
        bench.put("talk", BO, "leave")
        await bench.look()
        assert await bench.told() == {("one-keeper", COORDINATORS), ("one-keeper", ANA)}, told
        for request in await bench.store.jobs.pending(NOTICE):
            await bench.store.jobs.end(request.id, JobState.DONE, at=NOW)
        await bench.look()
        assert await bench.told() == set()
        bench.put("talk", BO, "join")
        await bench.look()


async def test_a_keeper_whose_account_is_closed_is_no_keeper_who_can_act(bench: SafeRoomBench) -> None:
    await bench.apply()
    bench.put("talk", BO, "leave")
    bench.homeserver.close(ANA, AccountClosure.LOCK)
    await bench.look()
    assert await bench.told() == {("keepers-closed", COORDINATORS)}


async def test_the_provisioner_back_for_a_moment_between_two_looks_is_told_once(bench: SafeRoomBench) -> None:
    await bench.apply()
    await bench.look()
    bench.put("talk", OWN.provisioner, "join")
    bench.put("talk", OWN.provisioner, "leave")
    await bench.look()
    assert await bench.told() == {("account-fault", COORDINATORS)}
    (notice,) = [Notice.decoded(request.payload) for request in await bench.store.jobs.pending(NOTICE)]
    assert (notice.values["fault"], notice.values["account"]) == ("provisioner-passed", OWN.provisioner)
    assert await bench.store.standing_faults.all() != {}
    await bench.look()
    assert await bench.store.standing_faults.all() == {}
    assert len(await bench.store.jobs.pending(NOTICE)) == 1


async def test_a_room_that_everybody_has_left_is_made_anew(bench: SafeRoomBench) -> None:
    await bench.apply()
    for keeper in (ANA, BO):
        bench.put("talk", keeper, "leave")
    await bench.apply(ANA, BO)
    assert [safe.phase for safe in (await bench.provisioner.plan())[0].safe] == [Phase.COMPLETE]
