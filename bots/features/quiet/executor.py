"""Notes the quiet hours that somebody has set."""

from __future__ import annotations

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.quiet.effects import KeepQuietHours


async def keep(effect: KeepQuietHours, execution: Execution, context: ExecutionContext) -> Reply:
    """Note them, or that there are none. Raises StoreError."""
    user_id = execution.to.user_id
    if effect.hours:
        await context.store.quiet_hours.put(user_id, effect.hours)
    else:
        await context.store.quiet_hours.drop(user_id)
    return execution.reply
