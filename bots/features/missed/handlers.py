"""The handler of questions for what is new, and of what goes on from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.conversation_memory import ConversationMemory
from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.features.missed.news import MissedNews, NewsAsked, PreviousNews
from bots.features.missed.records import NewsRecords, records_for
from community.search.news_reading import beginnings, signs

if TYPE_CHECKING:
    from bots.context.sources import Sources

_Asked = tuple[NewsAsked, NewsRecords] | None


class MissedHandlers(FeatureHandlers):
    """The handler, and the previous question of each conversation, which is kept in memory for a while."""

    def __init__(self, setting: Setting) -> None:
        self._conversations: ConversationMemory[PreviousNews] = ConversationMemory()
        self.use(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, MissedHandler]]:
        """The one handler, which is asked before that of “more” after other answers."""
        return ((Precedence.FOLLOW_UP, MissedHandler(self)),)

    def use(self, knowledge: Knowledge) -> None:
        """Answer from this state of what is known from now on."""
        self.news = MissedNews(knowledge, self._conversations)

    def interrupted(self, context: MessageContext) -> None:
        """Forget the previous question: “more” from now on is for what another feature has answered."""
        self._conversations.forget(context)

    def forget(self, user_id: str) -> None:
        """Forget the previous questions of a person."""
        self._conversations.forget_person(user_id)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget the previous questions that have words of a message."""
        self._conversations.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget the previous questions of an hour ago."""
        self._conversations.forget_old(now)


class MissedHandler(Handler[MessageContext, _Asked]):
    """Answers “what did I miss?”, and “more” and “only the deadlines” after it."""

    trigger = Trigger(starts=beginnings(), contains=signs())

    def __init__(self, owner: MissedHandlers) -> None:
        self._owner = owner

    async def load(self, context: MessageContext, sources: Sources) -> _Asked:
        """Return what is asked for, and what the store has for it. Raises StoreError."""
        asked = self._owner.news.asked(context)
        if asked is None:
            return None
        user = context.person.user_id
        rooms = frozenset(key for key, room in sources.rooms.rooms().items() if user in room.joined)
        asker = self._owner.news.asker(context, user, rooms)
        return asked, await records_for(sources.store, asked.question, asker, asked.window)

    def handle(self, context: MessageContext, records: _Asked) -> Reply | None:
        """Return what is new, None where something else is asked for."""
        return None if records is None else self._owner.news.reply(context, *records)

    def concerns(self, context: MessageContext, records: _Asked) -> bool:  # noqa: ARG002 - what is asked is in the records
        """Whether what is new is asked for; nothing is remembered of who is perhaps somebody else."""
        return records is not None
