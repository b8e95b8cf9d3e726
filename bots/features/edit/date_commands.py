"""Parses commands about the calendar: what is to be set, and the rest, which says when and for whom. Pure."""

from __future__ import annotations

import re

from bots.context.phrases import Folded
from bots.features.edit.commands import PlanDate
from bots.features.edit.date_words import DateWords

_BETWEEN = r"(?:[^\W\d]+ ){0,2}?"
"""Words that may stand between an article and what an event is called: "a short weekly call"."""
_LIST = " :,،-–"


def plan(phrase: Folded, words: DateWords) -> PlanDate | None:
    """Return the event or the deadline that a text asks for; None where it asks for neither."""
    deadline = re.fullmatch(
        rf"(?:{words.plan}|{words.add}) {words.articles}{words.deadlines}\b(?P<rest>.*)", phrase.text
    )
    if deadline is not None:
        return PlanDate("deadline", None, phrase.span(deadline, "rest").strip(_LIST))
    for verb, between in ((words.plan, _BETWEEN), (words.add, "")):
        event = re.fullmatch(
            rf"{verb} {words.articles}(?P<rest>{between}(?P<noun>{words.event_nouns})\b.*)", phrase.text
        )
        if event is not None:
            return PlanDate("event", words.events[event["noun"]], phrase.span(event, "rest").strip(_LIST))
    return None
