"""Help, greetings, and what nobody understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.skill import Asked, Reply
from bots.skills.rendering import reply_of
from community.asking.cards import Line
from community.asking.language import language_of
from community.asking.text import words
from community.messages import Message, Translator, msg

_HELP = frozenset({"help", "aide", "aidez", "commandes", "commands", "aider"})
_GREETINGS = frozenset({"bonjour", "bonsoir", "salut", "coucou", "hello", "hi", "hey", "salam"})
_THANKS = frozenset({"merci", "thanks", "thank", "you", "beaucoup", "much", "very", "super", "parfait"})


class HelpSkill:
    """Answers everything; it is asked twice: for help first, and last for what no other skill took."""

    def __init__(self, translators: Mapping[str, Translator], examples: Mapping[str, Sequence[str]]) -> None:
        self._translators = translators
        self._examples = examples

    def answer(self, asked: Asked) -> Reply | None:
        """Return help, a greeting or a word for thanks, where just that was said; None for anything else."""
        said = frozenset(words(asked.text))
        translate = self._translator(asked)
        if not said or (said & _HELP and len(said) <= 4):
            return self._reply(translate, msg("You can ask me, in English or French:"))
        if said <= _GREETINGS:
            return self._reply(translate, msg("Hello! You can ask me:"))
        if said <= _THANKS:
            return reply_of([translate(msg("You are welcome."))], [], [])
        return None

    def not_understood(self, asked: Asked) -> Reply:
        """Return what is said when no skill has an answer."""
        return self._reply(
            self._translator(asked), msg("I found nothing for that. I know contacts, resources and projects:")
        )

    def _translator(self, asked: Asked) -> Translator:
        spoken = (code for code in asked.person.languages if code in self._translators)
        language = language_of(asked.text, next(spoken, next(iter(self._translators))))
        return self._translators[language]

    def _reply(self, translate: Translator, head: Message) -> Reply:
        examples = [Line(f"• {example}") for example in self._examples[translate.language]]
        how = msg("In a room, begin with !p or mention me; in a direct message, just ask.")
        return reply_of([translate(head)], [examples], [translate(how)])
