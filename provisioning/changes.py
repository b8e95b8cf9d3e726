"""The changes that a plan is made of. Each is a frozen class; `provisioning.apply` has the one match over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from community.messages import Message, msg
from matrix.ids import UserId
from provisioning.snapshot import PARENT, Account, Content, Room, canonical

_LONGEST_CONTENT = 100
"""Characters; longer state (power levels) is not quoted in a plan's line."""

Sign = Literal["+", "~", "-"]


@dataclass(frozen=True)
class CreateAccount:
    """Make a person's account."""

    account: Account


@dataclass(frozen=True)
class CreateRoom:
    """Make a space or room with all its state."""

    room: Room


@dataclass(frozen=True)
class SetState:
    """Set one state event of a room to what is described; other rooms in it are named by their keys."""

    room: str
    event_type: str
    state_key: str
    content: Content


@dataclass(frozen=True)
class Link:
    """List a room in a space (``m.space.child``), or name a space as its parent (``m.space.parent``)."""

    room: str
    event_type: str
    other: str
    content: Content


@dataclass(frozen=True)
class Unlink:
    """Take such a link away."""

    room: str
    event_type: str
    other: str


@dataclass(frozen=True)
class JoinMember:
    """Put a person into a space or lobby, or the bot into a room."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class RequestInvite:
    """Ask the bot to invite a person, once they have a signed device."""

    room: str
    user_id: UserId


Change = CreateAccount | CreateRoom | SetState | Link | Unlink | JoinMember | RequestInvite


def sign(change: Change) -> Sign:
    """Return ``+`` for what is added, ``~`` for what is changed, ``-`` for what is taken away."""
    match change:
        case SetState():
            return "~"
        case Unlink():
            return "-"
        case CreateAccount() | CreateRoom() | Link() | JoinMember() | RequestInvite():
            return "+"
        case _:
            assert_never(change)


def describe(change: Change) -> Message:
    """Return the change as a line of the plan."""
    match change:
        case CreateAccount(account):
            return msg("account {user_id}", user_id=account.user_id)
        case CreateRoom(room):
            if room.is_space:
                return msg("space {room}", room=room.key)
            return msg("room {room}", room=room.key)
        case SetState(room, event_type, _, content):
            shown = canonical(content)
            if len(shown) > _LONGEST_CONTENT:
                return msg("{room}: {event_type} as described", room=room, event_type=event_type)
            return msg("{room}: {event_type} = {content}", room=room, event_type=event_type, content=shown)
        case Link(room, event_type, other) | Unlink(room, event_type, other):
            return _describe_link(room, event_type, other)
        case JoinMember(room, user_id):
            return msg("{room}: {user_id} joined", room=room, user_id=user_id)
        case RequestInvite(room, user_id):
            return msg("{room}: {user_id} invited by the bot", room=room, user_id=user_id)
        case _:
            assert_never(change)


def _describe_link(room: str, event_type: str, other: str) -> Message:
    if event_type == PARENT:
        return msg("{room}: belongs to {space}", room=room, space=other)
    return msg("{space}: lists {room}", space=room, room=other)


def order(change: Change) -> tuple[int, str]:
    """Return where the change stands in a plan: what others need comes first, then by what it names."""
    match change:
        case CreateAccount(account):
            return 0, account.user_id
        case CreateRoom(room):
            return (2 if room.parents else 1) + (0 if room.is_space else 1), room.key
        case SetState(room, event_type, state_key, _):
            return 4, f"{room} {event_type} {state_key}"
        case Link(room, event_type, other):
            return 5, f"{room} {event_type} {other}"
        case Unlink(room, event_type, other):
            return 6, f"{room} {event_type} {other}"
        case JoinMember(room, user_id):
            return 7, f"{room} {user_id}"
        case RequestInvite(room, user_id):
            return 8, f"{room} {user_id}"
        case _:
            assert_never(change)
