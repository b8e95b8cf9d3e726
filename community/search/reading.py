"""Phrases in a text, and what each of them can mean. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from community.core.words import is_arabic, stem, without_arabic_prefix
from community.search import date_words, word_tables
from community.search.arabic_in_latin import has_figures_for_letters
from community.search.lexicon import Lexicon
from community.search.meanings import LONGEST_PHRASE, Meanings, Sort, Stems, sorts_of
from community.search.spelling import CLOSEST


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a question that is no article.

    ``placing``: it stands behind a word that may introduce a place ("from"); ``inside``: behind "in" or "at".
    """

    word: str
    stem: str
    placing: bool = False
    inside: bool = False
    at: int = 0
    """Its position among the words of the question."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Some words of a question and what they mean; a word that means nothing known has no meanings.

    ``guessed``: the meanings are those of other words, of which these are taken for misspellings; ``slips`` are the
    stems that were corrected.
    """

    tokens: tuple[Token, ...]
    meanings: Meanings
    guessed: bool = False
    slips: tuple[str, ...] = ()
    names_theme: bool = False
    """Whether the description itself calls a theme so, and not only the thesaurus."""
    # Looked at dozens of times for each question.
    stems: tuple[str, ...] = field(init=False, repr=False, compare=False)
    sorts: frozenset[Sort] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stems", tuple([token.stem for token in self.tokens]))
        object.__setattr__(self, "sorts", sorts_of(self.meanings))

    def means(self, *sorts: Sort) -> bool:
        """Whether one of its meanings is of such a sort."""
        return not self.sorts.isdisjoint(sorts)


def tokens_of(said: Sequence[str], used: frozenset[int], lexicon: Lexicon) -> list[Token]:
    """Return the words that are no articles, without those at the positions ``used``, which named a period."""
    tokens = []
    light, inside_words = word_tables.folded("common/light"), word_tables.folded("common/inside")
    prefixes, placing_words = word_tables.folded("common/inside_prefixes"), _placing_words()
    for at, word in enumerate(said):
        if at in used or word in light:
            continue
        before = said[at - 1] if at else ""
        for part in _parted(word, lexicon):
            after = said[at + 1] if at + 1 < len(said) else ""
            form = _without_prefix(_without_elision(part, lexicon), after, lexicon)
            inside = before in inside_words or (form != part and part[0] in prefixes)
            if form == part and _is_inside_with_article(part, prefixes):
                inside = True
                form = part if lexicon.knows(stem(part)) else part[1:]
            tokens.append(Token(form, stem(form), before in placing_words or inside, inside, at))
    return tokens


def _is_inside_with_article(word: str, prefixes: Collection[str]) -> bool:
    """Whether "in" and the Arabic article are written on to a word (فالرباط, in Rabat)."""
    return is_arabic(word) and len(word) > _LONG_WITH_ARTICLE and word[0] in prefixes and word[1:3] == "ال"


_LONG_WITH_ARTICLE = 5
"""Letters that a word must have more of: shorter ones begin so by themselves (بالغ)."""


@cache
def _placing_words() -> frozenset[str]:
    return word_tables.folded("common/inside") | word_tables.folded("common/placing")


def _without_elision(word: str, lexicon: Lexicon) -> str:
    """Return "eau" for "leau": a word without its article, if it is unknown with it and known without."""
    if (
        len(word) < 4
        or word[0] not in word_tables.folded("common/elided")
        or word[1] not in "aeiouyh"
        or lexicon.knows(stem(word))
    ):
        return word
    return word[1:] if lexicon.written((word[1:],)) else word


def _parted(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return a long unknown word as the two known ones that were written together, if it is that."""
    if len(word) < 9 or is_arabic(word) or lexicon.knows(stem(word)):
        return (word,)
    for at in range(4, len(word) - 3):
        if lexicon.written((word[:at],)) and lexicon.written((word[at:],)):
            return (word[:at], word[at:])
    return (word,)


def _without_prefix(word: str, after: str, lexicon: Lexicon) -> str:
    """Return an Arabic word without the "and" or "in" written on to it, if it is unknown with it and known without.

    ``after`` is the next word: a short word may begin a name (فبن جرير, in Ben Guerir).
    """
    if not is_arabic(word):
        return word
    if word[0] in "وبلكف" and len(word) > 2 and lexicon.exact((stem(word[1:]), stem(after))):
        return word[1:]
    if lexicon.knows(stem(word)):
        return word
    known = (
        form
        for form in without_arabic_prefix(word)
        if lexicon.knows(stem(form)) or lexicon.place((stem(form),))
    )
    return next(known, _without_accusative(word, lexicon))


def _without_accusative(word: str, lexicon: Lexicon) -> str:
    """Return an Arabic word without the ending of what is wanted ("أريد شخصا"), if it is known without."""
    return word[:-1] if len(word) > CLOSEST and word[-1] == "ا" and lexicon.knows(stem(word[:-1])) else word


def phrases_in(tokens: Sequence[Token], lexicon: Lexicon, language: str) -> list[Phrase]:
    """Return the phrases in ``tokens``: at each position the longest one that means something, else the one word."""
    in_arabic = any(map(_shows_arabic, tokens))
    corrected = [_correct(token, lexicon, language, in_arabic=in_arabic) for token in tokens]
    stems = tuple([token.stem for token in corrected])
    phrases = []
    position = 0
    while position < len(tokens):
        length, found = _longest(stems, position, lexicon)
        taken = tuple(tokens[position : position + length])
        read = corrected[position : position + length]
        slips = tuple([one.stem for one, other in zip(taken, read, strict=True) if one.stem != other.stem])
        found = _as_written(taken, found, lexicon)
        if not found:
            length, found = _place(tokens, position, lexicon)
            taken = tuple(tokens[position : position + length])
            slips = tuple(token.stem for token in taken)
        named = lexicon.names_theme(stems[position : position + len(read)])
        phrases.append(Phrase(taken, found, bool(slips and found), slips if found else (), named))
        position += length
    return phrases


_NOTHING = frozenset({Sort.NOTHING})
_PLACED = frozenset({Sort.CITY, Sort.COUNTRY, Sort.LANGUAGE})
_AS_WRITTEN = _PLACED | {Sort.LEADS}


def _as_written(taken: Sequence[Token], found: Meanings, lexicon: Lexicon) -> Meanings:
    """Return those of the meanings of some stems that belong to the words as they were written.

    A word without meaning ("care") may have the stem of one with a meaning ("car"), and a language or city that of
    another word.
    """
    sorts = sorts_of(found)
    silent = sorts <= _NOTHING and not is_arabic(taken[0].word)
    if not silent and _AS_WRITTEN.isdisjoint(sorts):
        return found
    written = lexicon.written(tuple([token.word for token in taken]))
    if silent:
        return found & written  # "care" says nothing, "car" does
    if written and not is_arabic(taken[0].word):
        # "port" has the stem of "porte", who leads.
        found = frozenset(m for m in found if m.sort is not Sort.LEADS or m in written)
    # In Arabic the article makes a language of an adjective in the tables; it stands before either in a text.
    both = is_arabic(taken[0].word) and {Sort.LANGUAGE, Sort.COUNTRY} <= sorts
    # "Sem" is a word of Portuguese, and by its stem Sèmè.
    if both or _PLACED.isdisjoint(sorts):
        return found
    return found & written or written or found


def _shows_arabic(token: Token) -> bool:
    """Whether a word shows that somebody writes Arabic in Latin letters: “chkoun”, “3la”."""
    return token.word in _latin_words() or _has_figures(token)


def _has_figures(token: Token) -> bool:
    return has_figures_for_letters(token.word) and not date_words.without_ordinal(token.word).isdecimal()


@cache
def _latin_words() -> frozenset[str]:
    return frozenset(
        word for word in word_tables.folded_in("ar", "common/passed_over") if not is_arabic(word)
    )


def _correct(token: Token, lexicon: Lexicon, language: str, *, in_arabic: bool) -> Token:
    if lexicon.knows(token.stem):
        return token
    if in_arabic or _has_figures(token):
        meant = lexicon.in_arabic(token.word)
        if meant is not None:
            return replace(token, stem=meant)
    better = (
        (token.placing and lexicon.misspelt_place(token.word))
        or lexicon.corrected(token.word, language)
        or lexicon.subject_in_arabic(token.word)
    )
    if better and token.inside and sorts_of(lexicon.exact((better,))) <= _OF_LEADING:
        return token  # "in Leeds"
    return token if not better or lexicon.place((token.word,)) else replace(token, stem=better)


_OF_LEADING = frozenset({Sort.LEADING, Sort.LEADS, Sort.LED_BY, Sort.DEPUTY})


def _longest(stems: Stems, position: int, lexicon: Lexicon) -> tuple[int, Meanings]:
    phrase = stems[position : position + 1]
    best: tuple[int, Meanings] = (1, lexicon.exact(phrase))
    for length in range(2, min(LONGEST_PHRASE, len(stems) - position) + 1):
        if not lexicon.begins(phrase):
            break
        phrase = stems[position : position + length]
        found = lexicon.exact(phrase)
        if found:
            best = (length, found)
    return best


def _place(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> tuple[int, Meanings]:
    """Return the city of the network that up to two unknown words sound like."""
    for length in (2, 1):
        part = tokens[position : position + length]
        if len(part) == length and not any(lexicon.knows(token.stem) for token in part):
            found = lexicon.place(tuple(token.word for token in part))
            if found:
                return length, found
    return 1, frozenset()


KeysBySort = Mapping[Sort, frozenset[str]]


def keys_by_sort(phrases: Sequence[Phrase]) -> KeysBySort:
    """Return the keys of all that is named, by their sorts."""
    found: dict[Sort, set[str]] = {}
    for phrase in phrases:
        for meaning in phrase.meanings:
            found.setdefault(meaning.sort, set()).add(meaning.key)
    return {sort: frozenset(keys) for sort, keys in found.items()}


def loose_topics(phrases: Sequence[Phrase]) -> frozenset[str]:
    """Return the topics named by phrases that name no theme."""
    others = (phrase for phrase in phrases if not phrase.means(Sort.THEME))
    return frozenset(m.key for phrase in others for m in phrase.meanings if m.sort is Sort.TOPIC)
