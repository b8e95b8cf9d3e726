"""Answers what is sent to the bot directly in place of words: a voice message, a picture, a file, a place, a poll."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from bots.context.incoming import IncomingMessage
from bots.context.message import Address, Reply
from bots.context.reply_text import reply_of
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.planned_reply import PlannedReply
from community.core.messages import msg
from matrix.ids import RoomId

SILENT_FOR = timedelta(minutes=10)
"""Several pictures sent together have one line."""
REMEMBERED = 2_000


class OtherMessages:
    """Asks people to write what they have sent."""

    def __init__(self, features: FeatureSet, incoming: IncomingReader) -> None:
        self._features = features
        self._incoming = incoming
        self._asked: OrderedDict[str, tuple[datetime, str]] = OrderedDict()

    def planned(self, message: IncomingMessage) -> PlannedReply | None:
        """Return the request to write it; None for anything else, in a room, and where it was asked just now."""
        where = self._incoming.where(RoomId(message.room_id), message.sender)
        if not message.has_no_text or where is None or not where.is_direct:
            return None
        at, asked_for = self._asked.get(message.sender, (None, ""))
        if at is not None and where.now - at < SILENT_FOR and asked_for != message.event_id:
            return None
        self._asked[message.sender] = (where.now, message.event_id)
        self._asked.move_to_end(message.sender)
        while len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        translate = self._features.translator(where.person.languages)
        said = translate(msg("I can read only what is written: please write it to me."))
        reply = reply_of([said], [], [], translate.language)
        to = Address(
            message.room_id, message.event_id, message.sender, message.relation.thread, message.room_id
        )
        return PlannedReply(Reply(reply.text, reply.html), to, where.now, language=translate.language)
