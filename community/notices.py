"""What Palabre tells people of its own accord, through the bot: durable, each told once, in their own language.

Whoever has something to tell files a `Notice` (a request of kind ``notice``); the bot says it in the coordinators'
room or in a direct message. A notice keeps its kind and the values of its sentence, never a finished sentence: that is
made in the language of whoever reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never

from community.account_faults import fault_of, said_of
from community.messages import Message, msg, nmsg
from community.store import NewRequest, Request, Store

NOTICE = "notice"
"""The kind of request."""
COORDINATORS = "coordinators"
"""The audience of a notice that goes to the coordinators' room. Any other audience is one person's Matrix ID."""

_VALUE = "value."


class NoticeKind(StrEnum):
    """What is told."""

    LET_IN = "let-in"
    """To a person: they are in a safe space now (``room``: its name)."""
    ONE_KEEPER = "one-keeper"
    """To a safe room's keeper and the coordinators: there is one keeper left in ``room``."""
    NO_KEEPER = "no-keeper"
    """To the coordinators: nobody can come into ``room`` any more."""
    WAITS_FOR_KEEPERS = "waits-for-keepers"
    """To the coordinators: ``room`` is not open yet, because it has fewer than two keepers in it."""
    GATE_WATCHED = "gate-watched"
    """To a keeper: the bot watches a safe space from now on (``room``, ``people``, ``more``)."""
    GATE_LET_IN = "gate-let-in"
    """To a keeper: who has come into a safe space (``room``, ``people``, ``more``)."""
    GATE_LET_OUT = "gate-let-out"
    """To a keeper: who is no longer in a safe space (``room``, ``people``, ``more``)."""
    GATE_STRANGER = "gate-stranger"
    """To a keeper or the coordinators: who is in a safe space and ought not to be (``room``, ``people``, ``more``)."""
    GATE_PASSED = "gate-passed"
    """To a keeper or the coordinators: a stranger was in a safe space for a moment (``room``, ``people``, ``more``)."""
    GATE_UNWATCHED = "gate-unwatched"
    """To a keeper or the coordinators: the bot is no longer in a safe space (``room``)."""
    NOT_REACHED = "not-reached"
    """To the coordinators: somebody has not accepted the bot's direct message (``person``)."""
    GUEST_ADMITTED = "guest-admitted"
    """Somebody whom the description does not know reads the bot: ``user``, ``room`` (its name), ``host``."""
    GUEST_REFUSED = "guest-refused"
    """Somebody whom nobody knows or has asked in is in a room: ``user``, ``room`` (its name)."""
    ACCOUNT_FAULT = "account-fault"
    """To the coordinators: something is wrong with who holds what (`community.account_faults`)."""
    TOKEN_RENEWED = "token-renewed"
    """To the coordinators: the provisioner's ``account`` was signed in anew."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell ``audience``, once for each ``occasion``; ``values`` fill in the sentence."""

    kind: NoticeKind
    audience: str
    occasion: str
    values: Mapping[str, str]

    @property
    def idempotency_key(self) -> str:
        """The request's key: the same thing is not told twice to the same audience."""
        return f"{NOTICE}/{self.kind}/{self.audience}/{self.occasion}"


async def file_notice(store: Store, notice: Notice, *, at: datetime) -> bool:
    """Ask the bot to tell something; return False where it was asked before.

    Raises:
        StoreError: the database failed.
    """
    new = request_of(notice)
    return await store.requests.file(NOTICE, new.payload, idempotency_key=new.idempotency_key, at=at)


def request_of(notice: Notice) -> NewRequest:
    """Return the request that a notice is filed as."""
    payload = {
        "kind": notice.kind.value,
        "audience": notice.audience,
        "occasion": notice.occasion,
        **{f"{_VALUE}{name}": value for name, value in notice.values.items()},
    }
    return NewRequest(NOTICE, payload, notice.idempotency_key)


def values_in(payload: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the parts of a request's payload that are names of people and rooms."""
    return tuple(name for name in payload if name.startswith(_VALUE))


def notice_of(request: Request) -> Notice:
    """Return the notice that a request is. Raises ValueError or LookupError where it is none."""
    payload = request.payload
    values = {name.removeprefix(_VALUE): value for name, value in payload.items() if name.startswith(_VALUE)}
    return Notice(NoticeKind(payload["kind"]), payload["audience"], payload["occasion"], values)


def sentences_of(notice: Notice) -> tuple[Message, ...]:
    """Return what is said, one message for each paragraph. Raises ValueError or LookupError for a missing value."""
    values = notice.values
    match notice.kind:
        case NoticeKind.LET_IN:
            return (
                msg("You are now in the safe space “{room}”.", room=values["room"]),
                msg("Open it in your list of spaces, and join the room that you find in it."),
                msg(
                    "Only the people in that room can read what is said there. I am not in it. You will not see what "
                    "was said before you joined."
                ),
            )
        case NoticeKind.NOT_REACHED:
            return (
                msg(
                    "I cannot reach {person}: they have not accepted my direct message, or they have left it.",
                    person=values["person"],
                ),
                msg("Please ask them to accept it in Element. Until then I cannot tell them anything."),
            )
        case NoticeKind.ONE_KEEPER:
            return (
                msg("The safe room “{room}” has one keeper left.", room=values["room"]),
                msg(
                    "If that person leaves it, nobody new can ever come in. Somebody who was a keeper can come back."
                ),
            )
        case NoticeKind.NO_KEEPER:
            return (
                msg("The safe room “{room}” has no keeper any more.", room=values["room"]),
                msg(
                    "Those in it go on talking; nobody new can come in. “palabre plan” says how to make a successor."
                ),
            )
        case NoticeKind.WAITS_FOR_KEEPERS:
            return (
                msg(
                    "The safe room “{room}” is not open yet: two keepers must be in it.", room=values["room"]
                ),
                msg("“palabre plan” says who is there. Keepers who have left or are banned do not count."),
            )
        case NoticeKind.GUEST_ADMITTED:
            return (
                msg(
                    "{user} is in the room “{room}” as a guest of {host}. They are not in the description, and can "
                    "read what is written there from now on.",
                    user=values["user"],
                    room=values["room"],
                    host=values["host"],
                ),
                msg("If that is not right, remove them from the room."),
            )
        case NoticeKind.GUEST_REFUSED:
            return (
                msg(
                    "{user} is in the room “{room}”. They are not in the description, and no moderator of the room "
                    "has invited them.",
                    user=values["user"],
                    room=values["room"],
                ),
                msg(
                    "I give them no keys: they cannot read what I write. What members write there they can read."
                ),
                msg(
                    "Remove them from the room now. If they are welcome there, a moderator can then invite them."
                ),
            )
        case NoticeKind.ACCOUNT_FAULT:
            return said_of(fault_of(values))
        case NoticeKind.TOKEN_RENEWED:
            return (
                msg(
                    "Palabre's own account {account} was signed out and has been signed in again.",
                    account=values["account"],
                ),
                msg("If nobody of you did that on purpose, tell the person who runs the server."),
            )
        case _:
            return _of_a_gate(notice.kind, values["room"], notice)


_OfAGate = Literal[
    NoticeKind.GATE_WATCHED,
    NoticeKind.GATE_LET_IN,
    NoticeKind.GATE_LET_OUT,
    NoticeKind.GATE_STRANGER,
    NoticeKind.GATE_PASSED,
    NoticeKind.GATE_UNWATCHED,
]


def _of_a_gate(kind: _OfAGate, room: str, notice: Notice) -> tuple[Message, ...]:
    match kind:
        case NoticeKind.GATE_WATCHED:
            return (
                msg(
                    "You are a keeper of the safe room “{room}”. I tell you who is let in or out.", room=room
                ),
                msg("In its space now: {people}.", people=_people(notice)),
                msg("To take somebody out, write to me here: “remove … from {room}”.", room=room),
            )
        case NoticeKind.GATE_LET_IN:
            return (msg("Let into the safe space “{room}”: {people}.", room=room, people=_people(notice)),)
        case NoticeKind.GATE_LET_OUT:
            return (
                msg("No longer in the safe space “{room}”: {people}.", room=room, people=_people(notice)),
                msg("If you still see one of them in the room itself, ban them there."),
            )
        case NoticeKind.GATE_STRANGER:
            return (
                msg(
                    "Careful! Somebody is in the safe space “{room}” who does not belong there: {people}.",
                    room=room,
                    people=_people(notice),
                ),
                msg(
                    "They can enter the room and read what is said from then on. Say nothing there until they are out."
                ),
                _what_to_do(notice.audience, room),
            )
        case NoticeKind.GATE_PASSED:
            return (
                msg(
                    "Careful! Somebody was in the safe space “{room}” for a moment who does not belong there: "
                    "{people}.",
                    room=room,
                    people=_people(notice),
                ),
                msg(
                    "They may have entered the room meanwhile, and stay in it. Say nothing there until they are out."
                ),
                _what_to_do(notice.audience, room),
            )
        case NoticeKind.GATE_UNWATCHED:
            return (
                msg("Careful! I was taken out of the safe space “{room}”.", room=room),
                msg("I can no longer see who is let in. Ask whoever runs the server why."),
            )
        case _:
            assert_never(kind)


def _what_to_do(audience: str, room: str) -> Message:
    if audience == COORDINATORS:
        return msg("I have told the keepers. Ask whoever runs the server how this came about.")
    return msg("Ban them in the room, and write to me here: “remove … from {room}”.", room=room)


def _people(notice: Notice) -> Message | str:
    """Return the names, and how many more there are."""
    names, more = notice.values["people"], int(notice.values["more"])
    return (
        names
        if more == 0
        else nmsg("{names} and {count} more", "{names} and {count} more", count=more, names=names)
    )
