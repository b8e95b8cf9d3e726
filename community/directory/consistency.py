"""Removes from entries the references to cities, themes, people and contacts that no longer exist. Pure.

Entries that were made in chat may name what a later description does not have. A city or theme with a new key
(``was``) is replaced by it. An entry that loses its last city is removed, because without a city it would be for all
of them; so is a resource or project without any theme. The roles that may see a field only ever become fewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from community.core.messages import Message, msg
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.model import Community
from community.directory.entry import EntryKey, key_of
from community.directory.missing_references import MissingReferences

AnyEntry = TypeVar("AnyEntry", Contact, Resource, Project)


def fitting(
    directory: Directory, community: Community
) -> tuple[Directory, tuple[tuple[EntryKey, Message], ...]]:
    """Return the directory without broken references, and a note for each entry that had one."""
    fits = _DirectoryFilter(community)
    contacts = tuple(fits.placed(directory.contacts))
    known = {contact.key for contact in contacts}
    resources = tuple(fits.resource(entry) for entry in fits.placed(directory.resources))
    projects = tuple(fits.project(entry, known) for entry in fits.placed(directory.projects))
    contacts = tuple(fits.contact(entry, known) for entry in contacts)
    update = {"contacts": contacts, "resources": resources, "projects": projects}
    return directory.model_copy(update=update), tuple(fits.notes(_taken_out))


def _taken_out(key: str, names: str) -> Message:
    return msg(
        "The entry “{key}” was taken out of the directory: {names}, for which it was made, is no longer described. "
        "Its history has it still.",
        key=key,
        names=names,
    )


@dataclass
class _DirectoryFilter(MissingReferences):
    """Leaves out of the directory's entries what the community does not have."""

    def placed(self, entries: Iterable[AnyEntry]) -> Iterator[AnyEntry]:
        """Yield the entries with their cities and themes of today, without entries that have none left."""
        for entry in entries:
            cities = self.known(entry, entry.cities, self.cities)
            themes = self.known(entry, entry.themes, self.themes)
            homeless = bool(entry.cities) and not cities
            aimless = not themes and not isinstance(entry, Contact)
            if homeless or aimless:
                self.gone.add(key_of(entry))
            elif (cities, themes) == (entry.cities, entry.themes):
                yield entry
            else:
                yield entry.model_copy(update={"cities": cities, "themes": themes})

    def contact(self, contact: Contact, contacts: Collection[str]) -> Contact:
        """Return the contact without a role, member, deputy or visibility that does not exist."""
        update = {
            **self._one(contact, "role", self.community.role),
            **self._one(contact, "member", self.members),
            **self._one(contact, "deputy", contacts),
        }
        if contact.deputy == contact.key:
            update["deputy"] = None
        visible = {
            name: tuple(role for role in roles if role in self.community.role)
            for name, roles in contact.visible.items()
        }
        if visible != contact.visible:
            lost = (role for roles in contact.visible.values() for role in roles)
            self.miss(contact, (role for role in lost if role not in self.community.role))
            update["visible"] = visible
        return contact.model_copy(update=update) if update else contact

    def resource(self, resource: Resource) -> Resource:
        """Return the resource with who added it, if they are a member."""
        update = self._one(resource, "added_by", self.members)
        return resource.model_copy(update=update) if update else resource

    def project(self, project: Project, contacts: Collection[str]) -> Project:
        """Return the project with its lead, if there is such a contact."""
        update = self._one(project, "lead", contacts)
        return project.model_copy(update=update) if update else project

    def _one(self, entry: AnyEntry, name: str, known: Collection[str]) -> dict[str, object]:
        """Return the change that takes a reference of one field out where it leads nowhere."""
        value = getattr(entry, name)
        if value is None or value in known:
            return {}
        self.miss(entry, [value])
        return {name: None}
