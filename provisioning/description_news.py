"""What a plan changes of what Palabre itself goes by: the community, the directory, the calendar. Pure.

It is part of the plan: the bot answers by what was applied last, so a change of a file that touches no room has to be
applied too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from community.core.errors import Problem
from community.core.messages import Message, msg, nmsg
from community.description.model import Community, Description
from community.directory.entry import CALENDAR_KINDS, DIRECTORY_KINDS, EntryChange
from community.storage import AppliedCommunity, SeedingPlan, UnreadableCommunity
from community.storage.member_seeding import MemberSeeding


@dataclass(frozen=True)
class DescriptionNews:
    """What changes, a line each; ``digest`` is another one for other changes."""

    lines: tuple[Message, ...]
    digest: str


def news_since(
    found: AppliedCommunity | UnreadableCommunity | None,
    description: Description,
    seeding: SeedingPlan,
    members: MemberSeeding,
    *,
    is_changed: bool,
) -> DescriptionNews | None:
    """Return what applying ``description`` changes where ``found`` was applied last.

    ``is_changed``: whether the plan has other changes.
    """
    match found:
        case None:
            return None if is_changed else not_remembered(description)
        case UnreadableCommunity():
            return not_readable(description)
        case AppliedCommunity(community):
            return description_news(community, description, seeding, members)
        case _:
            assert_never(found)


def description_news(
    applied: Community, description: Description, seeding: SeedingPlan, members: MemberSeeding
) -> DescriptionNews | None:
    """Return what applying ``description`` changes where ``applied`` was applied last, None where that is nothing.

    ``members`` says how its members come about.
    """
    after = description.community
    parts = _different(applied, after)
    lines = (
        *_of_community(parts),
        *_of_members(parts, members),
        *_of_directory(seeding),
        *_of_calendar(seeding),
    )
    if not lines:
        return None
    # Whoever comes while somebody reads the plan is on both sides, and makes it no other one.
    differing = {before.username for before in applied.members} ^ {one.username for one in after.members}
    changed = [
        member.model_dump_json()
        for member in after.members
        if member.username in differing or member != applied.member[member.username]
    ]
    rest = after.model_copy(update={"members": ()}).model_dump_json() if parts else ""
    written = "\n".join((rest, *sorted(differing), *changed))
    return DescriptionNews(lines, hashlib.sha256(written.encode() + seeding.fingerprint).hexdigest())


def not_remembered(description: Description) -> DescriptionNews:
    """Return what changes where all is as described, and Palabre does not know yet that this was applied."""
    return _of_all(description, msg("Palabre goes by this description from now on"))


def not_readable(description: Description) -> DescriptionNews:
    """Return what changes where it cannot be read what was applied last."""
    line = msg("What was applied last cannot be read; Palabre goes by this description from now on")
    return _of_all(description, line)


def _of_all(description: Description, line: Message) -> DescriptionNews:
    written = description.community.model_dump_json().encode()
    return DescriptionNews((line,), hashlib.sha256(written).hexdigest())


def notes_on_kept(description: Description) -> Iterator[Message]:
    """Yield a note for each file that has mistakes, and so stays as it was applied last."""
    for name, problems in description.kept.items():
        if problems:
            yield kept_file(name, problems)


def kept_file(name: str, problems: Sequence[Problem]) -> Message:
    """Return the sentence that a file has mistakes and what was applied of it last stays."""
    first = problems[0]
    return nmsg(
        "{file} has a mistake and stays as it was applied last: {place}: {what}",
        "{file} has {count} mistakes and stays as it was applied last; the first: {place}: {what}",
        count=len(problems),
        file=name,
        place=str(first.place),
        what=first.what,
    )


def _different(before: Community, after: Community) -> list[str]:
    """Return the names of the parts of `community.yaml` that are not the same."""
    names = type(after).model_fields
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _of_community(parts: Sequence[str]) -> Iterator[Message]:
    if parts:
        yield msg("What the bot goes by changes: {parts}", parts=", ".join(parts))


def _of_members(parts: Sequence[str], members: MemberSeeding) -> Iterator[Message]:
    if "members" not in parts and members.is_renewed:
        yield msg("The members' file is taken in anew: no member changes")


def _of_directory(seeding: SeedingPlan) -> Iterator[Message]:
    if seeding.changes:
        yield _counted(
            msg("directory.yaml: {added} to add, {changed} to change, {removed} to remove"), seeding.changes
        )
    elif seeding.is_renewed(DIRECTORY_KINDS):
        yield msg("directory.yaml is taken in anew: no entry changes")


def _of_calendar(seeding: SeedingPlan) -> Iterator[Message]:
    if seeding.calendar_changes:
        counts = msg("calendar.yaml: {added} to add, {changed} to change, {removed} to remove")
        yield _counted(counts, seeding.calendar_changes)
    elif seeding.is_renewed(CALENDAR_KINDS):
        yield msg("calendar.yaml is taken in anew: no entry changes")


def _counted(message: Message, changes: Sequence[EntryChange]) -> Message:
    added = sum(change.before is None for change in changes)
    removed = sum(change.after is None for change in changes)
    changed = len(changes) - added - removed
    return Message(message.msgid, {"added": added, "changed": changed, "removed": removed})
