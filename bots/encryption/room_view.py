"""The state of a room that the bot's device must know before it sends there: members, encryption, history. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bots.encryption.cross_signing import Json, at
from bots.encryption.protocol import MEGOLM, Rotation
from community.description.room_policies import is_open_history
from matrix.ids import RoomId, UserId, is_user_id
from matrix.locator import LOCATOR_TYPE

_HISTORY_FOR_INVITED = ("invited", "shared", "world_readable")
_MESSAGES = range(1, 10_001)
_DEPARTED = 1_000
"""The most departed users kept; those who left first are dropped first."""
_AGE = (timedelta(hours=1), timedelta(days=30))


@dataclass
class RoomView:
    """A room as the bot sees it. ``members`` has the membership of joined and invited users.

    ``departed``, for spaces only: users who have left or were removed, with the ``m.room.member`` event that says so;
    whoever deals with one deletes it. ``invited_by``: who has invited a member, for those who were invited.
    """

    room_id: RoomId
    create_sender: str = ""
    create_content: Mapping[str, Any] = field(default_factory=dict)
    locator: Mapping[str, Any] = field(default_factory=dict)
    algorithm: str | None = None
    rotation: Rotation = field(default_factory=Rotation)
    history_visibility: str = "shared"
    members: dict[UserId, str] = field(default_factory=dict)
    departed: dict[UserId, str] = field(default_factory=dict)
    invited_by: dict[UserId, UserId] = field(default_factory=dict)

    @property
    def joined(self) -> list[UserId]:
        """The joined members, sorted."""
        return sorted(user for user, membership in self.members.items() if membership == "join")

    @property
    def is_encrypted(self) -> bool:
        """Whether the room has encryption with an algorithm that we support."""
        return self.algorithm == MEGOLM

    @property
    def has_open_history(self) -> bool:
        """Whether people who come later may read what is said now, by what the homeserver says."""
        return is_open_history(self.history_visibility)

    @property
    def entitled(self) -> list[UserId]:
        """The users who may read new messages, sorted: the joined, and the invited unless history is ``joined``."""
        invited_too = self.history_visibility in _HISTORY_FOR_INVITED
        return sorted(u for u, m in self.members.items() if m == "join" or (m == "invite" and invited_too))

    def apply(self, event: Mapping[str, Any]) -> bool:
        """Apply a state event. Return whether a new Megolm session is due: a member left, or the visibility changed."""
        content = event.get("content")
        if not isinstance(content, Mapping):
            return False
        match event.get("type"), event.get("state_key"):
            case "m.room.create", "":
                self.create_sender, self.create_content = str(event.get("sender")), content
            case "m.room.encryption", "" if isinstance(content.get("algorithm"), str):
                # Encryption is never turned off (spec, "m.room.encryption").
                self.algorithm, self.rotation = content["algorithm"], _rotation(content)
            case "m.room.history_visibility", "":
                before, self.history_visibility = (
                    self.history_visibility,
                    str(content.get("history_visibility")),
                )
                return before != self.history_visibility
            case "m.room.member", str(user_id) if is_user_id(user_id):
                self._note_inviter(UserId(user_id), event)
                membership = str(content.get("membership"))
                return self._apply_member(UserId(user_id), membership, str(event.get("event_id")))
            case other, "" if other == LOCATOR_TYPE:
                self.locator = content
            case _:
                pass
        return False

    def _note_inviter(self, user_id: UserId, event: Mapping[str, Any]) -> None:
        """Note who has invited a user. After the join, the join event has it in what it replaced."""
        sender = inviter(event)
        if isinstance(sender, str) and is_user_id(sender):
            self.invited_by[user_id] = UserId(sender)
        elif event["content"].get("membership") != "join":
            self.invited_by.pop(user_id, None)

    def _apply_member(self, user_id: UserId, membership: str, event_id: str) -> bool:
        if membership in ("join", "invite"):
            self.members[user_id] = membership
            return False
        before = self.members.pop(user_id, None)
        if before == "join" and self.create_content.get("type") == "m.space":
            self.departed[user_id] = event_id
            while len(self.departed) > _DEPARTED:
                del self.departed[next(iter(self.departed))]
        return before is not None

    def to_json(self) -> Json:
        """Return the room as JSON values, stored together with the sync token."""
        return {
            "create_sender": self.create_sender,
            "create_content": dict(self.create_content),
            "locator": dict(self.locator),
            "algorithm": self.algorithm,
            "rotation": [self.rotation.messages, self.rotation.age.total_seconds()],
            "history_visibility": self.history_visibility,
            "members": self.members,
            "departed": self.departed,
            "invited_by": self.invited_by,
        }

    @classmethod
    def from_json(cls, room_id: str, kept: Json) -> RoomView:
        """Return the room that `to_json` wrote."""
        messages, seconds = kept["rotation"]
        rest = {name: value for name, value in kept.items() if name != "rotation"}
        return cls(RoomId(room_id), rotation=Rotation(messages, timedelta(seconds=seconds)), **rest)


def inviter(event: Mapping[str, Any]) -> object:
    """Return who has invited the user of an ``m.room.member`` event, None where the event does not show it.

    Synapse adds to a join the event that it replaced (``unsigned.prev_content``, ``unsigned.prev_sender``).
    """
    if at(event, "content", "membership") == "invite":
        return event.get("sender")
    if (
        at(event, "content", "membership") == "join"
        and at(event, "unsigned", "prev_content", "membership") == "invite"
    ):
        return at(event, "unsigned", "prev_sender")
    return None


def _rotation(content: Mapping[str, Any]) -> Rotation:
    """Return the room's rotation settings, within limits: a session for each message would be too slow."""
    messages, milliseconds = content.get("rotation_period_msgs"), content.get("rotation_period_ms")
    usual, (shortest, longest) = Rotation(), _AGE
    return Rotation(
        min(max(messages, _MESSAGES.start), _MESSAGES.stop - 1) if type(messages) is int else usual.messages,
        min(max(timedelta(milliseconds=min(max(milliseconds, 0), 10**12)), shortest), longest)
        if type(milliseconds) is int
        else usual.age,
    )
