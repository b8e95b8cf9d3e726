"""Which fields of a contact its readers may see, and which events and deadlines. Pure."""

from __future__ import annotations

from collections.abc import Set

from community.description.admitted import roles_told
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Deadline
from community.description.directory_model import Contact, Guarded, Visible
from community.description.model import Community
from community.description.person import Person
from community.description.rooms import coordinating_roles
from community.directory.asking import ContactOf, asking_member
from community.directory.entry import CalendarEntry, Entry


def may_see(field: Guarded, contact: Contact, visible: Visible, readers: Set[str]) -> bool:
    """Whether each of the roles ``readers`` may see that field of a contact.

    ``visible`` is the directory's rule for all contacts. Without roles (it is not known who reads) every restricted
    field is hidden.
    """
    roles = contact.visible.get(field, visible.get(field))
    return roles is None or (bool(readers) and readers <= set(roles))


def may_be_told_of(
    entry: Entry, community: Community, readers: Set[str], alone: Person | None, contact: ContactOf
) -> bool:
    """Whether an entry may be spoken of to the roles ``readers``; ``alone``: the one who reads, where nobody else does.

    ``contact`` finds who asks for a deadline.

    The calendar's own rule (`EntryRooms.is_open`): what is posted where anybody of the network may come is everybody's,
    the rest is for the roles that it is for, for those whom it concerns, and for coordinators.
    """
    if not isinstance(entry, CalendarEntry):
        return True
    coordinating = coordinating_roles(community)
    if readers and readers <= coordinating:
        return True
    if alone is not None and (
        alone.username in _named(entry, contact) or _is_theirs(alone.username, entry, community)
    ):
        return True
    return bool(readers) and readers <= roles_meant(entry, community) | coordinating


def _named(entry: CalendarEntry, contact: ContactOf) -> tuple[str | None, ...]:
    asked_by = asking_member(entry, contact) if isinstance(entry, Deadline) else None
    return (entry.added_by, asked_by, *entry.audience.people)


def _is_theirs(username: str, entry: CalendarEntry, community: Community) -> bool:
    """Whether an entry concerns somebody, or is in a room of theirs."""
    member = community.member.get(username)
    if member is None:
        return False
    rooms = EntryRooms(community.model_copy(update={"members": (member,)}))
    return rooms.concerns(entry, member) or rooms.belongs(entry, member)


def roles_meant(entry: CalendarEntry, community: Community) -> frozenset[str]:
    """Return the roles that may know of an entry, be it that who coordinates may know of all."""
    if EntryRooms(community).is_open(entry):
        return frozenset(community.role)
    if entry.rooms:
        return frozenset[str]().union(*(roles_told(community, key) for key in entry.rooms))
    return frozenset(entry.audience.roles)
