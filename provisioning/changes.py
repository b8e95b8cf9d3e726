"""The changes that a plan is made of. Each is a frozen class; `provisioning.apply` has the one match over them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, assert_never

from community.messages import Message, msg
from community.plain_text import one_line
from matrix.ids import UserId
from provisioning.snapshot import PARENT, Account, Closing, Content, Room, StateKey, canonical

_LONGEST_VALUE = 60
"""Characters of a value that a line of the plan quotes; a longer one is cut."""

_MOST_VALUES = 4
"""Values that a line of the plan quotes."""

Sign = Literal["+", "~", "-"]


@dataclass(frozen=True)
class CreateAccount:
    """Make a person's account."""

    account: Account


@dataclass(frozen=True)
class ReopenAccount:
    """Open a closed account again, because somebody asked for it by name; its ``closed`` says how it is closed."""

    account: Account


@dataclass(frozen=True)
class SetDisplayName:
    """Give a person's account the name that is described; nobody else can change it."""

    user_id: UserId
    name: str
    before: str


@dataclass(frozen=True)
class CloseAccount:
    """End the sessions of somebody who has left, and lock or deactivate their account."""

    user_id: UserId
    closing: Closing


@dataclass(frozen=True)
class CreateRoom:
    """Make a space or room with all its state."""

    room: Room


@dataclass(frozen=True)
class RenameRoom:
    """Give a room that was made under the key ``was`` its new key, ``room.key``."""

    room: Room
    was: str


@dataclass(frozen=True)
class ArchiveRoom:
    """Make a room that is no longer described read-only, rename it and say so in its locator, in that order."""

    room: str
    is_space: bool
    state: Mapping[StateKey, Content]


@dataclass(frozen=True)
class SetState:
    """Set one state event of a room to what is described; other rooms in it are named by their keys."""

    room: str
    event_type: str
    state_key: str
    content: Content
    before: Content | None = None
    """What there is now; None: nothing."""


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
class InviteMember:
    """Invite a person by the provisioner: into rooms without a bot."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class RequestInvite:
    """Ask the bot to invite a person, once they have a signed device."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class WithdrawRequest:
    """Take back what the bot was asked and has not done."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class RemoveMember:
    """Remove a person (or the bot) from a room, or take their invitation back."""

    room: str
    user_id: UserId


Change = (
    CreateAccount
    | ReopenAccount
    | SetDisplayName
    | CloseAccount
    | CreateRoom
    | RenameRoom
    | ArchiveRoom
    | SetState
    | Link
    | Unlink
    | JoinMember
    | InviteMember
    | RequestInvite
    | WithdrawRequest
    | RemoveMember
)


def sign(change: Change) -> Sign:
    """Return ``+`` for what is added, ``~`` for what is changed, ``-`` for what is taken away."""
    match change:
        case SetState() | RenameRoom() | ReopenAccount() | SetDisplayName():
            return "~"
        case Unlink() | ArchiveRoom() | RemoveMember() | WithdrawRequest() | CloseAccount():
            return "-"
        case CreateAccount() | CreateRoom() | Link() | JoinMember() | InviteMember() | RequestInvite():
            return "+"
        case _:
            assert_never(change)


class Stage(IntEnum):
    """When a change is made: each stage needs only those before it."""

    ACCOUNTS = 0
    REMOVALS = 1
    """Who no longer belongs goes before anything else is said or shown in a room."""
    CLOSINGS = 2
    """Before anything is made: an apply that is stopped leaves nobody signed in who is to go."""
    RENAMINGS = 3
    ROOT = 4
    SPACES = 5
    ROOMS = 6
    STATE = 7
    LINKS = 8
    UNLINKS = 9
    ARCHIVING = 10
    JOINS = 11
    INVITATIONS = 12


def stage(change: Change) -> Stage:  # noqa: C901, PLR0912 - one case a class
    """Return when a change is made."""
    match change:
        case CreateAccount() | ReopenAccount() | SetDisplayName():
            return Stage.ACCOUNTS
        case RemoveMember() | WithdrawRequest():
            return Stage.REMOVALS
        case RenameRoom():
            return Stage.RENAMINGS
        case CreateRoom(room):
            if not room.parents:
                return Stage.ROOT
            return Stage.SPACES if room.is_space else Stage.ROOMS
        case SetState():
            return Stage.STATE
        case Link():
            return Stage.LINKS
        case Unlink():
            return Stage.UNLINKS
        case ArchiveRoom():
            return Stage.ARCHIVING
        case JoinMember():
            return Stage.JOINS
        case InviteMember() | RequestInvite():
            return Stage.INVITATIONS
        case CloseAccount():
            return Stage.CLOSINGS
        case _:
            assert_never(change)


def subject(change: Change) -> tuple[str, str]:
    """Return what the change is about, ``account`` or ``room``, and which: an audit's line, a plan's group."""
    match change:
        case CreateAccount(account) | ReopenAccount(account):
            return "account", account.user_id
        case CloseAccount(user_id) | SetDisplayName(user_id):
            return "account", user_id
        case CreateRoom(room) | RenameRoom(room):
            return "room", room.key
        case Unlink(room, event_type, other) | Link(room, event_type, other):
            return "room", room if event_type == PARENT else other
        case (
            ArchiveRoom(room)
            | SetState(room)
            | JoinMember(room)
            | InviteMember(room)
            | RequestInvite(room)
            | WithdrawRequest(room)
            | RemoveMember(room)
        ):
            return "room", room
        case _:
            assert_never(change)


def describe(change: Change) -> Message:  # noqa: C901, PLR0912 - one case a class
    """Return the change as a line of the plan."""
    match change:
        case CreateAccount(account):
            return msg("account {user_id}", user_id=account.user_id)
        case ReopenAccount(account):
            return msg("account {user_id}: opened again", user_id=account.user_id)
        case SetDisplayName(user_id, name, before):
            shown, was = (one_line(text, longest=_LONGEST_VALUE) for text in (name, before))
            return msg(
                "account {user_id}: named {name}, no longer {was}", user_id=user_id, name=shown, was=was
            )
        case CloseAccount(user_id, closing):
            return _describe_closing(user_id, closing)
        case CreateRoom(room):
            return _space_or_room(room.is_space, room.key)
        case RenameRoom(room, was):
            return msg("{room}: this key in place of {was}", room=room.key, was=was)
        case ArchiveRoom(room, is_space):
            return msg("{what}: archived", what=_space_or_room(is_space, room))
        case SetState(room):
            return msg("{room}: {what}", room=room, what=_difference(change))
        case Link(room, event_type, other) | Unlink(room, event_type, other):
            return _describe_link(room, event_type, other)
        case JoinMember(room, user_id):
            return msg("{room}: {user_id} joined", room=room, user_id=user_id)
        case InviteMember(room, user_id):
            return msg("{room}: {user_id} invited", room=room, user_id=user_id)
        case RequestInvite(room, user_id):
            return msg("{room}: {user_id} invited by the bot", room=room, user_id=user_id)
        case WithdrawRequest(room, user_id):
            return msg("{room}: {user_id} no longer to be invited by the bot", room=room, user_id=user_id)
        case RemoveMember(room, user_id):
            return msg("{room}: {user_id} removed", room=room, user_id=user_id)
        case _:
            assert_never(change)


def noted(change: Change) -> Message:
    """Return the change as the audit keeps it for ever: a name that somebody no longer has is not in it."""
    if isinstance(change, SetDisplayName):
        return msg("account {user_id}: another name", user_id=change.user_id)
    return describe(change)


def _describe_closing(user_id: UserId, closing: Closing) -> Message:
    match closing:
        case Closing.LOCK:
            return msg("account {user_id}: sessions ended, account locked", user_id=user_id)
        case Closing.DEACTIVATE:
            return msg("account {user_id}: sessions ended, account deactivated", user_id=user_id)
        case _:
            assert_never(closing)


def _space_or_room(is_space: bool, key: str) -> Message:
    return msg("space {room}", room=key) if is_space else msg("room {room}", room=key)


def _describe_link(room: str, event_type: str, other: str) -> Message:
    if event_type == PARENT:
        return msg("{room}: belongs to {space}", room=room, space=other)
    return msg("{space}: lists {room}", space=room, room=other)


def _difference(change: SetState) -> Message:
    """Return which values of a state event change, from what to what: the first few of its content, however deep."""
    before, after = dict(_leaves(change.before or {})), dict(_leaves(change.content))
    paths = [path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path)]
    shown = "; ".join(
        f"{_named(change.event_type, path)}{_shown(before.get(path))} → {_shown(after.get(path))}"
        for path in paths[:_MOST_VALUES]
    )
    if len(paths) > _MOST_VALUES:
        shown += f" … (+{len(paths) - _MOST_VALUES})"
    return msg("{event_type} {difference}", event_type=change.event_type, difference=shown)


def _named(event_type: str, path: str) -> str:
    """Return a value's path before it, nothing where the event type says it all: ``m.room.name``."""
    return "" if event_type.endswith(f".{path}") else f"{path} "


def _leaves(content: Content, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value that is no mapping, by its path."""
    for name, value in content.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, here)
        else:
            yield here, value


def _shown(value: object) -> str:
    if value is None:
        return "–"
    text = canonical(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def fingerprint(change: Change) -> bytes:  # noqa: C901 - one case a class
    """Return bytes that are the same for the same change in every process, and other ones for any other."""
    parts: list[Any] = [type(change).__name__, *subject(change)]
    match change:
        case CreateAccount(account) | ReopenAccount(account):
            parts += [account.name, account.closed]
        case SetDisplayName(_, name, before):
            parts += [name, before]
        case CloseAccount(_, closing):
            parts.append(closing)
        case CreateRoom(room):
            parts += [room.is_space, room.federated, _listed(room.state)]
        case RenameRoom(room, was):
            parts += [was, _listed(room.state)]
        case ArchiveRoom(_, _, state):
            parts.append(_listed(state))
        case SetState(_, event_type, state_key, content, before):
            parts += [event_type, state_key, content, before]
        case Link(room, event_type, other, content):
            parts += [room, event_type, other, content]
        case Unlink(room, event_type, other):
            parts += [room, event_type, other]
        case (
            JoinMember(_, user_id)
            | InviteMember(_, user_id)
            | RequestInvite(_, user_id)
            | WithdrawRequest(_, user_id)
            | RemoveMember(_, user_id)
        ):
            parts.append(user_id)
        case _:
            assert_never(change)
    return canonical(parts).encode()


def _listed(state: Mapping[StateKey, Content]) -> list[Any]:
    return [[*key, content] for key, content in sorted(state.items())]


def digest_of(changes: tuple[Change, ...]) -> str:
    """Return a short name of exactly these changes: 48 bits of SHA-256 in hexadecimal."""
    whole = hashlib.sha256()
    for change in changes:
        whole.update(fingerprint(change) + b"\n")
    return whole.hexdigest()[:12]
