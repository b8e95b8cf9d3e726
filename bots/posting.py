"""Posting a message at most once in a room, whatever happens in between.

A job (`RoomPost`) comes before the message and says with which transaction id and from which device it goes
out. Found again before its end, it is sent again with both, and the homeserver, which remembers for a day,
drops the second. Where that can't be relied on (another device, a long outage) the room is searched first for the
message's opaque mark, which stands in the clear part of the encrypted event. What another process is posting is left
to it, as long as it lives.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots import signs
from bots.context.background import WantedPost
from bots.context.incoming import edit_content, reply_relation
from bots.context.message import Reply
from bots.context.message_kinds import EarlierPost, PostForm, content_of
from bots.encryption import EncryptedClient
from bots.errors import PostedElsewhere
from bots.refusals import RefusingRooms
from community.core.errors import PalabreError
from community.jobs.job import OPEN, Job, JobState, Lease
from community.jobs.leases import extended
from community.jobs.room_posts import LATE_AFTER, TOO_LATE, RoomPost, told_text
from community.storage import Store
from community.storage.begun_jobs import BegunJob
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId

log = structlog.get_logger()

MARK = "org.palabre.occurrence"
"""Key of the mark in the clear part of the event."""
DEDUPLICATED_FOR = timedelta(hours=23)
"""Synapse forgets transaction ids after a day; an hour is left for safety."""
LEASE = timedelta(seconds=30)
"""How long a post is left to the process that has begun it; longer as long as that is at it."""
_SEARCH_PAGES = 50
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A post as it was begun at a moment, and its job as it stands."""

    post: RoomPost
    job: BegunJob
    at: datetime


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message that is in its room and not noted as sent; ``result`` is what is noted of it."""

    job: Job
    result: Mapping[str, str]


class _Row:
    """Posts several messages. It has those noted that were sent, with the begin of the next one or by `note`."""

    def __init__(
        self,
        begin: Callable[[WantedPost], Awaitable[_Begun]],
        carry_out: Callable[[WantedPost, _Begun], Awaitable[_Sent | bool]],
        note_sent: Callable[[_Sent], Awaitable[Any]],
    ) -> None:
        self._begin = begin
        self._carry_out = carry_out
        self._note_sent = note_sent
        self._sent: list[_Sent] = []

    async def post(self, wanted: WantedPost) -> bool:
        """Post a message: see `PostOnce.post`."""
        with self._taken() as sent:
            # Asked for at the same moment, so one transaction.
            begun: _Begun = (await asyncio.gather(self._begin(wanted), *map(self._note_sent, sent)))[0]
        result = await self._carry_out(wanted, begun)
        if isinstance(result, bool):
            return result
        self._sent.append(result)
        return True

    async def note(self) -> None:
        """Note those that were sent. Where that fails the next call tries again."""
        with self._taken() as sent:
            await asyncio.gather(*map(self._note_sent, sent))

    @contextmanager
    def _taken(self) -> Iterator[list[_Sent]]:
        """Give those that were sent, to be noted; where the block fails they still are to be."""
        sent, self._sent = self._sent, []
        try:
            yield sent
        except BaseException:
            self._sent += sent
            raise


class PostOnce:
    """Posts through the table of jobs. ``now`` gives the time; what is later than ``late_limit`` is dropped.

    While ``is_clock_believed`` does not hold, nothing is: nobody knows how late it is.
    """

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        api: ClientApi,
        *,
        late_limit: timedelta,
        now: Callable[[], datetime],
        is_clock_believed: Callable[[], bool] = lambda: True,
    ) -> None:
        self._jobs = store.jobs
        self._client = client
        self._api = api
        self.late_limit = late_limit
        self._now = now
        self._is_clock_believed = is_clock_believed
        self.counts: Counter[str] = Counter()
        """What became of posts since the start: ``in_time``, ``late``, ``dropped``."""
        self.refusals = RefusingRooms()

    async def post(
        self,
        key: str,
        room_key: str,
        room_id: RoomId,
        *,
        due: datetime,
        message: Callable[[datetime], Reply | None],
        form: PostForm,
        also: Collection[str] = (),
    ) -> bool:
        """Post what ``message`` says at that moment, unless ``key`` has been posted in the room.

        ``also`` are the keys of what else that message tells: they have then been posted too. Where it says nothing
        any more (None), it is dropped. Return False where it was dropped, now or before.

        Raises:
            PalabreError: it was not sent, as far as is known; the next call with the same key tries again.
        """
        async with self.row() as row:
            return await row.post(WantedPost(key, room_key, room_id, due, message, form, also))

    @asynccontextmanager
    async def row(self) -> AsyncIterator[_Row]:
        """Post several messages: one transaction notes those that were sent and begins the next.

        Raises:
            StoreError: at the end of the block; the last are in their rooms and not noted: that is found out later.
        """
        row = _Row(self._begin, self._carry_out, self._note_sent)
        try:
            yield row
        finally:
            await row.note()

    async def _begin(self, wanted: WantedPost) -> _Begun:
        """Note durably that a message may go out from now on, and how.

        Raises:
            EntriesChanged: entries have changed since the message was made from them; it may not be sent.
            StoreError: the database failed; nothing may be sent.
        """
        now = self._now()
        post = RoomPost(
            occurrence_key=wanted.key,
            room_key=wanted.room_key,
            room_id=wanted.room_id,
            transaction_id=_transaction_id(wanted.key, wanted.room_key),
            device_id=self._client.device_id,
            due_at=wanted.due,
            begun_at=now,
            also=tuple(wanted.also),
            told=wanted.form.told,
            edits=_key_of(wanted.form.edits),
            replies_to=_key_of(wanted.form.replies_to),
        )
        job = await self._jobs.begin(post, self._lease(now), at=now, due=wanted.due, entries=wanted.entries)
        return _Begun(post, job, now)

    async def _carry_out(self, wanted: WantedPost, begun: _Begun) -> _Sent | bool:
        """Send what was begun; whether it was posted before, or False where it is dropped.

        Raises:
            PalabreError: it was not sent, as far as is known.
        """
        job, now, own = begun.job.job, begun.at, begun.post
        if job.state not in OPEN:
            return job.state is JobState.DONE
        if not begun.job.is_leased:
            raise PostedElsewhere(wanted.room_key)
        post = RoomPost.read(job)
        is_too_late = now - wanted.due > self.late_limit and self._is_clock_believed()
        said = None if is_too_late else wanted.message(now)
        is_same = post is not None and post.told == own.told
        is_sent_again = said is not None and is_same and self._is_deduplicated(post or own, now)
        async with extended(self._jobs, job, now=self._now, lease=LEASE):
            event_id = None if is_sent_again else await self._search(post or own)
            sent_with: Mapping[str, str] = {}
            if event_id is None:
                if said is None:
                    await self._drop(job)
                    log.warning("post_dropped", room=wanted.room_key)
                    # What has become superfluous meanwhile is none that somebody misses.
                    self.counts["dropped"] += is_too_late
                    return False
                event_id = await self._sent(wanted, said, own.transaction_id)
                # What is in the room tells what it was sent with, also where it was begun with something else.
                sent_with = {"told": told_text(own.told)}
        self.counts["late" if now - wanted.due > LATE_AFTER else "in_time"] += 1
        log.info("posted", room=wanted.room_key)
        return _Sent(job, {"event_id": event_id, **sent_with})

    async def begun(self) -> list[RoomPost]:
        """Return the posts whose fate is not known."""
        return [post for _job, post in RoomPost.each(await self._jobs.pending(RoomPost.KIND))]

    async def ended_since(self, due_since: datetime) -> frozenset[tuple[str, str]]:
        """Return (occurrence key, room key) of what is sent or dropped and was due since ``due_since``."""
        return _told(await self._jobs.ended_since(RoomPost.KIND, due_since))

    async def ended_of(
        self, posts: Collection[tuple[str, str]], moved: Collection[str]
    ) -> frozenset[tuple[str, str]]:
        """Return (occurrence key, room key) of what is sent or dropped of ``posts``, whenever it was due.

        ``moved``: the occurrence keys that are looked for among what another message has told, too.
        """
        keys = [RoomPost.key_of(key, room_key) for key, room_key in posts]
        return _told(await self._jobs.ended_as(RoomPost.KIND, keys, moved))

    async def told_since(self, due_since: datetime) -> list[RoomPost]:
        """Return the ended posts due since ``due_since`` with what they told, as they were begun.

        One that was dropped has no event.
        """
        ended = await self._jobs.ended_since(RoomPost.KIND, due_since)
        in_order = sorted(ended, key=lambda job: job.id)
        return [post for _job, post in RoomPost.each(in_order) if post.told]

    async def settle(self, start: datetime) -> None:
        """End the posts that were being sent and are too old to be looked at again: sent after all, or dropped."""
        await self.settle_these([post for post in await self.begun() if post.due_at <= start])

    async def settle_these(self, posts: Collection[RoomPost]) -> None:
        """End posts that were being sent and are not to be sent any more: sent after all, or dropped.

        One that another process still has is left.
        """
        now, keys = self._now(), {post.idempotency_key for post in posts}
        for job, post in RoomPost.each(await self._jobs.pending(RoomPost.KIND)) if keys else ():
            if job.idempotency_key in keys:
                for leased in await self._jobs.claim(
                    [RoomPost.KIND], self._lease(now), at=now, limit=1, among=[job.id]
                ):
                    await self._settle(leased, post)

    async def _settle(self, job: Job, post: RoomPost) -> None:
        event_id = await self._search(post)
        if event_id is None:
            await self._drop(job)
        else:
            await self._note_sent(_Sent(job, {"event_id": event_id}))
        log.info("settled", room=post.room_key, sent=event_id is not None)

    async def _note_sent(self, sent: _Sent) -> None:
        await self._jobs.done(sent.job, at=self._now(), result=sent.result)

    async def _drop(self, job: Job) -> None:
        await self._jobs.end(job.id, JobState.WITHDRAWN, at=self._now(), reason=TOO_LATE)

    def _lease(self, now: datetime) -> Lease:
        # One process at a time has the device: its crypto store is locked.
        return Lease(f"post/{self._client.device_id}", now + LEASE)

    def _is_deduplicated(self, post: RoomPost, now: datetime) -> bool:
        """Whether sending again with the post's transaction id is surely the same event."""
        is_remembered = timedelta() <= now - post.begun_at < DEDUPLICATED_FOR and self._is_clock_believed()
        return post.device_id == self._client.device_id and is_remembered

    async def _sent(self, wanted: WantedPost, message: Reply, transaction_id: str) -> EventId:
        """Send a message, and note whether the room takes any."""
        try:
            event_id = await self._send(wanted.room_id, _content(message, wanted.form), transaction_id)
            await signs.place(self._api, wanted.room_id, event_id, message.signs)
        except PalabreError as error:
            self.refusals.failed(wanted.room_key, error, self._now())
            raise
        self.refusals.worked(wanted.room_key)
        return event_id

    async def _send(self, room_id: RoomId, content: Mapping[str, Any], transaction_id: str) -> EventId:
        return await self._client.send(room_id, content, transaction_id, outer={MARK: transaction_id})

    async def _search(self, post: RoomPost) -> EventId | None:
        """Return our own event with the post's mark in its room, None where there is none since it was begun."""
        earliest = (post.begun_at - _CLOCKS_DIFFER).timestamp() * 1000
        start: str | None = None
        for _ in range(_SEARCH_PAGES):
            page = await self._api.messages(RoomId(post.room_id), limit=100, start=start)
            events = page.get("chunk", ())
            for event in events:
                mark = event["content"].get(MARK)
                if event["sender"] == self._client.user_id and mark == post.transaction_id:
                    return EventId(event["event_id"])
            start = page.get("end")
            if start is None or (events and events[-1]["origin_server_ts"] < earliest):
                return None
        return None


def _told(ended: Iterable[Job]) -> frozenset[tuple[str, str]]:
    return frozenset((key, post.room_key) for _job, post in RoomPost.each(ended) for key in post.keys)


def _content(message: Reply, form: PostForm) -> dict[str, Any]:
    content = {**content_of(form.kind, message, form.to), **form.marks}
    if form.edits is not None:
        return edit_content(content, form.edits.event_id)
    if form.replies_to is not None:
        return {**content, "m.relates_to": reply_relation(form.replies_to.event_id, None)}
    return content


def _key_of(earlier: EarlierPost | None) -> str:
    return "" if earlier is None else earlier.key


def _transaction_id(key: str, room_key: str) -> str:
    return hashlib.sha256(f"{key}\0{room_key}".encode()).hexdigest()[:40]


def always(reply: Reply, _now: datetime) -> Reply:
    """Return ``reply`` whenever it is posted: a message for `PostOnce.post` that does not depend on the time."""
    return reply
