"""“Cancel”, “skip”, “back” where nothing is open: whether a message is one of these, and in which language. Pure."""

from __future__ import annotations

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext
from bots.context.short_words import Word, short_word, spoken_in
from bots.context.usage import translator_for
from community.core.messages import Translator, msg

NOTHING_OPEN = msg("Nothing is open here that could be cancelled.")
NOTHING_TO_SKIP = msg("Nothing is open here that could be skipped, or gone back in.")


def cancels(context: MessageContext) -> bool:
    """Whether a message only says that what is open is to be dropped."""
    return short_word(context.text) is Word.CANCEL


def skips(context: MessageContext) -> bool:
    """Whether a message only says to leave out what is asked, or to go back to what was asked before."""
    return short_word(context.text) in (Word.SKIP, Word.BACK)


def short_word_translator(knowledge: Knowledge, context: MessageContext) -> Translator:
    """Return the translator into the language of such a message: the sender's own where the word is of that too."""
    guessed, spoken = translator_for(knowledge, context), spoken_in(context.text)
    codes = (
        code for code in (*context.person.languages, guessed.language, *sorted(spoken)) if code in spoken
    )
    return knowledge.translators.get(next(codes, guessed.language), guessed)
