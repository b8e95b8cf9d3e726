"""Where a room stands in the list of a space (``order`` of ``m.space.child``, spec, "Ordering of children"). Pure."""

from __future__ import annotations

from typing import assert_never

from community.description.model import Policy
from community.description.rooms import DescribedRoom, safe_space
from provisioning.snapshot import Content

_LONGEST = 50
"""Characters that the specification allows."""


def is_gate(key: str) -> bool:
    """Whether a key is that of a safe room's own space."""
    return key.startswith(safe_space(""))


def place_in_space(room: DescribedRoom) -> str:
    """Return a room's ``order``: the lobby, announcements, other rooms, the café; then spaces; safe ones last.

    Of a safe room's space it has no key: whoever sees the list must not learn that such a room exists.
    """
    group = _group(room)
    return group if group == _HIDDEN else f"{group}{room.key}"[:_LONGEST]


def is_same_place(before: Content | None, content: Content) -> bool:
    """Whether two contents of a link differ by a key within the same group alone: a key that changes moves nothing."""
    if before is None or "order" not in content:
        return False
    was, wanted = before.get("order"), content["order"]
    if not isinstance(was, str) or was[:1] != wanted[:1]:
        return False
    return {**before, "order": wanted} == content


_HIDDEN = "8"


def _group(room: DescribedRoom) -> str:
    if room.gate is not None:
        return _HIDDEN
    match room.policy:
        case Policy.LOBBY:
            return "0"
        case Policy.ANNOUNCE:
            return "1"
        case Policy.OPEN | Policy.CLOSED | Policy.SAFE:
            return "2"
        case Policy.CAFE:
            return "3"
        case None:
            return _group_of_space(room)
        case _:
            assert_never(room.policy)


def _group_of_space(room: DescribedRoom) -> str:
    """Return the group of a space: cities, cohorts, themes, others; the spaces of safe rooms have none of these."""
    if room.city is not None:
        return "4"
    if room.cohort is not None:
        return "5"
    if room.theme is not None:
        return "6"
    return _HIDDEN if is_gate(room.key) else "7"
