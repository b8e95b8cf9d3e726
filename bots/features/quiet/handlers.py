"""Answers whoever sets their own quiet hours, asks for them or takes them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.sources import Sources
from bots.features.quiet import sentences
from bots.features.quiet.effects import KeepQuietHours
from bots.features.quiet.words import SIGNS, QuietReading, QuietWish, reading
from community.core.messages import Message, Translator


class QuietHandler(Handler[MessageContext, str | None]):
    """The handler of messages; what it loads are the hours that the sender has set."""

    trigger = Trigger(contains=SIGNS)

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: MessageContext, sources: Sources) -> str | None:
        """Return the hours that the sender has set, None for none."""
        return await sources.store.quiet_hours.of(context.person.user_id)

    def handle(self, context: MessageContext, records: str | None) -> Reply | None:
        """Return the reply to such a message, None for any other."""
        wanted = reading(context.text, context.person.languages)
        if wanted is None or context.is_without_role:
            return None
        translate = self.knowledge.translators[wanted.language]
        if not context.is_direct:
            return _say(translate, [sentences.DIRECTLY])
        return self._answer(context, records, wanted, translate)

    def _answer(
        self, context: MessageContext, hours: str | None, wanted: QuietReading, translate: Translator
    ) -> Reply:
        person, community = context.person, self.knowledge.community
        match wanted.wish:
            case QuietWish.SET:
                said = sentences.were_set(wanted.hours, person, community, translate)
                return replace(_say(translate, said), effects=(KeepQuietHours(wanted.hours),))
            case QuietWish.TAKE_BACK:
                said = sentences.were_taken_back(person, community, translate)
                return replace(_say(translate, said), effects=(KeepQuietHours(""),))
            case QuietWish.SHOW:
                return _say(translate, sentences.as_they_are(hours, person, community, translate))
            case QuietWish.UNCLEAR:
                return _say(translate, [sentences.UNCLEAR])
            case QuietWish.TOO_LONG:
                return _say(translate, [sentences.TOO_LONG])
            case _:
                assert_never(wanted.wish)


def _say(translate: Translator, said: Sequence[Message]) -> Reply:
    return reply_of([translate(each) for each in said], [], [], translate.language)


class QuietHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = QuietHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, QuietHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    def use(self, knowledge: Knowledge) -> None:
        """Go by this state of the community from now on."""
        self._handler.knowledge = knowledge
