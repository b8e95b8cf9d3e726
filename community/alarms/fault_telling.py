"""Reports faults of accounts to coordinators, each once; for the provisioning service and for the bot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from community.accounts.faults import AccountFault, said_of
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import NewAuditEntry, Store

log = structlog.get_logger()


async def tell_faults(store: Store, faults: Iterable[AccountFault], *, actor: str, at: datetime) -> None:
    """Log, audit and report to coordinators the faults that are new; forget those that are gone.

    ``faults`` are all that a check found which began at ``at``; faults that were found since then are kept. A crash at
    any point loses nothing; at most a line of the audit is written twice.

    Raises:
        StoreError: the database failed.
    """
    by_key = {fault.key: fault for fault in faults}
    standing = await store.standing_faults.all()
    await store.standing_faults.end(
        key for key, since in standing.items() if key not in by_key and since <= at
    )
    await _tell(store, by_key, standing, actor=actor, at=at)


async def tell_more_faults(store: Store, faults: Iterable[AccountFault], *, actor: str, at: datetime) -> None:
    """Report new faults of an incomplete check: known faults that are not among ``faults`` are kept.

    Raises:
        StoreError: the database failed.
    """
    by_key = {fault.key: fault for fault in faults}
    await _tell(store, by_key, await store.standing_faults.all(), actor=actor, at=at)


async def _tell(
    store: Store,
    by_key: Mapping[str, AccountFault],
    standing: Mapping[str, datetime],
    *,
    actor: str,
    at: datetime,
) -> None:
    for key in sorted(by_key.keys() - standing.keys()):
        fault = by_key[key]
        sentence, _ = said_of(fault)
        log.error("account_fault", kind=fault.kind.value, account=fault.account, reason=str(sentence))
        await store.audit.add(
            [NewAuditEntry(at=at, actor=actor, action="fault", subject=fault.account, detail=str(sentence))]
        )
    await store.standing_faults.begin(by_key, at, lambda key, since: _notice(by_key[key], since))


def _notice(fault: AccountFault, since: datetime) -> Notice:
    occasion = f"{fault.key}/{since.isoformat()}"
    return Notice(NoticeKind.ACCOUNT_FAULT, COORDINATORS, occasion, fault.values)
