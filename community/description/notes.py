"""What `palabre check` notes of a description without problems: right, and perhaps not what was meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from community.core.messages import msg
from community.core.words import stems
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar, Event
from community.description.directory_model import Contact, Directory, Guarded
from community.description.faults import CALENDAR, COMMUNITY, DIRECTORY, Fault
from community.description.model import Community, Description
from community.description.repetition_faults import repetition_notes
from community.description.yaml_text import Path

_REACHED_BY: tuple[Guarded, ...] = ("member", "email", "phone")
"""The fields of a contact by which people reach it."""
_FEW_WORDS = 6


def description_notes(description: Description) -> Iterator[Fault]:
    """Yield what there is to note."""
    yield from _calendar(description.community, description.calendar)
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


def _calendar(community: Community, calendar: Calendar) -> Iterator[Fault]:
    for name in ("events", "deadlines"):
        for i, entry in enumerate(getattr(calendar, name)):
            if not entry.remind:
                what = msg("without “remind” nothing is ever posted of it: such as remind: [1d, 1h]")
                yield Fault(CALENDAR, (name, i), what)
    for i, event in enumerate(calendar.events):
        yield from _event(community, event, ("events", i))


def _event(community: Community, event: Event, path: Path) -> Iterator[Fault]:
    if event.is_all_day and event.lasts % timedelta(days=1):
        what = msg(
            "without a time of day it lasts all day: if it does not, write such as {day} 09:00",
            day=str(event.start),
        )
        yield Fault(CALENDAR, (*path, "start"), what)
    if event.repeat is not None:
        zone = ZoneInfo(event.timezone or community.timezone)
        for note in repetition_notes(event.repeat, event.local_start, zone):
            yield Fault(CALENDAR, (*path, "repeat"), note)


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
