"""What "and" joins to a subject: "waste and begging in Lagos", "employment and waste". Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from community.directory.entry import DirectoryEntry
from community.search import word_tables
from community.search.asked import JoinedSubject, Question
from community.search.clauses import Clauses
from community.search.entry_words import stems_of
from community.search.meanings import Sort
from community.search.ordinary_words import is_adverb
from community.search.reading import Phrase
from community.search.thesaurus import topic_stems

_SUBJECT = (Sort.THEME, Sort.TOPIC)
_PLACE = (Sort.CITY, Sort.COUNTRY)
_AND_THE = "وال"
"""What begins an Arabic noun with "and" and the article; a verb has no article."""


def with_joined(
    question: Question, phrases: Sequence[Phrase], said: Sequence[str], clauses: Clauses
) -> Question:
    """Return the question with the subjects that are joined, and with the words of every day joined to one."""
    if question.loose or len(question.themes) > 1:
        question = replace(question, joined=tuple(dict.fromkeys(_subjects_joined(phrases, said))))
    if question.ordinary:
        question = question.with_subjects(_joined_to_subject(phrases, said, clauses, question.language))
    return question


def not_about(question: Question, shown: Sequence[DirectoryEntry]) -> tuple[str, ...]:
    """Return the stems of the joined subjects that none of the entries shown has."""
    if not question.joined:
        return ()
    themes = {theme for entry in shown for theme in entry.themes}
    had = [frozenset().union(*stems_of(entry)) for entry in shown]
    missing = (one for one in question.joined if one.themes.isdisjoint(themes) and not _is_had(one, had))
    return tuple(stem for joined in missing for stem in joined.stems)


def _is_had(joined: JoinedSubject, had: Iterable[frozenset[str]]) -> bool:
    phrases = {phrase for topic in joined.topics for phrase in topic_stems(topic)}
    return any(phrase <= stems for stems in had for phrase in phrases)


def _subjects_joined(phrases: Sequence[Phrase], said: Sequence[str]) -> Iterator[JoinedSubject]:
    """Yield the subjects that "and" joins to another."""
    telling = [phrase for phrase in phrases if phrase.sorts != {Sort.NOTHING}]
    for pair in pairwise(telling):
        if all(phrase.means(*_SUBJECT) for phrase in pair) and _are_joined(*pair, said):
            yield from (
                JoinedSubject(tuple(one.stems), _keys(one, Sort.THEME), _keys(one, Sort.TOPIC))
                for one in pair
            )


def _keys(phrase: Phrase, sort: Sort) -> frozenset[str]:
    return frozenset(meaning.key for meaning in phrase.meanings if meaning.sort is sort)


def _joined_to_subject(
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
