"""Has people take up and give up themes: changes the member, and files what tells them when their rooms are so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bots.context.daily_limits import start_of_day
from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.spaces import sentences as said
from bots.features.spaces.effects import JoinTheme, KeepSpaceWish, LeaveTheme
from bots.features.spaces.speech import SpaceSpeech
from bots.features.spaces.wishes import SPACE_WISHES
from community.core.messages import Message
from community.description.model import Joining, Member
from community.description.theme_rooms import (
    joining_of,
    rooms_by_theme,
    safe_among,
    with_theme,
    without_theme,
)
from community.jobs.space_changes import SpaceChange
from community.storage.members import NothingApplied, UnknownMember

MOST_A_DAY = 20
"""How often one person may join and leave in a day of the community's time zone; leaving is always possible."""
_MOST_ENTRIES = 1_000
CHANGED = "member-change"
"""The audit's action for it (`community.storage.members`)."""


async def join(effect: JoinTheme, execution: Execution, context: ExecutionContext) -> Reply:
    """Have them take it up, if that is still open to them. Raises StoreError."""
    community, user_id = context.answers.knowledge.community, execution.to.user_id
    theme, member = community.theme.get(effect.theme), _member(user_id, context)
    is_open = theme is not None and joining_of(theme, community) is Joining.OPEN
    if not is_open or member is None or safe_among(rooms_by_theme(community, member, effect.theme)):
        return instead(said.NOT_ANY_MORE, execution, context)
    if await _changed_today(execution, context) >= MOST_A_DAY:
        return instead(said.ENOUGH_TODAY, execution, context)
    return await _change(effect.theme, SpaceChange.JOINED, with_theme, execution, context)


async def leave(effect: LeaveTheme, execution: Execution, context: ExecutionContext) -> Reply:
    """Have them give it up. Raises StoreError."""
    reply = await _change(effect.theme, SpaceChange.LEFT, without_theme, execution, context)
    await SPACE_WISHES.drop(context.store.drafts, execution.to.user_id)
    return reply


async def keep_wish(effect: KeepSpaceWish, execution: Execution, context: ExecutionContext) -> Reply:
    """Store what the person was asked to confirm. Raises StoreError."""
    return await SPACE_WISHES.keep(effect, execution, context)


async def _change(
    theme: str,
    step: str,
    changed: Callable[[Member, str], Member],
    execution: Execution,
    context: ExecutionContext,
) -> Reply:
    user_id = execution.to.user_id
    member = _member(user_id, context)
    if member is None:
        return instead(said.NOT_ANY_MORE, execution, context)
    try:
        await context.store.members.change(
            member.username, lambda one: changed(one, theme), user_id, by=user_id, at=execution.at
        )
    except (UnknownMember, NothingApplied):
        return instead(said.NOT_ANY_MORE, execution, context)
    await follow(theme, step, member, user_id, execution, context)
    return execution.reply


async def follow(
    theme: str, step: str, member: Member, user_id: str, execution: Execution, context: ExecutionContext
) -> None:
    """File what tells somebody when their rooms are as they are to be. Raises StoreError.

    Of safe rooms those who watch their gates tell (`bots.gate_watch`).
    """
    rooms = rooms_by_theme(context.answers.knowledge.community, member, theme)
    seen = [room.key for room in rooms if room.options.bots]
    if seen:
        at = execution.at
        change = SpaceChange(user_id, theme, step, " ".join(seen), at.isoformat(), execution.event_id)
        await context.store.jobs.file(change, at=at)


async def _changed_today(execution: Execution, context: ExecutionContext) -> int:
    """Return how often they have joined and left today; what was done for this very message does not count."""
    user_id, zone = execution.to.user_id, context.answers.knowledge.community.timezone
    since = start_of_day(execution.at, zone)
    noted = await context.store.audit.read(since=since, about=(user_id,), limit=_MOST_ENTRIES)
    return sum(
        entry.action == CHANGED and entry.actor == user_id and entry.at != execution.at for entry in noted
    )


def _member(user_id: str, context: ExecutionContext) -> Member | None:
    person = context.people.get(user_id)
    community = context.answers.knowledge.community
    return None if person is None else community.active_member.get(person.username)


def instead(sentence: Message, execution: Execution, context: ExecutionContext) -> Reply:
    """Return a reply that says something else than was decided."""
    speech = SpaceSpeech(context.translator([execution.language]))
    return replace(speech.say(sentence), language=speech.translate.language)
