"""Makes and revokes feeds, each as often as it is asked for, and no oftener in a day than anybody needs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from bots.context.daily_limits import start_of_day
from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.feeds import sentences
from bots.features.feeds.effects import MakeFeed, RevokeFeeds
from community.core.address_secret import digest_of
from community.core.messages import Message
from community.feeds.permissions import may_make, may_revoke
from community.storage import Store

MOST_A_DAY = 5
"""New addresses that one person may have made in a day of the community's time zone."""
_WAIT = 3.0
"""Seconds that whoever serves the feeds is given to publish a change."""
_LOOK_EVERY = 0.1
_MOST_ENTRIES = 1_000


async def make(effect: MakeFeed, execution: Execution, context: ExecutionContext) -> Reply:
    """Make it in place of others of the same thing; return the reply, which says its address. Raises StoreError."""
    user_id, at = execution.to.user_id, execution.at
    digest, community = digest_of(effect.secret), context.answers.knowledge.community
    if digest is None or not may_make(context.people.get(user_id), effect.subject, community):
        return _instead(sentences.NOT_ANY_MORE, execution, context)
    feeds = context.store.feeds
    is_made = any(feed.digest == digest for feed in await feeds.of(effect.subject))
    if not is_made and await _made_today(context.store, user_id, at, community.timezone) >= MOST_A_DAY:
        return _instead(sentences.ENOUGH_FOR_TODAY, execution, context)
    await feeds.renew(digest, effect.subject, by=user_id, at=at)
    if await is_published(context.store):
        return execution.reply
    translate = context.translator([execution.language])
    return sentences.with_more(execution.reply, translate, [sentences.NOT_THERE_YET])


async def revoke(effect: RevokeFeeds, execution: Execution, context: ExecutionContext) -> Reply:
    """Revoke all that there are of it; return the reply. Raises StoreError."""
    user_id = execution.to.user_id
    if not may_revoke(context.people.get(user_id), effect.subject, context.answers.knowledge.community):
        return _instead(sentences.NOT_ANY_MORE, execution, context)
    await context.store.feeds.revoke_all([effect.subject], by=user_id, at=execution.at)
    if await is_published(context.store):
        return execution.reply
    return _instead(sentences.MAY_LINGER, execution, context)


async def is_published(store: Store, wait: float = _WAIT) -> bool:
    """Whether what was changed of the feeds is served so; it is waited for, if anybody publishes at all."""
    for _ in range(round(wait / _LOOK_EVERY)):
        published = await store.feeds.is_published()
        if published is not False:
            return bool(published)
        await asyncio.sleep(_LOOK_EVERY)
    return False


async def _made_today(store: Store, user_id: str, at: datetime, timezone: str) -> int:
    since = start_of_day(at, timezone)
    noted = await store.audit.read(since=since, about=(user_id,), limit=_MOST_ENTRIES)
    return sum(entry.action == "make-feed" and entry.actor == user_id for entry in noted)


def _instead(message: Message, execution: Execution, context: ExecutionContext) -> Reply:
    translate = context.translator([execution.language])
    return replace(sentences.say(translate, message), language=translate.language)
