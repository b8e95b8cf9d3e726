"""Decides whether a plan removes or adds so much that it needs ``--force``. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from community.core.brake import adds_too_much, is_too_much
from community.core.messages import Message, msg
from matrix.ids import UserId
from provisioning.changes import (
    ArchiveRoom,
    Change,
    CloseAccount,
    CreateAccount,
    CreateRoom,
    RemoveMember,
    WithdrawMember,
)
from provisioning.snapshot import PRESENT, Snapshot


def excess(changes: Collection[Change], actual: Snapshot) -> Message | None:
    """Return a sentence if a plan removes more than is allowed without ``--force``, else None."""
    own = {actual.own.provisioner, actual.own.bot, actual.own.break_glass}
    memberships = sum(
        stands in PRESENT and user_id not in own
        for room in actual.rooms.values()
        for user_id, stands in room.members.items()
    )
    rooms = sum(not room.is_archived for room in actual.rooms.values())
    accounts = sum(a.closed is None and a.user_id not in own for a in actual.accounts.values())
    removed = Counter(
        type(change)
        for change in changes
        if not (isinstance(change, RemoveMember) and change.user_id == actual.own.bot)
    )
    if is_too_much(removed[ArchiveRoom], rooms):
        return msg("{removed} of {all} rooms would be archived", removed=removed[ArchiveRoom], all=rooms)
    people = removed[RemoveMember] + removed[WithdrawMember]
    if is_too_much(people, memberships):
        return msg(
            "people would be removed {removed} times, of {all} memberships",
            removed=people,
            all=memberships,
        )
    if is_too_much(removed[CloseAccount], accounts):
        return msg("{removed} of {all} accounts would be closed", removed=removed[CloseAccount], all=accounts)
    return None


def growth(changes: Collection[Change], actual: Snapshot) -> Message | None:
    """Return a sentence if a plan adds more to what is there than is allowed without ``--force``, else None."""
    rooms = sum(not room.is_archived for room in actual.rooms.values()) + sum(
        room.inside and not room.is_archived for room in actual.others.values()
    )
    accounts = sum(a.closed is None and a.user_id not in actual.own for a in actual.accounts.values())
    made = Counter(type(change) for change in changes)
    if adds_too_much(made[CreateRoom], rooms):
        return msg(
            "{added} rooms would be added to the {all} that there are", added=made[CreateRoom], all=rooms
        )
    if adds_too_much(made[CreateAccount], accounts):
        return msg(
            "{added} accounts would be added to the {all} that there are",
            added=made[CreateAccount],
            all=accounts,
        )
    return None


def vanishing(known: Collection[UserId], desired: Snapshot) -> Message | None:
    """Return a sentence where too many of the people ``known`` until now are not described any more, as left or at all.

    Nobody is removed whose line is only missing. But whatever else follows from so many missing lines was not meant:
    a file was cut off.
    """
    gone = sum(user_id not in desired.accounts for user_id in known)
    if not is_too_much(gone, len(known)):
        return None
    return msg("{removed} of {all} people are no longer described", removed=gone, all=len(known))
