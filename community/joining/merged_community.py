"""The community as files and store make it together: its members are merged, all else is the files'. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from community.core.messages import Message
from community.description.model import Community, Description, Member, Status
from community.description.usable import is_community_kept
from community.joining.members import MemberBase, merge_members


@dataclass(frozen=True, slots=True)
class MergedCommunity:
    """The community, the digests for the next merge by user name, and notes on the merge."""

    community: Community
    bases: Mapping[str, MemberBase]
    notes: tuple[Message, ...] = ()


def merge_community(
    said: Description,
    stored: Iterable[Member],
    bases: Mapping[str, MemberBase],
    again: Collection[str] = (),
) -> MergedCommunity:
    """Return what the files' description comes to with the members ``stored`` in the community applied last.

    ``bases``: the digests of the last merge. Where the files' community cannot be used (`Description.kept`), the
    members are those of the store, but whoever is marked as left has left. ``again``: user names of those who have left
    and are asked in again by name: of them the status is what the files say.
    """
    if is_community_kept(said):
        leaving = {member.username for member in said.community.members if member.status is Status.LEFT}
        members = tuple(_left(member) if member.username in leaving else member for member in stored)
        return MergedCommunity(_with(said.community, members), bases)
    merged = merge_members(stored, bases, said.community.members)
    back = {member.username: member for member in said.community.members if member.username in again}
    members = tuple(
        one.member.model_copy(update={"status": back[name].status}) if name in back else one.member
        for one in merged.members
        for name in (one.member.username,)
    )
    return MergedCommunity(_with(said.community, members), merged.bases, merged.notes)


def _left(member: Member) -> Member:
    return member.model_copy(update={"status": Status.LEFT})


def _with(community: Community, members: tuple[Member, ...]) -> Community:
    return community if members == community.members else community.model_copy(update={"members": members})
