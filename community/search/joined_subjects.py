"""Words of every day that are a subject because "and" joins them to one: "waste and begging in Lagos". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from community.search import word_tables
from community.search.clauses import Clauses
from community.search.meanings import Sort
from community.search.ordinary_words import is_adverb
from community.search.reading import Phrase

_SUBJECT = (Sort.THEME, Sort.TOPIC)
_PLACE = (Sort.CITY, Sort.COUNTRY)
_AND_THE = "وال"
"""What begins an Arabic noun with "and" and the article; a verb has no article."""


def joined_to_subject(
    phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses, language: str
) -> frozenset[str]:
    """Return the stems of unknown words that are joined to a subject, and are no verb of the sentence.

    What goes on behind such a word makes it a verb: "who handles waste and helps us".
    """
    return frozenset(
        stem
        for part in clauses.parts
        for phrase in _joined(
            [one for one in phrases if clauses.at(one.tokens[0].at) == part], said, part.end
        )
        if not is_adverb(phrase.tokens[0].word, language)
        for stem in phrase.stems
    )


def _joined(phrases: Sequence[Phrase], said: Sequence[str], end: int) -> Iterator[Phrase]:
    """Yield those words of a part of a sentence that ends before ``end``."""
    telling = [phrase for phrase in phrases if phrase.sorts != {Sort.NOTHING}]
    for at, phrase in enumerate(telling):
        if phrase.meanings:
            continue
        before, after = telling[at - 1] if at else None, telling[at + 1] if at + 1 < len(telling) else None
        ends = _is_passed_over(said[_last(phrase) + 1 : end if after is None else _first(after)])
        last = ends and (after is None or after.means(*_PLACE))
        behind = before is not None and before.means(*_SUBJECT, *_PLACE) and _are_joined(before, phrase, said)
        leads = after is not None and after.means(*_SUBJECT) and _are_joined(phrase, after, said)
        if (last and behind) or leads:
            yield phrase


def _first(phrase: Phrase) -> int:
    return phrase.tokens[0].at


def _last(phrase: Phrase) -> int:
    return phrase.tokens[-1].at


def _are_joined(before: Phrase, after: Phrase, said: Sequence[str]) -> bool:
    """Whether "and" is all that stands between two phrases, with articles, or is written on to the second."""
    first = _first(after)
    between = said[_last(before) + 1 : first]
    joining = word_tables.folded("exclusions/joining")
    joined = not joining.isdisjoint(between) or said[first].startswith(_AND_THE)
    return joined and _is_passed_over([word for word in between if word not in joining])


def _is_passed_over(between: Sequence[str]) -> bool:
    """Whether words are articles, or such as "in"."""
    return (word_tables.folded("common/light") | word_tables.folded("common/inside")).issuperset(between)
