"""A bot that tells the notices that wait to one person, in her direct message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from bots.correspondents import Correspondent
from bots.encryption import EncryptedClient, RoomView
from bots.notices import NoticeDelivery
from bots.posting import PostOnce
from bots.quiet_people import QuietPeople
from community.jobs.worker import JobWorker
from matrix.client_api import ClientApi
from matrix.ids import UserId
from tests.lib.bot_runtime import DIRECT
from tests.lib.room_talk import RoomTalk


class Telling:
    """The bot, which tells Awa directly; ``uploaded`` is what it has put into the media repository.

    ``kept``: the keys of the safe rooms that she keeps.
    """

    def __init__(self, talk: RoomTalk) -> None:
        self.talk = talk
        self.api = self
        self.uploaded: list[bytes] = []
        self.several: frozenset[UserId] = frozenset()
        self.correspondents = self
        self.kept: frozenset[str] = frozenset()
        self.is_complete = True
        self.quiet = QuietPeople(talk.store, talk.bot._incoming, now=lambda: talk.now)

    def get(self, user_id: str) -> Correspondent | None:
        person = self.talk.bot._incoming.people.get(user_id)
        former = self.talk.bot._incoming.alumnus(user_id) if person is None else None
        known = person or former
        return None if known is None else Correspondent(known.name, known.languages)

    def keeps(self, _user_id: str, room_key: str) -> bool:
        return room_key in self.kept

    async def with_signed_device(self, users: Iterable[UserId], *, at_least: int = 1) -> frozenset[UserId]:
        return frozenset(users) if at_least == 1 else self.several & frozenset(users)

    async def with_person(self, _user_id: UserId) -> RoomView:
        return self.talk.homeserver.rooms[DIRECT]

    async def upload_media(self, content: bytes) -> str:
        self.uploaded.append(content)
        return "mxc://h/picture"

    async def work(self) -> Counter[str]:
        """Have the next process tell what waits."""
        context = self.talk.answers.executor._context
        now, here = (lambda: self.talk.now), cast(Any, self)
        client = cast(EncryptedClient, self.talk.homeserver)
        store, features = self.talk.store, cast(Any, context.answers)
        once = PostOnce(store, client, cast(ClientApi, client), late_limit=timedelta(hours=1), now=now)
        delivery = NoticeDelivery(store, here, once, cast(Any, context.escalations), here, features, now=now)
        counts: Counter[str] = Counter()
        await JobWorker(store.jobs, [delivery], holder="bot", now=now, counts=counts).turn(asyncio.Event())
        return counts
