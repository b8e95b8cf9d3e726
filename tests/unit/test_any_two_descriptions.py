"""For any two descriptions: applying the plan from the one to the other gives the other, and a second plan nothing."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.core.messages import translator
from community.description.model import Description
from community.description.rooms import expand_rooms
from community.storage import JobState, Store
from matrix.ids import RoomId, UserId, user_id
from provisioning.apply import Applier, ApplyResult
from provisioning.archive import PREFIX
from provisioning.changes import BanBot, LeaveRoom, SetState, sign
from provisioning.passwords import PasswordBook
from provisioning.pending_invitations import awaiting
from provisioning.plan import Plan
from provisioning.planner import plan
from provisioning.safe_rooms import attainable, keepers_in, safe_rooms
from provisioning.snapshot import (
    CHILD,
    ENCRYPTION,
    SERVER_ACL,
    AccountClosure,
    Membership,
    Room,
    Snapshot,
    StateKey,
)
from provisioning.topology import is_hidden, topology
from tests.lib.descriptions import SETTINGS, small
from tests.lib.examples import some_of
from tests.lib.memory_homeserver import OWN, SERVER, MemoryHomeserver

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


@dataclass
class World:
    """A homeserver in memory, and what Palabre keeps."""

    homeserver: MemoryHomeserver
    store: Store
    book: PasswordBook

    async def begin(self) -> World:
        """Forget what was asked in other examples, whose rooms may have the same ids."""
        await self.store.jobs.withdraw("invite", {}, at=NOW)
        return self

    async def reach(self, description: Description) -> tuple[Plan, ApplyResult, Plan]:
        """Plan and apply; return the plan, its outcome, and the plan after it."""
        desired = topology(description.community, SETTINGS)
        actual = await self.look()
        made = plan(desired, actual)
        applier = Applier(
            self.homeserver,
            self.store,
            self.book,
            actor="test",
            now=lambda: NOW,
            progress=lambda _change, _error: None,
        )
        outcome = await applier.apply(made, actual)
        return made, outcome, plan(desired, await self.look())

    async def look(self) -> Snapshot:
        return awaiting(await self.homeserver.snapshot(), await self.store.jobs.pending("invite"))

    async def arrive(self) -> None:
        """Have the bot invite whom it was asked to, and everybody accept."""
        for request in await self.store.jobs.pending("invite"):
            room_id, person = RoomId(request.payload["room_id"]), UserId(request.payload["user_id"])
            self.homeserver.put(room_id, person, "m.room.member", person, {"membership": "join"})
            await self.store.jobs.end(request.id, JobState.DONE, at=NOW)


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


def assert_is_described(desired: Snapshot, actual: Snapshot) -> None:
    """What is there is what is described, as far as it can be had, and nothing else of the people described."""
    desired = attainable(desired, actual, safe_rooms(desired, actual, ()))
    for person, account in desired.accounts.items():
        there = actual.accounts.get(person)
        if account.closed is None:
            assert there is not None
        elif there is not None:
            assert there.closed is not None
    for key, room in desired.rooms.items():
        assert_room_is_described(room, actual.rooms[key], desired, actual)
    for key in actual.rooms.keys() - desired.rooms.keys():
        if actual.rooms[key].inside:
            assert_is_archived(actual.rooms[key], desired, actual)


def assert_room_is_described(room: Room, there: Room, desired: Snapshot, actual: Snapshot) -> None:
    # Encryption is never taken away, and a room that other servers may enter lets none of them in.
    kept = {ENCRYPTION, SERVER_ACL} - room.state.keys()
    assert {key: content for key, content in there.state.items() if key not in kept} == dict(room.state)
    if there.federated and not room.federated:
        assert there.state[SERVER_ACL]["allow"] == [SERVER]
    for person, wanted in room.members.items():
        closed = person in actual.accounts and actual.accounts[person].closed is not None
        if closed and person in desired.accounts:
            continue  # described as active, but closed before: only a coordinator's word opens it
        stands, enough = there.members.get(person), {wanted, Membership.JOINED}
        if wanted is Membership.REQUESTED:
            enough.add(Membership.INVITED)  # by the provisioner, while the room had no bot yet
        assert stands in enough, (room.key, person, wanted, stands)
    for person, stands in there.members.items():
        if stands in (Membership.JOINED, Membership.INVITED, Membership.REQUESTED):
            known = person in room.members or person in room.may_enter
            assert (
                known
                or person == OWN.provisioner
                or person not in {*desired.accounts, OWN.bot}
                or (not there.inside and keepers_in(there) == {person})
            )


def assert_is_archived(room: Room, desired: Snapshot, actual: Snapshot) -> None:
    """A room that is no longer described: read only, renamed, out of every space, without those who are gone."""
    assert room.is_archived
    assert room.state["m.room.name", ""]["name"].startswith(PREFIX)
    assert room.state["m.room.power_levels", ""]["events_default"] == 100
    # A gate goes on showing its members a room that is theirs by now.
    assert not [
        other
        for event_type, other in room.state
        if event_type in (CHILD, "m.space.parent")
        if event_type != CHILD or actual.rooms[other].inside
    ]
    present = (Membership.JOINED, Membership.INVITED, Membership.REQUESTED)
    former = {person for person, account in desired.accounts.items() if account.former}
    assert not [p for p in former if room.members.get(p) in present]
    assert Membership.REQUESTED not in room.members.values()


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
