"""Answering a question from the directory: the entries asked for, or those that stand in a relation to them.

What a question asks is marked over all entries at once (`community.search.ranking`). What answers everything that was
asked is *certain*; where nothing does, the nearest entries are given as such, so that nobody is named for what they do
not do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from community.description.directory_model import Contact, Directory, Project
from community.description.model import Community
from community.directory.entry import Entry, EntryKey, EntryKind, kind_of
from community.search.asked import Question, Relation
from community.search.entry_index import EntryIndex
from community.search.entry_words import name_phrases
from community.search.ranking import AT_MOST, NEAREST, Answer, Ranking


class Index:
    """The directory, searchable. Entries may be added and removed at any time."""

    def __init__(self, community: Community) -> None:
        self.entries = EntryIndex(community)
        """Where the words of the entries are."""

    @property
    def network_wide(self) -> frozenset[str]:
        """The roles that are not of a city."""
        return self.entries.network_wide

    def add(self, entry: Entry) -> None:
        """Take in an entry, in place of one of the same kind and key."""
        self.entries.add(entry)

    def remove(self, key: EntryKey) -> None:
        """Forget an entry; nothing happens where there is none."""
        self.entries.remove(key)

    def entry(self, kind: EntryKind, key: str) -> Entry | None:
        """Return an entry by its kind and key."""
        return self.entries.entry(kind, key)

    def role_of(self, contact: Contact) -> str | None:
        """Return a contact's role in the network: the member's, or its own where it has no account."""
        return self.entries.role_of(contact)

    def search(self, question: Question) -> Answer:
        """Return the entries that answer ``question``, best first."""
        self.entries.vocabulary.forget()
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
                led = self._beside(
                    replace(base, kinds=frozenset({"contact"})), "contact", self.entries.projects_of
                )
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
        projects = self.entries.projects_of(first)
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
        name = {word for phrase in name_phrases(entry) for word in phrase}
        return any(
            stand_in.word in name for word in said for stand_in in self.entries.vocabulary.stand_ins(word)
        )

    def _shown(self, question: Question) -> Answer | None:
        """Return the entry shown before, where only more of it is asked ("and the phone?")."""
        entry = None if question.about is None else self.entries.entry(*question.about)
        return None if entry is None else Answer((entry,), certain=True, total=1)

    def _led(self, base: Question) -> Answer:
        """Return who leads the projects asked for; where no project was found, whom the question suits otherwise."""
        found = self._beside(replace(base, kinds=frozenset({"project"})), "project", self._leads)
        if found.certain:
            return found
        otherwise = self._ranked(replace(base, kinds=frozenset({"contact"})))
        return otherwise if otherwise.certain and base.themes else found if found.entries else otherwise

    def _beside(self, base: Question, kind: str, beside: Callable[[Entry], list[Entry]]) -> Answer:
        shown = None if base.about is None else self.entries.entry(*base.about)
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
        deputy = (
            self.entries.entry("contact", entry.deputy)
            if isinstance(entry, Contact) and entry.deputy
            else None
        )
        return [] if deputy is None else [deputy]

    def _leads(self, entry: Entry) -> list[Entry]:
        lead = (
            self.entries.entry("contact", entry.lead) if isinstance(entry, Project) and entry.lead else None
        )
        return [] if lead is None else [lead]

    def _there(self, question: Question) -> Question:
        """Return the question with the cities of the entry that it speaks of."""
        entry = None if question.there is None else self.entries.entry(*question.there)
        return (
            question
            if entry is None
            else replace(question, cities=frozenset(entry.cities), countries=frozenset())
        )

    def _like(self, question: Question) -> Question:
        """Return the question with the themes and cities of the entry that it speaks of."""
        entry = None if question.like is None else self.entries.entry(*question.like)
        if entry is None:
            return question
        return replace(question, themes=frozenset(entry.themes), cities=frozenset(entry.cities))

    def _settled(self, question: Question) -> Question:
        """Return the question without guesses at words that the directory has as they are."""
        named = bool(question.fields) or any(word in self.entries.words[0] for word in question.rest)
        for guess in question.guesses:
            if guess.word in self.entries.vocabulary or (named and self._is_name(guess.word)):
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
        return any(
            stand_in.word in self.entries.words[0] for stand_in in self.entries.vocabulary.stand_ins(word)
        )

    def _ranked(self, question: Question) -> Answer:
        if not len(self.entries):
            return Answer((), certain=False)
        return Ranking(self.entries, question).answer()


def index_of(community: Community, directory: Directory) -> Index:
    """Return the index of a whole directory."""
    index = Index(community)
    entries: tuple[Entry, ...] = (*directory.contacts, *directory.resources, *directory.projects)
    for entry in entries:
        index.add(entry)
    return index
