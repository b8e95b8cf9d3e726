"""Files what somebody is promised who leaves a room to be invited again."""

from __future__ import annotations

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.earlier.effects import InviteOnceLeft
from community.jobs.return_invitations import ReturnInvitation


async def invite_once_left(effect: InviteOnceLeft, execution: Execution, context: ExecutionContext) -> Reply:
    """File the job, which ends by itself where they stay; who asks again has an hour from then. Raises StoreError."""
    user_id = execution.to.user_id
    asked = execution.at.isoformat()
    takes_out = "yes" if effect.takes_out else ""
    promised = ReturnInvitation(effect.room_id, effect.room_key, user_id, asked, takes_out)
    before = {"room_id": effect.room_id, "user_id": user_id, "takes_out": takes_out}
    await context.store.jobs.withdraw(promised.KIND, before, at=execution.at)
    await context.store.jobs.file(promised, at=execution.at)
    return execution.reply
