"""The state of rooms that are no longer described. Pure."""

from __future__ import annotations

from matrix.locator import LOCATOR_TYPE
from provisioning.snapshot import Content, Room, StateKey
from provisioning.topology import MEMBER_POWER, OWNER_POWER

PREFIX = "[archive] "
"""Before the name of an archived room: the same word in English, French and, nearly, Portuguese."""
_LONGEST_NAME = 255


def archived_state(room: Room) -> dict[StateKey, Content]:
    """Return the state that archives ``room``, in the order in which it is to be set.

    Nobody can write in it or enter it; its members can still read, and redact their own messages. The locator comes
    last: if setting the state is interrupted before, the room is archived again, with the same result.
    """
    name = str(room.state.get(("m.room.name", ""), {}).get("name", room.key))
    powers = dict(room.state.get(("m.room.power_levels", ""), {}))
    events = powers.get("events", {})
    locator = room.state.get((LOCATOR_TYPE, ""), {})
    kind = "space" if room.is_space else "room"
    return {
        ("m.room.power_levels", ""): {
            **powers,
            "events": {**events, "m.reaction": OWNER_POWER, "m.room.redaction": MEMBER_POWER},
            "events_default": OWNER_POWER,
            "invite": OWNER_POWER,
        },
        ("m.room.join_rules", ""): {"join_rule": "invite"},
        ("m.room.name", ""): {"name": (PREFIX + name.removeprefix(PREFIX))[:_LONGEST_NAME]},
        (LOCATOR_TYPE, ""): {"key": room.key, "kind": kind, **locator, "archived": True},
    }
