"""Plans the changes that make the homeserver as described. Pure: the same two snapshots give the same plan.

Only rooms of ours are compared, and of their state only what Palabre manages. Encryption is never turned off. Somebody
who left by themselves is not put back, unless they are in ``again``. A room that is no longer described is archived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from community.core.messages import Message, msg
from matrix.ids import UserId
from matrix.locator import LOCATOR_TYPE
from provisioning.archive import archived_state
from provisioning.bot_absences import absence_notes, bot_absences
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
    fingerprint,
    subject,
)
from provisioning.newcomers import placed
from provisioning.places import is_same_place
from provisioning.plan import Plan
from provisioning.plan_extras import NO_EXTRAS, PlanExtras, with_gates
from provisioning.plan_notes import held_notes, people_notes, room_notes, strangers
from provisioning.removal_brake import excess, growth
from provisioning.renames import renamings, with_new_keys
from provisioning.safe_room_notes import safe_room_notes, unattended_notes
from provisioning.safe_rooms import Phase, SafeRoom, attainable, last_keepers, safe_rooms
from provisioning.snapshot import (
    CHILD,
    ENCRYPTION,
    LINKS,
    PRESENT,
    SERVER_ACL,
    Account,
    AccountClosure,
    Membership,
    Room,
    Snapshot,
    community_elsewhere,
)
from provisioning.stages import stage
from provisioning.topology import server_acl
from provisioning.undescribed import undescribed

_GIVEN_BY_RENAMING = frozenset({("m.room.canonical_alias", ""), (LOCATOR_TYPE, "")})


def plan(
    desired: Snapshot,
    actual: Snapshot,
    *,
    again: Collection[UserId] = (),
    held: Collection[UserId] = (),
    extras: PlanExtras = NO_EXTRAS,
) -> Plan:
    """Return the plan that changes ``actual`` into ``desired``.

    ``again``: people who are asked again into rooms that they had left, and whose closed account is opened again.
    ``held``: accounts of which nobody has said yet whose they are: nothing is given to them, and nothing taken.
    """
    left = {key: room for key, room in actual.abandoned.items() if key in desired.rooms}
    inside = {key: replace(room, inside=True) for key, room in left.items()}
    actual = replace(actual, rooms={**actual.rooms, **inside})
    renamed = renamings(desired, actual)
    there = with_new_keys(actual, renamed)
    extras = replace(extras, only_in=with_gates(extras.only_in, desired))
    safe = safe_rooms(desired, there, again, held, extras)
    found = _Comparison(
        attainable(desired, there, safe), there, renamed, frozenset(again), safe, frozenset(held), extras
    )
    returns = [ReturnProvisioner(key, desired.own.provisioner) for key in left]
    changes = tuple(
        sorted((*found.changes(), *returns), key=lambda change: (stage(change), fingerprint(change)))
    )
    absent = bot_absences(found.desired, there)
    return Plan(
        changes,
        (*found.notes(), *absence_notes(absent)),
        # Whoever names another community's rooms means them.
        excess([change for change in changes if subject(change)[1] not in actual.others], actual),
        safe,
        frozenset(held),
        absent=absent,
        growth=growth(changes, actual),
        undescribed=tuple(undescribed(found.desired, there, extras)),
        renamed=renamed,
    )


@dataclass(frozen=True)
class _Comparison:
    """``desired`` has the safe rooms as they can be now; ``safe`` says where each stands."""

    desired: Snapshot
    actual: Snapshot
    renamed: Mapping[str, str]
    again: frozenset[UserId]
    safe: tuple[SafeRoom, ...]
    held: frozenset[UserId]
    extras: PlanExtras

    def changes(self) -> Iterator[Change]:
        """Yield every change, in no particular order."""
        for account in self.desired.accounts.values():
            if account.user_id not in self.held:
                yield from self._account(account)
        for key, room in self.desired.rooms.items():
            there = self.actual.rooms.get(key)
            if there is None:
                yield CreateRoom(room)
            elif key in self.renamed and there.inside:
                yield RenameRoom(room, self.renamed[key])
            yield from self._state(room, there)
            yield from self._arrivals(room, there)
            if there is not None:
                yield from self._removals(there)
        for key in self.actual.rooms.keys() - self.desired.rooms.keys():
            yield from self._no_longer_described(self.actual.rooms[key])
        for safe in self.safe:
            yield from self._handover(safe)
        yield from self._asked_for()

    def _asked_for(self) -> Iterator[Change]:
        """Yield what is asked for besides the description: rooms archived, or taken out of a list."""
        for key, room in self.actual.others.items():
            if community_elsewhere(key) in self.extras.archive and not room.replaced:
                yield from self._no_longer_described(room)
        for room in self.actual.rooms.values():
            for child in room.unknown_children:
                if child in self.extras.unlist and room.inside:
                    yield Unlink(room.key, CHILD, child)

    def _account(self, account: Account) -> Iterator[Change]:
        there = self.actual.accounts.get(account.user_id)
        if there is None:
            if account.closed is None:
                yield CreateAccount(account)
        elif account.closed is None:
            if there.closed is not None and account.user_id in self.again:
                yield ReopenAccount(replace(account, closed=there.closed))
            yield from self._display_name(account, there)
        else:
            # A deactivated account leaves all rooms. The last keeper's is only locked, so that the room keeps a keeper.
            closing = AccountClosure.LOCK if account.user_id in self._kept.values() else account.closed
            if there.closed is None or (there.closed, closing) == (
                AccountClosure.LOCK,
                AccountClosure.DEACTIVATE,
            ):
                yield CloseAccount(account.user_id, closing)

    def _display_name(self, account: Account, there: Account) -> Iterator[Change]:
        """Yield a change if an account's name is not the described one: its owner cannot change it."""
        if there.closed is None and account.name and account.name != there.name:
            yield SetDisplayName(account.user_id, account.name, there.name)

    def _state(self, room: Room, there: Room | None) -> Iterator[Change]:
        if there is None:
            # Everything else is part of making the room; its children are made after it.
            for (event_type, other), content in room.state.items():
                if event_type == CHILD:
                    yield Link(room.key, event_type, other, content)
            return
        if not there.inside:
            return
        if room.drawing is not None and not there.has_picture:
            yield SetPicture(room.key, room.drawing)
        given = _GIVEN_BY_RENAMING if room.key in self.renamed else frozenset()
        for state_key, content in room.state.items():
            before = there.state.get(state_key)
            if before == content or state_key in given or is_same_place(before, content):
                continue
            if before is None and state_key[0] in LINKS:
                yield Link(room.key, *state_key, content)
            else:
                yield SetState(room.key, *state_key, content, before)
        yield from self._left_over(room, there)

    def _left_over(self, room: Room, there: Room) -> Iterator[Change]:
        """Yield changes that remove state that is no longer described; encryption stays."""
        for state_key in there.state.keys() - room.state.keys() - {ENCRYPTION, SERVER_ACL}:
            if state_key[0] in LINKS:
                yield Unlink(room.key, *state_key)
            else:
                yield SetState(room.key, *state_key, {}, there.state[state_key])
        if SERVER_ACL not in room.state:
            # A room that was made open to other servers stays so: nobody of theirs is let in.
            server = self.desired.own.server
            wanted = server_acl((), server) if there.federated else {}
            before = there.state.get(SERVER_ACL)
            if (before or {}) != wanted:
                yield SetState(room.key, *SERVER_ACL, wanted, before)

    def _no_longer_described(self, room: Room) -> Iterator[Change]:
        if room.inside:
            if not room.is_archived:
                yield ArchiveRoom(room.key, room.is_space, archived_state(room))
            for event_type, other in room.state:
                if event_type in LINKS and not self._is_way_in(event_type, other):
                    yield Unlink(room.key, event_type, other)
        yield from self._removals(room)

    def _is_way_in(self, event_type: str, other: str) -> bool:
        """Whether a link is from a gate to a room that its members go on in."""
        room = self.actual.rooms.get(other)
        return event_type == CHILD and room is not None and not room.inside

    # --- people -------------------------------------------------------------------------------------------------

    def _arrivals(self, room: Room, there: Room | None) -> Iterator[Change]:
        is_quiet = there is None or room.key in self.actual.quiet
        for user_id, described in room.members.items():
            stands = None if there is None else there.members.get(user_id)
            wanted = placed(self.desired, room, user_id, described, stands, is_quiet=is_quiet)
            if wanted is None or not self._is_due(room.key, user_id, wanted, stands):
                continue
            if stands is Membership.REQUESTED:
                yield WithdrawRequest(room.key, user_id)
            elif stands is Membership.BANNED:
                yield UnbanBot(room.key, user_id)
            match wanted:
                case Membership.JOINED:
                    yield self._joining(room.key, user_id)
                case Membership.INVITED:
                    yield InviteMember(room.key, user_id)
                case _:
                    yield RequestInvite(room.key, user_id)

    def _joining(self, key: str, user_id: UserId) -> JoinMember | LetIn:
        safe = next((safe for safe in self.safe if safe.room.gate == key), None)
        is_first = safe is None or user_id in safe.ready or user_id == self.desired.own.bot
        return JoinMember(key, user_id) if safe is None or is_first else LetIn(key, user_id, safe.room.key)

    def _handover(self, safe: SafeRoom) -> Iterator[Change]:
        """Yield the changes that leave a forming safe room to its keepers."""
        if safe.phase is not Phase.FORMING:
            return
        key, bot = safe.room.key, self.desired.own.bot
        if safe.there is None or safe.there.members.get(bot) is not Membership.BANNED:
            yield BanBot(key, bot)
        if safe.is_handed_over:
            yield LeaveRoom(key, safe.room.state)

    def _is_due(self, room: str, user_id: UserId, wanted: Membership, stands: Membership | None) -> bool:
        if user_id in self.held or self._is_shut_out(user_id):
            return False
        match stands:
            case None | Membership.REMOVED:
                return True
            case Membership.JOINED:
                return False
            case Membership.INVITED:
                return wanted is Membership.JOINED
            case Membership.REQUESTED:
                return wanted is not Membership.REQUESTED
            case Membership.LEFT | Membership.EXPELLED:
                # Unlike people, the bot is put back although it left.
                is_asked = user_id in self.again and self.extras.concerns(room)
                return is_asked or user_id == self.desired.own.bot
            case Membership.BANNED:
                return user_id == self.desired.own.bot

    def _is_shut_out(self, user_id: UserId) -> bool:
        """Whether the account is closed and the plan does not reopen it."""
        there = self.actual.accounts.get(user_id)
        return there is not None and there.closed is not None and user_id not in self.again

    def _removals(self, there: Room) -> Iterator[Change]:
        for user_id in self._going(there):
            if there.members[user_id] is Membership.REQUESTED:
                yield WithdrawRequest(there.key, user_id)
            elif there.inside:
                yield RemoveMember(there.key, user_id)
            elif self._kept.get(there.key) != user_id:
                yield WithdrawMember(there.key, user_id)

    def _going(self, there: Room) -> Iterator[UserId]:
        """Yield the described people, and the bot, who are in a room without belonging there; nobody else.

        In a room that is no longer described people stay as long as they are active.
        """
        room = self.desired.rooms.get(there.key)
        for user_id, stands in there.members.items():
            is_asked = stands is Membership.REQUESTED
            if room is None:
                goes = is_asked or self._is_former(user_id)
            else:
                belongs = user_id in room.members or user_id in room.may_enter
                goes = not belongs and (is_asked or self._is_ours(user_id))
            if goes and (is_asked or stands in PRESENT):
                yield user_id

    def _is_former(self, user_id: UserId) -> bool:
        account = self.desired.accounts.get(user_id)
        return account is not None and account.former

    def _is_ours(self, user_id: UserId) -> bool:
        return user_id in self.desired.accounts or user_id == self.desired.own.bot

    @cached_property
    def _kept(self) -> dict[str, UserId]:
        """Return the last keepers of safe rooms, who are not removed although they no longer belong there."""
        left = (room for room in self.actual.rooms.values() if not room.inside)
        return last_keepers(self.actual, {room.key: tuple(self._going(room)) for room in left})

    # --- what is said besides -------------------------------------------------------------------------------------

    def notes(self) -> Iterator[Message]:
        """Yield notes on what cannot be done, and on what is left unchanged on purpose."""
        yield from held_notes(self.held)
        for user_id in sorted(self.desired.accounts):
            if self.desired.accounts[user_id].closed is None and self._is_shut_out(user_id):
                yield msg(
                    "the account {user_id} is closed; to open it again: palabre plan --again {user_id}",
                    user_id=user_id,
                )
        for key in sorted(self.desired.rooms.keys() & self.actual.rooms.keys()):
            yield from room_notes(self.desired.rooms[key], self.actual.rooms[key], self.desired)
        yield from people_notes(self.desired, self.actual, self.again, self.extras)
        for safe in self.safe:
            yield from safe_room_notes(safe)
        yield from unattended_notes(self._kept, self.desired, self.actual)
        yield from strangers(self.desired, self.actual)
