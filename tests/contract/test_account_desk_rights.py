"""The desk on each database: whoever loses the right to invite while an account is asked for lets nobody in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest

from community.core.address_secret import digest_of
from community.description.model import Community, Status
from community.joining.account_request import AccountRefusal
from community.storage import Store
from tests.lib.account_asking import COMMUNITY, INVITER, SALIF, DeskBench


@pytest.fixture
async def bench(store: Store) -> AsyncIterator[DeskBench]:
    async with DeskBench(store).open() as opened:
        yield opened


def with_lead(changes: Mapping[str, object]) -> Community:
    """Return the community in which whoever has invited is changed."""
    members = tuple(
        one.model_copy(update=changes) if f"@{one.username}:" in INVITER else one for one in COMMUNITY.members
    )
    return COMMUNITY.model_copy(update={"members": members})


async def is_member(bench: DeskBench) -> None:
    await bench.store.applied.replace(with_lead({"role": "member"}), at=bench.now)


async def is_elsewhere(bench: DeskBench) -> None:
    await bench.store.applied.replace(with_lead({"city": "kigali"}), at=bench.now)


async def has_left(bench: DeskBench) -> None:
    await bench.store.applied.replace(with_lead({"status": Status.LEFT}), at=bench.now)


async def is_forgotten(bench: DeskBench) -> None:
    await bench.store.forget(INVITER, "awa.diallo", "—")


async def has_taken_it_back(bench: DeskBench) -> None:
    await bench.store.invitations.revoke(1, by=INVITER, at=bench.now)


LOSSES = (is_member, is_elsewhere, has_left, is_forgotten, has_taken_it_back)
Loss = Callable[[DeskBench], Awaitable[None]]


def while_the_name_is_looked_up(bench: DeskBench, monkeypatch: pytest.MonkeyPatch, loss: Loss) -> None:
    """Have it happen while the homeserver is asked whether there is an account of that name."""
    look = bench.homeserver.account

    async def meanwhile(user: object) -> object:
        await loss(bench)
        return await look(SALIF)

    monkeypatch.setattr(bench.homeserver, "account", meanwhile)


async def assert_nobody_came(bench: DeskBench) -> None:
    assert (bench.accounts(), await bench.updates()) == (set(), [])
    assert "salif.new" not in await bench.members()


@pytest.mark.parametrize("loss", LOSSES)
async def test_in_between_nobody_is_let_in(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch, loss: Loss
) -> None:
    secret = await bench.link()
    while_the_name_is_looked_up(bench, monkeypatch, loss)
    assert await bench.why(secret) is AccountRefusal.REVOKED
    assert (await bench.used(secret), await bench.arrivals()) == (0, [])
    await assert_nobody_came(bench)


@pytest.mark.parametrize("loss", LOSSES)
async def test_whoever_was_broken_off_before_there_was_an_account_is_not_let_in_either(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch, loss: Loss
) -> None:
    secret = await bench.link()
    await bench.store.invitations.redeem(digest_of(secret) or "", SALIF, bench.now)
    while_the_name_is_looked_up(bench, monkeypatch, loss)
    assert await bench.why(secret) is AccountRefusal.REVOKED
    await assert_nobody_came(bench)


@pytest.mark.parametrize("loss", LOSSES)
async def test_nobody_is_let_in_whose_turn_comes_afterwards(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch, loss: Loss
) -> None:
    """Where many come at once they wait for it, longer than it takes to apply a description."""
    secret, making = await bench.link(), bench.desk._places.making
    acquire = making.acquire

    async def afterwards() -> bool:
        await loss(bench)
        return await acquire()

    monkeypatch.setattr(making, "acquire", afterwards)
    assert await bench.why(secret) is AccountRefusal.REVOKED
    assert await bench.used(secret) == 0
    await assert_nobody_came(bench)


async def test_other_rules_that_are_in_force_meanwhile_are_read_first(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await bench.link()
    rules = COMMUNITY.model_copy(update={"rules": (COMMUNITY.name,)})

    async def others(bench: DeskBench) -> None:
        await bench.store.applied.replace(rules, at=bench.now)

    while_the_name_is_looked_up(bench, monkeypatch, others)
    assert await bench.why(secret) is AccountRefusal.OTHER_RULES
    assert await bench.used(secret) == 0
