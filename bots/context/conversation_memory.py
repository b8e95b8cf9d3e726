"""What was said before in a conversation, by person. In memory only, for a while, and never written anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bots.context.kept_texts import KEPT_FOR, KeptText, KeptTexts
from bots.context.message import MessageContext

T = TypeVar("T")

REMEMBERED_FOR = timedelta(hours=1)
"""For how long a question of the bot's that waits for a word counts."""
AT_MOST = 2_000
"""Conversations that are remembered; the one that was silent longest is forgotten first."""


class ConversationMemory(Generic[T]):
    """The last thing said to each person in each conversation. Several threads may use it at once.

    It is forgotten an hour after its words were said, and when a message that they are from is deleted.
    """

    def __init__(self, *, at_most: int = AT_MOST, remembered_for: timedelta = KEPT_FOR) -> None:
        self._said: KeptTexts[tuple[str, str], T] = KeptTexts(at_most, remembered_for)

    def __len__(self) -> int:
        return len(self._said)

    def get(self, context: MessageContext) -> T | None:
        """Return what was said before, None where there is nothing or it is too long ago.

        Where nothing was said in the conversation yet, that is what was said in the one that it may go on with.
        """
        kept = self._kept(context)
        return None if kept is None else kept.value

    def find(self, context: MessageContext, matches: Callable[[T], bool]) -> tuple[str, T] | None:
        """Return what was said before to this person in any conversation, with the name of that."""
        for (conversation, whose), kept in self._said.fresh(context.now):
            if whose == context.person.user_id and matches(kept.value):
                return conversation, kept.value
        return None

    def origins(self, context: MessageContext) -> tuple[str, ...]:
        """Return the messages that the words of what was said before are from."""
        kept = self._kept(context)
        return () if kept is None else kept.origins

    def put(self, context: MessageContext, said: T, *, goes_on: bool = False) -> None:
        """Remember ``said`` in place of what was said before. A question outside of any conversation has none.

        ``goes_on``: it has words of what was said before too.
        """
        if not context.conversation:
            return
        before = self._kept(context) if goes_on else None
        if before is None:
            self._said.put(_key(context), said, context.origins, context.now)
        else:
            origins = dict.fromkeys((*before.origins, *context.origins))
            self._said.put(_key(context), said, tuple(origins), context.now, before.since)

    def forget(self, context: MessageContext) -> None:
        """Forget what was said before in this conversation."""
        self._said.drop(_key(context))

    def forget_person(self, user_id: str) -> None:
        """Forget what was said to somebody, in every conversation."""
        for key in self._said.keys():  # noqa: SIM118 - a list of them as they are now
            if key[1] == user_id:
                self._said.drop(key)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what has words of a message that is deleted."""
        self._said.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget what was said too long ago."""
        self._said.forget_old(now)

    def _kept(self, context: MessageContext) -> KeptText[T] | None:
        previous = (context.previous, context.person.user_id)
        return self._said.get(_key(context), context.now) or self._said.get(previous, context.now)


def _key(context: MessageContext) -> tuple[str, str]:
    return context.conversation, context.person.user_id
