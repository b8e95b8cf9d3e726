"""Commands about the directory, as `command_parser` reads them: names as they were written."""

from __future__ import annotations

from dataclasses import dataclass

from community.description.calendar_model import EventKind
from community.directory.entry import CalendarKind, EntryKind


@dataclass(frozen=True, slots=True)
class Add:
    """Add an entry. ``rest`` is the text after the noun; ``what`` the kind of resource or contact, if named."""

    kind: EntryKind
    what: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class Save:
    """Keep the message that this one replies to as an entry.

    ``kind`` and ``what`` as in `Add`, where they were named.
    """

    kind: EntryKind | None
    what: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove an entry. An empty name is the entry in the message replied to."""

    name: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Confirm that an entry is still right. An empty name is the entry in the message replied to."""

    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """Set a field to another value.

    ``readings`` are pairs of an entry's name and the value: one pair for each place where the name may end and the
    value begin. An empty name is the sender's own entry.
    """

    field: str
    readings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChangeStage:
    """Set a project's stage. An empty name is the project that the sender leads."""

    name: str
    stage: str


@dataclass(frozen=True, slots=True)
class Deputy:
    """Make the contact ``deputy`` the deputy of the contact ``of``."""

    deputy: str
    of: str


@dataclass(frozen=True, slots=True)
class History:
    """Show the changes of an entry. An empty name: the latest changes of all entries."""

    name: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the change of that number, without one the sender's last change."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Proposals:
    """List the proposals that wait for a decision."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Approve or decline the proposal of that number, without one the only proposal that waits."""

    approved: bool
    number: int | None


@dataclass(frozen=True, slots=True)
class ListStale:
    """List the entries that nobody has confirmed for long. ``rest`` may name cities, themes and kinds."""

    rest: str


@dataclass(frozen=True, slots=True)
class PlanDate:
    """Set an event or a deadline. ``rest`` says what and when; ``what`` is the kind of event.

    Where it ``is_sure`` not, the words alone do not show that a date is meant: ``rest`` has to say when it is.
    """

    kind: CalendarKind
    what: EventKind | None
    rest: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class BarePlan:
    """What may plan an event or a deadline, if it says when, and what. ``kind``: None where it names none.

    ``has_verb``: a word for planning was said. Without one it has to say at what time, or of which days.
    """

    kind: CalendarKind | None
    what: EventKind | None
    rest: str
    has_verb: bool


@dataclass(frozen=True, slots=True)
class MoveDate:
    """Move an event or a deadline, or one occurrence. ``rest`` says which, and to when."""

    rest: str


@dataclass(frozen=True, slots=True)
class CancelDate:
    """Call off an event or a deadline, or one occurrence. ``rest`` says which."""

    rest: str


EditCommand = PlanDate | MoveDate | CancelDate | Add | Save | Remove | Confirm | Change | ChangeStage | Deputy
"""Commands that begin a draft; they need nothing of the store but the directory."""
QueryCommand = Undo | History | Proposals | Decision | ListStale
"""Commands that need records of the store (history, proposals) or change nothing."""
Command = EditCommand | QueryCommand


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A command and the code of its language."""

    command: Command
    language: str
