"""Which theme, or which room of theirs, somebody names who wants in or out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bots.context.message import MessageContext
from bots.features.spaces.words import SpaceReading, own_words, readings
from community.core.words import words
from community.description.model import Community, Member, Theme
from community.description.rooms import DescribedRoom, expand_rooms


@dataclass(frozen=True, slots=True)
class SpaceMeaning:
    """What a message wants: ``themes`` are those that it names, or ``rooms`` that its sender may know of."""

    reading: SpaceReading
    themes: tuple[Theme, ...] = ()
    rooms: tuple[DescribedRoom, ...] = ()


def meaning_of(context: MessageContext, community: Community, member: Member | None) -> SpaceMeaning | None:
    """Return what a message wants of spaces; None for any other message.

    Rooms are looked at in a direct message alone, and only those that its sender may know of: so whoever guesses the
    name of another one is told what is told of a name that nothing has.
    """
    found = readings(context.text, context.person.languages)
    for reading in found:
        themes = () if not reading.rest else themes_named(reading, community)
        if themes or not reading.rest:
            return SpaceMeaning(reading, themes)
    if found and member is not None and context.is_direct:
        known = rooms_known(community, member)
        for reading in found:
            rooms = rooms_named(reading, known)
            if rooms:
                return SpaceMeaning(reading, rooms=rooms)
    return next((SpaceMeaning(reading) for reading in found if reading.is_sure), None)


def themes_named(reading: SpaceReading, community: Community) -> tuple[Theme, ...]:
    """Return the themes that a wish names: by their whole name, else by what people call them, else by a part."""
    called = [(theme, list(_names(theme))) for theme in community.themes]
    return (
        _exactly(reading, called)
        or _exactly(reading, ((theme, _other_words(theme)) for theme in community.themes))
        or tuple(theme for theme, names in called if any(_is_part(reading, name) for name in names))
    )


def rooms_known(community: Community, member: Member) -> list[DescribedRoom]:
    """Return the rooms that a member may know of: they belong there, or may enter by themselves."""
    alone = community.model_copy(update={"members": (member,)})
    rooms = (room for room in expand_rooms(alone) if not room.is_space)
    return [room for room in rooms if member.username in {*room.members, *room.may_enter}]


def rooms_named(reading: SpaceReading, known: Sequence[DescribedRoom]) -> tuple[DescribedRoom, ...]:
    """Return those of the rooms that have the name."""
    return tuple(
        room for room in known if any(_is_all(reading, text) for text in (room.key, *_texts(room.name)))
    )


def _exactly(reading: SpaceReading, called: Iterable[tuple[Theme, Iterable[str]]]) -> tuple[Theme, ...]:
    return tuple(theme for theme, names in called if any(_is_all(reading, name) for name in names))


def _is_all(reading: SpaceReading, name: str) -> bool:
    return frozenset(reading.rest) == _wanted(reading, name)


def _is_part(reading: SpaceReading, name: str) -> bool:
    return frozenset(reading.rest) <= _wanted(reading, name)


def _wanted(reading: SpaceReading, name: str) -> frozenset[str]:
    return frozenset(words(name)) - own_words(reading.language)


def _names(theme: Theme) -> Iterator[str]:
    yield theme.key
    yield from _texts(theme.name)


def _other_words(theme: Theme) -> Iterator[str]:
    return (text for texts in theme.words.values() for text in texts)


def _texts(name: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (text for _language, text in name)
