"""Puts together what answers messages: router, journal and effect executor, over the registered features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bots.context.execution import ExecutionContext
from bots.context.sources import Sources
from bots.effect_executor import EffectExecutor
from bots.encryption import EncryptedClient
from bots.escalation import Escalation
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.journal import Journal
from bots.message_processor import MessageProcessor
from bots.reply_sender import ReplySender
from bots.router import Router
from bots.safe_rooms import SafeRooms
from community.storage import Store
from matrix.client_api import ClientApi


@dataclass(frozen=True)
class Parts:
    """The parts of the bot that answering needs. ``journal`` is the folder of planned replies."""

    store: Store
    client: EncryptedClient
    api: ClientApi
    features: FeatureSet
    incoming: IncomingReader
    escalation: Escalation
    safe_rooms: SafeRooms
    journal: Path


def message_processor(parts: Parts, *, counts: Counter[str], now: Callable[[], datetime]) -> MessageProcessor:
    """Return what answers messages with these parts; ``counts`` as in `MessageProcessor`."""
    incoming, features = parts.incoming, parts.features
    sources = Sources(
        parts.store,
        incoming.people,
        incoming.identities,
        incoming,
        parts.safe_rooms,
        parts.escalation,
        incoming.conversations,
    )
    router = Router(features, incoming, sources, now=now)
    sender = ReplySender(parts.client, incoming.conversations, incoming.identities)
    context = ExecutionContext(
        parts.store,
        parts.api,
        incoming.people,
        incoming.identities,
        parts.escalation,
        sender,
        features,
        features.personal_data,
    )
    executor = EffectExecutor(features.effect_types, context, sender)
    journal = Journal(parts.journal, features.effect_types)
    return MessageProcessor(journal, router, executor, counts=counts, now=now)
