"""What is said where a question names a place, a person or a subject that the network does not have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext
from bots.context.whole_network import coordination, first_reachable, line_with
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated
from community.description.directory_model import Contact
from community.directory.lines import Line
from community.search.asked import Question
from community.search.unknown import Unknown, UnknownSort, names_near
from community.search.whole_network import contacts_for_all

_LONGEST = 60


def unknown_lines(
    knowledge: Knowledge, context: MessageContext, translate: Translator, question: Question, unknown: Unknown
) -> list[Line]:
    """Return the sentence that names what is unknown and, where there is somebody, the line of whom to ask."""
    name = isolated(clean(unknown.name, longest=_LONGEST), translate.language)
    said = [Line(translate(_sentence(unknown.sort, question, name)))]
    asked = _whom_to_ask(knowledge, context, question, unknown)
    if asked is not None:
        message, contact = asked
        said.append(line_with(knowledge, context, translate, message, contact))
    return said


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
    knowledge: Knowledge, context: MessageContext, question: Question, unknown: Unknown
) -> tuple[Message, Contact] | None:
    """Return whom to ask instead, and the sentence for that."""
    if unknown.sort is UnknownSort.PERSON:
        near = next(_of_near_name(knowledge, unknown), None)
        return None if near is None else (msg("Perhaps you mean: {who}"), near)
    if not question.kinds <= {"contact"}:
        return None
    found = (
        first_reachable(knowledge, context, contacts_for_all(knowledge.index.entries, question.themes))
        if question.themes
        else coordination(knowledge, context)
    )
    return None if found is None else (msg("For the whole network: {who}"), found)


def _of_near_name(knowledge: Knowledge, unknown: Unknown) -> Iterator[Contact]:
    """Give the contacts who have a name near to that of somebody unknown."""
    entries = knowledge.index.entries
    for word in names_near(unknown, entries):
        found: Iterable[object] = entries.entries_at(map(int, entries.words[0].of(word)))
        yield from (entry for entry in found if isinstance(entry, Contact) and not entry.vacant)
