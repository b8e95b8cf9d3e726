"""A long plan in short: how much there is of each kind, then by room, then by person. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from community.core.messages import Message, Translator, msg, nmsg
from community.core.plan_text import ChangeSign
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
    sign,
    subject,
)

MOST_LINES = 200
"""Changes of which each has a line of its own; more of them are shown in short."""
_MOST_THINGS = 40
"""Rooms, and people, that a summary names; those from whom something is taken come first."""


_Parts = Callable[[Counter["_Kind"]], Iterable[Message]]


class _Kind(Enum):
    """What a change does to a room or a person, as far as a summary tells it."""

    MADE = 0
    CLOSED = 1
    COMES = 2
    GOES = 3
    LEFT = 4
    RETURNS = 5
    BARRED = 6
    OTHER = 7


_IN_ORDER = tuple(_Kind)


@dataclass
class _Tally:
    """What happens to one room or person."""

    kinds: Counter[_Kind] = field(default_factory=Counter)
    signs: Counter[ChangeSign] = field(default_factory=Counter)

    def count(self, change: Change) -> None:
        """Count one change."""
        self.kinds[_kind(change)] += 1
        self.signs[sign(change)] += 1

    @property
    def sign(self) -> ChangeSign:
        """What it comes to: something is taken away, is made, is changed."""
        if self.signs["-"]:
            return "-"
        return "+" if self.kinds[_Kind.MADE] else "~"


def summary_lines(changes: Sequence[Change], translate: Translator) -> Iterator[str]:
    """Give the lines of a summary."""
    rooms: dict[str, _Tally] = defaultdict(_Tally)
    people: dict[str, _Tally] = defaultdict(_Tally)
    for change in changes:
        about, name = subject(change)
        if about == "room":
            rooms[name].count(change)
        person = _person(change)
        if person is not None:
            people[person].count(change)
    yield translate(msg("By room:"))
    yield from _shortened(rooms, _of_room, translate)
    yield translate(msg("By person:"))
    yield from _shortened(people, _of_person, translate)
    yield translate(
        nmsg(
            "{count} change in all; each has a line with: palabre plan --all",
            "{count} changes in all; each has a line with: palabre plan --all",
            count=len(changes),
        )
    )


def _shortened(tallies: Mapping[str, _Tally], parts_of: _Parts, translate: Translator) -> Iterator[str]:
    in_order = sorted(tallies.items(), key=lambda item: (item[1].sign != "-", item[0]))
    for name, tally in in_order[:_MOST_THINGS]:
        said = ", ".join(translate(part) for part in parts_of(tally.kinds))
        yield f"  {tally.sign} {name}: {said}"
    rest = [tally for _, tally in in_order[_MOST_THINGS:]]
    if rest:
        yield f"  … {translate(_rest(len(rest), sum(tally.sign == '-' for tally in rest)))}"


def _rest(count: int, losing: int) -> Message:
    """Say how many are not named, and of how many of these something is taken away."""
    if not losing:
        return nmsg("and {count} more", "and {count} more", count=count)
    return msg("and {count} more; something is taken from {losing} of them", count=count, losing=losing)


def _of_room(kinds: Counter[_Kind]) -> Iterator[Message]:
    for kind in sorted(+kinds, key=_IN_ORDER.index):
        count = kinds[kind]
        match kind:
            case _Kind.MADE:
                yield nmsg("made", "{count} made", count=count)
            case _Kind.CLOSED:
                yield nmsg("archived", "{count} archived", count=count)
            case _Kind.COMES:
                yield nmsg("{count} person comes in", "{count} people come in", count=count)
            case _Kind.GOES:
                yield nmsg("{count} person is taken out", "{count} people are taken out", count=count)
            case _Kind.LEFT:
                yield msg("left to its keepers")
            case _Kind.RETURNS:
                yield msg("Palabre's own account comes back")
            case _Kind.BARRED:
                yield msg("the bot's ban is set or lifted")
            case _Kind.OTHER:
                yield nmsg("{count} rule or link", "{count} rules and links", count=count)
            case _:
                assert_never(kind)


def _of_person(kinds: Counter[_Kind]) -> Iterator[Message]:
    for kind in sorted(+kinds, key=_IN_ORDER.index):
        count = kinds[kind]
        match kind:
            case _Kind.MADE:
                yield nmsg("account made", "{count} accounts made", count=count)
            case _Kind.CLOSED:
                yield nmsg("account closed", "{count} accounts closed", count=count)
            case _Kind.COMES:
                yield nmsg("comes into {count} room", "comes into {count} rooms", count=count)
            case _Kind.GOES:
                yield nmsg("is taken out of {count} room", "is taken out of {count} rooms", count=count)
            case _Kind.BARRED:
                yield nmsg("is banned from {count} room", "is banned from {count} rooms", count=count)
            case _Kind.OTHER:
                yield nmsg("another name", "{count} other names", count=count)
            case _Kind.LEFT | _Kind.RETURNS:
                pass  # these are counted for rooms alone
            case _:
                assert_never(kind)


def _kind(change: Change) -> _Kind:
    match change:
        case CreateAccount() | ReopenAccount() | CreateRoom():
            return _Kind.MADE
        case CloseAccount() | ArchiveRoom():
            return _Kind.CLOSED
        case JoinMember() | InviteMember() | RequestInvite() | LetIn():
            return _Kind.COMES
        case RemoveMember() | WithdrawMember() | WithdrawRequest():
            return _Kind.GOES
        case LeaveRoom():
            return _Kind.LEFT
        case ReturnProvisioner():
            return _Kind.RETURNS
        case BanBot() | UnbanBot():
            return _Kind.BARRED
        case SetState() | SetPicture() | Link() | Unlink() | RenameRoom() | SetDisplayName():
            return _Kind.OTHER
        case _:
            assert_never(change)


def _person(change: Change) -> UserId | None:
    match change:
        case CreateAccount(account) | ReopenAccount(account):
            return account.user_id
        case CloseAccount(user_id) | SetDisplayName(user_id):
            return user_id
        case (
            JoinMember(_, user_id)
            | InviteMember(_, user_id)
            | RequestInvite(_, user_id)
            | WithdrawRequest(_, user_id)
            | RemoveMember(_, user_id)
            | WithdrawMember(_, user_id)
            | BanBot(_, user_id)
            | LetIn(_, user_id)
        ):
            return user_id
        case _:
            return None
