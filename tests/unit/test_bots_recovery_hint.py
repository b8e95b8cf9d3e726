"""Who has perhaps no recovery key is told so: directly, kindly, twice at the most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bots.encryption import EncryptedClient, RoomView
from bots.notices import rendered
from bots.recovery_hint import AFTER, AGAIN_AFTER, RecoveryHints
from community.core.messages import translator
from community.jobs.notices import NOTICE, Notice, NoticeKind
from matrix.ids import RoomId, UserId
from tests.lib.asking import CATALOGUES, visible
from tests.lib.bot_runtime import AWA, BOT, DIRECT, OUTSIDER, PETER, ROOT
from tests.lib.notice_telling import Telling
from tests.lib.room_talk import LUCIE, MOUSSA, RoomTalk, seeded_store

SAID = {
    "en": ("Before you sign out or change your phone, set up a recovery key", "If you have one already"),
    "fr": ("Avant de vous déconnecter ou de changer de téléphone", "Si vous en avez déjà une, tout va bien."),
    "pt": ("Antes de terminar a sessão ou de mudar de telemóvel", "Se já tem uma, está tudo bem."),
    "ar": ("قبل تسجيل الخروج أو تغيير الهاتف", "إن كان لديك مفتاح"),
}


class Hints:
    """The bot's looks, one process after another; ``several`` are those with more than one signed device."""

    def __init__(self, room: RoomTalk) -> None:
        self.room = room
        self.rooms = room.homeserver.rooms
        self.several: set[UserId] = set()

    async def with_signed_device(self, users: Iterable[UserId], *, at_least: int) -> frozenset[UserId]:
        assert at_least == 2
        return frozenset(self.several & set(users))

    async def seen(self, *users: UserId) -> None:
        """Have the bot see somebody's identity for the first time."""
        for user in users:
            await self.room.store.identities.see(user, f"key of {user}", at=self.room.now)

    async def told(self, after: timedelta = timedelta(0)) -> list[tuple[str, str]]:
        """Let ``after`` pass and a new process look; return who is told, and which time it is."""
        self.room.now += after
        await self.room.start()
        incoming = self.room.bot._incoming
        await incoming.identities.refresh()
        client = cast(EncryptedClient, self)
        await RecoveryHints(self.room.store, client, incoming, now=lambda: self.room.now).look()
        filed = Notice.each(await self.room.store.jobs.pending(NOTICE))
        assert all(notice.kind is NoticeKind.RECOVERY_KEY for _, notice in filed)
        return [(n.audience, n.occasion) for _, n in Notice.each(await self.room.store.jobs.pending(NOTICE))]


@pytest.fixture
async def hints(tmp_path: Path) -> AsyncIterator[Hints]:
    async with await seeded_store(tmp_path) as store:
        yield Hints(RoomTalk(store, tmp_path))


async def test_somebody_is_told_a_day_after_they_were_first_seen_and_once_more(hints: Hints) -> None:
    await hints.seen(AWA)
    assert await hints.told(AFTER - timedelta(seconds=1)) == []
    for _ in range(2):
        assert await hints.told(timedelta(seconds=1)) == [(AWA, "1")]
    assert await hints.told(AGAIN_AFTER - timedelta(seconds=2)) == [(AWA, "1")]
    for _ in range(3):
        assert await hints.told(AGAIN_AFTER) == [(AWA, "1"), (AWA, "2")]


async def test_who_has_signed_a_second_device_is_told_nothing(hints: Hints) -> None:
    await hints.seen(AWA)
    hints.several = {AWA}
    assert await hints.told(AFTER) == []
    # They sign out there, and have one device again.
    hints.several = set()
    assert await hints.told(AFTER) == [(AWA, "1")]
    hints.several = {AWA}
    assert await hints.told(2 * AGAIN_AFTER) == [(AWA, "1")]


async def test_who_has_a_recovery_key_is_told_nothing(hints: Hints) -> None:
    await hints.seen(AWA)
    await hints.room.store.sign_ins.note(AWA, [], at=hints.room.now)
    await hints.room.store.sign_ins.note_key(AWA, at=hints.room.now)
    assert await hints.told(AFTER) == []
    assert await hints.told(AGAIN_AFTER) == []


async def test_nobody_is_told_at_night_or_on_a_day_of_rest_in_their_city(hints: Hints) -> None:
    await hints.seen(AWA)
    # It is half past nine on a Monday in Bamako.
    assert await hints.told(timedelta(days=5)) == []
    assert await hints.told(timedelta(days=1, hours=21)) == []
    assert await hints.told(timedelta(hours=1)) == [(AWA, "1")]


async def test_own_quiet_hours_stand_in_place_of_the_citys(hints: Hints) -> None:
    await hints.seen(AWA)
    await hints.room.store.quiet_hours.put(AWA, "09:00-21:00")
    assert await hints.told(AFTER) == []
    assert await hints.told(timedelta(hours=11)) == []
    assert await hints.told(timedelta(hours=1)) == [(AWA, "1")], "it is half past nine in the evening"


async def test_only_people_with_a_direct_message_that_they_have_joined_are_told(hints: Hints) -> None:
    # Moussa and Lucie are with the bot in a room, Peter is invited.
    invited = RoomView(RoomId("!d2"), BOT, algorithm="megolm", members={BOT: "join", PETER: "invite"})
    foreign = RoomView(RoomId("!d3"), BOT, algorithm="megolm", members={BOT: "join", OUTSIDER: "join"})
    hints.rooms |= {invited.room_id: invited, foreign.room_id: foreign}
    await hints.seen(MOUSSA, LUCIE, PETER, OUTSIDER)
    assert await hints.told(AFTER) == []


async def test_whose_identity_has_changed_is_told_something_else_first(hints: Hints) -> None:
    await hints.seen(AWA)
    await hints.room.store.identities.see(AWA, "another key", at=hints.room.now)
    assert await hints.told(AFTER) == []
    await hints.room.store.identities.accept(AWA, "another key", by=PETER, at=hints.room.now)
    assert await hints.told(AFTER) == [(AWA, "1")]


@pytest.mark.parametrize("language", SAID)
def test_it_is_said_in_two_short_sentences_in_the_persons_language(language: str) -> None:
    notice = Notice(NoticeKind.RECOVERY_KEY, AWA, "1", {})
    said = visible(rendered(notice, translator(language, CATALOGUES)).text).split("\n\n")
    assert len(said) == 2
    assert said[0].startswith(SAID[language][0])
    assert SAID[language][1] in said[1]


SHOWN = {
    "en": "Three pictures. 1: the settings of the app.",
    "fr": "Trois dessins. 1 : les paramètres",
    "pt": "Três desenhos. 1: as definições",
    "ar": "ثلاثة رسوم. 1: إعدادات التطبيق.",
}


@pytest.mark.parametrize("language", SHOWN)
async def test_a_picture_goes_with_it_encrypted_and_says_what_is_to_be_seen(
    language: str, tmp_path: Path
) -> None:
    async with await seeded_store(tmp_path, (language,)) as store:
        talk = RoomTalk(store, tmp_path)
        await talk.start()
        await talk.bot._incoming.people.refresh()
        telling = Telling(talk)
        await store.jobs.file(Notice(NoticeKind.RECOVERY_KEY, AWA, "1", {}), at=talk.now)
        assert await telling.work() == {"done": 1}
        (_, text), (_, picture) = talk.homeserver.sent
        assert SAID[language][0] in visible(text["body"])
        assert (picture["msgtype"], picture["file"]["url"]) == ("m.image", "mxc://h/picture")
        assert visible(picture["body"]).startswith(SHOWN[language])
        (ciphertext,) = telling.uploaded
        assert b"PNG" not in ciphertext[:16]
        assert picture["info"]["size"] == len(ciphertext) < 20_000
        assert telling.uploaded[0] != (ROOT / "bots/pictures/recovery-key.png").read_bytes()


async def test_killed_between_the_two_each_is_there_once(tmp_path: Path) -> None:
    async with await seeded_store(tmp_path) as store:
        talk = RoomTalk(store, tmp_path)
        await talk.start()
        await talk.bot._incoming.people.refresh()
        await store.jobs.file(Notice(NoticeKind.RECOVERY_KEY, AWA, "1", {}), at=talk.now)
        talk.homeserver.goes_away_after = 1
        await Telling(talk).work()
        talk.homeserver.is_away = False
        for _ in range(2):
            talk.now += timedelta(minutes=5)
            await Telling(talk).work()
        kinds = [event.content["msgtype"] for event in talk.homeserver.said(DIRECT).values()]
        assert kinds == ["m.text", "m.image"]
