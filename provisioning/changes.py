"""The changes that a plan is made of. Each is a frozen class; `provisioning.apply` has the one match over them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from community.core.plan_text import ChangeSign
from matrix.ids import UserId
from provisioning.drawing import Drawing
from provisioning.snapshot import PARENT, Account, AccountClosure, Content, Room, StateKey, canonical


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
    closing: AccountClosure


@dataclass(frozen=True)
class CreateRoom:
    """Make a space or room with all its state."""

    room: Room


@dataclass(frozen=True)
class ReturnProvisioner:
    """Bring the provisioner back into a room of ours that it has left: nobody else can keep it as described."""

    room: str
    user_id: UserId


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
class SetPicture:
    """Give a room that has no picture one."""

    room: str
    drawing: Drawing


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


@dataclass(frozen=True)
class WithdrawMember:
    """Make a person leave a safe room that the provisioner is not in, in their name."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class BanBot:
    """Ban the bot from a safe room: it is in the gate, and so could come in by itself."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class UnbanBot:
    """Lift a ban on the bot in a room where it belongs, so that it can be put into it again."""

    room: str
    user_id: UserId


@dataclass(frozen=True)
class LeaveRoom:
    """Leave a safe room to its keepers: the provisioner goes, once two of them have joined and all is as described.

    ``state`` is what is described of the room, other rooms named by their keys: nobody can mend it afterwards.
    """

    room: str
    state: Mapping[StateKey, Content]


@dataclass(frozen=True)
class LetIn:
    """Let a person into the gate of a safe room that its keepers hold."""

    gate: str
    user_id: UserId
    room: str


Change = (
    CreateAccount
    | ReopenAccount
    | SetDisplayName
    | CloseAccount
    | CreateRoom
    | ReturnProvisioner
    | RenameRoom
    | ArchiveRoom
    | SetState
    | SetPicture
    | Link
    | Unlink
    | JoinMember
    | InviteMember
    | RequestInvite
    | WithdrawRequest
    | RemoveMember
    | WithdrawMember
    | BanBot
    | UnbanBot
    | LeaveRoom
    | LetIn
)


def sign(change: Change) -> ChangeSign:
    """Return ``+`` for what is added, ``~`` for what is changed, ``-`` for what is taken away."""
    match change:
        case (
            SetState()
            | SetPicture()
            | RenameRoom()
            | ReopenAccount()
            | BanBot()
            | UnbanBot()
            | ReturnProvisioner()
            | LeaveRoom()
            | SetDisplayName()
        ):
            return "~"
        case (
            Unlink() | ArchiveRoom() | RemoveMember() | WithdrawMember() | WithdrawRequest() | CloseAccount()
        ):
            return "-"
        case (
            CreateAccount()
            | CreateRoom()
            | Link()
            | JoinMember()
            | InviteMember()
            | RequestInvite()
            | LetIn()
        ):
            return "+"
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
            | SetPicture(room)
            | JoinMember(room)
            | InviteMember(room)
            | RequestInvite(room)
            | WithdrawRequest(room)
            | RemoveMember(room)
            | WithdrawMember(room)
            | BanBot(room)
            | UnbanBot(room)
            | ReturnProvisioner(room)
            | LeaveRoom(room)
            | LetIn(room)
        ):
            return "room", room
        case _:
            assert_never(change)


def fingerprint(change: Change) -> bytes:  # noqa: C901, PLR0912 - one case a class
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
        case SetPicture(_, drawing):
            parts += [drawing.colour, drawing.pattern, drawing.ring]
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
            | WithdrawMember(_, user_id)
            | BanBot(_, user_id)
            | UnbanBot(_, user_id)
            | ReturnProvisioner(_, user_id)
            | LetIn(_, user_id)
        ):
            parts.append(user_id)
        case LeaveRoom(_, state):
            parts.append(_listed(state))
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
