"""From the description to what there ought to be on the homeserver. Pure.

Every rule of a room is stated here, none left to a preset: presets are not safe (``private_chat`` lets a member
of power 0 invite an outsider in room version 12).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import assert_never

from community.description.fields import Localized
from community.description.model import Community, Member, Policy, Status
from community.description.rooms import ROOT_SPACE, DescribedRoom, expand_rooms
from community.description.settings import Settings
from matrix.ids import UserId, room_alias, user_id
from matrix.locator import LOCATOR_TYPE, Locator
from provisioning.drawing import Drawing
from provisioning.places import is_gate, place_in_space
from provisioning.snapshot import (
    CHILD,
    PARENT,
    Account,
    AccountClosure,
    Content,
    Membership,
    OwnAccounts,
    Room,
    Snapshot,
    StateKey,
)

MEMBER_POWER = 0
HELPER_POWER = 50
"""The bot's, moderators', and in announcement rooms announcers' power: invite, remove, pin."""
OWNER_POWER = 100
"""Nobody has it: only the room's creators, whose power is infinite (room version 12), change its rules."""
NOBODY_POWER = 150
"""For what even the rooms' owner should not do in passing (spec, ``m.room.tombstone`` in version 12)."""
NOBODY: frozenset[UserId] = frozenset()


def own_accounts(settings: Settings) -> OwnAccounts:
    """Return the Matrix IDs of our own accounts."""
    server = settings.homeserver.server_name
    names = settings.accounts
    return OwnAccounts(
        user_id(names.provisioner, server), user_id(names.bot, server), user_id(names.break_glass, server)
    )


def topology(community: Community, settings: Settings, signed_in: Collection[str] | None = None) -> Snapshot:
    """Return what ought to be on the homeserver.

    ``signed_in``: who has been seen with a signed device (Matrix IDs); the others are in spaces alone. None, as in an
    example network: everybody is put into their rooms, or invited, whether or not they have signed in.
    """
    server = settings.homeserver.server_name
    own = own_accounts(settings)
    closing = AccountClosure(community.leavers)
    accounts = {
        account.user_id: account for m in community.members for account in (_account(m, server, closing),)
    }
    described = expand_rooms(community)
    children: dict[str, list[DescribedRoom]] = {room.key: [] for room in described}
    for room in described:
        for parent in room.parents:
            children[parent].append(room)
    rooms = {room.key: _room(community, room, children[room.key], own, server) for room in described}
    arrived = None if signed_in is None or community.example else frozenset(map(UserId, signed_in))
    return Snapshot(accounts, rooms, own, signed_in=arrived)


def _account(member: Member, server: str, closing: AccountClosure) -> Account:
    closed = closing if member.status is Status.LEFT else None
    former = member.status is not Status.ACTIVE
    return Account(user_id(member.username, server), member.name, member.role, member.city, closed, former)


def _room(
    community: Community,
    room: DescribedRoom,
    children: Sequence[DescribedRoom],
    own: OwnAccounts,
    server: str,
) -> Room:
    arrival = _arrival(room)
    gate = room.gate
    members = {user_id(name, server): arrival for name in room.members}
    bot = {own.bot: Membership.JOINED} if room.options.bots else {}
    return Room(
        key=room.key,
        is_space=room.is_space,
        state={**_own_state(community, room, own, server), **_links(room, children, server)},
        members={**bot, **members},
        # Whoever reads a safe room can be put out of it by its keepers and ours alone.
        federated=bool(community.federation) and not is_hidden(room.key, gate),
        may_enter=frozenset(user_id(name, server) for name in room.may_enter),
        was=room.was,
        gate=gate,
        keepers=frozenset(user_id(name, server) for name in room.moderators) if gate is not None else NOBODY,
        drawing=_drawing(room, community),
        has_picture=True,
        joins_newcomers=room.policy in (Policy.LOBBY, Policy.OPEN, Policy.CLOSED, Policy.ANNOUNCE),
    )


def _drawing(room: DescribedRoom, community: Community) -> Drawing:
    """Return of what a room's picture is made: of its theme, of the rooms of its kind, of its cohort or city."""
    kind = room.key.partition(".")[0]
    if room.key == ROOT_SPACE:
        return Drawing(community.key, community.key)
    of_one = room.cohort or room.city
    return Drawing(room.theme or (of_one or kind if room.is_space else kind), kind, of_one)


def _arrival(room: DescribedRoom) -> Membership:
    """Return how the people placed in a room come into it."""
    if room.policy in (None, Policy.LOBBY):
        return Membership.JOINED
    # Without a bot, the provisioner invites: it has no keys to share.
    return Membership.REQUESTED if room.options.bots else Membership.INVITED


def is_hidden(key: str, gate: str | None) -> bool:
    """Whether nobody outside may learn that a room exists: a safe room (it has a ``gate``), and the gate itself.

    An alias would betray it: such a room is made with one, which is deleted before anybody is let in.
    """
    return gate is not None or is_gate(key)


def alias_localpart(community: str, key: str) -> str:
    """Return the localpart of a room's alias, by which a room that is being made is found again."""
    return f"{community}.{key}"


def _links(room: DescribedRoom, children: Sequence[DescribedRoom], server: str) -> dict[StateKey, Content]:
    """Return ``m.space.parent`` and ``m.space.child``; the first parent is the canonical one."""
    up = {
        (PARENT, parent): {"via": [server], "canonical": parent == room.parents[0]} for parent in room.parents
    }
    down = {
        (CHILD, child.key): {"via": [server], "suggested": False, "order": place_in_space(child)}
        for child in sorted(children, key=lambda child: child.key)
    }
    return {**up, **down}


def _own_state(
    community: Community, room: DescribedRoom, own: OwnAccounts, server: str
) -> dict[StateKey, Content]:
    kind = "space" if room.is_space else "room"
    locator = Locator(room.key, kind, room.theme, room.cohort, room.city, safe=room.gate is not None)
    contents: dict[str, Content] = {
        "m.room.name": {"name": bilingual(room.name, community, " · ", limit=100)},
        "m.room.topic": {"topic": bilingual(room.topic, community, " — ", limit=1000)},
        "m.room.power_levels": power_levels(room, own, server),
        "m.room.join_rules": join_rules(room.policy, room.gate),
        "m.room.history_visibility": {"history_visibility": room.options.history},
        "m.room.guest_access": {"guest_access": "forbidden"},
        LOCATOR_TYPE: locator.content(),
    }
    if not is_hidden(room.key, room.gate):
        alias = room_alias(alias_localpart(community.key, room.key), server)
        contents["m.room.canonical_alias"] = {"alias": alias}
    if not room.is_space:
        contents["m.room.encryption"] = {"algorithm": "m.megolm.v1.aes-sha2"}
    if room.options.retention is not None:
        contents["m.room.retention"] = {"max_lifetime": room.options.retention // timedelta(milliseconds=1)}
    if community.federation and not is_hidden(room.key, room.gate):
        contents["m.room.server_acl"] = server_acl(community.federation, server)
    return {(event_type, ""): content for event_type, content in contents.items()}


def server_acl(federation: tuple[str, ...], server: str) -> Content:
    """Return ``m.room.server_acl``: our own server and those of the community's list, and no other."""
    return {"allow": sorted({server, *federation}), "deny": [], "allow_ip_literals": False}


def bilingual(text: Localized, community: Community, joint: str, *, limit: int) -> str:
    """Return ``text`` in each of the community's languages, once where two are the same.

    A room has one name for all its readers. What does not fit ``limit`` characters is left to the first
    languages.
    """
    joined = ""
    for language in community.languages:
        part = text.text(language)
        if part in joined.split(joint):
            continue
        longer = f"{joined}{joint}{part}" if joined else part
        if len(longer) > limit and joined:
            break
        joined = longer
    return joined[:limit]


def join_rules(policy: Policy | None, gate: str | None = None) -> Content:
    """Return the join rule of a policy (None: a space), other rooms in it named by their keys."""
    match policy:
        case None | Policy.LOBBY | Policy.CLOSED | Policy.ANNOUNCE:
            return {"join_rule": "invite"}
        case Policy.SAFE:
            return _restricted_to(gate) if gate is not None else {"join_rule": "invite"}
        case Policy.OPEN | Policy.CAFE:
            return _restricted_to(ROOT_SPACE)
        case _:
            assert_never(policy)


def _restricted_to(space: str) -> Content:
    """Return the rule by which members of ``space`` may enter (spec, "Restricted rooms")."""
    return {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": space}]}


def power_levels(room: DescribedRoom, own: OwnAccounts, server: str) -> Content:
    """Return the whole ``m.room.power_levels``; creators are never listed in it (room version 12)."""
    helpers = {user_id(name, server) for name in room.moderators}
    if room.options.bots:
        helpers.add(own.bot)
    if room.policy is Policy.ANNOUNCE:
        helpers |= {user_id(name, server) for name in room.announcers}
    is_safe = room.gate is not None
    return {
        "users": dict.fromkeys(sorted(helpers), HELPER_POWER),
        "users_default": MEMBER_POWER,
        # Nobody at all changes a safe room's rules once the provisioner has left.
        "events": _SAFE_EVENT_POWERS if is_safe else _event_powers(room.policy),
        "events_default": _write_power(room.policy),
        "state_default": NOBODY_POWER if is_safe else OWNER_POWER,
        "invite": HELPER_POWER,
        "kick": HELPER_POWER,
        "ban": HELPER_POWER,
        "redact": HELPER_POWER,
        "notifications": {"room": HELPER_POWER},
        "historical": NOBODY_POWER if is_safe else OWNER_POWER,
    }


_SAFE_EVENT_POWERS = {"m.reaction": MEMBER_POWER, "m.room.redaction": MEMBER_POWER}
"""Events of a safe room that are no state; everything else is by default."""


def _write_power(policy: Policy | None) -> int:
    match policy:
        case None:
            return OWNER_POWER
        case Policy.ANNOUNCE:
            return HELPER_POWER
        case Policy.LOBBY | Policy.CLOSED | Policy.SAFE | Policy.OPEN | Policy.CAFE:
            return MEMBER_POWER
        case _:
            assert_never(policy)


def _event_powers(policy: Policy | None) -> dict[str, int]:
    # A reader of announcements may react to them and take a reaction back; in a space nothing is said at all.
    react = OWNER_POWER if policy is None else MEMBER_POWER
    owner_only = (
        "m.room.name",
        "m.room.topic",
        "m.room.avatar",
        "m.room.canonical_alias",
        "m.room.encryption",
        "m.room.guest_access",
        "m.room.history_visibility",
        "m.room.join_rules",
        "m.room.power_levels",
        "m.room.retention",
        "m.room.server_acl",
        "m.space.child",
        "m.space.parent",
        LOCATOR_TYPE,
    )
    return {
        **dict.fromkeys(owner_only, OWNER_POWER),
        "m.room.tombstone": NOBODY_POWER,
        "m.room.pinned_events": HELPER_POWER,
        "m.reaction": react,
        "m.room.redaction": react,
    }
