"""Faults of accounts: our sealed accounts that somebody uses, and accounts that the description does not know.

The provisioning service finds a fault and the bot tells coordinators of it, so both find its sentences here. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, assert_never

from community.core.messages import Message, msg


class FaultKind(StrEnum):
    """The kinds of fault of an account."""

    DEVICE_KEYS = "device-keys"
    """A sealed account has a device with encryption keys."""
    OTHER_IDENTITY = "other-identity"
    """A sealed account shows another master key than the one that was noted."""
    NO_IDENTITY = "no-identity"
    """A sealed account shows no master key any more."""
    PASSWORD_RESET = "password-reset"
    """The password of an account of ours was changed by somebody else."""
    BREAK_GLASS_INSIDE = "break-glass-inside"
    BREAK_GLASS_PASSED = "break-glass-passed"
    """Break-glass was in a room or invited there, and is not in it now."""
    BREAK_GLASS_USED = "break-glass-used"
    """Somebody has signed in with break-glass."""
    PROVISIONER_INSIDE = "provisioner-inside"
    """The provisioner is in a safe room that it had left."""
    PROVISIONER_PASSED = "provisioner-passed"
    """The provisioner was in a safe room that it had left, and has left it again."""
    BOT_INSIDE = "bot-inside"
    PAST_GATE = "past-gate"
    """A described person is in a safe room to which they do not belong: they did not enter by its space."""
    ACCOUNT_FOUND = "account-found"
    """A described person's account existed although Palabre had not made it, and it was taken for theirs."""
    ACCOUNT_HELD = "account-held"
    """The same, and nobody has said yet whose it is: it gets nothing."""
    ADMINISTRATOR = "administrator"
    """An account may use the admin API although it is not named as an administrator."""
    STRANGER = "stranger"
    """An account that the description does not know is in a room of ours."""
    STRANGER_INSIDE = "stranger-inside"
    """An account that the description does not know is in a safe room."""
    STRANGER_PASSED = "stranger-passed"
    """An account that the description does not know was in a safe room and is not in it now."""


@dataclass(frozen=True, slots=True, order=True)
class AccountFault:
    """One fault of one account; ``room`` is a room's name, where it is about one.

    ``occasion`` distinguishes faults of one name where each is reported: the id of the event that shows it.
    """

    kind: FaultKind
    account: str
    room: str = ""
    occasion: str = ""

    @property
    def name(self) -> str:
        """The fault's name: its kind and account."""
        return "/".join((self.kind, self.account, self.room))

    @property
    def key(self) -> str:
        """The fault's unique key, by which it is reported only once."""
        return f"{self.name}/{self.occasion}" if self.occasion else self.name

    @property
    def values(self) -> dict[str, str]:
        """The fault as texts, which `fault_of` reads back."""
        return {"fault": self.kind.value, "account": self.account, "room": self.room}


def fault_of(values: Mapping[str, str]) -> AccountFault:
    """Return the fault that `AccountFault.values` wrote. Raises ValueError or LookupError for other values."""
    return AccountFault(FaultKind(values["fault"]), values["account"], values["room"])


def faults_of_sealed(
    account: str, has_keys: bool, shown: str | None, noted: Collection[str]
) -> Iterator[AccountFault]:
    """Yield the faults of a sealed account.

    ``has_keys``: whether a device of it has encryption keys; ``shown``: the master key on the homeserver. ``noted`` are
    the keys that Palabre gave it; none where it is not sealed yet.
    """
    if has_keys:
        yield AccountFault(FaultKind.DEVICE_KEYS, account)
    if shown is None and noted:
        yield AccountFault(FaultKind.NO_IDENTITY, account)
    elif shown is not None and shown not in noted:
        yield AccountFault(FaultKind.OTHER_IDENTITY, account)


_TAKEN = msg("Somebody may have taken that account: tell the person who runs the server, today.")
_READ = msg("What was said there meanwhile may have been read: tell the person who runs the server, today.")
_UNSAFE = msg("Write nothing in it that must stay among you, and tell the person who runs the server, today.")


def said_of(fault: AccountFault) -> tuple[Message, Message]:
    """Return the sentence that says what is wrong and what to do."""
    account, room = fault.account, fault.room
    match fault.kind:
        case (
            FaultKind.DEVICE_KEYS
            | FaultKind.OTHER_IDENTITY
            | FaultKind.NO_IDENTITY
            | FaultKind.PASSWORD_RESET
        ) as kind:
            return _said_of_ours(kind, account)
        case FaultKind.ADMINISTRATOR:
            return (
                msg("The account {account} can administer the homeserver.", account=account),
                msg(
                    "If nobody meant that, tell the person who runs the server today. They can name it in the settings."
                ),
            )
        case FaultKind.STRANGER:
            return (
                msg(
                    "{account} is in a room of the community and is not on the list of members.",
                    account=account,
                ),
                msg(
                    "If it is a guest, there is nothing to do. If nobody knows them, a moderator removes them."
                ),
            )
        case FaultKind.ACCOUNT_FOUND | FaultKind.ACCOUNT_HELD as kind:
            return _said_of_account(kind, account)
        case FaultKind.PAST_GATE:
            return (
                msg(
                    "{account} is in the safe room “{room}” and does not belong there.",
                    account=account,
                    room=room,
                ),
                msg(
                    "A keeper has let them in. If nobody meant that, a keeper removes them, or “palabre apply” does."
                ),
            )
        case FaultKind.STRANGER_INSIDE:
            return (
                msg(
                    "{account} is in the safe room “{room}” and is not on the list of members.",
                    account=account,
                    room=room,
                ),
                msg("If no keeper has invited them, write nothing there until a keeper has banned them."),
            )
        case FaultKind.BREAK_GLASS_INSIDE | FaultKind.PROVISIONER_INSIDE | FaultKind.BOT_INSIDE as kind:
            return _said_of_ours_inside(kind, account, room)
        case _:
            return _said_of_what_passed(fault.kind, account, room)


_Ours = Literal[
    FaultKind.DEVICE_KEYS, FaultKind.OTHER_IDENTITY, FaultKind.NO_IDENTITY, FaultKind.PASSWORD_RESET
]


def _said_of_ours(kind: _Ours, account: str) -> tuple[Message, Message]:
    match kind:
        case FaultKind.DEVICE_KEYS:
            return msg(
                "Palabre's own account {account} has a device with encryption keys; it must have none.",
                account=account,
            ), _TAKEN
        case FaultKind.OTHER_IDENTITY:
            return msg(
                "Palabre's own account {account} has an identity that Palabre did not give it.",
                account=account,
            ), _TAKEN
        case FaultKind.NO_IDENTITY:
            return msg(
                "Palabre's own account {account} has lost the identity that Palabre gave it.", account=account
            ), _TAKEN
        case FaultKind.PASSWORD_RESET:
            return msg(
                "The password of Palabre's own account {account} was changed, and not by Palabre.",
                account=account,
            ), msg(
                "Somebody may have taken that account. Tell the person who runs the server, today: “palabre seal” "
                "takes it back."
            )
        case _:
            assert_never(kind)


def _said_of_account(
    kind: Literal[FaultKind.ACCOUNT_FOUND, FaultKind.ACCOUNT_HELD], account: str
) -> tuple[Message, Message]:
    said = msg("The account {account} was there before Palabre made one for its person.", account=account)
    match kind:
        case FaultKind.ACCOUNT_FOUND:
            return said, msg(
                "If they had it already, there is nothing to do. If not, somebody else may be using it: tell the "
                "person who runs the server, today. “palabre person reset-password” takes it from them."
            )
        case FaultKind.ACCOUNT_HELD:
            return said, msg(
                "It gets nothing until somebody has said whose it is. Ask them, by telephone or in person, "
                "whether they had it already, and tell the person who runs the server: “palabre person adopt” if they "
                "had, “palabre person reset-password” if not."
            )
        case _:
            assert_never(kind)


_OursInside = Literal[FaultKind.BREAK_GLASS_INSIDE, FaultKind.PROVISIONER_INSIDE, FaultKind.BOT_INSIDE]


def _said_of_ours_inside(kind: _OursInside, account: str, room: str) -> tuple[Message, Message]:
    match kind:
        case FaultKind.BREAK_GLASS_INSIDE:
            return msg(
                "The account {account}, which is kept for emergencies, is in a room.", account=account
            ), _TAKEN
        case FaultKind.PROVISIONER_INSIDE:
            return msg(
                "Palabre's own account {account} has come back into the safe room “{room}”.",
                account=account,
                room=room,
            ), _UNSAFE
        case FaultKind.BOT_INSIDE:
            return msg("The bot {account} is in the safe room “{room}”.", account=account, room=room), _UNSAFE
        case _:
            assert_never(kind)


_Passed = Literal[
    FaultKind.PROVISIONER_PASSED,
    FaultKind.BREAK_GLASS_PASSED,
    FaultKind.BREAK_GLASS_USED,
    FaultKind.STRANGER_PASSED,
]


def _said_of_what_passed(kind: _Passed, account: str, room: str) -> tuple[Message, Message]:
    match kind:
        case FaultKind.PROVISIONER_PASSED:
            return msg(
                "Palabre's own account {account} was in the safe room “{room}” and has left it again.",
                account=account,
                room=room,
            ), _READ
        case FaultKind.BREAK_GLASS_PASSED:
            return msg(
                "The account {account}, which is kept for emergencies, was in the room “{room}” or invited there. It "
                "is not in it now.",
                account=account,
                room=room,
            ), _READ
        case FaultKind.BREAK_GLASS_USED:
            return msg(
                "Somebody has signed in with the account {account}, which is kept for emergencies.",
                account=account,
            ), _TAKEN
        case FaultKind.STRANGER_PASSED:
            return (
                msg(
                    "{account} was in the safe room “{room}” or invited there, and is not on the list of members. They "
                    "are not in it now.",
                    account=account,
                    room=room,
                ),
                msg(
                    "If a keeper had invited them, there is nothing to do. If not, what was said there meanwhile may "
                    "have been read: tell the person who runs the server, today."
                ),
            )
        case _:
            assert_never(kind)
