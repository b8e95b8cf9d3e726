"""Registration that is asked for after something was shown: that for it, and no other. Pure.

“The meeting in Bizerte is on …” – “when do we have to register?”: the deadline whose title says no more than
“registration” and what was shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from community.search.calendar_match import Findable, Selection
from community.search.calendar_question import CalendarQuestion
from community.search.calendar_words import fillers, labels_of

_FOR_ANOTHER = "registration"
"""The label of `things` in `calendar.yaml` for what is there for another entry."""


def narrowed(
    selection: Selection,
    question: CalendarQuestion,
    previous: CalendarQuestion,
    shown: Findable,
    entries: Mapping[str, Findable],
) -> Selection:
    """Return which of the entries found belong to what was ``shown``; only near where none does.

    ``previous`` is the question that it was shown for. Whatever a question names itself stands as it is.
    """
    if not (selection.certain and _asks_to_register(question)) or _names_more(question, previous):
        return selection
    keys = [key for key in (*selection.keys, *selection.others) if _belongs(entries[key], shown)]
    return replace(selection, keys=tuple(keys), others=()) if keys else replace(selection, certain=False)


def _asks_to_register(question: CalendarQuestion) -> bool:
    named = [frozenset(_labels(part.stems)) for part in question.about]
    return bool(named) and all(_FOR_ANOTHER in labels for labels in named)


def _names_more(question: CalendarQuestion, previous: CalendarQuestion) -> bool:
    """Whether a question names kinds, places or themes that are not kept from the one before."""
    if question.named_kinds - {"deadline"} and not (
        question.follows and question.kinds - {"deadline"} <= previous.kinds
    ):
        return True
    own = (question.cities, question.countries, question.cohorts, question.themes)
    kept = (previous.cities, previous.countries, previous.cohorts, previous.themes)
    return any(own) and not (question.follows and own == kept)


def _belongs(one: Findable, shown: Findable) -> bool:
    """Whether the title of an entry says what was shown, beside that one registers for it."""
    return any(_said_beside(title) <= shown.stems for title in one.title)


def _said_beside(title: frozenset[str]) -> frozenset[str]:
    return frozenset(stem for stem in title if _FOR_ANOTHER not in labels_of((stem,))) - fillers()


def _labels(stems: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*(labels_of((stem,)) for stem in stems))
