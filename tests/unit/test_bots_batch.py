"""What a sync brings besides messages: redactions, and what cannot be read yet."""

from __future__ import annotations

from typing import Any

import pytest

from bots.encryption.batch import Batch, Redacted, Unread, received, redacted_by, unread_of
from bots.encryption.timeline import TimelineEvent
from matrix.ids import EventId, RoomId, UserId

ROOM, ME = RoomId("!r"), UserId("@palabre:h")


def redaction(sender: str = "@awa:h", *, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "m.room.redaction", "event_id": "$x", "sender": sender, "content": content, **more}


@pytest.mark.parametrize(
    ("event", "target"),
    [
        (redaction(content={"redacts": "$old"}), "$old"),
        (redaction(content={"reason": "…"}, redacts="$old"), "$old"),
        (redaction(content={}), None),
        (redaction(content={"redacts": 3}), None),
        (redaction(ME, content={"redacts": "$old"}), None),
        ({**redaction(content={"redacts": "$old"}), "type": "m.room.message"}, None),
    ],
)
def test_a_redaction_says_in_two_places_what_is_redacted(event: dict[str, Any], target: str | None) -> None:
    wanted = None if target is None else Redacted(ROOM, EventId("$x"), EventId(target))
    assert redacted_by(ROOM, event, ME) == wanted


def test_what_waits_for_its_key_is_named_and_has_no_content() -> None:
    event = {"type": "m.room.encrypted", "event_id": "$e", "sender": "@awa:h", "content": {"ciphertext": "…"}}
    waiting = TimelineEvent(ROOM, event, is_unsigned=True)
    assert unread_of(waiting) == Unread(ROOM, EventId("$e"), UserId("@awa:h"), is_unsigned=True)


def test_what_was_read_keeps_its_type() -> None:
    event = {"event_id": "$e", "sender": "@awa:h", "content": {}, "origin_server_ts": 1}
    plain = {"type": "m.poll.start", "content": {"m.poll": {}}}
    assert received(ROOM, event, plain).type == "m.poll.start"


@pytest.mark.parametrize(
    ("more", "is_of_others"),
    [
        ({}, False),
        ({"changed_rooms": frozenset({ROOM})}, False),
        ({"changed_devices": frozenset({UserId("@awa:h")})}, True),
        ({"redacted": (Redacted(ROOM, EventId("$x"), EventId("$y")),)}, True),
        ({"unread": (Unread(ROOM, EventId("$e"), UserId("@awa:h"), is_unsigned=False),)}, True),
        ({"put_back": True}, True),
    ],
)
def test_a_batch_that_only_brings_back_what_was_said_is_of_nobody_else(
    more: dict[str, Any], is_of_others: bool
) -> None:
    nothing: dict[str, Any] = {
        "said": (),
        "invitations": (),
        "changed_rooms": frozenset(),
        "changed_devices": frozenset(),
    }
    assert Batch(**nothing | more).is_of_others is is_of_others
