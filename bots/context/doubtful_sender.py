"""What is said where an event may not be from its stated sender. Pure."""

from __future__ import annotations

from typing import assert_never

from bots.context.message import Reply
from bots.context.reply_text import reply_of
from community.accounts.identities import Standing
from community.core.messages import Message, Translator, msg
from community.description.person import Person
from community.jobs.notice_text import identity_held


def doubtful_sender_reply(standing: Standing, person: Person, translate: Translator) -> Reply:
    """Return what somebody is told in place of what they have asked for: what happened, and what to do."""
    said = [translate(one) for one in _sentences(standing, person)]
    return reply_of(said, [], [], translate.language)


def doubtful_sender_tail(reply: Reply, standing: Standing, person: Person, translate: Translator) -> Reply:
    """Return a public answer with the reason why it is no more than that."""
    why = doubtful_sender_reply(standing, person, translate)
    return Reply(f"{reply.text}\n\n{why.text}", reply.html + why.html, reply.files, reply.effects)


def _sentences(standing: Standing, person: Person) -> tuple[Message, ...]:
    match standing:
        case Standing.CHANGED:
            return identity_held(person.username)
        case Standing.UNKNOWN_DEVICE:
            return (
                msg(
                    "I do not know this device of yours, so for now I tell you only what everybody may see, "
                    "and change nothing."
                ),
                msg(
                    "Verify it: open the settings of your app, then “Sessions” or “Encryption”, and confirm with your "
                    "other device or your recovery key. Then write to me again what you want."
                ),
            )
        case Standing.PINNED:
            return ()
        case _:
            assert_never(standing)
