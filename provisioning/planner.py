"""What must change for the homeserver to be as described. Pure: the same two snapshots give the same plan.

Only what is ours is compared, and of it only what Palabre owns. Encryption is never planned off. A person who
left a room is not put back (the bot is); a room that is no longer described is named in a note and left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from community.messages import Message, Translator, msg
from matrix.ids import UserId
from provisioning.changes import (
    Change,
    CreateAccount,
    CreateRoom,
    JoinMember,
    Link,
    RequestInvite,
    SetState,
    Unlink,
    describe,
    order,
    sign,
)
from provisioning.snapshot import CHILD, LINKS, Membership, Room, Snapshot

_DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Plan:
    """The changes, in the order in which they may be applied, and what is worth knowing besides."""

    changes: tuple[Change, ...]
    notes: tuple[Message, ...] = ()

    @property
    def digest(self) -> str:
        """A short name of exactly these changes; every process finds the same one."""
        lines = "\n".join(f"{sign(change)} {change!r}" for change in self.changes)
        return hashlib.sha256(lines.encode()).hexdigest()[:_DIGEST_LENGTH]

    def count(self, wanted: str) -> int:
        """Return how many changes have that sign."""
        return sum(1 for change in self.changes if sign(change) == wanted)

    @property
    def summary(self) -> Message:
        """The plan's last line."""
        return msg(
            "Plan: {added} to add, {changed} to change, {removed} to remove",
            added=self.count("+"),
            changed=self.count("~"),
            removed=self.count("-"),
        )

    def lines(self, translate: Translator) -> Iterator[str]:
        """Give the plan as text: changes, notes, summary, digest."""
        for change in self.changes:
            yield f"{sign(change)} {translate(describe(change))}"
        for note in self.notes:
            yield f"! {translate(note)}"
        yield translate(self.summary)
        if self.changes:
            yield translate(msg("Digest: {digest}", digest=self.digest))


def plan(desired: Snapshot, actual: Snapshot) -> Plan:
    """Return what takes ``actual`` to ``desired``."""
    changes = sorted(_changes(desired, actual), key=order)
    return Plan(tuple(changes), tuple(_notes(desired, actual)))


def _changes(desired: Snapshot, actual: Snapshot) -> Iterator[Change]:
    for user_id, account in desired.accounts.items():
        if user_id not in actual.accounts:
            yield CreateAccount(account)
    for key, room in desired.rooms.items():
        there = actual.rooms.get(key)
        if there is None:
            yield CreateRoom(room)
        yield from _state_changes(room, there)
        yield from _unlinks(room, there, desired)
        yield from _member_changes(room, there, desired, actual)


def _state_changes(room: Room, there: Room | None) -> Iterator[Change]:
    for (event_type, state_key), content in room.state.items():
        if there is None:
            # Everything else is part of making the room; its children are made after it.
            if event_type == CHILD:
                yield Link(room.key, event_type, state_key, content)
        elif event_type in LINKS and (event_type, state_key) not in there.state:
            yield Link(room.key, event_type, state_key, content)
        elif there.state.get((event_type, state_key)) != content:
            yield SetState(room.key, event_type, state_key, content)


def _unlinks(room: Room, there: Room | None, desired: Snapshot) -> Iterator[Change]:
    """Give the links between described rooms that are not described; those to other rooms are left alone."""
    if there is None:
        return
    for event_type, other in there.state.keys() - room.state.keys():
        if event_type in LINKS and other in desired.rooms:
            yield Unlink(room.key, event_type, other)


def _member_changes(room: Room, there: Room | None, desired: Snapshot, actual: Snapshot) -> Iterator[Change]:
    for user_id, wanted in room.members.items():
        stands = None if there is None else there.members.get(user_id)
        if _is_closed(user_id, actual):
            continue
        match wanted, stands:
            case Membership.JOINED, None | Membership.INVITED | Membership.REQUESTED:
                yield JoinMember(room.key, user_id)
            case Membership.JOINED, Membership.LEFT if user_id not in desired.accounts:
                # No person: the bot, which has no will of its own.
                yield JoinMember(room.key, user_id)
            case Membership.REQUESTED, None:
                yield RequestInvite(room.key, user_id)
            case _:
                # joined, invited, asked for already, or gone
                continue


def _is_closed(user_id: UserId, actual: Snapshot) -> bool:
    return user_id in actual.accounts and actual.accounts[user_id].closed


def _notes(desired: Snapshot, actual: Snapshot) -> Iterator[Message]:
    for user_id in sorted(desired.accounts):
        if _is_closed(user_id, actual):
            yield msg("the account {user_id} is closed; nothing is done for it", user_id=user_id)
    for key in sorted(actual.rooms.keys() - desired.rooms.keys()):
        yield msg("{room} is no longer described; it is left as it is", room=key)
    for key in sorted(desired.rooms.keys() & actual.rooms.keys()):
        yield from _room_notes(desired.rooms[key], actual.rooms[key], desired)


def _room_notes(room: Room, there: Room, desired: Snapshot) -> Iterator[Message]:
    for user_id in sorted(room.members):
        if user_id in desired.accounts and there.members.get(user_id) is Membership.LEFT:
            yield msg("{room}: {user_id} has left and is not put back", room=room.key, user_id=user_id)
