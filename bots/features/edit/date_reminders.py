"""Reads how long before a date people are to be reminded: "a week and a day before only". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bots.context.phrases import folded
from bots.features.edit.date_fields import length_text
from community.core.sentence_patterns import any_of, fold_text
from community.search.when.reader import read_span
from community.search.word_tables import phrases

_DAY = "1d"
_NOW = "0min"


@dataclass(frozen=True, slots=True)
class SaidReminders:
    """When people are to be reminded, as in an entry; ``is_only``: then alone, ``is_besides``: then too."""

    remind: tuple[str, ...]
    is_only: bool
    is_besides: bool


def reminders_in(text: str) -> SaidReminders | None:
    """Return the reminders that a whole text says, in any language; None for any other text."""
    said, is_only = _without(folded(text).text, "only")
    said, is_besides = _without(said, "besides")
    parts = [part for one in _between().split(said) if (part := one.strip(" .!,:"))]
    found = [_reminder(part, is_after=_is_after(parts[-1])) for part in parts]
    times = tuple(one for one in found if one is not None)
    if not parts or len(times) < len(parts):
        return None
    return SaidReminders(tuple(dict.fromkeys(times)), is_only, is_besides)


def _reminder(part: str, *, is_after: bool) -> str | None:
    if part in _folded("at_once"):
        return _NOW
    if part in _folded("day_before"):
        return _DAY
    bare, is_before = _without(part, "before")
    bare, is_behind = _without(bare, "after")
    length = read_span(bare)
    if not length:
        return None
    written = length_text(length)
    return f"-{written}" if is_behind or (is_after and not is_before) else written


def _is_after(part: str) -> bool:
    """Whether the last part of a list says "after": "one and two days after"."""
    return _without(part, "after")[1]


def _without(text: str, table: str) -> tuple[str, bool]:
    """Return a text without the words of a table, and whether it had any."""
    left = _words(table).sub(" ", text)
    return " ".join(left.split()), left != text


@cache
def _words(table: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(phrases(f'changing/{table}'))}(?!\w)")


@cache
def _folded(table: str) -> frozenset[str]:
    return frozenset(map(fold_text, phrases(f"changing/{table}")))


@cache
def _between() -> re.Pattern[str]:
    return re.compile(rf"[,،;&]|(?<!\w){any_of(phrases('when/and'))}\s")
