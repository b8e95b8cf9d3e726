"""What stands around the news, and how one piece of it is said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from bots.features.missed.items import NewsGroup
from bots.features.missed.window import Window, WindowKind
from community.agenda.date_news import DateChange
from community.core.locale_texts import LocaleTexts
from community.core.messages import Message, msg, nmsg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline
from community.directory.entry import CalendarEntry

HEADINGS: Mapping[NewsGroup, Message] = {
    NewsGroup.DATES: msg("In the calendar:"),
    NewsGroup.TO_COME: msg("Still to come:"),
    NewsGroup.DIRECTORY: msg("In the directory:"),
}
NOTHING_NEW = msg("Nothing is new.")
NOTHING_NEW_OF_THAT = msg("Nothing of that is new.")
ALL_NEWS = msg("For all that is new, ask me: “what did I miss?”.")
NOTHING_MORE_NEW = msg("That is all that is new.")


def since_when(
    window: Window, now: datetime, zone: ZoneInfo, texts: LocaleTexts, *, is_direct: bool
) -> Message:
    """Return since when the news is told, in the reader's days; the hour only to the asker alone."""
    since, today = window.since.astimezone(zone), now.astimezone(zone).date()
    day = texts.full_day(since.date())
    match window.kind:
        case WindowKind.LAST_WROTE if since.date() == today and is_direct:
            return msg("Since you last wrote, today at {time}:", time=texts.clock(since))
        case WindowKind.LAST_WROTE:
            return msg("Since you last wrote, on {day}:", day=day)
        case WindowKind.NOT_KNOWN:
            return msg("I do not know when you last wrote. The last two weeks, since {day}:", day=day)
        case WindowKind.ASKED:
            return _asked(window, zone, texts, day)
        case _:
            assert_never(window.kind)


def _asked(window: Window, zone: ZoneInfo, texts: LocaleTexts, first: str) -> Message:
    if window.until is None:
        return msg("Since {since}:", since=first)
    # It ends at the midnight after its last day.
    last = texts.full_day(window.until.astimezone(zone).date() - timedelta(days=1))
    if last == first:
        return msg("On {day}:", day=first)
    return msg("From {since} to {until}:", since=first, until=last)


def date_said(change: DateChange, entry: CalendarEntry, *, title: str, when: str, before: str) -> Message:
    """Return what has become of a date; ``before``: when it was to be, of what was moved."""
    match change:
        case DateChange.SET if isinstance(entry, Deadline):
            return msg("New deadline: {title}, {when}.", title=title, when=when)
        case DateChange.SET:
            return msg("New: {title}, {when}.", title=title, when=when)
        case DateChange.MOVED:
            return msg("Moved: {title}, from {before} to {after}.", title=title, before=before, after=when)
        case DateChange.CANCELLED:
            return msg("Cancelled: {title}, {when}.", title=title, when=when)
        case DateChange.RESTORED:
            return msg("No longer cancelled: {title}, {when}.", title=title, when=when)
        case _:
            assert_never(change)


def more(count: int, word: str) -> Message:
    """Return how many more there are, and what to write for them."""
    return nmsg(
        "And {count} more: reply “{word}”, or say which, such as “only the deadlines”.",
        "And {count} more: reply “{word}”, or say which, such as “only the deadlines”.",
        count=count,
        word=word,
    )
