"""The interface to a homeserver for provisioning. One contract test suite runs on every implementation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from matrix.ids import RoomId, UserId
from provisioning.account_faults import AccountsSeen
from provisioning.drawing import Drawing
from provisioning.snapshot import Account, AccountClosure, Content, Room, Snapshot, StateKey


class Homeserver(Protocol):
    """A homeserver as the provisioner sees it.

    Writes may be repeated: each either finds its work done or does it. Beside what each says, all may raise
    SessionEnded, NotAdministrator and MatrixError.
    """

    def time(self) -> datetime | None:
        """Return what its clock shows now, reckoned from its last answer; None where it has not said."""
        ...

    async def snapshot(self) -> Snapshot:
        """Return every account, and every room that is ours.

        Of several rooms of one key, one has it; the others, and those that somebody has replaced, are there too,
        under ``key~room_id``. Safe rooms that the provisioner has left are there as long as somebody is in them;
        others that it has left stand apart, in ``abandoned``.
        """
        ...

    async def accounts_seen(self) -> AccountsSeen:
        """Return what is to be seen of our own accounts, and who may use the admin API; sends no write request."""
        ...

    async def account(self, user_id: UserId) -> Account | None:
        """Return an account as it is now, a closed one too; None where there never was one. Nothing is written."""
        ...

    async def create_account(self, account: Account, password: str) -> None:
        """Make a person's account. One that was made by an earlier call, with that password, is left as it is.

        Raises:
            AccountFound: there is one that the password does not open; nothing was changed.
        """
        ...

    async def create_room(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        """Make a room, or return the one that a call whose answer was lost has made.

        Its alias is taken away from a room of ours that has another key by now, or was replaced. A room that is
        described without an alias has lost it when this returns. ``room_ids`` has the ids of the rooms that exist,
        by key.

        Raises:
            AliasTaken: the alias belongs to a room that is not ours.
            NeedsRoom: a room that it names does not exist.
        """
        ...

    async def rename_room(self, room_id: RoomId, room: Room, *, was: str) -> None:
        """Give a room the alias, the canonical alias and the locator of its new key ``room.key``.

        The locator comes last but for the removal of the alias of ``was``: broken off before, it is done again.

        Raises:
            AliasTaken: the new alias belongs to a room that is not ours.
        """
        ...

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event; ids in it, not keys. A canonical alias is made to lead there first.

        With an empty one the room loses every alias.

        Raises:
            AliasTaken: that alias belongs to a room that is not ours.
        """
        ...

    async def set_picture(self, room_id: RoomId, drawing: Drawing) -> None:
        """Give a room a picture, which is drawn and uploaded for it."""
        ...

    async def first_said(self, room_id: RoomId) -> int | None:
        """Return when the first message was sent in a room that the provisioner is in, None where there is none.

        In milliseconds since the epoch; one that was deleted counts.
        """
        ...

    async def come_back(self, room_id: RoomId, key: str) -> None:
        """Go into a room that the provisioner has left, if need be by an invitation in the bot's name.

        Raises:
            ProvisionerOutside: nobody of ours can bring it back.
        """
        ...

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a user into a room, also one who was removed from it before.

        Raises:
            AccountMissing, AccountClosed: nobody could be there under that name by the last snapshot, if not now.
            PersonBanned: a ban is never overridden.
        """
        ...

    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        """Invite a user into a room. One who is in it, or invited, stays so; the last invitation counts.

        Raises:
            AccountMissing, AccountClosed: nobody could be there under that name by the last snapshot, if not now.
            PersonBanned: a ban is never overridden.
        """
        ...

    async def remove(self, room_id: RoomId, user_id: UserId) -> None:
        """Remove a user from a room, or take their invitation back. One who is not in it, or banned, stays out."""
        ...

    async def withdraw(self, room_id: RoomId, user_id: UserId) -> None:
        """Make a user leave a room that the provisioner is not in, in their name; one who is not in it stays out.

        No device of theirs is made by it. A locked account is locked again afterwards, and its password opens it no
        more, whenever this is broken off: `reopen_account` gives another one.

        Raises:
            AccountMissing: there is no such account.
        """
        ...

    async def ban(self, room_id: RoomId, user_id: UserId) -> None:
        """Ban a user from a room, whether they are in it or not."""
        ...

    async def unban(self, room_id: RoomId, user_id: UserId) -> None:
        """Lift a ban. One who is not banned stays as they are."""
        ...

    async def rooms_of(self, user_id: UserId) -> frozenset[RoomId]:
        """Return the rooms that a user of this server is in, ours or not; one request, nothing is written."""
        ...

    async def leave(self, room_id: RoomId, state: Mapping[StateKey, Content]) -> None:
        """Leave a safe room, once two others in it have the power to invite. One that was left stays so.

        ``state`` is what is described of it, with ids: nobody could mend it afterwards.

        Raises:
            NeedsKeepers: fewer have; the provisioner stays.
            NotAsDescribed: its state is another one, or the bot is not banned from it; the provisioner stays.
        """
        ...

    async def close_account(self, user_id: UserId, closing: AccountClosure) -> None:
        """End an account's sessions, delete its devices, and lock or deactivate it.

        One that is deactivated stays so. Deactivated, it is in no room a moment later; locked, it is where it was.

        Raises:
            AccountMissing: there is none.
        """
        ...

    async def reopen_account(self, account: Account, password: str) -> None:
        """Open a closed account again, locked or deactivated: with ``password``, and no earlier one opens it.

        It gets its name too, and is in no session. One that is open keeps its password.

        Raises:
            AccountMissing: there is none.
        """
        ...

    async def set_display_name(self, user_id: UserId, name: str) -> None:
        """Give an account its name, in every room too.

        Raises:
            AccountMissing: there is none.
        """
        ...

    async def has_recovery_key(self, user_id: UserId) -> bool:
        """Whether somebody has set up a recovery key; nothing else of their account data is looked at."""
        ...

    async def set_password(self, user_id: UserId, password: str, *, sign_out: bool) -> None:
        """Give an open account another password; ``sign_out``: end its sessions and delete its devices.

        Raises:
            AccountMissing: there is none.
            AccountClosed: it is locked or deactivated.
        """
        ...

    async def take_over(self, account: Account, password: str) -> str | None:
        """Take an account from whoever has made it, and return the public master key that it still shows, if any.

        It is closed for good and opened again with ``password``: its sessions, devices, addresses and other ways to
        sign in are gone, and what it kept on the homeserver; it is in no room and does not administrate. Its
        cross-signing identity stays, since a homeserver only replaces one. Repeated, it goes on where it ended.

        Raises:
            AccountMissing: there is none.
            StillInRooms: it is closed, and the homeserver is not done with it.
        """
        ...

    async def opens(self, user_id: UserId, password: str) -> bool:
        """Whether somebody could sign in so. Nobody does: it makes no session and no device, and nobody is told.

        Raises:
            MatrixError: that cannot be known now.
        """
        ...
