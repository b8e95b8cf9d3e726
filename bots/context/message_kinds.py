"""The kinds of message that the bot sends, and how each shows itself: whether it notifies, and whom it mentions.

What somebody waits for, or has to act on, is an ``m.text``; what the bot tells by the way is an ``m.notice``, which
clients show in grey and notify nobody of (spec, "m.room.message msgtypes"). An answer mentions who has asked, also that
to a mere "thank you". Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, assert_never

from bots.context.message import Reply
from community.jobs.notices import NoticeKind


class MessageKind(Enum):
    """What a message is to who reads it."""

    ANSWER = auto()
    """What somebody has asked for, or an apology for it; what a coordinator answers them."""
    FILE = auto()
    """A file of an answer."""
    PICTURE = auto()
    """A picture beside a notice; the reply's text says what is to be seen on it."""
    DECIDED = auto()
    """An edit of a post that showed a proposal: what was decided of it."""
    SCHEDULED = auto()
    """What the calendar says."""
    REQUEST = auto()
    """A question or a proposal for those who know or decide: in their room, or to one of them directly."""
    REPORT = auto()
    """What the coordinators have to act on."""
    NOTICE = auto()
    """What somebody has to know or to do."""
    BY_THE_WAY = auto()
    """What nobody waits for and nobody has to act on."""


@dataclass(frozen=True, slots=True)
class MessageForm:
    """``mentions``: a message to one person mentions them."""

    msgtype: str
    mentions: bool


@dataclass(frozen=True, slots=True)
class EarlierPost:
    """A post that is in the room already: its key, and its event."""

    key: str
    event_id: str


@dataclass(frozen=True, slots=True)
class PostForm:
    """How a post is sent. ``to``: the Matrix ID of the one person whom it is for; ``marks`` stand in its content.

    ``told`` is noted with it (`community.jobs.room_posts.RoomPost.told`). ``edits``, ``replies_to``: the post of ours
    that it edits, or replies to.
    """

    kind: MessageKind
    to: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    told: tuple[tuple[str, str], ...] = ()
    edits: EarlierPost | None = None
    replies_to: EarlierPost | None = None


def form_of(kind: MessageKind) -> MessageForm:
    """Return how messages of a kind are sent."""
    match kind:
        case MessageKind.ANSWER | MessageKind.REQUEST | MessageKind.NOTICE:
            return MessageForm("m.text", mentions=True)
        case MessageKind.PICTURE:
            return MessageForm("m.image", mentions=False)
        case MessageKind.FILE:
            return MessageForm("m.file", mentions=True)
        case MessageKind.DECIDED | MessageKind.SCHEDULED | MessageKind.REPORT:
            return MessageForm("m.text", mentions=False)
        case MessageKind.BY_THE_WAY:
            return MessageForm("m.notice", mentions=False)
        case _:
            assert_never(kind)


def kind_of_notice(kind: NoticeKind) -> MessageKind:
    """Return how a notice is sent: by the way only where nothing is wrong and nothing is to be done."""
    match kind:
        case (
            NoticeKind.GATE_LET_IN
            | NoticeKind.FILES_AGAIN
            | NoticeKind.WEEK_WELL
            | NoticeKind.INVITED_ARRIVED
            | NoticeKind.INVITATION_CLOSED
        ):
            return MessageKind.BY_THE_WAY
        case _:
            return MessageKind.NOTICE


def content_of(kind: MessageKind, reply: Reply, to: str | None = None) -> dict[str, Any]:
    """Return the content of a message. ``to``: the Matrix ID of the one person whom it is for."""
    form = form_of(kind)
    if kind is MessageKind.PICTURE:
        # Imported here because few messages have a file, and whoever answers from files has none.
        from bots.encryption.media import file_content  # noqa: PLC0415

        shown = {"msgtype": form.msgtype, "body": reply.text, "m.mentions": mentions_of(kind, to)}
        return {**file_content(reply.files[0]), **shown}
    return {
        "msgtype": form.msgtype,
        "body": reply.text,
        "format": "org.matrix.custom.html",
        "formatted_body": reply.html,
        "m.mentions": mentions_of(kind, to),
    }


def mentions_of(kind: MessageKind, to: str | None) -> dict[str, list[str]]:
    """Return the ``m.mentions`` of a message (spec, "User and room mentions"): always there, so that no name pings."""
    return {"user_ids": [to]} if to is not None and form_of(kind).mentions else {}
