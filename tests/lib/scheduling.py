"""A homeserver in memory that deduplicates and forgets as Synapse does, and the posts of the calendar on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bots.context.background import Services
from bots.context.message_kinds import MessageKind, PostForm
from bots.encryption import EncryptedClient, RoomView
from bots.features.scheduled.posts import ScheduledPosts
from bots.posting import PostOnce
from community.core.messages import translator
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Directory
from community.description.model import Community
from community.description.reminder_times import ReminderTimes
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId
from tests.lib.asking import CATALOGUES
from tests.lib.descriptions import described
from tests.lib.memory_client import MemoryClient

DUE = datetime(2025, 11, 30, 18, 0, tzinfo=UTC)
ROOM = RoomView(RoomId("!room"))
BOT = "@palabre:example.org"

FORM = PostForm(MessageKind.SCHEDULED)


class Killed(BaseException):
    """The process ends here."""


class Room(MemoryClient):
    """What the homeserver and the client do; ``fail`` is raised ``before`` or ``after`` the server accepts."""

    def __init__(
        self, now: datetime = DUE, device_id: str = "ONE", fail: tuple[str, BaseException] | None = None
    ) -> None:
        super().__init__(BOT, device_id, now)
        self.fail = fail
        self._passed = 0
        self.looks_back = 0
        self.posted = asyncio.Event()

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        *,
        outer: Mapping[str, Any] | None = None,
    ) -> EventId:
        assert room_id == ROOM.room_id
        self._fail("before")
        event_id = await super().send(room_id, content, transaction_id, outer=outer)
        self.posted.set()
        self._fail("after")
        return event_id

    def fail_at(self, sent: int, moment: str, error: BaseException) -> None:
        """Have a later send fail: that after ``sent`` others from now on."""
        self.fail, self._passed = (moment, error), sent

    def _fail(self, moment: str) -> None:
        if self.fail is None or self.fail[0] != moment:
            return
        if self._passed:
            self._passed -= 1
            return
        (_, error), self.fail = self.fail, None
        raise error

    async def messages(self, room_id: str, *, limit: int, start: str | None = None) -> dict[str, Any]:
        assert room_id == ROOM.room_id
        self.looks_back += 1
        first = int(start or 0)
        chunk = self.events[::-1][first : first + limit]
        return {"chunk": chunk, "end": str(first + limit)} if chunk else {"chunk": []}


LATE_LIMIT = timedelta(days=2)


def post_once(store: Store, room: Room, *, believed: bool = True) -> PostOnce:
    client, api = cast(EncryptedClient, room), cast(ClientApi, room)
    return PostOnce(
        store, client, api, late_limit=LATE_LIMIT, now=lambda: room.now, is_clock_believed=lambda: believed
    )


COMMUNITY = described(Directory(version=1)).community.model_copy(
    update={"timezone": "UTC", "reminders": ReminderTimes(quiet="off", weekend="off")}
)


async def nothing_applied() -> None:
    """Take in nothing: no other description is applied meanwhile."""


def scheduled(
    store: Store,
    room: Room,
    *,
    rooms: Mapping[str, RoomView] | None = None,
    since: datetime = DUE - timedelta(days=9),
    room_key: str = "lobby",
    community: Callable[[], Community] = lambda: COMMUNITY,
    take_in_applied: Callable[[], Awaitable[None]] = nothing_applied,
    languages: Sequence[str] = ("en",),
) -> ScheduledPosts:
    """Return what posts the calendar in one room, or in ``rooms``."""
    client, api = cast(EncryptedClient, room), cast(ClientApi, room)
    return ScheduledPosts(
        Services(
            store=store,
            client=client,
            api=api,
            poster=post_once(store, room),
            rooms=lambda: rooms or {room_key: ROOM},
            room_name=str.title,
            community=community,
            take_in_applied=take_in_applied,
            translators=lambda: [translator(language, CATALOGUES) for language in languages],
            since=since,
            now=lambda: room.now,
        )
    )


async def seeded(store: Store, *entries: Event | Deadline) -> None:
    """Have a store hold a calendar of these entries, as the files have it."""
    events = tuple(entry for entry in entries if isinstance(entry, Event))
    deadlines = tuple(entry for entry in entries if isinstance(entry, Deadline))
    calendar = Calendar(version=1, events=events, deadlines=deadlines)
    await store.entries.seed(described(Directory(version=1), calendar), at=DUE)
