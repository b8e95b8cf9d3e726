"""The phases of safe rooms, and what each means for the plan. Pure.

A safe room is entered through its *gate*, a space of its own whose members the provisioner manages; the provisioner
itself is not in it. It comes about in steps: *forming* (the provisioner is in, and only keepers are let into the gate,
and into the room once they have been told how it is there), then *complete* (two keepers have joined, the provisioner
has left, all who belong are let into the gate). With one keeper left it is *thin*; with none it is *locked*: its
members go on, and nobody can come in any more, since somebody joins through a gate only while one who may invite is in
the room (spec, "Restricted rooms"). Nobody can be given a power in it from outside, so whoever is to be a keeper some
day must be described as one when it is made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from matrix.ids import UserId
from provisioning.errors import NeedsKeepers, NotAsDescribed
from provisioning.plan_extras import NO_EXTRAS, PlanExtras
from provisioning.snapshot import (
    CHILD,
    LINKS,
    PRESENT,
    SERVER_ACL,
    Content,
    Membership,
    OwnAccounts,
    Room,
    Snapshot,
    StateKey,
)

FEWEST_KEEPERS = 2
"""How many keepers must have joined before the provisioner leaves: with one, the room would lock when they leave."""
_OUT = (Membership.BANNED, Membership.LEFT, Membership.EXPELLED)


class Phase(StrEnum):
    """The phase of a safe room."""

    UNMADE = "unmade"
    """It has too few keepers to be made."""
    UNCHANGED = "unchanged"
    """It was made before there were gates, and has too few keepers to get one: it stays as it is."""
    FORMING = "forming"
    COMPLETE = "complete"
    THIN = "thin"
    LOCKED = "locked"


@dataclass(frozen=True)
class SafeRoom:
    """A described safe room and its phase.

    ``ready``: described keepers who are in it or can be let into its gate now; ``entering``: those of them who are in
    it, or have been told how it is there and so can be put in. ``holders``: who is in it with a keeper's power;
    ``awake``: those of them whose account is open and stays so.
    """

    room: Room
    there: Room | None
    phase: Phase
    ready: frozenset[UserId] = frozenset()
    entering: frozenset[UserId] = frozenset()
    holders: frozenset[UserId] = frozenset()
    awake: frozenset[UserId] = frozenset()

    @property
    def belonging(self) -> frozenset[UserId]:
        """Everybody whom the description places in the room."""
        return frozenset(self.room.members)

    @property
    def is_handed_over(self) -> bool:
        """Whether the plan may leave it to its keepers."""
        return self.phase is Phase.FORMING and len(self.entering) >= FEWEST_KEEPERS

    @property
    def is_open(self) -> bool:
        """Whether everybody who belongs may be let into the gate, now or at the end of the plan."""
        return self.is_handed_over or self.phase in (Phase.COMPLETE, Phase.THIN)


def keepers_in(room: Room) -> frozenset[UserId]:
    """Return who is in a room with the power to invite, but for its creators."""
    powers = room.state.get(("m.room.power_levels", ""), {})
    users, needed = powers.get("users"), powers.get("invite")
    if not isinstance(users, Mapping) or not isinstance(needed, int):
        return frozenset()
    able = {user for user, power in users.items() if isinstance(power, int) and power >= needed}
    return frozenset(
        user for user, stands in room.members.items() if stands is Membership.JOINED and user in able
    )


def safe_rooms(
    desired: Snapshot,
    actual: Snapshot,
    again: Collection[UserId],
    held: Collection[UserId] = (),
    extras: PlanExtras = NO_EXTRAS,
) -> tuple[SafeRoom, ...]:
    """Return the described safe rooms, sorted by key. Nobody of ``held`` is let in, as a keeper neither."""
    return tuple(
        _safe_room(room, desired, actual, again if extras.concerns(room.key, room.gate) else (), held)
        for _, room in sorted(desired.rooms.items())
        if room.gate is not None
    )


def _safe_room(
    room: Room, desired: Snapshot, actual: Snapshot, again: Collection[UserId], held: Collection[UserId]
) -> SafeRoom:
    there, gate = actual.rooms.get(room.key), actual.rooms.get(str(room.gate))
    holders = frozenset[UserId]() if there is None else keepers_in(there)
    awake = frozenset(user for user in holders if _is_open(user, desired, actual, again))
    ready = frozenset(
        user
        for user in room.keepers
        if (user not in held or user in holders)
        and _is_open(user, desired, actual, again)
        and not any(_is_out(user, place, again) for place in (there, gate))
    )
    told = ready if actual.informed is None else actual.informed.get(room.key, frozenset[UserId]())
    entering = ready & (told | holders)
    return SafeRoom(room, there, _phase(room, there, gate, holders, awake), ready, entering, holders, awake)


def _phase(
    room: Room, there: Room | None, gate: Room | None, holders: Collection[UserId], awake: Collection[UserId]
) -> Phase:
    too_few = len(room.keepers) < FEWEST_KEEPERS
    if there is None:
        return Phase.UNMADE if too_few else Phase.FORMING
    if there.inside:
        return Phase.UNCHANGED if too_few and gate is None else Phase.FORMING
    if not holders:
        return Phase.LOCKED
    return Phase.THIN if len(awake) < FEWEST_KEEPERS else Phase.COMPLETE


def _is_open(user: UserId, desired: Snapshot, actual: Snapshot, again: Collection[UserId]) -> bool:
    """Whether a person's account is open, or is made, and the plan does not close it."""
    wanted, there = desired.accounts.get(user), actual.accounts.get(user)
    if wanted is None and there is None:
        return False
    is_closed = there is not None and there.closed is not None and user not in again
    return not is_closed and (wanted is None or wanted.closed is None)


def _is_out(user: UserId, room: Room | None, again: Collection[UserId]) -> bool:
    stands = None if room is None else room.members.get(user)
    return stands is Membership.BANNED or (stands in _OUT and user not in again)


# --- what is described, as far as it can be had now -----------------------------------------------------------------


def attainable(desired: Snapshot, actual: Snapshot, found: Collection[SafeRoom]) -> Snapshot:
    """Return ``desired`` with its safe rooms and their gates as they can be now."""
    rooms = _without(desired.rooms, _left_to_others(desired, actual))
    for safe in found:
        gate = str(safe.room.gate)
        match safe.phase:
            case Phase.UNMADE:
                rooms = _without(rooms, {safe.room.key, gate})
            case Phase.UNCHANGED:
                rooms = _as_listed(_without(rooms, {gate}), actual, safe)
            case Phase.FORMING | Phase.COMPLETE | Phase.THIN | Phase.LOCKED:
                rooms[safe.room.key] = _room(safe)
                rooms[gate] = _gate(rooms[gate], safe, desired.own.bot)
    return replace(desired, rooms=rooms)


def _left_to_others(desired: Snapshot, actual: Snapshot) -> frozenset[str]:
    """Return the keys of rooms that are described as no longer safe and that nobody can change from outside."""
    return frozenset(
        key
        for key, room in desired.rooms.items()
        if room.gate is None and key in actual.rooms and not actual.rooms[key].inside
    )


def _room(safe: SafeRoom) -> Room:
    """Return a room: while it forms, as described with the keepers in it; afterwards, as it is."""
    if safe.phase is Phase.FORMING or safe.there is None:
        keepers = dict.fromkeys(sorted(safe.entering), Membership.JOINED)
        return replace(safe.room, members=keepers, may_enter=safe.belonging)
    return replace(safe.room, state=safe.there.state, members={}, may_enter=safe.belonging)


def _gate(gate: Room, safe: SafeRoom, bot: UserId) -> Room:
    """Return a gate with those in it who may be: all who belong, or the keepers alone while the room forms."""
    if safe.is_open:
        return gate
    first = {bot, *(safe.ready if safe.phase is Phase.FORMING else ())}
    return replace(
        gate, members=dict.fromkeys(sorted(first), Membership.JOINED), may_enter=frozenset(gate.members)
    )


def _without(rooms: Mapping[str, Room], keys: Collection[str]) -> dict[str, Room]:
    """Return rooms without some of them, and without the links to these."""
    if not keys:
        return dict(rooms)
    return {key: replace(room, state=_unlinked(room, keys)) for key, room in rooms.items() if key not in keys}


def _unlinked(room: Room, keys: Collection[str]) -> Mapping[StateKey, Content]:
    return {
        (event_type, key): content
        for (event_type, key), content in room.state.items()
        if event_type not in LINKS or key not in keys
    }


def _as_listed(rooms: dict[str, Room], actual: Snapshot, safe: SafeRoom) -> dict[str, Room]:
    """Return rooms with an unchanged one as it is, listed where it is listed."""
    there, key = safe.there, safe.room.key
    assert there is not None  # noqa: S101 - an unchanged room is there
    bot = actual.own.bot
    staying = {bot: Membership.JOINED} if there.members.get(bot) is Membership.JOINED else {}
    members = {**dict.fromkeys(sorted(safe.belonging), Membership.INVITED), **staying}
    # But no other server's people come into what is meant to be safe.
    state = {state_key: content for state_key, content in there.state.items() if state_key != SERVER_ACL}
    rooms[key] = replace(safe.room, state=state, members=members)
    link = (CHILD, key)
    for other in rooms.keys() & actual.rooms.keys():
        listing = actual.rooms[other].state.get(link)
        if listing is not None:
            rooms[other] = replace(rooms[other], state={**rooms[other].state, link: listing})
    return rooms


def last_keepers(actual: Snapshot, going: Mapping[str, Collection[UserId]]) -> dict[str, UserId]:
    """Return, for each safe room left to its keepers that would lose the last, who stays until another is there.

    ``going``: by a room's key, who is to go from it.
    """
    kept: dict[str, UserId] = {}
    for key, users in going.items():
        holders = keepers_in(actual.rooms[key])
        if holders and holders <= set(users) and not actual.rooms[key].inside:
            kept[key] = min(holders)
    return kept


def require_ready(
    there: Room,
    events: Mapping[StateKey, Mapping[str, object]],
    state: Mapping[StateKey, Content],
    own: OwnAccounts,
) -> None:
    """Make sure that a room may be left to its keepers; ``there`` is what its ``events`` say.

    Raises:
        NeedsKeepers: fewer than two have joined.
        NotAsDescribed: its state is not ``state``, the bot could come in, or break-glass is in it.
    """
    if len(keepers_in(there)) < FEWEST_KEEPERS:
        raise NeedsKeepers(there.key)
    is_so = all(events.get(key, {}).get("content") == content for key, content in state.items())
    is_alone = there.members.get(own.bot) is Membership.BANNED and (
        there.members.get(own.break_glass) not in PRESENT
    )
    if not is_so or not is_alone:
        raise NotAsDescribed(there.key)
