"""What is on the homeserver and in no description: said by the plan and by `palabre doctor`, left as it is. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from community.core.messages import Message, msg, nmsg
from matrix.ids import RoomId, UserId
from provisioning.account_faults import described, room_name, strangers_in
from provisioning.plan_extras import PlanExtras
from provisioning.snapshot import Room, Snapshot, community_elsewhere

_MOST_NAMES = 5
"""Names that a sentence has; how many there are besides is said as a number."""


@dataclass(frozen=True)
class Undescribed:
    """One such thing; ``name`` is a stable identifier, for programs."""

    name: str
    sentence: Message
    remedy: Message


def undescribed(desired: Snapshot, actual: Snapshot, extras: PlanExtras) -> Iterator[Undescribed]:
    """Give what nobody has described, but for what the plan itself changes and for who is in our rooms."""
    yield from _rooms_elsewhere(actual, extras)
    yield from _listed_rooms(actual, extras)
    yield from _accounts(desired, actual)


def _rooms_elsewhere(actual: Snapshot, extras: PlanExtras) -> Iterator[Undescribed]:
    found: dict[str, list[Room]] = defaultdict(list)
    for key, room in sorted(actual.others.items()):
        if room.inside and not room.is_archived and not room.replaced:
            found[community_elsewhere(key)].append(room)
    for community, rooms in sorted(found.items()):
        if community not in extras.archive:
            yield Undescribed(
                f"community/{community}",
                nmsg(
                    "{count} room that Palabre made under the key “{community}” is in no description: {names}.",
                    "{count} rooms that Palabre made under the key “{community}” are in no description: {names}.",
                    count=len(rooms),
                    community=community,
                    names=shortened([room_name(room) for room in rooms]),
                ),
                msg(
                    "To archive (read-only, nothing is deleted): palabre plan --archive {community}",
                    community=community,
                ),
            )


def _listed_rooms(actual: Snapshot, extras: PlanExtras) -> Iterator[Undescribed]:
    listing: dict[RoomId, list[str]] = defaultdict(list)
    for key, room in sorted(actual.rooms.items()):
        for child in room.unknown_children:
            if child not in extras.unlist and room.inside:
                listing[child].append(key)
    for child, spaces in sorted(listing.items()):
        yield Undescribed(
            f"listed/{child}",
            nmsg(
                "The space {spaces} lists the room {room_id}, which is none of ours, or which nobody is in any more.",
                "The spaces {spaces} list the room {room_id}, which is none of ours, or which nobody is in any more.",
                count=len(spaces),
                spaces=shortened(spaces),
                room_id=child,
            ),
            msg("To take it out of the list: palabre plan --unlist '{room_id}'", room_id=child),
        )


def _accounts(desired: Snapshot, actual: Snapshot) -> Iterator[Undescribed]:
    known, inside = described(desired), strangers_in(desired, actual)
    found: list[UserId] = sorted(
        user
        for user, account in actual.accounts.items()
        if account.closed is None and user not in known and user not in desired.own and user not in inside
    )
    if found:
        yield Undescribed(
            "accounts",
            nmsg(
                "{count} account on the homeserver is not described, and is in no room of ours: {names}.",
                "{count} accounts on the homeserver are not described, and are in no room of ours: {names}.",
                count=len(found),
                names=shortened(found),
            ),
            msg("If nobody knows whose they are, close them: a line of members with status: left for each."),
        )


def shortened(names: list[str] | list[UserId]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" … (+{more})" if more > 0 else "")
