"""What somebody is told again who has come into a room and cannot read what the bot has posted there before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bots.context.asker import viewer_of
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.features.missed.items import NewsFinder, NewsGroup
from bots.features.missed.records import NewsRecords
from bots.features.missed.reply import NewsReply
from bots.features.missed.window import Window, WindowKind
from community.agenda.entry_scope import EntryScopes, Sight
from community.core.messages import msg
from community.core.plain_text import clean
from community.description.person import Person
from community.storage import Announced

ANNOUNCED_FOR = timedelta(days=60)
"""How long before somebody has come what was announced is looked for."""


def welcome(
    known: Knowledge,
    person: Person,
    room_key: str,
    room_name: str,
    announced: Sequence[Announced],
    now: datetime,
    *,
    can_be_invited: bool,
) -> Reply | None:
    """Return what a person is told directly: dates to come that were ``announced`` in the room, and their deadlines.

    None where the bot has announced nothing there that is to come. ``can_be_invited``: they can have what others have
    said there too, by being invited again.
    """
    there = tuple(each for each in announced if each.room_key == room_key)
    context = MessageContext("", person, is_direct=True, now=now, readers=frozenset({person.role}))
    window = Window(WindowKind.ASKED, now - ANNOUNCED_FOR)
    records = NewsRecords(window, (), there, frozenset({room_key}))
    sight, scopes = Sight(known.community), EntryScopes(known.community)
    finder = NewsFinder(known, sight, scopes, viewer_of(known, context), records, now)
    if not any(finder.announced()):
        return None
    items = [item for item in finder.all() if item.group is NewsGroup.TO_COME]
    name = clean(room_name)
    head = [
        msg(
            "You are in the room “{room}” now. You cannot read what was said there before you came.",
            room=name,
        )
    ]
    if can_be_invited:
        head.append(msg("Write there “!p show me what was said before”, and I say how you can read it too."))
    translate = known.translator(person.languages)
    reply, _shown = NewsReply(known, context, translate, window, False, tuple(head)).of(items, goes_on=False)
    return reply
