"""The sentences of a receipt for whoever leaves the network, and of what coordinators are told then. Pure.

Each sentence of the receipt is a promise: docs/safety.md has it, with the test that looks whether it is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from community.core.messages import Message, msg, nmsg
from community.description.model import Status
from community.directory.handing_over import InTheirName
from community.jobs.notices import NoticeKind


def leaving_sentences(kind: NoticeKind, values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the sentences of such a notice, one for each paragraph.

    Raises ValueError or LookupError for a missing value.
    """
    if kind is NoticeKind.LEAVING_REFUSED:
        return _refused(values["room"])
    if kind is NoticeKind.MEMBER_LEFT:
        return tuple(_told_coordinators(values))
    if Status(values["becomes"]) is Status.ALUMNI:
        return tuple(_alumni_receipt(values))
    return tuple(_receipt(values))


def _refused(room: str) -> tuple[Message, ...]:
    if room:
        why = msg(
            "You are still here: you are the last who looks after the safe room “{room}”. Without you nobody could be "
            "let in any more.",
            room=room,
        )
    else:
        why = msg(
            "You are still here: you are the last coordinator, and nobody could let anybody in any more."
        )
    return (why, msg("Ask the coordinators to name somebody else first. Then write to me again."))


def _receipt(values: Mapping[str, str]) -> Iterator[Message]:
    yield msg(
        "You are leaving the network. Your account closes in {minutes} minutes: save this message if you want to keep "
        "it. After that I cannot write to you any more.",
        minutes=values["minutes"],
    )
    yield from _taken_back(values)
    if values["closing"] == "deactivate":
        yield msg(
            "You are taken out of all rooms and spaces, and your account is closed for good: its devices and the copy "
            "of your keys on the server are deleted."
        )
    else:
        yield msg(
            "You are taken out of all rooms and spaces. Your account is locked, and its devices are deleted: nobody "
            "can use it until the coordinators bring you back."
        )
    yield from _handed_over(values)
    if values["erased"] and not _in_their_name(values).contacts:
        yield msg(
            "Erased: your name in your profile and in the list of members, your drafts and questions, and your name in "
            "the history of the directory."
        )
    elif values["erased"]:
        yield msg(
            "Erased: your name in your profile and in the list of members, your contact with its numbers and "
            "addresses, your drafts and questions, and your name in the history of the directory."
        )
    else:
        yield msg(
            "Your name stays in the list of members, as of somebody who has left, and in the history of the directory. "
            "If you want it erased later, write to the coordinators."
        )
    yield from _what_stays(values)


def _alumni_receipt(values: Mapping[str, str]) -> Iterator[Message]:
    yield msg(
        "You are an alumna or alumnus of the network from now on. You keep your account and the rooms for former "
        "members, and are taken out of all others. I answer members alone; if you want to close "
        "your account for good some day, write “leave the network” to me."
    )
    yield from _taken_back(values)
    there = _in_their_name(values)
    if values["successor"]:
        yield from _handed_over(values)
    elif not there.is_empty:
        yield msg("What is in your name stays so: {what}.", what=there.said)


def _taken_back(values: Mapping[str, str]) -> Iterator[Message]:
    if not values["took_back"]:
        yield msg("What you wrote stays in the rooms, with your user name beside it.")
        return
    if values["messages"] == values["left_over"] == "0":
        yield msg(
            "You had written no messages here. If you had reacted to any or sent files, that is deleted."
        )
        return
    yield nmsg(
        "Deleted: {count} message that you wrote, your reactions, and the files that you sent. Apps do not show it any "
        "more; it is deleted from the server's database within {days} days.",
        "Deleted: {count} messages that you wrote, your reactions, and the files that you sent. Apps do not show them "
        "any more; they are deleted from the server's database within {days} days.",
        count=int(values["messages"]),
        days=values["days"],
    )
    yield from _left_over(values)


def _left_over(values: Mapping[str, str]) -> Iterator[Message]:
    left_over = int(values["left_over"])
    if left_over:
        yield nmsg(
            "{count} thing of yours I could not delete: it is in a room that you had left before.",
            "{count} things of yours I could not delete: they are in rooms that you had left before.",
            count=left_over,
        )


def _in_their_name(values: Mapping[str, str]) -> InTheirName:
    """Return what was in their name when they left; an earlier version has not counted it, and so nothing is said."""
    return InTheirName(*(int(values.get(name, "0")) for name in ("contacts", "projects", "deadlines")))


def _handed_over(values: Mapping[str, str]) -> Iterator[Message]:
    there = _in_their_name(values)
    if there.is_empty:
        return
    if values["successor"]:
        yield msg(
            "{name} takes over what was in your name: {what}.", name=values["successor"], what=there.said
        )
    else:
        yield msg(
            "What was in your name ({what}) goes to the deputies named there; where there is none, the coordinators "
            "see to it.",
            what=there.said,
        )


def _what_stays(values: Mapping[str, str]) -> Iterator[Message]:
    yield msg(
        "What stays for good: your user name, {username}. It is in the list of what was done here, and in the server's "
        "record of who came into which room and when, and on which days your account was used with which program. "
        "Nobody else is ever given it.",
        username=values["username"],
    )
    yield msg(
        "What others wrote stays too, also where they quote or name you, and so does what people have saved on their "
        "own devices."
    )
    if values["erased"]:
        yield msg(
            "Your name may still be in the coordinators' own files, which I ask them to clear, and in lists of the "
            "server, of names shown earlier, that no app shows. Whoever runs the server can clear those."
        )
    yield from _backups(values)


def _backups(values: Mapping[str, str]) -> Iterator[Message]:
    """Yield what is known of backups; an earlier version has not looked whether there are any."""
    if not values["backup_days"]:
        yield msg(
            "If whoever runs the server keeps copies of it (backups), they still have all of this until they are "
            "deleted too."
        )
        return
    if values.get("backups"):
        yield msg("Copies of the whole server that were made before (backups) still have all of this.")
    else:
        yield msg("If copies of the whole server were made before (backups), they still have all of this.")
    yield msg(
        "By the rule here the last of these copies is deleted after about {days} days, where a new one is made each "
        "day. Copies that were taken elsewhere stay until whoever runs the server deletes them.",
        days=values["backup_days"],
    )


def _told_coordinators(values: Mapping[str, str]) -> Iterator[Message]:
    name = values["username"]
    if Status(values["becomes"]) is Status.ALUMNI:
        yield msg("{username} is an alumna or alumnus from now on.", username=name)
        return
    yield msg("{username} has left the network.", username=name)
    there, vacant = _in_their_name(values), int(values.get("vacant", "0"))
    if values["successor"] and not there.is_empty:
        yield msg(
            "{username} takes over what was in their name: {what}.",
            username=values["successor"],
            what=there.said,
        )
    if vacant:
        yield nmsg(
            "Nobody takes over {count} contact of theirs: it is marked as vacant.",
            "Nobody takes over {count} contacts of theirs: they are marked as vacant.",
            count=vacant,
        )
    if values["erased"] and not values.get("described", "yes"):
        yield msg("They have asked to be erased. The files of the description do not have them.")
    elif values["erased"]:
        yield msg(
            "They have asked to be erased: clear their name in the files of the description too. The user name stays "
            "theirs: write “—” as their name, and status: left."
        )
