"""The order in which the changes of a plan are made. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

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


class Stage(IntEnum):
    """When a change is made: each stage needs only those before it."""

    ACCOUNTS = 0
    RETURNS = 1
    """Nothing else is done in a room before the provisioner is back in it."""
    REMOVALS = 2
    """Who no longer belongs goes before anything else is said or shown in a room."""
    WITHDRAWALS = 3
    """After the removal from the gate: while somebody is in the gate, they could come back at once."""
    CLOSINGS = 4
    """Before anything is made, so that an interrupted apply leaves nobody signed in who has left."""
    RENAMINGS = 5
    ROOT = 6
    SPACES = 7
    ROOMS = 8
    STATE = 9
    LINKS = 10
    UNLINKS = 11
    ARCHIVING = 12
    JOINS = 13
    HANDOVERS = 14
    """Safe rooms are left to their keepers, who have joined by then."""
    OPENINGS = 15
    """Their gates are opened to all who belong: nobody comes in before the provisioner has gone."""
    INVITATIONS = 16


def stage(change: Change) -> Stage:  # noqa: C901, PLR0912 - one case a class
    """Return when a change is made."""
    match change:
        case CreateAccount() | ReopenAccount() | SetDisplayName():
            return Stage.ACCOUNTS
        case ReturnProvisioner():
            return Stage.RETURNS
        case RemoveMember() | WithdrawRequest():
            return Stage.REMOVALS
        case WithdrawMember():
            return Stage.WITHDRAWALS
        case RenameRoom():
            return Stage.RENAMINGS
        case CreateRoom(room):
            if not room.parents:
                return Stage.ROOT
            return Stage.SPACES if room.is_space else Stage.ROOMS
        case SetState() | SetPicture() | UnbanBot():
            return Stage.STATE
        case Link():
            return Stage.LINKS
        case Unlink():
            return Stage.UNLINKS
        case ArchiveRoom():
            return Stage.ARCHIVING
        case JoinMember() | BanBot():
            return Stage.JOINS
        case LeaveRoom():
            return Stage.HANDOVERS
        case LetIn():
            return Stage.OPENINGS
        case InviteMember() | RequestInvite():
            return Stage.INVITATIONS
        case CloseAccount():
            return Stage.CLOSINGS
        case _:
            assert_never(change)
