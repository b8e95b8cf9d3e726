"""Which of the bot's messages answer which question: so that an answer follows its question when that is changed.

Ids only, for an hour: in memory, and a moment later in the store (`bots.kept_answers`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.context.message import Address

FOLLOWS_FOR = timedelta(hours=1)
"""How long an answer follows its question. Clients show a changed question over the old answer."""
AT_MOST = 5_000


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """An answer that was sent: ``to`` is whom and what it answers.

    ``event_ids`` are its messages, the text first, then its files. ``is_plain``: nothing was done besides answering, so
    that it may be answered otherwise.
    """

    to: Address
    event_ids: tuple[str, ...]
    at: datetime
    is_plain: bool


class SentAnswers:
    """The answers of the last hour by room and question."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._given: OrderedDict[tuple[str, str], list[SentAnswer]] = OrderedDict()
        self._gone: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._new: list[SentAnswer] = []
        self._taken: list[tuple[str, str]] = []

    def restore(self, answers: Iterable[SentAnswer]) -> None:
        """Remember what another process has sent, oldest first."""
        for each in answers:
            self._given.setdefault((each.to.room_id, each.to.event_id), []).append(each)

    def unkept(self) -> tuple[tuple[SentAnswer, ...], tuple[tuple[str, str], ...]]:
        """Return what is new, and which questions are gone (room, question), that `kept` was not told of."""
        return tuple(self._new), tuple(self._taken)

    def kept(self, new: int, gone: int) -> None:
        """Note that so many of the first that `unkept` has returned are in the store."""
        del self._new[:new], self._taken[:gone]

    def note(self, to: Address, event_ids: tuple[str, ...], *, is_plain: bool) -> None:
        """Remember an answer; one that was sent again, after a crash, is the same."""
        known = self._given.setdefault((to.room_id, to.event_id), [])
        known[:] = [each for each in known if each.event_ids[0] != event_ids[0]]
        answer = SentAnswer(to, event_ids, self._now(), is_plain)
        known.append(answer)
        self._new.append(answer)
        self._given.move_to_end((to.room_id, to.event_id))
        while len(self._given) > AT_MOST:
            self._given.popitem(last=False)

    def to(self, room_id: str, question: str) -> tuple[SentAnswer, ...]:
        """Return the answers of the last hour to a question, oldest first."""
        known = self._given.get((room_id, question), ())
        return tuple(each for each in known if self._now() - each.at <= FOLLOWS_FOR)

    def take(self, room_id: str, question: str) -> tuple[SentAnswer, ...]:
        """Return the answers of the last hour to a question that is gone, and forget them."""
        answers = self.to(room_id, question)
        if self._given.pop((room_id, question), None) is not None:
            self._taken.append((room_id, question))
        self._gone[room_id, question] = None
        while len(self._gone) > AT_MOST:
            self._gone.popitem(last=False)
        return answers

    def is_gone(self, room_id: str, question: str) -> bool:
        """Whether a question is gone, as far as it is remembered: it may go while its answer is on the way."""
        return (room_id, question) in self._gone
