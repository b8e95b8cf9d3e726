"""Reads what is said of a detail of an event or a deadline into the fields of its entry. Pure."""

from __future__ import annotations

from bots.context.short_words import Word, short_word
from bots.features.edit.date_fields import length_text
from bots.features.edit.date_reminders import reminders_in
from bots.features.edit.date_shift import Fields
from bots.features.edit.date_words import event_kinds
from bots.features.edit.text_reader import links_in
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.plain_text import listed, one_line
from community.core.sentence_patterns import fold_text
from community.directory.differences import FIELDS, localized
from community.directory.entry import CalendarKind
from community.search.when.reader import read_span

_LONGEST = {"title": 200, "place": 300, "where": 300, "hand_in": 1000, "note": 2000}
_OF_EVENTS = frozenset(("place", "lasts", "kind"))
_OF_DEADLINES = frozenset(("hand_in", "where"))
_STANDS_FOR = {("deadline", "place"): "where", ("event", "where"): "place"}


def detail_of(kind: CalendarKind, field: str) -> str:
    """Return the field of an entry of that kind that a detail means."""
    return _STANDS_FOR.get((kind, field), field)


def detail_fields(
    context: TurnContext, kind: CalendarKind, field: str, text: str, old: object = None
) -> Fields | Message:
    """Return the fields of an entry by what is said of one detail, or a sentence that says what is wrong.

    ``old``: what the field says now. Of a title only what it is in the speaker's language is replaced; what says where
    something is, or what it needs, is replaced in all languages, for it would be wrong in the others.
    """
    field = detail_of(kind, field)
    if field in (_OF_DEADLINES if kind == "event" else _OF_EVENTS):
        here = context.translate(FIELDS[field])
        return msg("There is no “{field}” here.", field=here)
    if field != "title" and short_word(text) is Word.SKIP:
        return {field: None}
    match field:
        case "link":
            links = links_in(text)
            wrong = msg(
                "I see no link that begins with https:// in “{text}”.", text=one_line(text, longest=60)
            )
            return {"link": links[0]} if links else wrong
        case "lasts":
            lasts = read_span(text)
            return {"lasts": length_text(lasts)} if lasts else not_understood(text)
        case "kind":
            return _kind(context, text)
        case "title":
            title = one_line(text, longest=_LONGEST["title"])
            return {"title": localized(old, title[:1].upper() + title[1:], context.language)}
        case _:
            return {field: one_line(text, longest=_LONGEST[field])}


def not_understood(text: str) -> Message:
    """Return the sentence for what was not understood."""
    return msg("I did not understand “{text}”.", text=one_line(text, longest=60))


def _kind(context: TurnContext, text: str) -> Fields | Message:
    said = fold_text(text).strip(" .!")
    found = next((kind for noun, kind in event_kinds() if noun == said), None)
    if found is not None:
        return {"kind": found}
    names = listed((context.reading.value("kind", kind) for _noun, kind in event_kinds()), context.language)
    return msg("“{text}” is not one of these: {names}.", text=one_line(text, longest=60), names=names)


def planned_detail(context: TurnContext, kind: CalendarKind, field: str, text: str) -> Fields | Message:
    """Return the fields of a new date by what is said of one detail, or a sentence that says what is wrong."""
    if field != "remind":
        return detail_fields(context, kind, field, text)
    if short_word(text) is Word.SKIP:
        return {"remind": []}
    said = reminders_in(text)
    return not_understood(text) if said is None else {"remind": list(said.remind)}
