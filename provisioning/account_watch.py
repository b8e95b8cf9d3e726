"""Finds faults of accounts each time the service compares, and notes which were reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from community.accounts.faults import AccountFault, FaultKind, said_of
from community.accounts.identity_notes import IdentityNotes
from community.alarms.fault_telling import tell_faults
from community.core.messages import Message
from community.storage import Store
from matrix.ids import RoomId, UserId, user_id
from provisioning.account_faults import Expected, account_faults, left_to_keepers
from provisioning.held_accounts import DECIDING, digest
from provisioning.password_notes import noted_passwords
from provisioning.plan import Plan
from provisioning.provisioner import Provisioner
from provisioning.safe_rooms import SafeRoom
from provisioning.snapshot import Snapshot
from provisioning.topology import topology
from provisioning.traces import account_trace, account_traces, traces

_TRACE = "trace/"
_SAID_BY_THE_PLAN = frozenset({FaultKind.STRANGER, FaultKind.ACCOUNT_HELD})
_BEGUN = "begun"
"""Marks that a first check was made. What it found happened before, and is not reported."""


@dataclass(frozen=True)
class FaultsFound:
    """``faults``, sorted, and the names of the ``traces`` that are there, to be noted once the faults are told."""

    faults: tuple[AccountFault, ...]
    traces: frozenset[str]


async def watch_accounts(
    provisioner: Provisioner, made: Plan, actual: Snapshot, *, actor: str, at: datetime
) -> Counter[str]:
    """Report new faults and note what was seen; return how many faults of each kind there are.

    Raises:
        SessionEnded, NotAdministrator, MatrixError, StoreError, DataFolderError.
    """
    found = await find_faults(provisioner, made, actual)
    await tell_faults(provisioner.store, found.faults, actor=actor, at=at)
    await note_seen(provisioner.store, found, made.safe, at)
    return Counter(fault.kind.value for fault in found.faults)


async def find_faults(provisioner: Provisioner, made: Plan, actual: Snapshot) -> FaultsFound:
    """Look for faults; ``made`` and ``actual`` are a plan and what it was made against. Four read requests.

    Raises:
        SessionEnded, NotAdministrator, MatrixError, StoreError, DataFolderError.
    """
    desired = topology(provisioner.description.community, provisioner.settings)
    seen, believed = await provisioner.homeserver.accounts_seen(), made.excess is None
    expected = await _expected(provisioner, made.safe)
    standing = account_faults(seen, expected, desired, actual, made.safe, believed=believed)
    noted = await provisioner.store.marks.names(_TRACE)
    there_now = desired.accounts.keys() & actual.accounts.keys()
    own_work = await _made_by_us(provisioner, there_now, noted) - made.held
    passed_by = traces(seen, desired, actual, made.safe, expected.left, believed=believed)
    there = (*passed_by, *(account_traces(desired, actual, own_work, made.held) if believed else ()))
    new = frozenset(trace for trace in there if trace.name not in noted)
    if _BEGUN in noted:
        passed = {trace.fault for trace in new if trace.fault is not None}
        return FaultsFound(tuple(sorted({*standing, *passed})), frozenset(trace.name for trace in new))
    # All that is there by now is of before, once the description says who is a stranger.
    before = {trace.name for trace in new} | {_BEGUN} if believed else ()
    return FaultsFound(standing, frozenset(before))


async def _made_by_us(
    provisioner: Provisioner, accounts: Collection[UserId], noted: Collection[str]
) -> frozenset[UserId]:
    """Return those of ``accounts`` not looked at yet that Palabre has made or given a new password.

    The audit says so, and until its person has chosen a password `sign-in.json`, whose entry is there before the
    account is: so a process that was killed raises no false alarm.
    """
    new = [user for user in accounts if account_trace(user) not in noted]
    if not new:
        return frozenset()
    audited = await provisioner.store.audit.subjects(DECIDING, new)
    entries = provisioner.book().accounts()
    return frozenset({*map(UserId, audited), *(UserId(entry["user_id"]) for entry in entries)})


async def _expected(provisioner: Provisioner, safe: Iterable[SafeRoom]) -> Expected:
    settings = provisioner.settings
    server = settings.homeserver.server_name
    notes = IdentityNotes(provisioner.data)
    names = (settings.accounts.provisioner, settings.accounts.break_glass)
    noted = {account: notes.master_key(account) for account in (user_id(name, server) for name in names)}
    rooms = [room.there.room_id for room in safe if room.there is not None and room.there.room_id is not None]
    noted_leaves = {room: await provisioner.store.marks.latest(f"left/{digest(room)}/") for room in rooms}
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
        noted_passwords(provisioner.data),
    )


async def fault_notes(provisioner: Provisioner, made: Plan, actual: Snapshot) -> tuple[Message, ...]:
    """Return the faults as notes of a plan, but for those that the plan says itself.

    Raises:
        SessionEnded, NotAdministrator, MatrixError, StoreError, DataFolderError.
    """
    found = await find_faults(provisioner, made, actual)
    told = [said_of(fault) for fault in found.faults if fault.kind not in _SAID_BY_THE_PLAN]
    return tuple(
        Message("{sentence} {remedy}", {"sentence": sentence, "remedy": remedy}) for sentence, remedy in told
    )


async def note_seen(store: Store, found: FaultsFound, safe: Iterable[SafeRoom], at: datetime) -> None:
    """Note what was told, and which safe rooms the provisioner has left: in these it is never again rightly."""
    await store.marks.note_each((_TRACE + name for name in found.traces), at)
    for room, event in left_to_keepers(safe).items():
        if await store.marks.latest(f"left/{digest(room)}/") != _mark(room, event):
            await store.marks.note(_mark(room, event), at)


def _mark(room_id: RoomId, event: str | None) -> str:
    return f"left/{digest(room_id)}/{digest(event or '')}"
