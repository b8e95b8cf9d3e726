"""The lobby is told at most once a day who has come: names of those in it, in the network's languages, and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.context.background import Services
from bots.encryption import EncryptedClient
from bots.features.newcomers.lobby_line import LobbyLine, who_came
from bots.posting import PostOnce
from community.core.messages import translator
from community.description.person import Person
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId
from tests.lib.asking import CATALOGUES, visible
from tests.lib.bot_runtime import AWA, EXAMPLE, NOW
from tests.lib.room_talk import LUCIE, MOUSSA, RoomTalk, room_of_ours, seeded_store
from tests.lib.scheduling import nothing_applied

LOBBY = RoomId("!lobby")
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""When reminders are told together in Abidjan."""
REAL = EXAMPLE.model_copy(update={"example": False, "timezone": "Africa/Abidjan"})


class Days:
    """The bot's looks, one process after another."""

    def __init__(self, talk: RoomTalk) -> None:
        self.talk = talk
        self.room = room_of_ours(LOBBY, {"key": "lobby", "kind": "room"}, "joined", AWA, LUCIE)
        self.community = REAL
        talk.homeserver.rooms[LOBBY] = self.room

    async def look(self, at: datetime) -> list[str]:
        """Let a new process look at a moment; return what it says in the lobby."""
        self.talk.now = at
        before = len(self.talk.homeserver.sent)
        client, api = cast(EncryptedClient, self.talk.homeserver), cast(ClientApi, self.talk.homeserver)
        now = lambda: self.talk.now  # noqa: E731 - it is asked anew each time
        once = PostOnce(self.talk.store, client, api, late_limit=timedelta(hours=12), now=now)
        services = Services(
            self.talk.store,
            client,
            api,
            once,
            lambda: {"lobby": self.room},
            str,
            lambda: self.community,
            nothing_applied,
            lambda: [translator(code, CATALOGUES) for code in ("fr", "en")],
            NOW,
            now,
        )
        await LobbyLine(services).look()
        sent: list[tuple[str, Any]] = list(self.talk.homeserver.sent[before:])
        assert all(content["msgtype"] == "m.notice" for _, content in sent)
        return [visible(content["body"]) for _, content in sent]


@pytest.fixture
async def days(tmp_path: Path) -> AsyncIterator[Days]:
    async with await seeded_store(tmp_path) as store:
        yield Days(RoomTalk(store, tmp_path))


async def comes(days: Days, user: UserId, at: datetime) -> None:
    await days.talk.store.sign_ins.note(user, [], at=at)


async def test_those_who_came_are_named_once_in_each_language(days: Days) -> None:
    await comes(days, AWA, NINE - timedelta(hours=3))
    await comes(days, LUCIE, NINE - timedelta(hours=2))
    assert await days.look(NINE - timedelta(minutes=1)) == []
    (said,) = await days.look(NINE + timedelta(minutes=4))
    assert said.split("\n\n") == [
        "Parmi nous depuis hier : Awa Diallo (Bamako), Lucie (Kigali). Bienvenue !",
        "New here since yesterday: Awa Diallo (Bamako), Lucie (Kigali). Welcome!",
    ]
    assert await days.look(NINE + timedelta(hours=1)) == []
    assert await days.look(NINE + timedelta(days=1)) == []


async def test_where_nobody_came_nothing_is_said(days: Days) -> None:
    await comes(days, AWA, NINE - timedelta(days=2))
    assert await days.look(NINE) == []


async def test_who_is_not_in_the_lobby_is_not_named(days: Days) -> None:
    await comes(days, MOUSSA, NINE - timedelta(hours=3))
    await comes(days, UserId("@gone:h"), NINE - timedelta(hours=3))
    assert await days.look(NINE) == []


async def test_a_day_whose_line_is_late_has_none(days: Days) -> None:
    await comes(days, AWA, NINE - timedelta(hours=3))
    assert await days.look(NINE + timedelta(hours=7)) == []


async def test_an_example_network_is_told_nothing(days: Days) -> None:
    await comes(days, AWA, NINE - timedelta(hours=3))
    days.community = REAL.model_copy(update={"example": True})
    assert await days.look(NINE) == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "New here since yesterday: N1, N2, N3, N4, N5, N6, N7, N8, and 2 more. Welcome!"),
        ("fr", "Parmi nous depuis hier : N1, N2, N3, N4, N5, N6, N7, N8 et 2 autres personnes. Bienvenue !"),
        ("pt", "Entre nós desde ontem: N1, N2, N3, N4, N5, N6, N7, N8 e mais 2 pessoas. Boas-vindas!"),
        ("ar", "انضم إلينا منذ أمس: N1, N2, N3, N4, N5, N6, N7, N8 وشخصان آخران. أهلًا وسهلًا!"),
    ],
)
def test_of_many_the_first_are_named(language: str, expected: str) -> None:
    people = [Person(f"@n{n}:h", f"n{n}", f"N{n}", "member", None, (), ("en",)) for n in range(1, 11)]
    assert visible(who_came(people, REAL, [translator(language, CATALOGUES)]).text) == expected
