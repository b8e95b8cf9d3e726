"""Answering a question from the directory: with the entries that it describes, or with entries related to them.

`community.search.ranking` compares a question with all entries at once. An answer is *certain* if its entries have
everything that was asked for. If no entry has, the nearest ones are returned and marked as uncertain, so that nobody
is named as responsible for what they do not do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from community.description.directory_model import Contact, Directory, Project
from community.description.model import Community
from community.description.rooms import coordinating_roles
from community.directory.entry import DirectoryEntry, Entry, EntryKey, EntryKind, kind_of
from community.search import word_tables
from community.search.answer import AT_MOST, NEAREST, Answer
from community.search.asked import Question, Relation
from community.search.entry_index import EntryIndex
from community.search.entry_words import name_phrases
from community.search.excluded_entries import excluded_entries
from community.search.ranking import Ranking
from community.search.somebody_else import (
    Others,
    deputies_of,
    desk_first,
    for_others,
    left_out,
    with_names_known,
    with_people_named,
    without_names,
)
from community.search.whole_network import coordinators
from community.search.wrong_guesses import without_wrong_guesses


class Index:
    """The directory, searchable. Entries may be added and removed at any time."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self.entries = EntryIndex(community)
        """Where the words of the entries are."""

    @property
    def network_wide(self) -> frozenset[str]:
        """The roles that are not of a city."""
        return self.entries.network_wide

    def add(self, entry: DirectoryEntry) -> None:
        """Take in an entry, in place of one of the same kind and key."""
        self.entries.add(entry)

    def remove(self, key: EntryKey) -> None:
        """Forget an entry; nothing happens where there is none."""
        self.entries.remove(key)

    def take(self, kind: EntryKind, key: str, entry: Entry | None) -> None:
        """Take in an entry as it is now, None where it is gone; what is not of the directory is not asked for here."""
        if isinstance(entry, DirectoryEntry):
            self.add(entry)
        else:
            self.remove((kind, key))

    def entry(self, kind: EntryKind, key: str) -> DirectoryEntry | None:
        """Return an entry by its kind and key."""
        return self.entries.entry(kind, key)

    def role_of(self, contact: Contact) -> str | None:
        """Return a contact's role in the network: the member's, or its own where it has no account."""
        return self.entries.role_of(contact)

    def contacts_named(self, name: tuple[str, ...]) -> tuple[DirectoryEntry, ...]:
        """Return the contacts that have all of some stems in their name."""
        return self.entries.contacts_named(name)

    def search(self, question: Question) -> Answer:
        """Return the entries that answer ``question``, best first."""
        self.entries.vocabulary.forget()
        question = self._with_names(question)
        question = without_wrong_guesses(self.entries, self.with_surnames(question))
        question = with_names_known(self.entries, question)
        people = for_others(self.entries, question)
        found = self._found(people)
        if found.certain or found.for_all_cities or people is question:
            return found
        things = self._found(question)
        return things if things.certain else found

    def _found(self, question: Question) -> Answer:
        """Return what answers a question in which all names are known."""
        question = self._in_cities_shown(self._without_names_left_out(question))
        question = self._on_themes_shown(question)
        answer = self._without_excluded(question, self._answer(question))
        if answer.certain or answer.for_all_cities or question.kinds != {"contact"} or question.relation:
            return answer
        instead = left_out(self.entries, question)
        return answer if not instead else self._somebody_else(question, instead) or answer

    def _somebody_else(self, question: Question, shown: Sequence[DirectoryEntry]) -> Answer | None:
        """Return whom to turn to instead of ``shown``; None where nobody is there."""
        anywhere = not question.instead_of
        others = Others(self.entries, tuple(shown), self._best_answer, self._ranked, anywhere=anywhere)
        found = others.answer(replace(question, instead_of=(), excluded=without_names(question.excluded)))
        return found if found.entries else None

    def _answer(self, question: Question) -> Answer:
        if question.instead_of:
            shown = [entry for key in question.instead_of if (entry := self.entries.entry(*key)) is not None]
            answer = self._somebody_else(question, shown) or Answer((), certain=False)
            return with_people_named(self.entries, question, answer)
        if question.relation is None:
            return self._entry_shown(question) or self._best_answer(question)
        base = replace(question, relation=None)
        match question.relation:
            case Relation.DEPUTY:
                return self._related(base, "contact", partial(deputies_of, self.entries))
            case Relation.LEAD:
                return self._leaders(base)
            case Relation.LED_BY:
                led = self._related(
                    replace(base, kinds=frozenset({"contact"})), "contact", self.entries.projects_of
                )
                if led.certain or not question.follows:
                    return led
                return self._ranked(replace(base, kinds=frozenset({"project"}), rest=()))
            case _:
                assert_never(question.relation)

    def _with_names(self, question: Question) -> Question:
        """Return a question in which no part of somebody's name is a word of every day (Asante, Hassan)."""
        names = frozenset(filter(self.entries.is_in_a_name, question.ordinary))
        return replace(question, ordinary=question.ordinary - names) if names else question

    def _without_names_left_out(self, question: Question) -> Question:
        """Search for no words of a name that is not wanted."""
        if not question.excluded.names:
            return question
        out = {word for name in question.excluded.names if self.entries.named(name).any() for word in name}
        return (
            replace(question, rest=tuple(word for word in question.rest if word not in out))
            if out
            else question
        )

    def _without_excluded(self, question: Question, answer: Answer) -> Answer:
        """Return an answer without what is not wanted: entries that are related to those found may be that."""
        if not question.excluded:
            return answer
        out = excluded_entries(self.entries, question)
        kept = tuple(entry for entry in answer.entries if not self.entries.is_marked(entry, out))
        total = answer.total - (len(answer.entries) - len(kept))
        return replace(answer, entries=kept, certain=answer.certain and bool(kept), total=total)

    def with_surnames(self, question: Question) -> Question:
        """Return a question for a person that names nobody, with the surnames among its everyday words.

        Somebody may be called Petit, Grand or Boa: “who is Petit?” has no other word that could be looked for, nor
        has “Mme Petit in Dakar”.
        """
        if question.follows or question.about or not _may_name_somebody(question):
            return question
        said = (word for word in question.spoken if word not in question.kind_words)
        names = tuple(filter(self.entries.is_in_a_name, said))
        return replace(question, rest=names, kinds=frozenset({"contact"})) if names else question

    def _best_answer(self, question: Question) -> Answer:
        """Return the ranked entries or, if they are uncertain, a certain answer to a wider reading of the question.

        The readings tried are: the projects of the person named; who leads the projects found; and, in a follow-up that
        names a role ("and the city lead?"), the same question without the theme of the question before.
        """
        found = self._ranked(question)
        if question.kinds == {"project"} and question.rest and not found.certain:
            led = self._projects_of_the_named(question)
            if led is not None:
                return led
        if question.kinds == {"contact"} and question.has_subject and not found.certain:
            led = self._leaders_of_projects_found(question, found)
            if led is not None:
                return led
        if question.other_role and not found.certain:
            without = replace(question, themes=frozenset(), topics=frozenset(), theme_words=(), rest=())
            again = self._ranked(without)
            return again if again.certain else found
        if found.certain:
            return desk_first(self.entries, found) if question.desk else found
        return self._coordination(question) or self._for_all_cities(question, found) or found

    def _coordination(self, question: Question) -> Answer | None:
        """Return who coordinates the network, by role or by what they are called, where just that is asked for."""
        asked = question.roles & coordinating_roles(self._community)
        if not asked or question.roles != asked or question.has_subject or question.has_place:
            return None
        found = tuple(coordinators(self.entries, self._community))
        return Answer(found[:AT_MOST], certain=True, total=len(found)) if found else None

    def _for_all_cities(self, question: Question, found: Answer) -> Answer | None:
        """Return who is there for all cities, where those asked for have nobody for a theme."""
        cities = self.entries.cities_of(question)
        if not (cities and question.themes and question.kinds <= {"contact"}) or question.places:
            return None
        if any(not cities.isdisjoint(entry.cities) for entry in found.entries):
            return None
        anywhere = replace(
            question,
            cities=frozenset(),
            countries=frozenset(),
            kinds=frozenset({"contact"}),
            roles=frozenset(),
        )
        among = self.entries.marks(["everywhere"]) & ~self.entries.marks(["vacant"])
        others = Ranking(self.entries, anywhere, among).answer()
        if not others.certain:
            return None
        return replace(others, certain=False, for_all_cities=True)

    def _projects_of_the_named(self, question: Question) -> Answer | None:
        """Return the projects of the contact whose name was said: "projets de Cheick Oumar Diallo"."""
        people = self._ranked(replace(question, kinds=frozenset({"contact"}), kind_words=()))
        first = people.entries[0] if people.certain else None
        if first is None or not self._is_named(first, question.rest):
            return None
        projects = self.entries.projects_of(first)
        return Answer(tuple(projects), certain=True, total=len(projects)) if projects else None

    def _leaders_of_projects_found(self, question: Question, found: Answer) -> Answer | None:
        """Return who leads the projects that have everything asked for: certain if it was asked who leads."""
        led = self._related(replace(question, kinds=frozenset({"project"})), "project", self._leader_of)
        if not led.certain or question.roles or question.languages:
            return None
        others = tuple(entry for entry in found.entries if entry not in led.entries)
        entries = led.entries if question.leads else (*led.entries, *others)[:NEAREST]
        return Answer(entries, certain=question.leads, total=len(entries))

    def _is_named(self, entry: DirectoryEntry, said: Sequence[str]) -> bool:
        """Whether one of the words of a question is in an entry's name, or nearly."""
        name = {word for phrase in name_phrases(entry) for word in phrase}
        return any(
            similar.word in name for word in said for similar in self.entries.vocabulary.similar_words(word)
        )

    def _entry_shown(self, question: Question) -> Answer | None:
        """Return the entry that was shown before, where a follow-up asks for a detail of it ("and the phone?")."""
        entry = None if question.about is None else self.entries.entry(*question.about)
        return None if entry is None else Answer((entry,), certain=True, total=1)

    def _leaders(self, base: Question) -> Answer:
        """Return who leads the projects asked for; if no project was found, the contacts that fit the question."""
        found = self._related(replace(base, kinds=frozenset({"project"})), "project", self._leader_of)
        if found.certain:
            return found
        otherwise = self._ranked(replace(base, kinds=frozenset({"contact"})))
        return otherwise if otherwise.certain and base.themes else found if found.entries else otherwise

    def _related(
        self, base: Question, kind: str, related: Callable[[DirectoryEntry], list[DirectoryEntry]]
    ) -> Answer:
        """Return what ``related`` gives for the entries of a kind that ``base`` describes; else those entries."""
        shown = None if base.about is None else self.entries.entry(*base.about)
        found = (
            self._ranked(base) if shown is None or kind_of(shown) != kind else Answer((shown,), certain=True)
        )
        best = found.entries if found.certain else ()
        others: dict[EntryKey, DirectoryEntry] = {}
        for entry in best[:AT_MOST]:
            for other in related(entry):
                others.setdefault((kind_of(other), other.key), other)
            if others and base.rest and kind == "contact":
                break  # a person was named: only the best match is meant, not everybody with a similar name
        if others:
            return Answer(tuple(others.values()), certain=True, total=len(others))
        return Answer(found.entries[:NEAREST], certain=False, total=min(len(found.entries), NEAREST))

    def _leader_of(self, entry: DirectoryEntry) -> list[DirectoryEntry]:
        lead = (
            self.entries.entry("contact", entry.lead) if isinstance(entry, Project) and entry.lead else None
        )
        return [] if lead is None else [lead]

    def _in_cities_shown(self, question: Question) -> Question:
        """Replace "there" in a question by the cities of the entry shown before."""
        entry = None if question.there is None else self.entries.entry(*question.there)
        return (
            question
            if entry is None
            else replace(question, cities=frozenset(entry.cities), countries=frozenset())
        )

    def _on_themes_shown(self, question: Question) -> Question:
        """Complete a question without a subject by the themes and cities of the entry shown before."""
        entry = None if question.like is None else self.entries.entry(*question.like)
        if entry is None:
            return question
        return replace(question, themes=frozenset(entry.themes), cities=frozenset(entry.cities))

    def _ranked(self, question: Question) -> Answer:
        if not len(self.entries):
            return Answer((), certain=False)
        found = Ranking(self.entries, question).answer()
        return Answer((), certain=False) if _is_of_a_time_alone(question) and not found.certain else found


def _may_name_somebody(question: Question) -> bool:
    """Whether everyday words of a question can only be a name."""
    titled = not word_tables.word_stems("questions/titles").isdisjoint(question.spoken)
    if titled or (question.fields and question.kinds == {"contact"}):
        return not (question.has_subject or question.roles or question.languages)
    return question.kinds == {"contact"} and question.is_empty


def _is_of_a_time_alone(question: Question) -> bool:
    """Whether only a kind of entries and a time are asked for: what is of another time does not come near that."""
    dated = question.since is not None or question.until is not None
    narrowed = question.roles or question.languages or question.stages or question.resource_kinds
    return dated and not (question.has_subject or question.has_place or narrowed)


def index_of(community: Community, directory: Directory) -> Index:
    """Return the index of a whole directory."""
    index = Index(community)
    entries: tuple[DirectoryEntry, ...] = (*directory.contacts, *directory.resources, *directory.projects)
    for entry in entries:
        index.add(entry)
    return index
