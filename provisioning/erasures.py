"""The interface to a homeserver for deleting what somebody wrote and uploaded, and for erasing their account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from matrix.ids import UserId
from provisioning.snapshot import AccountClosure


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many messages of somebody's were deleted, and how much could not be (``left_over``: messages, reactions)."""

    messages: int = 0
    left_over: int = 0


class Erasures(Protocol):
    """A homeserver as leavings see it. Each call may be repeated. All may raise SessionEnded and MatrixError."""

    async def take_back(self, user_id: UserId) -> TakenBack | None:
        """Delete what a user has written and the name in their membership events, in every room of the server.

        Also in rooms that the provisioner is not in. None: it is under way; ask again in some seconds.
        """
        ...

    async def delete_media(self, user_id: UserId) -> None:
        """Delete all files that a user has uploaded."""
        ...

    async def erase_account(self, user_id: UserId, closing: AccountClosure) -> None:
        """Close an account as `Homeserver.close_account` does, and delete its profile.

        Deactivated, it is in no room when this returns, and its name in the membership events of the rooms that it
        was in is deleted.

        Raises:
            AccountMissing: there is none.
            StillInRooms: it is deactivated, and in some rooms still.
        """
        ...
