"""What was said before in a conversation, by person. In memory only, for a while, and never written anywhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from bots.context.message import MessageContext

T = TypeVar("T")

REMEMBERED_FOR = timedelta(hours=1)
"""After how long without a word a conversation is forgotten."""
AT_MOST = 2_000
"""Conversations that are remembered; the one that was silent longest is forgotten first."""


class ConversationMemory(Generic[T]):
    """The last thing said to each person in each conversation. Several threads may use it at once."""

    def __init__(self, *, at_most: int = AT_MOST, remembered_for: timedelta = REMEMBERED_FOR) -> None:
        self._at_most = at_most
        self._remembered_for = remembered_for
        self._said: OrderedDict[tuple[str, str], tuple[datetime, T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._said)

    def get(self, context: MessageContext) -> T | None:
        """Return what was said before, None where there is nothing or it is too long ago.

        Where nothing was said in the conversation yet, that is what was said in the one that it may go on with.
        """
        previous = (context.previous, context.person.user_id)
        with self._lock:
            said = self._said.get(_key(context)) or self._said.get(previous)
        if said is None or context.now - said[0] > self._remembered_for:
            return None
        return said[1]

    def find(self, context: MessageContext, matches: Callable[[T], bool]) -> tuple[str, T] | None:
        """Return what was said before to this person in any conversation, with the name of that."""
        user_id = context.person.user_id
        with self._lock:
            for (conversation, whose), (at, said) in self._said.items():
                is_fresh = context.now - at <= self._remembered_for
                if whose == user_id and is_fresh and matches(said):
                    return conversation, said
        return None

    def put(self, context: MessageContext, said: T) -> None:
        """Remember ``said`` in place of what was said before. A question outside of any conversation has none."""
        if not context.conversation:
            return
        with self._lock:
            self._forget_old(context.now)
            self._said[_key(context)] = (context.now, said)
            self._said.move_to_end(_key(context))

    def forget(self, context: MessageContext) -> None:
        """Forget what was said before in this conversation."""
        with self._lock:
            self._said.pop(_key(context), None)

    def forget_person(self, user_id: str) -> None:
        """Forget what was said to somebody, in every conversation."""
        with self._lock:
            for key in [key for key in self._said if key[1] == user_id]:
                del self._said[key]

    def _forget_old(self, now: datetime) -> None:
        while self._said:
            at, _said = next(iter(self._said.values()))
            if len(self._said) < self._at_most and now - at <= self._remembered_for:
                return
            self._said.popitem(last=False)


def _key(context: MessageContext) -> tuple[str, str]:
    return context.conversation, context.person.user_id
