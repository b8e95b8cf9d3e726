"""The word "library", where the resources of the directory are meant and not a building. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from community.core.words import stem
from community.search import word_tables
from community.search.meanings import Concept, Sort
from community.search.reading import Phrase


def in_the_library(phrases: list[Phrase], said: Sequence[str], *, dated: bool) -> list[Phrase]:
    """Take "library" for the resources of the directory, where somebody asks what is new or kept in it."""
    library = word_tables.word_stems("questions/library")
    if library.isdisjoint(map(stem, said)):
        return phrases
    at = next(at for at, word in enumerate(said) if stem(word) in library)
    if any(phrase.means(Sort.CITY, Sort.COUNTRY) for phrase in phrases):
        return phrases
    if any(set(phrase.stems) & library and phrase.means(Sort.NOTHING) for phrase in phrases):
        return phrases  # what this community calls its places
    others = [phrase for phrase in phrases if not set(phrase.stems) & library]
    inside = word_tables.folded("common/inside")
    kept = not inside.isdisjoint(said[max(0, at - 2) : at]) or said[at].startswith(
        word_tables.phrases("questions/in_the")
    )
    new = dated or any(phrase.means(Sort.NEWEST) for phrase in others)
    readings = any(phrase.means(Sort.RESOURCE_KIND) for phrase in others)
    if not (new or (kept and (readings or any(phrase.means(Sort.THEME, Sort.TOPIC) for phrase in others)))):
        return phrases
    reading = frozenset({Concept(Sort.KIND, "resource")})
    return [
        replace(phrase, meanings=reading, guessed=False, slips=()) if set(phrase.stems) & library else phrase
        for phrase in phrases
    ]
