"""Reads what people say of the calendar in their telephone. Pure.

The words stand in `feeds.yaml` of each language. A message is such a one only if it has no other words at all, but for
the name of what the calendar is to be of: so a question for the link of a meeting is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from community.core.language_folders import LANGUAGES
from community.core.words import words
from community.search.word_tables import folded, folded_in

LONGEST = 20
"""Words; a longer message is none of these."""
_LONGEST_NAME = 6
"""Words of the name of what the calendar is to be of."""
_OWN = (
    "calendar",
    "dates",
    "device",
    "programs",
    "names",
    "link",
    "revoke",
    "seen",
    "new",
    "other",
    "whole",
    "filler",
)
_SMALL = ("common/passed_over", "commands/polite", "commands/greetings", "commands/thanks")
_WANTED = frozenset({"device", "programs", "link"})
"""One of these beside the calendar makes it this feature's."""
SIGNS = frozenset().union(
    *(
        folded(f"feeds/{table}")
        for table in ("device", "programs", "names", "link", "revoke", "seen", "other")
    )
)
"""One of these is in each such message."""


class FeedWish(Enum):
    """What is wanted: an address, or another one; that it be revoked, or stay (“no” alone); how else it is used."""

    MAKE = auto()
    RENEW = auto()
    REVOKE = auto()
    KEEP = auto()
    OTHER_PROGRAMS = auto()


@dataclass(frozen=True, slots=True)
class FeedReading:
    """A wish, read in ``language``; ``rest`` are the words that the language does not have: a name, or nothing.

    ``is_whole``: a word for the whole network is among the others. ``is_bare``: only what was said before tells that it
    is about a calendar. ``is_in_doubt``: whose address is meant is to be asked.
    """

    language: str
    wish: FeedWish
    rest: tuple[str, ...] = ()
    is_whole: bool = False
    is_bare: bool = False
    is_in_doubt: bool = False


def readings(text: str, preferred: Sequence[str], *, is_going_on: bool) -> list[FeedReading]:
    """Return how a message may be read, those with the fewest unknown words first, then those ``preferred``.

    ``is_going_on``: such an address was spoken of last, so that "somebody has seen it" is enough.
    """
    said = words(text[:400])
    if not said or len(said) > LONGEST:
        return []
    ranks = {language: rank for rank, language in enumerate(reversed(preferred), 1)}
    found = (reading for language in LANGUAGES for reading in _of(language, said, is_going_on))
    return sorted(found, key=lambda reading: (len(reading.rest), -ranks.get(reading.language, 0)))


def _of(language: str, said: Sequence[str], is_going_on: bool) -> Iterator[FeedReading]:
    tables = {name: folded_in(language, f"feeds/{name}") for name in _OWN}
    if not folded_in(language, "feeds/never").isdisjoint(said):
        return
    there = {name for name, known in tables.items() if not known.isdisjoint(said)}
    rest = tuple(word for word in said if word not in own_words(language))
    is_about = "names" in there or ("calendar" in there and not _WANTED.isdisjoint(there))
    is_about = is_about or {"dates", "device"} <= there
    wish: FeedWish | None = None
    if is_about:
        wish = _wish(there)
    elif is_going_on and not rest:
        wish = _bare_wish(there, len(said))
    if wish is not None and len(rest) <= _LONGEST_NAME:
        yield FeedReading(language, wish, rest, "whole" in there, is_bare=not is_about)


def _wish(there: set[str]) -> FeedWish:
    # Who has seen the calendar on their telephone has seen no address.
    if "revoke" in there or {"seen", "link"} <= there:
        return FeedWish.REVOKE
    return FeedWish.RENEW if "new" in there else FeedWish.MAKE


def _bare_wish(there: set[str], count: int) -> FeedWish | None:
    """Return what so many words want; “cancel” alone may be said of anything."""
    if "seen" in there or ("revoke" in there and count > 1):
        return FeedWish.REVOKE
    return None if there.isdisjoint({"other", "programs"}) else FeedWish.OTHER_PROGRAMS


@cache
def own_words(language: str) -> frozenset[str]:
    """Return all words that such a message may have in a language besides a name."""
    own = (folded_in(language, f"feeds/{name}") for name in _OWN)
    return frozenset().union(*own, *(folded_in(language, table) for table in _SMALL))
