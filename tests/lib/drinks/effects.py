"""The effect of the answer: the cup is noted, once, and counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from bots.context.effects import EffectType, Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Effect, Reply
from community.core.messages import msg
from community.storage import RequestState, Store

CUP = "cup"
"""The kind of the requests that are noted cups."""


@dataclass(frozen=True, slots=True)
class NoteCup(Effect):
    """Note what somebody would like to drink."""

    drink: str


async def note_cup(effect: NoteCup, execution: Execution, context: ExecutionContext) -> Reply:
    """Note it once for each message, however often this is called."""
    payload = {"drink": effect.drink, "user_id": execution.to.user_id}
    key = f"cup/{execution.event_id}"
    await context.store.requests.file(CUP, payload, idempotency_key=key, at=execution.at)
    return execution.reply


class Cups:
    """What is kept about people: who has chosen which drink."""

    async def export(self, store: Store, user_id: str) -> object:
        requests = await store.requests.pending(CUP)
        return [each.payload["drink"] for each in requests if each.payload["user_id"] == user_id]

    async def erase(self, store: Store, user_id: str, at: datetime) -> None:
        for request in await store.requests.pending(CUP):
            if request.payload["user_id"] == user_id:
                await store.requests.end(request.id, RequestState.DONE, at=at, without=("user_id",))


NOTE_CUP = EffectType(
    "note-cup",
    NoteCup,
    to_json=asdict,
    from_json=lambda values: NoteCup(**values),
    execute=note_cup,
    apology=msg("Your cup was not noted. Please choose again."),
)
