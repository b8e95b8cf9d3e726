"""The sentences of each kind of notice. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from community.accounts.faults import fault_of, said_of
from community.core.messages import Message, msg, nmsg
from community.jobs.clock_text import clock_sentences
from community.jobs.gate_text import let_in, of_a_gate
from community.jobs.invited_text import of_invited
from community.jobs.leaving_text import leaving_sentences
from community.jobs.notices import Notice, NoticeKind
from community.jobs.space_text import of_a_space
from community.jobs.weekly_text import weekly_sentences

BY_EMOJI, BY_KEYS = "emoji", "keys"
"""How a verification of the bot did not fit: the value ``how`` of its notice."""


def sentences_of(notice: Notice) -> tuple[Message, ...]:  # noqa: C901, PLR0912 - one case a kind
    """Return the sentences of a notice, one for each paragraph.

    Raises ValueError or LookupError for a missing value.
    """
    values = notice.values
    match notice.kind:
        case NoticeKind.LET_IN:
            return tuple(let_in(values))
        case NoticeKind.NOT_REACHED:
            return (
                msg(
                    "I cannot reach {person}: they have not accepted my direct message, or they have left it.",
                    person=values["person"],
                ),
                msg("Please ask them to accept it in Element. Until then I cannot tell them anything."),
            )
        case NoticeKind.ONE_KEEPER:
            return (
                msg("The safe room “{room}” has one keeper left.", room=values["room"]),
                msg(
                    "If that person leaves it, nobody new can ever come in. Somebody who was a keeper can come back."
                ),
            )
        case NoticeKind.KEEPERS_CLOSED:
            return (
                msg("The accounts of all keepers of the safe room “{room}” are closed.", room=values["room"]),
                msg(
                    "New people can still come in, but nobody there can put anybody out. “palabre plan” says how to "
                    "make a successor."
                ),
            )
        case NoticeKind.NO_KEEPER:
            return (
                msg("The safe room “{room}” has no keeper any more.", room=values["room"]),
                msg(
                    "Those in it go on talking; nobody new can come in. “palabre plan” says how to make a successor."
                ),
            )
        case NoticeKind.WAITS_FOR_KEEPERS:
            return (
                msg(
                    "The safe room “{room}” is not open yet: two keepers must be in it.", room=values["room"]
                ),
                msg("“palabre plan” says who is there. Keepers who have left or are banned do not count."),
            )
        case NoticeKind.GUEST_ADMITTED:
            return (
                msg(
                    "{user} is in the room “{room}” as a guest of {host}. They are not in the description, and can "
                    "read what is written there from now on.",
                    user=values["user"],
                    room=values["room"],
                    host=values["host"],
                ),
                msg("If that is not right, remove them from the room."),
            )
        case NoticeKind.GUEST_REFUSED:
            return (
                msg(
                    "{user} is in the room “{room}”. They are not in the description, and no moderator of the room "
                    "has invited them.",
                    user=values["user"],
                    room=values["room"],
                ),
                msg(
                    "I give them no keys: they cannot read what I write. What members write there they can read."
                ),
                msg(
                    "Remove them from the room now. If they are welcome there, a moderator can then invite them."
                ),
            )
        case NoticeKind.GUEST_NEEDS_HOST:
            return _needs_host(values["user"], values["room"], values["moderators"])
        case NoticeKind.GUEST_WELCOME:
            return (
                msg(
                    "Hello! I am Palabre, the bot of this network. {host} has invited you as a guest into the room "
                    "“{room}”.",
                    host=values["host"],
                    room=values["room"],
                ),
                msg(
                    "Everybody in that room can read what you write there. The coordinators know that you are in it."
                ),
                msg(
                    "You can ask me here, or in that room with {prefix} before your question: I show you what "
                    "everybody may see. For anything else, ask {host}.",
                    prefix="!p",
                    host=values["host"],
                ),
            )
        case NoticeKind.ACCOUNT_FAULT:
            return said_of(fault_of(values))
        case NoticeKind.TOKEN_RENEWED:
            return (
                msg(
                    "Palabre's own account {account} was signed out and has been signed in again.",
                    account=values["account"],
                ),
                msg("If none of you did that on purpose, tell the person who runs the server."),
            )
        case NoticeKind.ACCOUNT_SEALED:
            return (
                msg(
                    "Palabre's own account {account} was sealed anew on the server: whoever was signed in with it "
                    "is signed out.",
                    account=values["account"],
                ),
                msg("If none of you did that on purpose, tell the person who runs the server."),
            )
        case NoticeKind.REMOVAL_FAILED:
            return (
                msg(
                    "I have not taken {person} out of the safe room “{room}”: nobody would be left who keeps it.",
                    person=values["person"],
                    room=values["room"],
                ),
            )
        case NoticeKind.INVITATION_FAILED:
            return (
                msg(
                    "I could not invite {user} to the room “{room}”.",
                    user=values["user"],
                    room=values["room"],
                ),
                msg("Please ask the person who runs the server why."),
            )
        case NoticeKind.NOT_PASSED_ON:
            return (
                msg("I could not show the coordinators what you asked me to bring to them."),
                msg("Please write to one of them yourself."),
            )
        case NoticeKind.NOT_READ:
            return (msg("I could not read your last message. Please send it again."),)
        case NoticeKind.DEVICE_UNSIGNED:
            return (
                msg("I cannot read what you write to me from one of your devices: it is not verified."),
                msg(
                    "Verify it there: open the settings of your app, then “Sessions” or “Encryption”, and confirm "
                    "with your other device or your recovery key. Then write to me again."
                ),
            )
        case NoticeKind.RECOVERY_KEY:
            return (
                msg(
                    "Before you sign out or change your phone, set up a recovery key: without it you can no longer "
                    "read your earlier messages."
                ),
                msg(
                    "Open the settings of your app, then “Encryption”, then “Set up recovery”, and keep the key in a "
                    "safe place. If you have one already, all is well."
                ),
            )
        case NoticeKind.STORE_PUT_BACK:
            return (
                msg("My keys were put back from an older copy. I have made new ones."),
                msg(
                    "If I do not answer a message, or one of my answers cannot be read, please send your message again."
                ),
                msg("If none of you did that on purpose, tell the person who runs the server."),
            )
        case NoticeKind.KEY_BACKUP_REPLACED:
            return (
                msg(
                    "The copy of my keys that I keep, encrypted, on the homeserver is gone, or was replaced by one "
                    "that is not mine. I put nothing into it any more."
                ),
                msg(
                    "Please tell the person who runs the server, who makes a new recovery key for me: "
                    "“palabre bot recovery-key”."
                ),
            )
        case NoticeKind.VERIFICATION_ALARMING:
            return _verification_alarming(values)
        case NoticeKind.FILE_KEPT:
            return (
                msg(
                    "The file {file} has a mistake in line {line}. Until it is mended, I go on with what was applied "
                    "of it last.",
                    file=values["file"],
                    line=values["line"],
                ),
                msg("Whoever has changed it can run “palabre check”: it says what is wrong."),
            )
        case NoticeKind.FILES_REFUSED:
            return (
                msg("The server's disk is nearly full: {free} MB are left.", free=values["free"]),
                msg("Files and pictures cannot be sent until there is room. Messages go on as before."),
                msg("Please tell the person who runs the server."),
            )
        case NoticeKind.FILES_AGAIN:
            return (msg("The server's disk has room again: files and pictures can be sent."),)
        case (
            NoticeKind.INVITED_ARRIVED
            | NoticeKind.INVITED_STUCK
            | NoticeKind.INVITATION_RUN_OUT
            | NoticeKind.INVITATION_CLOSED
        ):
            return of_invited(notice.kind, values)
        case NoticeKind.CLOCK_APART | NoticeKind.CLOCK_JUMPED:
            return clock_sentences(notice.kind, values)
        case (
            NoticeKind.SPACE_GRANTED
            | NoticeKind.SPACE_REFUSED
            | NoticeKind.SPACE_EXPIRED
            | NoticeKind.SPACE_UNDECIDED
            | NoticeKind.SPACE_READY
            | NoticeKind.SPACE_LATE
            | NoticeKind.SPACE_LEFT
        ):
            return of_a_space(notice.kind, values)
        case NoticeKind.LEAVING_RECEIPT | NoticeKind.LEAVING_REFUSED | NoticeKind.MEMBER_LEFT:
            return leaving_sentences(notice.kind, values)
        case NoticeKind.WEEK_WELL | NoticeKind.WEEK_NOT_WELL:
            return weekly_sentences(values)
        case NoticeKind.IDENTITY_CHANGED:
            return _identity_changed(values)
        case NoticeKind.OWN_IDENTITY_CHANGED:
            return identity_held(values["username"])
        case NoticeKind.IDENTITY_ACCEPTED:
            return (msg("A coordinator has accepted your new identity: everything works again as before."),)
        case _:
            return of_a_gate(notice.kind, values["room"], notice)


def _verification_alarming(values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the sentences for coordinators where somebody may stand between the bot and whoever has verified it."""
    who = {"name": values["name"], "user": values["user"]}
    if values["how"] == BY_EMOJI:
        what = msg("{name} ({user}) has compared emoji with me, and says that they were not the same.", **who)
    else:
        what = msg(
            "{name} ({user}) has verified me, and it has failed: the keys are not those that the server shows.",
            **who,
        )
    return (
        what,
        msg(
            "That may be a mistake. But it looks just like that if somebody stands between us and reads along."
        ),
        msg(
            "Ask them by telephone or in person, not here, what they saw. Then they verify me once more, while "
            "whoever runs the server reads the emoji to them, from “palabre verifying”."
        ),
        msg(
            "If it does not fit again, write nothing confidential to me, and have whoever runs the server look into "
            "it at once."
        ),
    )


def _needs_host(user: str, room: str, moderators: str) -> tuple[Message, ...]:
    """Return the sentences for a member who has invited a guest but may not, and cannot remove them either."""
    if moderators:
        ask = msg(
            "Ask somebody who looks after the room: {moderators}. If they agree, they remove your guest and invite "
            "them again.",
            moderators=moderators,
        )
    else:
        ask = msg("Ask the coordinators whether your guest may be there.")
    return (
        msg(
            "You have invited {user} into the room “{room}”. Only those who look after that room can invite guests.",
            user=user,
            room=room,
        ),
        msg("So I give your guest no keys: they cannot read what I write there. Please tell them."),
        ask,
    )


def _identity_changed(values: Mapping[str, str]) -> tuple[Message, ...]:
    # Notices that an earlier version filed have no count.
    count = int(values.get("count", "1"))
    return (
        msg(
            "{name} ({user}) has a new identity: a new phone, or somebody else has signed in as them.",
            name=values["name"],
            user=values["user"],
        ),
        *changed_often(count),
        msg("Until you accept it, I answer them only what everybody may see, and change nothing for them."),
        msg("Ask them by telephone or in person, not here, whether it was they."),
        msg(
            "If it was, write to me: “accept identity of {username}”. If not, their account is in other hands: "
            "tell whoever runs the server at once.",
            username=values["username"],
        ),
    )


def changed_often(count: int) -> tuple[Message, ...]:
    """Return further sentences for coordinators where an identity has changed several times and none was accepted."""
    if count <= 1:
        return ()
    return (
        nmsg(
            "Careful: it has changed {count} time, and nobody has accepted it. You would accept the last one.",
            "Careful: it has changed {count} times, and nobody has accepted any. You would accept the last one.",
            count=count,
        ),
    )


def identity_held(username: str) -> tuple[Message, ...]:
    """Return the sentences for a person whose identity has changed: what happened, and what to do."""
    return (
        msg(
            "You have a new identity here, as with a new phone. I do not know yet whether it is you, "
            "so for now I tell you only what everybody may see, and change nothing."
        ),
        msg(
            "Call a coordinator, or meet one. Ask them to write to me: “accept identity of {username}”. "
            "Then write to me again what you want.",
            username=username,
        ),
        msg("If you have no new phone and changed nothing, call a coordinator at once."),
    )
