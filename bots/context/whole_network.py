"""The line that says whom to ask for the whole network. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext
from community.core.messages import Message, Translator
from community.description.directory_model import Contact
from community.directory.cards import Readers
from community.directory.contact_line import contact_line
from community.directory.lines import Line, sentence
from community.search.whole_network import coordinators


def readers_of(knowledge: Knowledge, context: MessageContext) -> Readers:
    """Return who reads an answer."""
    return Readers(context.readers, context.person.role, knowledge.visible)


def first_reachable(
    knowledge: Knowledge, context: MessageContext, contacts: Iterable[Contact]
) -> Contact | None:
    """Return the first of ``contacts`` whom the readers of an answer can reach by what they may see."""
    readers = readers_of(knowledge, context)
    return next((contact for contact in contacts if readers.can_reach(contact)), None)


def coordination(knowledge: Knowledge, context: MessageContext) -> Contact | None:
    """Return who coordinates the network, as far as the directory says so and the readers can reach them."""
    return first_reachable(knowledge, context, coordinators(knowledge.index.entries, knowledge.community))


def line_with(
    knowledge: Knowledge, context: MessageContext, translate: Translator, message: Message, contact: Contact
) -> Line:
    """Return a sentence in which ``{who}`` is a contact in one line."""
    who = contact_line(
        contact,
        readers_of(knowledge, context),
        knowledge.server_name,
        translate.language,
        context.person.languages,
    )
    return sentence(translate, message, {"who": who})
