"""The sentences of the notices that the bot's clock is not believed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from community.core.messages import Message, msg
from community.jobs.notices import NoticeKind


def clock_sentences(
    kind: Literal[NoticeKind.CLOCK_APART, NoticeKind.CLOCK_JUMPED], values: Mapping[str, str]
) -> tuple[Message, ...]:
    """Return the sentences of a notice of this kind. Raises LookupError for a missing value."""
    mine, other = values["mine"], values["other"]
    match kind:
        case NoticeKind.CLOCK_APART:
            return (
                msg(
                    "I post no reminders for now: the clock of my computer shows {mine}, that of the homeserver "
                    "{other} (UTC).",
                    mine=mine,
                    other=other,
                ),
                msg(
                    "Please tell the person who runs the server: “palabre doctor” says what to do. As soon as both "
                    "clocks show the same time, I go on by myself."
                ),
            )
        case NoticeKind.CLOCK_JUMPED:
            return (
                msg(
                    "The clock of my computer was moved from {other} to {mine} (UTC). I post no reminders for an hour.",
                    mine=mine,
                    other=other,
                ),
                msg("If {mine} is right, there is nothing to do.", mine=mine),
                msg(
                    "If it is wrong, tell the person who runs the server at once: they have an hour to put it right."
                ),
            )
        case _:
            assert_never(kind)
