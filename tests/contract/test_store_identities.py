"""The pins' contract, on the databases of conftest.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from community.accounts.identities import Pin, discarded_name, fingerprint
from community.storage import Store

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
AWA, PETER = "@awa:h", "@peter:h"
OLD, NEW, OTHER = "A" * 43, "B" * 43, "C" * 43


async def test_the_first_key_is_pinned_and_seen_again_changes_nothing(store: Store) -> None:
    assert await store.identities.all() == ()
    assert await store.identities.see(AWA, OLD, at=NOW) == Pin(AWA, OLD, NOW)
    revision = await store.identities.revision()
    assert await store.identities.see(AWA, OLD, at=LATER) == Pin(AWA, OLD, NOW)
    assert await store.identities.revision() == revision
    assert await store.identities.all() == (Pin(AWA, OLD, NOW),)
    assert await store.identities.find(PETER) is None


async def test_another_key_waits_beside_the_pin(store: Store) -> None:
    await store.identities.see(AWA, OLD, at=NOW)
    changed = Pin(AWA, OLD, NOW, NEW, LATER)
    before = await store.identities.revision()
    assert await store.identities.see(AWA, NEW, at=LATER) == changed
    assert await store.identities.revision() > before
    assert await store.identities.see(AWA, NEW, at=LATER + timedelta(days=1)) == changed
    assert await store.identities.find(AWA) == changed
    assert (await store.identities.see(AWA, OTHER, at=LATER)).changed_to == OTHER
    # The pinned one is shown again.
    assert await store.identities.see(AWA, OLD, at=LATER) == Pin(AWA, OLD, NOW)


async def test_it_is_accepted_once_and_that_is_in_the_audit(store: Store) -> None:
    await store.identities.see(AWA, OLD, at=NOW)
    await store.identities.see(AWA, NEW, at=LATER)
    assert not await store.identities.accept(AWA, OTHER, by=PETER, at=LATER)
    assert not await store.identities.accept(PETER, NEW, by=PETER, at=LATER)
    (noticed,) = await store.audit.read()
    assert (noticed.actor, noticed.action, noticed.subject) == ("palabre", "identity-changed", AWA)
    assert noticed.detail == f"{fingerprint(OLD)} -> {fingerprint(NEW)}"
    accepted = await asyncio.gather(
        *(store.identities.accept(AWA, NEW, by=PETER, at=LATER) for _ in range(3))
    )
    assert accepted == [True] * 3
    assert await store.identities.find(AWA) == Pin(AWA, NEW, LATER, None, None, PETER, LATER)
    (line,) = [entry for entry in await store.audit.read() if entry != noticed]
    assert (line.actor, line.action, line.subject) == (PETER, "accept-identity", AWA)
    assert line.detail == f"{fingerprint(OLD)} -> {fingerprint(NEW)}"
    # Not the one before either: it is another now.
    assert (await store.identities.see(AWA, OLD, at=LATER)).changed_to == OLD


async def test_what_has_changed_again_meanwhile_is_not_accepted(store: Store) -> None:
    await store.identities.see(AWA, OLD, at=NOW)
    await store.identities.see(AWA, NEW, at=NOW)
    await store.identities.see(AWA, OTHER, at=LATER)
    assert not await store.identities.accept(AWA, NEW, by=PETER, at=LATER)
    pin = await store.identities.find(AWA)
    assert pin is not None
    assert (pin.master_key, pin.changed_to) == (OLD, OTHER)


async def test_who_is_forgotten_stays_pinned_and_is_told_of_it(store: Store) -> None:
    await store.identities.see(AWA, OLD, at=NOW)
    await store.forget(AWA, "awa", "somebody")
    assert await store.identities.find(AWA) == Pin(AWA, OLD, NOW)
    about = await store.about(AWA, "awa")
    assert about["identity"] == [
        {
            "user_id": AWA,
            "master_key": OLD,
            "seen_at": NOW.isoformat(),
            "changed_to": None,
            "changed_at": None,
            "accepted_by": None,
            "accepted_at": None,
        }
    ]


async def test_how_often_it_has_changed_is_counted_from_the_pinned_one_until_one_is_accepted(
    store: Store,
) -> None:
    await store.identities.see(AWA, OLD, at=NOW)
    await store.identities.see(PETER, OLD, at=NOW)
    assert await store.identities.changes() == {}
    for minute, key in enumerate((NEW, OTHER, OTHER, OLD, NEW), start=1):
        await store.identities.see(AWA, key, at=NOW + timedelta(minutes=minute))
    assert await store.identities.changes() == {AWA: 3}
    assert await store.identities.accept(AWA, NEW, by=PETER, at=LATER)
    assert await store.identities.changes() == {}
    await store.identities.see(AWA, OTHER, at=LATER)
    await store.identities.see(PETER, NEW, at=LATER)
    assert await store.identities.changes() == {AWA: 1, PETER: 1}


async def test_a_discarded_key_is_noted_for_its_account_alone_and_moves_the_revision_once(
    store: Store,
) -> None:
    before = await store.identities.revision()
    for _ in range(2):
        await store.identities.discard(AWA, OLD, at=NOW)
    assert await store.identities.discarded() == {discarded_name(AWA, OLD)}
    assert discarded_name(PETER, OLD) != discarded_name(AWA, OLD) != discarded_name(AWA, NEW)
    assert await store.identities.revision() == before + 1
    assert await store.identities.all() == ()
