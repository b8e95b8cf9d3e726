"""Who has a recovery key by now is noted: nobody else is asked about, and not everybody at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.description.person import Person
from community.joining.arrival import ArrivalStage
from community.joining.invitation import InvitationTerms
from community.storage import NewInvitation, Store
from matrix.ids import UserId, user_id
from provisioning.recovery_keys import MOST, RecoveryKeys
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
PEOPLE = [user_id(f"p{number:02}", SERVER) for number in range(MOST + 5)]


class Looks:
    """The looks of one process of the service."""

    def __init__(self, store: Store) -> None:
        self.store, self.homeserver = store, MemoryHomeserver()
        self._keys = RecoveryKeys(lambda: NOW)

    async def asked(self) -> set[UserId]:
        """Look once; return who was asked about."""
        self.homeserver.asked_for_keys.clear()
        await self._keys.look(self.homeserver, self.store)
        return set(self.homeserver.asked_for_keys)


@pytest.fixture
async def looks(tmp_path: Path) -> AsyncIterator[Looks]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        people = [Person(user, user[1:4], user, "member", None, (), ("fr",)) for user in PEOPLE]
        await store.people.replace(people, {})
        yield Looks(store)


async def test_who_has_not_signed_in_and_who_is_nobody_any_more_is_not_asked_about(looks: Looks) -> None:
    await looks.store.sign_ins.note("@gone:x", [], at=NOW)
    await looks.store.sign_ins.note(PEOPLE[0], [], at=NOW)
    assert await looks.asked() == {PEOPLE[0]}


async def test_a_key_is_noted_once_with_how_far_they_have_come_and_asked_for_no_more(looks: Looks) -> None:
    terms = InvitationTerms(role="member", language="fr")
    new = NewInvitation("a" * 64, terms, "@x:x", NOW + timedelta(days=9))
    await looks.store.invitations.add([new], by="cli", at=NOW)
    await looks.store.invitations.redeem("a" * 64, PEOPLE[0], NOW)
    await looks.store.sign_ins.note(PEOPLE[0], [], at=NOW)
    assert await looks.asked() == {PEOPLE[0]}
    looks.homeserver.recovery_keys.add(PEOPLE[0])
    assert await looks.asked() == {PEOPLE[0]}
    assert await looks.asked() == set()
    (listed,) = await looks.store.invitations.listed()
    assert [one.stage for one in listed.arrivals] == [ArrivalStage.ARRIVED]
    assert (await looks.store.sign_ins.all())[PEOPLE[0]].key_at == NOW
    told = await looks.store.about(PEOPLE[0], "p00")
    assert told["sign_ins"] == [{"at": NOW.isoformat(), "key_at": NOW.isoformat()}]


async def test_many_are_asked_about_in_turns(looks: Looks) -> None:
    for user in PEOPLE:
        await looks.store.sign_ins.note(user, [], at=NOW)
    first, second = await looks.asked(), await looks.asked()
    assert len(first) == len(second) == MOST
    assert first | second == set(PEOPLE)
