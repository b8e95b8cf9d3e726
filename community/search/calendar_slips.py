"""Words of a question that are slips, or short, for words of entries of the calendar: “hackaton”, “expo”. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from community.core.words import is_arabic, sound, stem, without_arabic_prefix
from community.search.calendar_question import NamedPart
from community.search.calendar_texts import parts_of
from community.search.calendar_words import labels_of
from community.search.meanings import Sort
from community.search.spelling import CLOSEST, Spelling


def with_slips(parts: Sequence[NamedPart], stems: Iterable[frozenset[str]]) -> list[NamedPart]:
    """Return the parts, those that no entry has as the words of entries that they are a slip of, or short for.

    ``stems`` are those of each entry.
    """
    there = frozenset[str]().union(*stems)
    return [_without_slips(part, there) for part in parts]


def all_labels_of(parts: Iterable[NamedPart]) -> frozenset[str]:
    """Return what the phrases of all parts stand for (`things` in `calendar.yaml`)."""
    return frozenset[str]().union(*map(part_labels, parts))


def part_labels(part: NamedPart) -> frozenset[str]:
    """Return what the phrases of a part stand for."""
    return frozenset(label for phrase in parts_of(part.stems) for label in labels_of(phrase))


def _without_slips(part: NamedPart, there: frozenset[str]) -> NamedPart:
    if there.issuperset(part.stems) or part_labels(part):
        return part
    if part.is_ordinary:
        # “Réserver un stand” asks for the “réservation des stands”.
        return replace(part, stems=tuple(_derived(word, there) for word in part.stems))
    if not part.meanings:
        return replace(
            part, stems=tuple(word if word in there else _near(word, there) for word in part.stems)
        )
    # What means something is taken for no other word, but may be short for one.
    is_subject = {meaning.sort for meaning in part.meanings} <= {Sort.TOPIC}
    meant = tuple(word if word in there else _longer(word, there) for word in part.stems)
    return replace(part, stems=meant) if is_subject else part


def _near(word: str, there: frozenset[str]) -> str:
    written_on = next((form for form in without_arabic_prefix(word) if stem(form) in there), None)
    if written_on is not None:
        return stem(written_on)
    near = _spelling(there).nearest(word)
    return near[0] if len(near) == 1 else _heard(word, there) or _longer(word, there)


def _heard(word: str, there: frozenset[str]) -> str | None:
    """Return the one word in other letters that sounds so: «هوفمان» for “Hoffmann”."""
    alike = _sounds(there).get(sound(word), ()) if len(word) > CLOSEST else ()
    others = [other for other in alike if is_arabic(other) != is_arabic(word)]
    return others[0] if len(others) == 1 else None


def _derived(word: str, there: frozenset[str]) -> str:
    derived = () if word in there else _spelling(there).longer_or_shorter(word)
    beginnings = {other[: max(len(word) - 2, CLOSEST)] for other in derived}
    return derived[0] if len(beginnings) == 1 else word


def _longer(word: str, there: frozenset[str]) -> str:
    """Return the word of entries that one is short for: “expo” for “exposition”, “foto” for “fotografia”."""
    if len(word) < CLOSEST:
        return word
    longer = sorted(other for other in there if other.startswith(word))
    # In several languages a word may begin alike: “exposition”, “exposição”.
    return longer[0] if len({other[: len(word) + 1] for other in longer}) == 1 else word


@lru_cache(maxsize=4)
def _spelling(there: frozenset[str]) -> Spelling:
    return Spelling(sorted(there))


@lru_cache(maxsize=4)
def _sounds(there: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in sorted(there):
        found[sound(word)] = (*found.get(sound(word), ()), word)
    return found


def forget_spellings() -> None:
    """Forget the words of the entries that slips were looked for in lately: people wrote them."""
    _spelling.cache_clear()
    _sounds.cache_clear()
