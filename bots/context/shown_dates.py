"""Which dates of the calendar a message of the bot's shows: in a mark of it, and what it last told somebody.

So "move it to Friday" has a meaning in reply to a post, and right after an answer. Only a mark in a message of the
bot's own is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.conversation_memory import ConversationMemory
from bots.context.marks import DATES

if TYPE_CHECKING:
    from bots.context.incoming import IncomingMessage
    from bots.context.message import MessageContext, Reply

MOST = 20
"""The most dates that a message is marked with."""


def dates_mark(keys: Iterable[str]) -> dict[str, str]:
    """Return the mark of a message that shows occurrences (`Occurrence.key`) or entries (kind and key alone)."""
    shown = tuple(dict.fromkeys(keys))[:MOST]
    return {DATES: " ".join(shown)} if shown else {}


def dates_shown(message: IncomingMessage, me: str) -> tuple[str, ...]:
    """Return the keys of what a message shows, as `dates_mark` took them; none unless it is the bot's (``me``)."""
    return tuple(message.marks.get(DATES, "").split()) if message.sender == me else ()


class SpokenOf:
    """The dates that the bot's last reply to each person showed, in each conversation. In memory, for an hour."""

    def __init__(self) -> None:
        self._last: ConversationMemory[tuple[str, ...]] = ConversationMemory()

    def known(self, context: MessageContext) -> MessageContext:
        """Return a message with what was just spoken of, where it does not reply to another message."""
        if context.shown or context.quoted is not None or context.hides_quoted:
            return context
        return replace(context, shown=self._last.get(context) or ())

    def note(self, context: MessageContext, reply: Reply | None) -> None:
        """Remember what a reply shows; one that shows no date, and asks nothing, ends what was spoken of."""
        if reply is None:
            return
        shown = tuple(reply.marks.get(DATES, "").split())
        if shown:
            self._last.put(context, shown)
        elif reply.draft is None:
            self._last.forget(context)

    def forget(self, user_id: str) -> None:
        """Forget what was said to somebody."""
        self._last.forget_person(user_id)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what was said to a message that is deleted."""
        self._last.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget what was said too long ago."""
        self._last.forget_old(now)
