"""What a room is to the bot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.encryption import Invitation, RoomView
from bots.rooms import (
    CommunityOrigin,
    Direct,
    Foreign,
    InvitationAnswer,
    Ours,
    answer_to,
    ours_by_key,
    place,
    spaces_by_key,
)
from matrix.ids import RoomId, UserId
from matrix.locator import Locator

ME, PROVISIONER, AWA, EVE = map(UserId, ("@palabre:x", "@provisioner:x", "@awa:x", "@eve:x"))
OURS = CommunityOrigin("net", PROVISIONER)
ORIGIN = {"org.palabre.community": "net", "org.palabre.key": "exchange.waste"}
LOCATOR = {"key": "exchange.waste", "kind": "room", "theme": "waste"}
ROOM = RoomId("!room")


def view(**changes: Any) -> RoomView:
    made = RoomView(ROOM, PROVISIONER, ORIGIN, LOCATOR, "m.megolm.v1.aes-sha2")
    made.members = {ME: "join", PROVISIONER: "join", AWA: "join"}
    return replace(made, **changes)


def what(room: RoomView) -> Any:
    return place(room, OURS, me=ME, active={AWA})


def test_a_room_of_our_provisioner_with_our_origin_is_ours() -> None:
    assert what(view()) == Ours(Locator("exchange.waste", "room", "waste"))


@pytest.mark.parametrize(
    "changes",
    [
        {"create_sender": AWA},
        {"create_content": {}},
        {"create_content": {**ORIGIN, "org.palabre.community": "other"}},
        {"create_content": {"org.palabre.community": "net", "org.palabre.key": 7}},
    ],
)
def test_a_locator_alone_makes_no_room_ours(changes: dict[str, Any]) -> None:
    assert what(view(**changes)) == Foreign()


def test_in_a_safe_room_the_bot_does_not_stay_but_in_its_space() -> None:
    safe = {**LOCATOR, "safe": True}
    assert what(view(locator=safe)) == Foreign()
    assert what(view(locator={**safe, "kind": "space"})) == Ours(
        Locator("exchange.waste", "space", "waste", safe=True)
    )


def test_a_spoilt_locator_falls_back_to_the_origin() -> None:
    assert what(view(locator={"key": 5})) == Ours(Locator("exchange.waste", "room"))


def direct(**changes: Any) -> RoomView:
    return view(
        create_sender=AWA, create_content={}, locator={}, **{"members": {ME: "join", AWA: "join"}, **changes}
    )


def test_an_encrypted_room_of_two_with_an_active_member_is_direct() -> None:
    assert what(direct()) == Direct(AWA)


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": None},
        {"members": {ME: "join", EVE: "join"}},
        {"members": {ME: "join", AWA: "join", EVE: "invite"}},
        {"members": {ME: "join"}},
    ],
)
def test_any_other_room_is_foreign(changes: dict[str, Any]) -> None:
    assert what(direct(**changes)) == Foreign()


def test_invitations_are_accepted_from_active_members_to_encrypted_direct_messages_only() -> None:
    good = Invitation(ROOM, AWA, is_direct=True, encrypted=True)
    assert answer_to(good, {AWA}, OURS) is InvitationAnswer.ACCEPT
    for bad in (
        replace(good, is_direct=False),
        replace(good, encrypted=False),
        replace(good, sender=EVE),
    ):
        assert answer_to(bad, {AWA}, OURS) is InvitationAnswer.DECLINE


def put_in(**changes: Any) -> Invitation:
    return replace(
        Invitation(ROOM, PROVISIONER, False, False, create_sender=PROVISIONER, create_content=ORIGIN),
        **changes,
    )


def test_the_provisioners_invitation_into_a_room_of_ours_is_accepted() -> None:
    assert answer_to(put_in(), {AWA}, OURS) is InvitationAnswer.ACCEPT


@pytest.mark.parametrize(
    "changes",
    [
        {"create_sender": "", "create_content": {}},
        {"create_sender": AWA},
        {"create_content": {}},
        {"create_content": {**ORIGIN, "org.palabre.community": "other"}},
        {"is_direct": True, "encrypted": True, "create_sender": "", "create_content": {}},
    ],
)
def test_what_the_provisioner_invites_into_without_saying_that_it_is_ours_is_neither_entered_nor_declined(
    changes: dict[str, Any],
) -> None:
    assert answer_to(put_in(**changes), {AWA, PROVISIONER}, OURS) is InvitationAnswer.WAIT


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": AWA},
        {"sender": AWA, "is_direct": True, "encrypted": True},
        {"sender": EVE},
        {"sender": UserId("@provisioner:elsewhere")},
        {"sender": EVE, "create_sender": "", "create_content": {}},
    ],
)
def test_what_an_invitation_says_of_its_room_brings_the_bot_into_none_unless_the_provisioner_invites(
    changes: dict[str, Any],
) -> None:
    assert answer_to(put_in(**changes), {AWA}, OURS) is InvitationAnswer.DECLINE


def test_our_spaces_are_found_by_key() -> None:
    space = view(room_id=RoomId("!space"), locator={"key": "space.safe.frank-talk", "kind": "space"})
    rooms = {r.room_id: r for r in (view(), space)}
    assert {k: r.room_id for k, r in spaces_by_key(rooms, OURS, me=ME).items()} == {
        "space.safe.frank-talk": "!space"
    }


def test_spaces_and_foreign_rooms_are_not_among_ours() -> None:
    space = view(room_id=RoomId("!space"), locator={"key": "space", "kind": "space"})
    rooms = {r.room_id: r for r in (view(), space, direct(room_id=RoomId("!dm")))}
    assert {key: room.room_id for key, room in ours_by_key(rooms, OURS, me=ME).items()} == {
        "exchange.waste": ROOM
    }


def test_an_archived_room_does_not_stand_in_the_place_of_the_one_that_has_its_key_now() -> None:
    old = view(locator={**LOCATOR, "archived": True})
    new = view(room_id=RoomId("!new"))
    for rooms in ({ROOM: old, new.room_id: new}, {new.room_id: new, ROOM: old}):
        assert {k: r.room_id for k, r in ours_by_key(rooms, OURS, me=ME).items()} == {
            "exchange.waste": "!new"
        }
    assert ours_by_key({ROOM: old}, OURS, me=ME) == {}


@pytest.mark.parametrize("last", [True, False])
def test_of_two_rooms_of_a_key_the_one_that_people_are_in_is_ours(last: bool) -> None:
    other = view(room_id=RoomId("!other"), members={ME: "join", PROVISIONER: "join", EVE: "invite"})
    made = (view(), other) if last else (other, view())
    found = ours_by_key({room.room_id: room for room in made}, OURS, me=ME)
    assert {key: room.room_id for key, room in found.items()} == {"exchange.waste": ROOM}


def test_of_two_rooms_of_a_key_with_as_many_people_the_one_that_the_bot_came_into_last_is_ours() -> None:
    """One that was deleted on the homeserver may have gone without a word in the sync."""
    members = {ME: "join", PROVISIONER: "join"}
    deleted, new = view(members=members), view(room_id=RoomId("!new"), members=members)
    found = ours_by_key({ROOM: deleted, new.room_id: new}, OURS, me=ME)
    assert {key: room.room_id for key, room in found.items()} == {"exchange.waste": "!new"}
