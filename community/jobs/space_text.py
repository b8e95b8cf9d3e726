"""The sentences of the notices about spaces that somebody joins or leaves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from community.core.messages import Message, msg
from community.jobs.notices import NoticeKind

SpaceNoticeKind = Literal[
    NoticeKind.SPACE_GRANTED,
    NoticeKind.SPACE_REFUSED,
    NoticeKind.SPACE_EXPIRED,
    NoticeKind.SPACE_UNDECIDED,
    NoticeKind.SPACE_READY,
    NoticeKind.SPACE_LATE,
    NoticeKind.SPACE_LEFT,
]


def of_a_space(kind: SpaceNoticeKind, values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the sentences of a notice about a space. Raises LookupError for a missing value."""
    theme = values["theme"]
    match kind:
        case NoticeKind.SPACE_GRANTED:
            return (
                msg(
                    "Good news: you may join “{theme}”. What belongs to it comes in a few seconds.",
                    theme=theme,
                ),
            )
        case NoticeKind.SPACE_REFUSED:
            return (
                msg("You asked to join “{theme}”. For now that is not possible.", theme=theme),
                msg(
                    "It says nothing about you: such a circle is often kept small. A coordinator can tell you more."
                ),
            )
        case NoticeKind.SPACE_EXPIRED:
            return (
                msg("You asked to join “{theme}”, and nobody has answered in two weeks.", theme=theme),
                msg("You can ask again, or write to a coordinator."),
            )
        case NoticeKind.SPACE_UNDECIDED:
            return (
                msg(
                    "Somebody waits to join “{theme}”, and nobody is there any more who decides on it.",
                    theme=theme,
                ),
                msg(
                    "Describe who looks after it and run “palabre apply”: they are shown the request as soon as they "
                    "are here. Without that it ends after two weeks."
                ),
            )
        case NoticeKind.SPACE_READY:
            return _ready(theme, values["joined"], values["invited"])
        case NoticeKind.SPACE_LATE:
            return (
                msg(
                    "“{theme}” takes longer than usual: not all its rooms are as you asked yet.", theme=theme
                ),
                msg("If that is still so in an hour, tell a coordinator. “my rooms” shows how it is."),
            )
        case NoticeKind.SPACE_LEFT:
            return (
                msg("You are out of the rooms of “{theme}” now.", theme=theme),
                msg("What is said there from now on you cannot read."),
            )
        case _:
            assert_never(kind)


def _ready(theme: str, joined: str, invited: str) -> tuple[Message, ...]:
    said = [msg("“{theme}” is ready for you.", theme=theme)]
    if joined:
        said.append(msg("You are in: {rooms}", rooms=joined))
    if invited:
        said.append(msg("Invitations wait for you to: {rooms}", rooms=invited))
        said.append(msg("Open your app's list of chats, tap the invitation, then “Accept”."))
    return tuple(said)
