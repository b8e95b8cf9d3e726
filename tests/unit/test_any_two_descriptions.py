"""For any two descriptions: applying the plan from the one to the other gives the other, and a second plan nothing."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.core.messages import translator
from community.description.membership import RoomScope
from community.description.rooms import expand_rooms, keys_of, rooms_made_for
from community.storage import Store
from matrix.ids import RoomId, user_id
from provisioning.changes import BanBot, LeaveRoom, SetState, sign
from provisioning.passwords import PasswordBook
from provisioning.planner import plan
from provisioning.snapshot import (
    ENCRYPTION,
    AccountClosure,
    StateKey,
)
from provisioning.topology import is_hidden, topology
from tests.lib.descriptions import SETTINGS, small
from tests.lib.examples import some_of
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver
from tests.lib.memory_world import World, assert_is_described

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ENGLISH = translator("en", [])
THEMES = ("waste", "mobility", "land")
CITIES = ("bamako", "kigali")
ROOMS = ("cafe", "news", "work", "club")
POLICIES = ("closed", "open", "announce", "lobby", "cafe", "safe")
SCOPES = ("community", "theme", "cohort", "theme-cohort", "city", "single")
PEOPLE = ("ana", "bo", "cy", "dee")
Parts = dict[str, Any]


# --- descriptions ---------------------------------------------------------------------------------------------------


@st.composite
def rules(draw: st.DrawFn, themes: list[str]) -> Parts:
    """A rule of who belongs."""
    rule: Parts = {}
    conditions = draw(st.sets(st.sampled_from(("roles", "themes", "cities", "people", "may"))))
    if "roles" in conditions:
        rule["roles"] = [draw(st.sampled_from(("coordinator", "city-lead")))]
    if themes and "themes" in conditions:
        rule["themes"] = [draw(st.sampled_from(themes))]
    if "cities" in conditions:
        rule["cities"] = [draw(st.sampled_from(CITIES))]
    if "people" in conditions:
        rule["people"] = [draw(st.sampled_from(PEOPLE))]
    statuses: tuple[list[str] | None, ...] = (None, ["active"], ["alumni"], ["active", "alumni"])
    status = draw(st.sampled_from(statuses))
    if status is not None:
        rule["status"] = status
    if "may" in conditions:
        rule["may"] = [draw(st.sampled_from(("announce", "moderate")))]
    return rule


@st.composite
def room_specs(draw: st.DrawFn, themes: list[str], cohorts: list[str]) -> list[Parts]:
    specs = [_spec("lobby", "community", "lobby", "Lobby")]
    for key in draw(st.lists(st.sampled_from(ROOMS), unique=True)):
        scope = draw(st.sampled_from(SCOPES))
        spec = _spec(key, scope, draw(st.sampled_from(POLICIES)), draw(st.sampled_from(("A", "B"))))
        if scope.startswith("theme") and themes and draw(st.booleans()):
            spec["themes"] = [draw(st.sampled_from(themes))]
        if scope.endswith("cohort") and cohorts and draw(st.booleans()):
            spec["cohorts"] = [draw(st.sampled_from(cohorts))]
        if scope == "single" or draw(st.booleans()):
            spec["who"] = draw(st.lists(rules(themes), min_size=1, max_size=2))
        if draw(st.booleans()):
            spec["retention"] = draw(st.sampled_from(("7d", "30d")))
        if spec["policy"] != "safe" and draw(st.booleans()):
            spec["bots"] = draw(st.booleans())
        specs.append(spec)
    return specs


def _spec(key: str, scope: str, policy: str, name: str) -> Parts:
    return {"key": key, "for": scope, "policy": policy, "name": name, "topic": {"fr": name, "en": "On it"}}


@st.composite
def communities(draw: st.DrawFn) -> Parts:
    """Parts of a small community, of which two drawn ones share some."""
    themes = draw(st.lists(st.sampled_from(THEMES), unique=True))
    # A cohort and a theme may have the same key: a room may then move from one space to another.
    cohorts = draw(st.lists(st.sampled_from(("pioneers", "waste")), unique=True))
    return {
        "name": draw(st.sampled_from(("Network", {"fr": "Réseau", "en": "Network"}))),
        "federation": draw(st.sampled_from(("off", ["city.example.org"]))),
        "leavers": draw(st.sampled_from(("lock", "deactivate"))),
        "themes": [{"key": key, "name": key, "summary": key} for key in themes],
        "cohorts": [
            {"key": key, "name": key, "cities": ["kigali"], "from": "2026-01-01", "until": "2027-01-01"}
            for key in cohorts
        ],
        "rooms": draw(room_specs(themes, cohorts)),
        "members": [
            {
                "username": name,
                "name": name,
                "role": draw(st.sampled_from(("coordinator", "city-lead"))),
                "city": draw(st.sampled_from(CITIES)),
                "themes": draw(st.lists(st.sampled_from(themes), unique=True)) if themes else [],
                "languages": ["fr"],
                "status": draw(st.sampled_from(("active", "active", "alumni", "left"))),
            }
            for name in draw(st.lists(st.sampled_from(PEOPLE), unique=True))
        ],
    }


@st.composite
def two_communities(draw: st.DrawFn) -> tuple[Parts, Parts]:
    """Two descriptions; rooms and themes of the first may have other keys in the second."""
    first, second = draw(communities()), draw(communities())
    for name in ("rooms", "themes"):
        there = {entry["key"] for entry in first[name]}
        here = {entry["key"] for entry in second[name]}
        gone, new = sorted(there - here), [e for e in second[name] if e["key"] not in there]
        for old, entry in zip(gone, new, strict=False):
            if draw(st.booleans()):
                entry["was"] = old
    return first, second


# --- applying -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture(scope="module")
def store(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("store") / "palabre.db"
    opened = runner.run(Store.open(f"sqlite+aiosqlite:///{path}"))
    yield opened
    runner.run(opened.close())


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PasswordBook:
    path = tmp_path_factory.mktemp("book") / "sign-in.json"
    return PasswordBook(path, "http://127.0.0.1:1", lambda: "drawn")


# --- what must hold ---------------------------------------------------------------------------------------------------


def encrypted(homeserver: MemoryHomeserver) -> set[RoomId]:
    return {room_id for room_id, events in homeserver.rooms.items() if ENCRYPTION in events}


def forged(homeserver: MemoryHomeserver) -> RoomId:
    """Make a room of a member's own that claims everything that a room of ours has."""
    ana = user_id("ana", SERVER)
    ours = homeserver.room_id("lobby")
    create = homeserver.rooms[ours]["m.room.create", ""]["content"]
    state = [
        {"type": event_type, "state_key": key, "content": event["content"]}
        for (event_type, key), event in homeserver.rooms[ours].items()
        if event_type not in ("m.room.create", "m.room.member")
    ]
    return homeserver.make_room(ana, {"creation_content": create, "initial_state": state})


def without(room: dict[StateKey, Parts]) -> dict[StateKey, Parts]:
    """Return a room's state but for Ana's membership: an account that is deactivated leaves its own rooms too."""
    return {key: event for key, event in room.items() if key[0] != "m.room.member"}


SETTINGS_OF_EXAMPLES = settings(
    max_examples=some_of(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SETTINGS_OF_EXAMPLES
@given(both=two_communities(), they_arrive=st.booleans())
def test_applying_the_plan_gives_exactly_what_is_described(
    runner: asyncio.Runner, store: Store, book: PasswordBook, both: tuple[Parts, Parts], they_arrive: bool
) -> None:
    world = runner.run(World(MemoryHomeserver(), store, book).begin())
    room_of_ana: RoomId | None = None
    before: object = None
    for parts in both:
        description = small(**parts)
        encrypted_before = encrypted(world.homeserver)
        made, outcome, after = runner.run(world.reach(description))
        assert outcome.failed == []
        assert outcome.left == []
        assert len(outcome.done) == len(made.changes)
        assert after.changes == (), list(after.lines(ENGLISH))
        assert encrypted(world.homeserver) >= encrypted_before
        desired = topology(description.community, SETTINGS)
        assert_is_described(desired, runner.run(world.look()))
        if room_of_ana is None:
            room_of_ana = forged(world.homeserver)
            before = copy.deepcopy(without(world.homeserver.rooms[room_of_ana]))
            if they_arrive:
                runner.run(world.arrive())
                assert_is_described(desired, runner.run(world.look()))
    assert room_of_ana is not None
    assert without(world.homeserver.rooms[room_of_ana]) == before
    rooms = [
        e for e in world.homeserver.rooms.values() if e["m.room.create", ""]["content"].get("type") is None
    ]
    assert all(ENCRYPTION in events for events in rooms)


@SETTINGS_OF_EXAMPLES
@given(both=two_communities())
def test_a_renamed_key_keeps_its_room(
    runner: asyncio.Runner, store: Store, book: PasswordBook, both: tuple[Parts, Parts]
) -> None:
    first, second = (small(**parts) for parts in both)
    world = runner.run(World(MemoryHomeserver(), store, book).begin())
    runner.run(world.reach(first))
    ids = {key: room.room_id for key, room in runner.run(world.look()).rooms.items()}
    runner.run(world.reach(second))
    now = {key: room.room_id for key, room in runner.run(world.look()).rooms.items()}
    taken: set[RoomId | None] = set()
    for room in sorted(expand_rooms(second.community), key=lambda room: room.key):
        if room.key not in now and is_hidden(room.key, room.gate):
            continue  # a safe room with too few keepers
        former = [key for key in room.was if key in ids and key not in now]
        if room.key in ids:
            assert now[room.key] == ids[room.key]
        elif former:
            assert now[room.key] in {ids[key] for key in former} - taken
        taken.add(now[room.key])


@settings(max_examples=some_of(40), deadline=None)
@given(parts=communities())
def test_a_plan_has_no_change_twice(parts: Parts) -> None:
    made = plan(topology(small(**parts).community, SETTINGS), asyncio.run(MemoryHomeserver().snapshot()))
    lines = [line for line in made.lines(ENGLISH) if line[:2] in ("+ ", "~ ", "- ")]
    assert len(lines) == len(set(lines)) == len(made.changes)
    assert not any(isinstance(change, SetState) for change in made.changes)
    added = [c for c in made.changes if not isinstance(c, BanBot | LeaveRoom)]
    assert {sign(change) for change in added} == {"+"}


def test_closings_are_those_that_a_description_can_ask_for() -> None:
    assert {closing.value for closing in AccountClosure} == {"lock", "deactivate"}


@SETTINGS_OF_EXAMPLES
@given(parts=communities())
def test_the_rooms_of_each_spec_are_those_of_all_together(parts: Parts) -> None:
    community = small(**parts).community
    rooms = [room for room in expand_rooms(community) if not room.is_space]
    made = {key: place for spec in community.rooms for key, place in rooms_made_for(community, spec)}
    assert made == {room.key: RoomScope(room.theme, room.cohort, room.city) for room in rooms}
    keys = {key for spec in community.rooms for key in keys_of(community, spec)}
    assert keys == {key for room in rooms for key in (room.key, *room.was)}
