"""Questions that have an answer in this community, to be given as examples. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Set

from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated
from community.description.directory_model import Directory
from community.description.fields import Localized
from community.description.model import Community
from community.directory.entry import Entry

_LONGEST = 60


def examples(community: Community, directory: Directory, translate: Translator) -> tuple[str, ...]:
    """Return up to three questions in the translator's language, drawn from what the directory has.

    Cities where that language is spoken come first: what is nearest to the reader is understood best.
    """
    asked = (
        (_WHO, [c for c in directory.contacts if c.cities and not c.vacant]),
        (_WHAT, directory.resources),
        (_PROJECTS, reversed(directory.projects)),
    )
    places = {city.key for city in community.cities if translate.language in city.languages}
    return tuple(
        _said(community, translate, message, entry, places)
        for message, entries in asked
        if (entry := _first(entries, places)) is not None
    )


_WHO = msg("who is the contact for {theme} in {city}?")
_WHAT = msg("resources on {theme}")
_PROJECTS = msg("projects in {city}")


def _first(entries: Iterable[Entry], places: Set[str]) -> Entry | None:
    """Return the first entry of these places that has a theme, else the first of any."""
    fit = [entry for entry in entries if entry.themes]
    return next((entry for entry in fit if places & set(entry.cities)), next(iter(fit), None))


def _said(
    community: Community, translate: Translator, message: Message, entry: Entry, places: Set[str]
) -> str:
    language = translate.language
    cities = sorted(entry.cities, key=lambda city: city not in places)
    names = {"theme": _small(community.theme[entry.themes[0]].name)}
    if cities:
        names["city"] = community.city[cities[0]].name
    return translate(Message(message.msgid, {name: _name(said, language) for name, said in names.items()}))


def _name(name: Localized, language: str) -> str:
    return isolated(clean(name.text(language), longest=_LONGEST), language)


def _small(name: Localized) -> Localized:
    """Return a theme's name as it stands inside a sentence: “Waste” is written small there, “ICT” is not."""
    return Localized({language: _uncapitalised(text) for language, text in name})


def _uncapitalised(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
