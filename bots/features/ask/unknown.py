"""What is said where a question names a place, a person or a subject that the network does not have. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext
from bots.context.whole_network import coordination, first_reachable, line_with
from bots.features.ask.sentences import named_places
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated, listed
from community.description.directory_model import Contact
from community.description.model import Community
from community.directory.entry import DirectoryEntry, name_of
from community.directory.lines import Line
from community.search.answer import Answer
from community.search.asked import Question
from community.search.unknown import Unknown, UnknownSort, contacts_of_near_name, unknown_in
from community.search.whole_network import contacts_for_all

_LONGEST = 60
_MERE_WORDS = frozenset({UnknownSort.SUBJECT, UnknownSort.WORD})


def unknown_lines(
    knowledge: Knowledge,
    context: MessageContext,
    translate: Translator,
    question: Question,
    text: str,
    near: Answer,
) -> list[Line]:
    """Return the sentence that names what of a question is unknown and, if there is somebody, whom to ask.

    No sentence where all that the question names is known. ``near`` has the entries that come nearest. Where they are
    likely to be what was meant, an unknown word or subject is not named; an unknown place or person is all the same.
    """
    unknown = unknown_in(text, question, knowledge.lexicon, knowledge.index.entries)
    if unknown is None or (near.likely and unknown.sort in _MERE_WORDS):
        return []
    name = isolated(clean(unknown.name, longest=_LONGEST), translate.language)
    said = [Line(translate(_sentence(unknown.sort, question, name)))]
    what = _on_it(knowledge, question) if unknown.sort is UnknownSort.SUBJECT else None
    if what is not None:
        title = clean(name_of(what).text(translate.language, *context.person.languages), longest=_LONGEST)
        on_it = msg("What I have on it: {title}", title=isolated(title, translate.language))
        return [*said, Line(translate(on_it))]
    asked = _whom_to_ask(knowledge, context, question, unknown, translate.language, near.entries)
    if asked is not None:
        message, contact = asked
        said.append(line_with(knowledge, context, translate, message, contact))
    return said


def _on_it(knowledge: Knowledge, question: Question) -> DirectoryEntry | None:
    """Return a resource or project about a subject that nobody is there for."""
    anything = replace(question, kinds=frozenset(), cities=frozenset(), countries=frozenset())
    found = knowledge.index.search(anything)
    return next((e for e in found.entries if not isinstance(e, Contact)), None) if found.certain else None


def for_all_cities(
    community: Community, question: Question, shown: Sequence[DirectoryEntry], language: str
) -> Iterator[Message]:
    """Yield that the places asked for have nobody for a theme, where those shown are there for all cities."""
    places = _places(community, question, language)
    if places and question.themes and all(isinstance(e, Contact) and not e.cities for e in shown):
        yield msg("I know nobody for that in {places}. For the whole network:", places=places)


def _places(community: Community, question: Question, language: str) -> str:
    """Return the names of the cities and countries that are asked about."""
    names = named_places(community, question.cities, question.countries, language)
    return listed((clean(name, longest=_LONGEST) for name in names), language)


def _sentence(sort: UnknownSort, question: Question, name: str) -> Message:
    match sort:
        case UnknownSort.TOWN:
            return msg("{name} is not in the network.", name=name)
        case UnknownSort.COUNTRY:
            return msg("{name}: the network is not there.", name=name)
        case UnknownSort.PERSON:
            return msg("I know nobody called {name}.", name=name)
        case UnknownSort.WORD:
            return msg("I do not know “{name}”: nothing in the network is called that.", name=name)
        case UnknownSort.SUBJECT if question.kinds == {"contact"}:
            return msg("I know nobody for “{name}”.", name=name)
        case UnknownSort.SUBJECT:
            return msg("I have nothing on “{name}”.", name=name)
        case _:
            assert_never(sort)


def _whom_to_ask(
    knowledge: Knowledge,
    context: MessageContext,
    question: Question,
    unknown: Unknown,
    language: str,
    near: Sequence[DirectoryEntry],
) -> tuple[Message, Contact] | None:
    """Return whom to ask instead, and the sentence for that."""
    if unknown.sort is UnknownSort.PERSON:
        called = next(contacts_of_near_name(unknown.name, knowledge.index.entries), None)
        return None if called is None else (msg("Perhaps you mean: {who}"), called)
    places = _places(knowledge.community, question, language)
    if places and unknown.sort is UnknownSort.SUBJECT:
        there = first_reachable(knowledge, context, (e for e in near if isinstance(e, Contact) and e.cities))
        if there is not None:
            return msg("For {places}: {who}", places=places), there
    if not question.kinds <= {"contact"}:
        return None
    found = (
        first_reachable(knowledge, context, contacts_for_all(knowledge.index.entries, question.themes))
        if question.themes
        else coordination(knowledge, context)
    )
    return None if found is None else (msg("For the whole network: {who}"), found)
