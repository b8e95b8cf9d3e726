"""The words by which people ask the calendar (each language's `calendar.yaml`), found in a question. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from community.core.words import is_arabic, stem, without_arabic_prefix, words
from community.search import word_tables
from community.search.dates import Period
from community.search.ordinary_words import is_ordinary
from community.search.word_file_tables import CALENDAR_KINDS

_FILE = "calendar"
_TABLES = (
    *("next", "whats_next", "when", "left", "where", "link", "planned", "have", "mine", "due", "was"),
    *("cancelled", "weekend", "part_of_today", "opening", "calls", "general"),
    *("lasts", "for_whom", "how_often", "how_long", "until_then", "time_needed", "when_to"),
    "anything",
    "meets",
    "tell_me",
    "events",
    *("how_many", "first_of", "last_of", "after_next", "passed", "clock", "asked_by", "hand_in"),
)
_SHOW_NOTHING = frozenset({"anything", "how_many", "first_of", "last_of", "clock", "passed"})
"""Tables of words that show nothing by themselves."""
TAKES_PLACE = frozenset(
    {
        "demonstration",
        "clinic",
        "cafe",
        "open_cafe",
        "open_day",
        "welcome",
        "introduction",
        "round_table",
    }
)
"""Labels of `things` in `calendar.yaml` for what takes place at a time."""
_ACCUSATIVE = "ا"
"""What Arabic words end with behind “how many” and as objects: “كم أجلا”."""
_SHORTEST = 3
"""Letters that such a word has more of."""
_LONGEST = 8
"""Words of the longest phrase that is looked for."""

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spotted:
    """Where words of the calendar stand among the words of a text: positions by the table, or by the kind."""

    tables: Mapping[str, frozenset[int]]
    kinds: Mapping[str, frozenset[int]]

    def has(self, *tables: str) -> bool:
        """Whether a phrase of one of these tables was said."""
        return any(table in self.tables for table in tables)

    def at(self, *tables: str) -> frozenset[int]:
        """Return the positions of the words of these tables."""
        return frozenset().union(*(self.tables.get(table, frozenset()) for table in tables))

    def without_foreign(self, said: Sequence[str], language: str) -> Spotted:
        """Return the same without words for entries that only another language than the text's has.

        Of words for anything at all (“programme”) none is kept, of others those that are no word of every day in the
        text's: French “stage” is a training, English “stage” is none.
        """
        kept = {
            kind: frozenset(
                at
                for at in positions
                if _is_own(said[at], kind, language) or not _is_false(said[at], kind, language)
            )
            for kind, positions in self.kinds.items()
        }
        whole = {kind: _with_neighbours(positions, self.kinds[kind]) for kind, positions in kept.items()}
        return Spotted(self.tables, {kind: positions for kind, positions in whole.items() if positions})

    def without_opening_inside(self, said: Sequence[str]) -> Spotted:
        """Return the same without “open” in what titles have in several words: “open data” opens no desk."""
        stems = tuple(map(stem, said))
        pairs = [at for at in range(len(stems) - 1) if is_long_thing(stems[at : at + 2])]
        left = self.at("opening") - {place for at in pairs for place in (at, at + 1)}
        others = {name: at for name, at in self.tables.items() if name != "opening"}
        return Spotted({**others, **({"opening": left} if left else {})}, self.kinds)

    def with_table(self, table: str, *at: int) -> Spotted:
        """Return the same with a phrase of a table at some positions."""
        return Spotted({**self.tables, table: self.at(table) | {*at}}, self.kinds) if at else self

    @property
    def nouns(self) -> frozenset[int]:
        """The positions of all words for entries."""
        return frozenset().union(*self.kinds.values())

    def __bool__(self) -> bool:
        return bool(self.kinds or self.tables.keys() - _SHOW_NOTHING)


def says_who_meets(found: Spotted, days: Period) -> bool:
    """Whether some meet on days that are named; somebody may be met by whoever asks: “can I meet them on Friday?”."""
    return found.has("meets") and bool(days) and not found.has("mine")


def spotted(said: Sequence[str]) -> Spotted:
    """Return where the words of the calendar stand in a text; of a kind the longest phrases only."""
    forms = [_forms(word) for word in said]
    tables: dict[str, set[int]] = {}
    kinds: list[tuple[int, int, str]] = []
    for at in range(len(said)):
        for name, length in _at(forms, at):
            if name in CALENDAR_KINDS:
                kinds.append((at, length, name))
            else:
                tables.setdefault(name, set()).update(range(at, at + length))
    return Spotted(
        {name: frozenset(found) for name, found in tables.items()},
        _longest_of_each(kinds),
    )


def _with_neighbours(kept: frozenset[int], there: frozenset[int]) -> frozenset[int]:
    """Return positions with those that stand beside them in a phrase of the same kind: “mesa redonda”."""
    return kept | {at for at in there if {at - 1, at + 1} & kept}


def _is_own(word: str, kind: str, language: str) -> bool:
    return not _own_stems(kind, language).isdisjoint(_stems(word))


def _is_false(word: str, kind: str, language: str) -> bool:
    """Whether a word that another language has for a kind means something else in this one."""
    return kind == "any" or (not is_arabic(word) and is_ordinary(word, language))


@cache
def _own_stems(kind: str, language: str) -> frozenset[str]:
    texts = word_tables.groups_in(language, f"{_FILE}/kinds").get(kind, ())
    return frozenset(stem(word) for text in texts for word in words(text))


def _longest_of_each(kinds: Sequence[tuple[int, int, str]]) -> dict[str, frozenset[int]]:
    """Return the positions of each kind, without phrases inside longer ones: “round table” is no “table”."""
    found: dict[str, set[int]] = {}
    for at, length, name in kinds:
        inside = any(
            start <= at and at + length <= start + other and other > length for start, other, _ in kinds
        )
        if not inside:
            found.setdefault(name, set()).update(range(at, at + length))
    return {name: frozenset(positions) for name, positions in found.items()}


def _at(forms: Sequence[tuple[str, ...]], at: int) -> Iterator[tuple[str, int]]:
    """Yield the tables and kinds of which a phrase begins at a position, and how many words it has."""
    for first in forms[at]:
        for phrase, names in _phrases().get(first, ()):
            length = len(phrase)
            rest = forms[at + 1 : at + length]
            if len(rest) == length - 1 and all(
                part in said for part, said in zip(phrase[1:], rest, strict=True)
            ):
                yield from ((name, length) for name in names)


def _forms(word: str) -> tuple[str, ...]:
    """Return what a word may be found by: as it is, and its stem; in Arabic also without what is written on in front.

    Only words for entries stand under their stems: French “reporté” (put off) has that of “report”.
    """
    if not is_arabic(word):
        return (word, _as_stem(stem(word)))
    hung = word[1:] if is_hung_on(word) else None
    forms = [word, *without_arabic_prefix(word), *([] if hung is None else [hung])]
    forms += [form[:-1] for form in forms if form.endswith(_ACCUSATIVE) and len(form) > _SHORTEST]
    stems = map(stem, forms)
    return tuple(form for found in dict.fromkeys(stems) for form in (found, _as_stem(found)))


def _stems(word: str) -> frozenset[str]:
    return frozenset(stem(form) for form in (word, *without_arabic_prefix(word)))


def _as_stem(found: str) -> str:
    """Return a stem so that it is no word."""
    return f"{found}~"


def _written(text: str) -> Stems:
    """Return the words of a phrase as they are looked up, Arabic ones as stems."""
    return tuple(stem(word) if is_arabic(word) else word for word in words(text))


@cache
def _phrases() -> Mapping[str, Sequence[tuple[Stems, tuple[str, ...]]]]:
    """Return all phrases by their first stem, each with the tables and kinds that have it."""
    named: dict[Stems, dict[str, None]] = {}
    for name, texts in _texts():
        for text in texts:
            kind = name in CALENDAR_KINDS
            phrase = tuple(_as_stem(stem(word)) for word in words(text)) if kind else _written(text)
            if 0 < len(phrase) <= _LONGEST:
                named.setdefault(phrase, {})[name] = None
    found: dict[str, list[tuple[Stems, tuple[str, ...]]]] = {}
    for phrase, names in named.items():
        found.setdefault(phrase[0], []).append((phrase, tuple(names)))
    return found


def _texts() -> Iterator[tuple[str, Iterable[str]]]:
    for table in _TABLES:
        yield table, word_tables.phrases(f"{_FILE}/{table}")
    yield from word_tables.groups(f"{_FILE}/kinds").items()


@cache
def kind_stems(kind: str) -> frozenset[Stems]:
    """Return the phrases for a kind of entries in all languages, as stems."""
    return frozenset(tuple(map(stem, words(text))) for text in word_tables.groups(f"{_FILE}/kinds")[kind])


@cache
def things() -> Mapping[Stems, frozenset[str]]:
    """Return what phrases stand for that titles of entries often have, by their stems."""
    found: dict[Stems, set[str]] = {}
    for label, texts in word_tables.groups(f"{_FILE}/things").items():
        for text in texts:
            found.setdefault(tuple(map(stem, words(text))), set()).add(label)
    return {phrase: frozenset(labels) for phrase, labels in found.items()}


@cache
def _long_things() -> Mapping[Stems, frozenset[str]]:
    """Return those of these phrases that have several words, without their articles: “étude cas”."""
    light = frozenset(map(stem, word_tables.folded("common/light")))
    plain = (
        (tuple(part for part in phrase if part not in light), labels) for phrase, labels in things().items()
    )
    return {phrase: labels for phrase, labels in plain if len(phrase) > 1}


def is_long_thing(phrase: Stems) -> bool:
    """Whether some stems, without articles, are what titles often have in several words: “round table”."""
    return phrase in _long_things()


def labels_of(phrase: Stems) -> frozenset[str]:
    """Return what a phrase of a title or a question stands for; nothing where it is none of `things`."""
    return things().get(phrase, frozenset()) | _long_things().get(phrase, frozenset())


@cache
def fillers() -> frozenset[str]:
    """Return the stems of words that say nothing in a question to the calendar."""
    tables = (
        "common/passed_over",
        "common/light",
        "commands/polite",
        "commands/greetings",
        "commands/thanks",
    )
    stems = (word_tables.word_stems(table) for table in (*tables, f"{_FILE}/filler"))
    return frozenset().union(*stems)


def is_hung_on(word: str) -> bool:
    """Whether a short Arabic word has “and” written on to it: “وكم؟”."""
    return len(word) == len("وكم") and word[0] in word_tables.folded("follow_ups/and_prefixes")


def is_filler(part: str) -> bool:
    """Whether a stem says nothing in a question to the calendar, in Arabic also with “and” or “in” written on to it."""
    short = (part[1:],) if is_hung_on(part) else ()
    return part in fillers() or any(
        stem(form) in fillers() for form in (*short, *without_arabic_prefix(part))
    )


def said_in_full(text: str) -> tuple[str, ...]:
    """Return the words of a text, those of “until” too where an apostrophe hangs them on the next (“jusqu'au”)."""
    return words(_hung().sub(r"\1 ", text))


def hyphened(text: str) -> frozenset[int]:
    """Return the positions of words that a hyphen makes a name of: the “check” of “check-in”."""
    found = _compounds().finditer(text) if "-" in text else ()
    return frozenset(len(said_in_full(text[: each.start()])) for each in found)


@cache
def _compounds() -> re.Pattern[str]:
    behind = "|".join(sorted(map(re.escape, word_tables.alone(f"{_FILE}/particles"))))
    return re.compile(rf"\b[^\W\d_]+-(?:{behind})\b", re.IGNORECASE)


@cache
def _hung() -> re.Pattern[str]:
    by = "|".join(sorted(map(re.escape, word_tables.alone(f"{_FILE}/by"))))
    return re.compile(rf"\b({by})['’]", re.IGNORECASE)


def is_doubtful(word: str) -> bool:
    """Whether a word is a month or day only behind “in” and the like: “may”, “march”."""
    return word in word_tables.folded(f"{_FILE}/doubtful")


def says(word: str, table: str) -> bool:
    """Whether a word is by itself one of a table's phrases."""
    return word in word_tables.alone(f"{_FILE}/{table}")
