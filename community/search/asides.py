"""Whether a day in a question says which entries are meant, or only tells what has happened. Pure.

“Since yesterday our trucks are broken: who can help?” asks for nothing that is of yesterday.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from itertools import accumulate, pairwise

from community.core.words import words
from community.search import date_words, word_tables
from community.search.dates import Period, period_in

_CLAUSE = re.compile(r"[.,!?;:\n،؟؛…()–—]+")
_ASKING = (
    "questions/what",
    "questions/what_early",
    "questions/who_words",
    "questions/how",
    "questions/newest",
)


def asked_period(text: str, said: Sequence[str], today: date) -> Period:
    """Return the period that a text's words name; without its days where it only tells what has happened."""
    period = period_in(said, today)
    return Period(used=period.used) if is_aside(text, said, period.used) else period


def asks_for_newcomers(said: Sequence[str]) -> bool:
    """Whether people are asked for by a time: who is new, not whom to ask, is a matter of time."""
    return date_words.says(said, "arriving")


def is_aside(text: str, said: Sequence[str], of_date: Collection[int]) -> bool:
    """Whether the day at the positions ``of_date`` of a text's words only tells what has happened.

    It does in a clause that asks for nothing, beside one that does, and in what is said of one's own things.
    """
    if not of_date or asks_for_newcomers(said):
        return False
    clauses = _clauses(text, said)
    own = next((clause for clause in clauses if clause.start <= min(of_date) < clause.stop), range(len(said)))
    told = [said[at] for at in own if at not in of_date]
    if not _telling(told):
        return False
    others = [[said[at] for at in clause] for clause in clauses if clause != own]
    return _of_ones_own(told) or (not _asks(told) and any(map(_asks, others)))


def _clauses(text: str, said: Sequence[str]) -> list[range]:
    """Return which positions of the words belong to each clause; none where they do not correspond."""
    counts = [len(words(part)) for part in _CLAUSE.split(text)]
    ends = [0, *accumulate(counts)]
    return [range(*pair) for pair in pairwise(ends)] if ends[-1] == len(said) else []


def _telling(told: Sequence[str]) -> list[str]:
    passed_over = word_tables.folded("common/passed_over") | word_tables.folded("common/light")
    return [word for word in told if word not in passed_over]


def _asks(clause: Sequence[str]) -> bool:
    return not _asking_words().isdisjoint(clause)


def _of_ones_own(clause: Sequence[str]) -> bool:
    """Whether it speaks of “our …”, but not of our documents or projects."""
    ours = word_tables.folded("dates/ours")
    return any(word in ours and after not in _kept_here() for word, after in pairwise(clause))


@cache
def _asking_words() -> frozenset[str]:
    asking = frozenset[str]().union(*(word_tables.folded(table) for table in _ASKING))
    return (asking | _kept_here()) - word_tables.folded("common/light")


@cache
def _kept_here() -> frozenset[str]:
    """Return the words for what the directory has."""
    groups = (word_tables.groups(f"questions/{table}") for table in ("kinds", "resource_kinds"))
    named = (text for group in groups for texts in group.values() for text in texts)
    kept = frozenset(found[0] for text in named if len(found := words(text)) == 1)
    return kept | word_tables.folded("questions/library")
