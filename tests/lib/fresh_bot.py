"""The running bot, and one that is put together anew over its store and its device: what each would say."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bots import main
from bots.assembly import Answering, Parts, answering
from bots.context.background import Services, WantedPost
from bots.context.message import Reply
from bots.context.message_kinds import PostForm
from bots.encryption import Received
from bots.escalation import Escalation
from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from bots.features.scheduled.posts import ScheduledPosts
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce
from bots.refusals import RefusingRooms
from bots.safe_rooms import SafeRooms
from community.jobs.room_posts import RoomPost
from matrix.ids import EventId, RoomId, UserId
from tests.lib.asking import visible
from tests.lib.campaign import EDITED

AskedQuestion = tuple[UserId, RoomId, str]
"""Who asks, where, and what."""
PostedText = tuple[tuple[str, ...], str, datetime, str]
"""The keys of what a post tells, its room's, when it was due, and what it says."""


@dataclass
class BotParts:
    """The parts of the bot that `bots.main.run` has put together last."""

    parts: Parts | None = None
    answers: Answering | None = None
    services: Services | None = None
    asked: int = field(default=0)

    async def said(self, questions: Sequence[AskedQuestion]) -> list[str]:
        """Return what the running bot replies to each; nothing is sent."""
        assert self.parts is not None
        assert self.answers is not None
        # As before each batch that the bot deals with.
        await self.parts.incoming.refresh(frozenset())
        return await self._said(self.parts, self.answers, questions)

    async def said_afresh(self, questions: Sequence[AskedQuestion]) -> list[str]:
        """Return what a bot replies that is started now."""
        assert self.parts is not None
        fresh = await _afresh(self.parts)
        answers = answering(fresh, counts=Counter(), now=fresh.incoming.now)
        return await self._said(fresh, answers, questions)

    async def posts(self) -> list[PostedText]:
        """Return what the running bot would post of the calendar at `EDITED`; nothing is sent."""
        assert self.services is not None
        return await _posts(self.services)

    async def posts_afresh(self) -> list[PostedText]:
        """Return what a bot would post that is started now."""
        assert self.parts is not None
        assert self.services is not None
        incoming = (await _afresh(self.parts)).incoming
        fresh = replace(
            self.services,
            rooms=incoming.rooms,
            room_name=incoming.room_name,
            community=lambda: incoming.community,
            translators=lambda: main._translators(incoming),
        )
        return await _posts(fresh)

    async def _said(self, parts: Parts, answers: Answering, questions: Sequence[AskedQuestion]) -> list[str]:
        return [await self._reply(parts, answers, *question) for question in questions]

    async def _reply(self, parts: Parts, answers: Answering, sender: UserId, room: RoomId, text: str) -> str:
        self.asked += 1
        pin = parts.incoming.identities.pins.get(sender)
        vouched = () if pin is None else (pin.master_key,)
        content = {"msgtype": "m.text", "body": text}
        event = Received(room, EventId(f"$asked{self.asked}"), sender, content, 0, vouched)
        planned = await answers.processor._router.message(event)
        return "" if planned is None else _without_numbers(visible(planned.reply.text))


@dataclass
class NotedRow:
    """In the place of what posts in one room."""

    noted: NotedPosts

    async def post(self, wanted: WantedPost) -> bool:
        named = {name: getattr(wanted, name) for name in ("due", "message", "form", "also")}
        return await self.noted.post(wanted.key, wanted.room_key, wanted.room_id, **named)

    async def note(self) -> None:
        pass


@dataclass
class NotedPosts:
    """In the place of what posts: notes what would be posted."""

    late_limit: timedelta = timedelta(days=2)
    refusals: RefusingRooms = field(default_factory=RefusingRooms)
    noted: list[PostedText] = field(default_factory=list)

    async def post(
        self,
        key: str,
        room_key: str,
        room_id: RoomId,  # noqa: ARG002
        *,
        due: datetime,
        message: Callable[[datetime], Reply | None],
        form: PostForm,  # noqa: ARG002
        also: Collection[str] = (),
    ) -> bool:
        said = message(EDITED)
        self.noted.append((tuple(sorted({key, *also})), room_key, due, "" if said is None else said.text))
        return True

    @asynccontextmanager
    async def row(self) -> AsyncIterator[NotedRow]:
        yield NotedRow(self)

    async def begun(self) -> list[RoomPost]:
        return []

    async def ended_since(self, due_since: datetime) -> frozenset[tuple[str, str]]:  # noqa: ARG002
        return frozenset()

    async def ended_of(
        self,
        posts: Collection[tuple[str, str]],  # noqa: ARG002
        moved: Collection[str],  # noqa: ARG002
    ) -> frozenset[tuple[str, str]]:
        return frozenset()

    async def told_since(self, due_since: datetime) -> list[RoomPost]:  # noqa: ARG002
        return []

    async def settle(self, start: datetime) -> None:
        pass

    async def settle_these(self, posts: Collection[RoomPost]) -> None:
        pass


async def _posts(services: Services) -> list[PostedText]:
    poster = NotedPosts()
    first = EDITED - timedelta(days=9)
    await ScheduledPosts(replace(services, poster=poster, now=lambda: EDITED, since=first)).post_due()
    return sorted(poster.noted)


def _without_numbers(text: str) -> str:
    """Return a reply without its number, which is another each time."""
    return "".join("#" if char.isdigit() else char for char in text).replace("##", "#")


async def _afresh(old: Parts) -> Parts:
    """Put together what answers, from the store alone, as `bots.main.run` does."""
    applied = await old.store.applied.readable()
    assert applied is not None
    server, now = old.client.user_id.partition(":")[2], old.incoming.now
    features = FeatureSet(applied.community, server, main._CATALOGUES, FEATURES)
    await features.refresh(old.store)
    incoming = IncomingReader(
        old.client,
        old.incoming.ours,
        applied.community,
        store=old.store,
        display_name=main.DISPLAY_NAME,
        now=now,
        keys_withheld=old.incoming.keys_withheld,
    )
    incoming.admits = old.incoming.admits
    await incoming.refresh(frozenset())
    once = PostOnce(old.store, old.client, old.api, late_limit=timedelta(hours=1), now=now)
    escalation = Escalation(old.store, once, incoming, features, now=now)
    safe_rooms = SafeRooms(applied.community, server)
    return Parts(old.store, old.client, old.api, features, incoming, escalation, safe_rooms, old.folder)


@contextmanager
def kept_parts() -> Iterator[BotParts]:
    """Keep the parts of each bot that is started in the block."""
    kept = BotParts()

    def serving(*parts: Any) -> Services:
        kept.services = Services(*parts)
        return kept.services

    def keeping(parts: Parts, **options: Any) -> Answering:
        kept.parts, kept.answers = parts, answering(parts, **options)
        return kept.answers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "answering", keeping)
        patch.setattr(main, "Services", serving)
        yield kept
