"""Help, greetings, and what nobody understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.skill import Asked, Reply
from bots.skills.rendering import reply_of
from community.core.messages import Message, Translator, msg
from community.core.plain_text import left_to_right
from community.core.words import words
from community.directory.lines import Line
from community.search.language import language_of


def _folded(text: str) -> frozenset[str]:
    return frozenset(words(text))


_HELP = {
    "en": _folded("help commands"),
    "fr": _folded("aide aidez aider commandes"),
    "pt": _folded("ajuda ajude ajudar comandos"),
    "ar": _folded("مساعدة المساعدة ساعدني ساعدوني أوامر الأوامر"),
}
_GREETINGS = {
    "en": _folded("hello hi hey good morning afternoon evening"),
    "fr": _folded("bonjour bonsoir salut coucou"),
    "pt": _folded("olá oi bom boa dia tarde noite"),
    "ar": _folded("مرحبا مرحبًا أهلا أهلًا السلام عليكم سلام صباح مساء الخير"),
}
_THANKS = {
    "en": _folded("thanks thank you very much so great a lot many"),
    "fr": _folded("merci beaucoup bien super parfait"),
    "pt": _folded("obrigado obrigada muito mil"),
    "ar": _folded("شكرا شكرًا جزيلا جزيلًا لك لكم"),
}

_GO_ON = (
    msg("“more”: the next ones"),
    msg("“and in …?”: the same for another city"),
    msg("“what is out of date?”: what nobody has confirmed for long"),
)
_KEEP = (
    msg("“add a resource” (or a contact, a project): I ask for what is needed"),
    msg("“save this”, in reply to a message with a link or a file: it is kept as a resource"),
    msg("“my project is now in pilot”, “undo”, “history of …”: changing entries, and who changed them"),
    msg(
        "“remove … from …”: for keepers of a safe room, to have somebody taken out of it (in a direct message)"
    ),
    msg("“export my data”, “forget me”: what I know about you (in a direct message)"),
)


class HelpSkill:
    """Answers everything; it is asked twice: for help first, and last for what no other skill took."""

    def __init__(self, translators: Mapping[str, Translator], examples: Mapping[str, Sequence[str]]) -> None:
        self._translators = translators
        self._examples = examples

    def answer(self, asked: Asked) -> Reply | None:
        """Return help, a greeting or a word for thanks, where just that was said; None for anything else."""
        found = frozenset(words(asked.text))
        if not found:
            return self._help(self._translators[self._language(asked)])
        for language, help_words in _HELP.items():
            if found & help_words and len(found) <= 4:
                return self._help(self._translators[language])
        greeted, thanked = _only(found, _GREETINGS), _only(found, _THANKS)
        if greeted is not None:
            return self._reply(self._translators[greeted], msg("Hello! You can ask me:"))
        if thanked is not None:
            return reply_of([self._translators[thanked](msg("You are welcome."))], [], [], thanked)
        return None

    def not_understood(self, asked: Asked) -> Reply:
        """Return what is said when no skill has an answer."""
        translate = self._translators[self._language(asked)]
        return self._reply(
            translate, msg("I found nothing for that. I know contacts, resources and projects:")
        )

    def _language(self, asked: Asked) -> str:
        spoken = (code for code in asked.person.languages if code in self._translators)
        return language_of(asked.text, next(spoken, next(iter(self._translators))))

    def _help(self, translate: Translator) -> Reply:
        listed = ([Line(f"• {translate(message)}") for message in messages] for messages in (_GO_ON, _KEEP))
        return self._reply(
            translate, msg("You can ask me, in English, French, Portuguese or Arabic:"), list(listed)
        )

    def _reply(self, translate: Translator, head: Message, more: Sequence[Sequence[Line]] = ()) -> Reply:
        examples = [Line(f"• {example}") for example in self._examples[translate.language]]
        prefix = left_to_right("!p", translate.language)
        how = msg(
            "In a room, begin with {prefix} or mention me; in a direct message, just ask.", prefix=prefix
        )
        cards = [card for card in (examples, *more) if card]
        return reply_of([translate(head)], cards, [translate(how)], translate.language)


def _only(found: frozenset[str], said: Mapping[str, frozenset[str]]) -> str | None:
    """Return the language in which just such words were said."""
    return next((language for language, known in said.items() if found <= known), None)
