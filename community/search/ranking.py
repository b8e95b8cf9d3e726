"""Ranking all entries for one question. Pure.

An entry *fits* if it has everything that was asked for. Its *score* says how well, and orders the entries of an answer.
Criteria are also kept as *groups*: if nothing fits, they narrow all entries down one after the other, and what is left
are the nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from community.directory.entry import DirectoryEntry
from community.search.answer import AT_MOST, NEAREST, Answer
from community.search.asked import Question
from community.search.entry_index import EntryIndex, Marks, Numbers, Scores
from community.search.entry_words import name_phrases
from community.search.excluded_entries import excluded_entries
from community.search.thesaurus import subject_stems
from community.search.unknown_words import UnknownWords

_THEME, _WORDED, _PLACE, _OTHER = 6.0, 2.0, 20.0, 4.0
"""Scores for being filed under a theme asked for, for having its name as a word, for being in a place asked for, and
for any other criterion."""
_SAME_WORD = 0.5
"""Weight of a word that named a theme, topic or kind, in an entry that has the very word."""
_HOW = 4.0
"""Score of resources, if it was asked how something is done."""
_EVERYWHERE = 5.0
"""Deduction from entries of the whole network, if a place is asked for."""
_PERSON_FOR_CITY = 1.5
"""Factor for contacts, if a city is asked for and no kind of entry: people come before documents."""
_LEADER, _LEADER_OF_THEME = 3.0, 0.1
"""Scores of city leads: they come first if only a city is asked for, but behind whoever is in charge of a theme."""
_DESK, _DEPUTY = 0.2, 0.4
"""Deductions: of several contacts for a theme a person comes before a desk, and a deputy last."""
_PEOPLE_FIRST = 15.0
"""Score of contacts, if somebody is asked for and a document too."""
_VACANT = 2.0
"""Deduction from contacts whose place is vacant."""
_WHOLE_NAME = 20.0
"""Score of an entry whose whole name is in the question."""


class Ranking:
    """Compares one question with all entries at once, in arrays with one element for each entry."""

    def __init__(self, index: EntryIndex, question: Question, among: Marks | None = None) -> None:
        """``among``: the only entries that may answer."""
        self._index = index
        self._question = question
        self._left = ~excluded_entries(index, question) if question.excluded else index.of_kind(())
        if among is not None:
            self._left = self._left & among
        self._wanted = index.of_kind(question.kinds) & self._left
        self._fits = self._wanted.copy()
        self._scores = np.zeros(len(self._fits), np.float32)
        self._whole, self._about, self._asked_for, self._there = np.zeros((4, len(self._fits)), np.bool_)
        self._placed = self._wanted.copy()
        self._unknown = UnknownWords.of(index, question)
        self._groups: list[Marks] = []
        self._unsure = False

    def answer(self) -> Answer:
        """Return the entries that have everything asked for, else the nearest."""
        self._themes()
        self._places()
        self._others()
        self._period()
        known = self._unknown_words()
        self._bonuses()
        self._whole_names()
        self._asked_for = self._scores > 0
        self._prefer()
        certain = (self._fits & known) | (self._whole & self._left)
        if self._question.is_empty:
            certain[:] = False
        unsure = self._unsure and not self._whole.any()
        is_certain = bool(certain.any())
        if is_certain and not unsure:
            return self._best(certain, AT_MOST, certain=True)
        return self._best(certain if is_certain else self._nearest(), NEAREST, certain=False)

    def _is_likely(self, first: int) -> bool:
        """Whether the first entry has everything asked for whose meaning is known, and some subject of it."""
        return bool(self._fits[first] and self._about[first] and self._placed[first])

    def _nearest(self) -> Marks:
        """Return the entries that are left when the criteria are applied one after the other, the subject first.

        A criterion that would leave no entry is skipped.
        """
        near = self._wanted & self._asked_for
        if not near.any():
            near = self._index.of_kind(()) & self._left & self._asked_for
        subject_first = bool(self._question.themes) or not self._groups
        ordered = (
            (self._about, *self._groups)
            if subject_first
            else (self._groups[0], self._about, *self._groups[1:])
        )
        for marks in ordered:
            fewer = near & marks
            near = fewer if fewer.any() else near
        return near

    def _require(self, marks: list[Marks], weight: float) -> None:
        """Require all or any of ``marks``, and keep them as a group for the nearest entries."""
        self._groups.append(np.logical_or.reduce(marks))
        self._require_all_or_any(marks, weight)

    def _require_all_or_any(self, marks: list[Marks], weight: float) -> None:
        """Require all of ``marks`` if some entry has them all, else any of them."""
        every = self._fits & (marks[0] if len(marks) == 1 else np.logical_and.reduce(marks))
        self._fits = every if len(marks) == 1 or every.any() else self._fits & np.logical_or.reduce(marks)
        for mark in marks if weight else ():
            self._scores += weight * mark

    def _themes(self) -> None:
        question, index = self._question, self._index
        if not question.themes:
            return
        facets = [f"theme:{theme}" for theme in sorted(question.themes)]
        marks = [index.marks([facet]) for facet in facets]
        for facet in facets:
            self._scores[index.having(facet)] += _THEME
        filed = index.having(facets[0]) if len(facets) == 1 else np.flatnonzero(np.logical_or.reduce(marks))
        self._scores[filed] += 1 / (1 + index.column("themes", filed))
        said = [index.said(word) for word in question.theme_words]
        if said:
            # An entry that has the theme's name as a word belongs to it, whatever it is filed under.
            worded = np.flatnonzero(said[0] if len(said) == 1 else np.logical_and.reduce(said))
            self._scores[worded] += _WORDED
            # One word is in many texts: it counts only in entries that are filed under no theme.
            if len(said) == 1:
                worded = worded[index.column("themes", worded) == 0]
            if len(marks) == 1:
                marks[0][worded] = True
        for mark in marks:
            self._about |= mark
        self._require_all_or_any(marks, 0.0)

    def _places(self) -> None:
        question, index = self._question, self._index
        cities = sorted(index.cities_of(question))
        if not cities and not question.countries:
            return
        there = self._there = index.marks(f"city:{city}" for city in cities)
        everywhere = index.marks(["everywhere"])
        # A resource that names no city is for every city; a contact is not.
        for_all = everywhere & index.of_kind(["resource"])
        about_something = bool(question.themes) or "resource" in question.kinds
        self._require_all_or_any([there | for_all if about_something else there], 0.0)
        self._groups.append(there)
        placed = np.flatnonzero(there)
        self._scores[placed] += _PLACE + 1 / (1 + index.column("cities", placed).astype(np.float64))
        self._scores[index.having("everywhere")] -= _EVERYWHERE
        if len(question.cities) > 1:
            named = [index.marks([f"city:{city}"]) for city in sorted(question.cities)]
            self._scores += np.add.reduce([mark.astype(np.float32) for mark in named])
        if not question.kinds:
            self._scores[index.of_kind(["contact"])] *= _PERSON_FOR_CITY

    def _others(self) -> None:
        question, index = self._question, self._index
        if question.roles:
            named = [index.marks(f"role:{role}" for role in question.roles)]
            if (
                not (self._fits & named[0]).any()
                and index.cities_of(question)
                and index.network_wide & question.roles
            ):
                # "The coordinator of Kigali" is its lead, if no coordinator is from there.
                named = [index.marks(["leader"])]
            self._require([named[0] | self._desks_called(question.role_words)], _OTHER)
        if question.languages:
            projects = index.of_kind(["project"]) if question.kinds == {"project"} else self._fits & False
            self._require(
                [index.marks([f"speaks:{code}"]) | projects for code in sorted(question.languages)], _OTHER
            )
        if question.stages:
            self._require([index.marks(f"stage:{stage}" for stage in question.stages)], _OTHER)
        if question.resource_kinds:
            self._resource_kinds()

    def _desks_called(self, words: Sequence[str]) -> Marks:
        """Return the desks that have all of some stems."""
        found = self._index.marks(["is:desk"] if words else ())
        for word in words:
            weight = self._index.weight(word)
            found = found & (weight >= 1) if weight is not None else np.zeros(len(found), np.bool_)
        return found

    def _resource_kinds(self) -> None:
        """Require the kinds of resources asked for; "document" excludes nothing, as people call any resource that."""
        kinds = self._question.resource_kinds
        named = self._index.marks(f"is:{kind}" for kind in kinds)
        self._scores += (1.0 if kinds == {"document"} else 2 * _OTHER) * named
        if "document" not in kinds:
            self._groups.append(named)
            others = self._question.kinds - {"resource"}
            self._fits &= (named | self._index.of_kind(others)) if others else named

    def _period(self) -> None:
        question = self._question
        if question.since is None and question.until is None:
            return
        day = self._index.column("day", slice(None))
        since = (question.since or date.min).toordinal()
        until = (question.until or date.max).toordinal()
        within: Marks = (day >= since) & (day <= until)
        self._require([within], _OTHER)

    def _unknown_words(self) -> Marks:
        """Score the words without a known meaning, and topics of no theme; return which entries have enough of them."""
        question, index = self._question, self._index
        unknown = self._unknown
        if unknown.words or unknown.topics:
            self._scores += unknown.scores
            self._about |= unknown.had()
        if question.themes and self._there.any():
            known = unknown.with_theme_and_place(self._fits, self._wanted & self._there)
        elif question.themes or question.roles:
            narrowed = any((self._fits & (scores > 0)).any() for scores in self._parts.values())
            known = unknown.with_theme(narrowed=narrowed)
        else:
            known = unknown.alone(placed=bool(self._there.any()))
        for place in question.places:
            self._placed &= index.said(place)
        return known & self._placed

    def _bonuses(self) -> None:
        """Add what makes one entry fit better than another without being required."""
        question, index = self._question, self._index
        for word in question.subject_words:
            weight = None if word in question.rest else index.weight(word)
            if weight is not None:
                self._scores += _SAME_WORD * weight
        self._topics_within_themes()

    def _prefer(self) -> None:
        """Add what puts some entries before others for any question: it alone makes no entry an answer."""
        question, index = self._question, self._index
        if question.leading or question.kinds <= {"contact"}:
            narrowed = question.themes or question.rest or question.loose
            self._scores[index.having("leader")] += _LEADER_OF_THEME if narrowed else _LEADER
            self._scores[index.having("is:desk")] -= _DESK
        left_out = question.excluded.cities or question.excluded.countries
        among_kinds = len(question.kinds) > 1 and "contact" in question.kinds
        if among_kinds or (left_out and not question.kinds and not question.instructive):
            self._scores += _PEOPLE_FIRST * index.of_kind(["contact"])
        if question.instructive and not question.kinds:
            self._scores += _HOW * index.of_kind(["resource"])
            self._groups.append(index.of_kind(["resource"]))
        self._scores[index.having("vacant")] -= _VACANT

    @cached_property
    def _parts(self) -> dict[str, Scores]:
        """What each topic within the themes asked for scores that is no general name of the subject."""
        topics = self._question.topics - self._question.loose
        return {topic: self._index.topic(topic) for topic in sorted(topics) if not topic.endswith("/0")}

    def _topics_within_themes(self) -> None:
        """Score the topics within the themes asked for. Resources and projects must have one, contacts need not."""
        question, index = self._question, self._index
        if not self._parts:
            return
        scores = np.add.reduce(list(self._parts.values()))
        self._scores += scores
        if not (self._fits & (scores > 0)).any():
            # The contact for land knows of land titles, and the one of a city of all that belongs to the theme there;
            # but of all cities, a bus expert is only the nearest for parking.
            of_theme = frozenset[str]().union(*map(subject_stems, self._parts))
            general = question.theme_named or not of_theme.isdisjoint(question.theme_words)
            in_charge = self._fits & self._there & index.of_kind(["contact"])
            self._unsure = not general and not in_charge.any()
            if question.kinds and "contact" not in question.kinds:
                self._fits[:] = False

    def _whole_names(self) -> None:
        """Mark the entries whose whole name is in the question."""
        question, index = self._question, self._index
        maybe_named = index.maybe_named(question)
        words = question.content if maybe_named else ()
        said = {*question.spoken, *(form for word in words for form in index.in_vocabulary(word))}
        for number, entry in maybe_named:
            named = max((name for name in name_phrases(entry) if name <= said), key=len, default=frozenset())
            if len(named) < 2:
                continue
            self._scores[number] += _WHOLE_NAME
            if self._is_meant(entry, named) and self._kind_fits(number, named):
                self._whole[number] = True

    def _kind_fits(self, number: int, named: frozenset[str]) -> bool:
        """Whether an entry whose name was said is of the kind asked for.

        Where it is of another kind, it counts only if the question has no words but the name and the kind.
        """
        question = self._question
        if self._wanted[number] or set(question.content) <= named:
            return True
        return not question.who and set(question.kind_words) <= named

    def _is_meant(self, entry: DirectoryEntry, named: frozenset[str]) -> bool:
        """Whether the rest of the question does not contradict that the entry named is meant."""
        question, index = self._question, self._index
        cities = index.cities_of(question)
        place = not cities or not entry.cities or bool(cities & set(entry.cities))
        telling = set(question.rest) - question.ordinary
        known = [word for word in telling if not {word, *index.in_vocabulary(word)} & named]
        return place and len(known) <= 1 and not set(question.places) - named

    def _best(self, among: Marks, most: int, *, certain: bool) -> Answer:
        numbers = np.flatnonzero(among)
        total = len(numbers)
        keys = self._order(numbers, dated=certain)
        if len(numbers) > most:
            numbers, keys = _top(numbers, keys, most)
        best: list[int] = numbers[np.argsort(-keys, kind="stable")].tolist()
        return Answer(
            self._index.entries_at(best),
            certain,
            total if certain else len(best),
            likely=not certain and bool(best) and self._is_likely(best[0]),
            unknown=self._unknown.not_understood(certain=certain),
        )

    def _order(self, numbers: Numbers, *, dated: bool) -> NDArray[np.float64]:
        """Return the numbers that entries are ordered by: by score, then the newer first; ties are settled by key."""
        question, index = self._question, self._index
        day, tie = index.column("day", numbers).astype(np.float64), index.column("tie", numbers)
        keys = self._scores[numbers].astype(np.float64).round(3) + day * 1e-9 + tie * 1e-10
        if len(numbers) <= AT_MOST:
            keys -= _DEPUTY * index.deputies(numbers.tolist())
        period = question.since is not None or question.until is not None
        if dated and (period or (question.newest and question.kinds != {"contact"})):
            contacts = index.of_kind(["contact"])[numbers] & (not question.kinds)
            if index.cities_of(question):
                contacts |= index.marks(["everywhere"])[numbers]
            keys = keys * 1e-3 + day - 1e6 * contacts + 1e7 * self._whole[numbers]
        return keys


def _top(numbers: Numbers, keys: NDArray[np.float64], most: int) -> tuple[Numbers, NDArray[np.float64]]:
    chosen = np.argpartition(-keys, most)[:most]
    return numbers[chosen], keys[chosen]
