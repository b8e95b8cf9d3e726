"""Looking for faults of accounts at each look of the service, and telling of them once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import structlog

from community.accounts.faults import AccountFault, said_of
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import NewAuditEntry, Store
from matrix.ids import RoomId, user_id
from provisioning.account_faults import Expected, account_faults, left_to_keepers
from provisioning.plan import Plan
from provisioning.provisioner import Provisioner
from provisioning.safe_rooms import SafeRoom
from provisioning.sealed_accounts import IdentityNotes
from provisioning.snapshot import Snapshot
from provisioning.topology import topology

log = structlog.get_logger()


async def find_faults(provisioner: Provisioner, made: Plan, actual: Snapshot) -> tuple[AccountFault, ...]:
    """Look for faults; ``made`` and ``actual`` are a plan and what it was made against. Three read requests.

    Raises:
        SessionEnded, NotAdministrator, MatrixError, StoreError, DataFolderError.
    """
    desired = topology(provisioner.description.community, provisioner.settings)
    seen = await provisioner.homeserver.accounts_seen()
    return account_faults(
        seen,
        await _expected(provisioner, made.safe),
        desired,
        actual,
        made.safe,
        believed=made.excess is None,
    )


async def _expected(provisioner: Provisioner, safe: Iterable[SafeRoom]) -> Expected:
    settings = provisioner.settings
    server = settings.homeserver.server_name
    notes = IdentityNotes(provisioner.data)
    names = (settings.accounts.provisioner, settings.accounts.break_glass)
    noted = {account: notes.master_key(account) for account in (user_id(name, server) for name in names)}
    rooms = [room.there.room_id for room in safe if room.there is not None and room.there.room_id is not None]
    noted_leaves = {room: await provisioner.store.marks.latest(f"left/{_short(room)}/") for room in rooms}
    now = left_to_keepers(safe)
    left = {
        # The mark has only a digest of the event: where it is the same, so is the event.
        room: now.get(room) if mark == _mark(room, now.get(room)) else mark
        for room, mark in noted_leaves.items()
        if mark is not None
    }
    return Expected(
        {account: key for account, key in noted.items() if key is not None},
        frozenset(user_id(name, server) for name in settings.accounts.administrators),
        left,
    )


async def note_left(store: Store, safe: Iterable[SafeRoom], at: datetime) -> None:
    """Note which safe rooms the provisioner has left, and how: in these it is never again rightly."""
    for room, event in left_to_keepers(safe).items():
        if await store.marks.latest(f"left/{_short(room)}/") != _mark(room, event):
            await store.marks.note(_mark(room, event), at)


def _mark(room_id: RoomId, event: str | None) -> str:
    return f"left/{_short(room_id)}/{_short(event or '')}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


async def tell_faults(store: Store, faults: Iterable[AccountFault], *, actor: str, at: datetime) -> None:
    """Log, audit and tell coordinators what was not there at the last look; forget what is gone.

    Being killed at any moment loses nothing: at the most a line of the audit is there twice.

    Raises:
        StoreError: the database failed.
    """
    by_name = {fault.name: fault for fault in faults}
    standing = await store.standing_faults.all()
    await store.standing_faults.end(standing.keys() - by_name.keys())
    for name in sorted(by_name.keys() - standing.keys()):
        fault = by_name[name]
        sentence, _ = said_of(fault)
        log.error("account_fault", kind=fault.kind.value, account=fault.account, reason=str(sentence))
        await store.audit.add(
            [NewAuditEntry(at=at, actor=actor, action="fault", subject=fault.account, detail=str(sentence))]
        )
    await store.standing_faults.begin(by_name, at)
    for name, since in sorted((await store.standing_faults.all()).items()):
        if name in by_name:
            occasion = f"{name}/{since.isoformat()}"
            notice = Notice(NoticeKind.ACCOUNT_FAULT, COORDINATORS, occasion, by_name[name].values)
            await store.jobs.file(notice, at=at)
