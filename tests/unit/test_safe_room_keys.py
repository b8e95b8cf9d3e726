"""A safe room that the provisioner has left keeps its key, whatever it is called then: its gate tells which it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.model import Description
from community.description.settings import Settings
from community.description.structure import check_structure
from matrix.ids import RoomId
from provisioning.changes import CreateRoom
from provisioning.errors import ChangesFailed
from tests.lib.descriptions import notes_of, small
from tests.lib.safe_bench import ANA, BO, CY, LOBBY, WHO, SafeRoomBench, opened_bench

TALK = {"key": "talk", "for": "theme", "policy": "safe", "who": WHO, "name": "{theme}", "topic": "{theme}"}
WASTE, RENAMED, NEW = {"key": "waste"}, {"key": "energy", "was": "waste"}, {"key": "waste", "name": "New"}
ENERGY = {"key": "energy"}


def described(*themes: dict[str, str]) -> Description:
    """Return a community with a safe room for each theme."""
    members = [
        {"username": name, "name": name, "role": "city-lead", "city": "kigali", "languages": ["fr"]}
        for name in ("ana", "bo", "cy")
    ]
    parts: dict[str, Any] = {
        "rooms": [LOBBY, TALK],
        "members": members,
        "themes": [{"name": "Old", "summary": "Old", **each} for each in themes],
        "cohorts": [],
    }
    return Description(small(**parts).community, Directory(version=1), Calendar(version=1))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[SafeRoomBench]:
    """A community whose theme was renamed: its safe room is lived in, and still has the key of before."""
    async with opened_bench(tmp_path) as opened:
        opened.description = described(WASTE)
        await opened.apply()
        opened.put("talk.waste", CY, "join")
        opened.description = described(RENAMED)
        await opened.apply()
        yield opened


def listed(bench: SafeRoomBench, gate: str) -> set[str]:
    """Return the ids of the rooms that a gate lists."""
    events = bench.homeserver.rooms[bench.homeserver.room_id(gate)]
    return {
        key
        for (event_type, key), event in events.items()
        if event_type == "m.space.child" and event["content"]
    }


def test_a_key_is_not_given_to_another_theme_in_the_same_edit() -> None:
    """Whose the rooms under that key were could not be known."""
    (fault,) = check_structure(described(RENAMED, NEW).community, Settings(), all_members=True)
    assert fault.path == ("themes", 0, "was")
    assert (
        str(fault.what) == "“waste” is still the key of another entry in themes: its rooms cannot be in both"
    )


async def test_a_new_theme_with_a_key_of_before_takes_over_no_safe_room(bench: SafeRoomBench) -> None:
    old = bench.homeserver.room_id("talk.waste")
    bench.description = described(ENERGY, NEW)
    made, _ = await bench.provisioner.plan()
    assert [c.room.key for c in made.changes if isinstance(c, CreateRoom) and not c.room.is_space] == [
        "talk.waste"
    ]
    await bench.apply()
    assert listed(bench, "space.safe.talk.energy") == {old}
    (new,) = listed(bench, "space.safe.talk.waste")
    assert new != old
    there = {user: bench.homeserver.membership(RoomId(new), user) for user in (ANA, BO, CY)}
    assert there == {ANA: "join", BO: "join", CY: None}
    made, _ = await bench.provisioner.plan()
    assert (made.changes, notes_of(made)) == ((), ())
    await bench.remove(CY, by=ANA, key="talk.energy")
    assert bench.homeserver.membership(old, CY) == "leave"


async def test_without_was_it_stays_the_room_of_the_renamed_theme(bench: SafeRoomBench) -> None:
    bench.description = described(ENERGY)
    made, _ = await bench.provisioner.plan()
    assert (made.changes, notes_of(made)) == ((), ())


async def test_where_the_new_room_cannot_be_made_nobody_is_put_into_the_old_one(bench: SafeRoomBench) -> None:
    old = bench.homeserver.room_id("talk.waste")
    bench.homeserver.put(old, BO, "m.room.member", BO, {"membership": "leave"})
    bench.description = described(ENERGY, NEW)
    bench.homeserver.refuse = {"talk.waste"}
    with pytest.raises(ChangesFailed):
        await bench.apply()
    assert bench.homeserver.membership(old, BO) == "leave"
    assert listed(bench, "space.safe.talk.energy") == {old}
    bench.homeserver.refuse = set()
    await bench.apply()
    assert listed(bench, "space.safe.talk.energy") == {old}
    assert listed(bench, "space.safe.talk.waste").isdisjoint({old})
