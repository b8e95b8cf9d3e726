"""What a question to the calendar is once it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from community.search.meanings import Meanings


class Wanted(StrEnum):
    """What is to be known of the events and deadlines that are asked for."""

    LIST = "list"
    """Which there are."""
    NEXT = "next"
    """The one that comes first."""
    WHEN = "when"
    """When it is."""
    LEFT = "left"
    """How long it is until then."""
    WHERE = "where"
    LINK = "link"
    LASTS = "lasts"
    """How long it lasts."""
    FOR_WHOM = "for whom"
    HOW_OFTEN = "how often"
    CHANGED = "changed"
    """Whether it was moved or cancelled."""
    COUNT = "count"
    """How many there are."""
    FIRST = "first"
    """The first of all in the days asked about."""
    LAST = "last"
    """The last of all in these days."""
    CLOCK = "clock"
    """Which time it is then in a city."""
    ASKED_BY = "asked by"
    """Who asks for what is to be handed in."""
    HAND_IN = "hand in"
    """What is to be handed in."""


class Claim(StrEnum):
    """How sure it is that the calendar is asked, and not the directory."""

    SURE = "sure"
    """Whatever the calendar has."""
    IF_NAMED = "if named"
    """If the calendar has something of just that name, theme, place or kind."""
    IF_CALLED = "if called"
    """If the calendar has something that is called so in these very words."""


class SetAgainst(StrEnum):
    """How what is asked for stands to what it is set against."""

    EXCEPT = "except"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A phrase of a question that says which entries are meant: its stems, and what the phrase means.

    ``words`` is the phrase as it was written. ``is_ordinary``: it may be a word of every day. ``says_nothing``: it is a
    verb, an adverb or a number, which name no entry. ``is_number``: where nothing in the calendar is called so, it is
    passed over, as nothing else is.
    """

    words: str
    stems: tuple[str, ...]
    meanings: Meanings = frozenset()
    is_ordinary: bool = False
    says_nothing: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class CalendarQuestion:
    """A question to the calendar. What is empty is not asked for.

    ``kinds``: the keys of the words that were said for entries (`word_files.CALENDAR_KINDS`); ``event`` is any that is
    no deadline. ``since``, ``until``: the days asked about, both included; ``hours``: those of the part of the day that
    is named beside them. ``mine``: only what concerns the asker. ``been``: what has taken place already.
    ``about``: what else the entries are to be; ``said``: the stems of all words that may be in their titles.
    ``placed``: the stems of the words for cities, countries and handing in, which may be part of a title too (“المالي”,
    financial; “la remise du prix”).
    ``located``: they are to take place in those cities, not only be for them; ``for_places``: they are to be for them,
    wherever they take place.
    ``cancelled``: whether they are; ``changes``: which of all are, or are moved. ``follows``: it was completed from
    the question before. ``of_shown``: more is to be known of what was shown. ``clock``: the cities whose time is asked.
    ``after_next``: not the next one is asked for, but the one after it. ``is_plain``: it says “when is” and a name, and
    nothing more. ``by_due``: it says that something is due, without a word for deadlines.
    ``behind``, ``before``: what comes after what is named, or before it.
    ``bound``: what it is set against, until that is found in the calendar; ``left_out``: the entries that it leaves out
    then. ``unheeded``: what was said and could not be taken into account, as it was written.
    """

    language: str
    claim: Claim = Claim.SURE
    wanted: Wanted = Wanted.LIST
    kinds: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    hours: range | None = None
    mine: bool = False
    been: bool = False
    themes: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    about: tuple[NamedPart, ...] = ()
    said: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()
    located: bool = False
    for_places: bool = False
    cancelled: bool = False
    changes: bool = False
    follows: bool = False
    of_shown: bool = False
    clock: frozenset[str] = frozenset()
    after_next: bool = False
    is_plain: bool = False
    by_due: bool = False
    behind: bool = False
    before: bool = False
    bound: Bound | None = None
    left_out: frozenset[str] = frozenset()
    unheeded: tuple[str, ...] = ()

    @property
    def has_days(self) -> bool:
        """Whether days are asked about."""
        return self.since is not None or self.until is not None

    @property
    def has_place(self) -> bool:
        """Whether cities, countries or cohorts are asked about."""
        return bool(self.cities or self.countries or self.cohorts)

    @property
    def names_entries(self) -> bool:
        """Whether anything says which entries are meant."""
        return bool(self.about or self.themes or self.has_place or self.named_kinds)

    @property
    def named_kinds(self) -> frozenset[str]:
        """The kinds without the words for anything that is in a calendar, and for any event."""
        return self.kinds - {"any", "event"}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a question is set against, which is looked for in the calendar itself; ``words`` as they were written."""

    relation: SetAgainst
    question: CalendarQuestion
    words: str
