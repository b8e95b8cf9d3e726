"""What is new for a member, as ``palabre ask --as`` tells it: from the store, as the bot does."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bots.context.conversation_memory import ConversationMemory
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.features.missed.news import MissedNews, NewsAsked, PreviousNews
from bots.features.missed.records import NewsAsker, NewsRecords, records_for
from community.description.data_folder import DataFolder
from community.description.rooms import expand_rooms
from palabre_cli.stored import opened


class StoredNews:
    """Answers “what did I miss?” to one member, ``user_id``; the rooms that they are in are those described."""

    def __init__(self, known: Knowledge, user_id: str, config: Path, data: DataFolder) -> None:
        self._conversations: ConversationMemory[PreviousNews] = ConversationMemory()
        self._news = MissedNews(known, self._conversations)
        self._known, self._user_id, self._config, self._data = known, user_id, config, data

    def answer(self, context: MessageContext) -> Reply | None:
        """Return what is new, None where anything else is asked. Raises what `opened` raises."""
        asked = self._news.asked(context)
        if asked is None:
            return None
        username = context.person.username
        rooms = expand_rooms(self._known.community)
        there = frozenset(room.key for room in rooms if username in room.members)
        asker = self._news.asker(context, self._user_id, there)
        records = asyncio.run(self._records(asked, asker))
        return self._news.reply(context, asked, records)

    def interrupted(self, context: MessageContext) -> None:
        """Take note that something else was answered."""
        self._conversations.forget(context)

    async def _records(self, asked: NewsAsked, asker: NewsAsker) -> NewsRecords:
        async with opened(self._config, self._data) as store:
            return await records_for(store, asked.question, asker, asked.window)
