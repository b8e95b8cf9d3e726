"""What somebody says they do not want: "waste in Ghana, but not in Accra", "sauf les vidéos". Pure.

A mere negation leaves something out only where it cannot deny a verb: "I do not know who …" leaves out nothing. The
words are in `languages/<code>/exclusions.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from community.core.words import is_arabic
from community.search import word_tables
from community.search.asked import NOTHING_EXCLUDED, Excluded, Question
from community.search.clauses import Clauses
from community.search.meanings import Concept, Sort
from community.search.ordinary_words import is_ordinary
from community.search.reading import Phrase

_FILE = "exclusions"
_PLACES = frozenset({Sort.CITY, Sort.COUNTRY, Sort.ELSEWHERE})
_KINDS = frozenset({Sort.KIND, Sort.RESOURCE_KIND})
_OTHERS = frozenset({Sort.THEME, Sort.TOPIC, Sort.STAGE, Sort.ROLE, Sort.LANGUAGE})
_ASKED_FOR = _PLACES | _KINDS | _OTHERS


@dataclass(frozen=True, slots=True)
class _Marker:
    """Words at positions from ``start`` to before ``end`` that leave out what follows, if it is of ``sorts``."""

    start: int
    end: int
    sorts: frozenset[Sort]
    surely: bool = False
    """Whether an unknown word behind it is a name: behind a negation it may be any word ("not happy")."""


def without_excluded(
    phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> tuple[list[Phrase], Excluded]:
    """Return the phrases without what is left out and the words that say so, and what is left out."""
    words, pairs = _beginnings(language)
    if words.isdisjoint(said) and pairs.isdisjoint(pairwise(said)):
        return list(phrases), NOTHING_EXCLUDED
    found: list[list[Phrase]] = []
    taken: set[int] = set()
    doubtful: set[int] = set()
    for marker in _markers(phrases, said, clauses, language):
        groups = list(_following(marker, phrases, said, clauses, language))
        found += groups
        if not all(_may_be_no_name(group, language) for group in groups):
            taken.update(range(marker.start, marker.end))
        doubtful.update(
            id(phrase)
            for group in groups
            if _may_be_no_name(group, language) or (_is_name(group) and not marker.surely)
            for phrase in group
        )
    found += ([phrase] for phrase in _before_words_behind(phrases, said))
    found += ([phrase] for phrase in _before_last_negation(phrases, said, clauses, language))
    left_out = {id(phrase) for group in found for phrase in group} - doubtful
    kept = [
        phrase
        for phrase in phrases
        if id(phrase) not in left_out
        and not (taken.issuperset(_positions(phrase)) and not _is_asked_for(phrase))
    ]
    return kept, _excluded(found)


def leaving_out(question: Question, excluded: Excluded) -> Question:
    """Return a question with what is left out, which asks for no kind of entries that is.

    "Not a person, a document on landfills": the word for a person asks for nobody there.
    """
    if excluded.kinds & question.kinds and (excluded.cities or excluded.countries or excluded.themes):
        # "All projects, except projects in Kigali": those of Kigali are left out, not projects.
        excluded = replace(excluded, kinds=excluded.kinds - question.kinds)
    kinds = question.kinds - excluded.kinds
    asks_who = question.who and "contact" not in excluded.kinds
    if "document" in excluded.resource_kinds and not (kinds or question.resource_kinds):
        kinds = frozenset({"contact"})  # whoever wants no document to read wants somebody to ask
    return replace(question, excluded=excluded, kinds=kinds, who=asks_who)


@cache
def _beginnings(language: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the words that leave something out, and the first two of several: most questions have none of them."""
    tables = [word_tables.folded_phrases(f"{_FILE}/{table}") for table in ("except", "outside", "behind")]
    phrases = word_tables.words_in(language, f"{_FILE}/not").union(*tables)
    return (
        frozenset(phrase[0] for phrase in phrases if len(phrase) == 1),
        frozenset((phrase[0], phrase[1]) for phrase in phrases if len(phrase) > 1),
    )


def _positions(phrase: Phrase) -> list[int]:
    return [token.at for token in phrase.tokens]


def _is_asked_for(phrase: Phrase) -> bool:
    """Whether it names something by which entries are chosen ("an idea" is said of other things too)."""
    return any(
        meaning.sort in _ASKED_FOR and meaning != Concept(Sort.STAGE, "idea") for meaning in phrase.meanings
    )


def _markers(
    phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> Iterator[_Marker]:
    """Yield the words that leave something out, in order; of those that overlap, the first and longest."""
    named = [set(_positions(phrase)) for phrase in phrases if _is_asked_for(phrase)]
    position = 0
    while position < len(said):
        found = _marker_at(position, phrases, said, clauses, language)
        if found is not None and any(name.issuperset(range(found.start, found.end)) for name in named):
            found = None
        if found is not None:
            yield found
        position = position + 1 if found is None else found.end


def _marker_at(
    position: int, phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> _Marker | None:
    candidates = []
    for table, sorts, surely in (("except", _ASKED_FOR, True), ("outside", _PLACES | _KINDS, False)):
        length = _longest(said, position, word_tables.folded_phrases(f"{_FILE}/{table}"))
        candidates.append(_Marker(position, position + length, sorts, surely))
    # In one language "no" denies, in another it is "in the".
    length = _longest(said, position, word_tables.words_in(language, f"{_FILE}/not"))
    if length and _may_exclude(position, phrases, said, clauses, language):
        candidates.append(_Marker(position, position + length, _ASKED_FOR))
    best = max(candidates, key=lambda marker: marker.end)
    return best if best.end > position else None


def _may_exclude(
    position: int, phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> bool:
    """Whether a negation cannot deny a verb: see the tables `not` and `before_not`."""
    if clauses.begins(position) or any(
        _longest_before(said, position, before)
        for before in (
            word_tables.words_in(language, f"{_FILE}/before_not"),
            word_tables.words_in(language, f"{_FILE}/not"),
        )
    ):
        return True
    before = [phrase for phrase in phrases if phrase.tokens[-1].at < position]
    return bool(before) and before[-1].tokens[-1].at == position - 1 and _is_asked_for(before[-1])


def _following(
    marker: _Marker, phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> Iterator[list[Phrase]]:
    """Yield the things that are left out behind ``marker``, a name of several unknown words as one."""
    group: list[Phrase] = []
    position = marker.end
    for phrase in phrases:
        first, last = phrase.tokens[0].at, phrase.tokens[-1].at
        if first < position:
            continue
        if not _links(said[position:first]) or clauses.at(first) != clauses.at(marker.start):
            break
        if _is_unknown(phrase) or (
            # "Not urgent, and in Kigali" leaves out no city.
            _is_asked_for(phrase) and phrase.means(*marker.sorts) and not _may_be_no_name(group, language)
        ):
            joined = _joined(said, position, first)
            if _only_repeats(group, phrase, phrases):
                group = []
            if group and not joined and not _is_name([*group, phrase]):
                break
            if group and joined:
                yield group
                group = []
            group = [*group, phrase]
            position = last + 1
        elif not _links(said[first : last + 1]):
            break
    if group:
        yield group


def _only_repeats(group: Sequence[Phrase], place: Phrase, phrases: Sequence[Phrase]) -> bool:
    """Whether a kind that was asked for is only named once more: "all projects, but no projects in Kigali"."""
    if len(group) != 1 or not place.means(*_PLACES) or not group[0].means(*_KINDS):
        return False
    before = (phrase for phrase in phrases if phrase.tokens[0].at < group[0].tokens[0].at)
    return any(phrase.meanings & group[0].meanings for phrase in before)


def _before_words_behind(phrases: Sequence[Phrase], said: Sequence[str]) -> Iterator[Phrase]:
    """Yield what stands before a word such as "excluded", and what is joined to it."""
    behind, joining = word_tables.folded_phrases(f"{_FILE}/behind"), word_tables.folded(f"{_FILE}/joining")
    after: int | None = None
    for phrase in reversed(phrases):
        first, last = phrase.tokens[0].at, phrase.tokens[-1].at
        joined = after is not None and last + 1 < after and joining.issuperset(said[last + 1 : after])
        if _is_asked_for(phrase) and (joined or _longest(said, last + 1, behind)):
            yield phrase
            after = first


def _before_last_negation(
    phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> Iterator[Phrase]:
    """Yield the kinds directly before a negation that ends a part of several: "vídeo não, um guia"."""
    negations = word_tables.words_in(language, f"{_FILE}/not")
    for phrase in phrases if len(clauses.parts) > 1 else ():
        last = phrase.tokens[-1].at
        part = clauses.at(last)
        if phrase.means(*_KINDS) and part.end == last + 2 and tuple(said[last + 1 : part.end]) in negations:
            yield phrase


def _is_unknown(phrase: Phrase) -> bool:
    """Whether it may be a name: a word that is no known one, or that was taken for a misspelt thing."""
    return not phrase.meanings or (
        phrase.guessed and phrase.means(Sort.TOPIC) and not phrase.means(Sort.THEME)
    )


def _may_be_no_name(group: Sequence[Phrase], language: str) -> bool:
    """Whether a word of every day is among unknown words: only the directory tells whether somebody is called so."""
    return _is_name(group) and any(is_ordinary(phrase.tokens[0].word, language) for phrase in group)


def _is_name(group: Sequence[Phrase]) -> bool:
    return all(_is_unknown(phrase) for phrase in group)


def _joined(said: Sequence[str], start: int, end: int) -> bool:
    """Whether a word between, or a letter written on to the next one, joins two things."""
    if not word_tables.folded(f"{_FILE}/joining").isdisjoint(said[start:end]):
        return True
    return is_arabic(said[end]) and said[end][0] in word_tables.folded("follow_ups/and_prefixes")


def _links(between: Sequence[str]) -> bool:
    """Whether words may stand between a negation and what it leaves out, or between two such things."""
    allowed = word_tables.folded(f"{_FILE}/between") | word_tables.folded(f"{_FILE}/joining")
    return allowed.issuperset(between)


def _longest(said: Sequence[str], position: int, among: frozenset[tuple[str, ...]]) -> int:
    """Return the length of the longest of some phrases that stands at ``position``."""
    return max(
        (length for length in range(1, 6) if tuple(said[position : position + length]) in among), default=0
    )


def _longest_before(said: Sequence[str], position: int, among: frozenset[tuple[str, ...]]) -> int:
    return max(
        (length for length in range(1, 4) if tuple(said[max(0, position - length) : position]) in among),
        default=0,
    )


def _excluded(groups: Sequence[Sequence[Phrase]]) -> Excluded:
    meant = [_meant(phrase) for group in groups if not _is_name(group) for phrase in group]

    def keys(sort: Sort) -> frozenset[str]:
        return frozenset(meaning.key for meanings in meant for meaning in meanings if meaning.sort is sort)

    names = (tuple(part for phrase in group for part in phrase.stems) for group in groups if _is_name(group))
    return Excluded(
        cities=keys(Sort.CITY),
        countries=keys(Sort.COUNTRY),
        themes=keys(Sort.THEME),
        topics=keys(Sort.TOPIC),
        kinds=keys(Sort.KIND),
        resource_kinds=keys(Sort.RESOURCE_KIND),
        stages=keys(Sort.STAGE),
        roles=keys(Sort.ROLE),
        languages=keys(Sort.LANGUAGE),
        names=tuple(dict.fromkeys(names)),
    )


def _meant(phrase: Phrase) -> frozenset[Concept]:
    """Return what a phrase that is left out means: a place or a language rather than anything else."""
    for sorts in ((Sort.CITY,), (Sort.LANGUAGE,), (Sort.COUNTRY,)):
        only = frozenset(meaning for meaning in phrase.meanings if meaning.sort in sorts)
        if only:
            return only
    return phrase.meanings
