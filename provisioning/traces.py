"""What shows afterwards that somebody was where they must not be: each of it is told once, and then noted. Pure.

Who was ever in a room has a membership event in its state for ever, and Synapse keeps for a week when an account was
last used. So what came and went between two looks is found at the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from community.accounts.faults import AccountFault, FaultKind
from matrix.ids import RoomId, UserId
from provisioning.account_faults import AccountsSeen, described, room_name
from provisioning.held_accounts import digest
from provisioning.safe_rooms import Phase, SafeRoom
from provisioning.snapshot import PRESENT, OwnAccounts, Room, Snapshot


@dataclass(frozen=True, slots=True)
class Trace:
    """What shows it: ``name`` is what it is noted by. Without a ``fault`` there is nothing to tell of it."""

    name: str
    fault: AccountFault | None = None


def traces(
    seen: AccountsSeen,
    desired: Snapshot,
    actual: Snapshot,
    safe: Iterable[SafeRoom],
    left: Collection[RoomId],
    *,
    believed: bool,
) -> tuple[Trace, ...]:
    """Return every trace that is there, told or not.

    ``left`` are the rooms that the provisioner was seen to have left to their keepers. A description that is not
    ``believed`` says nothing of who is a stranger.
    """
    own, known = desired.own, described(desired)
    strangers = (trace for room in safe for trace in _of_others(room, known, own, left)) if believed else ()
    ours = _of_break_glass(actual.rooms.values(), own)
    return (*_of_use(seen, own), *ours, *_of_break_glass_elsewhere(seen, actual), *strangers)


def account_trace(user_id: UserId) -> str:
    """Return what it is noted by that somebody's account is there."""
    return digest("account", user_id)


def account_traces(
    desired: Snapshot, actual: Snapshot, made: Collection[UserId], held: Collection[UserId]
) -> Iterator[Trace]:
    """Give the accounts of those described: somebody else may have made one, to be taken for the person.

    ``made`` are the accounts that Palabre has made, given a new password or been told about, ``held`` those of which
    nobody has said whose they are.
    """
    for user in sorted(desired.accounts.keys() & actual.accounts.keys()):
        kind = FaultKind.ACCOUNT_HELD if user in held else FaultKind.ACCOUNT_FOUND
        yield Trace(account_trace(user), None if user in made else AccountFault(kind, user))


def _of_use(seen: AccountsSeen, own: OwnAccounts) -> Iterator[Trace]:
    if seen.break_glass_used is not None:
        fault = AccountFault(FaultKind.BREAK_GLASS_USED, own.break_glass)
        yield Trace(digest("used", str(seen.break_glass_used)), fault)


def _of_break_glass(rooms: Iterable[Room], own: OwnAccounts) -> Iterator[Trace]:
    for room in rooms:
        event = room.absent.get(own.break_glass)
        if event is not None:
            name = digest(event.event_id)
            yield Trace(
                name, AccountFault(FaultKind.BREAK_GLASS_PASSED, own.break_glass, room_name(room), name)
            )


def _of_break_glass_elsewhere(seen: AccountsSeen, actual: Snapshot) -> Iterator[Trace]:
    """Give those of rooms that are not ours, of which nothing is known but their ids: each is told once."""
    ours, account = {room.room_id for room in actual.rooms.values()}, actual.own.break_glass
    for room_id in seen.break_glass_absent:
        if room_id not in ours:
            name = digest(room_id)
            yield Trace(name, AccountFault(FaultKind.BREAK_GLASS_PASSED, account, room_id, name))


def _of_others(
    safe: SafeRoom, known: Collection[UserId], own: OwnAccounts, left: Collection[RoomId]
) -> Iterator[Trace]:
    """Give those of a safe room: of who is known too, since they may be taken out of the description afterwards."""
    there = safe.there
    if there is None or safe.phase is Phase.UNCHANGED or (there.inside and there.room_id not in left):
        return
    # At the first look after it was left, what was there before that is of a time when it was no safe room.
    left_at = there.absent.get(own.provisioner) if there.room_id not in left else None
    for user, event in sorted(there.absent.items()):
        if user in own or there.members.get(user) in PRESENT:
            continue
        name = digest(event.event_id)
        is_before = left_at is not None and event.at < left_at.at
        fault = AccountFault(FaultKind.STRANGER_PASSED, user, room_name(there), name)
        yield Trace(name, None if is_before or user in known else fault)
