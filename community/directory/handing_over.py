"""What is in one person's name, and who has it when that person goes. Pure.

The same rules as where a description is applied (`community.description.succession`,
`community.directory.calendar_consistency`), for one person and the entries as they are in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from community.core.messages import Message, in_a_row, nmsg
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Contact, Directory, Project
from community.description.model import Community, Description, Member, Status
from community.description.succession import hand_over
from community.directory.asking import asking_member
from community.directory.calendar_consistency import fitting_calendar
from community.directory.entry import (
    ChangedEntry,
    Entry,
    EntryChange,
    EntryKey,
    calendar_entries,
    entries_of,
    key_of,
)


@dataclass(frozen=True, slots=True)
class InTheirName:
    """How many contacts, projects and deadlines are in somebody's name."""

    contacts: int = 0
    projects: int = 0
    deadlines: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.contacts or self.projects or self.deadlines)

    @property
    def said(self) -> Message:
        """What there is, counted; nothing is said of what they do not have. There is something."""
        counted = (
            (self.contacts, nmsg("{count} contact", "{count} contacts", count=self.contacts)),
            (self.projects, nmsg("{count} project", "{count} projects", count=self.projects)),
            (self.deadlines, nmsg("{count} deadline", "{count} deadlines", count=self.deadlines)),
        )
        found = [message for count, message in counted if count]
        return in_a_row(found)


def in_the_name_of(username: str, directory: Directory, calendar: Calendar) -> InTheirName:
    """Count what is in a member's name: contacts, projects that these lead, deadlines that they ask for."""
    return was_in_the_name_of(username, directory, calendar, ())


def was_in_the_name_of(
    username: str, directory: Directory, calendar: Calendar, changed: Iterable[ChangedEntry]
) -> InTheirName:
    """Count what was in a member's name before entries were ``changed``; the others are as they are."""
    entries = _by_key((*entries_of(directory), *calendar_entries(calendar)))
    then = [*(entries | {(one.kind, one.key): one.before for one in changed}).values()]
    contacts = {entry.key: entry for entry in then if isinstance(entry, Contact)}
    keys = {key for key, contact in contacts.items() if contact.member == username}
    deadlines = (entry for entry in then if isinstance(entry, Deadline))
    return InTheirName(
        len(keys),
        sum(1 for entry in then if isinstance(entry, Project) and entry.lead in keys),
        sum(1 for one in deadlines if asking_member(one, contacts.get) == username),
    )


def left_vacant(username: str, directory: Directory) -> int:
    """Return how many contacts are in a member's name still, marked as vacant: nobody has taken them over."""
    return sum(1 for contact in directory.contacts if contact.member == username and contact.vacant)


def handed_over(
    username: str, successor: str | None, community: Community, directory: Directory, calendar: Calendar
) -> tuple[EntryChange, ...]:
    """Return the changes by which nothing is in a member's name any more.

    It goes to the ``successor``; without one to the deputy of each contact, and where there is none the contact stays
    and is marked as vacant. Of the calendar they are taken out of those whom a date is for, and of who asks.
    """
    gone = _with_one_leaver(username, successor, community)
    known = _resolvable(directory, {member.username for member in gone.members})
    after, _ = hand_over(Description(gone, known, calendar))
    named = [one for one in calendar_entries(calendar) if _names(one, username, directory)]
    events = tuple(one for one in named if isinstance(one, Event))
    deadlines = tuple(one for one in named if isinstance(one, Deadline))
    dates = calendar.model_copy(update={"events": events, "deadlines": deadlines})
    fitting, _ = fitting_calendar(dates, gone, {contact.key for contact in after.contacts})
    written = _by_key(entries_of(directory))
    return (
        *_changes(written, _by_key(entries_of(known)), _by_key(entries_of(after))),
        *_changes(_by_key(named), _by_key(named), _by_key(calendar_entries(fitting))),
    )


def _with_one_leaver(username: str, successor: str | None, community: Community) -> Community:
    """Return the community in which this person alone has left: what others left behind was dealt with then."""

    def stands(member: Member) -> Member:
        if member.username == username:
            return member.model_copy(update={"status": Status.LEFT, "successor": successor})
        return member.model_copy(update={"status": Status.ACTIVE, "successor": None})

    return community.model_copy(update={"members": tuple(map(stands, community.members))})


def _resolvable(directory: Directory, usernames: set[str]) -> Directory:
    """Return the directory without members and deputies that there are not: the store may name anybody."""
    keys = {contact.key for contact in directory.contacts}

    def mended(contact: Contact) -> Contact:
        member = contact.member if contact.member in usernames else None
        deputy = contact.deputy if contact.deputy in keys else None
        if (member, deputy) == (contact.member, contact.deputy):
            return contact
        return contact.model_copy(update={"member": member, "deputy": deputy})

    return directory.model_copy(update={"contacts": tuple(map(mended, directory.contacts))})


def _names(entry: Event | Deadline, username: str, directory: Directory) -> bool:
    contacts = {contact.key: contact for contact in directory.contacts}
    is_asked = isinstance(entry, Deadline) and asking_member(entry, contacts.get) == username
    return username in entry.audience.people or is_asked


def _by_key(entries: Iterable[Entry]) -> dict[EntryKey, Entry]:
    return {key_of(entry): entry for entry in entries}


def _changes(
    written: Mapping[EntryKey, Entry], before: Mapping[EntryKey, Entry], after: Mapping[EntryKey, Entry]
) -> Iterator[EntryChange]:
    """Yield what differs; ``written`` is what stands in the store."""
    # What others refer to is changed before it goes.
    for (kind, key), entry in sorted(before.items(), key=lambda item: (item[0] not in after, item[0])):
        then = after.get((kind, key))
        if then != entry:
            yield EntryChange(kind, key, written[kind, key], then)
