"""Brings requests for spaces to those who decide, and does what they say."""

from __future__ import annotations

from bots.context.daily_limits import is_limit_reached
from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.errors import NotEncrypted
from bots.features.spaces import sentences as said
from bots.features.spaces.deciding import (
    deciders,
    is_still_possible,
    member_of,
    safe_rooms_asked,
)
from bots.features.spaces.effects import AskForTheme, DecideRequest, WithdrawSpaceRequest
from bots.features.spaces.executor import follow, instead
from bots.features.spaces.speech import SpaceSpeech
from bots.features.spaces.wishes import SPACE_WISHES
from community.core.plain_text import clean
from community.description.model import Member
from community.description.person import Person
from community.description.theme_rooms import with_theme
from community.jobs.job import Job
from community.jobs.notices import Notice, NoticeKind
from community.jobs.removals import SafeRemoval
from community.jobs.requested import SpaceRequest
from community.jobs.space_changes import SpaceChange
from community.storage import JobState
from community.storage.members import NothingApplied, UnknownMember


async def ask(effect: AskForTheme, execution: Execution, context: ExecutionContext) -> Reply:
    """File the request and show it to those who decide. Raises PalabreError."""
    community, user_id = context.answers.knowledge.community, execution.to.user_id
    await SPACE_WISHES.drop(context.store.drafts, user_id)
    asker = context.people.get(user_id)
    if asker is None or not is_still_possible(community, asker, effect.theme):
        return instead(said.NOT_ANY_MORE, execution, context)
    if not deciders(community, tuple(context.people.values()), member_of(community, asker), effect.theme):
        return instead(said.NOBODY_DECIDES, execution, context)
    mine = SpaceRequest.each(await context.store.jobs.pending(SpaceRequest.KIND))
    waits = [asked.word for _, asked in mine if (asked.user_id, asked.theme) == (user_id, effect.theme)]
    if waits and execution.event_id not in waits:
        theme = SpaceSpeech(context.translator([execution.language])).theme(community.theme[effect.theme])
        return instead(said.filled(said.STILL_ASKED, theme=theme), execution, context)
    if not waits:
        number = str(await context.store.numbers.take())
        asked = SpaceRequest(user_id, number, effect.theme, execution.event_id)
        if await is_limit_reached(asked, execution, context):
            return instead(said.ENOUGH_ASKED, execution, context)
        await context.store.jobs.file(asked, at=execution.at)
    await context.escalations.post()
    return execution.reply


async def withdraw(effect: WithdrawSpaceRequest, execution: Execution, context: ExecutionContext) -> Reply:
    """Take a request back that is the person's own. Raises PalabreError."""
    job, asked = await _waiting(effect.request, context)
    if job is not None and asked is not None and asked.user_id == execution.to.user_id:
        await _mark_shown(job, context)
        await context.store.jobs.end(job.id, JobState.WITHDRAWN, at=execution.at)
    return execution.reply


async def decide(effect: DecideRequest, execution: Execution, context: ExecutionContext) -> Reply:
    """Grant or refuse a request, tell who has asked, and end it. Raises PalabreError."""
    job, asked = await _waiting(effect.request, context)
    if job is None or asked is None:
        return instead(said.NO_LONGER_WAITS, execution, context)
    community, asker = context.answers.knowledge.community, context.people.get(asked.user_id)
    people = tuple(context.people.values())
    by = context.people.get(execution.to.user_id)
    if asker is None or by not in deciders(community, people, member_of(community, asker), asked.theme):
        return instead(said.NO_LONGER_WAITS, execution, context)
    if effect.granted and context.identities.is_changed(asker.user_id):
        return _changed_identity(asker, execution, context)
    is_granted = effect.granted and await _grant(asked, asker, execution, context)
    kind = NoticeKind.SPACE_GRANTED if is_granted else NoticeKind.SPACE_REFUSED
    await context.store.jobs.file(_notice(kind, asked, asker, context), at=execution.at)
    await _mark_shown(job, context)
    await context.store.jobs.end(job.id, JobState.DONE, at=execution.at)
    if effect.granted and not is_granted:
        return instead(said.NO_LONGER_WAITS, execution, context)
    return execution.reply


async def _grant(asked: SpaceRequest, asker: Person, execution: Execution, context: ExecutionContext) -> bool:
    """Have the asker take the theme up; return False where that cannot be any more."""
    community, by, at = context.answers.knowledge.community, execution.to.user_id, execution.at
    member = member_of(community, asker)
    if member is None:
        return False
    is_possible = is_still_possible(community, asker, asked.theme, is_invited=asked.is_invited)
    if asked.theme not in member.themes and not is_possible:
        return False
    try:
        await context.store.members.change(
            member.username, lambda one: with_theme(one, asked.theme), asker.user_id, by=by, at=at
        )
    except (UnknownMember, NothingApplied):
        return False
    await _let_in_again(asked, asker, member, context, execution)
    await follow(asked.theme, SpaceChange.JOINED, member, asker.user_id, execution, context)
    return True


async def _let_in_again(
    asked: SpaceRequest, asker: Person, member: Member, context: ExecutionContext, execution: Execution
) -> None:
    """Note that whoever a keeper has once removed is let in by a keeper now."""
    community = context.answers.knowledge.community
    for room in safe_rooms_asked(community, member, community.theme[asked.theme]):
        where = {"user_id": asker.user_id, "room_key": room.key}
        await context.store.jobs.revoke(SafeRemoval.KIND, where, at=execution.at)


async def _waiting(job_id: int, context: ExecutionContext) -> tuple[Job | None, SpaceRequest | None]:
    waiting = SpaceRequest.each(await context.store.jobs.pending(SpaceRequest.KIND))
    return next(((job, asked) for job, asked in waiting if job.id == job_id), (None, None))


def _notice(kind: NoticeKind, asked: SpaceRequest, asker: Person, context: ExecutionContext) -> Notice:
    theme = context.answers.knowledge.community.theme[asked.theme].name.text(*asker.languages)
    return Notice(kind, asker.user_id, asked.number, {"theme": theme})


async def _mark_shown(job: Job, context: ExecutionContext) -> None:
    """Say on every post of a request that it waits no more, so that nobody looks at it again. Raises PalabreError."""
    for room_id, event_id, user_id in await context.escalations.shown(job):
        reader = None if user_id is None else context.people.get(user_id)
        translate = context.escalations.translator if reader is None else context.translator(reader.languages)
        over = SpaceSpeech(translate).say(said.OVER)
        try:
            await context.sender.rewrite(f"decided/{job.idempotency_key}/{event_id}", room_id, event_id, over)
        except NotEncrypted:
            continue  # the bot is not in that room any more


def _changed_identity(asker: Person, execution: Execution, context: ExecutionContext) -> Reply:
    sentence = said.filled(said.CHANGED_IDENTITY, name=clean(asker.name), username=asker.username)
    return instead(sentence, execution, context)
