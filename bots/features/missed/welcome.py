"""What somebody is told again who has come into a room and cannot read what the bot has posted there before. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.context.asker import viewer_of
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.features.missed.items import NewsFinder, NewsGroup
from bots.features.missed.records import NewsRecords
from bots.features.missed.reply import NewsReply
from bots.features.missed.window import Window, WindowKind
from community.agenda.entry_scope import EntryScopes, Sight
from community.core.messages import Message, msg
from community.core.plain_text import clean
from community.description.person import Person
from community.storage import Announced

ANNOUNCED_FOR = timedelta(days=60)
"""How long before somebody has come what was announced is looked for."""


@dataclass(frozen=True, slots=True)
class EnteredRoom:
    """The room into which somebody has come, as it is called to people.

    ``is_open``: whether those who come later may read what others have said there; ``can_be_invited``: they can, by
    being invited again.
    """

    key: str
    name: str
    is_open: bool
    can_be_invited: bool


def welcome(
    known: Knowledge, person: Person, room: EnteredRoom, announced: Sequence[Announced], now: datetime
) -> Reply | None:
    """Return what a person is told directly: dates to come that were ``announced`` in the room, and their deadlines.

    None where the bot has announced nothing there that is to come.
    """
    there = tuple(each for each in announced if each.room_key == room.key)
    context = MessageContext("", person, is_direct=True, now=now, readers=frozenset({person.role}))
    window = Window(WindowKind.ASKED, now - ANNOUNCED_FOR)
    records = NewsRecords(window, (), there, frozenset({room.key}))
    sight, scopes = Sight(known.community), EntryScopes(known.community)
    finder = NewsFinder(known, sight, scopes, viewer_of(known, context), records, now)
    if not any(finder.announced()):
        return None
    items = [item for item in finder.all() if item.group is NewsGroup.TO_COME]
    head = tuple(_head(room))
    translate = known.translator(person.languages)
    reply, _shown = NewsReply(known, context, translate, window, False, head).of(items, goes_on=False)
    return reply


def _head(room: EnteredRoom) -> Iterator[Message]:
    """Yield why what others have said stays closed to them, and the way to it where there is one."""
    name = clean(room.name)
    if not room.is_open:
        yield msg(
            "You are in the room “{room}” now. What was said there before you came stays with those who were there: "
            "the room is set so.",
            room=name,
        )
        return
    yield msg(
        "You are in the room “{room}” now. You cannot read what was said there before you came.", room=name
    )
    if room.can_be_invited:
        yield msg("Write there “!p show me what was said before”, and I say how you can read it too.")
