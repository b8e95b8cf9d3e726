"""Somebody's account was there before Palabre made one: whoever can make accounts may have made it to come in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from community.accounts.faults import FaultKind
from community.jobs.notices import NOTICE, Notice
from community.storage import JobState, NewAuditEntry
from provisioning.held_accounts import RESET
from provisioning.snapshot import Account
from tests.lib.safe_bench import ANA, BO, CY, NOW, SafeRoomBench, community, opened_bench


async def found(bench: SafeRoomBench) -> Counter[str]:
    """Return whose account was told of as held, and how often; of none as taken for its person's."""
    filed = await bench.store.jobs.of_state(NOTICE, JobState.PENDING, JobState.DONE)
    notices = [Notice.decoded(request.payload) for request in filed]
    faults = Counter((n.values.get("fault"), n.values.get("account", "")) for n in notices)
    assert not [kind for kind, _ in faults if kind == FaultKind.ACCOUNT_FOUND]
    return Counter({account: n for (kind, account), n in faults.items() if kind == FaultKind.ACCOUNT_HELD})


async def begun(bench: SafeRoomBench) -> None:
    """Have two people's accounts made, and the service look for the first time."""
    bench.description = community("ana", "bo")
    await bench.apply()
    await bench.look()


async def test_an_account_that_palabre_has_not_made_is_told_once(tmp_path: Path) -> None:
    async with opened_bench(tmp_path) as bench:
        await begun(bench)
        bench.homeserver.accounts[CY] = Account(CY, "cy")
        bench.description = community("ana", "bo", "cy")
        await bench.apply()
        for _ in range(2):
            await bench.look()
        assert await found(bench) == {CY: 1}


async def test_what_palabre_makes_is_no_news(tmp_path: Path) -> None:
    async with opened_bench(tmp_path) as bench:
        await begun(bench)
        bench.description = community("ana", "bo", "cy")
        await bench.apply()
        await bench.look()
        assert {ANA, BO, CY} <= bench.homeserver.accounts.keys()
        assert await found(bench) == {}


async def test_an_account_that_was_taken_back_by_a_new_password_is_no_news(tmp_path: Path) -> None:
    async with opened_bench(tmp_path) as bench:
        await begun(bench)
        bench.homeserver.accounts[CY] = Account(CY, "cy")
        await bench.store.audit.add([NewAuditEntry(at=NOW, actor="test", action=RESET, subject=CY)])
        bench.description = community("ana", "bo", "cy")
        await bench.apply()
        await bench.look()
        assert await found(bench) == {}
