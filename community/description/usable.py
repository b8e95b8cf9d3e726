"""What of the description's files can be used where some of them have mistakes. Pure.

A mistake in the calendar or the directory keeps nobody from applying the community, and one in the community keeps
nobody who was marked as left in a room: what has a mistake stays as it was applied last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from community.core.errors import DescriptionError, Problem
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.faults import CALENDAR, COMMUNITY, DIRECTORY
from community.description.model import Community, Description, Status


@dataclass(frozen=True)
class UsableFiles:
    """The parts of the description without mistakes; None for one that has some.

    ``problems`` are by file. ``leaving``: the user names of those who are marked as left, as far as that can be read.
    """

    community: Community | None
    directory: Directory | None
    calendar: Calendar | None
    problems: Mapping[str, tuple[Problem, ...]]
    leaving: frozenset[str]

    def alone(self) -> Description:
        """Return the description where nothing was applied before.

        Raises:
            DescriptionError: with every problem of every file.
        """
        if self.problems or self.community is None or self.directory is None or self.calendar is None:
            raise self.refusal
        return Description(self.community, self.directory, self.calendar)

    def over(self, applied: Community) -> Description:
        """Return the description as it can be applied, where ``applied`` is the community that was applied last."""
        if self.community is None:
            # What the others name may be in the part that cannot be read.
            kept: dict[str, tuple[Problem, ...]] = {DIRECTORY: (), CALENDAR: (), **self.problems}
            return Description(_without(applied, self.leaving), _NO_DIRECTORY, _NO_CALENDAR, kept)
        return Description(
            self.community, self.directory or _NO_DIRECTORY, self.calendar or _NO_CALENDAR, self.problems
        )

    @property
    def refusal(self) -> DescriptionError:
        """All problems."""
        return DescriptionError([problem for some in self.problems.values() for problem in some])


_NO_DIRECTORY, _NO_CALENDAR = Directory(version=1), Calendar(version=1)


def applied_alone(applied: Community) -> Description:
    """Return the description that was applied last: the directory and the calendar are those of the store."""
    return Description(applied, _NO_DIRECTORY, _NO_CALENDAR, {COMMUNITY: (), DIRECTORY: (), CALENDAR: ()})


def is_community_kept(description: Description) -> bool:
    """Whether the community's own files have mistakes, so that the applied one stands in their place."""
    return not description.kept.keys() <= {DIRECTORY, CALENDAR}


def leaving(*trees: Any) -> frozenset[str]:
    """Return the user names of those whom files mark as left; ``trees`` are their plain values, of any shape."""
    members = (tree.get("members") for tree in trees if isinstance(tree, dict))
    rows = (row for some in members if isinstance(some, list) for row in some if isinstance(row, dict))
    names = (row.get("username") for row in rows if row.get("status") == Status.LEFT.value)
    return frozenset(name for name in names if isinstance(name, str))


def _without(community: Community, leaving: frozenset[str]) -> Community:
    members = tuple(
        member.model_copy(update={"status": Status.LEFT}) if member.username in leaving else member
        for member in community.members
    )
    return community if members == community.members else community.model_copy(update={"members": members})
