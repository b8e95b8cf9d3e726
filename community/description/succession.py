"""Passes on the contacts and projects of people who have left. Pure.

They go to the person's successor, without one to the contact's deputy. Without either the contact stays, marked as
vacant, so that nobody is sent to a person who no longer answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from community.core.messages import Message, msg
from community.description.directory_model import Contact, Directory, Project
from community.description.fields import ANY_LANGUAGE, Localized
from community.description.model import Description, Member, Status


def hand_over(description: Description) -> tuple[Directory, tuple[Message, ...]]:
    """Return the directory without people who have left, and a note for each contact that nobody takes over."""
    directory = description.directory
    handover = _Handover(
        description.community.member,
        {contact.key: contact for contact in directory.contacts},
    )
    for contact in directory.contacts:
        if handover.has_left(contact):
            handover.pass_on(contact)
    return (
        directory.model_copy(
            update={
                "contacts": tuple(handover.with_deputy(contact) for contact in handover.now.values()),
                "projects": tuple(handover.with_lead(project) for project in directory.projects),
            }
        ),
        tuple(handover.notes),
    )


@dataclass
class _Handover:
    """The contacts before (``written``) and during (``now``) the handover."""

    members: Mapping[str, Member]
    written: Mapping[str, Contact]
    now: dict[str, Contact] = field(init=False)
    joined: dict[str, str] = field(default_factory=dict)
    """The keys of contacts that were joined with another, and that one's key."""
    notes: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = dict(self.written)

    def has_left(self, contact: Contact) -> bool:
        """Whether the person behind a contact has left."""
        return contact.member is not None and self.members[contact.member].status is Status.LEFT

    def pass_on(self, contact: Contact) -> None:
        """Pass a leaver's contact to the heir, or mark it as vacant."""
        heir = self._heir(contact, frozenset())
        match heir:
            case None:
                self.now[contact.key] = contact.model_copy(update={"vacant": True})
                self.notes.append(nobody_takes_over(contact, self.members))
            case Member():
                self.now[contact.key] = _in_the_name_of_member(contact, heir)
            case Contact():
                both = _joined(self.now[heir.key], contact)
                if both is None:
                    self.now[contact.key] = _in_the_name_of(contact, heir)
                else:
                    self.now[heir.key] = both
                    self.joined[contact.key] = heir.key
                    del self.now[contact.key]

    def _heir(self, contact: Contact, passed: frozenset[str]) -> Contact | Member | None:
        """Return who takes over: the successor or their contact, else the deputy or the deputy's heir."""
        member = None if contact.member is None else self.members[contact.member]
        if member is not None and member.successor is not None:
            return self._own_contact(member.successor, contact) or self.members[member.successor]
        passed |= {contact.key}
        deputy = None if contact.deputy is None else self.written[contact.deputy]
        if deputy is None or deputy.vacant or deputy.key in passed:
            return None
        return self._heir(deputy, passed) if self.has_left(deputy) else deputy

    def _own_contact(self, username: str, contact: Contact) -> Contact | None:
        """Return the person's own contact; of several the one that ``contact`` can join."""
        own = [entry for entry in self.written.values() if entry.member == username]
        return next((entry for entry in own if _joined(entry, contact) is not None), own[0] if own else None)

    def with_deputy(self, contact: Contact) -> Contact:
        """Return the contact with its current deputy, None if that would be itself."""
        if contact.deputy is None:
            return contact
        key = self.joined.get(contact.deputy, contact.deputy)
        if key == contact.deputy and not _same_person(self.now[key], contact):
            return contact
        alone = key == contact.key or _same_person(self.now[key], contact)
        return contact.model_copy(update={"deputy": None if alone else key})

    def with_lead(self, project: Project) -> Project:
        """Return the project with its current lead."""
        if project.lead not in self.joined:
            return project
        return project.model_copy(update={"lead": self.joined[project.lead]})


def nobody_takes_over(contact: Contact, members: Mapping[str, Member]) -> Message:
    """Say that a contact is in the name of somebody who has left."""
    return msg(
        "The contact “{contact}” is in the name of {name}, who has left: name a successor, or a deputy for it.",
        contact=contact.key,
        name=members[contact.member or ""].name,
    )


def _same_person(one: Contact, other: Contact) -> bool:
    return one.member is not None and one.member == other.member


def _joined(heir: Contact, gone: Contact) -> Contact | None:
    """Return ``heir`` extended by the themes and cities of ``gone``; None where joining would change their meaning.

    Waste in Kigali joined with land in Bamako would also mean land in Kigali. A contact without a theme is found by
    its function, which would be lost.
    """
    covered = set(gone.cities) <= set(heir.cities) and set(gone.themes) <= set(heir.themes)
    # No city means the whole network: it cannot be added to a list of cities.
    comparable = bool(gone.themes and heir.themes) and bool(heir.cities) == bool(gone.cities)
    if not comparable or not (
        covered or set(heir.cities) == set(gone.cities) or set(heir.themes) == set(gone.themes)
    ):
        return None
    words = {
        language: tuple(dict.fromkeys((*heir.words.get(language, ()), *gone.words.get(language, ()))))
        for language in dict.fromkeys((*heir.words, *gone.words))
    }
    return heir.model_copy(
        update={
            "cities": tuple(dict.fromkeys((*heir.cities, *gone.cities))),
            "themes": tuple(dict.fromkeys((*heir.themes, *gone.themes))),
            "words": words,
        }
    )


def _in_the_name_of(contact: Contact, heir: Contact) -> Contact:
    """Return the contact with the person, or desk, of another."""
    persons = ("kind", "name", "languages", "role", "member", "email", "phone", "hours", "visible")
    taken = {name: getattr(heir, name) for name in persons} | {"vacant": False}
    return contact.model_copy(update=taken | ({"deputy": None} if contact.deputy == heir.key else {}))


def _in_the_name_of_member(contact: Contact, heir: Member) -> Contact:
    """Return the contact in the name of a member who had none, without the leaver's addresses."""
    return contact.model_copy(
        update={
            "kind": "person",
            "name": Localized({ANY_LANGUAGE: heir.name}),
            "languages": heir.languages,
            "member": heir.username,
            "email": None,
            "phone": None,
            "hours": None,
            "vacant": False,
        }
    )
