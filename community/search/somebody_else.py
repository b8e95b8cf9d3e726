"""Whom to turn to instead of somebody who was shown before, or who is left out by name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from community.description.directory_model import Contact
from community.directory.entry import DirectoryEntry, key_of
from community.search.answer import NEAREST, Answer
from community.search.asked import Excluded, Question
from community.search.entry_index import EntryIndex
from community.search.whole_network import contacts_for_all


@dataclass(frozen=True)
class Others:
    """Finds others than ``shown``. ``best`` answers a question with a wider reading, ``ranked`` as it stands.

    ``anywhere``: those who are there for the same in other cities come before others of the city.
    """

    entries: EntryIndex
    shown: tuple[DirectoryEntry, ...]
    best: Callable[[Question], Answer]
    ranked: Callable[[Question], Answer]
    anywhere: bool

    def answer(self, question: Question) -> Answer:
        """Return the deputies of those shown, and others for the same.

        Where there is nobody: those for all cities, else the nearest.
        """
        base = self._as_of_shown(question)
        found = self.best(base)
        shown = [entry for entry in self.shown if _is_for(entry, base)]
        deputies = [deputy for entry in shown for deputy in deputies_of(self.entries, entry)]
        left = self._without_shown((*deputies, *(found.entries if found.certain else ())))
        if left:
            return Answer(left, certain=True, total=len(left))
        for_all = self._without_shown(contacts_for_all(self.entries, base.themes))
        if for_all:
            return Answer(for_all, certain=False, total=len(for_all), for_all_cities=True)
        near = self._nearest(base)
        return Answer(near, certain=False, total=len(near))

    def _nearest(self, base: Question) -> tuple[DirectoryEntry, ...]:
        elsewhere = replace(base, cities=frozenset(), countries=frozenset())
        there = replace(base, themes=frozenset(), topics=frozenset(), theme_words=())
        for question in (elsewhere, there) if self.anywhere and base.themes else (there,):
            near = self.ranked(question)
            others = self._without_shown(near.entries if near.certain else ())
            if others:
                return others[:NEAREST]
        return ()

    def _without_shown(self, found: Sequence[DirectoryEntry]) -> tuple[DirectoryEntry, ...]:
        keys = set(map(key_of, self.shown))
        return tuple({key_of(entry): entry for entry in found if key_of(entry) not in keys}.values())

    def _as_of_shown(self, question: Question) -> Question:
        """Return a question that was about somebody, as one for the themes and cities that they are there for."""
        if question.themes or not self.shown:
            return replace(question, about=None)
        first = self.shown[0]
        return replace(
            question,
            about=None,
            rest=(),
            loose=frozenset(),
            topics=frozenset(),
            themes=frozenset(first.themes),
            cities=question.cities or frozenset(first.cities),
        )


def deputies_of(entries: EntryIndex, entry: DirectoryEntry) -> list[DirectoryEntry]:
    """Return the deputy of a contact, where there is one that can be reached."""
    deputy = entries.entry("contact", entry.deputy) if isinstance(entry, Contact) and entry.deputy else None
    return [deputy] if isinstance(deputy, Contact) and _leads_somewhere(deputy) else []


def _leads_somewhere(deputy: Contact) -> bool:
    """Whether a deputy is there, and can be reached."""
    return not deputy.vacant and bool(deputy.member or deputy.email or deputy.phone)


def desk_first(entries: EntryIndex, found: Answer) -> Answer:
    """Return an answer to a question for a desk with the one that stands in for the person found before them."""
    deputies = deputies_of(entries, found.entries[0])
    desks = [deputy for deputy in deputies if isinstance(deputy, Contact) and deputy.kind == "desk"]
    others = tuple(entry for entry in found.entries if entry not in desks)
    return replace(found, entries=(*desks, *others), total=max(found.total, len(desks) + len(others)))


def with_people_named(entries: EntryIndex, question: Question, answer: Answer) -> Answer:
    """Return an answer to a question for somebody else with the people named in it first.

    It is uncertain then: they may be meant ("she is off, how do I reach Grace?") or only spoken of.
    """
    name = tuple(filter(entries.is_in_a_name, question.aside))
    named = entries.contacts_named(name) if name else ()
    people = [entry for entry in named if key_of(entry) not in question.instead_of]
    if not people:
        return answer
    found = {key_of(entry): entry for entry in (*people, *answer.entries)}
    return Answer(tuple(found.values())[:NEAREST], certain=False, total=min(len(found), NEAREST))


def with_names_known(entries: EntryIndex, question: Question) -> Question:
    """Return a question in which a name that is left out has no words behind those that somebody is called by.

    Words of every day that are part of nobody's name are none.
    """
    names = tuple(name for name in question.excluded.names if not question.ordinary.issuperset(name))
    if not question.excluded.names:
        return question
    known = tuple(
        next((name[:n] for n in range(len(name), 0, -1) if entries.contacts_named(name[:n])), name)
        for name in names
    )
    return replace(question, excluded=replace(question.excluded, names=known))


def for_others(entries: EntryIndex, question: Question) -> Question:
    """Return a question that leaves somebody out as one for people, where it names no kind of entries."""
    if question.kinds or not any(map(entries.contacts_named, question.excluded.names)):
        return question
    return replace(question, kinds=frozenset({"contact"}))


def left_out(entries: EntryIndex, question: Question) -> list[DirectoryEntry]:
    """Return the people left out by name who are there for a theme asked for."""
    people = [entry for name in question.excluded.names for entry in entries.contacts_named(name)]
    return [entry for entry in people if not question.themes or question.themes & set(entry.themes)]


def without_names(excluded: Excluded) -> Excluded:
    """Return what is not wanted, without people: they are left out otherwise."""
    return replace(excluded, names=())


def _is_for(entry: DirectoryEntry, question: Question) -> bool:
    """Whether somebody shown is there for a theme and a city that are asked for now."""
    theme = not question.themes or bool(question.themes & set(entry.themes))
    return theme and (not question.cities or not entry.cities or bool(question.cities & set(entry.cities)))
