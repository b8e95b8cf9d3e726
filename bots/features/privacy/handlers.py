"""Handles requests to export and to erase one's own data. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bots.context.feature import FeatureHandlers, PlainHandler, Precedence, Setting, Trigger
from bots.context.message import Effect, MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.features.privacy.effects import ExportData, Forget
from community.core.messages import Message, Translator, msg
from community.core.words import words
from community.search.word_tables import Phrases, expanded_words

_EXPORT, _FORGET = expanded_words("commands/export"), expanded_words("commands/forget")
_VALID_FOR = timedelta(days=1)


class PrivacyHandler(PlainHandler[MessageContext]):
    """Answers these two requests. ``translators`` are by language code."""

    trigger = Trigger(
        starts=frozenset(phrase for known in (_EXPORT, _FORGET) for said in known.values() for phrase in said)
    )

    def __init__(self, translators: Mapping[str, Translator]) -> None:
        self._translators = translators

    def answer(self, context: MessageContext) -> Reply | None:
        """Return the reply to such a request, None where it is none."""
        found = words(context.text)
        language = _language(_EXPORT, found)
        if language is not None:
            return self._export(context, language)
        number = found[-1] if found and found[-1].isdecimal() else None
        language = _language(_FORGET, found[:-1] if number else found)
        return None if language is None else self._forget(context, language, number)

    def _export(self, context: MessageContext, language: str) -> Reply:
        if not context.is_direct:
            return self._say(language, [msg("I do that in a direct message only: write to me there.")])
        here = msg("Here is all that I have about you. Only you and I can read it.")
        return self._say(language, [here], ExportData())

    def _forget(self, context: MessageContext, language: str, number: str | None) -> Reply:
        if not context.is_direct:
            return self._say(language, [msg("I do that in a direct message only: write to me there.")])
        user, today = context.person.user_id, context.now.date()
        if number in (confirmation(user, today), confirmation(user, today - _VALID_FOR)):
            done = msg("It is done: I have forgotten you, and told the coordinators.")
            return self._say(language, [done], Forget())
        word = f"{' '.join(context.text.split()[: -1 if number else None])} {confirmation(user, today)}"
        return self._say(
            language,
            [
                msg(
                    "I would forget: your contact in the directory (its name, numbers and addresses), your drafts, the "
                    "questions that I passed on for you, and your name in the history of changes."
                ),
                msg(
                    "I cannot forget what is not mine: your messages in the rooms (you can remove them yourself), and "
                    "that you are a member (the community's description says so, and the coordinators can change that)."
                ),
                msg("There is no way back from this. If you want it, write: {word}", word=word),
            ],
        )

    def _say(self, language: str, sentences: list[Message], *effects: Effect) -> Reply:
        translate = self._translators[language]
        reply = reply_of([translate(one) for one in sentences], [], [], language)
        return replace(reply, effects=effects, language=language)


class PrivacyHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = PrivacyHandler(setting.knowledge.translators)

    @property
    def messages(self) -> Sequence[tuple[Precedence, PrivacyHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)


def confirmation(user_id: str, day: date) -> str:
    """Return the four-digit number that confirms a request to be forgotten made on that day."""
    digest = hashlib.sha256(f"forget/{user_id}/{day.isoformat()}".encode()).digest()
    return f"{int.from_bytes(digest[:4]) % 9000 + 1000}"


def _language(phrases: Mapping[str, frozenset[Phrases]], phrase: Phrases) -> str | None:
    return next((language for language, own in phrases.items() if phrase in own), None)
