"""The sentences for whoever has invited somebody to the network: they have arrived, are stuck, never came. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Literal, assert_never

from community.core.messages import Message, in_a_row, msg
from community.jobs.notices import NoticeKind

InvitedNoticeKind = Literal[
    NoticeKind.INVITED_ARRIVED,
    NoticeKind.INVITED_STUCK,
    NoticeKind.INVITATION_RUN_OUT,
    NoticeKind.INVITATION_CLOSED,
]
_GUEST = msg("your guest")
_OPERATOR = msg("Whoever runs the server")
_STUCK = {
    "not opened": msg("For a day now {name} has not opened the link (invitation {number})."),
    "opened": msg("For a day now {name} has opened the link, and has no account yet (invitation {number})."),
    "account made": msg(
        "For a day now {name} has an account, and has not signed in yet (invitation {number})."
    ),
}
"""What is said of each stage (`community.joining.arrival.ArrivalStage`) until they have signed in."""


def of_invited(kind: InvitedNoticeKind, values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the sentences of a notice by its values (`NoticeKind`). Raises LookupError for a missing one."""
    who = {"name": in_a_row(_names(values)), "number": values["number"]}
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
        case NoticeKind.INVITATION_CLOSED:
            return _closed({**who, "by": values.get("name_by", _OPERATOR)}, is_replaced="replaced" in values)
        case _:
            assert_never(kind)


def _closed(who: Mapping[str, object], *, is_replaced: bool) -> tuple[Message, ...]:
    if is_replaced:
        return (
            msg(
                "{by} has made another link for {name}: yours leads nowhere any more (invitation {number}).",
                **who,
            ),
            msg("If they tell you that it does not work, that is why: they need the newer text."),
        )
    return (
        msg(
            "{by} has taken back your link for {name}: nobody can come in by it any more (invitation {number}).",
            **who,
        ),
    )


def _names(values: Mapping[str, str]) -> Iterator[str | Message]:
    """Yield what those are called whom a notice is about. Raises LookupError where there is nobody."""
    yield values["name"] or _GUEST
    for number in count(2):
        if f"name{number}" not in values:
            break
        yield values[f"name{number}"]
    if "more" in values:
        yield "…"
