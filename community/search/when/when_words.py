"""The words of times in one language, from its `when.yaml` and `dates.yaml`, as they are found in a message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from community.core.language_folders import LANGUAGES
from community.search import word_tables
from community.search.spelling import slips
from community.search.when.when_tokens import WhenToken, when_tokens
from community.search.word_file_tables import WHEN

SHARED = (
    "weekdays",
    "months",
    "numbers",
    "units",
    "two",
    "today",
    "tomorrow",
    "yesterday",
    "ordinals",
    "weekday_endings",
)
"""The tables of `dates.yaml` that are read here too."""
UNITS = ("day", "week", "month", "year", "minute", "hour")
"""The keys of ``units`` and ``two`` in both files, in the order of their numbers."""
_NAMES_OF_OTHERS = frozenset(("counted", "numbered", "named_by_time"))
"""The tables of what is counted, numbered or called with a word of a time."""
_BESIDE_TIMES = ("beside", "venues", "passed_over", *_NAMES_OF_OTHERS)
"""The tables of words that are no part of a time."""
_LEADING = frozenset(
    (
        *("lead", "small", "day_marks", "at", "ahead", "lasting", "lasting_perhaps", "in_stretch", "between"),
        *("range_from", "range_to", "days_from", "days_to", "and", "or", "until", "starting", "except"),
        *("due_by", "before", "past", "to_hour", "next", "vague", "nth", "day_numbers"),
    )
)
"""The tables of small words that say something of a time, and are part of a name inside of it: “check-in”."""
_OF_DAYS = frozenset(
    (
        *(
            "weekdays",
            "each_weekday",
            "months",
            "units",
            "today",
            "tomorrow",
            "yesterday",
            "noon",
            "midnight",
        ),
        *("numbers", "hour_words"),
    )
)
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_MOST_PASSED = 4
"""How many small words may follow each other: the work for a message is bounded by it."""
_MOST_SLIPS = 2
_SHORTEST_SLIP = 5
"""Letters of a word that may be the misspelt name of a day."""
_SHORTEST_SHORT, _LONGEST_SHORT = 3, 5
"""Letters of a word that may be the name of a day in short."""
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase of a table: its ``texts``, and the number that it means there (0 where the table is a list)."""

    texts: tuple[str, ...]
    table: str
    number: int


@cache
def _terms(language: str) -> Mapping[str, tuple[Term, ...]]:
    """Return the phrases of a language by their first word, the longest first."""
    found: dict[str, list[Term]] = {}
    for table, number, phrase in _phrases(language):
        texts = tuple(token.text for token in when_tokens(phrase))
        if texts:
            found.setdefault(texts[0], []).append(Term(texts, table, number))
    return {first: tuple(sorted(terms, key=lambda term: -len(term.texts))) for first, terms in found.items()}


def _phrases(language: str) -> Iterator[tuple[str, int, str]]:
    for file, tables in (("when", WHEN), ("dates", SHARED)):
        for table in tables:
            yield from ((table, 0, text) for text in word_tables.own_phrases_in(language, f"{file}/{table}"))
            for key, texts in word_tables.own_groups_in(language, f"{file}/{table}").items():
                yield from ((table, _number_of(table, key), text) for text in texts)


def _number_of(table: str, key: str) -> int:
    """Return what a key of a grouped table stands for: Monday is 0, January 1; else its number or its place."""
    if key.isdecimal():
        return int(key)
    if table in ("units", "two"):
        return UNITS.index(key)
    if table == "numbers":
        return _NUMBERS.index(key) + 1
    keys: Sequence[str] = WHEN[table]
    return keys.index(key) + (table in ("months", "nth", "nth_behind"))


@dataclass(frozen=True)
class WhenWords:
    """A message in one language: at each position, what the tables have. Positions are those of ``tokens``."""

    language: str
    tokens: tuple[WhenToken, ...]
    _found: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def _at(self, at: int) -> dict[str, tuple[int, int]]:
        """Return number and end of the longest phrase that begins at a position, by the tables that have one."""
        known = self._found.get(at)
        return self._looked_up(at) if known is None else known

    def _looked_up(self, at: int) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for table, number, end in self._look_up(at) if 0 <= at < len(self.tokens) else ():
            is_longer = table not in found or found[table][1] < end
            if is_longer and not (table in _LEADING and self._cuts_name(at, end)):
                found[table] = (number, end)
        self._found[at] = found
        return found

    def _cuts_name(self, at: int, end: int) -> bool:
        """Whether a hyphen joins a phrase to a word that says no time: the “in” of “check-in”, not “Mon-to-Fri”."""
        first, behind = self.tokens[at], self.tokens[end : end + 1]
        is_phrase = first.is_dashed and (self.end(at - 1, "changing") or 0) > at  # “avant-dernier”
        if first.is_dashed and not (is_phrase or self._says_time(at - 1)):
            return True
        return any(token.is_dashed for token in behind) and not self._says_time(end)

    def _says_time(self, at: int) -> bool:
        return any(text in words_of_days() for text in (self.tokens[at].text, self.tokens[at].base))

    def is_known(self, at: int) -> bool:
        """Whether a phrase of the tables begins at a position, but for those of what else is called so."""
        return not self._at(at).keys() <= _NAMES_OF_OTHERS

    def _look_up(self, at: int) -> Iterator[tuple[str, int, int]]:
        token, terms = self.tokens[at], _terms(self.language)
        forms = [form for form in dict.fromkeys((token.text, token.base)) if form in terms]
        if not forms and self.is_joined(at):
            forms = [form for form in (token.text[1:],) if form in terms]
        for form in forms:
            for term in terms[form]:
                if self._fits(term.texts[1:], at + 1):
                    yield term.table, term.number, at + len(term.texts)

    def _fits(self, texts: Sequence[str], at: int) -> bool:
        said = self.tokens[at : at + len(texts)]
        return len(said) == len(texts) and all(
            text in (token.text, token.base) for text, token in zip(texts, said, strict=True)
        )

    def end(self, at: int, *tables: str) -> int | None:
        """Return the position behind the longest phrase of one of ``tables`` that begins at a position."""
        found = self._at(at)
        ends = [found[table][1] for table in tables if table in found]
        return max(ends) if ends else None

    def number(self, at: int, table: str) -> tuple[int, int] | None:
        """Return what the longest phrase of a grouped table at a position means, and the position behind it."""
        return self._at(at).get(table)

    def past(self, at: int, *tables: str) -> int:
        """Return the position behind up to `_MOST_PASSED` phrases of ``tables``; ``at`` where there is none."""
        for _ in range(_MOST_PASSED):
            end = self.end(at, *tables)
            if end is None:
                break
            at = end
        return at

    def sign(self, at: int, signs: Iterable[str], *, glued: bool = False) -> bool:
        """Whether one of some signs stands at a position; ``glued``: with nothing before it."""
        if not 0 <= at < len(self.tokens):
            return False
        token = self.tokens[at]
        return token.text in signs and (token.is_glued or not glued)

    def digits(self, at: int, *, most: int = 4, glued: bool = False) -> int | None:
        """Return the number that is written in figures at a position, None if it has more than ``most``."""
        if not 0 <= at < len(self.tokens):
            return None
        token = self.tokens[at]
        fits = token.text.isdecimal() and len(token.text) <= most and (token.is_glued or not glued)
        return int(token.text) if fits and not (token.is_glued and self.is_code(at)) else None

    def is_code(self, at: int) -> bool:
        """Whether the number at a position is written on to letters that say no time: the 1 of “T1”, “B12”."""
        letters = self.tokens[at - 1] if 0 < at < len(self.tokens) else None
        if letters is None or not letters.is_word or letters.is_glued or not letters.text.isascii():
            return False
        return self.tokens[at].is_number and self.tokens[at].is_glued and not self.is_known(at - 1)

    def has_zero(self, at: int) -> bool:
        """Whether the number at a position begins with a zero, as hours from 0 to 24 are written: 03."""
        return self.tokens[at].text.startswith("0")

    def is_joined(self, at: int) -> bool:
        """Whether “and” is written on to the word at a position, as in Arabic."""
        prefixes = word_tables.own_phrases_in(self.language, "follow_ups/and_prefixes")
        return 0 <= at < len(self.tokens) and self.tokens[at].text.startswith(prefixes)

    def past_comma(self, at: int) -> int:
        """Return the position behind a comma, or the same."""
        return at + self.sign(at, ",،")

    def year_behind(self, at: int) -> tuple[int | None, int]:
        """Read the year behind a day or month; None and ``at`` where there is none."""
        place = self.past(self.past_comma(at), "small")
        year = self.digits(place)
        is_year = year is not None and _FIRST_YEAR <= year <= _LAST_YEAR
        return (year, place + 1) if is_year and self.end(place + 1, "hour_signs") is None else (None, at)

    def is_led(self, at: int) -> bool:
        """Whether what stands before a position makes a number there an hour: “às 10”."""
        return any(self.end(start, "at") == at for start in range(max(0, at - _MOST_PASSED), at))

    def is_ending(self, at: int) -> bool:
        """Whether a word is written on to the figure before it, and not to what is behind: the “ª” of “5ª às 11h”."""
        if not 0 < at < len(self.tokens) or not self.tokens[at].is_word or not self.tokens[at].is_glued:
            return False
        behind = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        goes_on = behind is not None and behind.is_glued and (behind.is_word or behind.is_number)
        return self.tokens[at - 1].is_number and not goes_on

    def amount(self, at: int) -> tuple[int, int] | None:
        """Return a number in figures or words and the position behind it."""
        figures = self.digits(at)
        return self.number(at, "numbers") if figures is None else (figures, at + 1)


@cache
def words_of_days() -> frozenset[str]:
    """Return the folded words that name a day, a month, a length or a part of the day by themselves."""
    return frozenset(
        token.text
        for language in LANGUAGES
        for table, _number, phrase in _phrases(language)
        if table in _OF_DAYS
        for token in when_tokens(phrase)
        if token.is_word
    )


@cache
def words_of_times() -> frozenset[str]:
    """Return the folded words of all tables in all languages, but for those of what is planned and where it is."""
    found: set[str] = set()
    for language in LANGUAGES:
        for table, _number, phrase in _phrases(language):
            if table not in _BESIDE_TIMES:
                found.update(token.text for token in when_tokens(phrase) if token.is_word)
    return frozenset(found)


@cache
def names_of_days() -> tuple[str, ...]:
    """Return the folded names of the days of the week, and of today and the days beside it, in all languages."""
    tables = ("dates/weekdays", "when/weekdays")
    named = (text for table in tables for texts in word_tables.groups(table).values() for text in texts)
    near = (text for table in ("today", "tomorrow") for text in word_tables.phrases(f"dates/{table}"))
    words = (when_tokens(text) for text in (*named, *near))
    return tuple(sorted({said[0].text for said in words if len(said) == 1 and len(said[0].text) > 3}))


@cache
def names_of_months() -> tuple[str, ...]:
    """Return the folded names of the months in all languages, but for short ones."""
    tables = ("dates/months", "when/months")
    named = (text for table in tables for texts in word_tables.groups(table).values() for text in texts)
    words = (when_tokens(text) for text in named)
    return tuple(sorted({said[0].text for said in words if len(said) == 1 and len(said[0].text) > 3}))


def is_misspelt_month(word: str) -> bool:
    """Whether a folded word is the name of a month, but for one or two slips; it may be another word as well."""
    if len(word) < _SHORTEST_SLIP - 1 or not word.isalpha() or word in names_of_months():
        return False
    near = process.extractOne(word, names_of_months(), scorer=OSA.distance, score_cutoff=_MOST_SLIPS)
    return near is not None and near[1] <= max(1, slips(near[0]))


def is_short_day(word: str) -> bool:
    """Whether a folded word may be the name of a day without some of its letters: “vdi”, “thrs”."""
    if not _SHORTEST_SHORT <= len(word) <= _LONGEST_SHORT or not word.isalpha():
        return False
    return any(name[0] == word[0] and _is_within(word, name) for name in names_of_days())


def _is_within(word: str, name: str) -> bool:
    """Whether the letters of a word stand in a name in their order."""
    letters = iter(name)
    return all(letter in letters for letter in word)


def is_misspelt_day(word: str) -> bool:
    """Whether a folded word is the name of a day, but for one or two slips."""
    if len(word) < _SHORTEST_SLIP or not word.isalpha():
        return False
    near = process.extractOne(word, names_of_days(), scorer=OSA.distance, score_cutoff=_MOST_SLIPS)
    if near is None or near[1] == 0:
        return False
    # “Wensday” has lost two of nine letters: of a long name, of which the first is right, that is a slip too.
    return near[1] <= (slips(near[0]) if near[0][0] == word[0] else slips(word))
