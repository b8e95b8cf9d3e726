"""A change as a line of the plan, for people. Pure."""

from __future__ import annotations

from typing import assert_never

from community.core.messages import Message, msg
from community.core.plain_text import one_line
from matrix.ids import UserId
from provisioning.changes import (
    ArchiveRoom,
    BanBot,
    Change,
    CloseAccount,
    CreateAccount,
    CreateRoom,
    InviteMember,
    JoinMember,
    LeaveRoom,
    LetIn,
    Link,
    RemoveMember,
    RenameRoom,
    ReopenAccount,
    RequestInvite,
    ReturnProvisioner,
    SetDisplayName,
    SetPicture,
    SetState,
    UnbanBot,
    Unlink,
    WithdrawMember,
    WithdrawRequest,
)
from provisioning.rule_text import difference
from provisioning.snapshot import PARENT, AccountClosure

_LONGEST_NAME = 60
"""Characters of a name that a line of the plan quotes; a longer one is cut."""


def describe(change: Change) -> Message:  # noqa: C901, PLR0912 - one case a class
    """Return the change as a line of the plan."""
    match change:
        case CreateAccount(account):
            return msg("account {user_id}", user_id=account.user_id)
        case ReopenAccount(account):
            return msg("account {user_id}: opened again", user_id=account.user_id)
        case SetDisplayName(user_id, name, before):
            shown, was = (one_line(text, longest=_LONGEST_NAME) for text in (name, before))
            return msg(
                "account {user_id}: named {name}, no longer {was}", user_id=user_id, name=shown, was=was
            )
        case CloseAccount(user_id, closing):
            return _describe_closing(user_id, closing)
        case CreateRoom(room):
            return _space_or_room(room.is_space, room.key)
        case ReturnProvisioner(room, user_id):
            return msg("{room}: {user_id} comes back, which has left it", room=room, user_id=user_id)
        case RenameRoom(room, was):
            return msg("{room}: this key in place of {was}", room=room.key, was=was)
        case ArchiveRoom(room, is_space):
            return msg("{what}: archived", what=_space_or_room(is_space, room))
        case SetState(room):
            return msg(
                "{room}: {what}", room=room, what=difference(change.event_type, change.before, change.content)
            )
        case SetPicture(room):
            return msg("{room}: gets a picture", room=room)
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
        case RemoveMember(room, user_id) | WithdrawMember(room, user_id):
            return msg("{room}: {user_id} removed", room=room, user_id=user_id)
        case BanBot(room, user_id):
            return msg("{room}: {user_id} may never come in", room=room, user_id=user_id)
        case UnbanBot(room, user_id):
            return msg("{room}: {user_id} may come in again", room=room, user_id=user_id)
        case LeaveRoom(room):
            return msg("{room}: left to its keepers by the provisioner", room=room)
        case LetIn(gate, user_id):
            return msg("{room}: {user_id} let in", room=gate, user_id=user_id)
        case _:
            assert_never(change)


def noted(change: Change) -> Message:
    """Return the change as the audit keeps it for ever: a name that somebody no longer has is not in it."""
    if isinstance(change, SetDisplayName):
        return msg("account {user_id}: another name", user_id=change.user_id)
    return describe(change)


def _describe_closing(user_id: UserId, closing: AccountClosure) -> Message:
    match closing:
        case AccountClosure.LOCK:
            return msg("account {user_id}: sessions ended, account locked", user_id=user_id)
        case AccountClosure.DEACTIVATE:
            return msg("account {user_id}: sessions ended, account deactivated", user_id=user_id)
        case _:
            assert_never(closing)


def _space_or_room(is_space: bool, key: str) -> Message:
    return msg("space {room}", room=key) if is_space else msg("room {room}", room=key)


def _describe_link(room: str, event_type: str, other: str) -> Message:
    if event_type == PARENT:
        return msg("{room}: belongs to {space}", room=room, space=other)
    return msg("{space}: lists {room}", space=room, room=other)
