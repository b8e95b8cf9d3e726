"""The words by which people set dates in the calendar, from the languages' `planning.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bots.context.phrases import Folded, folded
from community.core.sentence_patterns import any_of, fold_text, leading
from community.description.calendar_model import EventKind
from community.search.word_tables import groups, groups_in, phrases, phrases_in

_EVENT_KINDS: tuple[EventKind, ...] = ("meeting", "training", "visit", "celebration", "other")


@dataclass(frozen=True)
class DateWords:
    """The expressions of one language, over folded text."""

    plan: str
    add: str
    articles: str
    events: Mapping[str, EventKind]
    deadlines: str

    @property
    def event_nouns(self) -> str:
        """What events are called, the longest names first."""
        return "|".join(map(re.escape, sorted(self.events, key=len, reverse=True)))


@cache
def date_words(language: str) -> DateWords:
    """Return the expressions of a language (`LANGUAGES`)."""
    nouns = groups_in(language, "planning/events")
    return DateWords(
        plan=any_of(phrases_in(language, "planning/plan")),
        add=any_of(phrases_in(language, "editing/add")),
        articles=f"{leading(phrases_in(language, 'editing/articles'))}*",
        events={fold_text(noun): kind for kind in _EVENT_KINDS for noun in nouns.get(kind, ())},
        deadlines=any_of(phrases_in(language, "planning/deadlines")),
    )


@cache
def _whom() -> re.Pattern[str]:
    """Return what finds the last words of a text that say whom it is for, in any language."""
    return re.compile(rf"(?:^|[ ,،;:])[ ,،;:]*{leading(phrases('planning/whom'))}(?P<whom>[^,،;:]+)$")


def split_whom(text: Folded) -> tuple[str, str] | None:
    """Return a text without the last words that say whom it is for, and these; None where no such words end it."""
    bare = folded(text.original.rstrip(" ,،;:.!"))
    found = None
    for start in range(len(bare.text)):
        match = _whom().match(bare.text, start)
        if match is not None:
            found = match
            break
    if found is None:
        return None
    return bare.between(0, found.start()).rstrip(" ,،;:"), bare.span(found, "whom")


@cache
def _everyone() -> frozenset[str]:
    return frozenset(map(fold_text, (*phrases("planning/everyone"), *phrases("editing/everywhere"))))


def means_everyone(text: str) -> bool:
    """Whether a whole text names the whole community."""
    return folded(text.strip(" .!,،")).text in _everyone()


@cache
def _all_day() -> frozenset[str]:
    return frozenset(map(fold_text, phrases("planning/all_day")))


def means_all_day(text: str) -> bool:
    """Whether a whole text says that something has no time of day."""
    return folded(text.strip(" .!,،")).text in _all_day()


@cache
def role_words() -> tuple[tuple[str, str], ...]:
    """Return what roles are called for short, folded, each with the key that such a role usually has."""
    named = groups("planning/roles")
    return tuple((fold_text(word), key) for key, words in named.items() for word in words)
