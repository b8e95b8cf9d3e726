"""Carries out a removal: it is filed as a job, which the provisioner carries out."""

from __future__ import annotations

from dataclasses import asdict

from bots.context.effects import EffectType, Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.removal.effects import RemovalWish, RemoveFromSafeRoom
from bots.features.removal.wishes import RemovalWishes
from community.jobs.removals import SafeRemoval


async def remove(effect: RemoveFromSafeRoom, execution: Execution, context: ExecutionContext) -> Reply:
    """File the job, in the name of the keeper. Raises StoreError."""
    by, at = execution.to.user_id, execution.at
    await context.store.jobs.file(SafeRemoval(effect.room_key, effect.user_id, by), at=at)
    await RemovalWishes(context.store.drafts).drop(by)
    return execution.reply


async def keep_wish(effect: RemovalWish, execution: Execution, context: ExecutionContext) -> Reply:
    """Keep what the keeper has been asked back about. Raises StoreError."""
    await RemovalWishes(context.store.drafts).put(execution.to.user_id, effect, execution.at)
    return execution.reply


REMOVE_FROM_SAFE_ROOM = EffectType(
    "remove-from-safe-room",
    RemoveFromSafeRoom,
    to_json=asdict,
    from_json=lambda values: RemoveFromSafeRoom(**values),
    execute=remove,
)
REMOVAL_WISH = EffectType(
    "removal-wish",
    RemovalWish,
    to_json=asdict,
    from_json=lambda values: RemovalWish(**values),
    execute=keep_wish,
)
