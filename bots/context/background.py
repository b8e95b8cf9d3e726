"""What a feature does by itself, without a message: jobs that it carries out, and work that is done now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bots.context.execution import KeptData
    from bots.context.message import Reply
    from bots.context.message_kinds import PostForm
    from bots.encryption import EncryptedClient, RoomView
    from bots.refusals import RefusingRooms
    from community.core.messages import Translator
    from community.description.model import Community
    from community.jobs.payload import JobPayload
    from community.jobs.room_posts import RoomPost
    from community.jobs.worker import JobHandler
    from community.storage import Store
    from matrix.client_api import ClientApi
    from matrix.ids import RoomId

ROOMS_AT_ONCE = 8
"""How many messages are posted at the same time, each in another room: the homeserver has work, people are answered."""


@dataclass(frozen=True, slots=True)
class PeriodicWork:
    """Work that is done again and again: at once, then each ``every`` seconds.

    ``work`` may return an aware moment at which it is done again before that. ``failed`` is the event that is logged
    where it fails; no two pieces of work have the same. ``by_date``: what it does depends on the date; it is left out
    while this machine's clock is not believed.
    """

    work: Callable[[], Awaitable[datetime | None]]
    every: float
    failed: str
    by_date: bool = False


@dataclass(frozen=True, slots=True)
class WantedPost:
    """A message that is to be posted in a room once, known by ``key``. ``due``: when it was to go out.

    ``message`` says what it says at a moment, None where it says nothing any more. ``also`` are the keys of what else
    it tells. ``entries``: the revision of the entries of which it tells; where that is another by now, it is not begun.
    """

    key: str
    room_key: str
    room_id: RoomId
    due: datetime
    message: Callable[[datetime], Reply | None]
    form: PostForm
    also: Collection[str] = ()
    entries: int | None = None


class PostRow(Protocol):
    """Posts several messages, those of one room one after the other."""

    async def post(self, wanted: WantedPost) -> bool:
        """Post a message as `Poster.post` does; that it is in the room is noted with the next one, or at the end.

        Raises:
            EntriesChanged: entries have changed since it was made from them; nothing was begun.
            PalabreError: it was not sent, as far as is known.
        """
        ...

    async def note(self) -> None:
        """Note now what was sent.

        Raises:
            StoreError: the database failed; the next call tries again.
        """
        ...


class Poster(Protocol):
    """Posts messages, each at most once in each room (`bots.posting.PostOnce`).

    What is later than ``late_limit`` is not posted. ``refusals`` are the rooms that take nothing.
    """

    late_limit: timedelta
    refusals: RefusingRooms

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
        """Post what ``message`` says then, unless ``key`` has been posted in the room; return whether it is there.

        ``also`` are the keys of what else it tells. Where it says nothing, nothing is posted, now or later.

        Raises:
            PalabreError: it was not sent, as far as is known; the next call with the same key tries again.
        """
        ...

    def row(self) -> AbstractAsyncContextManager[PostRow]:
        """Post several messages: one visit to the store notes those that were sent and begins the next.

        Raises:
            StoreError: at the end of the block; the last are in their rooms and not noted: that is found out later.
        """
        ...

    async def begun(self) -> list[RoomPost]:
        """Return the posts whose fate is not known."""
        ...

    async def ended_since(self, due_since: datetime) -> frozenset[tuple[str, str]]:
        """Return the keys of posts and rooms that were due since then, and are posted or given up."""
        ...

    async def ended_of(
        self, posts: Collection[tuple[str, str]], moved: Collection[str]
    ) -> frozenset[tuple[str, str]]:
        """Return which of these posts, by key and room, are posted or given up, whenever they were due.

        ``moved``: the keys of those that may have been told beside others when they were due at another time.
        """
        ...

    async def told_since(self, due_since: datetime) -> list[RoomPost]:
        """Return the posts that were due since then, have ended, and have what they told noted: as they were begun."""
        ...

    async def settle(self, start: datetime) -> None:
        """End the posts that were begun, were due before ``start``, and are not known to have been sent."""
        ...

    async def settle_these(self, posts: Collection[RoomPost]) -> None:
        """End posts that were begun and are not to be sent any more, as far as no other process has them."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What such work may use.

    ``rooms`` gives our rooms by key, ``room_name`` the name of the room with a key. ``community`` gives the one that
    was taken in last, ``take_in_applied`` takes in what was applied since, and ``translators`` gives those into its
    languages, in its order. What was due before ``since``, the bot's first start, is not posted. ``now`` gives the time
    in UTC. ``personal_data`` is what features keep about people.
    """

    store: Store
    client: EncryptedClient
    api: ClientApi
    poster: Poster
    rooms: Callable[[], Mapping[str, RoomView]]
    room_name: Callable[[str], str]
    community: Callable[[], Community]
    take_in_applied: Callable[[], Awaitable[None]]
    translators: Callable[[], Sequence[Translator]]
    since: datetime
    now: Callable[[], datetime]
    personal_data: Mapping[str, KeptData] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Background:
    """What one feature, or all of them, do by themselves.

    ``jobs`` carry out kinds of jobs; those of the kinds ``after_devices`` are looked at again at once when the devices
    of somebody have changed.
    """

    jobs: tuple[JobHandler[Any], ...] = ()
    periodic: tuple[PeriodicWork, ...] = ()
    after_devices: tuple[type[JobPayload], ...] = ()

    @classmethod
    def of_all(cls, each: Iterable[Background]) -> Background:
        """Return what several do, together."""
        parts = tuple(each)
        return cls(
            tuple(job for part in parts for job in part.jobs),
            tuple(work for part in parts for work in part.periodic),
            tuple(kind for part in parts for kind in part.after_devices),
        )
