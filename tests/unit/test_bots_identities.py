"""Identities that change again and again: what the coordinators and the person are told, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bots.active import ActivePeople
from bots.encryption import EncryptedClient
from bots.identities import PinnedIdentities
from community.description.person import Person
from community.jobs.notice_text import sentences_of
from community.jobs.notices import NOTICE, Notice, NoticeKind
from community.storage import Store
from matrix.ids import UserId
from tests.lib.memory_client import MemoryClient

START = datetime(2026, 11, 28, 12, tzinfo=UTC)
AWA, PETER = UserId("@awa:h"), UserId("@peter:h")


def key(number: int) -> str:
    return f"{number:043}"


class Loop:
    """Somebody who makes one identity after the other; ``restart`` begins another process of the bot."""

    def __init__(self, store: Store) -> None:
        self.store, self.client, self.clock = store, MemoryClient(), START
        self.restart()

    def restart(self) -> None:
        self.people = ActivePeople(self.store)
        client = cast(EncryptedClient, self.client)
        self.identities = PinnedIdentities(self.store, client, self.people, lambda: self.clock)

    async def shows(self, number: int, *, after: timedelta = timedelta(minutes=1)) -> None:
        self.clock += after
        self.client.identities[AWA] = key(number)
        await self.people.refresh()
        await self.identities.look()

    async def told(self) -> list[Notice]:
        """Return what coordinators are told, and see that the person is told as often."""
        told = [Notice.decoded(request.payload) for request in await self.store.jobs.pending(NOTICE)]
        kinds = Counter(notice.kind for notice in told)
        assert kinds[NoticeKind.IDENTITY_CHANGED] == kinds[NoticeKind.OWN_IDENTITY_CHANGED]
        return [notice for notice in told if notice.kind is NoticeKind.IDENTITY_CHANGED]


@pytest.fixture
async def loop(tmp_path: Path) -> AsyncIterator[Loop]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.people.replace([Person(AWA, "awa", "Awa", "city-lead", None, (), ("en",))])
        made = Loop(store)
        await made.shows(0)
        yield made


async def test_whoever_makes_one_identity_after_the_other_floods_nobody(loop: Loop) -> None:
    for number in range(1, 101):
        await loop.shows(number)
        if number % 10 == 0:
            loop.restart()
    first, second = await loop.told()
    assert (first.values["count"], second.values["count"]) == ("1", "2")
    assert len(sentences_of(second)) == len(sentences_of(first)) + 1
    assert "it has changed 2 times, and nobody has accepted any" in str(sentences_of(second)[1])
    # The next day it is told once more, and how often it was.
    for number in range(101, 111):
        await loop.shows(number, after=timedelta(days=1) if number == 101 else timedelta(minutes=1))
    assert [notice.values["count"] for notice in await loop.told()] == ["1", "2", "101"]
    # What waits is the last one.
    pin = await loop.store.identities.find(AWA)
    assert pin is not None
    assert (pin.master_key, pin.changed_to) == (key(0), key(110))


async def test_back_to_the_pinned_one_and_away_again_floods_nobody_either(loop: Loop) -> None:
    for number in range(1, 41):
        await loop.shows(number % 2)
    assert [notice.values["count"] for notice in await loop.told()] == ["1", "2"]


async def test_another_identity_is_told_on_the_day_on_which_one_was_accepted(loop: Loop) -> None:
    await loop.shows(1)
    assert await loop.store.identities.accept(AWA, key(1), by=PETER, at=loop.clock)
    await loop.shows(2)
    assert [notice.values["count"] for notice in await loop.told()] == ["1", "1"]


async def test_the_identity_that_was_given_to_an_account_before_it_was_taken_over_is_pinned_for_nobody(
    loop: Loop,
) -> None:
    """The person's own is the first that is pinned, and nobody has to accept it."""
    await loop.store.people.replace([Person(PETER, "peter", "Peter", "city-lead", None, (), ("en",))])
    await loop.store.identities.discard(PETER, key(1), at=loop.clock)
    await loop.people.refresh()
    for shown in (key(1), key(1), key(2)):
        loop.client.identities = {UserId(PETER): shown}
        await loop.identities.look()
        pin = await loop.store.identities.find(PETER)
        assert (None if pin is None else pin.master_key) == (key(2) if shown == key(2) else None)
    assert await loop.told() == []
