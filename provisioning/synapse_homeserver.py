"""The homeserver port on a real Synapse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import structlog

from matrix.admin import AdminApi, ServerAccount, ServerRoom
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, MatrixRequestError
from matrix.http import HomeserverClient, Json
from matrix.ids import RoomId, UserId
from matrix.joined_rooms import JoinedRooms
from matrix.lookups import Lookups
from matrix.sliding_sync import RoomState
from provisioning.account_faults import AccountsSeen
from provisioning.drawing import Drawing
from provisioning.errors import (
    AccountClosed,
    AccountFound,
    AccountMissing,
    PersonBanned,
)
from provisioning.explained import explained
from provisioning.observation import (
    children,
    chosen,
    doubled,
    is_inhabited,
    is_left,
    is_safe,
    key_if_ours,
    observed,
    our_rooms,
    rooms_elsewhere,
    with_abandoned,
)
from provisioning.safe_rooms import require_ready
from provisioning.snapshot import (
    PRESENT,
    Account,
    AccountClosure,
    Content,
    OwnAccounts,
    Room,
    Snapshot,
    StateKey,
)
from provisioning.synapse_accounts import (
    account_of,
    accounts_seen,
    close,
    has_recovery_key,
    leave_as,
    leave_as_locked,
    take_over,
)
from provisioning.synapse_rooms import PATIENCE, SynapseRooms

log = structlog.get_logger()


class SynapseHomeserver:
    """A real Synapse, through the provisioner's admin token.

    It caches what it has read, so that a second snapshot only asks for changes. ``patience``, in seconds: for so long
    a room with incomplete state is taken to be still in creation.
    """

    def __init__(
        self,
        http: HomeserverClient,
        own: OwnAccounts,
        *,
        community: str,
        server_name: str,
        patience: float = PATIENCE,
    ) -> None:
        self.own = own
        self._http = http
        self._client = ClientApi(http)
        self._admin = AdminApi(http)
        self._joined = JoinedRooms(http, own.provisioner)
        self._community = community
        self._of_others: set[RoomId] = set()
        self._open: set[UserId] = set()  # accounts that were open when they were read or made last
        self._rooms = SynapseRooms(
            self._client, self._admin, own, community=community, server_name=server_name, patience=patience
        )

    async def is_administrator(self) -> bool:
        """Whether the admin API may be used."""
        try:
            await self._admin.find_account(self.own.provisioner)
        except Forbidden:
            return False
        return True

    def time(self) -> datetime | None:
        """Return what its clock shows now, reckoned from its last answer; None where it has not said."""
        return self._http.time

    @explained
    async def snapshot(self) -> Snapshot:
        """Return every account, and every room that is ours.

        Three requests, one for each doubled room, and one for each room of ours that the provisioner has left.
        """
        joined, accounts = await self._joined.rooms(), await self._admin.accounts()
        listed = await self._admin.rooms()
        left = await self._left(joined, listed)
        states = (*joined, *(state for state in left if is_safe(state.events)))
        found = our_rooms(states, self.own.provisioner, self._community)
        named = {}
        for key in doubled(found):
            room_id = await self._client.resolve_alias(self._rooms.alias(key))
            log.warning(
                "rooms_doubled", key=key, room_ids=[room.room_id for room in found[key]], alias=room_id
            )
            if room_id is not None:
                named[key] = room_id
        self._open = {each.user_id for each in accounts if not each.deactivated}
        rooms, abandoned = with_abandoned(chosen(found, named), left, self.own, self._community)
        return Snapshot(
            accounts={account.user_id: account_of(account) for account in accounts},
            rooms=rooms,
            own=self.own,
            abandoned=abandoned,
            others=rooms_elsewhere(states, self.own, self._community),
        )

    @explained
    async def accounts_seen(self) -> AccountsSeen:
        """Return what is to be seen of our own accounts. Seven requests."""
        return await accounts_seen(self._admin, self._client, self.own)

    async def _left(self, joined: Collection[RoomState], listed: Iterable[ServerRoom]) -> list[RoomState]:
        """Return the rooms of ours that the provisioner has left, as long as somebody is in them."""
        own = self.own.provisioner
        made = [room.room_id for room in listed if room.creator == own and room.members]
        # The list is of the server's statistics, which may be late or off: our spaces say which rooms there are, too.
        linked = children(state.events for state in joined if self._is_ours(state.events))
        known = {state.room_id for state in joined} | self._of_others
        found = []
        for room_id in dict.fromkeys((*made, *linked)):
            if room_id in known:
                continue
            events = await self._rooms.events(room_id)
            is_ours = self._is_ours(events)
            if is_ours and is_inhabited(events) and (is_safe(events) or is_left(events, own)):
                found.append(RoomState(room_id, dict(events)))
            elif is_left(events, own) and not is_ours:
                # Of another community, which does not change while the provisioner is not in it.
                self._of_others.add(room_id)
        return found

    def _is_ours(self, events: Mapping[StateKey, Json]) -> bool:
        return key_if_ours(events, self.own.provisioner, self._community) is not None

    # --- rooms ----------------------------------------------------------------------------------------------------

    @explained
    async def create_room(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        """Make a room, or find the one that an earlier call has made."""
        return await self._rooms.create(room, room_ids)

    @explained
    async def rename_room(self, room_id: RoomId, room: Room, *, was: str) -> None:
        """Give a room the alias, the canonical alias and the locator of its new key."""
        await self._rooms.rename(room_id, room, was=was)

    @explained
    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event; Synapse accepts no canonical alias that does not lead there already."""
        await self._rooms.set_state(room_id, event_type, state_key, content)

    @explained
    async def set_picture(self, room_id: RoomId, drawing: Drawing) -> None:
        """Draw a picture, upload it the first time, and make it the room's."""
        await self._rooms.set_picture(room_id, drawing)

    @explained
    async def first_said(self, room_id: RoomId) -> int | None:
        """Return when the first message was sent in a room that the provisioner is in."""
        return await Lookups(self._http).first_said(room_id)

    @explained
    async def come_back(self, room_id: RoomId, key: str) -> None:
        """Join a room again, by an invitation of the bot's where it needs one."""
        await self._rooms.come_back(room_id, key, self._http.url)

    # --- people ---------------------------------------------------------------------------------------------------

    @explained
    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a user into a room by the admin API, which refuses who is in it already."""
        await self._open_account(user_id)
        try:
            await self._admin.join(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._stands(room_id, user_id) != "join":
                raise

    @explained
    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        """Invite a user; Synapse refuses it for one who is in the room, or banned from it."""
        await self._open_account(user_id)
        try:
            await self._client.invite(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._stands(room_id, user_id) != "join":
                raise

    async def _open_account(self, user_id: UserId) -> None:
        """Make sure that an account exists and is open, by the last snapshot: Synapse also invites who is not."""
        if user_id in self._open:
            return
        account = await self._account(user_id)
        if account.deactivated:
            raise AccountClosed(user_id)
        self._open.add(user_id)

    async def _account(self, user_id: UserId) -> ServerAccount:
        account = await self._admin.find_account(user_id)
        if account is None:
            raise AccountMissing(user_id)
        return account

    async def _stands(self, room_id: RoomId, user_id: UserId) -> str | None:
        """Return a user's membership. Raises PersonBanned for a ban."""
        membership = await self._client.membership(room_id, user_id)
        if membership == "ban":
            raise PersonBanned(user_id)
        return membership

    @explained
    async def remove(self, room_id: RoomId, user_id: UserId) -> None:
        """Kick a user, which Synapse refuses for one who is not there."""
        try:
            await self._client.kick(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._client.membership(room_id, user_id) in ("join", "invite"):
                raise

    @explained
    async def withdraw(self, room_id: RoomId, user_id: UserId) -> None:
        """Leave a room as somebody, by a token that is theirs and belongs to no device."""
        if observed(await self._rooms.events(room_id), self.own).members.get(user_id) not in PRESENT:
            return
        if not (await self._account(user_id)).locked:
            await leave_as(self._http.url, self._admin, user_id, room_id)
            return
        await leave_as_locked(self._http.url, self._admin, user_id, room_id)

    @explained
    async def ban(self, room_id: RoomId, user_id: UserId) -> None:
        """Ban a user, also one who is banned already."""
        await self._client.ban(room_id, user_id)

    @explained
    async def unban(self, room_id: RoomId, user_id: UserId) -> None:
        """Lift a ban, which Synapse refuses for one who is not banned."""
        try:
            await self._client.unban(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._client.membership(room_id, user_id) == "ban":
                raise

    @explained
    async def rooms_of(self, user_id: UserId) -> frozenset[RoomId]:
        """Return the rooms that a user of this server is in."""
        return frozenset(await self._admin.rooms_of(user_id))

    @explained
    async def leave(self, room_id: RoomId, state: Mapping[StateKey, Content]) -> None:
        """Leave a safe room, after a look at who is in it and what its rules are."""
        events = await self._rooms.events(room_id)
        there = observed(events, self.own)
        if not there.inside:
            return
        require_ready(there, events, state, self.own)
        await self._rooms.hide(room_id)
        await self._client.leave(room_id)

    # --- accounts -------------------------------------------------------------------------------------------------

    @explained
    async def account(self, user_id: UserId) -> Account | None:
        """Return an account as it is now; Synapse keeps those that were deactivated."""
        there = await self._admin.find_account(user_id)
        return None if there is None else account_of(there)

    @explained
    async def create_account(self, account: Account, password: str) -> None:
        """Make a person's account, after a look: Synapse would give one that is there the new password as well."""
        there = await self._admin.find_account(account.user_id)
        if there is not None and not await self.opens(account.user_id, password):
            raise AccountFound(account.user_id)
        await self._admin.create_account(account.user_id, password, account.name)
        self._open.add(account.user_id)

    @explained
    async def close_account(self, user_id: UserId, closing: AccountClosure) -> None:
        """Lock an account without devices, or deactivate it, which takes them and its rooms away by itself."""
        self._open.discard(user_id)
        if not (await self._account(user_id)).deactivated:
            await close(self._admin, user_id, closing)

    @explained
    async def reopen_account(self, account: Account, password: str) -> None:
        """Unlock an account, or activate it; its name may have changed meanwhile."""
        there = await self._account(account.user_id)
        if there.deactivated or there.locked:
            await self._admin.reopen(account.user_id, password)
        if account.name and there.display_name != account.name:
            await self._admin.set_display_name(account.user_id, account.name)

    @explained
    async def set_display_name(self, user_id: UserId, name: str) -> None:
        """Set the name in the profile; Synapse sends it into the rooms."""
        await self._account(user_id)
        await self._admin.set_display_name(user_id, name)

    @explained
    async def has_recovery_key(self, user_id: UserId) -> bool:
        """Whether the account data names a key of secret storage (spec, "Secret storage")."""
        return await has_recovery_key(self._admin, user_id)

    @explained
    async def set_password(self, user_id: UserId, password: str, *, sign_out: bool) -> None:
        """Reset a password by the admin API, which would open no closed account but leave it half so."""
        there = await self._account(user_id)
        if there.deactivated or there.locked:
            raise AccountClosed(user_id)
        await self._admin.set_password(user_id, password, sign_out=sign_out)

    @explained
    async def take_over(self, account: Account, password: str) -> str | None:
        """Take an account from whoever has made it."""
        self._open.discard(account.user_id)
        await self._account(account.user_id)
        return await take_over(self._admin, self._client, account.user_id, password)

    async def opens(self, user_id: UserId, password: str) -> bool:
        """Try to sign in, as far as that leaves no trace. The admin token is not sent along."""
        async with HomeserverClient(self._http.url, attempts=1) as http:
            return await ClientApi(http).password_opens(user_id, password)
