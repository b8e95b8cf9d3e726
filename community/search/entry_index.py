"""The entries of a directory in arrays: which of them have a word, a theme, a city; how much a word adds to the score.

Each entry has a number, and an array has one element for each number. Postings (`community.search.postings`) lead from
a word, theme, city … to the numbers of the entries that have it. Entries may be added and removed at any time.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, assert_never
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from community.description.directory_model import Contact, Project, Resource
from community.description.model import Community
from community.directory.entry import DirectoryEntry, EntryKey, EntryKind, kind_of
from community.search import word_tables
from community.search.asked import Question
from community.search.entry_words import day_of, name_phrases, stems_of
from community.search.meanings import phrase_of
from community.search.postings import Postings
from community.search.thesaurus import topic_stems
from community.search.vocabulary import Vocabulary

Marks = NDArray[np.bool_]
Scores = NDArray[np.float32]
Numbers = NDArray[np.signedinteger[Any]]

_NAME, _WORDS, _TEXT = 3.0, 2.0, 1.0
"""Weights of a word in an entry's name, among its further words, and in its summary or function."""
_TOPIC = 3.0
"""Weight of a topic of the thesaurus."""
_A_SLIP = 0.8
"""Closeness from which a word of a name is taken for the one in the question, misspelt."""
_KINDS = ("contact", "resource", "project")
_MOST_NAMED = 50
"""How many of the entries whose whole name may be in the question are compared with it."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What a word of the question adds to the score of each entry; ``sure``: which entries certainly have it.

    ``numbers``: the entries whose score it adds to.
    """

    scores: Scores
    sure: Marks
    numbers: Numbers


class EntryIndex:
    """The entries and where their words are."""

    def __init__(self, community: Community) -> None:
        self._cities_of: dict[str, tuple[str, ...]] = {}
        for city in community.cities:
            self._cities_of[city.country] = (*self._cities_of.get(city.country, ()), city.key)
        self._role_of = {member.username: member.role for member in community.members}
        self._leaders = _leader_roles(community)
        self.network_wide = frozenset(role.key for role in community.roles if role.everywhere)
        """The roles that are not of a city."""
        self._number: dict[EntryKey, int] = {}
        self._entries: list[DirectoryEntry | None] = []
        self._free: list[int] = []
        self._facets = Postings()
        self.words = (Postings(), Postings(), Postings())
        self.vocabulary = Vocabulary()
        # One number for each entry: its kind, its day, what orders equal ones; how many themes and cities it has,
        # and how many words its shortest name has.
        self._kind, self._day, self._tie = array("b"), array("i"), array("d")
        self._themes, self._cities, self._shortest = array("b"), array("b"), array("b")
        self._deputies_of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: DirectoryEntry) -> None:
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
        tiers = stems_of(entry)
        for postings, found in zip(self.words, tiers, strict=True):
            for word in found:
                postings.add(word, number)
        self.vocabulary.add(*tiers[:2], text=tiers[2], person=isinstance(entry, Contact))
        self._shortest[number] = min(len(name) for name in name_phrases(entry))

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
        tiers = stems_of(entry)
        for postings, found in zip(self.words, tiers, strict=True):
            for word in found:
                postings.remove(word, number)
        self.vocabulary.remove(*tiers[:2], text=tiers[2], person=isinstance(entry, Contact))
        self._vacate(number)

    def _deputise(self, entry: DirectoryEntry, change: int) -> None:
        """Count how often a contact is named as a deputy: deputies come behind other contacts."""
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

    def _facets_of(self, entry: DirectoryEntry) -> set[str]:
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

    def entry(self, kind: EntryKind, key: str) -> DirectoryEntry | None:
        """Return an entry by its kind and key."""
        number = self._number.get((kind, key))
        return None if number is None else self._entries[number]

    def role_of(self, contact: Contact) -> str | None:
        """Return a contact's role in the network: the member's, or its own where it has no account."""
        own = None if contact.member is None else self._role_of.get(contact.member)
        return contact.role if own is None else own

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

    def having(self, facet: str) -> Numbers:
        """Return the numbers of the entries that have a facet."""
        return self._facets.of(facet)

    def column(self, name: str, numbers: Numbers | slice) -> NDArray[np.float32]:
        """Return a number for each of these entries: its ``day``, how many ``themes`` or ``cities``, or its ``tie``."""
        match name:
            case "day":
                return np.frombuffer(self._day, np.int32)[numbers].astype(np.float32)
            case "themes":
                return np.frombuffer(self._themes, np.int8)[numbers].astype(np.float32)
            case "cities":
                return np.frombuffer(self._cities, np.int8)[numbers].astype(np.float32)
            case _:
                return np.frombuffer(self._tie, np.float64)[numbers].astype(np.float32)

    def cities_of(self, question: Question) -> set[str]:
        """Return the cities asked for, by name or by country."""
        found = set(question.cities)
        for country in question.countries:
            found.update(self._cities_of.get(country, ()))
        return found - self.cities_left_out(question) if question.excluded else found

    def cities_left_out(self, question: Question) -> set[str]:
        """Return the cities that are not wanted, by name or by country."""
        countries = question.excluded.countries
        return set(question.excluded.cities).union(
            *(self._cities_of.get(country, ()) for country in countries)
        )

    def named(self, name: tuple[str, ...]) -> Marks:
        """Return the contacts that have all of some stems in their name."""
        found = self.of_kind(["contact"])
        for word in name:
            having = np.zeros(len(self._entries), np.bool_)
            having[self.words[0].of(word)] = True
            found &= having
        return found

    def contacts_named(self, name: tuple[str, ...]) -> tuple[DirectoryEntry, ...]:
        """Return those contacts."""
        return self.entries_at(int(number) for number in np.flatnonzero(self.named(name)))

    def is_marked(self, entry: DirectoryEntry, marks: Marks) -> bool:
        """Whether an entry is one of those marked."""
        return bool(marks[self._number[kind_of(entry), entry.key]])

    def found(self, word: str) -> Matches:
        """Return which entries have a word of the question, or words similar to it."""
        scores = np.zeros(len(self._entries), np.float32)
        sure = np.zeros(len(self._entries), np.bool_)
        for similar in self.vocabulary.similar_words(word):
            for tier, weight in enumerate((_NAME, _WORDS, _TEXT)):
                numbers = self.words[tier].of(similar.word)
                if len(numbers):
                    score = weight * similar.closeness * self._rarity(numbers)
                    scores[numbers] = np.maximum(scores[numbers], score)
                    if similar.exact or (tier == 0 and similar.closeness >= _A_SLIP):
                        sure[numbers] = True
        return Matches(scores, sure, np.flatnonzero(scores))

    def _rarity(self, numbers: Numbers) -> float:
        """Return the weight of a word that is in these entries: the rarer it is, the higher."""
        return math.log(1 + len(self._entries)) - math.log(len(numbers)) + 0.1

    def said(self, word: str) -> Marks:
        """Return which entries have exactly this stem anywhere."""
        found = np.zeros(len(self._entries), np.bool_)
        for postings in self.words:
            found[postings.of(word)] = True
        return found

    def weight(self, word: str) -> Scores | None:
        """Return what a stem adds to the score of each entry that has exactly this stem; None where none has it."""
        scores: Scores | None = None
        for tier, weight in ((2, _TEXT), (1, _WORDS), (0, _NAME)):
            numbers = self.words[tier].of(word)
            if len(numbers):
                scores = np.zeros(len(self._entries), np.float32) if scores is None else scores
                scores[numbers] = weight * self._rarity(numbers)
        return scores

    def knows(self, word: str) -> bool:
        """Whether a stem is in any entry."""
        return word in self.vocabulary

    def is_in_a_name(self, word: str) -> bool:
        """Whether a stem is in the name of a contact who is a person."""
        named = (self._entries[number] for number in self.words[0].of(word))
        return any(isinstance(entry, Contact) and entry.kind == "person" for entry in named)

    def topic(self, key: str) -> Scores:
        """Return what a topic of the thesaurus adds to the score of each entry that has one of its names."""
        scores = np.zeros(len(self._entries), np.float32)
        for phrase in topic_stems(key):
            if not all(self.knows(word) for word in phrase):
                continue
            parts = [self._tiers(word) for word in sorted(phrase)]
            whole = np.minimum.reduce(parts) if len(parts) > 1 else parts[0]
            np.maximum(scores, whole, out=scores)
        return scores * _TOPIC

    def _tiers(self, word: str) -> Scores:
        """Return the weight of the most prominent text of each entry that has exactly this stem."""
        scores = np.zeros(len(self._entries), np.float32)
        for postings, weight in zip(reversed(self.words), (_TEXT, _WORDS, _NAME), strict=True):
            scores[postings.of(word)] = weight
        return scores

    def maybe_named(self, question: Question) -> list[tuple[int, DirectoryEntry]]:
        """Return the entries whose whole name, of two words or more, may be in the question."""
        said = [s.word for word in question.content for s in self.vocabulary.similar_words(word)[:3]]
        said += set(question.spoken) - set(question.content)
        having = [self.words[0].of(word) for word in said if word in self.words[0]]
        if len(having) < 2:
            return []
        counts = np.bincount(np.concatenate(having), minlength=len(self._entries))
        numbers = np.flatnonzero(counts >= 2)
        numbers = numbers[counts[numbers] >= np.frombuffer(self._shortest, np.int8)[numbers]]
        if len(numbers) > _MOST_NAMED:
            numbers = numbers[np.argsort(-counts[numbers], kind="stable")[:_MOST_NAMED]]
        return [(int(number), entry) for number in numbers if (entry := self._entries[number]) is not None]

    def in_vocabulary(self, word: str) -> tuple[str, ...]:
        """Return the words of the directory that a word of the question may mean."""
        return tuple(similar.word for similar in self.vocabulary.similar_words(word))

    def deputies(self, numbers: Iterable[int]) -> NDArray[np.float64]:
        """Return 1 for each of some entries that is a contact who is somebody's deputy, 0 for the others."""
        return np.array([self._is_deputy(self._entries[number]) for number in numbers], np.float64)

    def _is_deputy(self, entry: DirectoryEntry | None) -> bool:
        named = isinstance(entry, Contact) and entry.key in self._deputies_of
        return isinstance(entry, Contact) and named and self.role_of(entry) not in self.network_wide

    def entries_at(self, numbers: Iterable[int]) -> tuple[DirectoryEntry, ...]:
        """Return the entries with these numbers."""
        return tuple(entry for number in numbers if (entry := self._entries[number]) is not None)

    def projects_of(self, entry: DirectoryEntry) -> list[DirectoryEntry]:
        """Return the projects that a contact leads, the newest first."""
        numbers = self._facets.of(f"lead:{entry.key}")
        projects = [found for number in numbers if (found := self._entries[number]) is not None]
        return sorted(projects, key=lambda project: (-day_of(project).toordinal(), project.key))


def _leader_roles(community: Community) -> frozenset[str]:
    usual = {phrase_of(phrase) for phrase in word_tables.groups("questions/roles")["city-lead"]}
    return frozenset(
        role.key
        for role in community.roles
        if {phrase_of(role.key), *(phrase_of(text) for _language, text in role.name)} & usual
    )
