"""Carries out a leaving: it is filed as a job, which the provisioner carries out."""

from __future__ import annotations

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.leaving.effects import LeaveNetwork, LeavingWish
from bots.features.leaving.wishes import AWAITED, content_of, drop_wish
from community.jobs.leavings import YES, Leaving
from community.storage import Draft


async def leave(effect: LeaveNetwork, execution: Execution, context: ExecutionContext) -> Reply:
    """File the job, in the name of whoever leaves. Raises StoreError."""
    user_id = execution.to.user_id
    leaving = Leaving(
        user_id,
        context.username(user_id),
        user_id,
        effect.status,
        effect.successor,
        YES if effect.takes_back else "",
        YES if effect.erases else "",
    )
    await context.store.jobs.file(leaving, at=execution.at)
    await drop_wish(context.store.drafts, user_id)
    return execution.reply


async def keep_wish(effect: LeavingWish, execution: Execution, context: ExecutionContext) -> Reply:
    """Store what the person has chosen and was asked to confirm. Raises StoreError."""
    draft = Draft(
        room_id="",
        conversation=AWAITED,
        user_id=execution.to.user_id,
        content=content_of(effect),
        at=execution.at,
    )
    await context.store.drafts.put(draft)
    return execution.reply
