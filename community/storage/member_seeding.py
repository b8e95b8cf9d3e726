"""Merges the files' members with those of the community that was applied last (`community.joining.members`)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.messages import Message
from community.description.model import Community, Description, Member
from community.joining.merged_community import MergedCommunity, merge_community
from community.storage.applied import AppliedCommunity, UnreadableCommunity
from community.storage.member_names import keep_names, read_bases


@dataclass(frozen=True, slots=True)
class MemberSeeding:
    """What applying a description comes to: the community with the merged members, and notes on them.

    ``is_renewed``: whether what is kept of the files changes, so that the next merge may be another one.
    """

    community: Community
    notes: tuple[Message, ...]
    is_renewed: bool


async def merged_with(
    connection: AsyncConnection,
    said: Description,
    found: AppliedCommunity | UnreadableCommunity | None,
    again: Collection[str],
    *,
    keeping: bool = False,
) -> MemberSeeding:
    """Return what ``said`` comes to with the community ``found``; ``keeping``: keep the digests for the next time.

    ``again``: see `merge_community`.
    """
    stored = _members(found)
    names = {member.username for member in (*stored, *said.community.members)}
    bases = await read_bases(connection, names)
    # A large network takes some tenths of a second.
    merged: MergedCommunity = await asyncio.to_thread(merge_community, said, stored, bases, again)
    if keeping:
        await keep_names(connection, names, merged.bases)
    return MemberSeeding(merged.community, merged.notes, merged.bases != bases)


def _members(found: AppliedCommunity | UnreadableCommunity | None) -> tuple[Member, ...]:
    match found:
        case None:
            return ()
        case UnreadableCommunity():
            return found.members
        case AppliedCommunity():
            return found.community.members
