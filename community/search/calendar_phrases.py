"""The phrases of a question to the calendar: which belong together, which are names, which say nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from community.core.words import is_arabic, words
from community.search import date_words, word_tables
from community.search.calendar_question import NamedPart
from community.search.calendar_words import Spotted, is_long_thing, says
from community.search.ordinary_words import is_adverb, is_ordinary, is_verb
from community.search.reading import Phrase, Token


def joined(phrases: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield the phrases, those that together are called what titles often have as one: “round table”."""
    at = 0
    while at < len(phrases):
        pair = phrases[at : at + 2]
        stems = tuple(one for phrase in pair for one in phrase.stems)
        if len(pair) == 2 and is_long_thing(stems):
            yield Phrase(tuple(token for phrase in pair for token in phrase.tokens), frozenset())
            at += 2
        else:
            yield phrases[at]
            at += 1


def is_ordinary_word(word: str, language: str) -> bool:
    """Whether a word names nothing: one of every day, a number, an hour (“13h”)."""
    return names_number(word) or is_ordinary(word, language)


def names_number(word: str) -> bool:
    """Whether a word is a number or an hour: “two”, “13h”, “16th”."""
    return word[:1].isdecimal() or date_words.number_in("numbers", word) is not None


def as_written(token: Token, said: Sequence[str]) -> str:
    """Return a word as it was written, and not what it was taken for; in Arabic without what is written on to it."""
    return token.word if is_arabic(token.word) else said[token.at]


def names_nothing(token: Token, said: Sequence[str], language: str) -> bool:
    """Whether a word of every day is no name either: a number, an adverb, or a verb that no article stands before.

    “The coffee with the mayor”, “the special meeting”, “the launch” are names of something.
    """
    word = token.word
    if not (is_verb(word, language) or is_adverb(word, language)):
        return names_number(word)
    if is_arabic(word):
        return is_adverb(word, language) or said[token.at] == word
    before = said[token.at - 1] if token.at else ""
    return before not in word_tables.folded_in(language, "calendar/articles")


def is_meant_for(phrase: Phrase, said: Sequence[str]) -> bool:
    """Whether a place is named as that whom something is for: “for Kigali”, “لكيغالي”."""
    first = phrase.tokens[0]
    written = said[first.at]
    hung = written != first.word and says(written[0], "for_place")
    return hung or (first.at > 0 and says(said[first.at - 1], "for_place"))


def is_with(phrase: Phrase, said: Sequence[str]) -> bool:
    """Whether a place is named as those whom somebody meets: “our call with Bizerte”."""
    first = phrase.tokens[0].at
    return first > 0 and said[first - 1] in word_tables.folded("questions/with")


def unknown_name(written: Iterable[str]) -> NamedPart:
    """Return a name that nothing in the calendar has."""
    name = " ".join(written)
    return NamedPart(name, (name,))


def own_words(found: Spotted, said: Sequence[str], language: str) -> frozenset[int]:
    """Return where “my”, “for us” and the like are said in a language: Portuguese “mês” is no French “mes”."""
    at = found.at("mine")
    own = word_tables.own_phrases_in(language, "calendar/mine")
    if not own:
        return at
    phrases = [tuple(words(phrase)) for phrase in own]
    spans = (
        range(start, start + len(phrase))
        for phrase in phrases
        for start in at
        if tuple(said[start : start + len(phrase)]) == phrase
    )
    return frozenset(place for span in spans for place in span) | {
        place for place in at if is_arabic(said[place])
    }
