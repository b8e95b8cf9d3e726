"""What the bot cannot read is told to its sender, directly and kindly, and not again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.encryption import Received
from bots.encryption.batch import Batch, Unread
from bots.unread_messages import UnreadMessages
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, DIRECT, OUTSIDER, batch, said
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

FILE = {
    "url": "mxc://h/f",
    "key": {"k": "K", "kty": "oct", "alg": "A256CTR", "ext": True, "key_ops": ["decrypt"]},
    "iv": "I",
    "hashes": {"sha256": "S"},
    "v": "v2",
}
PLEASE = "Je ne lis que ce qui est écrit : écrivez-le-moi"
OTHERS: list[dict[str, Any]] = [
    {"msgtype": "m.audio", "body": "Voice message", "file": FILE, "org.matrix.msc3245.voice": {}},
    {"msgtype": "m.image", "body": "photo.jpg", "file": FILE},
    {"msgtype": "m.file", "body": "plan.pdf", "file": FILE},
    {"msgtype": "m.location", "body": "Here", "geo_uri": "geo:1,2"},
]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


@pytest.mark.parametrize("content", OTHERS, ids=lambda content: str(content["msgtype"]))
async def test_what_has_no_words_is_asked_for_in_words_directly_alone(
    room: RoomTalk, content: dict[str, Any]
) -> None:
    assert PLEASE in await room.told("", room=DIRECT, **content)
    assert await room.hears("", **content) is None


@pytest.mark.parametrize("kind", ["m.poll.start", "org.matrix.msc3381.poll.start", "m.sticker"])
async def test_so_is_a_poll_and_a_sticker(room: RoomTalk, kind: str) -> None:
    # Whatever else stands in it, such an event is no text.
    content = {"msgtype": "m.text", "body": "qui contacter pour les déchets à Kigali ?"}
    await room.takes(batch(Received(DIRECT, EventId("$poll"), AWA, content, 0, type=kind)))
    assert [PLEASE in visible(sent["body"]) for _, sent in room.homeserver.sent] == [True]


async def test_several_pictures_have_one_line_and_later_ones_another(room: RoomTalk) -> None:
    for _ in range(3):
        await room.hears("", room=DIRECT, **OTHERS[1])
    assert len(room.homeserver.sent) == 1
    room.now += timedelta(minutes=11)
    await room.hears("", room=DIRECT, **OTHERS[1])
    assert len(room.homeserver.sent) == 2


class Told:
    """What cannot be read, over a store that keeps the notices."""

    def __init__(self, room: RoomTalk) -> None:
        self.room = room
        self.reacted: list[tuple[str, str]] = []
        incoming = room.bot._incoming
        self.unread = UnreadMessages(room.store, cast(ClientApi, self), incoming, now=lambda: room.now)

    async def send_reaction(self, _room_id: RoomId, event_id: EventId, key: str) -> None:
        self.reacted.append((event_id, key))

    def comes(self, *unread: Unread) -> None:
        self.unread.take(Batch((), (), frozenset(), frozenset(), unread=unread))

    async def notices(self, *, after: timedelta = timedelta(minutes=1)) -> list[tuple[NoticeKind, str]]:
        self.room.now += after
        await self.unread.tell()
        waiting = Notice.each(await self.room.store.jobs.pending(Notice.KIND))
        return [(notice.kind, notice.audience) for _job, notice in waiting]


def unread(number: int, *, room_id: RoomId = DIRECT, is_unsigned: bool = False) -> Unread:
    return Unread(room_id, EventId(f"$lost{number}"), AWA, is_unsigned)


@pytest.fixture
async def told(room: RoomTalk) -> Told:
    await room.bot._incoming.people.refresh()
    return Told(room)


async def test_who_has_written_what_cannot_be_read_is_told_once_a_day(told: Told) -> None:
    told.comes(unread(1), unread(2))
    assert await told.notices(after=timedelta(seconds=5)) == []
    assert await told.notices() == [(NoticeKind.NOT_READ, AWA)]
    told.comes(unread(3))
    assert await told.notices() == [(NoticeKind.NOT_READ, AWA)]
    told.comes(unread(4))
    assert await told.notices(after=timedelta(days=1)) == [(NoticeKind.NOT_READ, AWA)] * 2
    assert told.reacted == []


async def test_what_could_be_read_after_all_and_what_was_said_in_a_room_is_not_told(told: Told) -> None:
    told.comes(unread(1), unread(2, room_id=MOBILITY))
    told.unread.take(batch(said("hello", "$lost1")))
    stranger = Unread(DIRECT, EventId("$lost3"), OUTSIDER, is_unsigned=True)
    told.comes(stranger)
    assert await told.notices() == []


async def test_an_unsigned_device_sees_a_key_and_its_person_is_told_the_way_out(told: Told) -> None:
    told.comes(unread(1, is_unsigned=True), unread(2, is_unsigned=True))
    assert await told.notices() == [(NoticeKind.DEVICE_UNSIGNED, AWA)]
    assert told.reacted == [("$lost1", "🔑"), ("$lost2", "🔑")]


async def test_that_keys_were_put_back_from_a_copy_is_told_to_the_coordinators_once(told: Told) -> None:
    told.unread.take(replace(batch(), put_back=True))
    told.unread.take(batch())
    assert await told.notices() == [(NoticeKind.STORE_PUT_BACK, COORDINATORS)]
    assert await told.notices() == [(NoticeKind.STORE_PUT_BACK, COORDINATORS)]
