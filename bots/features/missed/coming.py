"""What is to come for one person, as lines of a message that nobody has asked for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bots.context.asker import viewer_of
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext
from bots.features.missed.items import NewsFinder, NewsGroup, NewsItem
from bots.features.missed.records import NewsRecords
from bots.features.missed.reply import NewsReply
from bots.features.missed.window import Window, WindowKind
from community.agenda.entry_scope import EntryScopes, Sight
from community.description.person import Person
from community.directory.lines import Line
from community.storage import Announced

_USUAL = 3
_MOST = 5
"""How many are told of what was announced: whoever comes cannot read it."""


def coming(
    known: Knowledge, person: Person, rooms: frozenset[str], announced: Sequence[Announced], now: datetime
) -> list[Line]:
    """Return dates to come, the next first: what was ``announced`` in the ``rooms``, and else deadlines and events.

    Where there are any, a heading stands above them.
    """
    context = MessageContext("", person, is_direct=True, now=now, readers=frozenset({person.role}))
    window = Window(WindowKind.NOT_KNOWN, now)
    there = tuple(each for each in announced if each.room_key in rooms)
    records = NewsRecords(window, (), there, rooms)
    sight, scopes = Sight(known.community), EntryScopes(known.community)
    finder = NewsFinder(known, sight, scopes, viewer_of(known, context), records, now)
    told = {one.key for one in finder.announced()}
    items = _first([item for item in finder.all() if item.group is NewsGroup.TO_COME], told)
    if not items:
        return []
    return NewsReply(known, context, known.translator(person.languages), window, False).lines_to_come(items)


def _first(items: Sequence[NewsItem], told: Collection[str]) -> list[NewsItem]:
    """Return the first of those that were ``told``, filled up with the first of the others."""
    announced = [item for item in items if item.name in told][:_MOST]
    others = [item for item in items if item.name not in told][: max(0, _USUAL - len(announced))]
    return [item for item in items if item in announced or item in others]
