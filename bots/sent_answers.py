"""Which of the bot's messages answer which question: so that an answer follows its question when that is changed.

Ids only, for an hour: in memory, and a moment later in the store (`bots.kept_answers`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.context.kept_texts import origin
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
    """The answers of the last hour by room and question, and by what they quote (in memory alone).

    While ``is_clock_believed`` does not hold, each counts as of the last hour.
    """

    def __init__(
        self, now: Callable[[], datetime], is_clock_believed: Callable[[], bool] = lambda: True
    ) -> None:
        self._now = now
        self._is_clock_believed = is_clock_believed
        self._given: OrderedDict[tuple[str, str], list[SentAnswer]] = OrderedDict()
        self._quoting: OrderedDict[str, list[SentAnswer]] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()
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

    def note(
        self, to: Address, event_ids: tuple[str, ...], *, is_plain: bool, origins: Collection[str] = ()
    ) -> bool:
        """Remember an answer; return False where a message that it has words of has gone while it was on its way.

        One that was sent again, after a crash, is the same. ``origins`` are messages besides the one that it answers.
        """
        own = origin(to.room_id, to.event_id)
        if not self._gone.keys().isdisjoint({own, *origins}):
            return False
        known = self._given.setdefault((to.room_id, to.event_id), [])
        known[:] = [each for each in known if each.event_ids[0] != event_ids[0]]
        answer = SentAnswer(to, event_ids, self._now(), is_plain)
        known.append(answer)
        self._new.append(answer)
        self._given.move_to_end((to.room_id, to.event_id))
        while len(self._given) > AT_MOST:
            self._given.popitem(last=False)
        self._note_quoting(answer, [each for each in origins if each != own])
        return True

    def _note_quoting(self, answer: SentAnswer, origins: Iterable[str]) -> None:
        for each in origins:
            self._quoting.setdefault(each, []).append(answer)
            self._quoting.move_to_end(each)
        while len(self._quoting) > AT_MOST:
            self._quoting.popitem(last=False)

    def to(self, room_id: str, question: str) -> tuple[SentAnswer, ...]:
        """Return the answers of the last hour to a question, oldest first."""
        known = self._given.get((room_id, question), ())
        return tuple(filter(self._follows, known))

    def _follows(self, answer: SentAnswer) -> bool:
        return self._now() - answer.at <= FOLLOWS_FOR or not self._is_clock_believed()

    def take(self, room_id: str, event_id: str) -> tuple[SentAnswer, ...]:
        """Return the answers of the last hour that have words of a message that is gone, and forget them."""
        gone = origin(room_id, event_id)
        quoting = self._quoting.pop(gone, [])
        answers = (*self.to(room_id, event_id), *filter(self._follows, quoting))
        if self._given.pop((room_id, event_id), None) is not None:
            self._taken.append((room_id, event_id))
        self._gone[gone] = None
        while len(self._gone) > AT_MOST:
            self._gone.popitem(last=False)
        return answers
