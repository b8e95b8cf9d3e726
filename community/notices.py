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
from typing import assert_never

from community.account_faults import fault_of, said_of
from community.messages import Message, msg
from community.store import Request, Store

NOTICE = "notice"
"""The kind of request."""
COORDINATORS = "coordinators"
"""The audience of a notice that goes to the coordinators' room. Any other audience is one person's Matrix ID."""


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
    payload = {
        "kind": notice.kind.value,
        "audience": notice.audience,
        "occasion": notice.occasion,
        **{f"value.{name}": value for name, value in notice.values.items()},
    }
    return await store.requests.file(NOTICE, payload, idempotency_key=notice.idempotency_key, at=at)


def notice_of(request: Request) -> Notice:
    """Return the notice that a request is. Raises ValueError or LookupError where it is none."""
    payload = request.payload
    values = {
        name.removeprefix("value."): value for name, value in payload.items() if name.startswith("value.")
    }
    return Notice(NoticeKind(payload["kind"]), payload["audience"], payload["occasion"], values)


def sentences_of(notice: Notice) -> tuple[Message, ...]:
    """Return what is said, one message for each paragraph. Raises LookupError where a value is missing."""
    values = notice.values
    match notice.kind:
        case NoticeKind.LET_IN:
            return (
                msg("You are now in the safe space “{room}”.", room=values["room"]),
                msg("Open it in your list of spaces, and join the room that you find in it."),
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
            assert_never(notice.kind)
