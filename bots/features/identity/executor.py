"""Carries out the acceptance of a new identity."""

from __future__ import annotations

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.features.identity.effects import AcceptIdentity
from community.core.messages import msg
from community.jobs.notices import Notice, NoticeKind


async def accept_identity(effect: AcceptIdentity, execution: Execution, context: ExecutionContext) -> Reply:
    """Pin the new key and file a notice of it, unless the identity has changed again. Raises StoreError."""
    user_id, by = effect.user_id, execution.to.user_id
    accepted = await context.store.identities.accept(user_id, effect.master_key, by=by, at=execution.at)
    await context.identities.refresh()
    if accepted:
        told = Notice(NoticeKind.IDENTITY_ACCEPTED, user_id, effect.master_key, {})
        await context.store.jobs.file(told, at=execution.at)
        return execution.reply
    translate = context.translator([execution.language])
    changed = msg(
        "It has changed again meanwhile, so I have accepted nothing. Speak to them, then begin again."
    )
    return reply_of([translate(changed)], [], [], translate.language)
