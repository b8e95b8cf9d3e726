"""A keeper is told how it is in a safe room before being put into it; then it is left to both by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from community.description.rooms import safe_space
from community.jobs.job import Job, JobState
from community.jobs.notices import Notice, NoticeKind
from community.storage import GateStanding
from matrix.ids import UserId, user_id
from provisioning.changes import JoinMember, LeaveRoom
from provisioning.provisioner import ApplyOptions
from tests.lib.arrivals import NOW, Arrivals, network, opened_network
from tests.lib.memory_homeserver import SERVER

AWA, CLAUDINE = (user_id(name, SERVER) for name in ("awa.diallo", "claudine.uwase"))
KEEPERS = (AWA, CLAUDINE)
LOBBY = {"key": "lobby", "for": "community", "policy": "lobby", "name": "Lobby", "topic": "Lobby"}
WHO = [{"roles": ["city-lead"]}, {"people": ["awa.diallo", "claudine.uwase"], "may": ["moderate"]}]
TALK = {"key": "talk", "for": "community", "policy": "safe", "who": WHO, "name": "Talk", "topic": "Talk"}


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Arrivals]:
    """Both keepers have come."""
    async with opened_network(tmp_path, network(rooms=[LOBBY, TALK])) as opened:
        made = await opened.apply()
        assert any("talk waits for its keepers" in str(note) for note in made.notes)
        for name in ("awa.diallo", "claudine.uwase"):
            await opened.come(name)
        await opened.carry_out()
        yield opened


def stand_in(there: Arrivals, key: str) -> list[str | None]:
    room_id = there.homeserver.room_id(key)
    return [there.homeserver.membership(room_id, keeper) for keeper in KEEPERS]


async def bot_sees_them(there: Arrivals) -> None:
    """Do what the bot does once it sees them in the gate."""
    told = [
        Notice(NoticeKind.LET_IN, user, f"talk/{NOW.isoformat()}", {"room": "Talk", "days": ""})
        for user in KEEPERS
    ]
    await there.store.gates.tell("talk", dict.fromkeys(KEEPERS, GateStanding.BELONGS), told, at=NOW)


async def is_told(there: Arrivals, user: UserId, state: JobState = JobState.DONE) -> None:
    for job, notice in Notice.each(await there.store.jobs.pending(Notice.KIND)):
        if (notice.kind, notice.audience) == (NoticeKind.LET_IN, user):
            await there.store.jobs.end(job.id, state, at=NOW)


async def goes_on(there: Arrivals) -> list[UserId]:
    """Have the service take the steps that go on by themselves; return whom these put into the room."""
    made = await there.plan()
    assert made.transitions.changes == made.changes
    await there.provisioner.apply(ApplyOptions("test", transitions=True))
    return [one.user_id for one in made.changes if isinstance(one, JoinMember) and one.room == "talk"]


async def test_until_they_are_told_they_are_in_the_gate_alone_and_the_plan_says_so(there: Arrivals) -> None:
    assert stand_in(there, safe_space("talk")) == ["join", "join"]
    for step in (None, bot_sees_them):
        if step is not None:
            await step(there)
        made = await there.plan()
        assert made.changes == ()
        notes = " ".join(map(str, made.notes))
        assert "two must be able to come in, and 0 can" in notes
        assert f"the bot first tells {AWA}, {CLAUDINE}, directly, how it is there" in notes
        assert stand_in(there, "talk") == [None, None]


async def test_who_is_seen_in_the_gate_while_it_is_looked_up_is_not_taken_for_told(
    there: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending, told = there.store.jobs.pending, there.store.gates.told

    async def seen_after_pending(kind: str) -> tuple[Job, ...]:
        found = await pending(kind)
        if kind == Notice.KIND:
            await bot_sees_them(there)
        return found

    async def seen_after_told(key: str) -> dict[str, GateStanding]:
        found = await told(key)
        await bot_sees_them(there)
        return found

    for place, name, seen in (
        (there.store.gates, "told", seen_after_told),
        (there.store.jobs, "pending", seen_after_pending),
    ):
        with monkeypatch.context() as between:
            between.setattr(place, name, seen)
            assert await goes_on(there) == []
        await there.store.gates.tell("talk", dict.fromkeys(KEEPERS), (), at=NOW)
        for job in await there.store.jobs.pending(Notice.KIND):
            await there.store.jobs.end(job.id, JobState.DONE, at=NOW)


async def test_each_comes_in_once_they_are_told_and_the_room_is_left_to_both(there: Arrivals) -> None:
    await bot_sees_them(there)
    await is_told(there, CLAUDINE)
    assert await goes_on(there) == [CLAUDINE]
    assert stand_in(there, "talk") == [None, "join"]
    await is_told(there, AWA)
    made = await there.plan()
    assert [one.room for one in made.changes if isinstance(one, LeaveRoom)] == ["talk"]
    assert await goes_on(there) == [AWA]
    assert stand_in(there, "talk") == ["join", "join"]
    assert (await there.plan()).changes == ()


async def test_who_can_never_be_told_does_not_keep_the_room_waiting(there: Arrivals) -> None:
    await bot_sees_them(there)
    await is_told(there, AWA)
    await is_told(there, CLAUDINE, JobState.FAILED)
    assert sorted(await goes_on(there)) == sorted(KEEPERS)


async def test_who_has_come_in_by_themselves_counts(there: Arrivals) -> None:
    """Through the gate, by one click, before the bot has told them."""
    room_id = there.homeserver.room_id("talk")
    for user in KEEPERS:
        there.homeserver.put(room_id, user, "m.room.member", user, {"membership": "join"})
    made = await there.plan()
    assert [one.room for one in made.changes if isinstance(one, LeaveRoom)] == ["talk"]
    assert await goes_on(there) == []
