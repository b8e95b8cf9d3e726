"""Members who come or change while the network runs, in the community that was applied last.

Every process goes by that community (`community.storage.in_force`), so whoever is added here is a member for all of
them. With each change a `MembershipUpdate` is filed, by which the provisioner makes the homeserver match; it alone
writes who is who for the bots (`people`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.errors import PalabreError
from community.core.messages import msg
from community.description.member_rooms import rooms_of
from community.description.model import Community, Description, Member
from community.jobs.memberships import MembershipUpdate
from community.joining.invitation import NameTaken
from community.storage.applied import AppliedCommunity, hold_applied, read_applied, write_applied
from community.storage.audit import NewAuditEntry, values_of
from community.storage.jobs import file_on
from community.storage.joining_tables import usernames
from community.storage.member_names import is_used, name_digest, read_bases
from community.storage.member_seeding import MemberSeeding, merged_with
from community.storage.tables import audit
from community.storage.transactions import Transactions, revision


class MemberError(PalabreError):
    """A member cannot be added or changed."""


class UnknownMember(MemberError):
    """Nobody has this user name."""

    def __init__(self, username: str) -> None:
        super().__init__(
            msg("Nobody in the network has the user name “{username}”.", username=username),
            msg("Look at how it is written."),
        )


class NothingApplied(MemberError):
    """There is no network yet that somebody could be a member of."""

    def __init__(self) -> None:
        super().__init__(
            msg("The network was never set up, so nobody can be in it yet."),
            msg("Run “palabre apply” first."),
        )


class MemberChanges:
    """Adds and changes members, one at a time. Each call raises StoreError.

    Each is one transaction in which the members are read and written, so that two at once lose nothing.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def add(self, member: Member, user_id: str, *, by: str, at: datetime) -> bool:
        """Add a member, and note it in the audit as done by ``by``; return False where they are there already.

        ``user_id`` is their Matrix ID.

        Raises:
            NameTaken: somebody else has, or had, that user name.
            NothingApplied.
        """
        async with self._transaction() as connection:
            community = await _held(connection)
            there = community.member.get(member.username)
            if there == member:
                return False
            if there is not None or await is_used(connection, member.username):
                raise NameTaken
            await connection.execute(insert(usernames), [{"digest": name_digest(member.username)}])
            members = (*community.members, member)
            changed = _MemberChange("member-add", member.username, "", user_id)
            await _write(connection, community, members, changed, by, at)
        return True

    async def is_used(self, username: str) -> bool:
        """Whether somebody has, or had, a user name: it is given to nobody else."""
        async with self._transaction.reading() as connection:
            return await is_used(connection, username)

    async def is_in_files(self, username: str) -> bool:
        """Whether the files that were applied last describe a member: who came by a link is in none, until exported."""
        async with self._transaction.reading() as connection:
            return bool(await read_bases(connection, [username]))

    async def note_come(self, user_id: str, *, by: str, at: datetime) -> None:
        """Ask for the rooms of a member who is described and has come: they have an account now.

        Asked for again before it was done, it is one job.
        """
        async with self._transaction() as connection:
            await file_on(connection, MembershipUpdate(user_id, by, "come").new_job(), at=at)

    async def preview(self, said: Description, again: Collection[str] = ()) -> MemberSeeding:
        """Return what applying the files' description ``said`` would come to; changes nothing.

        ``again``: the user names of those who have left and are asked in again.
        """
        async with self._transaction.reading() as connection:
            return await merged_with(connection, said, await read_applied(connection), again)

    async def seed(self, said: Description, again: Collection[str] = (), *, at: datetime) -> MemberSeeding:
        """Make the community of ``said`` the one that was applied last, its members merged with those of the store.

        That is one transaction: whoever comes meanwhile is a member before it or after it, and never lost.
        """
        async with self._transaction() as connection:
            seeding = await merged_with(connection, said, await hold_applied(connection), again, keeping=True)
            await write_applied(connection, seeding.community, at)
        return seeding

    async def change(
        self, username: str, change: Callable[[Member], Member], user_id: str, *, by: str, at: datetime
    ) -> Member:
        """Change a member, note in the audit which of their values were changed, and return them.

        ``user_id`` is their Matrix ID. ``change`` returns the member as they are to be, of the same user name, from
        what they are at that moment. Where they ask for it themselves (``by`` is their Matrix ID), they are asked into
        the rooms that it brings also if they had left them.

        Raises:
            UnknownMember, NothingApplied.
        """
        async with self._transaction() as connection:
            community = await _held(connection)
            before = community.member.get(username)
            if before is None:
                raise UnknownMember(username)
            after = change(before)
            if after == before:
                return before
            members = tuple(after if one.username == username else one for one in community.members)
            names = (name for name in Member.model_fields if getattr(before, name) != getattr(after, name))
            again: tuple[str, ...] = ()
            if by == user_id:
                again = await asyncio.to_thread(_brought, before, after, community)
            changed = _MemberChange("member-change", username, " ".join(names), user_id, again)
            await _write(connection, community, members, changed, by, at)
        return after


async def _held(connection: AsyncConnection) -> Community:
    """Return the community that was applied last, which nobody else changes until the transaction ends."""
    found = await hold_applied(connection)
    if not isinstance(found, AppliedCommunity):
        raise NothingApplied
    return found.community


def _brought(before: Member, after: Member, community: Community) -> tuple[str, ...]:
    """Return the rooms that a change brings a member."""
    return tuple(sorted(rooms_of(after, community) - rooms_of(before, community)))


@dataclass(frozen=True, slots=True)
class _MemberChange:
    """What is noted in the audit of a change, whose account it concerns, and which rooms they have asked for."""

    action: str
    username: str
    detail: str
    user_id: str
    again: tuple[str, ...] = ()


async def _write(
    connection: AsyncConnection,
    community: Community,
    members: tuple[Member, ...],
    changed: _MemberChange,
    by: str,
    at: datetime,
) -> None:
    await write_applied(connection, community.model_copy(update={"members": members}), at)
    entry = NewAuditEntry(
        at=at, actor=by, action=changed.action, subject=changed.username, detail=changed.detail
    )
    await connection.execute(insert(audit), [values_of(entry)])
    number = await revision(connection, "description")
    update = MembershipUpdate(changed.user_id, by, str(number), changed.again)
    await file_on(connection, update.new_job(), at=at)
