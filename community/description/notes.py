"""What `palabre check` notes of a description without problems: right, and perhaps not what was meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from community.core.messages import msg
from community.core.words import stems
from community.description.calendar_notes import calendar_notes
from community.description.directory_model import Contact, Directory, Guarded
from community.description.faults import COMMUNITY, DIRECTORY, Fault
from community.description.model import Community, Description

_REACHED_BY: tuple[Guarded, ...] = ("member", "email", "phone")
"""The fields of a contact by which people reach it."""
_FEW_WORDS = 6


def description_notes(description: Description) -> Iterator[Fault]:
    """Yield what there is to note."""
    yield from calendar_notes(description.community, description.calendar)
    yield from _contacts(description.directory)
    yield from _themes(description.community, description.directory)


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


def _contacts(directory: Directory) -> Iterator[Fault]:
    for i, contact in enumerate(directory.contacts):
        if not contact.vacant and not _is_reached(contact, directory):
            what = msg(
                "nobody can reach “{key}”: it needs a member, an e-mail address or a telephone number",
                key=contact.key,
            )
            yield Fault(DIRECTORY, ("contacts", i), what)


def _is_reached(contact: Contact, directory: Directory) -> bool:
    """Whether the contact has a way to reach it that anybody may see."""
    visible = {**directory.visible, **contact.visible}
    return any(getattr(contact, way) is not None and visible.get(way) != () for way in _REACHED_BY)


def _themes(community: Community, directory: Directory) -> Iterator[Fault]:
    """Note the themes of which the bot would say that nobody is there for them."""
    there = {theme for contact in directory.contacts if not contact.vacant for theme in contact.themes}
    for i, theme in enumerate(community.themes):
        if theme.key not in there:
            what = msg(
                "nobody is there for “{key}”: no contact of directory.yaml names this theme", key=theme.key
            )
            yield Fault(COMMUNITY, ("themes", i), what)
