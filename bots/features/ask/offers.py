"""Offers to pass a question on to the coordinators, which “yes” and the number accepts: it leaves the room then."""

from __future__ import annotations

from dataclasses import replace

from bots.context.conversation_memory import ConversationMemory
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply, Unnumbered
from bots.context.reply_text import reply_of
from bots.features.ask.effects import CountQuestion, topics
from bots.features.ask.previous_question import PreviousQuestion
from bots.features.ask.sentences import PASSED_ON, needs_number, not_waiting, offer
from community.core.messages import Message
from community.description.rooms import coordinating_roles
from community.search.asked import Question

LONGEST_PASSED_ON = 1000
"""The most characters of a question, with those it continues, that are passed on."""


class QuestionOffers:
    """The offers that were made. ``conversations`` has the last question of each conversation, with its offer."""

    def __init__(self, knowledge: Knowledge, conversations: ConversationMemory[PreviousQuestion]) -> None:
        self._known = knowledge
        self._conversations = conversations

    def made(
        self, context: MessageContext, said: PreviousQuestion, number: int | None, *, goes_on: bool
    ) -> None:
        """Remember a question as it was answered, with the number of the offer to pass it on, if any.

        ``goes_on``: it has words of the question before.
        """
        said = replace(said, offered=number is not None, offer=number, room_id=context.room_id)
        self._conversations.put(context, said, goes_on=goes_on)

    def can_pass_on(self, context: MessageContext) -> bool:
        """Whether the coordinators can be asked for this person, who is none of them.

        An answer can be sent back: there is a Matrix account and a conversation (not on the command line).
        """
        is_theirs = context.person.role in coordinating_roles(self._known.community)
        is_reached = bool(context.person.user_id and context.conversation) and not context.is_without_role
        return is_reached and not is_theirs

    def added_to(self, context: MessageContext, reply: Reply, asked: PreviousQuestion) -> Reply | Unnumbered:
        """Return a reply, which says what there is not, with the offer to pass ``asked`` on, if that can be done."""
        if not self.can_pass_on(context):
            return reply
        question = asked.question

        def offered(number: int) -> Reply:
            self.made(context, asked, number, goes_on=question.follows)
            translate = self._known.translators[question.language]
            added = reply_of([], [], [translate(offer(number))], question.language)
            return replace(reply, text=f"{reply.text}\n\n{added.text}", html=reply.html + added.html)

        return Unnumbered(offered)

    def added_to_calendar(self, context: MessageContext, reply: Reply) -> Reply | Unnumbered:
        """Return the reply of the calendar, which has not what was asked for, with the offer to pass that on."""
        language = reply.language if reply.found is None else reply.found.language
        text = context.text[-LONGEST_PASSED_ON:]
        return self.added_to(context, reply, PreviousQuestion(Question(language=language), text))

    def needs_number(self, context: MessageContext) -> Reply | None:
        """Return what somebody is told who agrees to the last offer without its number; None where none was made."""
        before = self._conversations.get(context)
        if before is None or not before.offered or before.offer is None:
            return None
        return self._say(before, needs_number(before.offer))

    def accepted(self, context: MessageContext, number: int) -> Reply:
        """Return the reply to “yes” and a number: the question is passed on that was offered under it, here."""
        # Imported here because few questions are passed on, and answering one must be quick to start.
        from bots.features.pass_on.effects import PassOn  # noqa: PLC0415

        found = self._conversations.find(
            context, lambda said: (said.offer, said.room_id) == (number, context.room_id)
        )
        if found is None:
            return self._unknown(context, number)
        conversation, before = found
        where = replace(context, conversation=conversation)
        origins = self._conversations.origins(where)
        self._conversations.put(where, replace(before, offered=False, offer=None), goes_on=True)
        passed_on = PassOn(before.text, before.question.language, number, origins)
        count = CountQuestion(topics(before.question), answered=False)
        return replace(self._say(before, PASSED_ON), effects=(passed_on, count))

    def _unknown(self, context: MessageContext, number: int) -> Reply:
        translate = self._known.translator(context.person.languages)
        return reply_of([translate(not_waiting(number))], [], [], translate.language)

    def interrupted(self, context: MessageContext) -> None:
        """Take note that the person has said something else: a mere “yes” or “no” does not mean the offer."""
        before = self._conversations.get(context)
        if before is not None and before.offered:
            self._conversations.put(context, replace(before, offered=False), goes_on=True)

    def _say(self, before: PreviousQuestion, message: Message) -> Reply:
        translate = self._known.translators[before.question.language]
        return reply_of([translate(message)], [], [], translate.language)
