"""How people come into rooms: in spaces alone until they have signed in, then joined where nothing is unreadable. Pure.

Somebody who is put into a room by force is given none of the keys of what was said there before: they would see a wall
of lines that they cannot read. So they are put only where nothing from before would be shown to them, and invited by
the bot, which hands on the keys, everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from matrix.ids import UserId
from provisioning.snapshot import Membership, Room, Snapshot

_OUTSIDE = (None, Membership.REMOVED, Membership.REQUESTED)


def placed(
    desired: Snapshot,
    room: Room,
    user_id: UserId,
    described: Membership,
    stands: Membership | None,
    *,
    is_quiet: bool,
) -> Membership | None:
    """Return how somebody comes into a room; None: not yet, they have not signed in.

    ``described``: how people come into it where it makes no difference who has signed in. ``is_quiet``: nothing said
    before would be shown to whoever comes. Whoever was invited already, or has left, is not put into it by force.
    """
    if not _depends(desired, room, user_id):
        return described
    if desired.signed_in is not None and user_id not in desired.signed_in:
        return None
    if is_quiet and _may_be_put(described, stands):
        return Membership.JOINED
    if described is not Membership.JOINED:
        return described
    return Membership.REQUESTED if desired.own.bot in room.members else Membership.INVITED


def _may_be_put(described: Membership, stands: Membership | None) -> bool:
    is_only_invited = stands is Membership.INVITED and described is Membership.JOINED
    return stands in _OUTSIDE or is_only_invited


def _depends(desired: Snapshot, room: Room, user_id: UserId) -> bool:
    return desired.signed_in is not None and room.joins_newcomers and user_id != desired.own.bot


def rooms_in_question(desired: Snapshot, actual: Snapshot) -> Iterator[Room]:
    """Yield the rooms, as they are, of which it matters now whether they are quiet: somebody is to come into them."""
    for key, room in desired.rooms.items():
        there = actual.rooms.get(key)
        if there is None or not there.inside or there.room_id is None or not room.joins_newcomers:
            continue
        comes = (
            user in (desired.signed_in or ()) and _may_be_put(described, there.members.get(user))
            for user, described in room.members.items()
        )
        if any(comes):
            yield there


def is_quiet(room: Room, first_said: int | None) -> bool:
    """Whether a room as it is shows nothing from before to whoever is put into it now."""
    return first_said is None or (room.closed_at is not None and first_said >= room.closed_at)
