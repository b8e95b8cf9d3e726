"""What people say that is no question for the directory: small talk, and what is none of the network's business. Pure.

The patterns stand in `small_talk.yaml` and `off_topic.yaml` of each language. The words of a pattern must stand in a
text in their order; between and around them only words may stand that say nothing. A misspelt word is taken for the
nearest one of the patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from community.core.compiled import compiled
from community.core.language_folders import LANGUAGES
from community.core.sentence_patterns import expanded
from community.core.words import is_arabic, stem, without_arabic_prefix, words
from community.search import word_file_tables, word_files, word_tables
from community.search.follow import has_phrase
from community.search.lexicon import Lexicon
from community.search.meanings import Sort, Stems
from community.search.request_words import says_more_of_a_theme
from community.search.spelling import Spelling
from community.search.time_asked import asks_opening_hours
from community.search.word_file_tables import OFF_TOPIC, SMALL_TALK

LONGEST = 24
"""Words; a longer text is no small talk."""
_LONG = 6
"""Letters that a word in Arabic must have to be taken for a misspelt one, or for one with another ending."""
_UNKNOWN_BESIDE = 1
"""How many words that mean nothing known may stand beside a pattern of two words or more."""
_TABLES = (
    *(f"small_talk/{table}" for table in SMALL_TALK),
    *(f"off_topic/{table}" for table in OFF_TOPIC),
)
_SILENT = (
    *("common/passed_over", "common/light", "commands/polite", "commands/greetings", "commands/thanks"),
    "small_talk/filler",
)
_ASKING = frozenset(
    {Sort.KIND, Sort.RESOURCE_KIND, Sort.ROLE, Sort.LEADING, Sort.DEPUTY, Sort.FIELD, Sort.STAGE}
)
"""What a message names that asks the directory after all."""
_ABOUT = frozenset({Sort.THEME, Sort.TOPIC})
_ASKING_WHO = frozenset({"who_are_you"})
"""Small talk that asks as one asks for a person."""
_OF_THE_BOT = frozenset({"languages"})
"""Small talk that asks of the bot what is asked of people too: "does anyone speak Hausa?" is a question."""

_OF_OTHERS = frozenset({"privacy", "human", "robot", "who_made_you"})
"""Small talk that somebody else is named in: "who else reads this?". Otherwise that asks for somebody else."""

Slot = tuple[Stems, ...]
"""One part of a pattern, as stems: any of these phrases."""
_Pattern = tuple[str, str, tuple[Slot, ...], tuple[str, ...]]
"""A table, a language, the parts that a text must have, and the stems that may stand between them."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a text says: the name of a table, the languages whose patterns say so, and how many words they have."""

    table: str
    languages: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class _Match:
    """A pattern that a text has, and the positions of its words."""

    table: str
    language: str
    at: frozenset[int]
    beside: frozenset[str]


def small_talk_of(
    said: Sequence[str], stems: Sequence[str], lexicon: Lexicon, is_a_name: Callable[[str], bool]
) -> Remark | None:
    """Return which small talk a text is; None for a question, or anything else.

    ``said`` are its words, ``stems`` are what `corrected` makes of them.
    Whoever asks for somebody else beside it goes on: "thanks, anyone else?".
    ``is_a_name`` says whether somebody in the directory is called by a stem: "quem é a Boa?" is no small talk.
    """
    if tuple(said) in _hours():
        return None  # "à quelle heure ?" goes on from a desk
    goes_on = _goes_on(said)
    fitting = [
        match
        for match in _matches(stems, "small_talk")
        if not (goes_on and match.table not in _OF_OTHERS) and _is_all(match, said, stems, lexicon, is_a_name)
    ]
    best = min(fitting, key=lambda match: (-len(match.at), SMALL_TALK.index(match.table)), default=None)
    if best is None:
        return None
    alike = (match.language for match in fitting if match.table == best.table)
    return Remark(best.table, tuple(dict.fromkeys((best.language, *alike))), len(best.at))


def off_topic_of(
    said: Sequence[str], stems: Sequence[str], lexicon: Lexicon, is_of_network: Callable[[str], bool]
) -> Remark | None:
    """Return what in a text is none of the network's business; None where nothing is, or the directory is asked.

    ``said`` and ``stems`` are those of `small_talk_of`. ``is_of_network`` says whether entries of the directory are
    called by a stem.
    """
    matches = [] if tuple(said) in _hours() else list(_matches(stems, "off_topic"))
    if not matches or asks_opening_hours(said):
        return None
    asks = any(_asks_who(word, at) for at, word in enumerate(said))
    for match in matches:
        if not _of_somebody(match.language).isdisjoint(said):
            continue  # "what time do they close?"
        further = [stems[at] for at in range(len(stems)) if at not in match.at]
        sorts = {meaning.sort for word in further for meaning in lexicon.exact((word,))}
        if match.table == "subjects":
            told = {stems[at] for at in match.at} - _silent()
            own = all(_is_own(word, lexicon, is_of_network) for word in told)
            if asks or own or sorts & (_ASKING | _ABOUT):
                continue
        elif (
            sorts & (_ASKING - {Sort.FIELD})
            or (asks and Sort.THEME in sorts)
            or says_more_of_a_theme(match.at, match.beside, stems, lexicon)
        ):
            continue
        alike = (other.language for other in matches if other.table == match.table)
        return Remark(match.table, tuple(dict.fromkeys((match.language, *alike))), len(match.at))
    return None


def _asks_who(word: str, at: int) -> bool:
    """Whether a word of a text asks for somebody. The Arabic one also means "from", behind the beginning."""
    return word in word_tables.folded("questions/who_words") and (at < 2 or not is_arabic(word))


def _is_own(word: str, lexicon: Lexicon, is_of_network: Callable[[str], bool]) -> bool:
    """Whether a word is of the network: of a theme or city, or in the name of an entry."""
    meant = any(meaning.sort in (Sort.THEME, Sort.CITY) for meaning in lexicon.exact((word,)))
    return meant or is_of_network(word)


def _is_all(
    match: _Match,
    said: Sequence[str],
    stems: Sequence[str],
    lexicon: Lexicon,
    is_a_name: Callable[[str], bool],
) -> bool:
    """Whether a text says nothing beside a pattern."""
    unknown = 0
    asks_who = match.table in _ASKING_WHO
    for at, word in enumerate(stems):
        if match.table in _OF_THE_BOT and word in _for_people():
            return False
        if asks_who and at not in match.at and (is_a_name(word) or is_a_name(stem(said[at]))):
            return False
        if at in match.at or word in match.beside or word in _silent():
            continue
        if word in _words_of(match.table):
            continue  # the same is said once more: "am I talking to a human or a machine"
        if word in _elsewhere() or lexicon.exact((word,)):
            return False
        if at > 0 and said[at - 1] in word_tables.folded("common/inside"):
            return False  # "is there anybody in Dakar?"
        unknown += 1
    return unknown <= (_UNKNOWN_BESIDE if len(match.at) > 1 else 0)


def _matches(stems: Sequence[str], file: str) -> Iterator[_Match]:
    if len(stems) > LONGEST:
        return
    numbers = {number for word in set(stems) for number in _by_word().get(word, ())}
    for number in sorted(numbers):
        name, language, slots, beside = _patterns()[number]
        if name.startswith(file):
            for at in _positions(slots, stems, 0):
                yield _Match(name.partition("/")[2], language, at, frozenset(beside))


def _positions(slots: Sequence[Slot], stems: Sequence[str], begin: int) -> Iterator[frozenset[int]]:
    """Give each set of positions at which the parts of a pattern stand in a text, one behind the other."""
    if not slots:
        yield frozenset()
        return
    for start in range(begin, len(stems)):
        for phrase in slots[0]:
            end = start + len(phrase)
            if tuple(stems[start:end]) == phrase:
                yield from (rest.union(range(start, end)) for rest in _positions(slots[1:], stems, end))


def corrected(said: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return the stems of a text; of a word that nobody knows that of the nearest word of the patterns."""
    if len(said) > LONGEST:
        return []
    return [_stem(word, lexicon) for word in said]


def _stem(word: str, lexicon: Lexicon) -> str:
    own = stem(word)
    if own in _vocabulary() or own in _silent() or lexicon.knows(own):
        return own
    if is_arabic(word):
        forms = (stem(form) for form in without_arabic_prefix(word))
        known = next((form for form in forms if form in _vocabulary()), None)
        if known is not None or len(word) < _LONG:
            return known or own
    near = _spelling().nearest(word)
    # Swapped letters are the likeliest slip.
    return stem(min(near, key=lambda found: sorted(found) != sorted(word), default=word))


def _goes_on(said: Sequence[str]) -> bool:
    """Whether a text asks for somebody else than whom was shown, or says that they cannot be reached."""
    if has_phrase(said, "follow_ups/someone_else"):
        return True
    of_them = any(not _of_somebody(language).isdisjoint(said) for language in LANGUAGES)
    return of_them and has_phrase(said, "follow_ups/unreachable")


@cache
def _hours() -> frozenset[tuple[str, ...]]:
    return frozenset(map(words, word_tables.groups("questions/fields")["hours"]))


@cache
def _of_somebody(language: str) -> frozenset[str]:
    """Return the words for somebody who was shown before, and never for nobody, as "it" in "is it raining"."""
    impersonal = word_tables.folded_in(language, "follow_ups/impersonal")
    his = word_tables.alone_in(language, "follow_ups/his")
    return frozenset(word for word in his - impersonal if not is_arabic(word))


@cache
def _for_people() -> frozenset[str]:
    """Return the stems of words that stand for somebody else than the bot."""
    tables = ("questions/somebody", "questions/person", "questions/who_words", "follow_ups/his")
    return frozenset().union(*map(word_tables.word_stems, tables))


@cache
def _silent() -> frozenset[str]:
    """Return the stems of words that say nothing."""
    return frozenset().union(*map(word_tables.word_stems, _SILENT))


@cache
def _patterns() -> Sequence[_Pattern]:
    # Patterns of four languages take longer to take apart than a message takes to be answered.
    modules = (word_file_tables, word_files, word_tables)
    sources = [Path(__file__), *(Path(str(module.__file__)) for module in modules)]
    return compiled("small_talk", sources, word_files.digest(), lambda: list(_work_out()))


def _work_out() -> Iterator[_Pattern]:
    for table in _TABLES:
        for language in LANGUAGES:
            for pattern in word_tables.own_phrases_in(language, table):
                slots, beside = _taken_apart(pattern)
                if slots:
                    yield table, language, slots, tuple(sorted(beside))


def _taken_apart(pattern: str) -> tuple[tuple[Slot, ...], set[str]]:
    """Return the parts of a pattern that a text must have, and the stems that may stand between them."""
    slots: list[Slot] = []
    beside: set[str] = set()
    for part in _parts(pattern):
        if part[0] not in "([":
            slots += [((stem(word),),) for word in words(part)]
            continue
        phrases = [tuple(map(stem, words(phrase))) for phrase in expanded(part)]
        if part[0] == "[" or () in phrases:
            beside.update(word for phrase in phrases for word in phrase)
        else:
            # The longest first: "do you" before "do".
            slots.append(tuple(sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))))
    return tuple(slots), beside


def _parts(pattern: str) -> Iterator[str]:
    """Give the brackets of a pattern, each with all that is in it, and the texts between them."""
    depth, begin = 0, 0
    for at, char in enumerate(pattern):
        if char in "([":
            if depth == 0 and pattern[begin:at].strip():
                yield pattern[begin:at]
            begin = at if depth == 0 else begin
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth == 0:
                yield pattern[begin : at + 1]
                begin = at + 1
    if pattern[begin:].strip():
        yield pattern[begin:]


@cache
def _by_word() -> Mapping[str, Sequence[int]]:
    """Return the numbers of the patterns whose rarest part may begin with a stem."""
    found: dict[str, list[int]] = {}
    for number, (_table, _language, slots, _beside) in enumerate(_patterns()):
        for word in {phrase[0] for phrase in min(slots, key=_common)}:
            found.setdefault(word, []).append(number)
    return found


def _common(slot: Slot) -> int:
    """Return how many of the phrases of a part begin with a word that says nothing: in how many texts it may be."""
    return sum(phrase[0] in _silent() for phrase in slot)


@cache
def _words_of(table: str) -> frozenset[str]:
    return frozenset(_stems_in(each for each in _patterns() if each[0].endswith(f"/{table}")))


@cache
def _elsewhere() -> frozenset[str]:
    """Return the words that make a message something else: off topic, or a question for somebody."""
    off_topic = (each for each in _patterns() if each[0].startswith("off_topic"))
    return frozenset(_stems_in(off_topic)) | word_tables.word_stems("questions/who_words")


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(_stems_in(_patterns()))


def _stems_in(patterns: Iterable[_Pattern]) -> Iterator[str]:
    for _table, _language, slots, beside in patterns:
        yield from (word for slot in slots for phrase in slot for word in phrase)
        yield from beside


@cache
def _spelling() -> Spelling:
    """Return the words of all patterns, by which misspelt ones are found."""
    texts = (text for table in _TABLES for text in word_tables.phrases(table))
    found = {
        word for text in texts for part in _parts(text) for phrase in expanded(part) for word in words(phrase)
    }
    return Spelling(sorted(found))
