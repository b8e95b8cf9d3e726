"""Exports and erases a person's data."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.context.personal_data import all_about, forget_all
from bots.encryption.media import attachment, seal
from bots.features.privacy.effects import ExportData, Forget
from community.core.messages import msg
from community.core.plain_text import clean
from community.jobs.planned_replies import PlannedReplyJob

_FORGOTTEN = msg("somebody who has asked to be forgotten")


async def export(_effect: ExportData, execution: Execution, context: ExecutionContext) -> Reply:
    """Upload an encrypted file and return the reply with it. Raises PalabreError."""
    user_id = execution.to.user_id
    answering = PlannedReplyJob.key(execution.event_id)
    about = await all_about(
        context.store, context.personal_data, user_id, context.username(user_id), answering=answering
    )
    content = json.dumps(about, indent=2, ensure_ascii=False, default=str).encode()
    sealed = seal(content, secrets.token_bytes)
    url = await context.media.upload_media(sealed.ciphertext)
    name = f"palabre-{execution.at:%Y-%m-%d}.json"
    file = attachment(sealed, url, name=name, media_type="application/json")
    return replace(execution.reply, files=(file,))


async def forget(_effect: Forget, execution: Execution, context: ExecutionContext) -> Reply:
    """Tell the coordinators, then erase the asker from the store and from memory. Raises PalabreError."""
    user_id = execution.to.user_id
    told = msg(
        "{user} has asked to be forgotten: their contact, drafts and questions are gone from the directory. "
        "The description still has them as a member, which is yours to change.",
        user=clean(user_id),
    )
    await context.escalations.tell_coordinators(f"forgotten/{execution.event_id}", told)
    replacement = context.escalations.translator(_FORGOTTEN)
    answering = PlannedReplyJob.key(execution.event_id)
    await forget_all(
        context.store,
        context.personal_data,
        user_id,
        context.username(user_id),
        replacement,
        at=execution.at,
        answering=answering,
    )
    context.answers.forget(user_id)
    await context.answers.refresh(context.store)
    return execution.reply
