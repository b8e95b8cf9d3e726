"""What a plan says of safe rooms: what waits for people, and what can only be had in a successor. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from community.core.messages import Message, msg
from matrix.ids import UserId
from matrix.locator import LOCATOR_TYPE
from provisioning.safe_rooms import Phase, SafeRoom, keepers_in
from provisioning.snapshot import LINKS, Membership, Room, Snapshot, StateKey

_HISTORY: StateKey = ("m.room.history_visibility", "")


def safe_room_notes(safe: SafeRoom) -> Iterator[Message]:
    """Give what waits for people in a safe room, and what can only be had in a successor."""
    key = safe.room.key
    match safe.phase:
        case Phase.UNMADE:
            yield msg(
                "{room} is not made: a safe room needs two keepers (people who may moderate it), and has {count}",
                room=key,
                count=len(safe.room.keepers),
            )
        case Phase.UNCHANGED:
            yield msg(
                "{room} goes on as it is, with the provisioner in it: to become safe it needs two keepers "
                "(people who may moderate it), and has {count}",
                room=key,
                count=len(safe.room.keepers),
            )
        case Phase.FORMING:
            yield from _past(safe)
            if not safe.is_handed_over:
                yield msg(
                    "{room} waits for its keepers: two must be able to come in, and {count} can. "
                    "Until then nobody else is let in",
                    count=len(safe.entering),
                    room=key,
                )
                yield from _untold(safe)
        case Phase.COMPLETE:
            yield from _successor_notes(safe)
        case Phase.THIN:
            yield _thin(safe)
            yield from _successor_notes(safe)
        case Phase.LOCKED:
            yield msg(
                "{room} has no keeper any more: its members go on, and nobody can come in. {successor}",
                room=key,
                successor=_offer(key),
            )


def _untold(safe: SafeRoom) -> Iterator[Message]:
    """Say which keepers are in the gate, and are put into the room once they know how it is there."""
    untold = sorted(safe.ready - safe.entering)
    if untold:
        yield msg(
            "{room}: the bot first tells {users}, directly, how it is there; then it goes on by itself",
            room=safe.room.key,
            users=", ".join(untold),
        )


def _past(safe: SafeRoom) -> Iterator[Message]:
    """Say what of a room of before stays as it was: who could be in it, and who can read what was said there."""
    there = safe.there
    if there is None:
        return
    visibility = there.state.get(_HISTORY, {}).get("history_visibility")
    if there.federated or visibility != "joined":
        yield msg(
            "{room} was made under other rules: what has been said there until now, newcomers may be able to read. "
            "{successor}",
            room=safe.room.key,
            successor=_offer(safe.room.key),
        )


def _thin(safe: SafeRoom) -> Message:
    if safe.awake:
        return msg(
            "{room} has one keeper left: {user_id}. With nobody left there, nobody could come in any more",
            room=safe.room.key,
            user_id=min(safe.awake),
        )
    return msg(
        "{room} has no keeper left who can act: the accounts of {users} are closed. {successor}",
        room=safe.room.key,
        users=", ".join(sorted(safe.holders)),
        successor=_offer(safe.room.key),
    )


def _offer(key: str) -> Message:
    return msg(
        "For a successor, describe the room under another key (such as {key}-2, without “was”), with its keepers",
        key=key,
    )


def _successor_notes(safe: SafeRoom) -> Iterator[Message]:
    """Say what the description wants of a room that cannot be changed from outside."""
    there, key = safe.there, safe.room.key
    assert there is not None  # noqa: S101 - a complete room exists
    able = powerful(there)
    new = sorted(safe.room.keepers - able)
    if new:
        yield msg(
            "{room}: {users} cannot become keepers, since nobody can be given a power there any more. {successor}",
            room=key,
            users=", ".join(new),
            successor=_offer(key),
        )
    former = sorted((able & safe.belonging) - safe.room.keepers)
    if former:
        yield msg(
            "{room}: {users} remain keepers, since nobody's power can be taken there any more. {successor}",
            room=key,
            users=", ".join(former),
            successor=_offer(key),
        )
    other = sorted(_differing(safe.room, there))
    if other:
        yield msg(
            "{room}: {what} cannot be changed from outside. {successor}",
            room=key,
            what=", ".join(other),
            successor=_offer(key),
        )


def powerful(room: Room) -> frozenset[UserId]:
    """Return everybody with the power to invite, in the room or not."""
    everybody = dict.fromkeys(
        room.state.get(("m.room.power_levels", ""), {}).get("users", {}), Membership.JOINED
    )
    return keepers_in(replace(room, members=everybody))


def _differing(room: Room, there: Room) -> Iterator[str]:
    """Give the types of state that are described otherwise, but for the powers, of which more is said."""
    for key in room.state.keys() | there.state.keys():
        event_type, _ = key
        if event_type in LINKS or event_type in ("m.room.power_levels", LOCATOR_TYPE):
            continue
        if room.state.get(key) != there.state.get(key):
            yield event_type


def unattended_notes(kept: Mapping[str, UserId], desired: Snapshot, actual: Snapshot) -> Iterator[Message]:
    """Give what is left as it is in safe rooms: the last keepers, by room, and rooms that are safe no more."""
    for key, user_id in sorted(kept.items()):
        yield msg(
            "{room}: {user_id} is its last keeper and stays until another keeper has joined",
            room=key,
            user_id=user_id,
        )
    for key in sorted(actual.rooms.keys() - desired.rooms.keys()):
        if not actual.rooms[key].inside:
            yield msg(
                "{room} is not described as a safe room any more; its members go on there by themselves",
                room=key,
            )
