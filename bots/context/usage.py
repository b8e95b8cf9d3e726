"""How the bot is used, said below a sentence: examples, lines of help, and how to write to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from community.core.messages import Message, Translator, msg
from community.core.plain_text import left_to_right
from community.directory.lines import Line
from community.search.language import language_of


def usage(
    knowledge: Knowledge, translate: Translator, head: Message, more: Sequence[Sequence[Line]] = ()
) -> Reply:
    """Return a sentence, examples of questions, ``more`` lines, and how to write to the bot in a room."""
    examples = [Line(f"• {example}") for example in knowledge.examples(translate)]
    prefix = left_to_right("!p", translate.language)
    how = msg("In a room, begin with {prefix} or mention me; in a direct message, just ask.", prefix=prefix)
    cards = [card for card in (examples, *more) if card]
    return reply_of([translate(head)], cards, [translate(how)], translate.language)


def translator_for(knowledge: Knowledge, context: MessageContext) -> Translator:
    """Return the translator into the language of a message; the sender's own where the text does not tell it."""
    own = knowledge.translator(context.person.languages).language
    return knowledge.translators[language_of(context.text, own)]
