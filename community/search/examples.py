"""Questions that have an answer in this community, to be given as examples. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from community.core.messages import LANGUAGES, Message, Translator, msg, translator
from community.core.plain_text import clean, isolated
from community.description.directory_model import Contact, Project, Resource
from community.description.fields import ANY_LANGUAGE
from community.description.model import Community, Theme
from community.directory.entry import DirectoryEntry
from community.search.thesaurus import general_name

_LONGEST = 60
_COMMUNITY = Path(__file__).parent.parent
"""The package whose sentences these are."""


def examples(
    community: Community, directory: Iterable[DirectoryEntry], translate: Translator
) -> tuple[str, ...]:
    """Return up to three questions in the translator's language, drawn from the entries that the directory has.

    Cities where that language is spoken come first: what is nearest to the reader is understood best. The directory may
    name cities and themes that the community does not have: those are in no question.
    """
    entries = tuple(directory)
    of_cities = community.places is None
    asked: tuple[tuple[Message, Iterable[DirectoryEntry], bool], ...] = (
        (
            _WHO if of_cities else _WHO_THERE,
            [entry for entry in entries if isinstance(entry, Contact) and not entry.vacant],
            True,
        ),
        (_WHAT, [entry for entry in entries if isinstance(entry, Resource)], False),
        (
            _PROJECTS if of_cities else _PROJECTS_THERE,
            [entry for entry in reversed(entries) if isinstance(entry, Project)],
            True,
        ),
    )
    places = {city.key for city in community.cities if translate.language in city.languages}
    subjects = (
        (message, _first(_subjects(community, entries, places, needs_city=needs_city), places))
        for message, entries, needs_city in asked
    )
    said = (
        _said(community, translate, message, subject) for message, subject in subjects if subject is not None
    )
    return tuple(question for question in said if question is not None)


def first_questions(community: Community, directory: Iterable[DirectoryEntry]) -> dict[str, str]:
    """Return by language the first of the `examples`, for each language in which there is one."""
    entries = tuple(directory)
    asked = {
        language: examples(community, entries, translator(language, (_COMMUNITY,))) for language in LANGUAGES
    }
    return {language: questions[0] for language, questions in asked.items() if questions}


_WHO = msg("who is the contact for {theme} in {city}?")
_WHAT = msg("resources on {theme}")
_PROJECTS = msg("projects in {city}")
_WHO_THERE, _PROJECTS_THERE = msg("{city}: who is the contact for {theme}?"), msg("{city}: the projects")
"""The same for places whose names may have an article: French and Portuguese would need “in” to agree with it."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A theme and perhaps a city, of the community's, for which there is an entry."""

    theme: str
    city: str | None


def _subjects(
    community: Community, entries: Iterable[DirectoryEntry], places: Set[str], *, needs_city: bool
) -> Iterator[_Subject]:
    """Yield the first theme of each entry that has one, with a city of ``places`` where it has one of those."""
    for entry in entries:
        theme = next((theme for theme in entry.themes if theme in community.theme), None)
        cities = [city for city in entry.cities if city in community.city]
        city = min(cities, key=lambda city: city not in places, default=None)
        if theme is not None and (city is not None or not needs_city):
            yield _Subject(theme, city)


def _first(subjects: Iterable[_Subject], places: Set[str]) -> _Subject | None:
    """Return the first that is about one of ``places``, else the first of any."""
    some = tuple(subjects)
    return next((subject for subject in some if subject.city in places), next(iter(some), None))


def _said(community: Community, translate: Translator, message: Message, subject: _Subject) -> str | None:
    """Return an example; None where it would have a theme that has no name in the reader's language."""
    language, values = translate.language, {}
    theme = _theme_name(community.theme[subject.theme], language)
    if theme is not None:
        values["theme"] = _name(theme, language)
    elif "{theme}" in message.msgid:
        return None
    if subject.city is not None:
        values["city"] = _name(community.city[subject.city].name.text(language), language)
    return translate(Message(message.msgid, values))


def _theme_name(theme: Theme, language: str) -> str | None:
    """Return a theme's name as it stands inside a sentence: the community's own, else that of its subject."""
    texts = dict(theme.name)
    own = texts.get(language, texts.get(ANY_LANGUAGE))
    return general_name(texts.values(), language) if own is None else _uncapitalised(own)


def _name(name: str, language: str) -> str:
    return isolated(clean(name, longest=_LONGEST), language)


def _uncapitalised(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
