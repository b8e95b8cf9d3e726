"""Who of those described has come: accounts and memberships are only for them. Pure.

Who has come has an account, by whomever it was made. Nobody else can make one of a described name: the homeserver lets
nobody register, and one that was there before is held (`provisioning.held_accounts`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from community.core.messages import Message, nmsg
from matrix.ids import UserId
from provisioning.snapshot import Room, Snapshot


def not_come(desired: Snapshot, actual: Snapshot) -> frozenset[UserId]:
    """Return the people described, but for those who have left, of whom there is no account."""
    return frozenset(
        user
        for user, account in desired.accounts.items()
        if account.closed is None and user not in actual.accounts
    )


def without(desired: Snapshot, people: Collection[UserId]) -> Snapshot:
    """Return what ought to be there as long as ``people`` have not come.

    Their powers in rooms stay described: nothing but they themselves is missing there, and in a safe room nobody could
    be given one later.
    """
    if not people:
        return desired
    accounts = {user: account for user, account in desired.accounts.items() if user not in people}
    rooms = {key: _without(room, people) for key, room in desired.rooms.items()}
    return replace(desired, accounts=accounts, rooms=rooms)


def _without(room: Room, people: Collection[UserId]) -> Room:
    members = {user: stands for user, stands in room.members.items() if user not in people}
    return replace(room, members=members, may_enter=room.may_enter.difference(people))


def not_come_notes(desired: Snapshot, people: Collection[UserId]) -> Iterator[Message]:
    """Say how many of ``people``, who have not come, are expected: all but former members."""
    count = sum(not desired.accounts[user].former for user in people)
    if count:
        yield nmsg(
            "{count} person is described and has not come yet; for a link by which they come: palabre invite "
            "--all-described",
            "{count} people are described and have not come yet; for the links by which they come: palabre invite "
            "--all-described",
            count=count,
        )
