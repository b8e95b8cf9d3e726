"""A plan: the changes to make on the homeserver, with notes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from community.core.messages import Message, Translator
from community.core.plan_text import ChangeSign, end_lines, summary_of
from matrix.ids import UserId
from provisioning.bot_absences import BotAbsence
from provisioning.change_text import describe
from provisioning.changes import (
    BanBot,
    Change,
    CreateAccount,
    JoinMember,
    LeaveRoom,
    LetIn,
    digest_of,
    sign,
    subject,
)
from provisioning.description_news import DescriptionNews
from provisioning.dressing import dressing_lines, is_dressing
from provisioning.plan_summary import MOST_LINES, summary_lines
from provisioning.safe_rooms import SafeRoom
from provisioning.stages import stage
from provisioning.undescribed import Undescribed

_SIGNS: tuple[ChangeSign, ...] = ("+", "~", "-")


@dataclass(frozen=True)
class Plan:
    """The changes, in the order in which they may be applied, with notes.

    ``excess`` says how much would be removed, where that is more than is allowed without ``--force``. ``safe`` has the
    phase of each described safe room. ``held`` are accounts that get nothing until somebody
    has said whose they are, ``adopted`` such as the settings take for their people's without asking. ``absent``: where
    the bot ought to be and is not. ``growth`` says how much would be added to what is there, where that is much.
    ``undescribed``: what nobody has described. ``news``: what changes of what Palabre itself goes by.
    ``renamed``: the key until now of each room that has another. ``not_come``: people described of whom there is no
    account yet, so that it gives them nothing.
    """

    changes: tuple[Change, ...]
    notes: tuple[Message, ...] = ()
    excess: Message | None = None
    safe: tuple[SafeRoom, ...] = ()
    held: frozenset[UserId] = frozenset()
    adopted: frozenset[UserId] = frozenset()
    absent: tuple[BotAbsence, ...] = ()
    growth: Message | None = None
    undescribed: tuple[Undescribed, ...] = ()
    news: DescriptionNews | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    not_come: frozenset[UserId] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether applying it changes nothing."""
        return not self.changes and self.news is None

    @property
    def unmade(self) -> frozenset[UserId]:
        """The accounts that it makes."""
        return frozenset(c.account.user_id for c in self.changes if isinstance(c, CreateAccount))

    @property
    def transitions(self) -> Plan:
        """The changes alone that go on by themselves once a description was applied.

        By them safe rooms come to be held by their keepers and open to all who belong, and the bot is put back into
        rooms that nobody has taken it out of.
        """
        returns = [JoinMember(each.room, each.bot) for each in self.absent if each.is_of_its_own]
        rooms = {key for safe in self.safe for key in (safe.room.key, safe.room.gate)}
        steps = (JoinMember, BanBot, LeaveRoom, LetIn)
        kept = (
            change
            for change in self.changes
            if isinstance(change, steps) and (_room_of(change) in rooms or change in returns)
        )
        return replace(self, changes=tuple(kept), news=None)

    def rooms_joined_by(self, user_id: UserId) -> frozenset[str]:
        """Return the rooms that it puts somebody into."""
        return frozenset(c.room for c in self.changes if isinstance(c, JoinMember) and c.user_id == user_id)

    @property
    def awaited(self) -> tuple[BotAbsence, ...]:
        """Where the bot is missing and is not put back unasked."""
        return tuple(each for each in self.absent if not each.is_of_its_own)

    @property
    def digest(self) -> str:
        """A digest of the changes, the same in every process."""
        changes = digest_of(self.changes)
        if self.news is None:
            return changes
        return hashlib.sha256(f"{changes}{self.news.digest}".encode()).hexdigest()[: len(changes)]

    @property
    def all_notes(self) -> tuple[Message, ...]:
        """The notes, and what nobody has described, each with what can be done."""
        found = (
            Message("{sentence} {remedy}", {"sentence": thing.sentence, "remedy": thing.remedy})
            for thing in self.undescribed
        )
        return (*self.notes, *found)

    def count(self, wanted: str) -> int:
        """Return how many changes have that sign."""
        return sum(1 for each in self._signs if each == wanted)

    @property
    def size(self) -> int:
        """How many changes there are."""
        return len(self._signs)

    @property
    def _signs(self) -> list[ChangeSign]:
        news: list[ChangeSign] = [] if self.news is None else ["~"] * len(self.news.lines)
        return [*map(sign, self.changes), *news]

    @property
    def summary(self) -> Message:
        """How much is added, changed and removed."""
        return summary_of(self._signs)

    def lines(self, translate: Translator, *, whole: bool = False) -> Iterator[str]:
        """Give the plan as text: changes by what they are about (accounts, then each room), notes, summary, digest.

        A long one is shown in short, unless it is to be shown ``whole``.
        """
        if len(self.changes) > MOST_LINES and not whole:
            yield from summary_lines(self.changes, translate)
        else:
            dressing = dressing_lines(self.changes)
            for change in sorted(self.changes, key=_shown_at):
                if not is_dressing(change):
                    yield f"{sign(change)} {translate(describe(change))}"
            yield from (f"~ {translate(line)}" for line in dressing)
        for line in () if self.news is None else self.news.lines:
            yield f"~ {translate(line)}"
        yield from end_lines(self._signs, self.all_notes, self.excess, self.digest, translate)


def _room_of(change: JoinMember | BanBot | LeaveRoom | LetIn) -> str:
    return change.gate if isinstance(change, LetIn) else change.room


def _shown_at(change: Change) -> tuple[tuple[str, str], int, int, str]:
    return subject(change), _SIGNS.index(sign(change)), stage(change), str(describe(change))
