"""Who may change entries: at once, by a proposal that another person approves, or not at all. Pure.

Coordinators (roles that may ``moderate``) may change all of them. People whose role may ``edit`` may change the entries
of their own city, and the events and deadlines that they have entered themselves, as long as these concern the same
people. Everybody else may propose changes, and change some fields of their own contact at once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from community.description.calendar_model import Deadline, Event
from community.description.directory_model import Contact, Project, Resource
from community.description.model import Community, Permission
from community.description.person import Person
from community.description.rooms import coordinating_roles
from community.directory.asking import ContactOf, asking_member, no_contact
from community.directory.changes import as_values
from community.directory.concerned import concerns_only, concerns_the_same
from community.directory.entry import CalendarEntry, Entry


class Action(StrEnum):
    """An action on an entry."""

    ADD = "add"
    CHANGE = "change"
    CONFIRM = "confirm"
    REMOVE = "remove"
    UNDO = "undo"
    APPROVE = "approve"
    HISTORY = "see history"
    STALE = "list stale"


class Verdict(StrEnum):
    """Whether an action is allowed."""

    ALLOWED = "yes"
    PROPOSE = "proposes"
    REFUSED = "no"


OWN_FIELDS = frozenset({"phone", "hours", "languages"})
"""Fields of their own contact that people may change at once."""
_FRESHNESS = frozenset({"confirmed"})


def may(
    person: Person | None,
    action: Action,
    entry: Entry | None,
    community: Community,
    *,
    after: Entry | None = None,
    contact: ContactOf = no_contact,
    proposer: str | None = None,
) -> Verdict:
    """Return whether a person may do an action with an entry.

    ``person`` is None for anybody who is no active member (alumni, people who left, strangers). ``entry`` is the
    current entry, None where one is added; ``after`` is the entry after the change. ``proposer``: the Matrix ID of
    whoever made a proposal that is to be approved. ``contact`` finds who leads a project, or asks for a deadline.
    """
    if person is None:
        return Verdict.REFUSED
    concerned = [e for e in (entry, after) if e is not None]
    keeps = all(keeps_entry(person, e, community) for e in concerned) if concerned else False
    keeps = keeps or coordinates(person, community) or _keeps_own_date(person, entry, after, community)
    match action:
        case Action.HISTORY | Action.STALE:
            return Verdict.ALLOWED
        case Action.APPROVE:
            return Verdict.ALLOWED if keeps and proposer != person.user_id else Verdict.REFUSED
        case Action.CONFIRM:
            own = entry is not None and owns(person, entry, contact)
            return Verdict.ALLOWED if keeps or own else Verdict.PROPOSE
        case Action.CHANGE | Action.UNDO:
            return Verdict.ALLOWED if keeps or _is_about_oneself(person, entry, after) else Verdict.PROPOSE
        case Action.ADD | Action.REMOVE:
            return Verdict.ALLOWED if keeps else Verdict.PROPOSE
        case _:
            assert_never(action)


def coordinates(person: Person, community: Community) -> bool:
    """Whether a person's role may change the whole directory."""
    return person.role in coordinating_roles(community)


def leads(person: Person, community: Community) -> bool:
    """Whether a person's role may decide on entries at all: on all of them, or on those of their city."""
    role = community.role.get(person.role)
    return coordinates(person, community) or (role is not None and Permission.EDIT in role.may)


def keeps_entry(person: Person, entry: Entry, community: Community) -> bool:
    """Whether a person may change an entry by their role: they coordinate, or it is of their own city only."""
    if coordinates(person, community):
        return True
    if person.city is None or not leads(person, community):
        return False
    match entry:
        case Contact() | Resource() | Project():
            return set(entry.cities) == {person.city}
        case Event() | Deadline():
            return concerns_only(entry, person.city, community)
        case _:
            assert_never(entry)


def _keeps_own_date(person: Person, before: Entry | None, after: Entry | None, community: Community) -> bool:
    """Whether an event or a deadline is a lead's own, and a change leaves alone whom it concerns."""
    if not isinstance(before, CalendarEntry) or before.added_by != person.username:
        return False
    if isinstance(after, CalendarEntry) and not concerns_the_same(before, after):
        return False
    return leads(person, community)


def owns(person: Person, entry: Entry, contact: ContactOf) -> bool:
    """Whether an entry is a person's own: their contact, a project they lead, what they added, a deadline they set."""
    match entry:
        case Contact():
            return entry.member == person.username
        case Resource():
            return entry.added_by == person.username
        case Project():
            lead = None if entry.lead is None else contact(entry.lead)
            return lead is not None and lead.member == person.username
        case Event():
            return entry.added_by == person.username
        case Deadline():
            return person.username in (entry.added_by, asking_member(entry, contact))
        case _:
            assert_never(entry)


def _is_about_oneself(person: Person, before: Entry | None, after: Entry | None) -> bool:
    if not isinstance(before, Contact) or not isinstance(after, Contact) or before.member != person.username:
        return False
    return changed_fields(before, after) <= OWN_FIELDS | _FRESHNESS


def changed_fields(before: Entry, after: Entry) -> frozenset[str]:
    """Return the names of the fields in which two states of an entry differ."""
    old, new = as_values(before), as_values(after)
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
