"""The sentences of the notices about the gates of safe rooms. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, assert_never

from community.core.messages import Message, msg, nmsg
from community.jobs.notices import COORDINATORS, Notice, NoticeKind

GateNoticeKind = Literal[
    NoticeKind.GATE_WATCHED,
    NoticeKind.GATE_LET_IN,
    NoticeKind.GATE_LET_OUT,
    NoticeKind.GATE_STRANGER,
    NoticeKind.GATE_PASSED,
    NoticeKind.GATE_UNWATCHED,
]


def of_a_gate(kind: GateNoticeKind, room: str, notice: Notice) -> tuple[Message, ...]:
    """Return the sentences of a notice about the space of the safe room that is called ``room``.

    Raises ValueError or LookupError for a missing value.
    """
    match kind:
        case NoticeKind.GATE_WATCHED:
            return (
                _you_keep(room),
                msg("In its space now: {people}.", people=_people(notice)),
                _how_to_remove(room),
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
                    "They may have entered the room meanwhile, and may still be in it. Say nothing there until "
                    "they are out."
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


def _you_keep(room: str) -> Message:
    return msg("You are a keeper of the safe room “{room}”. I tell you who is let in or out.", room=room)


def _how_to_remove(room: str) -> Message:
    return msg("To take somebody out, write to me here: “remove … from {room}”.", room=room)


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


def kept_for(days: int | None) -> Message:
    """Return how long messages stay in a safe room: for so many days, or always."""
    if days is None:
        return msg("How long: messages stay for as long as the room is there.")
    return nmsg(
        "How long: messages are deleted after {count} day.",
        "How long: messages are deleted after {count} days.",
        count=days,
    )


def operators_see() -> Message:
    """Return what whoever runs the server can see of a safe room."""
    return msg(
        "Whoever runs the server cannot read what is said. They see that the room is there and its name, who is in it, "
        "when somebody writes and how much, and reactions such as 👍. They could let somebody in; everybody in the "
        "room would see it."
    )


def let_in(values: Mapping[str, str]) -> Iterator[Message]:
    """Yield what somebody is told who may enter a safe room now, before they do.

    ``days``: how long messages stay; ``keeper``: there where they keep the room.
    """
    yield msg("You are now in the safe space “{room}”.", room=values["room"])
    yield msg("Open it in your list of spaces, and join the room that you find in it.")
    yield msg(
        "Only the people in that room can read what is said there. I am not in it. You will not see what was said "
        "before you joined."
    )
    if "days" in values:
        # An earlier version has not said how long.
        yield kept_for(int(values["days"]) if values["days"] else None)
    yield operators_see()
    if "keeper" in values:
        yield _you_keep(values["room"])
        yield _how_to_remove(values["room"])
