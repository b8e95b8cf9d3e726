"""Parses commands about the calendar: what is to be set, and the rest, which says when and for whom. Pure."""

from __future__ import annotations

from bots.context.phrases import Folded, folded
from bots.features.edit.commands import BarePlan, CancelDate, MoveDate, PlanDate
from bots.features.edit.date_words import DateWords
from community.core.patterns import pattern_of

_BETWEEN_WORD = r"[^\W\d][^\W\d_'’-]*(?:['’-][^\W\d_]*)*"
_BETWEEN = rf"(?:{_BETWEEN_WORD} ){{0,3}}?"
"""Words that may stand between an article and what an event is called: "a short weekly call"."""
_COLON = r"(?:(?<!\d):(?!//)|:(?!\d|//))"
"""One that is inside of no hour and no link."""
_LIST = " :,،-–"


def plan(phrase: Folded, words: DateWords) -> PlanDate | None:
    """Return the event or the deadline that a text asks for; None where it asks for neither."""
    verbs = rf"(?:{words.plan}|{words.add}|{words.plan_noun})"
    begun = rf"(?:{verbs} {words.article}*|{words.article}*(?=[^:]{{1,40}}{_COLON}))"
    deadline = pattern_of(rf"{begun}{words.deadlines}\b(?P<rest>.*)").fullmatch(phrase.text)
    if deadline is not None:
        return PlanDate("deadline", None, phrase.span(deadline, "rest").strip(_LIST))
    for start in (
        rf"(?:{words.plan}|{words.plan_noun}(?! {words.definite})) {words.article}+{_BETWEEN}",
        f"{words.plan} {words.plan_for}",
        f"(?:{words.plan}|{words.plan_noun}) ",
        f"{words.add} {words.article}*",
    ):
        event = pattern_of(rf"{start}(?P<noun>{words.event_nouns})\b.*").fullmatch(phrase.text)
        if event is not None:
            said = pattern_of(rf"{verbs} (?:{words.plan_for})?{words.article}*").match(phrase.text)
            first = event.start("noun") if said is None else min(said.end(), event.start("noun"))
            rest = phrase.between(first, len(phrase.text))
            return PlanDate("event", words.events[event["noun"]], rest.strip(_LIST))
    return _named_alone(phrase, words)


def _named_alone(phrase: Folded, words: DateWords) -> PlanDate | None:
    """Return the event that a text names before a colon: "new meeting: budget, Friday at 10"."""
    named = pattern_of(rf"{words.article}*(?P<noun>{words.event_nouns}) ?:(?P<rest>.+)").fullmatch(
        phrase.text
    )
    if named is None:
        return None
    return PlanDate(
        "event", words.events[named["noun"]], phrase.span(named, "rest").strip(_LIST), is_sure=False
    )


def said_bare(phrase: Folded, words: DateWords) -> BarePlan | None:
    """Return what stands behind a word for planning or adding, None where the text begins with none.

    It is a command only if it says when, and what: "plan site visit tomorrow 10am".
    """
    begun = pattern_of(
        rf"(?:(?:{words.plan}|{words.add})\b[ :,]*{words.article}*|{words.noted})(?P<rest>.+)"
    ).fullmatch(phrase.text)
    rest = "" if begun is None else phrase.span(begun, "rest")
    return BarePlan(None, None, rest, has_verb=True) if rest else None


def without_verb(phrase: Folded, words: DateWords) -> BarePlan | None:
    """Return the event or deadline that a text begins with, without a word for planning: "site visit tomorrow 10am"."""
    deadline = pattern_of(rf"{words.article}*{words.deadlines}\b(?P<rest>.+)").fullmatch(phrase.text)
    if deadline is not None:
        rest = folded(phrase.span(deadline, "rest").lstrip(_LIST))
        led = pattern_of(rf"{words.deadline_for}+(?=.)").match(rest.text)
        said = rest.original if led is None else rest.between(led.end(), len(rest.text))
        return BarePlan("deadline", None, said, has_verb=False)
    between = rf"(?!{words.plan_noun} )(?:(?!{words.article}){_BETWEEN_WORD} ){{0,3}}?"
    several = pattern_of(rf"(?P<rest>\d{{1,2}} (?P<noun>{words.several_nouns})\b[^:]*{_COLON}.+)").fullmatch(
        phrase.text
    )
    if several is not None:  # “3 meetings: 1, 8 and 15”
        return BarePlan("event", words.several[several["noun"]], phrase.span(several, "rest"), has_verb=False)
    begun_so = rf"{words.article}*(?P<rest>{between}(?P<noun>{words.event_nouns})\b.+)"
    event = pattern_of(begun_so).fullmatch(phrase.text)
    if event is not None:
        return BarePlan("event", words.events[event["noun"]], phrase.span(event, "rest"), has_verb=False)
    is_due = pattern_of(rf"(?<!\w){words.due}(?!\w)").search(phrase.text) is not None
    begun = pattern_of(rf"{words.article}*").match(phrase.text)
    first = 0 if begun is None else begun.end()
    return BarePlan(None, None, phrase.between(first, len(phrase.text)), has_verb=False) if is_due else None


def cancel_or_move(phrase: Folded, words: DateWords) -> MoveDate | CancelDate | None:
    """Return which event or deadline is to be moved or called off; None where a text names none."""
    nouns = rf"(?=.*\b(?:ال)?(?:{words.event_nouns}|{words.deadlines}))"
    if pattern_of(rf"{words.deadlines}\b").match(phrase.text):
        return None  # in Arabic “the last” of “the last day for …” is written as “postpone”
    moved = pattern_of(rf"{words.move} {nouns}(?P<rest>.+)").fullmatch(phrase.text)
    if moved is not None:
        return MoveDate(phrase.span(moved, "rest"))
    called_off = pattern_of(rf"{words.cancel} {nouns}(?P<rest>.+)").fullmatch(phrase.text)
    return None if called_off is None else CancelDate(phrase.span(called_off, "rest"))
