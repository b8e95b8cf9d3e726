"""What `palabre doctor` says of rooms in which the bot cannot post. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from bots.refusals import RefusalReason
from community.core.doctor import Finding, State
from community.core.messages import Message, msg

NAMED = 10
"""Rooms named in a sentence; the others are counted."""


def refusing_findings(reasons: Mapping[str, str]) -> Iterator[Finding]:
    """Yield that nothing can be posted in rooms, by key, for each `RefusalReason` that any of them has."""
    for reason in RefusalReason:
        rooms = [room_key for room_key, why in reasons.items() if why == reason]
        if rooms:
            more = len(rooms) - NAMED
            named = ", ".join(rooms[:NAMED]) + (f" … (+{more})" if more > 0 else "")
            yield Finding("posts", State.WARNING, _sentence(reason, named), _REMEDY)


_REMEDY = msg(
    "“palabre plan” names what is otherwise in these rooms, “palabre apply” puts it right. The bot tries again by "
    "itself, a quarter of an hour later at most."
)


def _sentence(reason: RefusalReason, rooms: str) -> Message:
    match reason:
        case RefusalReason.MISSING:
            return msg(
                "The bot is not in rooms where the calendar has something to post: {rooms}.", rooms=rooms
            )
        case RefusalReason.REFUSED:
            return msg("The homeserver refuses what the bot posts in these rooms: {rooms}.", rooms=rooms)
        case RefusalReason.NOT_ENCRYPTED:
            return msg("The bot posts nothing in rooms that are not encrypted: {rooms}.", rooms=rooms)
        case _:
            assert_never(reason)
