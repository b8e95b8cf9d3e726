"""Merges the members of the description's files with those of the store, who came by an invitation or changed since.

Of each value three versions are compared: the store's, what the files said when they were last applied, and what they
say now. Unlike an entry of the directory (`community.directory.merge`) a member is merged value by value: that somebody
has chosen other themes in chat keeps nobody from giving them another role in the file.

=====================  ===================  ===========================================================
the store's            the files'           what becomes of it
=====================  ===================  ===========================================================
as it was applied      anything             as the files say
changed                as at the last time  stays as in the store
changed                changed as well      a note; role, city and successor are the files', name, themes
                                            and languages the store's, of the status the one further out
nobody of that name    described            as the files say
came by an invitation  not described        stays
came by an invitation  described anew       if the name is the same one person, and what differs was changed by
                                            both; else a note, and the file's line waits
described              not described now    gone from the members, as in the files; the user name is never given again
described, has left    not described now    stays, as somebody who has left: the line may be put back some day
=====================  ===================  ===========================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from community.core.messages import Message, msg
from community.core.words import fold
from community.description.model import Member, Status

_MERGED = ("name", "role", "city", "themes", "languages", "status", "successor")
_OF_FILES = frozenset(("role", "city", "successor"))
"""Values that decide what somebody may see and do: where both were changed, those who write the files decide."""
_FURTHER_OUT = (Status.LEFT, Status.ALUMNI, Status.ACTIVE)

MemberBase = Mapping[str, str]
"""What the files said of a member when they were last applied: a digest of each value, by its name."""


class MemberOrigin(StrEnum):
    """Where a member is from."""

    FILES = "files"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class MergedMember:
    """A member, and where they are from: from the files as soon as these describe them."""

    member: Member
    origin: MemberOrigin


@dataclass(frozen=True, slots=True)
class MergedMembers:
    """The members by user name, the digests for the next merge, who is described no longer, and notes.

    Members of the files come first, in the files' order, then the others in the store's: as they came. So the merge
    with files that nobody has touched gives the very members of the store, and nothing waits to be applied.
    """

    members: tuple[MergedMember, ...]
    bases: Mapping[str, MemberBase]
    gone: tuple[str, ...]
    notes: tuple[Message, ...]


def merge_members(
    stored: Iterable[Member], bases: Mapping[str, MemberBase], files: Iterable[Member]
) -> MergedMembers:
    """Return the members that the store's and the files' make together; ``bases`` are those of the last merge."""
    ours = {member.username: member for member in stored}
    merging = _MemberMerging(ours, bases)
    described = [merging.described(member) for member in files]
    names = {one.merged.member.username for one in described}
    others = [name for name in ours if name not in names]
    staying = [name for name in others if name not in bases or _has_left(ours[name], bases[name])]
    return MergedMembers(
        (
            *(one.merged for one in described),
            *(MergedMember(ours[n], MemberOrigin.INVITATION) for n in staying),
        ),
        {one.merged.member.username: one.base for one in described if one.base is not None},
        tuple(name for name in others if name not in staying),
        tuple(note for one in described for note in one.notes),
    )


def _has_left(stored: Member, base: MemberBase) -> bool:
    """Whether somebody has left in the network, of whom the files have not said it."""
    return stored.status is Status.LEFT and base.get("status") != member_base(stored)["status"]


@dataclass(frozen=True, slots=True)
class _MergedLine:
    """What became of one line of the files; ``base`` is None where the line waits."""

    merged: MergedMember
    base: MemberBase | None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class _MemberMerging:
    ours: Mapping[str, Member]
    bases: Mapping[str, MemberBase]

    def described(self, file: Member) -> _MergedLine:
        """Return what becomes of a line of the files."""
        stored, base = self.ours.get(file.username), self.bases.get(file.username)
        if stored is None:
            return _MergedLine(MergedMember(file, MemberOrigin.FILES), member_base(file))
        if base is None and fold(stored.name) != fold(file.name):
            waits = msg(
                "“{username}” came by an invitation as {stored}, and the file describes {file} under it: give that "
                "person another user name.",
                username=file.username,
                stored=stored.name,
                file=file.name,
            )
            return _MergedLine(MergedMember(stored, MemberOrigin.INVITATION), None, (waits,))
        # Of whoever came by an invitation and is described anew, both sides count as having changed what differs.
        choices = [_chosen(name, stored, base or {}, file) for name in _MERGED]
        values = {choice.name: choice.value for choice in choices}
        merged = MergedMember(file.model_copy(update=values), MemberOrigin.FILES)
        return _MergedLine(merged, member_base(file), tuple(self._notes(file, choices)))

    def _notes(self, file: Member, choices: Iterable[_MemberValue]) -> Iterator[Message]:
        for choice in choices:
            if choice.is_conflict:
                yield msg(
                    "Of “{username}” both the file and the network have changed “{field}” since it was last applied: "
                    "{which} holds.",
                    username=file.username,
                    field=choice.name,
                    which=_FILE_HOLDS if choice.is_of_file else _NETWORK_HOLDS,
                )


_FILE_HOLDS, _NETWORK_HOLDS = msg("what the file says"), msg("what was said in the network")


@dataclass(frozen=True, slots=True)
class _MemberValue:
    """Which version of one value holds."""

    name: str
    value: object
    is_of_file: bool = False
    is_conflict: bool = False


def _chosen(name: str, stored: Member, base: MemberBase, file: Member) -> _MemberValue:
    ours, theirs = getattr(stored, name), getattr(file, name)
    if ours == theirs or member_base(stored)[name] == base.get(name):
        return _MemberValue(name, theirs, is_of_file=True)
    if member_base(file)[name] == base.get(name):
        return _MemberValue(name, ours)
    if name == "status":
        out = min((ours, theirs), key=_FURTHER_OUT.index)
        return _MemberValue(name, out, is_of_file=out == theirs, is_conflict=True)
    is_of_file = name in _OF_FILES
    return _MemberValue(name, theirs if is_of_file else ours, is_of_file, is_conflict=True)


def member_base(member: Member) -> MemberBase:
    """Return the digests of what files say of a member."""
    values = member.model_dump(mode="json", include=set(_MERGED))
    return {name: hashlib.sha256(json.dumps(values[name]).encode()).hexdigest() for name in _MERGED}
