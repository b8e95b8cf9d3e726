"""Carries out edits of the directory: makes changes, files proposals, and ends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bots.context.daily_limits import is_limit_reached
from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.context.requests import address_of, address_to_payload
from bots.errors import NotEncrypted
from bots.features.edit.editor import DirectoryEditor, editor
from bots.features.edit.effects import Apply, Decide, Propose
from community.core.errors import EntryConflict
from community.core.messages import msg
from community.description.person import Person
from community.directory.entry import EntryChange
from community.jobs.job import Job
from community.jobs.requested import ProposedChange
from community.storage import Draft, JobState, NewAuditEntry

_ENOUGH_TODAY = msg(
    "You have proposed a lot today, thank you: I bring others no more than that from one person in a day. This one is "
    "kept here. Please confirm it again tomorrow."
)
_LOOKED_AT = 50
"""How many of an entry's newest changes are searched for one that was made before a crash."""


async def apply(effect: Apply, execution: Execution, context: ExecutionContext) -> Reply:
    """Make all changes, or none where an entry was changed in the meantime. Raises StoreError."""
    try:
        await _change(effect.changes, effect.undoes, execution, context)
    except EntryConflict:
        return _changed_meanwhile(execution, context)
    return execution.reply


async def propose(effect: Propose, execution: Execution, context: ExecutionContext) -> Reply:
    """File the changes as a job and post it where those read it who may approve it. Raises PalabreError."""
    to = execution.to
    draft = await context.store.drafts.get(to.room_id, to.conversation, to.user_id)
    proposed = ProposedChange(
        **address_to_payload(to),
        changes=effect.changes,
        cities=effect.to_cities,
        undoes=effect.undoes,
        word=execution.event_id,
        number=str(await context.store.numbers.take()),
        origins=() if draft is None else draft.origins,
    )
    if await is_limit_reached(proposed, execution, context):
        return _put_off(draft, execution, context)
    await context.store.jobs.file(proposed, at=execution.at)
    await context.escalations.post()
    return execution.reply


def _put_off(draft: Draft | None, execution: Execution, context: ExecutionContext) -> Reply:
    """Return the reply where somebody has proposed enough for a day: their draft is kept."""
    translate = context.translator([execution.language])
    reply = reply_of([translate(_ENOUGH_TODAY)], [], [], translate.language)
    return replace(reply, is_turn=draft is not None, draft=None if draft is None else draft.content)


async def decide(effect: Decide, execution: Execution, context: ExecutionContext) -> Reply:
    """Make an approved proposal's changes, tell its proposer, and end the job. Raises PalabreError."""
    proposal, approved, reply = effect.proposal, effect.approved, execution.reply
    if approved:
        try:
            await _change(proposal.changes, proposal.undoes, execution, context)
        except EntryConflict:
            approved, reply = False, _changed_meanwhile(execution, context)
    pending = await context.store.jobs.pending(ProposedChange.KIND)
    job = next((each for each in pending if each.id == proposal.id), None)
    if job is None:
        return reply
    proposer = context.people.get(proposal.proposer)
    if proposer is not None and proposer.user_id != execution.to.user_id:
        told = _told(effect, proposer, execution.at, context, approved=approved)
        await context.sender.bring(f"decided/{job.idempotency_key}", address_of(job.payload), told)
    await _mark_shown(effect, job, execution, context, approved=approved)
    reason = None if approved else "declined"
    await context.store.jobs.end(proposal.id, JobState.DONE, at=execution.at, reason=reason)
    return reply


async def _mark_shown(
    effect: Decide, job: Job, execution: Execution, context: ExecutionContext, *, approved: bool
) -> None:
    """Say on every post of a proposal what was decided, so that nobody looks at it again. Raises PalabreError."""
    decider = context.people.get(execution.to.user_id)
    for room_id, event_id, user_id in await context.escalations.shown(job):
        reader = decider if user_id is None else context.people.get(user_id)
        if reader is None:
            continue
        told = _told(effect, reader, execution.at, context, approved=approved)
        key = f"decided/{job.idempotency_key}/{event_id}"
        try:
            await context.sender.rewrite(key, room_id, event_id, told)
        except NotEncrypted:
            continue  # the bot is not in that room any more


async def _change(
    changes: Sequence[EntryChange], undoes: int | None, execution: Execution, context: ExecutionContext
) -> None:
    """Make changes and note them in the audit. Raises EntryConflict where an entry has other content by now.

    What somebody has given for a hidden field may be what it was: then nothing is changed, and they are not told so.
    """
    actor, at, store = execution.to.user_id, execution.at, context.store
    changes = [change for change in changes if change.before != change.after]
    try:
        await store.entries.change(changes, actor=actor, at=at, undoes=undoes)
    except EntryConflict:
        if not await _is_made(changes, execution, context):
            raise
        return
    noted = [
        NewAuditEntry(at=at, actor=actor, action="change-entry", subject=f"{change.kind}/{change.key}")
        for change in changes
    ]
    await store.audit.add(noted)
    await context.answers.refresh(store)


async def _is_made(changes: Sequence[EntryChange], execution: Execution, context: ExecutionContext) -> bool:
    """Whether these changes were already made: by a process that ended before it sent its reply."""
    for change in changes:
        rows = await context.store.entries.history(change.kind, change.key, limit=_LOOKED_AT)
        same = [row for row in rows if (row.actor, row.at) == (execution.to.user_id, execution.at)]
        if not any((row.before, row.after) == (change.before, change.after) for row in same):
            return False
    return True


def _changed_meanwhile(execution: Execution, context: ExecutionContext) -> Reply:
    person = context.people.get(execution.to.user_id)
    if person is None:
        return execution.reply
    return _editor(context).changed_meanwhile(execution.language, person, execution.at)


def _told(
    effect: Decide, proposer: Person, at: datetime, context: ExecutionContext, *, approved: bool
) -> Reply:
    """Return the message to the proposer: the decision, or that the entry was changed in the meantime."""
    if effect.approved and not approved:
        language = context.translator(proposer.languages).language
        return _editor(context).changed_meanwhile(language, proposer, at)
    return _editor(context).decided(effect.proposal, proposer, at, approved=approved)


def _editor(context: ExecutionContext) -> DirectoryEditor:
    return editor(context.answers.knowledge)
