"""Answers for what is new from one state of what is known, and what the store has for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bots.context.asker import asker_zone, viewer_of
from bots.context.conversation_memory import ConversationMemory
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.short_answer import ShortAnswer, short_answer
from bots.features.missed.items import NewsFinder
from bots.features.missed.records import NewsAsker, NewsRecords
from bots.features.missed.reply import NewsReply
from bots.features.missed.window import Window
from community.agenda.entry_scope import EntryScopes, Sight
from community.search.news_reading import NewsQuestion, read_news_question


@dataclass(frozen=True, slots=True)
class PreviousNews:
    """The previous question for what is new in a conversation. ``shown``: the names of the items shown so far."""

    question: NewsQuestion
    window: Window
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewsAsked:
    """What is asked for. ``shown``: what was shown before, which is left out; None where it is no “more”.

    ``window``: that of the answer before, where the question goes on from it.
    """

    question: NewsQuestion
    window: Window | None = None
    shown: frozenset[str] | None = None


class MissedNews:
    """Answers from ``known``; ``conversations`` has the previous question of each."""

    def __init__(self, known: Knowledge, conversations: ConversationMemory[PreviousNews]) -> None:
        self._known = known
        self._conversations = conversations

    @cached_property
    def _sight(self) -> Sight:
        return Sight(self._known.community)

    @cached_property
    def _scopes(self) -> EntryScopes:
        return EntryScopes(self._known.community)

    def asked(self, context: MessageContext) -> NewsAsked | None:
        """Return what a message asks for of what is new, None where it asks anything else."""
        before = self._conversations.get(context)
        if short_answer(context.text) is not None:
            is_more = before is not None and short_answer(context.text) is ShortAnswer.MORE
            return NewsAsked(before.question, before.window, before.shown) if before and is_more else None
        language = self._known.translator(context.person.languages).language
        today = context.now.astimezone(asker_zone(self._known, context)).date()
        previous = None if before is None else before.question
        question = read_news_question(context.text, self._known.lexicon, language, today, previous)
        if question is None:
            return None
        goes_on = before is not None and question.follows and _days(question) == _days(before.question)
        return NewsAsked(question, before.window if before is not None and goes_on else None)

    def asker(self, context: MessageContext, user_id: str, rooms: frozenset[str]) -> NewsAsker:
        """Return who asks: ``user_id``, who is in ``rooms``."""
        return NewsAsker(user_id, asker_zone(self._known, context), rooms, context.now)

    def reply(self, context: MessageContext, asked: NewsAsked, records: NewsRecords) -> Reply:
        """Return what is new, and remember what was shown of it."""
        question, viewer = asked.question, viewer_of(self._known, context)
        finder = NewsFinder(self._known, self._sight, self._scopes, viewer, records, context.now)
        before = asked.shown or frozenset()
        items = [item for item in finder.found(question) if item.name not in before]
        translate = self._known.translators[question.language]
        made = NewsReply(self._known, context, translate, records.window, question.narrows)
        reply, shown = made.of(items, goes_on=asked.shown is not None)
        names = before | {item.name for item in shown}
        said = PreviousNews(question, records.window, names)
        self._conversations.put(context, said, goes_on=question.follows or asked.shown is not None)
        return reply


def _days(question: NewsQuestion) -> tuple[object, object]:
    return question.since, question.until
