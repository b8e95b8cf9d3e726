"""The sentences for whoever has invited somebody to the network: they have arrived, are stuck, never came. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from community.core.messages import Message, msg
from community.jobs.notices import NoticeKind

InvitedNoticeKind = Literal[
    NoticeKind.INVITED_ARRIVED, NoticeKind.INVITED_STUCK, NoticeKind.INVITATION_RUN_OUT
]
_GUEST = msg("your guest")
_STUCK = {
    "not opened": msg("For a day now {name} has not opened the link (invitation {number})."),
    "opened": msg("For a day now {name} has opened the link, and has no account yet (invitation {number})."),
    "account made": msg(
        "For a day now {name} has an account, and has not signed in yet (invitation {number})."
    ),
}
"""What is said of each stage (`community.joining.arrival.ArrivalStage`) until they have signed in."""


def of_invited(kind: InvitedNoticeKind, values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the sentences of a notice: ``name`` (perhaps empty), ``number`` of the invitation, ``stage``.

    Raises LookupError for a missing value.
    """
    who = {"name": values["name"] or _GUEST, "number": values["number"]}
    match kind:
        case NoticeKind.INVITED_ARRIVED:
            return (
                msg("Arrived: {name}, whom you have invited (invitation {number}).", **who),
                msg("A word of welcome from you helps them to begin."),
            )
        case NoticeKind.INVITED_STUCK:
            return (
                Message(_STUCK[values["stage"]].msgid, who),
                msg("“where are my guests?” shows what helps them on."),
            )
        case NoticeKind.INVITATION_RUN_OUT:
            return (
                msg(
                    "The link for {name} has run out, and nobody has come by it (invitation {number}).", **who
                ),
                msg("To make another one, write “invite …” and the name."),
            )
        case _:
            assert_never(kind)
