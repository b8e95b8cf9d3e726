"""Removes a person from the versions of an entry. Pure.

A contact belongs to the person in its ``member``. Other versions of it without ``member`` belong to them too, if they
have the same name or e-mail. Of a desk, which several people keep, only the account is removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from community.description.directory_model import Contact, Resource
from community.description.fields import ANY_LANGUAGE, Localized
from community.directory.entry import Entry


@dataclass(frozen=True, slots=True)
class Traces:
    """Marks a contact's versions as a person's: the user name, and the names and e-mails in versions of theirs."""

    username: str
    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    def has(self, contact: Contact) -> bool:
        """Whether this version is the person's."""
        if contact.member is not None or contact.kind == "desk":
            return contact.member == self.username
        named = not self.names.isdisjoint(text for _, text in contact.name)
        return named or (contact.email is not None and contact.email in self.emails)


def traces(username: str, versions: Iterable[Entry]) -> Traces:
    """Return the traces of a person in the ``versions`` of one contact."""
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
        case _:
            return entry
