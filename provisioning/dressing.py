"""What a plan only adds to how rooms look in lists: pictures, places. One line for each of the two. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from community.core.messages import Message, nmsg
from provisioning.changes import Change, SetPicture, SetState
from provisioning.snapshot import CHILD
from provisioning.undescribed import shortened


def is_dressing(change: Change) -> bool:
    """Whether a change is one of these."""
    return isinstance(change, SetPicture) or _is_place(change)


def _is_place(change: Change) -> bool:
    if not isinstance(change, SetState) or change.event_type != CHILD or change.before is None:
        return False
    return {**change.before, "order": ""} == {**change.content, "order": ""}


def dressing_lines(changes: Sequence[Change]) -> Iterator[Message]:
    """Yield a line for all pictures, and one for all places."""
    pictured = sorted(change.room for change in changes if isinstance(change, SetPicture))
    if pictured:
        yield nmsg(
            "{rooms} gets a picture",
            "{count} rooms get a picture: {rooms}",
            count=len(pictured),
            rooms=shortened(pictured),
        )
    placed = sum(map(_is_place, changes))
    if placed:
        yield nmsg(
            "{count} room gets its place in the list of a space",
            "{count} rooms get their place in the list of a space",
            count=placed,
        )
