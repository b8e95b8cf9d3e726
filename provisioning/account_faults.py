"""What is wrong with our own accounts and with who else can do what, from facts alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from community.accounts.faults import AccountFault, FaultKind
from matrix.ids import DeviceId, RoomId, UserId
from provisioning.safe_rooms import Phase, SafeRoom
from provisioning.snapshot import PRESENT, Membership, OwnAccounts, Snapshot


@dataclass(frozen=True)
class AccountsSeen:
    """What a homeserver says of our own accounts and of those that may use its admin API.

    ``devices``: those of a sealed account that have encryption keys. ``master_keys``: what a sealed account shows.
    ``break_glass_rooms``: where that account is.
    """

    administrators: frozenset[UserId]
    devices: Mapping[UserId, tuple[DeviceId, ...]] = field(default_factory=dict)
    master_keys: Mapping[UserId, str] = field(default_factory=dict)
    break_glass_rooms: tuple[RoomId, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What we expect: ``master_keys`` that sealed accounts got, who is meant to be one of ``administrators``.

    ``left``: safe rooms that the provisioner has left to their keepers, each with the event by which it did, as far as
    is known.
    """

    master_keys: Mapping[UserId, str]
    administrators: frozenset[UserId]
    left: Mapping[RoomId, str | None]


def account_faults(
    seen: AccountsSeen,
    expected: Expected,
    desired: Snapshot,
    actual: Snapshot,
    safe: Iterable[SafeRoom],
    *,
    believed: bool = True,
) -> tuple[AccountFault, ...]:
    """Return the faults, sorted. A description that is not ``believed`` says nothing of who is a stranger."""
    own = desired.own
    safe = tuple(safe)
    strangers = strangers_in(desired, actual) if believed else ()
    found = {
        *_unsealed(seen, expected, own),
        *_administrators(seen, expected, own),
        *(fault for room in safe for fault in _inside(room, expected, own)),
        *(fault for room in safe if believed for fault in _past_gate(room, desired, actual)),
        *(AccountFault(FaultKind.STRANGER, user_id) for user_id in strangers),
    }
    if seen.break_glass_rooms:
        found.add(AccountFault(FaultKind.BREAK_GLASS_INSIDE, own.break_glass))
    return tuple(sorted(found))


def _unsealed(seen: AccountsSeen, expected: Expected, own: OwnAccounts) -> Iterator[AccountFault]:
    for account in own.sealed:
        if seen.devices.get(account):
            yield AccountFault(FaultKind.DEVICE_KEYS, account)
        shown, noted = seen.master_keys.get(account), expected.master_keys.get(account)
        if shown is None and noted is not None:
            yield AccountFault(FaultKind.NO_IDENTITY, account)
        elif shown != noted:
            yield AccountFault(FaultKind.OTHER_IDENTITY, account)


def _administrators(seen: AccountsSeen, expected: Expected, own: OwnAccounts) -> Iterator[AccountFault]:
    for account in seen.administrators - expected.administrators - {own.provisioner}:
        yield AccountFault(FaultKind.ADMINISTRATOR, account)


def _inside(safe: SafeRoom, expected: Expected, own: OwnAccounts) -> Iterator[AccountFault]:
    """Say who of ours is in a safe room; before it is left to its keepers, they may be."""
    there = safe.there
    if (
        there is None
        or there.room_id is None
        or there.room_id not in expected.left
        or safe.phase is Phase.UNCHANGED
    ):
        return
    name = room_name(safe)
    if there.inside:
        yield AccountFault(FaultKind.PROVISIONER_INSIDE, own.provisioner, name)
    elif expected.left[there.room_id] not in (None, there.left_by):
        # It has left again since: it was in the room meanwhile.
        yield AccountFault(FaultKind.PROVISIONER_PASSED, own.provisioner, name)
    if there.members.get(own.bot) is Membership.JOINED:
        yield AccountFault(FaultKind.BOT_INSIDE, own.bot, name)


def _past_gate(safe: SafeRoom, desired: Snapshot, actual: Snapshot) -> Iterator[AccountFault]:
    """Say who of the description does not belong in a safe room and is not in its space either: a keeper can do that.

    Who is still in the space is on their way out: the plan takes them out of that first.
    """
    gate = actual.rooms.get(str(safe.room.gate))
    if safe.there is None or gate is None or safe.phase not in (Phase.HELD, Phase.THIN):
        return
    for user, stands in safe.there.members.items():
        came = stands in PRESENT and gate.members.get(user) not in PRESENT
        if came and user in desired.accounts and user not in safe.belonging:
            yield AccountFault(FaultKind.PAST_GATE, user, room_name(safe))


def room_name(safe: SafeRoom) -> str:
    """Return a safe room's name, as its people see it."""
    return str(safe.room.state["m.room.name", ""]["name"])


def left_to_keepers(safe: Iterable[SafeRoom]) -> dict[RoomId, str | None]:
    """Return the safe rooms that are there and that the provisioner is not in, each with the event of its leaving."""
    rooms = (room.there for room in safe)
    return {r.room_id: r.left_by for r in rooms if r is not None and not r.inside and r.room_id is not None}


def strangers_in(desired: Snapshot, actual: Snapshot) -> Counter[UserId]:
    """Count the rooms of ours that each account of this server is in of which the description knows nothing."""
    own = desired.own
    known: Collection[UserId] = {*desired.accounts, own.provisioner, own.bot, own.break_glass}
    return Counter(
        user_id
        for room in actual.rooms.values()
        for user_id, stands in room.members.items()
        if stands in PRESENT and user_id not in known and user_id.partition(":")[2] == own.server
    )
