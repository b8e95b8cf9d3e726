"""What the bot says to somebody who verifies it. Pure."""

from __future__ import annotations

from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.encryption.sas import ShortString
from bots.encryption.verification import Compared, Ended, State
from bots.encryption.verification_events import Code
from bots.sas_emoji import emoji_names
from community.core.messages import Message, Translator, msg

RESTARTED = msg(
    "I was restarted in the middle of the verification, and have cancelled it."
    " Please begin again from my profile."
)
_DONE = msg(
    "Verified: your app knows my keys now, and warns you if somebody else takes my place."
    " I have learnt nothing about you by it: for me you are who you were before."
)
_LATE = msg(
    "The verification was not finished within ten minutes, and is cancelled. You can begin again from my profile."
)
_NOTHING_IN_COMMON = msg(
    "Your app and I have no way of verifying in common: I can only compare emoji or numbers with you,"
    " and scan no QR code."
)
_NOT_THE_SAME = msg(
    "Your app says that the two were not the same. If you have compared them well, somebody may stand between us:"
    " write me nothing confidential, and tell whoever runs the server, by telephone or face to face."
)
_OTHER_KEYS = msg(
    "The verification has failed: the keys that were compared are not those that the server has shown."
    " Somebody may stand between us: write me nothing confidential, and tell whoever runs the server,"
    " by telephone or face to face."
)
_WENT_WRONG = msg("The verification went wrong, and is cancelled. Please begin again from my profile.")


def said_of(state: State, translate: Translator) -> Reply | None:
    """Return what is said when a verification has come to this, None where that is nothing."""
    match state:
        case Compared(_, short):
            return _compared(short, translate)
        case Ended(None):
            return _reply(_DONE, translate)
        case Ended(code, by_them):
            said = _why(str(code), by_them=by_them)
            return None if said is None else _reply(said, translate)
        case _:
            return None


def is_alarming(state: State) -> bool:
    """Whether a verification has ended so that somebody may stand between the two."""
    return isinstance(state, Ended) and state.code in (
        Code.MISMATCHED_SAS,
        Code.KEY_MISMATCH,
        Code.MISMATCHED_COMMITMENT,
    )


def restarted(translate: Translator) -> Reply:
    """Return what is said where a process before has not finished it."""
    return _reply(RESTARTED, translate)


def _compared(short: ShortString, translate: Translator) -> Reply:
    if short.emoji:
        head = msg("Compare these seven with those that your app shows you now:")
        shown = " · ".join(" ".join(each) for each in emoji_names(short.emoji, translate.language))
    else:
        head = msg("Compare these three numbers with those that your app shows you now:")
        shown = " · ".join(map(str, short.decimal))
    tail = (
        msg(
            "If they are the same in the same order, say in your app that they match;"
            " if not, say that they do not match, and tell whoever runs the server."
        ),
        msg(
            "I am a bot: nobody looks at them on my side, and you alone decide."
            " To be quite sure that nobody stands between us, have them read to you by whoever runs the server,"
            " by telephone or face to face."
        ),
    )
    return reply_of([translate(head), shown, *map(translate, tail)], [], [], translate.language)


def _why(code: str, *, by_them: bool) -> Message | None:
    match code:
        case Code.USER | Code.ACCEPTED if by_them:
            return None  # they know: they have cancelled it, or go on with another device
        case Code.TIMEOUT:
            return _LATE
        case Code.UNKNOWN_METHOD:
            return _NOTHING_IN_COMMON
        case Code.MISMATCHED_SAS:
            return _NOT_THE_SAME
        case Code.KEY_MISMATCH | Code.MISMATCHED_COMMITMENT:
            return _OTHER_KEYS
        case _:
            return _WENT_WRONG


def _reply(said: Message, translate: Translator) -> Reply:
    return reply_of([translate(said)], [], [], translate.language)
