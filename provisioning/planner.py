"""What must change for the homeserver to be as described. Pure: the same two snapshots give the same plan.

Only what is ours is compared, and of it only what Palabre owns. Encryption is never planned off. Somebody who left
of their own will is not put back, unless they are named in ``again``. A room that is no longer described is archived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from community.brake import is_too_much
from community.messages import Message, Translator, msg, nmsg
from matrix.ids import UserId
from matrix.locator import LOCATOR_TYPE
from provisioning.archive import archived_state
from provisioning.changes import (
    ArchiveRoom,
    Change,
    CloseAccount,
    CreateAccount,
    CreateRoom,
    InviteMember,
    JoinMember,
    Link,
    RemoveMember,
    RenameRoom,
    ReopenAccount,
    RequestInvite,
    SetDisplayName,
    SetState,
    Sign,
    Unlink,
    WithdrawRequest,
    describe,
    digest_of,
    fingerprint,
    sign,
    stage,
    subject,
)
from provisioning.snapshot import CHILD, LINKS, Account, Closing, Membership, Room, Snapshot, set_aside
from provisioning.topology import server_acl

ENCRYPTION = ("m.room.encryption", "")
SERVER_ACL = ("m.room.server_acl", "")
_GIVEN_BY_RENAMING = frozenset({("m.room.canonical_alias", ""), (LOCATOR_TYPE, "")})
_PRESENT = (Membership.JOINED, Membership.INVITED)
_GONE = (Membership.LEFT, Membership.EXPELLED)
_SIGNS: tuple[Sign, ...] = ("+", "~", "-")


@dataclass(frozen=True)
class Plan:
    """The changes, in the order in which they may be applied, and what is worth knowing besides.

    ``excess`` says what so many removals would take away, where it is more than may go unasked.
    """

    changes: tuple[Change, ...]
    notes: tuple[Message, ...] = ()
    excess: Message | None = None

    @property
    def digest(self) -> str:
        """A short name of exactly these changes; every process finds the same one."""
        return digest_of(self.changes)

    def count(self, wanted: str) -> int:
        """Return how many changes have that sign."""
        return sum(1 for change in self.changes if sign(change) == wanted)

    @property
    def summary(self) -> Message:
        """The plan's last line."""
        return msg(
            "Plan: {added} to add, {changed} to change, {removed} to remove",
            added=self.count("+"),
            changed=self.count("~"),
            removed=self.count("-"),
        )

    def lines(self, translate: Translator) -> Iterator[str]:
        """Give the plan as text: changes by what they are about (accounts, then each room), notes, summary, digest."""
        for change in sorted(self.changes, key=_shown_at):
            yield f"{sign(change)} {translate(describe(change))}"
        for note in (*self.notes, *(() if self.excess is None else (self.excess,))):
            yield f"! {translate(note)}"
        yield translate(self.summary)
        if self.changes:
            yield translate(msg("Digest: {digest}", digest=self.digest))


def _shown_at(change: Change) -> tuple[tuple[str, str], int, int, str]:
    return subject(change), _SIGNS.index(sign(change)), stage(change), str(describe(change))


def plan(desired: Snapshot, actual: Snapshot, *, again: Collection[UserId] = ()) -> Plan:
    """Return what takes ``actual`` to ``desired``.

    ``again``: people who are asked again into rooms that they had left, and whose closed account is opened again.
    """
    renamed = _renamings(desired, actual)
    there = _with_new_keys(actual, renamed)
    found = _Planning(desired, there, renamed, frozenset(again))
    changes = tuple(sorted(found.changes(), key=lambda change: (stage(change), fingerprint(change))))
    return Plan(changes, tuple(found.notes()), _excess(changes, actual))


# --- renamed keys -------------------------------------------------------------------------------------------------


def _renamings(desired: Snapshot, actual: Snapshot) -> dict[str, str]:
    """Return the old key of each described room that is there under a former key.

    A room that is lived in goes before one that was archived, also before one that has the new key already.
    """
    free = {key for key in actual.rooms if key not in desired.rooms}
    renamed: dict[str, str] = {}
    for key in sorted(desired.rooms):
        room, there = desired.rooms[key], actual.rooms.get(key)
        if there is not None and not there.is_archived:
            continue
        former = [
            actual.rooms[k] for k in room.was if k in free and actual.rooms[k].is_space is room.is_space
        ]
        best = min(former, key=lambda old: old.is_archived, default=None)
        if best is not None and (there is None or not best.is_archived):
            renamed[key] = best.key
            free.discard(best.key)
    return renamed


def _with_new_keys(actual: Snapshot, renamed: Mapping[str, str]) -> Snapshot:
    if not renamed:
        return actual
    new = {old: key for key, old in renamed.items()}
    # An archived room that had the key gives way.
    new |= {key: set_aside(actual.rooms[key]) for key in renamed if key in actual.rooms}

    def moved(room: Room) -> Room:
        state = {
            (event_type, new.get(key, key) if event_type in LINKS else key): content
            for (event_type, key), content in room.state.items()
        }
        return replace(room, key=new.get(room.key, room.key), state=state)

    rooms = {room.key: room for room in map(moved, actual.rooms.values())}
    return replace(actual, rooms=rooms)


# --- the plan -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Planning:
    desired: Snapshot
    actual: Snapshot
    renamed: Mapping[str, str]
    again: frozenset[UserId]

    def changes(self) -> Iterator[Change]:
        """Give every change, in no order."""
        for account in self.desired.accounts.values():
            yield from self._account(account)
        for key, room in self.desired.rooms.items():
            there = self.actual.rooms.get(key)
            if there is None:
                yield CreateRoom(room)
            elif key in self.renamed:
                yield RenameRoom(room, self.renamed[key])
            yield from self._state(room, there)
            yield from self._arrivals(room, there)
            if there is not None:
                yield from self._removals(room, there)
        for key in self.actual.rooms.keys() - self.desired.rooms.keys():
            yield from self._no_longer_described(self.actual.rooms[key])

    def _account(self, account: Account) -> Iterator[Change]:
        there = self.actual.accounts.get(account.user_id)
        if there is None:
            if account.closed is None:
                yield CreateAccount(account)
        elif account.closed is None:
            if there.closed is not None and account.user_id in self.again:
                yield ReopenAccount(replace(account, closed=there.closed))
            yield from self._display_name(account, there)
        elif there.closed is None or (there.closed, account.closed) == (Closing.LOCK, Closing.DEACTIVATE):
            yield CloseAccount(account.user_id, account.closed)

    def _display_name(self, account: Account, there: Account) -> Iterator[Change]:
        """Give the change of a name that is another one than described: the account's owner has no say in it."""
        if there.closed is None and account.name and account.name != there.name:
            yield SetDisplayName(account.user_id, account.name, there.name)

    def _state(self, room: Room, there: Room | None) -> Iterator[Change]:
        if there is None:
            # Everything else is part of making the room; its children are made after it.
            for (event_type, other), content in room.state.items():
                if event_type == CHILD:
                    yield Link(room.key, event_type, other, content)
            return
        given = _GIVEN_BY_RENAMING if room.key in self.renamed else frozenset()
        for state_key, content in room.state.items():
            before = there.state.get(state_key)
            if before == content or state_key in given:
                continue
            if before is None and state_key[0] in LINKS:
                yield Link(room.key, *state_key, content)
            else:
                yield SetState(room.key, *state_key, content, before)
        yield from self._left_over(room, there)

    def _left_over(self, room: Room, there: Room) -> Iterator[Change]:
        """Give what takes away state that is no longer described; encryption stays."""
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
        if not room.is_archived:
            yield ArchiveRoom(room.key, room.is_space, archived_state(room))
        for event_type, other in room.state:
            if event_type in LINKS:
                yield Unlink(room.key, event_type, other)
        for user_id, stands in room.members.items():
            account = self.desired.accounts.get(user_id)
            if stands is Membership.REQUESTED:
                yield WithdrawRequest(room.key, user_id)
            elif account is not None and account.former and stands in _PRESENT:
                yield RemoveMember(room.key, user_id)

    # --- people -------------------------------------------------------------------------------------------------

    def _arrivals(self, room: Room, there: Room | None) -> Iterator[Change]:
        for user_id, wanted in room.members.items():
            stands = None if there is None else there.members.get(user_id)
            if self._is_shut_out(user_id) or not self._is_due(user_id, wanted, stands):
                continue
            if stands is Membership.REQUESTED:
                yield WithdrawRequest(room.key, user_id)
            match wanted:
                case Membership.JOINED:
                    yield JoinMember(room.key, user_id)
                case Membership.INVITED:
                    yield InviteMember(room.key, user_id)
                case _:
                    yield RequestInvite(room.key, user_id)

    def _is_due(self, user_id: UserId, wanted: Membership, stands: Membership | None) -> bool:
        match stands:
            case None | Membership.REMOVED:
                return True
            case Membership.JOINED | Membership.BANNED:
                return False
            case Membership.INVITED:
                return wanted is Membership.JOINED
            case Membership.REQUESTED:
                return wanted is not Membership.REQUESTED
            case Membership.LEFT | Membership.EXPELLED:
                # The bot has no will of its own.
                return user_id in self.again or user_id == self.desired.own.bot

    def _is_shut_out(self, user_id: UserId) -> bool:
        """Whether the account is closed and stays so."""
        there = self.actual.accounts.get(user_id)
        return there is not None and there.closed is not None and user_id not in self.again

    def _removals(self, room: Room, there: Room) -> Iterator[Change]:
        """Give who is in a room and ought not to be: of the people described, and the bot; nobody else."""
        for user_id, stands in there.members.items():
            if user_id in room.members or user_id in room.may_enter:
                continue
            if stands is Membership.REQUESTED:
                yield WithdrawRequest(room.key, user_id)
            elif stands in _PRESENT and (user_id in self.desired.accounts or user_id == self.desired.own.bot):
                yield RemoveMember(room.key, user_id)

    # --- what is said besides -------------------------------------------------------------------------------------

    def notes(self) -> Iterator[Message]:
        """Give what cannot be done, and what is left alone on purpose."""
        for user_id in sorted(self.desired.accounts):
            if self.desired.accounts[user_id].closed is None and self._is_shut_out(user_id):
                yield msg(
                    "the account {user_id} is closed; to open it again: palabre plan --again {user_id}",
                    user_id=user_id,
                )
        for key in sorted(self.desired.rooms.keys() & self.actual.rooms.keys()):
            yield from self._room_notes(self.desired.rooms[key], self.actual.rooms[key])
        yield from self._strangers()

    def _room_notes(self, room: Room, there: Room) -> Iterator[Message]:
        if room.federated is not there.federated:
            if there.federated:
                yield msg("{room} was made open to other servers; that cannot be changed", room=room.key)
            else:
                yield msg("{room} was made for this server alone; that cannot be changed", room=room.key)
        own = self.desired.own
        for creator in there.creators:
            if creator not in (own.provisioner, own.break_glass):
                yield msg(
                    "{room}: {user_id} is a creator; that power cannot be taken away",
                    room=room.key,
                    user_id=creator,
                )
        let_in = room.state.get(SERVER_ACL, {}).get("allow", [own.server])
        for user_id in sorted(there.members):
            if there.members[user_id] in _PRESENT and user_id.partition(":")[2] not in let_in:
                yield msg(
                    "{room}: {user_id} is of a server that is not let in; a moderator can remove them",
                    room=room.key,
                    user_id=user_id,
                )
        for user_id in sorted(room.members):
            if user_id in self.desired.accounts and user_id not in self.again:
                yield from _absence(room.key, user_id, there.members.get(user_id))

    def _strangers(self) -> Iterator[Message]:
        """Name the people of this server in our rooms of whom the description knows nothing; they are left alone."""
        own = self.desired.own
        server = own.server
        known = {*self.desired.accounts, own.provisioner, own.bot, own.break_glass}
        rooms = Counter(
            user_id
            for room in self.actual.rooms.values()
            for user_id, stands in room.members.items()
            if stands in _PRESENT and user_id not in known and user_id.partition(":")[2] == server
        )
        for user_id in sorted(rooms):
            yield nmsg(
                "{user_id} is in {count} room and not described; to remove them: a line with status: left",
                "{user_id} is in {count} rooms and not described; to remove them: a line with status: left",
                user_id=user_id,
                count=rooms[user_id],
            )


def _absence(room: str, user_id: UserId, stands: Membership | None) -> Iterator[Message]:
    match stands:
        case Membership.LEFT:
            yield msg(
                "{room}: {user_id} has left; to ask them again: palabre plan --again {user_id}",
                room=room,
                user_id=user_id,
            )
        case Membership.EXPELLED:
            yield msg(
                "{room}: {user_id} was removed by a moderator; to ask them again: palabre plan --again {user_id}",
                room=room,
                user_id=user_id,
            )
        case Membership.BANNED:
            yield msg("{room}: {user_id} is banned and stays so", room=room, user_id=user_id)
        case _:
            return


# --- the brake ----------------------------------------------------------------------------------------------------


def _excess(changes: Collection[Change], actual: Snapshot) -> Message | None:
    """Return a sentence where more would be taken away than may go unasked."""
    own = {actual.own.provisioner, actual.own.bot, actual.own.break_glass}
    memberships = sum(
        stands in _PRESENT and user_id not in own
        for room in actual.rooms.values()
        for user_id, stands in room.members.items()
    )
    rooms = sum(not room.is_archived for room in actual.rooms.values())
    accounts = sum(a.closed is None and a.user_id not in own for a in actual.accounts.values())
    removed = Counter(
        type(change)
        for change in changes
        if not (isinstance(change, RemoveMember) and change.user_id == actual.own.bot)
    )
    if is_too_much(removed[ArchiveRoom], rooms):
        return msg("{removed} of {all} rooms would be archived", removed=removed[ArchiveRoom], all=rooms)
    if is_too_much(removed[RemoveMember], memberships):
        return msg(
            "people would be removed {removed} times, of {all} memberships",
            removed=removed[RemoveMember],
            all=memberships,
        )
    if is_too_much(removed[CloseAccount], accounts):
        return msg("{removed} of {all} accounts would be closed", removed=removed[CloseAccount], all=accounts)
    return None


def vanishing(known: Collection[UserId], desired: Snapshot) -> Message | None:
    """Return a sentence where too many of the people ``known`` until now are not described any more, as left or at all.

    Nobody is removed whose line is only missing. But whatever else follows from so many missing lines was not meant:
    a file was cut off.
    """
    gone = sum(user_id not in desired.accounts for user_id in known)
    if not is_too_much(gone, len(known)):
        return None
    return msg("{removed} of {all} people are no longer described", removed=gone, all=len(known))
