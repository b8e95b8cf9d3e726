"""Answers a request for help, a greeting, and thanks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bots.context.feature import FeatureHandlers, HelpLines, PlainHandler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.usage import translator_for, usage
from community.core.language_folders import LANGUAGE, LANGUAGES
from community.core.locale_texts import locale_texts
from community.core.messages import Translator, msg
from community.core.plain_text import listed
from community.core.words import words
from community.directory.lines import Line
from community.search.word_tables import folded_in


def _words(table: str) -> Mapping[str, frozenset[str]]:
    """Return the words of a table by language."""
    return {language: folded_in(language, f"commands/{table}") for language in LANGUAGES}


_HELP, _GREETINGS, _THANKS = _words("help"), _words("greetings"), _words("thanks")


class HelpHandler(PlainHandler[MessageContext]):
    """``lines`` gives the lines of help of all features."""

    trigger = Trigger(
        starts=frozenset(
            (word,) for known in (_GREETINGS, _THANKS) for said in known.values() for word in said
        ),
        contains=frozenset().union(*_HELP.values()),
        is_empty=True,
    )

    def __init__(self, knowledge: Knowledge, lines: Callable[[], HelpLines]) -> None:
        self.knowledge = knowledge
        self._lines = lines

    def answer(self, context: MessageContext) -> Reply | None:
        """Return the reply to a message that only asks for help, greets or thanks; None for any other."""
        found, knowledge = frozenset(words(context.text)), self.knowledge
        if not found:
            return self._help(knowledge, translator_for(knowledge, context))
        for language, help_words in _HELP.items():
            if found & help_words and len(found) <= 4:
                return self._help(knowledge, knowledge.translators[language])
        greeted, thanked = _only(found, _GREETINGS), _only(found, _THANKS)
        if greeted is not None:
            return usage(knowledge, knowledge.translators[greeted], msg("Hello! You can ask me:"))
        if thanked is not None:
            return reply_of([knowledge.translators[thanked](msg("You are welcome."))], [], [], thanked)
        return None

    def _help(self, knowledge: Knowledge, translate: Translator) -> Reply:
        lines = self._lines()
        listed = [
            [Line(f"• {translate(message)}") for message in messages]
            for messages in (lines.questions, lines.commands)
        ]
        head = msg("You can ask me, in {languages}:", languages=_languages(translate.language))
        return usage(knowledge, translate, head, listed)


class HelpHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = HelpHandler(setting.knowledge, setting.help_lines)

    @property
    def messages(self) -> Sequence[tuple[Precedence, HelpHandler]]:
        """The one handler."""
        return ((Precedence.PHRASE, self._handler),)

    def use(self, knowledge: Knowledge) -> None:
        """Take examples from this state of the directory from now on."""
        self._handler.knowledge = knowledge


def _languages(reader: str) -> str:
    """Return what a language calls those that the bot knows, itself first."""
    names, known = locale_texts(reader).languages, sorted(LANGUAGES, key=lambda code: code != reader)
    return listed((names.get(code, LANGUAGE[code].name) for code in known), reader)


def _only(found: frozenset[str], phrases: Mapping[str, frozenset[str]]) -> str | None:
    """Return the language whose phrases have all of these words, None where none has."""
    return next((language for language, own in phrases.items() if found <= own), None)
