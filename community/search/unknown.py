"""What a question names that the network does not have: a place, a person, a subject. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rapidfuzz import fuzz

from community.core.words import fold, is_arabic, stem, words
from community.description.directory_model import Contact
from community.search import everyday, word_tables
from community.search.asked import Question
from community.search.entry_index import EntryIndex
from community.search.lexicon import Lexicon
from community.search.meanings import Sort, phrase_of
from community.search.places import all_country_names
from community.search.reading import Phrase, phrases_in, tokens_of
from community.search.spelling import CLOSEST

_ALIKE = 85
"""Per cent of the letters that two names must have in common to be the same with a slip."""
_MOST_NEAR = 50
"""How many entries with one word of a name are compared with it."""


class UnknownSort(StrEnum):
    """What is unknown."""

    TOWN = "town"
    COUNTRY = "country"
    PERSON = "person"
    SUBJECT = "subject"
    """What somebody or something is asked for."""
    WORD = "word"
    """A word that may be the name of a place, or not."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part of a question, as it was written there."""

    sort: UnknownSort
    name: str


def unknown_in(text: str, question: Question, lexicon: Lexicon, index: EntryIndex) -> Unknown | None:
    """Return what ``question``, written as ``text``, names that the network does not have; None where all is known.

    Only for a question that nothing answers.
    """
    if question.relation is not None or question.about is not None or question.like is not None:
        return None
    phrases = phrases_in(tokens_of(words(text), frozenset(), lexicon), lexicon, question.language)
    return (
        _place(text, phrases, question)
        or _written_with_hyphens(text, question)
        or _person(text, phrases, question, index)
        or _subject(text, phrases, question, index)
    )


def _place(text: str, phrases: Sequence[Phrase], question: Question) -> Unknown | None:
    named = [phrase for phrase in phrases if _is_place(phrase, text, question)]
    name = _as_written(text, named[-1:])
    if name is None or question.cities or _asks_behind(text, name):
        return None
    last = named[-1]
    if _is_listed(last):
        is_country = last.stems in _countries()
        return Unknown(UnknownSort.COUNTRY if is_country else UnknownSort.TOWN, _capitalised(name))
    if _is_capitalised(name):
        return Unknown(UnknownSort.TOWN, name)
    return Unknown(UnknownSort.WORD, name) if set(question.rest) <= set(last.stems) else None


def _written_with_hyphens(text: str, question: Question) -> Unknown | None:
    """Return a name such as Grand-Bassam, of which a part is an everyday word."""
    if question.cities or question.countries:
        return None
    for found in _HYPHENS.finditer(text):
        parts = found.group().split("-")
        unknown = any(stem(fold(part)) in question.rest for part in parts)
        if (
            unknown
            and all(map(_is_capitalised, parts))
            and _is_behind_in(found.group(), text, question.language)
        ):
            return Unknown(UnknownSort.TOWN, found.group())
    return None


def _is_place(phrase: Phrase, text: str, question: Question) -> bool:
    """Whether a phrase names a place that is not of the network."""
    name = _as_written(text, [phrase])
    if name is None or phrase.means(Sort.CITY, Sort.COUNTRY):
        return False
    if set(phrase.stems) <= set(question.places):
        # "à" in French is "a" without its accent, an article elsewhere.
        return _is_listed(phrase) or _is_behind_in(name, text, question.language)
    # "na Praia": also a word for something else, but not where it is written so.
    return _is_listed(phrase) and _is_capitalised(name) and phrase.tokens[0].inside


def _is_listed(phrase: Phrase) -> bool:
    return any(meaning.sort is Sort.ELSEWHERE for meaning in everyday.by_stems().any(phrase.stems))


def _is_behind_in(name: str, text: str, language: str) -> bool:
    before = words(text[: text.index(name)])[-1:]
    inside = word_tables.folded_in(language, "common/inside")
    prefixes = word_tables.folded_in(language, "common/inside_prefixes")
    return not inside.isdisjoint(before) or text[: text.index(name)].endswith(tuple(prefixes) or ("\0",))


def _asks_behind(text: str, name: str) -> bool:
    """Whether the question is put in a sentence behind the one with a name, which then only says what it is about."""
    _before, _sign, behind = text.partition(name)
    # Behind an arrow stands what goes on from the question.
    sentences = _SENTENCE_END.split(behind.partition("→")[0])[1:]
    who = word_tables.folded("questions/who_words")
    return any("?" in each or "؟" in each or not who.isdisjoint(words(each)) for each in sentences)


def _person(text: str, phrases: Sequence[Phrase], question: Question, index: EntryIndex) -> Unknown | None:
    """Return the name of somebody whom the directory does not have.

    It is taken for a name where it is asked who that is, or for their number, or where it is written like one.
    """
    written_so = _written_as_a_name(text, phrases)
    named_else = question.themes or question.loose or question.roles or not question.kinds <= {"contact"}
    if named_else and not written_so:
        return None
    unknown = written_so or _without_meaning(phrases, question)
    name = _as_written(text, unknown)
    if name is None or _is_somebody(name, index):
        return None
    is_asked_for = _asks_who_is(text) and len(phrases) == len(unknown) + _silent(phrases)
    is_asked_by_field = bool(question.fields) and not name[:1].islower()
    if not (written_so or is_asked_for or is_asked_by_field):
        return None
    return Unknown(UnknownSort.PERSON, _capitalised(name))


def _written_as_a_name(text: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """Return two or more unknown words that are written like a name, one behind the other.

    A part of one may be near to a word of ours ("Manuel", "manual"), not all of them.
    """
    run: list[Phrase] = []
    for phrase in phrases:
        name = _as_written(text, [phrase])
        if name and _is_capitalised(name) and (phrase.guessed or not phrase.meanings):
            run.append(phrase)
        elif len(run) > 1:
            break
        else:
            run = []
    return run if len(run) > 1 and not all(phrase.meanings for phrase in run) else []


def _subject(text: str, phrases: Sequence[Phrase], question: Question, index: EntryIndex) -> Unknown | None:
    """Return what is asked for where no entry has any word of it."""
    placed = question.cities or question.countries
    of_people = question.kinds == {"contact"}
    if question.roles or not (of_people or (question.kinds and not placed)):
        return None
    if question.themes:
        theirs = index.marks(f"theme:{theme}" for theme in question.themes) & index.of_kind(question.kinds)
        named = [] if theirs.any() else [phrase for phrase in phrases if phrase.means(Sort.THEME)]
    else:
        wanted = index.of_kind(question.kinds)
        had = [index.found(word).scores for word in question.rest]
        had += [index.topic(topic) for topic in question.loose]
        named = [] if any((scores * wanted).any() for scores in had) else _of_no_theme(phrases, question)
    said = [token.word for phrase in named for token in phrase.tokens]
    if all(len(word) <= CLOSEST and not is_arabic(word) for word in said):
        return None  # so short a word is rather a slip than a subject
    name = _as_written(text, named)
    return None if name is None else Unknown(UnknownSort.SUBJECT, name)


def _of_no_theme(phrases: Sequence[Phrase], question: Question) -> list[Phrase]:
    topics = [
        phrase
        for phrase in phrases
        if any(meaning.sort is Sort.TOPIC and meaning.key in question.loose for meaning in phrase.meanings)
    ]
    return topics or _without_meaning(phrases, question)


def _without_meaning(phrases: Sequence[Phrase], question: Question) -> list[Phrase]:
    return [phrase for phrase in phrases if phrase.stems and set(phrase.stems) <= set(question.rest)]


def _silent(phrases: Sequence[Phrase]) -> int:
    """Return how many phrases only say that somebody is asked for."""
    return sum(phrase.means(Sort.NOTHING, Sort.WHO) for phrase in phrases)


def _asks_who_is(text: str) -> bool:
    """Whether a text begins by asking who somebody is."""
    said = words(text)
    return any(said[: len(start)] == start for start in word_tables.folded_phrases("small_talk/who_is"))


def _is_somebody(name: str, index: EntryIndex) -> bool:
    """Whether somebody in the directory is called so, or nearly, however the name is parted."""
    asked = "".join(words(name))
    return any(
        fuzz.ratio(asked, "".join(words(text))) >= _ALIKE
        for contact in contacts_of_near_name(name, index)
        for _language, text in contact.name
    )


@cache
def _countries() -> frozenset[tuple[str, ...]]:
    return frozenset(map(phrase_of, all_country_names()))


_SENTENCE_END = re.compile(r"(?<=[.!?؟\n])")
_WORD = re.compile(r"[^\W_]+")
_HYPHENS = re.compile(r"[^\W_]+(?:-[^\W_]+)+")


def _as_written(text: str, phrases: Iterable[Phrase]) -> str | None:
    """Return the part of a text that has these phrases; None where they are not there one behind the other."""
    wanted = [token.word for phrase in phrases for token in phrase.tokens]
    written = list(_WORD.finditer(text))
    ends = [fold(found.group()) for found in written]
    for start in range(len(written)):
        at, spans = start, []
        for word in wanted:
            at = next((n for n in range(at, min(at + 3, len(ends))) if ends[n].endswith(word)), -1)
            if at < 0:
                break
            spans.append(_span(written[at], word))
            at += 1
        if spans and len(spans) == len(wanted):
            return text[spans[0][0] : spans[-1][1]]
    return None


def _span(found: re.Match[str], word: str) -> tuple[int, int]:
    """Return where a word is in a text, without what is written on to it in front."""
    begin = found.end() - len(word) if len(fold(found.group())) == len(found.group()) else found.start()
    return begin, found.end()


def _is_capitalised(name: str) -> bool:
    return name[:1].isupper()


def _capitalised(name: str) -> str:
    """Return a name that is all small with capitals; any other as it is written ("Dar es Salaam")."""
    return (
        name
        if name != name.lower()
        else _WORD.sub(lambda found: found.group()[:1].upper() + found.group()[1:], name)
    )


def contacts_of_near_name(name: str, index: EntryIndex) -> Iterator[Contact]:
    """Give contacts who have a word of a name, or one that is near to it, in their own name."""
    for word in words(name):
        for similar in index.vocabulary.similar_words(stem(word)):
            entries = index.entries_at(map(int, index.words[0].of(similar.word)[:_MOST_NEAR]))
            yield from (e for e in entries if isinstance(e, Contact) and not e.vacant)
