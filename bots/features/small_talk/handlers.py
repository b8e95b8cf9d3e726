"""Answers small talk, questions about the bot, and what is none of the network's business. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bots.context.feature import FeatureHandlers, PlainHandler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.nothing_open import NOTHING_OPEN, cancels, short_word_translator
from bots.context.reply_text import reply_of
from bots.context.short_answer import short_answer
from bots.context.usage import translator_for
from bots.features.small_talk.replies import OFF_TOPIC, SmallTalkReplies
from community.core.language_folders import LANGUAGES
from community.core.messages import Translator
from community.core.words import words
from community.search.small_talk import Remark, corrected, off_topic_of, small_talk_of
from community.search.word_tables import folded_in

_FOR_HELP = ("commands/greetings", "commands/thanks")
"""The words of messages that the help feature answers."""


class SmallTalkHandler(PlainHandler[MessageContext]):
    """The handler of messages."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def answer(self, context: MessageContext) -> Reply | None:
        """Return the reply to small talk, and to what is none of the network's business; None for anything else."""
        known = self.knowledge
        if short_answer(context.text) is not None or _is_for_help(context.text):
            return None
        text = words(context.text)
        stems = corrected(text, known.lexicon)
        said = small_talk_of(text, stems, known.lexicon, known.index.entries.is_in_a_name)
        other = off_topic_of(text, stems, known.lexicon, self._is_of_network)
        if said is not None and (other is None or other.size <= said.size):
            translate = self._translator(context, said)
            return SmallTalkReplies(known, context, translate).reply(said.table)
        if other is None:
            return None
        translate = self._translator(context, other)
        return reply_of([translate(OFF_TOPIC)], [], [], translate.language)

    def _is_of_network(self, word: str) -> bool:
        """Whether a stem is in what entries are called."""
        names, further, _texts = self.knowledge.index.entries.words
        return word in names or word in further

    def _translator(self, context: MessageContext, said: Remark) -> Translator:
        """Return the translator into the language of a message: one that has such a phrase."""
        guessed = translator_for(self.knowledge, context)
        if guessed.language in said.languages:
            return guessed
        return self.knowledge.translators.get(said.languages[0], guessed)


def _is_for_help(text: str) -> bool:
    """Whether a text has only words of greeting, or only words of thanks."""
    said = set(words(text))
    return any(said <= folded_in(language, table) for language in LANGUAGES for table in _FOR_HELP)


class NothingOpenHandler(PlainHandler[MessageContext]):
    """The handler of “cancel” where nothing is open: whoever has something open was asked before."""

    trigger = Trigger(recognises=cancels)

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def answer(self, context: MessageContext) -> Reply | None:
        """Return the reply to such a word, None for anything else."""
        if not cancels(context):
            return None
        translate = short_word_translator(self.knowledge, context)
        return reply_of([translate(NOTHING_OPEN)], [], [], translate.language)


class SmallTalkHandlers(FeatureHandlers):
    """The handlers of the feature."""

    def __init__(self, setting: Setting) -> None:
        self._talk, self._nothing = SmallTalkHandler(setting.knowledge), NothingOpenHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, PlainHandler[MessageContext]]]:
        """The handlers of small talk, and of “cancel” with nothing open."""
        return ((Precedence.PHRASE, self._talk), (Precedence.PHRASE, self._nothing))

    def use(self, knowledge: Knowledge) -> None:
        """Answer from this state of the directory from now on."""
        self._talk.knowledge = self._nothing.knowledge = knowledge
