"""The effect of the answer: the cup is noted, once, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar

from bots.context.effects import EffectType, Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Effect, Reply
from community.core.messages import msg
from community.jobs.payload import Erasure, JobPayload
from community.storage import Store


@dataclass(frozen=True)
class Cup(JobPayload):
    """A noted cup. Whose it is only the feature can tell: the store does not find it by a Matrix ID."""

    KIND: ClassVar[str] = "cup"
    ERASURE: ClassVar[Erasure] = Erasure.DELETED
    """Read only of kinds that are listed in `community.jobs.kinds`; all others are deleted."""

    drink: str
    owner: str
    event_id: str

    @property
    def idempotency_key(self) -> str:
        return f"{self.KIND}/{self.event_id}"


def owner(user_id: str) -> str:
    return sha256(user_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class NoteCup(Effect):
    """Note what somebody would like to drink."""

    drink: str


async def note_cup(effect: NoteCup, execution: Execution, context: ExecutionContext) -> Reply:
    """Note it once for each message, however often this is called."""
    cup = Cup(effect.drink, owner(execution.to.user_id), execution.event_id)
    await context.store.jobs.file(cup, at=execution.at)
    return execution.reply


class Cups:
    """What is kept about people: who has chosen which drink."""

    async def export(self, store: Store, user_id: str) -> object:
        cups = Cup.each(await store.jobs.pending(Cup.KIND))
        return [cup.drink for _job, cup in cups if cup.owner == owner(user_id)]

    async def erase(self, store: Store, user_id: str, at: datetime) -> None:
        await store.jobs.withdraw(Cup.KIND, {"owner": owner(user_id)}, at=at)
        await store.jobs.prune(Cup.KIND, before=at + timedelta.resolution)


NOTE_CUP = EffectType(
    "note-cup",
    NoteCup,
    execute=note_cup,
    apology=msg("Your cup was not noted. Please choose again."),
)
