"""A homeserver in memory behind the same port: it keeps state events and is read as the real one is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from matrix.errors import request_error
from matrix.ids import RoomId, UserId, user_id
from matrix.locator import LOCATOR_TYPE
from matrix.sliding_sync import RoomState
from provisioning.account_faults import AccountsSeen
from provisioning.creation import creation_body, resolved
from provisioning.drawing import Drawing
from provisioning.errors import (
    AccountClosed,
    AccountFound,
    AccountMissing,
    AliasTaken,
    PersonBanned,
    ProvisionerOutside,
)
from provisioning.observation import (
    chosen,
    doubled,
    is_inhabited,
    is_replaced,
    is_safe,
    key_if_ours,
    observed,
    our_rooms,
    rooms_elsewhere,
    sendable,
    with_abandoned,
)
from provisioning.safe_rooms import attainable, require_ready, safe_rooms
from provisioning.snapshot import (
    AVATAR,
    CHILD,
    Account,
    AccountClosure,
    Content,
    Membership,
    OwnAccounts,
    Room,
    Snapshot,
    StateKey,
)
from provisioning.topology import alias_localpart

SERVER = "palabre.localhost"
OWN = OwnAccounts(
    user_id("palabre-provisioner", SERVER),
    user_id("palabre", SERVER),
    user_id("palabre-break-glass", SERVER),
)
_ALIAS: StateKey = ("m.room.canonical_alias", "")
_FIRST_MOMENT = 1_795_000_000_000

_MEMBERSHIPS = {
    Membership.JOINED: "join",
    Membership.INVITED: "invite",
    Membership.LEFT: "leave",
    Membership.BANNED: "ban",
}
Event = dict[str, Any]


def _picture(room: Room) -> str | None:
    return None if room.drawing is None else f"mxc://{SERVER}/{room.drawing.pattern}"


class MemoryHomeserver:
    """Accounts, aliases and rooms. Every room here is one that the provisioner could see."""

    def __init__(self, community: str = "small") -> None:
        self.community = community
        self.accounts: dict[UserId, Account] = {
            user: Account(user, "") for user in (OWN.provisioner, OWN.bot, OWN.break_glass)
        }
        self.passwords: dict[UserId, str] = {}
        self.signed_in: set[UserId] = set()
        """Who has a session."""
        self.master_keys: dict[UserId, str] = {}
        self.aliases: dict[str, RoomId] = {}
        self.rooms: dict[RoomId, dict[StateKey, Event]] = {}
        self.writes = 0
        self._numbers = count(1)
        self.refuse: set[str] = set()
        """Names of the port's methods, or keys of rooms, that fail."""
        self.clock: datetime | None = None
        """What its clock shows; None where it has not said."""
        self.said: dict[RoomId, int] = {}
        """When the first message was sent in each room."""
        self.recovery_keys: set[UserId] = set()
        """Who has one."""
        self.asked_for_keys: list[UserId] = []
        self.break_glass_used: int | None = None
        self.break_glass_elsewhere: tuple[RoomId, ...] = ()
        """Rooms that are not here and that it was in."""

    def time(self) -> datetime | None:
        return self.clock

    async def snapshot(self) -> Snapshot:
        states = [
            RoomState(room_id, events)
            for room_id, events in sorted(self.rooms.items())
            if self.membership(room_id, OWN.provisioner) == "join" or self._is_left_to_others(events)
        ]
        found = our_rooms(states, OWN.provisioner, self.community)
        aliases = {key: self.aliases.get(alias_localpart(self.community, key)) for key in doubled(found)}
        named = {key: room_id for key, room_id in aliases.items() if room_id is not None}
        left = [
            RoomState(room_id, events)
            for room_id, events in sorted(self.rooms.items())
            if self.membership(room_id, OWN.provisioner) != "join" and is_inhabited(events)
        ]
        rooms, abandoned = with_abandoned(chosen(found, named), left, OWN, self.community)
        others = rooms_elsewhere(states, OWN, self.community)
        return Snapshot(dict(self.accounts), rooms, OWN, abandoned, others)

    async def accounts_seen(self) -> AccountsSeen:
        stands = {room_id: self.membership(room_id, OWN.break_glass) for room_id in sorted(self.rooms)}
        absent = [room_id for room_id, membership in stands.items() if membership in ("invite", "leave")]
        return AccountsSeen(
            frozenset({OWN.provisioner}),
            break_glass_rooms=tuple(
                room_id for room_id, membership in stands.items() if membership == "join"
            ),
            break_glass_absent=(*absent, *self.break_glass_elsewhere),
            break_glass_used=self.break_glass_used,
        )

    async def account(self, user_id: UserId) -> Account | None:
        return self.accounts.get(user_id)

    async def create_account(self, account: Account, password: str) -> None:
        self._write("create_account")
        if account.user_id in self.accounts and not await self.opens(account.user_id, password):
            raise AccountFound(account.user_id)
        self.accounts[account.user_id] = Account(account.user_id, account.name)
        self.passwords[account.user_id] = password

    async def create_room(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        body = creation_body(room, self.community, OWN, room_ids, _picture(room))
        self._write("create_room", room.key)
        alias = body["room_alias_name"]
        there = self.aliases.get(alias)
        if there is not None:
            key = self._key(there, alias)
            if key == room.key and not is_replaced(self.rooms[there]):
                return self._hidden(there, room)
            self._free(alias)
        return self._hidden(self.make_room(OWN.provisioner, body), room)

    def _hidden(self, room_id: RoomId, room: Room) -> RoomId:
        """Take the alias away from a room that is described without one."""
        if _ALIAS not in room.state:
            self._hide(room_id)
        return room_id

    def _hide(self, room_id: RoomId) -> None:
        for alias in [alias for alias, there in self.aliases.items() if there == room_id]:
            self._free(alias)

    def _is_left_to_others(self, events: Mapping[StateKey, Event]) -> bool:
        return is_safe(events) and is_inhabited(events)

    async def rename_room(self, room_id: RoomId, room: Room, *, was: str) -> None:
        self._write("rename_room", room.key)
        if _ALIAS not in room.state:
            self._hide(room_id)
            self.put(room_id, OWN.provisioner, LOCATOR_TYPE, "", room.state[LOCATOR_TYPE, ""])
            return
        self._point(alias_localpart(self.community, room.key), room_id)
        for event_type in ("m.room.canonical_alias", LOCATOR_TYPE):
            self.put(room_id, OWN.provisioner, event_type, "", room.state[event_type, ""])
        if self.aliases.get(alias_localpart(self.community, was)) == room_id:
            self._free(alias_localpart(self.community, was))

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        self._write("set_state")
        alias = content.get("alias")
        if event_type == "m.room.canonical_alias":
            if isinstance(alias, str):
                self._point(alias[1:].split(":")[0], room_id)
            else:
                self._hide(room_id)
        self.put(room_id, OWN.provisioner, event_type, state_key, sendable(event_type, content))

    async def set_picture(self, room_id: RoomId, drawing: Drawing) -> None:
        self._write("set_picture")
        self.put(room_id, OWN.provisioner, AVATAR, "", {"url": f"mxc://{SERVER}/{drawing.pattern}"})

    async def first_said(self, room_id: RoomId) -> int | None:
        return self.said.get(room_id)

    async def come_back(self, room_id: RoomId, key: str) -> None:
        self._write("come_back")
        if self.membership(room_id, OWN.bot) != "join":
            raise ProvisionerOutside(key, OWN.provisioner)
        self.put(room_id, OWN.provisioner, "m.room.member", OWN.provisioner, {"membership": "join"})

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("join")
        self._admit(room_id, user_id)
        self.put(room_id, user_id, "m.room.member", user_id, {"membership": "join"})

    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("invite")
        self._admit(room_id, user_id)
        if self.membership(room_id, user_id) not in ("join", "invite"):
            self.put(room_id, OWN.provisioner, "m.room.member", user_id, {"membership": "invite"})

    async def remove(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("remove")
        if self.membership(room_id, user_id) in ("join", "invite"):
            self.put(room_id, OWN.provisioner, "m.room.member", user_id, {"membership": "leave"})

    async def withdraw(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("withdraw")
        if self._account(user_id).closed is not None:
            self.passwords.pop(user_id, None)
        if self.membership(room_id, user_id) in ("join", "invite"):
            self.put(room_id, user_id, "m.room.member", user_id, {"membership": "leave"})

    async def ban(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("ban")
        self.put(room_id, OWN.provisioner, "m.room.member", user_id, {"membership": "ban"})

    async def unban(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("unban")
        if self.membership(room_id, user_id) == "ban":
            self.put(room_id, OWN.provisioner, "m.room.member", user_id, {"membership": "leave"})

    async def rooms_of(self, user_id: UserId) -> frozenset[RoomId]:
        return frozenset(room_id for room_id in self.rooms if self.membership(room_id, user_id) == "join")

    async def leave(self, room_id: RoomId, state: Mapping[StateKey, Content]) -> None:
        self._write("leave")
        there = observed(self.rooms[room_id], OWN)
        if not there.inside:
            return
        require_ready(there, self.rooms[room_id], state, OWN)
        self._hide(room_id)
        self.put(room_id, OWN.provisioner, "m.room.member", OWN.provisioner, {"membership": "leave"})

    async def close_account(self, user_id: UserId, closing: AccountClosure) -> None:
        self._write("close_account")
        if self._account(user_id).closed is AccountClosure.DEACTIVATE:
            return
        self.close(user_id, closing)
        if closing is AccountClosure.DEACTIVATE:
            for room_id in self.rooms:
                if self.membership(room_id, user_id) in ("join", "invite"):
                    self.put(room_id, user_id, "m.room.member", user_id, {"membership": "leave"})

    async def reopen_account(self, account: Account, password: str) -> None:
        self._write("reopen_account")
        there = self._account(account.user_id)
        if there.closed is not None:
            self.passwords[account.user_id] = password
        self.accounts[account.user_id] = replace(there, closed=None, name=account.name or there.name)

    async def set_display_name(self, user_id: UserId, name: str) -> None:
        self._write("set_display_name")
        self.accounts[user_id] = replace(self._account(user_id), name=name)

    async def has_recovery_key(self, user_id: UserId) -> bool:
        self.asked_for_keys.append(user_id)
        return user_id in self.recovery_keys

    async def set_password(self, user_id: UserId, password: str, *, sign_out: bool) -> None:
        self._write("set_password")
        if self._account(user_id).closed is not None:
            raise AccountClosed(user_id)
        self.passwords[user_id] = password
        if sign_out:
            self.signed_in.discard(user_id)

    async def take_over(self, account: Account, password: str) -> str | None:
        self._write("take_over")
        there = self._account(account.user_id)
        for room_id in self.rooms:
            if self.membership(room_id, account.user_id) in ("join", "invite"):
                self.put(room_id, account.user_id, "m.room.member", account.user_id, {"membership": "leave"})
        self.signed_in.discard(account.user_id)
        self.passwords[account.user_id] = password
        self.accounts[account.user_id] = replace(there, closed=None)
        return self.master_keys.get(account.user_id)

    async def opens(self, user_id: UserId, password: str) -> bool:
        account = self.accounts.get(user_id)
        return account is not None and account.closed is None and self.passwords.get(user_id) == password

    def _account(self, user_id: UserId) -> Account:
        if user_id not in self.accounts:
            raise AccountMissing(user_id)
        return self.accounts[user_id]

    def _admit(self, room_id: RoomId, user_id: UserId) -> None:
        if self._account(user_id).closed is AccountClosure.DEACTIVATE:
            raise AccountClosed(user_id)
        if self.membership(room_id, user_id) == "ban":
            raise PersonBanned(user_id)

    def _key(self, room_id: RoomId, alias: str) -> str:
        """Return the key of the room of ours behind an alias."""
        key = key_if_ours(self.rooms[room_id], OWN.provisioner, self.community)
        if key is None:
            raise AliasTaken(f"#{alias}:{SERVER}")
        return key

    def _point(self, alias: str, room_id: RoomId) -> None:
        there = self.aliases.get(alias)
        if there is not None and there != room_id:
            self._key(there, alias)
            self._free(alias)
        self.aliases[alias] = room_id

    def _free(self, alias: str) -> None:
        """Remove an alias; as Synapse does, from its room's canonical alias too."""
        room_id = self.aliases.pop(alias)
        canonical = self.rooms[room_id].get(("m.room.canonical_alias", ""), {}).get("content", {})
        if canonical.get("alias") == f"#{alias}:{SERVER}":
            self.put(room_id, OWN.provisioner, "m.room.canonical_alias", "", {})

    def _write(self, *names: str) -> None:
        self.writes += 1
        if self.refuse & set(names):
            raise request_error("M_UNKNOWN", 500, names[0])

    # --- What others do there -------------------------------------------------------------------------------

    def make_room(self, creator: UserId, body: Mapping[str, Any]) -> RoomId:
        """Make a room as createRoom does (spec, "POST /_matrix/client/v3/createRoom")."""
        number = next(self._numbers)
        room_id = RoomId(f"!room{number}")
        self.rooms[room_id] = {}
        creation = {"room_version": "12", **body.get("creation_content", {})}
        self.put(room_id, creator, "m.room.create", "", creation)
        self.rooms[room_id]["m.room.create", ""]["origin_server_ts"] = _FIRST_MOMENT + number
        self.put(room_id, creator, "m.room.member", creator, {"membership": "join"})
        self.put(room_id, creator, "m.room.power_levels", "", body.get("power_level_content_override", {}))
        alias = body.get("room_alias_name")
        if alias is not None:
            self.aliases[alias] = room_id
            self.put(room_id, creator, "m.room.canonical_alias", "", {"alias": f"#{alias}:{SERVER}"})
        for event in body.get("initial_state", ()):
            self.put(room_id, creator, event["type"], event["state_key"], event["content"])
        return room_id

    def put(self, room_id: RoomId, sender: UserId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event of any room."""
        before, number = self.rooms[room_id].get((event_type, state_key)), next(self._numbers)
        self.rooms[room_id][event_type, state_key] = {
            "event_id": f"$event{number}",
            "type": event_type,
            "state_key": state_key,
            "sender": sender,
            "content": dict(content),
            "origin_server_ts": _FIRST_MOMENT + number,
            "unsigned": {} if before is None else {"replaces_state": before["event_id"]},
        }

    def room_id(self, key: str) -> RoomId:
        """Return the id of the room of ours with that key; of several, of the newest that is not replaced."""
        same = [
            room_id
            for room_id, events in self.rooms.items()
            if key_if_ours(events, OWN.provisioner, self.community) == key
        ]
        return min(reversed(same), key=lambda room_id: is_replaced(self.rooms[room_id]))

    def membership(self, room_id: RoomId, user: UserId) -> str | None:
        """Return ``m.room.member``'s membership."""
        event = self.rooms[room_id].get(("m.room.member", user))
        return None if event is None else str(event["content"]["membership"])

    def realize(self, desired: Snapshot) -> None:
        """Make everything as described at once; who was to be invited has accepted."""
        self.accounts |= desired.accounts
        nothing = Snapshot(self.accounts, {}, OWN)
        safe = safe_rooms(desired, nothing, ())
        desired = attainable(desired, nothing, safe)
        ids: dict[str, RoomId] = {}
        for room in sorted(desired.rooms.values(), key=lambda room: (len(room.parents), not room.is_space)):
            ids[room.key] = self.make_room(
                OWN.provisioner, creation_body(room, self.community, OWN, ids, _picture(room))
            )
        for room in desired.rooms.values():
            for key, content in room.state.items():
                if key[0] == CHILD:
                    (event_type, state_key), filled = resolved(key, content, ids)
                    self.put(ids[room.key], OWN.provisioner, event_type, state_key, filled)
            if _ALIAS not in room.state:
                self._hide(ids[room.key])
            for user, wanted in room.members.items():
                membership = _MEMBERSHIPS.get(wanted, "join")
                self.put(ids[room.key], user, "m.room.member", user, {"membership": membership})
        for one in safe:
            if one.is_handed_over:
                self._hand_over(ids[one.room.key], one.belonging)

    def _hand_over(self, room_id: RoomId, people: Collection[UserId]) -> None:
        """Leave a safe room to its keepers; everybody who belongs has come in."""
        for user in people:
            self.put(room_id, user, "m.room.member", user, {"membership": "join"})
        for user, membership in ((OWN.bot, "ban"), (OWN.provisioner, "leave")):
            self.put(room_id, OWN.provisioner, "m.room.member", user, {"membership": membership})

    def close(self, user: UserId, closing: AccountClosure = AccountClosure.DEACTIVATE) -> None:
        """Close an account, as an administrator could who leaves it in its rooms."""
        self.accounts[user] = replace(self.accounts[user], closed=closing)
        self.signed_in.discard(user)
