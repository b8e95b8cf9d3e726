"""Carries out a leaving: it is filed as a job, which the provisioner carries out."""

from __future__ import annotations

from collections.abc import Iterable

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.features.leaving.effects import LeaveNetwork, LeavingWish
from bots.features.leaving.sentences import not_alone
from bots.features.leaving.wishes import LEAVING_WISHES
from community.description.last_ones import LastOne, last_one
from community.jobs.job import Job
from community.jobs.leavings import YES, Leaving, others_going


async def leave(effect: LeaveNetwork, execution: Execution, context: ExecutionContext) -> Reply:
    """File the job, in the name of whoever leaves, unless everybody else who counts leaves. Raises StoreError."""
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
    community = context.answers.knowledge.community
    there = [person.username for person in context.people.values()]

    def refusal(waiting: Iterable[Job]) -> LastOne | None:
        going = {to.username for to in others_going(user_id, waiting)}
        return last_one(community, leaving.username, there, going)

    last = await context.store.jobs.file_beside(leaving, at=execution.at, refusal=refusal)
    await LEAVING_WISHES.drop(context.store.drafts, user_id)
    return execution.reply if last is None else _refused(last, execution, context)


def _refused(last: LastOne, execution: Execution, context: ExecutionContext) -> Reply:
    """Return the reply that whoever was to stay in their place is leaving as well."""
    translate = context.translator([execution.language])
    said = not_alone(last.room, translate.language, is_last=last.room is None)
    return reply_of([translate(one) for one in said], [], [], translate.language)


async def keep_wish(effect: LeavingWish, execution: Execution, context: ExecutionContext) -> Reply:
    """Store what the person has chosen and was asked to confirm. Raises StoreError."""
    return await LEAVING_WISHES.keep(effect, execution, context)
