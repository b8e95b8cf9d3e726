"""Questions that say the whole title of an entry beside a word of the calendar: “is Open café cancelled?”. Pure.

Whatever else its words may mean to the directory, the entry is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from community.core.words import stem
from community.search.calendar_match import Findable
from community.search.calendar_question import CalendarQuestion, NamedPart, Wanted
from community.search.calendar_words import Spotted, fillers, said_in_full, spotted
from community.search.language import language_of

_ASKING = ("when", "next", "cancelled", "left", "where", "link", "due")


def asked_by_title(
    text: str, default_language: str, entries: Mapping[str, Findable]
) -> tuple[CalendarQuestion, tuple[str, ...]] | None:
    """Return the question and the keys of the entries whose title it says in full; None where it does not ask so."""
    said = said_in_full(text)
    found = spotted(said)
    if not found.has(*_ASKING):
        return None
    stems = {stem(word) for word in said}
    spoken = {stem(said[at]) for at in found.at(*_ASKING)} | fillers()
    titles = [(len(title), key) for key, one in entries.items() for title in one.title if title <= stems]
    longest = max((length for length, _key in titles), default=0)
    keys = tuple(dict.fromkeys(key for length, key in titles if length == longest))
    words = frozenset[str]().union(*(title for key in keys for title in entries[key].title if title <= stems))
    if not words - fillers() or not stems - words <= spoken:
        return None
    about = (NamedPart(text, tuple(sorted(words))),)
    language, cancelled = language_of(text, default_language), found.has("cancelled")
    return CalendarQuestion(language, wanted=_wanted(found), about=about, cancelled=cancelled), keys


def _wanted(found: Spotted) -> Wanted:
    for table, wanted in (("left", Wanted.LEFT), ("where", Wanted.WHERE), ("link", Wanted.LINK)):
        if found.has(table):
            return wanted
    return Wanted.WHEN
