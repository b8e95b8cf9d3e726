"""Finds faults of accounts in what a homeserver shows: our own accounts, administrators, strangers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from community.accounts.faults import AccountFault, FaultKind, faults_of_sealed
from matrix.ids import DeviceId, RoomId, UserId
from provisioning.safe_rooms import Phase, SafeRoom
from provisioning.snapshot import PRESENT, Membership, OwnAccounts, Room, Snapshot


@dataclass(frozen=True)
class AccountsSeen:
    """What a homeserver says of our own accounts and of those that may use its admin API.

    ``devices``: those of a sealed account that have encryption keys. ``master_keys``: what a sealed account shows.
    ``break_glass_rooms``: where that account is; ``break_glass_absent``: where it was, or is invited;
    ``break_glass_used``: when it was last used, in milliseconds since the epoch. ``passwords``: a digest for each of
    our accounts, as far as the homeserver says one.
    """

    administrators: frozenset[UserId]
    devices: Mapping[UserId, tuple[DeviceId, ...]] = field(default_factory=dict)
    master_keys: Mapping[UserId, str] = field(default_factory=dict)
    break_glass_rooms: tuple[RoomId, ...] = ()
    break_glass_absent: tuple[RoomId, ...] = ()
    break_glass_used: int | None = None
    passwords: Mapping[UserId, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """What we expect: ``master_keys`` that sealed accounts got, who is meant to be one of ``administrators``.

    ``left``: safe rooms that the provisioner has left to their keepers, each with the event by which it did, as far as
    is known. ``passwords``: the digests that were noted.
    """

    master_keys: Mapping[UserId, str]
    administrators: frozenset[UserId]
    left: Mapping[RoomId, str | None]
    passwords: Mapping[UserId, str] = field(default_factory=dict)


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
    own, safe = desired.own, tuple(safe)
    kept = [room for room in safe if _is_kept(room, expected)]
    found = {
        *_unsealed(seen, expected, own),
        *_administrators(seen, expected, own),
        *_reset_passwords(seen, expected),
        *(fault for room in kept for fault in _inside(room, expected, own)),
        *(fault for room in safe if believed for fault in _past_gate(room, desired, actual)),
        *(_strangers(desired, actual, kept) if believed else ()),
    }
    if seen.break_glass_rooms:
        found.add(AccountFault(FaultKind.BREAK_GLASS_INSIDE, own.break_glass))
    return tuple(sorted(found))


def _unsealed(seen: AccountsSeen, expected: Expected, own: OwnAccounts) -> Iterator[AccountFault]:
    for account in own.sealed:
        noted = expected.master_keys.get(account)
        yield from faults_of_sealed(
            account,
            bool(seen.devices.get(account)),
            seen.master_keys.get(account),
            () if noted is None else (noted,),
        )


def _administrators(seen: AccountsSeen, expected: Expected, own: OwnAccounts) -> Iterator[AccountFault]:
    for account in seen.administrators - expected.administrators - {own.provisioner}:
        yield AccountFault(FaultKind.ADMINISTRATOR, account)


def _reset_passwords(seen: AccountsSeen, expected: Expected) -> Iterator[AccountFault]:
    for account, digest in seen.passwords.items():
        if expected.passwords.get(account, digest) != digest:
            yield AccountFault(FaultKind.PASSWORD_RESET, account)


def _is_kept(safe: SafeRoom, expected: Expected) -> bool:
    """Whether the provisioner has left a safe room to its keepers; before that, our accounts may be in it."""
    return (
        safe.there is not None and safe.there.room_id in expected.left and safe.phase is not Phase.UNCHANGED
    )


def _strangers(desired: Snapshot, actual: Snapshot, kept: Iterable[SafeRoom]) -> Iterator[AccountFault]:
    """Yield a fault for each stranger in a safe room, and for each one in other rooms."""
    rooms = dict(actual.rooms)
    for safe in kept:
        there = rooms.pop(safe.room.key, None)
        if there is not None:
            found = strangers_in(desired, replace(actual, rooms={there.key: there}))
            yield from (AccountFault(FaultKind.STRANGER_INSIDE, user, room_name(there)) for user in found)
    others = strangers_in(desired, replace(actual, rooms=rooms))
    yield from (AccountFault(FaultKind.STRANGER, user) for user in others)


def _inside(safe: SafeRoom, expected: Expected, own: OwnAccounts) -> Iterator[AccountFault]:
    """Yield a fault for each of our own accounts in a safe room."""
    there = safe.there
    assert there is not None  # noqa: S101 - it was left
    assert there.room_id is not None  # noqa: S101 - likewise
    name = room_name(there)
    if there.inside:
        yield AccountFault(FaultKind.PROVISIONER_INSIDE, own.provisioner, name)
    elif expected.left[there.room_id] not in (None, there.left_by):
        # It has left a second time, so it was in the room meanwhile.
        yield AccountFault(FaultKind.PROVISIONER_PASSED, own.provisioner, name, there.left_by or "")
    if there.members.get(own.bot) is Membership.JOINED:
        yield AccountFault(FaultKind.BOT_INSIDE, own.bot, name)


def _past_gate(safe: SafeRoom, desired: Snapshot, actual: Snapshot) -> Iterator[AccountFault]:
    """Yield a fault for each described person who is in a safe room without belonging to it or being in its space.

    A keeper can invite them past the space. Somebody still in the space is being removed by the plan already.
    """
    gate = actual.rooms.get(str(safe.room.gate))
    if safe.there is None or gate is None or safe.phase not in (Phase.COMPLETE, Phase.THIN):
        return
    for user, stands in safe.there.members.items():
        came = stands in PRESENT and gate.members.get(user) not in PRESENT
        if came and user in desired.accounts and user not in safe.belonging:
            yield AccountFault(FaultKind.PAST_GATE, user, room_name(safe.there))


def room_name(room: Room) -> str:
    """Return a room's name, as its people see it."""
    return str(room.state.get(("m.room.name", ""), {}).get("name", room.key))


def left_to_keepers(safe: Iterable[SafeRoom]) -> dict[RoomId, str | None]:
    """Return the safe rooms that are there and that the provisioner is not in, each with the event of its leaving."""
    rooms = (room.there for room in safe)
    return {r.room_id: r.left_by for r in rooms if r is not None and not r.inside and r.room_id is not None}


def described(desired: Snapshot) -> Collection[UserId]:
    """Return the accounts that the description knows, also of those who have left."""
    return desired.accounts.keys()


def strangers_in(desired: Snapshot, actual: Snapshot) -> Counter[UserId]:
    """Return how many of our rooms each account of this server is in that the description does not know."""
    own, known = desired.own, described(desired)
    return Counter(
        user_id
        for room in actual.rooms.values()
        for user_id, stands in room.members.items()
        if stands in PRESENT
        and user_id not in known
        and user_id not in own
        and user_id.partition(":")[2] == own.server
    )
