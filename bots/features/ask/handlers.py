"""Handlers of questions, of "more", "yes" and "no" after an answer, and of what nothing was found for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.conversation_memory import ConversationMemory
from bots.context.feature import (
    FeatureHandlers,
    PlainHandler,
    Precedence,
    ReactionHandler,
    Setting,
)
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, ReactionContext, Reply, Unnumbered
from bots.context.nothing_open import NOTHING_TO_SKIP, short_word_translator, skips
from bots.context.reply_text import reply_of
from bots.context.usage import translator_for
from bots.features.ask.calendar_reply import PreviousOccasions
from bots.features.ask.calendar_search import CalendarSearch
from bots.features.ask.previous_question import PreviousQuestion
from bots.features.ask.search import DirectorySearch
from bots.features.ask.sentences import FORGOTTEN

if TYPE_CHECKING:
    from bots.context.sources import Sources


class AskHandlers(FeatureHandlers):
    """The handlers, and the previous question of each conversation, which is kept in memory for a while.

    It was asked of the directory or of the calendar: what is answered from one has the question to the other forgotten.
    """

    def __init__(self, setting: Setting) -> None:
        self._conversations: ConversationMemory[PreviousQuestion] = ConversationMemory()
        self._occasions: ConversationMemory[PreviousOccasions] = ConversationMemory()
        self.use(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, PlainHandler[MessageContext]]]:
        """The handlers of follow-ups, of questions, and of messages that no other handler answers."""
        return (
            (Precedence.FOLLOW_UP, FollowUp(self)),
            (Precedence.PHRASE, AskCalendar(self)),
            (Precedence.QUESTION, Search(self)),
            (Precedence.FALLBACK, NothingFound(self)),
        )

    @property
    def reactions(self) -> ReactionHandler[None]:
        """The handler of reactions to an offer."""
        return ReactionToOffer(self)

    def use(self, knowledge: Knowledge) -> None:
        """Answer from this state of the directory from now on."""
        self.knowledge = knowledge
        self.search = DirectorySearch(knowledge, self._conversations)
        self.calendar = CalendarSearch(knowledge, self._occasions)

    def interrupted(self, context: MessageContext) -> None:
        """Withdraw an earlier offer: a “yes” from now on refers to the message that another feature answered."""
        self.search.offers.interrupted(context)

    def forget(self, user_id: str) -> None:
        """Forget the previous questions of a person."""
        self._conversations.forget_person(user_id)
        self._occasions.forget_person(user_id)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget the previous questions that have words of a message."""
        self._conversations.forget_message(origin, now)
        self._occasions.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget the previous questions of an hour ago."""
        self._conversations.forget_old(now)
        self._occasions.forget_old(now)

    def remembers_directory(self, context: MessageContext) -> bool:
        """Whether a question to the directory is remembered that this message may go on from."""
        before = self._conversations.get(context)
        return before is not None and not before.question.is_empty

    def answered_by_directory(self, context: MessageContext) -> None:
        """Take note that what goes on from now on goes on from the directory."""
        self._occasions.forget(context)

    def answered_by_calendar(self, context: MessageContext) -> None:
        """Take note that what goes on from now on goes on from the calendar."""
        self._conversations.forget(context)


class FollowUp(PlainHandler[MessageContext]):
    """Answers “more”, “no”, and “yes” with the number of an offer, also where nothing waits under that number.

    Other features that have numbers to be confirmed are asked before.
    """

    def __init__(self, ask: AskHandlers) -> None:
        self._ask = ask

    def answer(self, context: MessageContext) -> Reply | Unnumbered | None:
        """Return the reply to such a word, None for anything else."""
        found = self._ask.calendar.continued(context)
        return self._ask.search.continued(context) if found is None else found


class AskCalendar(PlainHandler[MessageContext]):
    """Answers questions from the calendar, before small talk, and leaves to all others what is not its own."""

    def __init__(self, ask: AskHandlers) -> None:
        self._ask = ask

    def answer(self, context: MessageContext) -> Reply | Unnumbered | None:
        """Return the events and deadlines that answer the question; None where it does not ask for any.

        Where the calendar has nothing that is called so, with the offer to pass the question on.
        """
        answer = self._ask.calendar.answer(context, after_directory=self._ask.remembers_directory(context))
        if answer is None:
            return None
        self._ask.answered_by_calendar(context)
        return (
            self._ask.search.offers.added_to_calendar(context, answer.reply)
            if answer.leaves_open
            else answer.reply
        )


class Search(PlainHandler[MessageContext]):
    """Answers questions from the directory."""

    def __init__(self, ask: AskHandlers) -> None:
        self._ask = ask

    def answer(self, context: MessageContext) -> Reply | Unnumbered | None:
        """Return the entries that answer the question or are nearest to it; None where nothing was found."""
        self._ask.search.offers.interrupted(context)
        reply = self._ask.search.answer(context)
        if reply is not None:
            self._ask.answered_by_directory(context)
        return reply


class NothingFound(PlainHandler[MessageContext]):
    """Says that nothing was found, and offers to pass the question on."""

    def __init__(self, ask: AskHandlers) -> None:
        self._ask = ask

    def answer(self, context: MessageContext) -> Reply | Unnumbered | None:
        """Return the reply to a message that no other handler answers."""
        knowledge = self._ask.knowledge
        translate = translator_for(knowledge, context)
        if self._ask.search.forgotten(context):
            return reply_of([translate(FORGOTTEN)], [], [], translate.language)
        if skips(context):
            translate = short_word_translator(knowledge, context)
            return reply_of([translate(NOTHING_TO_SKIP)], [], [], translate.language)
        return self._ask.search.offering(context, translate)


class ReactionToOffer(ReactionHandler[None]):
    """Tells who reacts to the offer in the bot's newest reply to them that the number is needed.

    Reactions are not encrypted: the homeserver could make one, and have the question leave the room.
    """

    def __init__(self, ask: AskHandlers) -> None:
        self._ask = ask

    async def load(self, context: ReactionContext, sources: Sources) -> None:
        """Read nothing."""

    def handle(self, context: ReactionContext, records: None) -> Reply | None:  # noqa: ARG002
        """Return the reply to such a reaction, None where no offer is open."""
        if not context.agrees or not context.is_newest:
            return None
        return self._ask.search.offers.needs_number(context.where)
