"""Carries out a removal: it is filed as a job, which the provisioner carries out."""

from __future__ import annotations

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.removal.effects import RemovalWish, RemoveFromSafeRoom
from bots.features.removal.wishes import WISHES
from community.jobs.removals import SafeRemoval


async def remove(effect: RemoveFromSafeRoom, execution: Execution, context: ExecutionContext) -> Reply:
    """File the job, in the name of the keeper. Raises StoreError."""
    by, at = execution.to.user_id, execution.at
    await context.store.jobs.file(SafeRemoval(effect.room_key, effect.user_id, by), at=at)
    await WISHES.drop(context.store.drafts, by)
    return execution.reply


async def keep_wish(effect: RemovalWish, execution: Execution, context: ExecutionContext) -> Reply:
    """Store the request that the keeper was asked to confirm. Raises StoreError."""
    return await WISHES.keep(effect, execution, context)
