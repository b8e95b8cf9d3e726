"""Asks the author of a message whether somebody else may make an entry of it: until then none of it is kept.

The question is a reply to the message, which repeats none of its words. Only the author's “yes” with its number agrees.
What waits is stored among the drafts of no room: the question with its author, the agreement with who has asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bots.context.feature import Handler
from bots.context.kept_texts import origin
from bots.context.knowledge import Knowledge
from bots.context.log import warn
from bots.context.message import MessageContext, OverheardMessage, Reply
from bots.context.numbered import confirmed_number
from bots.context.reply_text import reply_of
from bots.context.sources import Sources
from bots.features.edit.effects import Agree
from community.core.messages import msg
from community.core.plain_text import clean

if TYPE_CHECKING:
    from community.storage import Draft

ASKED, AGREED_FOR = "consent", "agreed"
KEPT_FOR = timedelta(days=1)
"""How long an author may answer, and how long their agreement counts."""


@dataclass(frozen=True, slots=True)
class WantedMessage:
    """A message that ``asker``, a Matrix ID, would like to keep; ``number`` is the one by which its author agrees."""

    asker: str
    room_id: str
    event_id: str
    number: int

    @property
    def origin(self) -> str:
        """Its name as that of a message that words are from."""
        return origin(self.room_id, self.event_id)

    def to_json(self) -> str:
        """Return it as text that `wanted_messages` reads."""
        return json.dumps(asdict(self))


def asked_key(asker: str) -> str:
    """Return the conversation of the draft that has what ``asker`` has asked for: one thing at a time."""
    return f"{ASKED}/{asker}"


def wanted_messages(
    drafts: Iterable[Draft], now: datetime, *, is_clock_believed: bool
) -> list[WantedMessage]:
    """Return the messages of drafts that are not too old; one that another version has written otherwise is none.

    None is too old while the clock is not believed.
    """
    found = []
    for draft in drafts:
        if is_clock_believed and now - draft.at > KEPT_FOR:
            continue
        try:
            found.append(WantedMessage(**json.loads(draft.content)))
        except (ValueError, TypeError) as error:
            warn("consent_unreadable", kind=type(error).__name__)
    return found


async def is_agreed(context: MessageContext, sources: Sources) -> bool:
    """Whether nobody need be asked before an entry is made of the message that is replied to. Raises StoreError."""
    quoted, user_id = context.quoted, context.person.user_id
    if quoted is None or quoted.sender in (user_id, sources.rooms.me):
        return True
    kept = await sources.store.drafts.get("", AGREED_FOR, user_id)
    agreed = (
        []
        if kept is None
        else wanted_messages([kept], context.now, is_clock_believed=context.is_clock_believed)
    )
    return any(each.origin == origin(quoted.room_id, quoted.event_id) for each in agreed)


class AgreementHandler(Handler[OverheardMessage, WantedMessage | None]):
    """Takes the “yes” of an author, in the room where the message is."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: OverheardMessage, sources: Sources) -> WantedMessage | None:
        """Return the message that its author agrees is kept, None for anything else that is said."""
        message, me = context.message, sources.rooms.me
        text = message.question(me, "", is_direct=True)
        number = None if text is None or message.mentions - {me} else confirmed_number(text)
        if number is None:
            return None
        drafts = await sources.store.drafts.waiting("", "", context.person.user_id)
        asked = (each for each in drafts if each.conversation.startswith(f"{ASKED}/"))
        waiting = wanted_messages(asked, context.now, is_clock_believed=context.is_clock_believed)
        here = (each for each in waiting if (each.number, each.room_id) == (number, message.room_id))
        return next(here, None)

    def handle(self, context: OverheardMessage, records: WantedMessage | None) -> Reply | None:
        """Return the reply to the author; its effect tells who has asked."""
        if records is None:
            return None
        translate = self.knowledge.translator(context.person.languages)
        username = records.asker[1:].partition(":")[0]
        member = self.knowledge.members.get(username)
        name = clean(records.asker if member is None else member.name)
        reply = reply_of([translate(msg("Thank you. I tell {name}.", name=name))], [], [], translate.language)
        agreed = Agree(records.asker, records.room_id, records.event_id, records.number)
        return replace(reply, effects=(agreed,), language=translate.language)
