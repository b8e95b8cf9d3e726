"""From state events to rooms of ours: what counts, what is ours to keep, and that nothing makes it raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.ids import RoomId, UserId, user_id
from matrix.locator import LOCATOR_TYPE, Origin
from matrix.sliding_sync import RoomState, changed
from provisioning.observation import OWNED_STATE, chosen, doubled, observe, our_rooms, sendable
from provisioning.snapshot import CHILD, PARENT, Membership, OwnAccounts, Room

SERVER = "palabre.localhost"
OWN = OwnAccounts(user_id("provisioner", SERVER), user_id("bot", SERVER), user_id("break-glass", SERVER))
AWA, BEN = user_id("awa", SERVER), user_id("ben", SERVER)
Json = dict[str, Any]


def event(event_type: str, content: object, *, key: str = "", sender: object = OWN.provisioner) -> Json:
    return {"type": event_type, "state_key": key, "sender": sender, "content": content}


def room(room_id: str, key: str, *events: Json, at: object = 0, **creation: object) -> RoomState:
    content = {"room_version": "12", **Origin("small", key).creation_content(), **creation}
    create = {**event("m.room.create", content), "origin_server_ts": at}
    return changed(None, RoomId(room_id), [create, *events])


def member(user: UserId, membership: object, sender: object = None) -> Json:
    content = {"membership": membership}
    return event("m.room.member", content, key=user, sender=user if sender is None else sender)


def locator(key: str, **more: object) -> Json:
    return event(LOCATOR_TYPE, {"key": key, "kind": "room", **more})


TOMBSTONE = event("m.room.tombstone", {"replacement_room": "!new"})


def seen(*states: RoomState, named: dict[str, RoomId] | None = None) -> dict[str, Room]:
    return observe(chosen(our_rooms(states, OWN.provisioner, "small"), named or {}), OWN)


def one(*events: Json, **creation: object) -> Room:
    (found,) = seen(room("!r", "lobby", *events, **creation)).values()
    return found


@pytest.mark.parametrize(
    ("membership", "sender", "reading"),
    [
        ("join", AWA, Membership.JOINED),
        ("invite", OWN.bot, Membership.INVITED),
        ("leave", AWA, Membership.LEFT),
        ("leave", OWN.provisioner, Membership.REMOVED),
        ("leave", OWN.bot, Membership.REMOVED),
        ("leave", BEN, Membership.EXPELLED),
        ("leave", OWN.break_glass, Membership.EXPELLED),
        ("leave", None, Membership.LEFT),
        ("leave", 7, Membership.EXPELLED),
        ("ban", BEN, Membership.BANNED),
        ("ban", OWN.provisioner, Membership.BANNED),
        ("knock", AWA, None),
        ("dance", AWA, None),
        (["join"], AWA, None),
        (None, AWA, None),
    ],
)
def test_how_a_person_stands(membership: object, sender: object, reading: Membership | None) -> None:
    assert one(member(AWA, membership, sender)).members.get(AWA) is reading


def test_the_provisioner_who_left_by_itself_has_left() -> None:
    assert one(member(OWN.provisioner, "leave")).members == {OWN.provisioner: Membership.LEFT}


@pytest.mark.parametrize(
    ("creation", "federated"),
    [({}, True), ({"m.federate": True}, True), ({"m.federate": False}, False), ({"m.federate": "no"}, True)],
)
def test_a_room_is_federated_unless_it_says_no(creation: Json, federated: bool) -> None:
    assert one(**creation).federated is federated


@pytest.mark.parametrize(
    ("creation", "creators"),
    [
        ({}, (OWN.provisioner,)),
        ({"additional_creators": [AWA, OWN.provisioner, BEN]}, (OWN.provisioner, AWA, BEN)),
        ({"additional_creators": [AWA, 7, None, "ben"]}, (OWN.provisioner, AWA)),
        ({"additional_creators": AWA}, (OWN.provisioner,)),
        ({"room_version": "11", "additional_creators": [AWA]}, ()),
        ({"room_version": "13", "additional_creators": [AWA]}, (OWN.provisioner, AWA)),
        ({"room_version": 12}, ()),
    ],
)
def test_the_creators_of_a_room(creation: Json, creators: tuple[UserId, ...]) -> None:
    assert one(**creation).creators == creators


def test_a_room_without_a_version_has_no_creators() -> None:
    state = room("!r", "lobby")
    del state.events["m.room.create", ""]["content"]["room_version"]
    assert seen(state)["lobby"].creators == ()


@pytest.mark.parametrize("event_type", ["m.room.retention", "m.room.server_acl"])
@pytest.mark.parametrize("content", [{}, [], None, "x"])
def test_an_empty_rule_is_none(event_type: str, content: object) -> None:
    assert one(event(event_type, content)).state == {}


def test_a_list_that_admits_every_server_is_none() -> None:
    assert sendable("m.room.server_acl", {}) != {}
    assert one(event("m.room.server_acl", sendable("m.room.server_acl", {}))).state == {}
    assert sendable("m.room.retention", {}) == {}
    acl = {"allow": [SERVER], "deny": [], "allow_ip_literals": False}
    assert sendable("m.room.server_acl", acl) == acl
    assert one(event("m.room.server_acl", acl)).state == {("m.room.server_acl", ""): acl}


def test_an_empty_name_is_seen_to_be_empty() -> None:
    assert one(event("m.room.name", {})).state == {("m.room.name", ""): {}}


def test_state_that_is_not_ours_to_keep_is_not_seen() -> None:
    assert one(event("m.room.pinned_events", {"pinned": []}), event("m.room.name", {}, key="x")).state == {}


# --- keys ---------------------------------------------------------------------------------------------------------


def test_a_renamed_room_has_the_key_of_its_locator() -> None:
    assert seen(room("!r", "lobby", locator("hall"))).keys() == {"hall"}


@pytest.mark.parametrize(
    "content", [{}, {"key": "hall"}, {"key": "", "kind": "room"}, {"key": 7, "kind": "room"}, None, "hall"]
)
def test_a_locator_that_can_not_be_read_says_nothing(content: object) -> None:
    assert seen(room("!r", "lobby", event(LOCATOR_TYPE, content))).keys() == {"lobby"}


def test_a_room_of_another_community_is_not_ours_whatever_its_locator_says() -> None:
    other = room("!r", "lobby", locator("hall"), **{"org.palabre.community": "large"})
    assert seen(other) == {}


def test_links_and_the_root_space_are_named_by_their_keys() -> None:
    via = {"via": [SERVER]}
    allow = [{"type": "m.room_membership", "room_id": "!s"}, {"type": "other"}, "x"]
    rooms = seen(
        room("!s", "space", event(CHILD, via, key="!r"), event(CHILD, via, key="!elsewhere")),
        room(
            "!r",
            "lobby",
            locator("hall"),
            event(PARENT, via, key="!s"),
            event("m.room.join_rules", {"join_rule": "restricted", "allow": allow}),
        ),
    )
    assert (CHILD, "hall") in rooms["space"].state
    assert len(rooms["space"].state) == 1
    assert (PARENT, "space") in rooms["hall"].state
    assert rooms["hall"].state["m.room.join_rules", ""]["allow"] == [
        {"type": "m.room_membership", "room_id": "space"},
        {"type": "other"},
        "x",
    ]


# --- two rooms of one key ---------------------------------------------------------------------------------------


def ids(rooms: dict[str, Room]) -> dict[str, str | None]:
    return {key: found.room_id for key, found in rooms.items()}


def test_of_two_rooms_of_a_key_the_oldest_has_it() -> None:
    states = (room("!a", "lobby", at=2), room("!b", "lobby", at=1), room("!c", "lobby", at="yesterday"))
    assert doubled(our_rooms(states, OWN.provisioner, "small")) == ("lobby",)
    assert ids(seen(*states)) == {"lobby": "!b", "lobby~!a": "!a", "lobby~!c": "!c"}


def test_the_room_that_the_alias_names_comes_before_the_oldest() -> None:
    states = (room("!a", "lobby", at=2), room("!b", "lobby", at=1))
    assert ids(seen(*states, named={"lobby": RoomId("!a")})) == {"lobby": "!a", "lobby~!b": "!b"}


def test_a_replaced_room_never_has_its_key() -> None:
    states = (room("!a", "lobby", TOMBSTONE, at=1), room("!b", "lobby", at=2))
    assert doubled(our_rooms(states, OWN.provisioner, "small")) == ()
    rooms = seen(*states, named={"lobby": RoomId("!a")})
    assert ids(rooms) == {"lobby": "!b", "lobby~!a": "!a"}
    assert [rooms[key].replaced for key in ("lobby", "lobby~!a")] == [False, True]
    assert ids(seen(states[0])) == {"lobby~!a": "!a"}


@pytest.mark.parametrize(
    ("content", "replaced"),
    [
        ({"replacement_room": "!n"}, True),
        ({"body": "Gone"}, True),
        ({}, False),
        (None, False),
        ("Gone", False),
    ],
)
def test_what_closes_a_room(content: object, replaced: bool) -> None:
    assert one(event("m.room.tombstone", content)).replaced is replaced


@pytest.mark.parametrize("key", ["lobby", "lobby~!a"])
def test_an_archived_other_room_keeps_its_name(key: str) -> None:
    states = (room("!a", "lobby", locator(key, archived=True), at=1), room("!b", "lobby", at=2))
    rooms = seen(*states, named={"lobby": RoomId("!a")})
    assert ids(rooms) == {"lobby": "!b", "lobby~!a": "!a"}
    assert rooms["lobby~!a"].is_archived


def test_a_locator_changed_by_mistake_does_not_take_a_room_away() -> None:
    states = (room("!a", "lobby", locator("lobby"), at=2), room("!b", "cafe", locator("lobby"), at=1))
    assert ids(seen(*states, named={"lobby": RoomId("!a")})) == {"lobby": "!a", "cafe": "!b"}


def test_a_former_key_that_another_room_has_is_not_given_back() -> None:
    states = (
        room("!a", "lobby", locator("lobby"), at=1),
        room("!b", "cafe", locator("lobby"), at=2),
        room("!c", "cafe", at=3),
    )
    assert ids(seen(*states)) == {"lobby": "!a", "lobby~!b": "!b", "cafe": "!c"}


# --- anything at all ----------------------------------------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TYPES = (*OWNED_STATE, "m.room.create", "m.room.member", "m.room.tombstone", CHILD, PARENT, "other")
FIELDS = (
    "membership", "key", "kind", "archived", "allow", "via", "alias", "m.federate", "room_version", "type",
    "additional_creators", "org.palabre.key", "org.palabre.community", "replacement_room",
)  # fmt: skip
LIKELY = st.sampled_from(
    ["join", "leave", "room", "lobby", "cafe", "lobby~!0", "small", "12", "!0", "!1", AWA, OWN.provisioner]
)
VALUES = LIKELY | ANY_JSON | st.lists(st.fixed_dictionaries({"room_id": LIKELY | ANY_JSON}), max_size=2)
CONTENTS = ANY_JSON | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES), "state_key": LIKELY | st.just("") | st.text(max_size=5)},
    optional={"sender": LIKELY | ANY_JSON, "content": CONTENTS, "origin_server_ts": ANY_JSON},
)


@given(st.lists(st.lists(EVENTS, max_size=6), max_size=5), st.booleans())
def test_any_json_in_any_state_event_is_a_snapshot_that_has_lost_no_room(
    rooms: list[list[Json]], ours: bool
) -> None:
    states = [
        changed(room(f"!{n}", ("lobby", "cafe")[n % 2]) if ours else None, RoomId(f"!{n}"), events)
        for n, events in enumerate(rooms)
    ]
    found = our_rooms(states, OWN.provisioner, "small")
    there = observe(chosen(found, {"lobby": RoomId("!0")}), OWN)
    expected = {state.room_id for same in found.values() for state in same}
    assert {found_room.room_id for found_room in there.values()} == expected
    assert len(there) == len(expected)
    assert all(key == found_room.key for key, found_room in there.items())
    json.dumps([dict(found_room.state[key]) for found_room in there.values() for key in found_room.state])


@given(st.lists(ANY_JSON | EVENTS, max_size=6))
def test_what_is_no_state_event_is_not_taken_for_one(events: list[Any]) -> None:
    state = changed(None, RoomId("!r"), events)
    assert all(key == (found["type"], found["state_key"]) for key, found in state.events.items())


@given(
    st.permutations(range(4)), st.lists(st.sampled_from(["", "archived", "replaced"]), min_size=4, max_size=4)
)
def test_the_order_of_rooms_says_nothing(order: list[int], kinds: list[str]) -> None:
    more = {"": [], "archived": [locator("lobby", archived=True)], "replaced": [TOMBSTONE]}
    states = [room(f"!{n}", "lobby", *more[kind], at=n % 2) for n, kind in enumerate(kinds)]
    assert seen(*(states[n] for n in order)) == seen(*states)
