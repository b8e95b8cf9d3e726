"""What a question is once it is understood."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from community.directory.entry import EntryKey
from community.search.meanings import Meanings


class Relation(StrEnum):
    """How whom or what is asked for is related to the entry that the rest of the question describes."""

    DEPUTY = "deputy"
    """The deputy of that contact is asked for."""
    LEAD = "lead"
    """The contact who leads that project is asked for."""
    LED_BY = "led by"
    """The projects that this contact leads are asked for."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A word that was taken for a misspelling of another, and what that other word means.

    The guess is dropped where the directory has the word exactly as it was written.
    """

    word: str
    meant: Meanings


@dataclass(frozen=True, slots=True)
class JoinedSubject:
    """What "and" joins to another subject: its stems, and the themes and topics that they may mean."""

    stems: tuple[str, ...]
    themes: frozenset[str]
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Excluded:
    """What is not wanted: keys of the description, and the stems of each name."""

    cities: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    resource_kinds: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    names: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        # Asked several times for every question, of which few leave something out.
        return self is not NOTHING_EXCLUDED and any(getattr(self, name) for name in self.__slots__)


NOTHING_EXCLUDED = Excluded()


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question. Keys are those of the description; what is empty is not asked for."""

    kinds: frozenset[str] = frozenset()
    """Kinds of entries: ``contact``, ``resource``, ``project``."""
    themes: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    rest: tuple[str, ...] = ()
    """Stems of the words without a known meaning: names of people, for example. They are searched for as they are."""
    beside: frozenset[str] = frozenset()
    """Those of ``rest`` that stand beside what is asked for ("nuclear" in "nuclear energy"): they may narrow it."""
    behind_who: frozenset[str] = frozenset()
    """Those of ``rest`` that stand behind "who", as verbs do."""
    ordinary: frozenset[str] = frozenset()
    """Those of ``rest`` that are words of every day, and never what is asked for."""
    theme_words: tuple[str, ...] = ()
    """Stems of the words that named a theme."""
    theme_named: bool = False
    """Whether the description itself calls a theme by these words, and not only the thesaurus."""
    kind_words: tuple[str, ...] = ()
    """Stems of the words that named a kind of entry."""
    subject_words: tuple[str, ...] = ()
    """Stems of the words that named a theme, a topic or a kind: entries that have the very words come first."""
    language: str = "en"
    """The language that the question was asked in."""
    resource_kinds: frozenset[str] = frozenset()
    """Kinds of resources: ``guide``, ``video`` …"""
    stages: frozenset[str] = frozenset()
    """Stages of projects."""
    roles: frozenset[str] = frozenset()
    """Roles in the network that the contact must have."""
    role_words: tuple[str, ...] = ()
    """Stems of the words that named a role."""
    languages: frozenset[str] = frozenset()
    """Languages that the contact must speak, or that the resource can be read in."""
    since: date | None = None
    """The first day of the period, if one was named."""
    until: date | None = None
    """The last day of the period."""
    newest: bool = False
    """Whether the latest entries are wanted first."""
    fields: frozenset[str] = frozenset()
    """Details of an entry that are asked for: ``phone``, ``email``, ``hours``, ``partners`` …"""
    relation: Relation | None = None
    """Set if not the entry that is described is asked for, but one that is related to it."""
    about: EntryKey | None = None
    """The entry that was shown before and is spoken of now ("his deputy?")."""
    there: EntryKey | None = None
    """An entry that was shown before, where its cities are asked about ("what else is there?")."""
    like: EntryKey | None = None
    """An entry that was shown before, where its themes and cities are asked about ("and documents?")."""
    instead_of: tuple[EntryKey, ...] = ()
    """Entries that were shown before, where somebody else is asked for."""
    aside: tuple[str, ...] = ()
    """Stems of unknown words beside a request for somebody else: somebody may be called so."""
    page: int = 0
    """How often "more" was asked since the question."""
    follows: bool = False
    """Whether it was completed from the question before."""
    other_role: bool = False
    """Whether it was completed from the question before, and names a role itself."""
    leading: bool = False
    """Whether the person in charge is asked for, whatever their role is called."""
    leads: bool = False
    """Whether that was asked by a verb: "who runs …"."""
    who: bool = False
    """Whether a person is asked for."""
    desk: bool = False
    """Whether a desk is asked for, and no person."""
    instructive: bool = False
    """Whether it is asked how something is done."""
    topics: frozenset[str] = frozenset()
    """Topics of the thesaurus."""
    loose: frozenset[str] = frozenset()
    """Those of ``topics`` that belong to no theme of the community."""
    joined: tuple[JoinedSubject, ...] = ()
    """The subjects of which several are asked for at once: "employment and waste"."""
    places: tuple[str, ...] = ()
    """Stems of words that name a place outside the network."""
    content: tuple[str, ...] = ()
    """Stems of all words but those of politeness and grammar."""
    spoken: tuple[str, ...] = ()
    """Stems of all words."""
    excluded: Excluded = NOTHING_EXCLUDED
    """What is not wanted: "but not in Lagos"."""
    guesses: tuple[Guess, ...] = ()
    """Words that were taken for misspellings."""

    def without_words(self, unwanted: Collection[str]) -> Question:
        """Return the question as if these stems had not been said in it."""
        rest, content, spoken = (
            tuple(word for word in said if word not in unwanted)
            for said in (self.rest, self.content, self.spoken)
        )
        return replace(self, rest=rest, content=content, spoken=spoken)

    def with_subjects(self, stems: frozenset[str]) -> Question:
        """Return the question with words of every day that are what is asked for in it."""
        subjects = stems & self.ordinary
        return replace(self, ordinary=self.ordinary - subjects, beside=self.beside | subjects)

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing by which entries could be found."""
        narrowed = self.themes or self.cities or self.countries or self.roles or self.languages or self.stages
        found = (
            narrowed
            or self.rest
            or self.loose
            or self.since
            or self.until
            or self.newest
            or self.about
            or self.like
        )
        return not (found or self.kinds & {"resource", "project"})

    @property
    def has_subject(self) -> bool:
        """Whether it names a subject: a theme, a topic, a person, any other word."""
        return bool(self.themes or self.loose or self.rest)

    @property
    def has_place(self) -> bool:
        """Whether it names a place."""
        return bool(self.cities or self.countries or self.places)
