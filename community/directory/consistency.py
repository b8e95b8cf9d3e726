"""Removes from entries the references to cities, themes, people and contacts that no longer exist. Pure.

Entries that were made in chat may name what a later description does not have. A city or theme with a new key
(``was``) is replaced by it. An entry that loses its last city is removed, because without a city it would be for all
of them; so is a resource or project without any theme. The roles that may see a field only ever become fewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from community.core.messages import Message, msg
from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.model import City, Community, Theme
from community.directory.entry import EntryKey, key_of

AnyEntry = TypeVar("AnyEntry", Contact, Resource, Project)


def fitting(
    directory: Directory, community: Community
) -> tuple[Directory, tuple[tuple[EntryKey, Message], ...]]:
    """Return the directory without broken references, and a note for each entry that had one."""
    fits = _ReferenceFilter(community)
    contacts = tuple(fits.placed(directory.contacts))
    known = {contact.key for contact in contacts}
    resources = tuple(fits.resource(entry) for entry in fits.placed(directory.resources))
    projects = tuple(fits.project(entry, known) for entry in fits.placed(directory.projects))
    contacts = tuple(fits.contact(entry, known) for entry in contacts)
    update = {"contacts": contacts, "resources": resources, "projects": projects}
    return directory.model_copy(update=update), tuple(fits.notes())


@dataclass
class _ReferenceFilter:
    """What the community has, and the missing references found so far."""

    community: Community
    cities: Mapping[str, str] = field(init=False)
    themes: Mapping[str, str] = field(init=False)
    members: frozenset[str] = field(init=False)
    missing: dict[EntryKey, dict[str, None]] = field(default_factory=dict)
    gone: set[EntryKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cities, self.themes = _keys(self.community.cities), _keys(self.community.themes)
        self.members = frozenset(member.username for member in self.community.members)

    def placed(self, entries: Iterable[AnyEntry]) -> Iterator[AnyEntry]:
        """Yield the entries with their cities and themes of today, without entries that have none left."""
        for entry in entries:
            cities = self._known(entry, entry.cities, self.cities)
            themes = self._known(entry, entry.themes, self.themes)
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
            self._miss(contact, (role for role in lost if role not in self.community.role))
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

    def notes(self) -> Iterator[tuple[EntryKey, Message]]:
        """Yield a note for each entry that had a missing reference."""
        for key, names in self.missing.items():
            values = {"key": key[1], "names": ", ".join(names)}
            if key in self.gone:
                yield (
                    key,
                    msg(
                        "The entry “{key}” was taken out of the directory: {names}, for which it was made, is no "
                        "longer described. Its history has it still.",
                        **values,
                    ),
                )
            else:
                yield (
                    key,
                    msg(
                        "The entry “{key}” named {names}, which is no longer there: that was taken out.",
                        **values,
                    ),
                )

    def _known(self, entry: AnyEntry, names: tuple[str, ...], known: Mapping[str, str]) -> tuple[str, ...]:
        self._miss(entry, (name for name in names if name not in known))
        return tuple(dict.fromkeys(known[name] for name in names if name in known))

    def _one(self, entry: AnyEntry, name: str, known: Collection[str]) -> dict[str, object]:
        value = getattr(entry, name)
        if value is None or value in known:
            return {}
        self._miss(entry, [value])
        return {name: None}

    def _miss(self, entry: AnyEntry, names: Iterable[str]) -> None:
        for name in names:
            self.missing.setdefault(key_of(entry), {})[name] = None


def _keys(described: Iterable[City | Theme]) -> dict[str, str]:
    """Return the current key by each current and former key."""
    some = tuple(described)
    before = {one.was: one.key for one in some if one.was is not None}
    return before | {one.key: one.key for one in some}
