"""Puts together what answers messages: router, kept replies and effect executor, over the registered features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bots.context.execution import ExecutionContext
from bots.context.kept_texts import LookedUpWords
from bots.context.sources import Sources, no_feeds, usual_link_lifetime
from bots.edited_questions import EditedQuestions
from bots.effect_executor import EffectExecutor
from bots.encryption import EncryptedClient
from bots.escalation import Escalation
from bots.feature_set import FeatureSet
from bots.followed_redactions import FollowedRedactions
from bots.incoming_reader import IncomingReader
from bots.kept_answers import KeptAnswers
from bots.message_processor import MessageProcessor
from bots.other_messages import OtherMessages
from bots.reply_jobs import ReplyJobs
from bots.reply_sender import ReplySender
from bots.router import Router
from bots.safe_rooms import SafeRooms
from bots.sent_answers import SentAnswers
from bots.unfinished_replies import UnfinishedReplies
from bots.visits import VisitNotes
from community.storage import Store
from matrix.client_api import ClientApi


@dataclass(frozen=True)
class Parts:
    """The parts of the bot that answering needs. ``folder`` is the bot's in the data folder.

    ``feed_server``, ``link_lifetime``: see `Sources`.
    """

    store: Store
    client: EncryptedClient
    api: ClientApi
    features: FeatureSet
    incoming: IncomingReader
    escalation: Escalation
    safe_rooms: SafeRooms
    folder: Path
    feed_server: Callable[[], Awaitable[str | None]] = no_feeds
    link_lifetime: Callable[[], timedelta] = usual_link_lifetime


@dataclass(frozen=True)
class Answering:
    """What answers messages: at once, and what was left of them later."""

    processor: MessageProcessor
    replies: ReplyJobs
    unfinished: UnfinishedReplies
    executor: EffectExecutor
    redactions: FollowedRedactions
    kept: KeptAnswers
    visits: VisitNotes

    async def open(self) -> None:
        """Take up what the process before has left. Raises StoreError."""
        await self.replies.open()
        await self.kept.restore()


def answering(parts: Parts, *, counts: Counter[str], now: Callable[[], datetime]) -> Answering:
    """Return what answers messages with these parts; ``counts`` as in `MessageProcessor`."""
    incoming, features, believed = parts.incoming, parts.features, parts.incoming.is_clock_believed
    sources = Sources(
        parts.store,
        incoming.people,
        incoming.identities,
        incoming,
        parts.safe_rooms,
        parts.escalation,
        incoming.conversations,
        parts.feed_server,
        parts.link_lifetime,
    )
    given = SentAnswers(now, believed)
    edits = EditedQuestions(features, incoming, sources, given)
    incoming.changes_posts = features.changes_posts
    router = Router(features, incoming, sources, edits, OtherMessages(features, incoming))
    sender = ReplySender(parts.client, parts.api, incoming.conversations, incoming.identities, given)
    context = ExecutionContext(
        parts.store,
        parts.api,
        incoming.people,
        incoming.identities,
        parts.escalation,
        sender,
        features,
        features.personal_data,
        believed,
    )
    executor = EffectExecutor(features.effect_types, context, sender)
    # One process at a time has the device: its crypto store is locked.
    holder = f"replies/{parts.client.device_id}"
    replies = ReplyJobs(
        parts.store, features.effect_types, holder=holder, journal=parts.folder / "journal", now=now
    )
    processor = MessageProcessor(replies, router, executor, counts=counts)
    redactions = FollowedRedactions(
        parts.store,
        (incoming.conversations, features, LookedUpWords()),
        given,
        sender,
        parts.escalation,
        now=now,
    )
    unfinished = UnfinishedReplies(replies, executor, counts=counts, now=now, is_clock_believed=believed)
    kept = KeptAnswers(parts.store, given, now=now, is_clock_believed=believed)
    visits = VisitNotes(parts.store, incoming)
    incoming.heard = visits.note
    return Answering(processor, replies, unfinished, executor, redactions, kept, visits)
