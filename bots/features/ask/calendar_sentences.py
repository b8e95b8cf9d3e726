"""What stands around the events and deadlines of a reply. Pure."""

from __future__ import annotations

from datetime import date

from community.core.messages import Message, msg
from community.core.plain_text import clean, isolated, listed
from community.search.calendar_match import Selection
from community.search.calendar_question import CalendarQuestion

NOTHING_THEN = msg("The calendar has nothing then.")
NOTHING_THEN_OF_THAT = msg("The calendar has nothing of that then.")
NOTHING_AT_ALL = msg("The calendar has nothing yet.")
NOTHING_MORE_TO_COME = msg("Nothing more of that is to come. The last was:")
NOTHING_TO_COME = msg("The calendar has nothing of that to come.")
NOTHING_OF_YOURS = msg("The calendar has nothing of that for you.")
NOTHING_BEFORE = msg("The calendar has nothing of that from before.")
NEXT_AFTER = msg("After that comes:")
FOR_OTHERS = msg("For others:")
UNCHANGED = msg("As far as the calendar says, it is neither moved nor cancelled:")
NOTHING_CHANGED = msg("Nothing that is to come is cancelled or moved, as far as the calendar says.")
ONLY_MOVED = msg("Nothing that is to come is cancelled, as far as the calendar says. This is moved:")
NEAREST = msg("I have nothing for exactly that. The nearest I have:")

WHICH = msg("I do not know which one is meant. The next are:")


def period(since: date | None, until: date | None, today: date, days: tuple[str, str]) -> Message:
    """Return which days are asked about; ``days`` are the first and last as the reader's language writes them."""
    first, last = days
    if since is None or (until is not None and since == today and until > today):
        return msg("Until {until}:", until=last)
    if until is None:
        return msg("From {since} on:", since=first)
    if since == until:
        return msg("On {day}:", day=first)
    return msg("From {since} to {until}:", since=first, until=last)


def not_there(selection: Selection, language: str) -> Message | None:
    """Return the sentence that names what nothing in the calendar is called, None where nothing was named in vain."""
    if not selection.unknown:
        return None
    name = listed((clean(word, longest=60) for word in selection.unknown), language)
    return msg("I have nothing called “{name}” in the calendar to show here.", name=isolated(name, language))


def not_heeded(question: CalendarQuestion, language: str) -> Message | None:
    """Return the sentence that names what of a question could not be taken into account, None where all was."""
    if not question.unheeded:
        return None
    said = listed((clean(words, longest=60) for words in question.unheeded), language)
    return msg("I could not take “{words}” into account.", words=isolated(said, language))


def topics(question: CalendarQuestion) -> tuple[str, ...]:
    """Return what a question is counted under: keys of themes and cities and the kind, none of its words."""
    kind = "kind:deadline" if "deadline" in question.kinds else "kind:event"
    themes = (f"theme:{theme}" for theme in question.themes)
    return tuple(sorted((kind, *themes, *(f"city:{city}" for city in question.cities))))
