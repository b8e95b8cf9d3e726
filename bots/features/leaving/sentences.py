"""What is said to whoever leaves the network, before it is done. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bots.features.leaving.effects import LeavingWish
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated, listed
from community.description.fields import Localized
from community.description.model import Member, Status
from community.directory.handing_over import InTheirName

_MOST_ROOMS = 5


def not_alone(kept: Localized | None, language: str, *, is_last: bool) -> tuple[Message, ...]:
    """Return why somebody cannot leave: they look after a safe room alone, or coordinate alone; nothing otherwise."""
    if kept is not None:
        return (
            msg(
                "You are the last who looks after the safe room “{room}”: without you nobody could be let in any more.",
                room=isolated(clean(kept.text(language), longest=120), language),
            ),
            msg("First somebody else must look after it: ask the coordinators. Then write to me again."),
        )
    if is_last:
        return (
            msg("You are the last coordinator: without you nobody could let anybody in any more."),
            msg(
                "First name another coordinator in the description, and have them come by their link. Then write to me "
                "again."
            ),
        )
    return ()


def refused_heir(name: str, found: Sequence[Member], language: str) -> Message:
    """Return the sentence about a name that is nobody's, or that of several."""
    if not found:
        return msg(
            "I know no member who is called “{name}”. Write the whole name.",
            name=isolated(clean(name, longest=120), language),
        )
    names = listed([_named(one, language) for one in found[:_MOST_ROOMS]], language, apart=True)
    return msg("Several are called so: {names}. Write the whole name, or the user name.", names=names)


@dataclass(frozen=True, slots=True)
class LeavingQuestion:
    """What the question is made of: the wish, what becomes of accounts (``closing``), who leaves, and who takes over.

    ``proposed`` are members who may be named instead.
    """

    wish: LeavingWish
    closing: str
    username: str
    heir: Member | None
    proposed: Sequence[Member]
    in_their_name: InTheirName
    alumni_rooms: Sequence[Localized]


def asked(question: LeavingQuestion, translate: Translator) -> tuple[Message, ...]:
    """Return what happens, what can be chosen, and the question."""
    wish, language = question.wish, translate.language
    rooms = listed(
        [room.text(language) for room in question.alumni_rooms[:_MOST_ROOMS]], language, apart=True
    )
    return (
        *_what_happens(question, rooms),
        *_in_their_name(question, language),
        *_choices(wish, rooms),
        msg(
            "Is that right? Then write “yes {number}”. “no” cancels it all. A reaction is not enough, nor is “yes” "
            "alone.",
            number=wish.number,
        ),
    )


def begun(wish: LeavingWish) -> tuple[Message, ...]:
    """Return what is said once it is confirmed."""
    if wish.status == Status.ALUMNI.value:
        return (msg("It has begun. You get one more message from me, which says what was done."),)
    last = msg(
        "It has begun, and cannot be stopped any more. You get one last message from me: what was deleted, and what "
        "stays. Your account closes ten minutes after that."
    )
    thanks = msg("Thank you for what you have brought here.")
    return (last, thanks)


def _what_happens(question: LeavingQuestion, rooms: str) -> Iterator[Message]:
    wish = question.wish
    if wish.status == Status.ALUMNI.value:
        yield msg(
            "You want to stay as an alumna or alumnus: you keep your account and the rooms for former members "
            "({rooms}), and are taken out of all others. I answer you then only where you want to "
            "leave for good.",
            rooms=rooms,
        )
    elif question.closing == "deactivate":
        yield msg(
            "You want to leave the network: you are taken out of all rooms, and your account is closed for good. "
            "You read nothing any more that is said from then on."
        )
    else:
        yield msg(
            "You want to leave the network: you are taken out of all rooms, and your account is locked until the "
            "coordinators bring you back. You read nothing any more that is said from then on."
        )
    if wish.takes_back:
        yield msg(
            "Before that I delete what you wrote, your reactions and the files that you sent, in all rooms. A thousand "
            "messages take some minutes."
        )
    else:
        yield msg("What you wrote stays in the rooms, with your user name beside it.")
    if wish.status == Status.ALUMNI.value:
        return
    if wish.erases and not question.in_their_name.contacts:
        yield msg(
            "I also delete your name and your data: your profile, your drafts and questions, and your name in the list "
            "of members and in the history."
        )
    elif wish.erases:
        yield msg(
            "I also delete your name and your data: your profile, your contact, your drafts and questions, and your "
            "name in the list of members and in the history."
        )
    else:
        yield msg(
            "Your name stays in the list of members, as of somebody who has left, and in the history of the directory."
        )
    yield msg(
        "In any case these stay: your user name {username} in the list of what was done here and of who came into "
        "which room, what others wrote, and copies of the server, if there are any, until they are deleted too.",
        username=question.username,
    )


def _in_their_name(question: LeavingQuestion, language: str) -> Iterator[Message]:
    there, heir, proposed = question.in_their_name, question.heir, question.proposed
    if there.is_empty:
        return
    what = there.said
    if heir is not None:
        yield msg("{name} takes over what is in your name: {what}.", name=_named(heir, language), what=what)
        return
    if question.wish.status == Status.ALUMNI.value:
        yield msg("What is in your name stays so: {what}.", what=what)
    else:
        yield msg(
            "In your name: {what}. Without a successor the deputies or the coordinators get it.", what=what
        )
    name = isolated(clean(proposed[0].name, longest=120), language) if proposed else "…"
    yield msg("To name somebody, write “hand over to {name}”.", name=name)


def _choices(wish: LeavingWish, rooms: str) -> Iterator[Message]:
    yield msg("You can also write first:")
    yield msg("“export my data”: you get a copy of all that I have about you")
    is_alumni = wish.status == Status.ALUMNI.value
    if not wish.takes_back:
        yield msg("“delete what I wrote”: in all rooms, before you leave")
    if not wish.erases and not is_alumni:
        yield msg("“erase my name too”: and what else there is about you")
    if rooms and not is_alumni:
        yield msg(
            "“stay as alumna” or “stay as alumnus”: you keep your account and these rooms: {rooms}",
            rooms=rooms,
        )
    if is_alumni:
        yield msg("“for good”: you keep nothing, and your account is closed")


def _named(member: Member, language: str) -> str:
    return isolated(clean(f"{member.name} ({member.username})", longest=200), language)
