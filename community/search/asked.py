"""What a question is once it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from community.directory.entry import EntryKey
from community.search.meanings import Meanings


class Relation(StrEnum):
    """Somebody or something that stands beside what the rest of the question describes."""

    DEPUTY = "deputy"
    """The deputy of that contact."""
    LEAD = "lead"
    """The contact who leads that project."""
    LED_BY = "led by"
    """The projects that this contact leads."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A word taken for a misspelt one: what it would mean. It is itself where the directory has that very word."""

    word: str
    meant: Meanings


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question. Keys are those of the description; empty means: not asked for.

    ``kinds`` of entries (``contact``, ``resource``, ``project``); ``resource_kinds`` (``guide`` …); ``stages`` of
    projects; ``roles`` in the network; ``languages`` spoken, or that a resource can be read in; ``since`` and
    ``until``, both days included; ``newest``: the latest first; ``fields`` of an entry that are asked for (``phone``,
    ``email``, ``hours``, ``partners`` …): a card may say them first. ``relation``: whom or what beside the entry
    described; ``about`` is that entry where it was shown before; ``there``: asked for is what is in its cities;
    ``like``: what is on its themes.
    ``page`` counts from 0: "more" was said so often; entries ``5 * page`` and after are wanted. ``follows``: it was
    completed from the question before; ``other_role``: and a role is asked for that was not before.

    The rest is for the index: ``rest`` are stems without a meaning of their own; ``theme_words``, ``kind_words`` those
    that named a theme or a kind, ``subject_words`` either or a topic (they say which entries fit best); ``topics`` of
    the thesaurus, ``loose`` those of them that no theme of the community is about; ``places``: stems that name places
    unknown here; ``content``: the telling stems, ``spoken``: all of them; ``who``: somebody is asked for;
    ``leading``: whoever has it in hand, ``leads``: by a verb; ``instructive``: how something is done.
    """

    kinds: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    rest: tuple[str, ...] = ()
    theme_words: tuple[str, ...] = ()
    kind_words: tuple[str, ...] = ()
    subject_words: tuple[str, ...] = ()
    language: str = "en"
    resource_kinds: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    role_words: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    newest: bool = False
    fields: frozenset[str] = frozenset()
    relation: Relation | None = None
    about: EntryKey | None = None
    there: EntryKey | None = None
    like: EntryKey | None = None
    page: int = 0
    follows: bool = False
    other_role: bool = False
    leading: bool = False
    leads: bool = False
    who: bool = False
    instructive: bool = False
    topics: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it asks nothing that could be looked for."""
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
        """Whether it says what it is about: a theme, a topic, a name, any other word."""
        return bool(self.themes or self.loose or self.rest)

    @property
    def has_place(self) -> bool:
        """Whether it says where."""
        return bool(self.cities or self.countries or self.places)
