"""A homeserver in memory behind the same port: it keeps state events and is read as the real one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from matrix.errors import Forbidden, NotFound, request_error
from matrix.ids import RoomId, UserId, user_id
from matrix.sliding_sync import RoomState
from provisioning.errors import AliasTaken
from provisioning.observation import key_if_ours, observe, our_rooms
from provisioning.snapshot import (
    CHILD,
    Account,
    Closing,
    Content,
    Membership,
    OwnAccounts,
    Room,
    Snapshot,
    StateKey,
)
from provisioning.topology import creation_body, resolved

SERVER = "palabre.localhost"
OWN = OwnAccounts(
    user_id("palabre-provisioner", SERVER),
    user_id("palabre", SERVER),
    user_id("palabre-break-glass", SERVER),
)
_room_numbers = count(1)

_MEMBERSHIPS = {Membership.JOINED: "join", Membership.INVITED: "invite", Membership.LEFT: "leave"}
Event = dict[str, Any]


class MemoryHomeserver:
    """Accounts, aliases and rooms. Every room here is one that the provisioner could see."""

    def __init__(self, community: str = "small") -> None:
        self.community = community
        self.accounts: dict[UserId, Account] = {
            user: Account(user, "") for user in (OWN.provisioner, OWN.bot, OWN.break_glass)
        }
        self.passwords: dict[UserId, str] = {}
        self.aliases: dict[str, RoomId] = {}
        self.rooms: dict[RoomId, dict[StateKey, Event]] = {}
        self.writes = 0
        self.refuse: set[str] = set()
        """Names of the port's methods, or keys of rooms, that fail."""

    async def snapshot(self) -> Snapshot:
        states = [RoomState(room_id, events) for room_id, events in sorted(self.rooms.items())]
        found = our_rooms(states, OWN.provisioner, self.community)
        return Snapshot(dict(self.accounts), observe({key: same[0] for key, same in found.items()}), OWN)

    async def create_account(self, account: Account, password: str) -> None:
        self._write("create_account")
        self.accounts[account.user_id] = Account(account.user_id, account.name)
        self.passwords[account.user_id] = password

    async def create_room(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        body = creation_body(room, self.community, OWN, room_ids)
        self._write("create_room", room.key)
        alias = body["room_alias_name"]
        if alias not in self.aliases:
            return self.make_room(OWN.provisioner, body)
        room_id = self.aliases[alias]
        if key_if_ours(self.rooms[room_id], OWN.provisioner, self.community) != room.key:
            raise AliasTaken(f"#{alias}:{SERVER}")
        return room_id

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        self._write("set_state")
        self.put(room_id, OWN.provisioner, event_type, state_key, content)

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        self._write("join")
        if user_id not in self.accounts:
            raise NotFound("M_NOT_FOUND", 404, "admin/join")
        if self.membership(room_id, user_id) == "ban":
            raise Forbidden("M_FORBIDDEN", 403, "admin/join")
        self.put(room_id, user_id, "m.room.member", user_id, {"membership": "join"})

    async def rename_room(self, room_id, room, *, was):
        pass

    async def invite(self, room_id, user_id):
        self.put(room_id, OWN.provisioner, "m.room.member", user_id, {"membership": "invite"})

    async def remove(self, room_id, user_id):
        self.put(room_id, OWN.provisioner, "m.room.member", user_id, {"membership": "leave"})

    async def close_account(self, user_id, closing):
        self.accounts[user_id] = replace(self.accounts[user_id], closed=closing)

    async def reopen_account(self, account, password):
        self.accounts[account.user_id] = replace(self.accounts[account.user_id], closed=None)

    def _write(self, *names: str) -> None:
        self.writes += 1
        if self.refuse & set(names):
            raise request_error("M_UNKNOWN", 500, names[0])

    # --- What others do there -------------------------------------------------------------------------------

    def make_room(self, creator: UserId, body: Mapping[str, Any]) -> RoomId:
        """Make a room as createRoom does (spec, "POST /_matrix/client/v3/createRoom")."""
        room_id = RoomId(f"!room{next(_room_numbers)}")
        self.rooms[room_id] = {}
        self.put(room_id, creator, "m.room.create", "", body.get("creation_content", {}))
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
        self.rooms[room_id][event_type, state_key] = {
            "type": event_type,
            "state_key": state_key,
            "sender": sender,
            "content": dict(content),
        }

    def room_id(self, key: str) -> RoomId:
        """Return the id of the room of ours with that key."""
        return next(
            room_id
            for room_id, events in self.rooms.items()
            if key_if_ours(events, OWN.provisioner, self.community) == key
        )

    def membership(self, room_id: RoomId, user: UserId) -> str | None:
        """Return ``m.room.member``'s membership."""
        event = self.rooms[room_id].get(("m.room.member", user))
        return None if event is None else str(event["content"]["membership"])

    def realize(self, desired: Snapshot) -> None:
        """Make everything as described at once; who was to be invited has accepted."""
        self.accounts |= desired.accounts
        ids: dict[str, RoomId] = {}
        for room in sorted(desired.rooms.values(), key=lambda room: (len(room.parents), not room.is_space)):
            ids[room.key] = self.make_room(OWN.provisioner, creation_body(room, self.community, OWN, ids))
        for room in desired.rooms.values():
            for key, content in room.state.items():
                if key[0] == CHILD:
                    (event_type, state_key), filled = resolved(key, content, ids)
                    self.put(ids[room.key], OWN.provisioner, event_type, state_key, filled)
            for user, wanted in room.members.items():
                membership = _MEMBERSHIPS.get(wanted, "join")
                self.put(ids[room.key], user, "m.room.member", user, {"membership": membership})

    def close(self, user: UserId, closing=Closing.DEACTIVATE) -> None:
        """Deactivate an account."""
        self.accounts[user] = replace(self.accounts[user], closed=closing)
