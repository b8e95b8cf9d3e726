"""Whose account is known, and what becomes of one of which nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from community.description.model import Description, Status
from community.description.settings import ProvisioningSettings, Settings
from matrix.ids import UserId
from provisioning.errors import ChangesFailed
from provisioning.held_accounts import adopt
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Account, AccountClosure
from tests.lib.safe_bench import ANA, BO, CY, NOW, SafeRoomBench, community, opened_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[SafeRoomBench]:
    """Give one in which Ana and Bo have their accounts from Palabre."""
    async with opened_bench(tmp_path) as opened:
        opened.description = community("ana", "bo")
        await opened.apply()
        yield opened


async def held(bench: SafeRoomBench) -> frozenset[UserId]:
    return (await bench.provisioner.plan())[0].held


async def make_before(bench: SafeRoomBench) -> None:
    """Have somebody make Cy's account, and describe Cy."""
    bench.homeserver.accounts[CY] = Account(CY, "cy")
    bench.homeserver.passwords[CY] = "the thief's"
    bench.description = community("ana", "bo", "cy")


async def test_an_account_of_somebody_elses_making_is_held_and_the_person_is_nobody_to_the_bot(
    bench: SafeRoomBench,
) -> None:
    await make_before(bench)
    for _ in range(2):
        made = await bench.apply()
        await bench.look()
        assert made.changes == ()
        assert made.held == {CY}
        assert bench.stands("space", CY) is None
        assert bench.stands("space.safe.talk", CY) is None
        assert {person.user_id for person in await bench.store.people.all()} == {ANA, BO}


async def test_what_was_adopted_gets_in(bench: SafeRoomBench) -> None:
    await make_before(bench)
    await bench.apply()
    await adopt(bench.store, [CY], actor="nephew", at=NOW)
    await bench.apply()
    assert await held(bench) == frozenset()
    assert {bench.stands(key, CY) for key in ("space", "lobby", "space.safe.talk")} == {"join"}
    assert {person.user_id for person in await bench.store.people.all()} == {ANA, BO, CY}


async def test_a_lost_store_holds_nobody_who_was_in_a_room(bench: SafeRoomBench, tmp_path: Path) -> None:
    """So does one of before there were held accounts, whatever it lacks."""
    bench.put("lobby", BO, "leave")
    async with opened_bench(tmp_path / "other") as other:
        other.homeserver, other.description = bench.homeserver, bench.description
        assert await held(other) == frozenset()
        assert (await other.apply()).changes == ()


async def test_being_let_into_a_room_by_hand_makes_nothing_known_of_an_account_that_is_held(
    bench: SafeRoomBench,
) -> None:
    await make_before(bench)
    await bench.apply()
    bench.put("lobby", CY, "join")
    assert (await bench.apply()).changes == ()
    assert await held(bench) == {CY}


async def test_a_guest_who_was_let_in_before_they_are_described_is_known(bench: SafeRoomBench) -> None:
    bench.homeserver.accounts[CY] = Account(CY, "cy")
    bench.put("lobby", CY, "join")
    bench.description = community("ana", "bo", "cy")
    assert await held(bench) == frozenset()


async def test_an_invitation_that_nobody_has_accepted_makes_nothing_known(bench: SafeRoomBench) -> None:
    await make_before(bench)
    bench.put("lobby", CY, "invite", ANA)
    assert await held(bench) == {CY}


async def test_what_a_killed_process_has_made_is_known_by_its_password_and_not_by_its_entry(
    bench: SafeRoomBench,
) -> None:
    """The entry is written before the account is made: in between somebody else may make it."""
    await make_before(bench)
    drawn = bench.provisioner.book().prepare([Account(CY, "cy")], [])[CY]
    assert await held(bench) == {CY}
    bench.homeserver.passwords[CY] = drawn
    assert await held(bench) == frozenset()


async def test_who_makes_an_account_between_plan_and_apply_gets_neither_password_nor_room(
    bench: SafeRoomBench,
) -> None:
    bench.description = community("ana", "bo", "cy")
    made, _ = await bench.provisioner.plan()

    def race(_made: object) -> None:
        bench.homeserver.accounts[CY] = Account(CY, "cy")
        bench.homeserver.passwords[CY] = "the thief's"

    with pytest.raises(ChangesFailed, match=f"Somebody has made the account {CY} before Palabre could"):
        await bench.provisioner.apply(ApplyOptions("test", digest=made.digest, begin=race))
    assert bench.homeserver.passwords[CY] == "the thief's"
    assert CY not in {entry["user_id"] for entry in bench.provisioner.book().accounts()}
    assert bench.stands("space", CY) is None
    assert await held(bench) == {CY}


async def test_the_settings_may_adopt_all_that_is_there_and_it_stays_so(bench: SafeRoomBench) -> None:
    await make_before(bench)
    adopting = Settings(provisioning=ProvisioningSettings(existing_accounts="adopt"))
    provisioner: Provisioner = replace(bench.provisioner, settings=adopting)
    await provisioner.apply(ApplyOptions("test"))
    assert bench.stands("space", CY) == "join"
    (noted, *_) = await bench.store.audit.read(about=(CY,))
    assert (noted.action, noted.detail) == ("adopt-account", "existing_accounts: adopt")
    bench.put("lobby", CY, "leave")
    assert await held(bench) == frozenset()


async def test_an_account_that_was_held_and_closed_because_its_person_has_left_is_not_opened_by_a_password(
    bench: SafeRoomBench,
) -> None:
    await make_before(bench)
    await bench.apply()
    members = bench.description.community.members
    gone = tuple(m.model_copy(update={"status": Status.LEFT}) if m.username == "cy" else m for m in members)
    left = bench.description.community.model_copy(update={"members": gone})
    bench.description = Description(left, bench.description.directory, bench.description.calendar)
    await bench.apply()
    assert bench.homeserver.accounts[CY].closed is not None
    assert not await bench.provisioner.is_held(CY)


async def test_somebody_who_comes_back_is_known_once_their_account_was_opened_again(
    bench: SafeRoomBench,
) -> None:
    """Opened again it has a new password, and nobody is signed in."""
    bench.homeserver.accounts[CY] = Account(CY, "cy", closed=AccountClosure.LOCK)
    bench.description = community("ana", "bo", "cy")
    assert (await bench.apply()).changes == ()
    await bench.apply(CY)
    assert await held(bench) == frozenset()
    assert bench.stands("space", CY) == "join"
