"""Removes a person from the versions of an entry. Pure.

A contact belongs to the person in its ``member``. Other versions of it without ``member`` belong to them too, if they
have the same name or e-mail. Of a desk, which several people keep, only the account is removed; of an event or a
deadline only that they have entered it, ask for it or are among those whom it concerns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from community.description.calendar_model import Deadline, Event
from community.description.directory_model import Contact, Project, Resource
from community.description.fields import ANY_LANGUAGE, Localized
from community.directory.asking import asking_member
from community.directory.entry import CalendarEntry, Entry

NOBODY = "-"
"""A user name that nobody has: the next seeding takes out what is for nobody else."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Marks a contact's versions as a person's: the user name, and the names and e-mails in versions of theirs.

    ``namesake``: the contact whose key is that user name, if there is one: that may be somebody else's.
    """

    username: str
    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    namesake: Contact | None = None

    def contact(self, key: str) -> Contact | None:
        """Return the contact whose key that is, as far as it may be taken for the person."""
        return self.namesake if key == self.username else None

    def has(self, contact: Contact) -> bool:
        """Whether this version is the person's."""
        if contact.member is not None or contact.kind == "desk":
            return contact.member == self.username
        named = not self.names.isdisjoint(text for _, text in contact.name)
        return named or (contact.email is not None and contact.email in self.emails)


def traces(username: str, versions: Iterable[Entry], namesake: Entry | None = None) -> Traces:
    """Return the traces of a person in the ``versions`` of one contact; ``namesake`` has their user name as its key."""
    own = [one for one in versions if isinstance(one, Contact) and one.member == username]
    persons = [one for one in own if one.kind == "person"]
    return Traces(
        username,
        frozenset(text for contact in persons for _, text in contact.name),
        frozenset(contact.email for contact in persons if contact.email is not None),
        namesake if isinstance(namesake, Contact) else None,
    )


def names_person(entry: Entry, person: Traces) -> bool:
    """Whether the entry is in the person's name, or says that they added it, ask for it or are concerned by it."""
    match entry:
        case Contact():
            return person.has(entry)
        case Resource():
            return entry.added_by == person.username
        case Project():
            return False
        case Event():
            return person.username in (entry.added_by, *entry.audience.people)
        case Deadline():
            asking = asking_member(entry, person.contact)
            return person.username in (entry.added_by, asking, *entry.audience.people)
        case _:
            assert_never(entry)


def blanked(entry: Entry, person: Traces, replacement: str) -> Entry:
    """Return the entry with ``replacement`` for the person's name and without all other data about them.

    The contact itself stays, marked as vacant.
    """
    if not names_person(entry, person):
        return entry
    match entry:
        case Contact(kind="desk"):
            return entry.model_copy(update={"member": None})
        case Contact():
            return entry.model_copy(
                update={
                    "name": Localized({ANY_LANGUAGE: replacement}),
                    "languages": (),
                    "role": None,
                    "member": None,
                    "email": None,
                    "phone": None,
                    "hours": None,
                    "visible": {},
                    "vacant": True,
                    "words": {},
                }
            )
        case Resource():
            return entry.model_copy(update={"added_by": None})
        case Project():
            return entry
        case Event() | Deadline():
            return entry.model_copy(update=_without_name(entry, person))
        case _:
            assert_never(entry)


def _without_name(entry: CalendarEntry, person: Traces) -> dict[str, object]:
    """Return the fields of an event or a deadline that name somebody, without that name."""
    username = person.username
    people = tuple(one for one in entry.audience.people if one != username)
    audience = entry.audience.model_copy(update={"people": people})
    if not audience.is_said and not entry.rooms:
        # What was for this person alone must not be for everybody.
        audience = audience.model_copy(update={"people": (NOBODY,)})
    named: dict[str, object] = {"added_by": None} if entry.added_by == username else {}
    if isinstance(entry, Deadline) and asking_member(entry, person.contact) == username:
        named["asked_by"] = None
    return {**named, "audience": audience}
