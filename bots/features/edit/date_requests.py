"""Finds in a text what is to be changed in the calendar, by the patterns of the languages' `changing.yaml`. Pure.

A text may be read in several ways; which one is meant is known only with the calendar (`date_changes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from bots.context.phrases import Folded, folded
from bots.features.edit.command_parser import as_request
from community.core.language_folders import LANGUAGES
from community.core.patterns import MOST_KEPT, pattern_of
from community.core.sentence_patterns import TATWEEL, PatternCompiler, any_of, fold_text
from community.search.word_tables import groups, groups_in, lists_in, phrases, phrases_in

LONGEST = 1200
"""Letters of a text in which a change is looked for: a note may be long."""
_ENTRY, _VALUE, _FIELD = "entry", "value", "field"
_ENDS = " .!"
_MOST_DIVISIONS = 12
"""In how many ways a text is divided into a name and what is said of it."""
_QUOTES = " «»“”\"'"


class Wish(StrEnum):
    """What is wanted: the name of the table of its patterns. What is more special comes first."""

    NO_REMINDERS = "no_reminders"
    USUAL_REMINDERS = "usual_reminders"
    DETAILS = "details"
    DETAILS_OUT = "details_out"
    RESTORED = "restored"
    ONCE = "once"
    SKIPPED = "skipped"
    ALSO_ON = "also_on"
    REMIND = "remind"
    ALSO_FOR = "also_for"
    ONLY_FOR = "only_for"
    NOT_FOR = "not_for"
    FOR_WHOM = "for_whom"
    LONGER = "longer"
    SHORTER = "shorter"
    LATER = "later"
    EARLIER = "earlier"
    SHIFTED = "shifted"
    ENDS = "ends"
    UNTIL = "until"
    REPEATED = "repeated"
    MOVED = "moved"
    LASTS = "lasts"
    MADE = "made"
    STATED = "stated"
    RENAMED = "renamed"
    ONLINE = "online"
    PLACED = "placed"
    CANCELLED = "cancelled"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class DateRequest:
    """One way to read a text. ``entry``: of what it speaks, empty for what was just spoken of; ``value``: the new one.

    ``field``: which detail (`DATE_DETAILS`), where one is named.
    """

    wish: Wish
    entry: str
    value: str
    language: str
    field: str = ""


def date_requests(text: str, preferred: str) -> Iterator[DateRequest]:
    """Yield every way to read a text, the likeliest first. ``preferred`` is the language tried first."""
    phrase = as_request(folded(text.strip())) if len(text) <= LONGEST else None
    if phrase is None:
        return
    phrase = _written_out(phrase)
    phrase = folded(phrase.original.rstrip(_ENDS))
    order = [preferred, *(code for code in LANGUAGES if code != preferred)]
    seen = set()
    for wish in Wish:
        for code in order:
            for match in _matches(code, wish, phrase.text):
                request = _request(wish, code, phrase, match)
                if replace(request, language="") not in seen and not _is_cut(request):
                    seen.add(replace(request, language=""))
                    yield request


def is_date_request(text: str) -> bool:
    """Whether a text may be about a change in the calendar."""
    return next(date_requests(text, "en"), None) is not None


def detail_and_value(text: str, preferred: str) -> tuple[str, str] | None:
    """Return the detail of a date and its value of “place: Kigali”, in any of the languages; None for other texts."""
    phrase = folded(text.strip())
    for code in (preferred, *LANGUAGES):
        match = pattern_of(rf"(?P<{_FIELD}>{_all_fields(code)}) ?[:=] ?(?P<{_VALUE}>.+)").fullmatch(
            phrase.text
        )
        if match is not None:
            return _field(match[_FIELD], code), phrase.span(match, _VALUE)
    return None


_SAID_OF: Mapping[Wish, str] = {
    Wish.LASTS: "lasts",
    Wish.MADE: "when",
    Wish.MOVED: "when",
    Wish.STATED: "when",
    Wish.RENAMED: "title",
    Wish.PLACED: "place",
    Wish.ONLINE: "place",
    Wish.FOR_WHOM: "audience",
}
"""Which detail of what is being planned a wish gives."""


def said_of_it(text: str, preferred: str) -> Iterator[tuple[str, str]]:
    """Yield the details and values that a text about “it” may give: “make it 45 min”, “it takes place in Kigali”."""
    for request in date_requests(text, preferred):
        field = request.field if request.wish is Wish.DETAILS else _SAID_OF.get(request.wish)
        if field and is_pointing(request.entry):
            yield field, request.value


def way_of_it(text: str, preferred: str) -> tuple[int, str] | None:
    """Return in which direction (1 is later) and how far a text moves “it”: “one hour later”; None for other texts."""
    signs = {Wish.LATER: 1, Wish.EARLIER: -1}
    requests = (one for one in date_requests(text, preferred) if one.wish in signs and is_pointing(one.entry))
    return next(((signs[one.wish], one.value) for one in requests), None)


def detail_alone(text: str, preferred: str) -> DateRequest | None:
    """Return the detail that a text gives in short: “start 15:00”, “lien https://…”."""
    phrase = folded(text.strip())
    for code in (preferred, *LANGUAGES):
        match = pattern_of(rf"(?P<{_FIELD}>{_all_fields(code)}) (?P<{_VALUE}>.+)").fullmatch(phrase.text)
        if match is not None:
            return DateRequest(
                Wish.DETAILS, "", phrase.span(match, _VALUE), code, _field(match[_FIELD], code)
            )
    return None


def is_pointing(text: str) -> bool:
    """Whether a whole text stands for what was just spoken of: "it"."""
    return folded(text.strip(_QUOTES + ".!")).text in _pointing()


def _request(wish: Wish, code: str, phrase: Folded, match: re.Match[str]) -> DateRequest:
    groups_there = match.re.groupindex
    entry = phrase.span(match, _ENTRY) if _ENTRY in groups_there else ""
    value = phrase.span(match, _VALUE) if _VALUE in groups_there else ""
    field = _field(match[_FIELD], code) if _FIELD in groups_there else ""
    return DateRequest(wish, entry.strip(_QUOTES), value.strip(_QUOTES), code, field)


def _is_cut(request: DateRequest) -> bool:
    """Whether a name ends with a word that belongs to what is said of it: “the call to” of “to 16h”."""
    return _joining().search(folded(request.entry).text) is not None


@cache
def _joining() -> re.Pattern[str]:
    separate = (word for word in phrases("planning/move_to") if not word.endswith(TATWEEL))
    return re.compile(rf" {any_of(separate)}$")


def _field(word: str, code: str) -> str:
    return next(key for key, pattern in _fields(code).items() if pattern.fullmatch(word))


@cache
def _fields(code: str) -> Mapping[str, re.Pattern[str]]:
    return {key: re.compile(any_of(words)) for key, words in groups_in(code, "changing/fields").items()}


@cache
def _all_fields(code: str) -> str:
    return any_of(word for words in groups_in(code, "changing/fields").values() for word in words)


def _matches(code: str, wish: Wish, text: str) -> Iterator[re.Match[str]]:
    """Yield the ways in which a text fits a pattern: with each name that it may have, the shortest first."""
    for pattern in _patterns(code, wish):
        least = 1
        for _ in range(_MOST_DIVISIONS):
            match = _compiled(code, pattern, least).fullmatch(text)
            if match is None:
                break
            yield match
            if _ENTRY not in match.re.groupindex or match[_ENTRY] is None:
                break
            least = len(match[_ENTRY]) + 1


@cache
def _patterns(code: str, wish: Wish) -> tuple[str, ...]:
    """Return the patterns of a wish in a language; to look them up again for each takes as long as to try them."""
    return phrases_in(code, f"changing/{wish}")


@lru_cache(MOST_KEPT)
def _compiled(code: str, pattern: str, least: int) -> re.Pattern[str]:
    """Return a pattern whose name has at least so many letters."""
    parts = {
        _ENTRY: rf"(?P<{_ENTRY}>.{{{least},}}?)",
        _VALUE: rf"(?P<{_VALUE}>.+?)",
        _FIELD: rf"(?P<{_FIELD}>{_all_fields(code)})",
    }
    return re.compile(PatternCompiler(lists_in(code, "changing"), parts.__getitem__).compiled(pattern))


@cache
def _pointing() -> frozenset[str]:
    return frozenset(map(fold_text, ("", *phrases("changing/it"), *phrases("editing/pointing"))))


@cache
def _short_forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    forms = groups("changing/written_out").items()
    return tuple((re.compile(rf"(?<!\w){any_of(short)}(?!\w)"), long) for long, short in forms)


def _written_out(phrase: Folded) -> Folded:
    """Return a text with its short forms written out."""
    for short, long in _short_forms():
        match = short.search(phrase.text)
        if match is not None:
            before, after = phrase.between(0, match.start()), phrase.between(match.end(), len(phrase.text))
            phrase = folded(f"{before} {long} {after}")
    return phrase
