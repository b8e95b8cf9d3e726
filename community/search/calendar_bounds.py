"""What a question to the calendar sets against something else: “before the assembly”, “except the weekly call”. Pure.

Such a question is two: what is asked for, and what it is set against. The words are data: `before` and `behind` in
`calendar.yaml`, and what somebody does not want in `exclusions.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from community.core.words import stem
from community.search import word_tables
from community.search.calendar_question import SetAgainst
from community.search.calendar_words import Spotted, is_filler, says
from community.search.clauses import Clauses
from community.search.dates import Period

_ASKING = ("have", "due", "hand_in", "planned", "mine", "when", "how_many", "whats_next", "next")
"""Tables of words with which what is asked for begins behind what it is set against."""
_OF_TIME = ("left", "how_long", "lasts", "after_next", "cancelled", "passed", "when_to", "the_one")
"""Tables of phrases in which “before” and “after” say something else."""
_DUE = ("due", "hand_in", "have", "mine")
"""What shows, without a word for entries, that what there is before or after something is asked for."""


@dataclass(frozen=True, slots=True)
class Split:
    """A question in two: the words of what is asked for, and of what it is set against."""

    relation: SetAgainst
    asked: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def written(self) -> str:
        """What it is set against, as it was said."""
        return " ".join(self.other)


def days_beside(relation: SetAgainst, days: Period) -> Period | None:
    """Return the days before or after some; None where there are none: “after this Friday's”."""
    match relation:
        case SetAgainst.AFTER if days.until is not None:
            return Period(since=days.until + timedelta(days=1))
        case SetAgainst.BEFORE if days.since is not None:
            return Period(until=days.since - timedelta(days=1))
        case _:
            return None


def split_at_bound(
    said: Sequence[str], found: Spotted, days: frozenset[int], clauses: Clauses, language: str
) -> Split | None:
    """Return a question in its two parts; None where it is set against nothing. ``days``: what names days."""
    for at in range(len(said)):
        mark = _mark_at(said, at, found, clauses, language)
        if mark is None or at in days:
            continue
        relation, end = mark
        split = _split(said, (at, end), relation, found, clauses)
        if _names(split.other, found, end) and _names_or_asks(split, found, at):
            return split
    return None


def _mark_at(
    said: Sequence[str], at: int, found: Spotted, clauses: Clauses, language: str
) -> tuple[SetAgainst, int] | None:
    """Return the relation that the words at a position say, and the position behind them."""
    length = max(
        (len(phrase) for phrase in _excepting() if tuple(said[at : at + len(phrase)]) == phrase), default=0
    )
    if length:
        return SetAgainst.EXCEPT, at + length
    if _negates(said, at, clauses, language):
        return SetAgainst.EXCEPT, at + 1
    if at in found.at(*_OF_TIME) or found.has("left"):
        return None
    for table, relation in (("before", SetAgainst.BEFORE), ("behind", SetAgainst.AFTER)):
        if says(said[at], table):
            return relation, at + 1
    return None


@cache
def _excepting() -> frozenset[tuple[str, ...]]:
    tables = (word_tables.folded_phrases(f"exclusions/{table}") for table in ("except", "outside"))
    return frozenset().union(*tables)


def _negates(said: Sequence[str], at: int, clauses: Clauses, language: str) -> bool:
    """Whether a negation leaves something out, and denies no verb: “but not”, “that is not”, “, not”."""
    if (said[at],) not in word_tables.words_in(language, "exclusions/not") or at == 0:
        return False
    before = word_tables.words_in(language, "exclusions/before_not")
    return clauses.begins(at) or (said[at - 1],) in before


def _split(
    said: Sequence[str], mark: tuple[int, int], relation: SetAgainst, found: Spotted, clauses: Clauses
) -> Split:
    """Return the parts: what it is set against ends with the sentence; one that begins with it, at the comma."""
    start, end = mark
    if any(not is_filler(stem(word)) for word in said[:start]) or found.at(*_ASKING) & set(range(start)):
        return Split(relation, tuple(said[:start]), tuple(said[end:]))
    until = next((part.start for part in clauses.parts if part.start > end), None)
    if until is None:
        until = min((place for place in found.at(*_ASKING) if place > end), default=len(said))
    return Split(relation, (*said[:start], *said[until:]), tuple(said[end:until]))


def _names(other: Sequence[str], found: Spotted, start: int) -> bool:
    """Whether what something is set against has a word that says more than that it is asked for."""
    silent = found.at("cancelled", "passed", "planned", "when", "where", "link", "opening")
    return any(
        not is_filler(stem(word)) or start + step in found.nouns
        for step, word in enumerate(other)
        if start + step not in silent
    )


def _names_or_asks(split: Split, found: Spotted, at: int) -> bool:
    """Whether the other part says what is asked for; what comes after something is a question of its own."""
    if split.relation is SetAgainst.EXCEPT:
        return True
    return bool({place for place in found.nouns if place < at} or found.has(*_DUE) or at == 0)
