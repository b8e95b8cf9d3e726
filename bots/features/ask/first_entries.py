"""What whoever may add entries is told where the directory has none of a kind yet: how the first is added. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.usage import usage
from community.core.messages import Message, Translator, msg
from community.directory.entry import DirectoryKind, kind_of
from community.directory.lines import Line
from community.directory.permissions import leads
from community.search.asked import Question

_FIRST: Mapping[DirectoryKind, Message] = {
    "contact": msg(
        "The directory has no contacts yet. To add one, write “add a contact: …”, with the name, what they work on "
        "and where."
    ),
    "resource": msg(
        "The directory has no resources yet. To add one, write “add a resource: …”, with its link and what it is about."
    ),
    "project": msg(
        "The directory has no projects yet. To add one, write “add a project: …”, with its name, what it is about and "
        "where."
    ),
}

_FOUND_NOTHING = msg("I found nothing for that. I know contacts, resources and projects:")
_FOUND_NOTHING_YET = msg("I found nothing for that.")


def nothing_found(
    knowledge: Knowledge, context: MessageContext, translate: Translator, question: Question
) -> Reply:
    """Return the reply that nothing was found: what can be asked, or what there is to be added first."""
    first = [[Line(translate(message))] for message in first_of_its_kind(knowledge, context, question)]
    return usage(knowledge, translate, _FOUND_NOTHING_YET if first else _FOUND_NOTHING, first)


def first_of_its_kind(knowledge: Knowledge, context: MessageContext, question: Question) -> list[Message]:
    """Return how the first entry is added of the kind asked for, contacts where none is said.

    Nothing where there are some, and for whoever may only propose one.
    """
    wanted = next((kind for kind in _FIRST if kind in question.kinds or not question.kinds), None)
    if wanted is None or not leads(context.person, knowledge.community):
        return []
    there = any(kind_of(entry) == wanted for entry in knowledge.known)
    return [] if there else [_FIRST[wanted]]
