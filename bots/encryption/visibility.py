"""Whether somebody could read an event when it was said, by the room's state at that moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bots.encryption.cross_signing import at
from bots.encryption.wellformed import is_event


def could_read(state: object, user_id: str) -> bool:
    """Whether the history visibility lets a user read what was said in this state (spec, "Room history visibility").

    ``state`` are the room's state events then. With ``shared`` and ``world_readable`` a member may read what was said
    before they came. Where the state does not say, the answer is no.
    """
    events = state if isinstance(state, Sequence) and not isinstance(state, str) else ()
    by_key = {(each["type"], each.get("state_key")): each for each in events if is_event(each)}
    membership = _of(by_key, "m.room.member", user_id, "membership")
    match _of(by_key, "m.room.history_visibility", "", "history_visibility"):
        case "shared" | "world_readable":
            return True
        case "invited":
            return membership in ("invite", "join")
        case "joined":
            return membership == "join"
        case _:
            return False


def _of(state: Mapping[tuple[str, object], Mapping[str, Any]], kind: str, key: str, name: str) -> object:
    return at(state.get((kind, key), {}), "content", name)
