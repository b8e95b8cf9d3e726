"""A question to the calendar as far as its words say it, before it is decided whose it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from community.search.calendar_order import counts, order_asked
from community.search.calendar_question import CalendarQuestion, Wanted
from community.search.calendar_words import TAKES_PLACE, Spotted, labels_of, says
from community.search.dates import Period
from community.search.meanings import Sort
from community.search.reading import Phrase

SHORT = 4
"""How many words a question has that says little beside what it names."""
SILENT = frozenset({Sort.NOTHING, Sort.HOW, Sort.NEWEST, Sort.STAGE, Sort.SPEAKING})
"""Meanings that say nothing of which entries are meant."""
_HANDED_IN = frozenset(
    {
        "report",
        "registration",
        "survey",
        "form",
        "sheet",
        "indicator",
        "comment",
        "assessment",
        "contribution",
        "application",
    }
)
"""Labels of `things` in `calendar.yaml` that are handed in."""
_DETAILS = (
    ("lasts", Wanted.LASTS),
    ("for_whom", Wanted.FOR_WHOM),
    ("how_often", Wanted.HOW_OFTEN),
    ("cancelled", Wanted.CHANGED),
    ("asked_by", Wanted.ASKED_BY),
    ("where", Wanted.WHERE),
    ("link", Wanted.LINK),
)
"""What is to be known of an entry, by the table of the words that ask for it; the first that was said counts."""


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question as far as its words say it, with the words and days that were found in it."""

    question: CalendarQuestion
    found: Spotted
    days: Period
    phrases: tuple[Phrase, ...]
    said: tuple[str, ...]
    today: date
    starts: frozenset[int] = frozenset()
    """The positions at which its clauses begin."""

    @property
    def asks_left(self) -> bool:
        """Whether it asks how long it is until then."""
        return self.found.has("left") or (self.found.has("how_long") and self.found.has("until_then"))

    @property
    def names_nothing(self) -> bool:
        """Whether nothing is named but times, places, themes and kinds."""
        return not self.question.about

    @property
    def says_only_days(self) -> bool:
        """Whether days to come are named, and nothing else that means anything."""
        since = self.question.since
        is_ahead = since is not None and since > self.today
        said = [phrase for phrase in self.phrases if phrase.sorts != {Sort.NEWEST}]
        named = self.question.themes or self.question.has_place
        return (
            self.is_to_come and self.names_nothing and not named and not (said if is_ahead else self.phrases)
        )

    @property
    def is_to_come(self) -> bool:
        """Whether days are named that are not over, and do not only begin in the past."""
        last = self.question.until or self.question.since
        return last is not None and last >= self.today

    @property
    def asks_several(self) -> bool:
        """Whether the word for entries is in the plural."""
        nouns = (self.said[at] for at in self.found.nouns)
        return any(word.endswith(("s", "x")) or says(word, "several") for word in nouns)

    @property
    def asks_clock(self) -> bool:
        """Whether it asks which time it is then in a city: “what time is that in Kigali?”."""
        return self.found.has("clock") and bool(self.question.cities)

    @property
    def names_no_more_than_cities(self) -> bool:
        """Whether nothing says which entries are meant but cities."""
        question = self.question
        named = question.about or question.themes or question.countries or question.cohorts
        return bool(question.cities) and not (named or question.kinds or self.days)

    @property
    def asks_whats_next(self) -> bool:
        """Whether whatever comes next is asked for: “what's next on the calendar?”, and no kind of it alone."""
        is_more = self.found.has("when", "where", "link", "cancelled")
        return self.found.has("whats_next") and not is_more and self.question.kinds <= {"any"}

    @property
    def asks_after_next(self) -> bool:
        """Whether the one after the next is asked for; “the week after next” are days."""
        return bool(self.found.at("after_next") - self.days.used)

    @property
    def asks_of_changes(self) -> bool:
        """Whether it asks what is cancelled or moved, whatever it is: “has anything been cancelled?”."""
        found = self.found
        asks = bool(found.at("anything") - found.at("cancelled")) and found.has("cancelled")
        of_one = found.has("next", "when", "where", "link", "lasts") or self.names_a_thing
        return asks and self.names_nothing and not of_one

    @property
    def is_whole(self) -> bool:
        """Whether it asks by itself and names something: “when is the Kigali talk?” goes on from nothing."""
        asks = self.found.has("when", "where", "left", "link")
        if self.asks_clock and self.names_no_more_than_cities:
            return False
        return asks and self.question.names_entries and len(self.said) > SHORT

    @property
    def asks_of_shown(self) -> bool:
        """Whether it asks for something of what was shown, which it names no more: “what do we hand in?”."""
        asks = self.found.has("hand_in", "asked_by")
        return asks and self.names_nothing and not (self.found.kinds or self.days or self.question.themes)

    @property
    def is_bare(self) -> bool:
        """Whether only times, places and themes are said, and no word that asks."""
        asking = ("planned", "have", "whats_next", "due")
        return self.names_nothing and not self.found.kinds and not self.found.has(*asking)

    @property
    def names_no_subject(self) -> bool:
        """Whether nothing is named that belongs to a theme, or that the directory has: “is there a concert?”."""
        sorts = {meaning.sort for part in self.question.about for meaning in part.meanings}
        asks_of_people = any(phrase.means(Sort.SPEAKING, Sort.LANGUAGE) for phrase in self.phrases)
        return not (self.question.themes or self.names_a_thing or asks_of_people or sorts - {Sort.TOPIC})

    def names_only_behind(self, table: str) -> bool:
        """Whether all that is named stands behind one of a table's words: “what comes after the assembly?”."""
        marks = [at for at, word in enumerate(self.said) if says(word, table) and at not in self.days.used]
        nouns = frozenset[int]().union(*(at for kind, at in self.found.kinds.items() if kind != "any"))
        named = [token.at for phrase in self.phrases for token in phrase.tokens] + list(nouns)
        asks = self.found.has("planned", "whats_next", "have") and not self.found.has(
            "when", "due", "cancelled"
        )
        behind = [at for at in named if marks and at > marks[0]]
        ahead = [at for at in nouns if marks and at < marks[0]]
        return bool(marks) and asks and bool(behind) and not ahead and self.question.names_entries

    @property
    def names_a_thing(self) -> bool:
        """Whether a document, project or contact is named: when it is from is asked of the directory."""
        return bool(things_named(self.phrases))

    @property
    def names_what_is_handed_in(self) -> bool:
        """Whether a word is said that titles of deadlines often have: a report, a registration."""
        named = (label for part in self.question.about for word in part.stems for label in labels_of((word,)))
        return not _HANDED_IN.isdisjoint(named)

    @property
    def names_what_takes_place(self) -> bool:
        """Whether a word is said for what takes place at a time, and is in no other way in a calendar: a café."""
        labels = (labels_of((word,)) for part in self.question.about for word in part.stems)
        return any(TAKES_PLACE & each for each in labels)

    @property
    def names_an_occasion(self) -> bool:
        """Whether a word for entries of the calendar is said, or one that their titles often have."""
        named = (
            stems for part in self.question.about for stems in (part.stems, *((word,) for word in part.stems))
        )
        return bool(self.found.kinds) or any(map(labels_of, named))

    @property
    def _detail(self) -> Wanted | None:
        """What is to be known of one that is asked for, or which of several is asked for; None for neither."""
        named = (wanted for table, wanted in _DETAILS if self.found.has(table))
        handed_in = Wanted.HAND_IN if self.found.has("hand_in") and self.question.about else None
        return next(named, None) or handed_in or order_asked(self.found, self.days, self.today)

    @property
    def wanted(self) -> Wanted:
        """What is to be known of what is asked for."""
        found, question = self.found, self.question
        if self.asks_left:
            return Wanted.LEFT
        if self.asks_whats_next:
            return Wanted.LIST
        if self.asks_clock:
            return Wanted.CLOCK
        if counts(found):
            return Wanted.COUNT
        detail = self._detail
        if detail is not None:
            return detail
        if self.asks_after_next:
            return Wanted.NEXT
        if found.has("how_long"):
            return Wanted.LEFT if "deadline" in question.kinds or found.has("due") else Wanted.LASTS
        if found.has("next") and not self.days and question.kinds and not self.asks_several:
            return Wanted.NEXT
        is_when = found.has("when") or (found.has("opening") and self.names_what_is_handed_in)
        return Wanted.WHEN if is_when else Wanted.LIST


def things_named(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Return the phrases for a document, a project or a contact, but not behind what takes place.

    “The demonstration of the online desk” is no desk.
    """
    occasions = [phrase.tokens[0].at for phrase in phrases if not TAKES_PLACE.isdisjoint(_labels(phrase))]
    first = min(occasions, default=None)
    things = (phrase for phrase in phrases if phrase.means(Sort.KIND, Sort.RESOURCE_KIND))
    return [phrase for phrase in things if first is None or phrase.tokens[0].at < first]


def _labels(phrase: Phrase) -> frozenset[str]:
    return frozenset[str]().union(*(labels_of((word,)) for word in phrase.stems))
