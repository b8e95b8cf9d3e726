"""Finding the entries that answer a question, without looking at each of them.

Words, themes, cities and so on lead to entries by postings (`community.search.postings`); what a question asks is
marked over all entries at once, in arrays. What answers everything that was asked is *certain*; where nothing does, the
nearest entries are given as such, so that nobody is named for what they do not do.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, assert_never
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from community.core.words import is_arabic, sound, stem, stems
from community.description.fields import Localized, WordsByLanguage
from community.description.model import Community, Contact, Directory, Project, Resource
from community.directory.entry import Entry, EntryKey, EntryKind, kind_of, name_of
from community.search import usage
from community.search.asked import Question, Relation
from community.search.lexicon import phrase_of, split, subject_stems, topic_stems
from community.search.postings import Postings
from community.search.vocabulary import Vocabulary

Marks = NDArray[np.bool_]
Scores = NDArray[np.float32]
Numbers = NDArray[np.signedinteger[Any]]

AT_MOST = 100
"""Entries in an answer."""
NEAREST = 10
"""Entries in an answer that only come near."""

_NAME, _WORDS, _TEXT = 3.0, 2.0, 1.0
"""Weights of a word in an entry's name, among its further words, and in its summary or function."""
_THEME, _WORDED, _PLACE, _OTHER = 6.0, 2.0, 20.0, 4.0
_TOPIC = 3.0
_SAID = 0.5
"""For a word that is understood, what it adds to be in an entry as it was said."""
_BESIDE = 0.3
"""For being of the whole network, where a role in it is asked for."""
_NETWORK = ("reseau", "network", "red", "شبك")
"""Stems for the network: who coordinates it comes before who coordinates a part of it."""
_HOW = 4.0
_COVERED = 2.0
"""For each word of the question that an entry has: who has two of them comes before who has a rare one."""
_EVERYWHERE = 5.0
"""Where a place is asked for, an entry of the whole network comes behind one of that place."""
_PERSON_FOR_CITY = 1.5
"""Where a city is asked for and no kind is, people come before documents."""
_LEADER, _LEADER_OF_THEME = 3.0, 0.1
"""Whoever leads a city is named first for the city, and not before those who have a theme of it in hand."""
_DESK, _DEPUTY = 0.2, 0.4
"""Of several who have a theme in hand, a person is named before a desk, and a deputy last."""
_VACANT = 2.0
_WHOLE_NAME = 20.0
_A_SLIP = 0.8
"""Closeness from which a word of a name is the one that was said, misspelt; others only begin alike."""
_KINDS = ("contact", "resource", "project")


@dataclass(frozen=True, slots=True)
class Answer:
    """Entries, best first. ``certain``: each answers all that was asked; else they only come near.

    ``total`` counts all that answer; ``entries`` are the best `AT_MOST` of them.
    """

    entries: tuple[Entry, ...]
    certain: bool
    total: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a word of the question was found: what it adds per entry, and where it was found without doubt."""

    scores: Scores
    sure: Marks


class Index:
    """The directory, searchable. Entries may be added and removed at any time."""

    def __init__(self, community: Community) -> None:
        self._cities_of: dict[str, tuple[str, ...]] = {}
        for city in community.cities:
            self._cities_of[city.country] = (*self._cities_of.get(city.country, ()), city.key)
        self._role_of = {member.username: member.role for member in community.members}
        self._leaders = _leader_roles(community)
        self.network_wide = frozenset(role.key for role in community.roles if role.everywhere)
        """The roles that are not of a city."""
        self._number: dict[EntryKey, int] = {}
        self._entries: list[Entry | None] = []
        self._free: list[int] = []
        self._facets = Postings()
        self._words = (Postings(), Postings(), Postings())
        self._vocabulary = Vocabulary()
        # One number per entry: its kind, its day, how many themes it has, what settles a tie.
        self._kind, self._day, self._tie = array("b"), array("i"), array("d")
        self._themes, self._cities, self._shortest = array("b"), array("b"), array("b")
        self._deputies_of: Counter[str] = Counter()

    # --- changing it ---

    def add(self, entry: Entry) -> None:
        """Take in an entry, in place of one of the same kind and key."""
        key = (kind_of(entry), entry.key)
        self.remove(key)
        number = self._free.pop() if self._free else self._room()
        self._number[key] = number
        self._entries[number] = entry
        self._kind[number] = _KINDS.index(key[0])
        self._day[number] = day_of(entry).toordinal()
        self._themes[number] = min(len(entry.themes), 100)
        self._cities[number] = min(len(entry.cities), 100)
        self._tie[number] = crc32("/".join(key).encode()) / 2**32
        for facet in self._facets_of(entry):
            self._facets.add(facet, number)
        self._deputise(entry, 1)
        tiers = _stems_of(entry)
        for postings, found in zip(self._words, tiers, strict=True):
            for word in found:
                postings.add(word, number)
        self._vocabulary.add(*tiers[:2], text=tiers[2], person=isinstance(entry, Contact))
        self._shortest[number] = min(len(name) for name in _name_phrases(entry))

    def remove(self, key: EntryKey) -> None:
        """Forget an entry; nothing happens where there is none."""
        number = self._number.pop(key, None)
        if number is None:
            return
        entry = self._entries[number]
        assert entry is not None  # noqa: S101 - a number is given to an entry
        self._deputise(entry, -1)
        for facet in self._facets_of(entry):
            self._facets.remove(facet, number)
        tiers = _stems_of(entry)
        for postings, found in zip(self._words, tiers, strict=True):
            for word in found:
                postings.remove(word, number)
        self._vocabulary.remove(*tiers[:2], text=tiers[2], person=isinstance(entry, Contact))
        self._vacate(number)

    def _deputise(self, entry: Entry, change: int) -> None:
        """Note whose deputies there are: a deputy is not the first to be named."""
        deputy = entry.deputy if isinstance(entry, Contact) else None
        if deputy is not None:
            self._deputies_of[deputy] += change
            if not self._deputies_of[deputy]:
                del self._deputies_of[deputy]

    def _room(self) -> int:
        self._entries.append(None)
        for column in (self._kind, self._day, self._themes, self._cities, self._shortest):
            column.append(0)
        self._tie.append(0.0)
        return len(self._entries) - 1

    def _vacate(self, number: int) -> None:
        self._entries[number] = None
        self._kind[number] = -1
        self._free.append(number)
        while self._entries and self._entries[-1] is None:
            self._entries.pop()
            self._free.remove(len(self._entries))
            for column in (self._kind, self._day, self._themes, self._cities, self._shortest, self._tie):
                column.pop()

    def _facets_of(self, entry: Entry) -> set[str]:
        found = {f"theme:{theme}" for theme in entry.themes} | {f"city:{city}" for city in entry.cities}
        if not entry.cities:
            found.add("everywhere")
        match entry:
            case Contact():
                found |= {f"speaks:{language}" for language in entry.languages}
                found.add(f"is:{entry.kind}")
                role = self.role_of(entry)
                found |= {f"role:{role}"} if role is not None else set()
                found |= {"leader"} if role in self._leaders else set()
                found |= {"vacant"} if entry.vacant else set()
            case Resource():
                found |= {f"speaks:{language}" for language in entry.languages}
                found.add(f"is:{entry.kind}")
            case Project():
                found.add(f"stage:{entry.stage}")
                found |= {f"lead:{entry.lead}"} if entry.lead is not None else set()
            case _:
                assert_never(entry)
        return found

    # --- asking it ---

    def entry(self, kind: EntryKind, key: str) -> Entry | None:
        """Return an entry by its kind and key."""
        number = self._number.get((kind, key))
        return None if number is None else self._entries[number]

    def role_of(self, contact: Contact) -> str | None:
        """Return a contact's role in the network: the member's, or its own where it has no account."""
        own = None if contact.member is None else self._role_of.get(contact.member)
        return contact.role if own is None else own

    def search(self, question: Question) -> Answer:
        """Return the entries that answer ``question``, best first."""
        self._vocabulary.forget()
        question = self._there(self._settled(question))
        question = self._like(question)
        base = replace(question, relation=None)
        match question.relation:
            case None:
                return self._shown(question) or self._asked_again(question)
            case Relation.DEPUTY:
                return self._beside(base, "contact", self._deputies)
            case Relation.LEAD:
                return self._led(base)
            case Relation.LED_BY:
                led = self._beside(replace(base, kinds=frozenset({"contact"})), "contact", self._projects_of)
                if led.certain or not question.follows:
                    return led
                return self._ranked(replace(base, kinds=frozenset({"project"}), rest=()))
            case _:
                assert_never(question.relation)

    def _asked_again(self, question: Question) -> Answer:
        """Return the answer; "and the city lead?" is not asked of the theme that was spoken of before."""
        found = self._ranked(question)
        if question.kinds == {"project"} and question.rest and not found.certain:
            led = self._projects_of_the_named(question)
            if led is not None:
                return led
        if question.kinds == {"contact"} and question.has_subject and not found.certain:
            led = self._leading_what_was_named(question, found)
            if led is not None:
                return led
        if question.other_role and not found.certain:
            without = replace(question, themes=frozenset(), topics=frozenset(), theme_words=(), rest=())
            again = self._ranked(without)
            return again if again.certain else found
        return found

    def _projects_of_the_named(self, question: Question) -> Answer | None:
        """Return the projects of the contact whose name was said: "projets de Cheick Oumar Diallo"."""
        people = self._ranked(replace(question, kinds=frozenset({"contact"}), kind_words=()))
        first = people.entries[0] if people.certain else None
        if first is None or not self._is_named(first, question.rest):
            return None
        projects = self._projects_of(first)
        return Answer(tuple(projects), certain=True, total=len(projects)) if projects else None

    def _leading_what_was_named(self, question: Question, found: Answer) -> Answer | None:
        """Return who leads the projects that answer: certain if it was asked who leads, else the nearest."""
        led = self._beside(replace(question, kinds=frozenset({"project"})), "project", self._leads)
        if not led.certain or question.roles or question.languages:
            return None
        others = tuple(entry for entry in found.entries if entry not in led.entries)
        entries = led.entries if question.leads else (*led.entries, *others)[:NEAREST]
        return Answer(entries, certain=question.leads, total=len(entries))

    def _is_named(self, entry: Entry, said: Sequence[str]) -> bool:
        """Whether one of the words said is in an entry's name, or nearly."""
        name = {word for phrase in _name_phrases(entry) for word in phrase}
        return any(stand_in.word in name for word in said for stand_in in self._vocabulary.stand_ins(word))

    def _shown(self, question: Question) -> Answer | None:
        """Return the entry shown before, where only more of it is asked ("and the phone?")."""
        entry = None if question.about is None else self.entry(*question.about)
        return None if entry is None else Answer((entry,), certain=True, total=1)

    def _led(self, base: Question) -> Answer:
        """Return who leads the projects asked for; where no project was found, whom the question suits otherwise."""
        found = self._beside(replace(base, kinds=frozenset({"project"})), "project", self._leads)
        if found.certain:
            return found
        otherwise = self._ranked(replace(base, kinds=frozenset({"contact"})))
        return otherwise if otherwise.certain and base.themes else found if found.entries else otherwise

    def _beside(self, base: Question, kind: str, beside: Callable[[Entry], list[Entry]]) -> Answer:
        shown = None if base.about is None else self.entry(*base.about)
        found = (
            self._ranked(base) if shown is None or kind_of(shown) != kind else Answer((shown,), certain=True)
        )
        best = found.entries if found.certain else ()
        others: dict[EntryKey, Entry] = {}
        for entry in best[:AT_MOST]:
            for other in beside(entry):
                others.setdefault((kind_of(other), other.key), other)
            if others and base.rest and kind == "contact":
                break  # a person was named: the best match is meant, not all who are a little like it
        if others:
            return Answer(tuple(others.values()), certain=True, total=len(others))
        return Answer(found.entries[:NEAREST], certain=False, total=min(len(found.entries), NEAREST))

    def _deputies(self, entry: Entry) -> list[Entry]:
        deputy = self.entry("contact", entry.deputy) if isinstance(entry, Contact) and entry.deputy else None
        return [] if deputy is None else [deputy]

    def _leads(self, entry: Entry) -> list[Entry]:
        lead = self.entry("contact", entry.lead) if isinstance(entry, Project) and entry.lead else None
        return [] if lead is None else [lead]

    def _projects_of(self, entry: Entry) -> list[Entry]:
        numbers = self._facets.of(f"lead:{entry.key}")
        projects = [found for number in numbers if (found := self._entries[number]) is not None]
        return sorted(projects, key=lambda project: (-day_of(project).toordinal(), project.key))

    def _there(self, question: Question) -> Question:
        """Return the question with the cities of the entry that it speaks of."""
        entry = None if question.there is None else self.entry(*question.there)
        return (
            question
            if entry is None
            else replace(question, cities=frozenset(entry.cities), countries=frozenset())
        )

    def _like(self, question: Question) -> Question:
        """Return the question with the themes and cities of the entry that it speaks of."""
        entry = None if question.like is None else self.entry(*question.like)
        if entry is None:
            return question
        return replace(question, themes=frozenset(entry.themes), cities=frozenset(entry.cities))

    def _settled(self, question: Question) -> Question:
        """Return the question without guesses at words that the directory has as they are."""
        named = bool(question.fields) or any(word in self._words[0] for word in question.rest)
        for guess in question.guesses:
            if guess.word in self._vocabulary or (named and self._is_name(guess.word)):
                keys = {meaning.key for meaning in guess.meant}
                question = replace(
                    question,
                    themes=question.themes - keys,
                    cities=question.cities - keys,
                    countries=question.countries - keys,
                    topics=question.topics - keys,
                    loose=question.loose - keys,
                    roles=question.roles - keys,
                    languages=question.languages - keys,
                    theme_words=tuple(word for word in question.theme_words if word != guess.word),
                    rest=(*question.rest, guess.word),
                )
        return question

    def _is_name(self, word: str) -> bool:
        """Whether a word is probably a misspelt name, rather than what it was taken for."""
        return any(stand_in.word in self._words[0] for stand_in in self._vocabulary.stand_ins(word))

    # --- reckoning ---

    def _ranked(self, question: Question) -> Answer:
        if not self._entries:
            return Answer((), certain=False)
        board = _Board(self, question)
        return board.answer()

    def marks(self, facets: Iterable[str]) -> Marks:
        """Return which entries have any of ``facets``."""
        found = np.zeros(len(self._entries), np.bool_)
        for numbers in self._facets.any_of(facets):
            found[numbers] = True
        return found

    def of_kind(self, kinds: Iterable[str]) -> Marks:
        """Return which entries are of one of ``kinds``; of any where there are none."""
        column = np.frombuffer(self._kind, np.int8)
        wanted = [_KINDS.index(kind) for kind in kinds]
        if not wanted:
            return column >= 0
        found: Marks = column == wanted[0]
        for kind in wanted[1:]:
            found |= column == kind
        return found

    def column(self, name: str) -> NDArray[np.float32]:
        """Return one number for each entry: its ``day``, its number of ``themes``, its ``tie``."""
        match name:
            case "day":
                return np.frombuffer(self._day, np.int32).astype(np.float32)
            case "themes":
                return np.frombuffer(self._themes, np.int8).astype(np.float32)
            case "cities":
                return np.frombuffer(self._cities, np.int8).astype(np.float32)
            case _:
                return np.frombuffer(self._tie, np.float64).astype(np.float32)

    def cities_of(self, question: Question) -> set[str]:
        """Return the cities asked for, by name or by country."""
        found = set(question.cities)
        for country in question.countries:
            found.update(self._cities_of.get(country, ()))
        return found

    def found(self, word: str) -> _Found:
        """Return where a word of the question is: itself, else the nearest words of the directory."""
        stand_ins = self._vocabulary.stand_ins(word)
        scores = np.zeros(len(self._entries), np.float32)
        sure = np.zeros(len(self._entries), np.bool_)
        for stand_in in stand_ins:
            for tier, (postings, weight) in enumerate(zip(self._words, (_NAME, _WORDS, _TEXT), strict=True)):
                numbers = postings.of(stand_in.word)
                if len(numbers):
                    scores[numbers] = np.maximum(
                        scores[numbers], weight * stand_in.closeness * self._rarity(numbers)
                    )
                    if stand_in.exact or (tier == 0 and stand_in.closeness >= _A_SLIP):
                        sure[numbers] = True
        return _Found(scores, sure)

    def _rarity(self, numbers: Numbers) -> float:
        """Return what a word in so many entries tells: the rarer, the more."""
        return math.log(1 + len(self._entries)) - math.log(len(numbers)) + 0.1

    def said(self, word: str) -> Marks:
        """Return which entries have exactly this stem anywhere."""
        found = np.zeros(len(self._entries), np.bool_)
        for postings in self._words:
            found[postings.of(word)] = True
        return found

    def weight(self, word: str) -> Scores:
        """Return what a stem adds to each entry that has exactly it."""
        scores = np.zeros(len(self._entries), np.float32)
        for postings, weight in zip(reversed(self._words), (_TEXT, _WORDS, _NAME), strict=True):
            numbers = postings.of(word)
            if len(numbers):
                scores[numbers] = weight * self._rarity(numbers)
        return scores

    def knows(self, word: str) -> bool:
        """Whether a stem is in any entry."""
        return word in self._vocabulary

    def topic(self, key: str) -> Scores:
        """Return what having a topic of the thesaurus, by any of its names, adds to each entry."""
        scores = np.zeros(len(self._entries), np.float32)
        for phrase in topic_stems(key):
            if not all(self.knows(word) for word in phrase):
                continue
            parts = [self._tiers(word) for word in sorted(phrase)]
            whole = np.minimum.reduce(parts) if len(parts) > 1 else parts[0]
            np.maximum(scores, whole, out=scores)
        return scores * _TOPIC

    def _tiers(self, word: str) -> Scores:
        """Return how prominently each entry has exactly this stem."""
        scores = np.zeros(len(self._entries), np.float32)
        for postings, weight in zip(reversed(self._words), (_TEXT, _WORDS, _NAME), strict=True):
            scores[postings.of(word)] = weight
        return scores

    def maybe_named(self, question: Question) -> list[tuple[int, Entry]]:
        """Return the entries whose whole name, of two words and more, may have been said."""
        counts = np.zeros(len(self._entries), np.int8)
        for word in question.content:
            for stand_in in self._vocabulary.stand_ins(word)[:3]:
                counts[self._words[0].of(stand_in.word)] += 1
        for word in set(question.spoken) - set(question.content):
            counts[self._words[0].of(word)] += 1
        numbers = np.flatnonzero((counts >= 2) & (counts >= np.frombuffer(self._shortest, np.int8)))
        if len(numbers) > _MOST_NAMED:
            numbers = numbers[np.argsort(-counts[numbers], kind="stable")[:_MOST_NAMED]]
        return [(int(number), entry) for number in numbers if (entry := self._entries[number]) is not None]

    def in_vocabulary(self, word: str) -> tuple[str, ...]:
        """Return the words of the directory that a word of the question stands for."""
        return tuple(stand_in.word for stand_in in self._vocabulary.stand_ins(word))

    def is_deputy(self, number: int) -> bool:
        """Whether an entry is a contact who is somebody's deputy."""
        entry = self._entries[number]
        deputy = isinstance(entry, Contact) and entry.key in self._deputies_of
        return isinstance(entry, Contact) and deputy and self.role_of(entry) not in self.network_wide

    def entries_at(self, numbers: Iterable[int]) -> tuple[Entry, ...]:
        """Return the entries with these numbers."""
        return tuple(entry for number in numbers if (entry := self._entries[number]) is not None)


_MOST_NAMED = 50


class _Board:
    """One question over all entries: what each has of it, marked in arrays of one place per entry."""

    def __init__(self, index: Index, question: Question) -> None:
        self._index = index
        self._question = question
        self._wanted = index.of_kind(question.kinds)
        self._fits = self._wanted.copy()
        self._scores = np.zeros(len(self._fits), np.float32)
        self._whole = np.zeros(len(self._fits), np.bool_)
        self._about = np.zeros(len(self._fits), np.bool_)
        self._asked_for = np.zeros(len(self._fits), np.bool_)
        self._groups: list[Marks] = []
        self._unsure = False

    def answer(self) -> Answer:
        """Return the entries that answer everything, else the nearest."""
        self._themes()
        self._places()
        self._others()
        self._period()
        known = self._rest()
        self._soft()
        self._whole_names()
        self._asked_for = self._scores > 0
        self._prefer()
        certain = (self._fits & known) | self._whole
        if self._question.is_empty:
            certain[:] = False
        if self._unsure and not self._whole.any() and certain.any():
            return self._best(certain, NEAREST, certain=False)
        if certain.any():
            return self._best(certain, AT_MOST, certain=True)
        return self._best(self._near(), NEAREST, certain=False)

    def _near(self) -> Marks:
        """Return the entries that come nearest: of what was asked for they have as much as any, the subject first."""
        near = self._wanted & self._asked_for
        if not near.any():
            near = self._index.of_kind(()) & self._asked_for
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

    def _also(self, marks: list[Marks], weight: float) -> None:
        """Ask for all or any of ``marks``; and where nothing fits, have what comes nearest fit these if it can."""
        self._groups.append(np.logical_or.reduce(marks))
        self._group(marks, weight)

    def _group(self, marks: list[Marks], weight: float) -> None:
        """Ask for all of ``marks`` where some entry has them all, else for any of them."""
        every = self._fits & np.logical_and.reduce(marks)
        self._fits = every if every.any() else self._fits & np.logical_or.reduce(marks)
        for mark in marks:
            self._scores += weight * mark

    def _themes(self) -> None:
        question, index = self._question, self._index
        if not question.themes:
            return
        marks = [index.marks([f"theme:{theme}"]) for theme in sorted(question.themes)]
        self._scores += _THEME * np.add.reduce([mark.astype(np.float32) for mark in marks])
        self._scores += 1 / (1 + index.column("themes")) * np.logical_or.reduce(marks)
        said = [index.said(word) for word in question.theme_words]
        if said:
            # The theme's own words in an entry make it one of that theme, whatever it is filed under.
            worded = np.logical_and.reduce(said)
            self._scores += _WORDED * worded
            # A short word is in many texts; in those of something filed under other themes it says little.
            if len(said) == 1:
                worded &= index.column("themes") == 0
            marks = [mark | worded for mark in marks] if len(marks) == 1 else marks
        self._about |= np.logical_or.reduce(marks)
        self._group(marks, 0.0)

    def _places(self) -> None:
        question, index = self._question, self._index
        cities = sorted(index.cities_of(question))
        if not cities and not question.countries:
            return
        there = index.marks(f"city:{city}" for city in cities)
        everywhere = index.marks(["everywhere"])
        # A resource that names no city is for all of them; a person is not.
        for_all = everywhere & index.of_kind(["resource"])
        about_something = bool(question.themes) or "resource" in question.kinds
        self._group([there | for_all if about_something else there], 0.0)
        self._groups.append(there)
        self._scores += _PLACE * there - _EVERYWHERE * everywhere + there / (1 + index.column("cities"))
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
                # The coordinator of a city is its lead, where no coordinator is of that city.
                named = [index.marks(["leader"])]
            words = [index.weight(word) >= 1 for word in question.role_words]
            desks = np.logical_and.reduce(words) & index.marks(["is:desk"]) if words else named[0]
            self._also([named[0] | desks], _OTHER)
            if index.network_wide & question.roles and not question.has_place:
                for word in _NETWORK:
                    self._scores += _BESIDE * index.weight(word)
        if question.languages:
            projects = index.of_kind(["project"]) if question.kinds == {"project"} else self._fits & False
            self._also(
                [index.marks([f"speaks:{code}"]) | projects for code in sorted(question.languages)], _OTHER
            )
        if question.stages:
            self._also([index.marks(f"stage:{stage}" for stage in question.stages)], _OTHER)
        if question.resource_kinds:
            self._resource_kinds()

    def _resource_kinds(self) -> None:
        """Ask for documents, tools … ("document" is also said of any resource)."""
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
        day = self._index.column("day")
        since = (question.since or date.min).toordinal()
        until = (question.until or date.max).toordinal()
        within: Marks = (day >= since) & (day <= until)
        self._also([within], _OTHER)

    def _rest(self) -> Marks:
        """Reckon the words without a meaning; return which entries have enough of them."""
        question, index = self._question, self._index
        # A word of two letters that is nowhere is a slip, not a subject.
        found = [
            index.found(word)
            for word in question.rest
            if len(word) > 2 or is_arabic(word) or index.knows(word)
        ]
        loose = [index.topic(topic) for topic in sorted(question.loose)]
        for each in found:
            self._scores += each.scores + _COVERED * (each.scores > 0)
            self._about |= each.sure
        for scores in loose:
            self._scores += scores + _COVERED * (scores > 0)
            self._about |= scores > 0
        if not found and not loose:
            return np.ones(len(self._fits), np.bool_)
        had = [each.sure for each in found] + [scores > 0 for scores in loose]
        count = np.add.reduce([mark.astype(np.int16) for mark in had])
        known: Marks = count == len(had) if question.themes or question.roles else count * 2 > len(had)
        for place in question.places:
            known = known & index.said(place)
        return known

    def _soft(self) -> None:
        """Reckon what makes one entry fit better than another, and is not asked for."""
        question, index = self._question, self._index
        for word in question.subject_words:
            if word not in question.rest:
                self._scores += _SAID * index.weight(word)
        self._specific()

    def _prefer(self) -> None:
        """Put first whom one would name first. That alone makes nobody an answer: it holds for any question."""
        question, index = self._question, self._index
        if question.leading or question.kinds <= {"contact"}:
            narrowed = question.themes or question.rest or question.loose
            self._scores += (_LEADER_OF_THEME if narrowed else _LEADER) * index.marks(["leader"])
            self._scores -= _DESK * index.marks(["is:desk"])
        if question.instructive and not question.kinds:
            self._scores += _HOW * index.of_kind(["resource"])
            self._groups.append(index.of_kind(["resource"]))
        self._scores -= _VACANT * index.marks(["vacant"])

    def _specific(self) -> None:
        """Reckon the topics within the themes. Something to read, or done, must be on them; a person may know."""
        question, index = self._question, self._index
        topics = [t for t in sorted(question.topics - question.loose) if not t.endswith("/0")]
        if not topics:
            return
        scores = np.add.reduce([index.topic(topic) for topic in topics])
        self._scores += scores
        if not (self._fits & (scores > 0)).any():
            # Whoever is asked about land titles is asked about land; about parking, a bus expert is only the nearest.
            of_theme = frozenset[str]().union(*map(subject_stems, topics))
            self._unsure = of_theme.isdisjoint(question.theme_words)
            if question.kinds and "contact" not in question.kinds:
                self._fits[:] = False

    def _whole_names(self) -> None:
        """Mark the entries whose whole name was said."""
        question, index = self._question, self._index
        said = {form for word in question.content for form in index.in_vocabulary(word)} | set(
            question.spoken
        )
        for number, entry in index.maybe_named(question):
            named = max((name for name in _name_phrases(entry) if name <= said), key=len, default=frozenset())
            if len(named) < 2:
                continue
            self._scores[number] += _WHOLE_NAME
            if self._is_meant(entry, named) and self._kind_fits(number, named):
                self._whole[number] = True

    def _kind_fits(self, number: int, named: frozenset[str]) -> bool:
        """Whether an entry so named is asked for: what is only called so is nobody, unless no more was said."""
        question = self._question
        if self._wanted[number] or set(question.content) <= named:
            return True
        return not question.who and set(question.kind_words) <= named

    def _is_meant(self, entry: Entry, named: frozenset[str]) -> bool:
        """Whether what was said beside an entry's name is no contradiction to it."""
        question, index = self._question, self._index
        cities = index.cities_of(question)
        place = not cities or not entry.cities or bool(cities & set(entry.cities))
        known = [word for word in question.rest if not {word, *index.in_vocabulary(word)} & named]
        return place and len(known) <= 1 and not set(question.places) - named

    def _best(self, among: Marks, most: int, *, certain: bool) -> Answer:
        numbers = np.flatnonzero(among)
        keys = self._order(numbers, dated=certain)
        if len(numbers) > most:
            numbers, keys = _top(numbers, keys, most)
        best = numbers[np.argsort(-keys, kind="stable")]
        total = int(np.count_nonzero(among)) if certain else len(best)
        return Answer(self._index.entries_at(int(number) for number in best), certain, total)

    def _order(self, numbers: Numbers, *, dated: bool) -> NDArray[np.float64]:
        """Return by what entries are put in order: how well they fit, then the fresher; ties are settled by key."""
        question, index = self._question, self._index
        day, tie = index.column("day")[numbers].astype(np.float64), index.column("tie")[numbers]
        keys = self._scores[numbers].astype(np.float64).round(3) + day * 1e-9 + tie * 1e-10
        if len(numbers) <= AT_MOST:
            keys -= _DEPUTY * np.array([index.is_deputy(int(number)) for number in numbers], np.float64)
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


def index_of(community: Community, directory: Directory) -> Index:
    """Return the index of a whole directory."""
    index = Index(community)
    entries: tuple[Entry, ...] = (*directory.contacts, *directory.resources, *directory.projects)
    for entry in entries:
        index.add(entry)
    return index


def day_of(entry: Entry) -> date:
    """Return the day that makes an entry new: when it was confirmed, dated, or changed."""
    match entry:
        case Contact():
            return entry.confirmed
        case Resource():
            return entry.date
        case Project():
            return entry.updated
        case _:
            assert_never(entry)


def _leader_roles(community: Community) -> frozenset[str]:
    usual = {phrase_of(phrase) for phrase in split(usage.ROLES["city-lead"])}
    return frozenset(
        role.key
        for role in community.roles
        if {phrase_of(role.key), *(phrase_of(text) for _language, text in role.name)} & usual
    )


def _name_phrases(entry: Entry) -> Iterator[frozenset[str]]:
    for _language, text in name_of(entry):
        yield frozenset(phrase_of(text))


def _stems_of(entry: Entry) -> tuple[set[str], set[str], set[str]]:
    """Return the stems in an entry's name, among its further words, and in its texts."""
    name, further, text = (
        {word for text in texts for word in stems(text) if len(word) > 1} for texts in _fields(entry)
    )
    return name, further, text


def _fields(entry: Entry) -> tuple[list[str], list[str], list[str]]:
    further = _all(entry.words)
    match entry:
        case Contact():
            return _texts(entry.name), [*further, *_texts(entry.function)], []
        case Resource():
            return _texts(entry.title), further, _texts(entry.summary)
        case Project():
            results = [] if entry.results is None else _texts(entry.results)
            return _texts(entry.name), [*further, *entry.partners], [*_texts(entry.summary), *results]
        case _:
            assert_never(entry)


def _texts(text: Localized) -> list[str]:
    return [part for _language, part in text]


def _all(words: WordsByLanguage) -> list[str]:
    return [word for some in words.values() for word in some]


__all__ = [
    "AT_MOST",
    "Answer",
    "Entry",
    "EntryKey",
    "Index",
    "index_of",
    "kind_of",
    "name_of",
    "sound",
    "stem",
]
