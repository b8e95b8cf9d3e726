"""What of an entry can be found: its words, by how prominent they are, its day, its names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from community.core.words import stem, stems, words
from community.description.directory_model import Contact, Project, Resource
from community.description.fields import Localized, WordsByLanguage
from community.directory.entry import DirectoryEntry, name_of
from community.search.date_words import number_in
from community.search.meanings import phrase_of


def day_of(entry: DirectoryEntry) -> date:
    """Return the day that makes an entry new: when it was confirmed, dated, or changed; the first one for never."""
    match entry:
        case Contact():
            return entry.confirmed or date.min
        case Resource():
            return entry.date
        case Project():
            return entry.updated
        case _:
            assert_never(entry)


def name_phrases(entry: DirectoryEntry) -> Iterator[frozenset[str]]:
    """Give the stems of an entry's name, in each of its languages."""
    for _language, text in name_of(entry):
        yield frozenset(phrase_of(text))


def stems_of(entry: DirectoryEntry) -> tuple[set[str], set[str], set[str]]:
    """Return the stems in an entry's name, among its further words, and in its texts."""
    names, others, texts = _fields(entry)
    name, further = (
        {word for text in some for word in stems(text) if len(word) > 1} for some in (names, others)
    )
    # A number in a text is no subject, and may be one in another language: the Portuguese “três”, the English “trees”.
    counted = (word for text in texts for word in words(text) if number_in("numbers", word) is None)
    return name, further, {one for word in counted if len(one := stem(word)) > 1}


def _fields(entry: DirectoryEntry) -> tuple[list[str], list[str], list[str]]:
    further = _all(entry.words)
    match entry:
        case Contact():
            return _texts(entry.name), [*further, *_texts(entry.function)], []
        case Resource():
            return _texts(entry.title), further, _texts(entry.summary)
        case Project():
            results = [] if entry.results is None else _texts(entry.results)
            return _texts(entry.name), [*further, *entry.partners], [*_texts(entry.summary), *results]
        case _:
            assert_never(entry)


def _texts(text: Localized) -> list[str]:
    return [part for _language, part in text]


def _all(words: WordsByLanguage) -> list[str]:
    return [word for some in words.values() for word in some]
