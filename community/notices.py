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
    FILES_REFUSED = "files-refused"
    """To coordinators: the disk is nearly full, and no files are taken (``free``: megabytes that are left)."""
    FILES_AGAIN = "files-again"
    """To coordinators: there is room again (``free``: megabytes)."""


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
        case NoticeKind.FILES_REFUSED:
            return (
                msg("The server's disk is nearly full: {free} MB are left.", free=values["free"]),
                msg("Files and pictures cannot be sent until there is room. Messages go on as before."),
                msg("Please tell the person who runs the server."),
            )
        case NoticeKind.FILES_AGAIN:
            return (msg("The server's disk has room again: files and pictures can be sent."),)
        case _:
            assert_never(notice.kind)
