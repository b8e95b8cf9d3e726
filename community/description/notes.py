"""What `palabre check` notes of a description without problems: right, and perhaps not what was meant. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set

from community.core.messages import msg
from community.core.words import stems
from community.description.calendar_notes import calendar_notes
from community.description.directory_model import Contact, Directory, Guarded, Resource, Visible
from community.description.faults import COMMUNITY, DIRECTORY, Fault, each_once
from community.description.joining_notes import joining_notes
from community.description.model import City, Community, Description, Member, Status
from community.description.room_notes import room_notes
from community.description.succession import hand_over, nobody_takes_over
from community.description.yaml_text import Path

_REACHED_BY: tuple[Guarded, ...] = ("member", "email", "phone")
"""The fields of a contact by which people reach it."""
_FEW_WORDS = 6


def description_notes(description: Description) -> Iterator[Fault]:
    """Yield what there is to note."""
    community = description.community
    yield from calendar_notes(community, description.calendar)
    yield from room_notes(community)
    yield from joining_notes(community)
    yield from _languages(description)
    held = _held_roles(community)
    yield from _unseen_fields(description.directory, held)
    handed, _notes = hand_over(description)
    yield from _contacts(description, handed, held)
    yield from _themes(community, handed)


def hard_to_find(directory: Directory) -> tuple[int, ...]:
    """Return the indexes of the contacts of which it is in doubt whether a question finds them.

    They have no theme, no city and no role, and few words. Whether one does, `community.search.unfindable` tries.
    """
    return tuple(
        i
        for i, contact in enumerate(directory.contacts)
        if not (contact.themes or contact.cities or contact.role or contact.member)
        and len(_stems(contact)) < _FEW_WORDS
    )


def _stems(contact: Contact) -> set[str]:
    further = (word for some in contact.words.values() for word in some)
    texts = (*(text for _language, text in (*contact.name, *contact.function)), *further)
    return {stem for text in texts for stem in stems(text)}


def _languages(description: Description) -> Iterator[Fault]:
    community, directory = description.community, description.directory
    yield from each_once(COMMUNITY, ("languages",), community.languages)
    entries: tuple[tuple[str, str, Sequence[City | Member | Contact | Resource]], ...] = (
        (COMMUNITY, "cities", community.cities),
        (COMMUNITY, "members", community.members),
        (DIRECTORY, "contacts", directory.contacts),
        (DIRECTORY, "resources", directory.resources),
    )
    for file, name, some in entries:
        for i, entry in enumerate(some):
            yield from each_once(file, (name, i, "languages"), entry.languages)


def _unseen_fields(directory: Directory, held: Set[str]) -> Iterator[Fault]:
    """Note the fields that are only for roles which nobody has."""
    places: list[tuple[Path, Visible]] = [(("visible",), directory.visible)]
    places += [(("contacts", i, "visible"), contact.visible) for i, contact in enumerate(directory.contacts)]
    for path, visible in places:
        for field, roles in visible.items():
            if roles and _is_for_nobody(roles, held):
                yield Fault(DIRECTORY, (*path, field), msg("nobody can see this: nobody has a role that may"))


def _held_roles(community: Community) -> frozenset[str]:
    """Return the roles that somebody has; alumni have none."""
    return frozenset(member.role for member in community.members if member.status is Status.ACTIVE)


def _is_for_nobody(roles: Collection[str], held: Set[str]) -> bool:
    """Whether nobody has one of the ``roles``; not where nobody is in the community yet."""
    return bool(held) and held.isdisjoint(roles)


def _contacts(description: Description, handed: Directory, held: Set[str]) -> Iterator[Fault]:
    """Note the contacts that nobody can reach, also because a person has left and nobody takes over."""
    now = {contact.key: contact for contact in handed.contacts}
    people = description.community.member
    for i, contact in enumerate(description.directory.contacts):
        after = now.get(contact.key)  # None where it is joined with another
        if contact.vacant or after is None:
            continue
        if after.vacant:
            what = nobody_takes_over(contact, people)
            yield Fault(DIRECTORY, ("contacts", i, "member"), what)
        elif not _is_reached(after, handed.visible, held):
            what = msg(
                "nobody can reach “{key}”: it needs a member, an e-mail address or a telephone number",
                key=contact.key,
            )
            yield Fault(DIRECTORY, ("contacts", i), what)


def _is_reached(contact: Contact, for_all: Visible, held: Set[str]) -> bool:
    """Whether the contact has a way to reach it that anybody may see; ``for_all``: the rule for all contacts."""
    visible = {**for_all, **contact.visible}

    def is_seen(way: Guarded) -> bool:
        roles = visible.get(way)
        return roles is None or (bool(roles) and not _is_for_nobody(roles, held))

    return any(getattr(contact, way) is not None and is_seen(way) for way in _REACHED_BY)


def _themes(community: Community, directory: Directory) -> Iterator[Fault]:
    """Note the themes of which the bot would say that nobody is there for them."""
    there = {theme for contact in directory.contacts if not contact.vacant for theme in contact.themes}
    for i, theme in enumerate(community.themes):
        if theme.key not in there:
            what = msg(
                "nobody is there for “{key}”: no contact of directory.yaml names this theme", key=theme.key
            )
            yield Fault(COMMUNITY, ("themes", i), what)
