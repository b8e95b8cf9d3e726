"""What may plan something though it does not say so for sure: without a kind of event, or without a verb. Pure."""

from __future__ import annotations

from datetime import timedelta

from bots.features.edit.commands import BarePlan, PlanDate
from bots.features.edit.date_fields import read_time
from bots.features.edit.effects import Turn
from bots.features.edit.planning import begin
from bots.features.edit.turn_context import TurnContext
from community.core.sentence_patterns import fold_text
from community.description.when import When
from community.directory.entry import CalendarKind
from community.search.when.doubts import Doubt
from community.search.when.reader import Unsure, WhenRead
from community.search.word_tables import phrases, phrases_in

_DAY = timedelta(days=1)
_SAYS_NOTHING = frozenset((Doubt.NOT_UNDERSTOOD, Doubt.TOO_LONG))
"""Doubts without a reading that do not show that a text says when something is."""


def begin_bare(context: TurnContext, said: BarePlan) -> Turn | None:
    """Begin what a text may ask for: "plan site visit tomorrow 10am", "site visit tomorrow 10am".

    None where it does not say both what and when: "agenda de amanhã" is a question.
    """
    read = read_time(context, said.rest)
    if _is_denied(said.rest):
        return None
    if read is None or not _says_what(read.title, context.language):
        return None
    times = (read.when,) if isinstance(read, WhenRead) else read.readings
    is_list = isinstance(read, Unsure) and read.doubt is Doubt.WHICH_MONTH  # “3 meetings: 1, 8 and 15”
    if (
        isinstance(read, Unsure)
        and not times
        and (read.doubt in _SAYS_NOTHING or not (said.has_verb or is_list))
    ):
        return None
    if not (said.has_verb or is_list) and said.kind != "deadline" and not any(map(_is_plan, times)):
        return None
    is_due = bool(times) and all(when.is_due for when in times)
    if said.kind is None and not said.has_verb and not is_due:
        return None
    kind: CalendarKind = said.kind if said.kind is not None else "deadline" if is_due else "event"
    return begin(context, PlanDate(kind, said.what, said.rest))


def _is_denied(text: str) -> bool:
    """Whether a text begins by saying that something is not to be: “no meeting on Friday at 10”."""
    words = f"{fold_text(text)} "
    return any(words.startswith(f"{fold_text(negation)} ") for negation in phrases("planning/negations"))


def _is_plan(when: When) -> bool:
    """Whether a time has an hour, or several days: "meeting tomorrow" may be a question."""
    return not when.is_all_day or (when.lasts is not None and when.lasts > _DAY)


def _says_what(title: str, language: str) -> bool:
    """Whether what is left beside a time is something to be planned, and does not go on with "of" or "for"."""
    first = next((word for word in fold_text(title).split() if not word.isdecimal()), "")
    joins = {*phrases_in(language, "when/small"), *phrases_in(language, "planning/whom")}
    joins -= set(phrases_in(language, "when/day_marks"))  # “day”, with which “Women's Day” begins in Arabic
    joins = set(map(fold_text, joins))
    return len(first) > 1 and first not in joins
