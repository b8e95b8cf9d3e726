"""What an entry says of a person, and the same entry without it. Pure.

A contact is somebody's by its ``member``. Versions of that contact without one are theirs too where they have the same
name or e-mail. A desk that several people keep stays what it is, but for whose account it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from community.description.directory_model import Contact, Resource
from community.description.fields import ANY_LANGUAGE, Localized
from community.directory.entry import Entry


@dataclass(frozen=True, slots=True)
class Traces:
    """By what one contact's versions are somebody's: their user name, the names and e-mails that it had for them."""

    username: str
    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    def has(self, contact: Contact) -> bool:
        """Whether this version is in the person's name."""
        if contact.member is not None or contact.kind == "desk":
            return contact.member == self.username
        named = not self.names.isdisjoint(text for _, text in contact.name)
        return named or (contact.email is not None and contact.email in self.emails)


def traces(username: str, versions: Iterable[Entry]) -> Traces:
    """Return by what the ``versions`` of one contact are a person's."""
    own = [one for one in versions if isinstance(one, Contact) and one.member == username]
    persons = [one for one in own if one.kind == "person"]
    return Traces(
        username,
        frozenset(text for contact in persons for _, text in contact.name),
        frozenset(contact.email for contact in persons if contact.email is not None),
    )


def names_person(entry: Entry, person: Traces) -> bool:
    """Whether the entry is in the person's name, or says that they added it."""
    match entry:
        case Contact():
            return person.has(entry)
        case Resource():
            return entry.added_by == person.username
        case _:
            return False


def blanked(entry: Entry, person: Traces, replacement: str) -> Entry:
    """Return the entry with ``replacement`` for the person's name and without all else about them.

    What the contact was for stays, and nobody is there: it is vacant.
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
        case _:
            return entry
