"""A room as the bot's device sees it: who may read, and when the next message needs a new session."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bots.encryption.protocol import Rotation
from bots.encryption.room_view import RoomView
from matrix.ids import RoomId

AWA, CHIDI, BOT = "@awa:example.org", "@chidi:example.org", "@palabre:example.org"
MEGOLM = "m.megolm.v1.aes-sha2"


def state(kind: str, content: Any, state_key: Any = "") -> dict[str, Any]:
    return {"type": kind, "state_key": state_key, "sender": BOT, "content": content}


def member(user: str, membership: str) -> dict[str, Any]:
    return state("m.room.member", {"membership": membership}, user)


def visibility(value: Any, state_key: str = "") -> dict[str, Any]:
    return state("m.room.history_visibility", {"history_visibility": value}, state_key)


@pytest.fixture
def room() -> RoomView:
    view = RoomView(RoomId("!r"))
    for event in (
        state("m.room.encryption", {"algorithm": MEGOLM}),
        member(BOT, "join"),
        member(AWA, "join"),
        member(CHIDI, "invite"),
        visibility("joined"),
    ):
        view.apply(event)
    return view


def test_under_history_joined_an_invitation_is_not_enough(room: RoomView) -> None:
    assert room.entitled == [AWA, BOT]
    room.apply(visibility("shared"))
    assert room.entitled == [AWA, CHIDI, BOT]


@pytest.mark.parametrize("membership", ["leave", "ban", "knock", "x"])
@pytest.mark.parametrize("user", [AWA, CHIDI])
def test_a_member_or_somebody_invited_who_leaves_ends_the_session(
    room: RoomView, user: str, membership: str
) -> None:
    assert room.apply(member(user, membership))
    assert user not in room.members


@pytest.mark.parametrize(
    ("event", "due"),
    [
        (member(CHIDI, "join"), False),
        (member("@new:example.org", "join"), False),
        (member(AWA, "join"), False),
        (member("@never:example.org", "leave"), False),
        (visibility("joined"), False),
        (visibility("shared"), True),
        (visibility(None), True),
        (state("m.room.name", {"name": "x"}), False),
    ],
    ids=json.dumps,
)
def test_a_new_session_is_due_where_who_may_read_changes(
    room: RoomView, event: dict[str, Any], due: bool
) -> None:
    assert room.apply(event) is due


@pytest.mark.parametrize(
    "event",
    [
        state("m.room.encryption", {"algorithm": "m.clear"}, "x"),
        state("m.room.encryption", {"algorithm": 5}),
        state("m.room.create", {"m.federate": True}, "x"),
        visibility("shared", AWA),
        member("nobody", "join"),
    ],
    ids=json.dumps,
)
def test_what_stands_under_another_state_key_is_not_the_rooms_state(
    room: RoomView, event: dict[str, Any]
) -> None:
    before = room.to_json()
    assert not room.apply(event)
    assert room.to_json() == before


def test_encryption_is_never_turned_off_and_of_another_kind_nothing_is_said(room: RoomView) -> None:
    room.apply(state("m.room.encryption", {}))
    assert room.is_encrypted
    room.apply(state("m.room.encryption", {"algorithm": "m.later"}))
    assert not room.is_encrypted


def test_a_room_says_how_long_a_session_lasts_within_reason(room: RoomView) -> None:
    def rotation(**content: Any) -> Rotation:
        room.apply(state("m.room.encryption", {"algorithm": MEGOLM, **content}))
        return room.rotation

    assert rotation() == Rotation(100, timedelta(days=7))
    assert rotation(rotation_period_msgs=5, rotation_period_ms=86_400_000) == Rotation(5, timedelta(days=1))
    assert rotation(rotation_period_msgs=0, rotation_period_ms=1) == Rotation(1, timedelta(hours=1))
    assert rotation(rotation_period_msgs=10**9, rotation_period_ms=10**15) == Rotation(
        10_000, timedelta(days=30)
    )
    assert rotation(rotation_period_msgs=True, rotation_period_ms="5") == Rotation()


def test_what_is_kept_is_what_was_known(room: RoomView) -> None:
    assert RoomView.from_json("!r", json.loads(json.dumps(room.to_json()))) == room


def test_who_was_in_a_space_and_is_gone_is_kept_until_somebody_has_looked() -> None:
    def member(membership: str, event_id: str) -> dict[str, Any]:
        content = {"membership": membership}
        return {"type": "m.room.member", "state_key": "@eve:x", "event_id": event_id, "content": content}

    for kind, departed in (("m.space", {"@eve:x": "$2"}), ("", {})):
        room = RoomView(RoomId("!gate"), create_content={"type": kind})
        room.apply(member("join", "$1"))
        room.apply(member("leave", "$2"))
        room.apply(member("invite", "$3"))
        room.apply(member("leave", "$4"))
        assert RoomView.from_json("!gate", json.loads(json.dumps(room.to_json()))).departed == departed


MOD = "@moderator:example.org"


def joined(user: str, before: Any = None, by: Any = None) -> dict[str, Any]:
    """A join with what it has replaced."""
    unsigned = {} if before is None else {"prev_content": {"membership": before}, "prev_sender": by}
    return {**member(user, "join"), "sender": user, "unsigned": unsigned}


def test_who_has_invited_somebody_is_kept_while_they_are_there(room: RoomView) -> None:
    assert room.invited_by == {CHIDI: BOT}
    room.apply({**member(CHIDI, "invite"), "sender": MOD})
    room.apply(joined(CHIDI))
    room.apply(joined(CHIDI, "join", CHIDI))  # another name
    assert room.invited_by == {CHIDI: MOD}
    kept = RoomView.from_json("!r", json.loads(json.dumps(room.to_json())))
    assert kept.invited_by == {CHIDI: MOD}
    room.apply(member(CHIDI, "leave"))
    assert room.invited_by == {}
    room.apply(joined(CHIDI))  # by themselves, where the room lets them
    assert room.invited_by == {}


def test_a_join_alone_says_who_had_invited_them(room: RoomView) -> None:
    room.apply(joined("@dee:example.org", "invite", MOD))
    assert room.invited_by == {CHIDI: BOT, "@dee:example.org": MOD}


@pytest.mark.parametrize("by", [None, 5, "moderator", ["@a:b"]])
def test_what_is_nobody_has_invited_nobody(room: RoomView, by: Any) -> None:
    room.apply(joined("@dee:example.org", "invite", by))
    assert room.invited_by == {CHIDI: BOT}


def test_a_room_that_was_kept_before_inviters_were_is_read(room: RoomView) -> None:
    kept = {name: value for name, value in room.to_json().items() if name != "invited_by"}
    assert RoomView.from_json("!r", kept).members == room.members
