"""Reading the question for what is new: “what did I miss?”, “quoi de neuf depuis mardi ?”, “only the deadlines”. Pure.

It is that question only if every word of it is understood: what asks, since when, which kinds of news, which themes and
cities. Whatever names anything else is a question of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from community.core.language_folders import LANGUAGES
from community.core.words import stem, words
from community.search import word_tables
from community.search.calendar_words import Spotted, fillers, spotted
from community.search.date_reader import DateReader
from community.search.date_words import means
from community.search.dates import Period, period_in
from community.search.follow import goes_on
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.meanings import Sort
from community.search.reading import Phrase, phrases_in, tokens_of

_FILE = "news"
_LONGEST = 20
"""Words; a longer sentence tells a story."""
_SILENT = frozenset({Sort.NOTHING, Sort.HOW, Sort.NEWEST, Sort.WHO})
_CHANGES = frozenset({"moved", "cancelled"})
_OF_DIRECTORY = ("contact", "resource", "project")
_PLACED = {Sort.THEME: "themes", Sort.CITY: "cities", Sort.KIND: "kinds"}


@dataclass(frozen=True, slots=True)
class NewsQuestion:
    """A question for what is new. What is empty is not asked for.

    ``since``, ``until``: the days asked about, both included; none: since the asker last wrote. ``kinds``: of these
    alone (`KINDS`, or of entries); ``themes``, ``cities``: what is for these alone. ``follows``: it goes on from the
    one before.
    """

    language: str
    since: date | None = None
    until: date | None = None
    kinds: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    follows: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it asks for a part of the news only."""
        return bool(self.kinds or self.themes or self.cities)


def signs() -> frozenset[str]:
    """Return the words of which every question for what is new has one; and those by which one goes on from it.

    What goes on may also begin with one of `beginnings`.
    """
    goes_on_by = word_tables.alone(f"{_FILE}/only") | word_tables.alone("follow_ups/more")
    return word_tables.folded(f"{_FILE}/signs") | goes_on_by


def beginnings() -> frozenset[tuple[str, ...]]:
    """Return the phrases with which begins what goes on from such a question."""
    tables = ("follow_ups/and_then", "follow_ups/more", f"{_FILE}/only")
    return frozenset().union(*map(word_tables.folded_phrases, tables))


def read_news_question(
    text: str, lexicon: Lexicon, default_language: str, today: date, previous: NewsQuestion | None = None
) -> NewsQuestion | None:
    """Return what ``text`` asks for of what is new, None where it asks anything else.

    ``today`` is the asker's. ``previous``: what was asked before, which “only the deadlines” goes on from.
    """
    said = words(text)
    if not 0 < len(said) <= _LONGEST:
        return None
    missed, news = _at(said, "missed"), _at(said, "news")
    goes = previous is not None and bool(_at(said, "only") or goes_on(said))
    changes = _CHANGES.intersection(_kinds_at(said))
    if not (missed or news or goes or changes):
        return None
    language = _language(said, text, default_language if previous is None else previous.language)
    read = _read(said, lexicon, language, today)
    if read is None:
        return None
    if missed or (news and _is_of_all(read, said)) or (changes and _is_past(said, read)):
        return read
    return _followed(read, previous) if previous is not None and goes else None


def _language(said: Sequence[str], text: str, default: str) -> str:
    """Return the language of a question: one that has the words by which it asks, where any has."""
    found = language_of(text, default)
    tables = (f"{_FILE}/missed", f"{_FILE}/news")
    asking = [
        code
        for code in LANGUAGES
        if any(
            any(_places(said, word_tables.words_in(code, table)))
            for table in tables
            if word_tables.own_phrases_in(code, table)
        )
    ]
    if not asking or found in asking:
        return found
    return default if default in asking else asking[0]


def _is_of_all(read: NewsQuestion, said: Sequence[str]) -> bool:
    """Whether “what's new” is for all that is new: beside a theme or city alone the newest entries are asked for.

    So they are beside a word for entries of the directory.
    """
    timed = read.since is not None or read.until is not None or bool(_at(said, "since_written"))
    return read.kinds.isdisjoint(_OF_DIRECTORY) and (timed or not (read.themes or read.cities))


def _is_past(said: Sequence[str], read: NewsQuestion) -> bool:
    """Whether “what was cancelled” is asked of a time that has been; of one to come the calendar is asked."""
    over = read.until is not None or bool(_at(said, "since_written"))
    return over or (read.since is not None and period_in(said, read.since, been=True).until is None)


def _followed(read: NewsQuestion, previous: NewsQuestion) -> NewsQuestion | None:
    """Return the question before, for other days or for another part; None where it says neither."""
    if read.since is not None or read.until is not None:
        return replace(previous, language=read.language, since=read.since, until=read.until, follows=True)
    if not read.narrows:
        return None
    return replace(read, since=previous.since, until=previous.until, follows=True)


def _read(said: Sequence[str], lexicon: Lexicon, language: str, today: date) -> NewsQuestion | None:
    """Return what the words say; None where one is not understood, or days to come are asked about."""
    tables = ("missed", "news", "since_written", "only")
    asking = frozenset().union(*(_at(said, table) for table in tables))
    found = spotted(said)
    days = _days(said, today, found, asking)
    if days is None:
        return None
    kinds = _kinds_at(said)
    taken = asking | days.used | found.nouns | frozenset().union(*kinds.values())
    question = NewsQuestion(language, days.since, days.until, _kinds_of(found) | kinds.keys())
    for phrase in phrases_in(tokens_of(said, taken, lexicon), lexicon, language):
        wider = _with(question, phrase)
        if wider is None:
            return None
        question = wider
    return question


def _days(said: Sequence[str], today: date, found: Spotted, asking: frozenset[int]) -> Period | None:
    """Return the days that are asked about, up to today; None where they are all to come."""
    part = found.at("part_of_today")
    # “Since I last wrote” names no days, though “last” may begin some.
    free = ["-" if at in asking else word for at, word in enumerate(said)]
    if any(means(word, "tomorrow") for word in free):
        return None
    days = Period(today, None, part) if part else period_in(free, today, been=True) or _today(free, today)
    if days.since is not None and days.since > today:
        return None
    return replace(days, until=None) if days.until is not None and days.until >= today else days


def _today(said: Sequence[str], today: date) -> Period:
    """Return today, where it is named."""
    reader = DateReader(said, today)
    spans = ((at, reader.span(at)) for at in range(len(said)) if reader.word(at, "today"))
    found = next(((at, span) for at, span in spans if span is not None), None)
    return Period() if found is None else Period(today, None, frozenset(range(found[0], found[1].end)))


def _kinds_of(found: Spotted) -> frozenset[str]:
    """Return the kinds of news that the words for entries of the calendar ask for."""
    of_dates = {"any": "calendar", "deadline": "deadline"}
    return frozenset(of_dates.get(kind, "event") for kind in found.kinds)


def _with(question: NewsQuestion, phrase: Phrase) -> NewsQuestion | None:
    """Return the question with what a phrase names; None where that is nothing that news can be asked for by."""
    for sort, field in _PLACED.items():
        keys = frozenset(meaning.key for meaning in phrase.meanings if meaning.sort is sort)
        if keys and not phrase.guessed:
            return replace(question, **{field: getattr(question, field) | keys})
    silent = bool(phrase.sorts) and phrase.sorts <= _SILENT
    return question if silent or _filling().issuperset(phrase.stems) else None


@cache
def _filling() -> frozenset[str]:
    own = frozenset(map(stem, word_tables.folded(f"{_FILE}/filler")))
    return own | fillers()


def _kinds_at(said: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return where the kinds of news of our own are named."""
    found = {}
    for kind, texts in word_tables.groups(f"{_FILE}/kinds").items():
        places = frozenset(_places(said, frozenset(map(words, texts))))
        if places:
            found[kind] = places
    return found


def _at(said: Sequence[str], table: str) -> frozenset[int]:
    """Return the positions of the words of a table's phrases."""
    return frozenset(_places(said, word_tables.folded_phrases(f"{_FILE}/{table}")))


def _places(said: Sequence[str], phrases: frozenset[tuple[str, ...]]) -> Iterator[int]:
    lengths = {len(phrase) for phrase in phrases if phrase}
    for at in range(len(said)):
        for length in lengths:
            if tuple(said[at : at + length]) in phrases:
                yield from range(at, at + length)
