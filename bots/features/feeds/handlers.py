"""Answers whoever wants the calendar in their telephone, another address of it, or that it be revoked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.conversation_memory import ConversationMemory
from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.short_words import Word, short_word
from bots.context.sources import Sources
from bots.features.feeds import sentences
from bots.features.feeds.effects import MakeFeed, RevokeFeeds
from bots.features.feeds.named import named_in
from bots.features.feeds.words import SIGNS, FeedReading, FeedWish, readings
from community.core.address_secret import SECRET_BYTES, secret_of
from community.core.messages import Message, Translator
from community.core.zones import ZoneInfo
from community.description.feed_subject import FeedSubject
from community.description.rooms import NO_ROLE
from community.description.settings import is_for_this_computer
from community.feeds.address import feed_address
from community.feeds.permissions import may_make, may_revoke, subject_of_room
from community.feeds.subjects import languages_of, zone_of
from community.search.word_tables import folded

if TYPE_CHECKING:
    from community.storage import Feed

_YES_OR_NO = folded("commands/yes") | folded("commands/no") | folded("commands/cancel")
_MAKING = (FeedWish.MAKE, FeedWish.RENEW)


@dataclass(frozen=True, slots=True)
class FeedTalk:
    """What was last said of such an address: of what it is, and whether a “yes” makes a new one."""

    subject: FeedSubject
    language: str
    asks_new: bool = False


@dataclass(frozen=True, slots=True)
class FeedRecords:
    """What a message wants, and of which calendar: ``subjects`` are several where a name does not tell it.

    ``feeds`` are those that there are of the one. ``server``: where they are served, None for nowhere. ``secret`` is of
    the address that is perhaps made.
    """

    reading: FeedReading | None
    subjects: tuple[FeedSubject, ...] = ()
    feeds: tuple[Feed, ...] = ()
    server: str | None = None
    secret: str = field(default="", repr=False)


class FeedHandler(Handler[MessageContext, FeedRecords]):
    """The handler of messages. ``draw`` gives so many random bytes."""

    trigger = Trigger(contains=SIGNS | _YES_OR_NO)

    def __init__(self, knowledge: Knowledge, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self.knowledge = knowledge
        self.talk: ConversationMemory[FeedTalk] = ConversationMemory()
        self._draw = draw

    async def load(self, context: MessageContext, sources: Sources) -> FeedRecords:
        """Return what the message wants, and what there is of that."""
        reading, subjects = self._read(context, sources)
        if reading is None:
            return FeedRecords(None)
        feeds = await sources.store.feeds.of(subjects[0]) if len(subjects) == 1 else ()
        server = await sources.feed_server() if reading.wish in _MAKING else None
        return FeedRecords(reading, subjects, feeds, server, secret_of(self._draw(SECRET_BYTES)))

    def handle(self, context: MessageContext, records: FeedRecords) -> Reply | None:
        """Return the reply to such a message, None for any other."""
        reading = records.reading
        if reading is None:
            return None
        translate = self.knowledge.translators[reading.language]
        if reading.wish is FeedWish.OTHER_PROGRAMS:
            return sentences.other_programs(translate)
        refusal = self._refusal(context, records, reading)
        if refusal is not None:
            self.talk.forget(context)
            return sentences.say(translate, refusal)
        reply, asks_new = self._reply(context, records, reading.wish, translate)
        self.talk.put(context, FeedTalk(records.subjects[0], reading.language, asks_new))
        return reply

    # --- what is meant ----------------------------------------------------------------------------------------

    def _read(
        self, context: MessageContext, sources: Sources
    ) -> tuple[FeedReading | None, tuple[FeedSubject, ...]]:
        """Return what a message wants, and of which calendar: of several where a name does not tell it."""
        talk, community = self.talk.get(context), self.knowledge.community
        answer = None if talk is None else _answer(talk, short_word(context.text))
        if talk is not None and answer is not None:
            return answer, (talk.subject,)
        there = {person.username for person in sources.people.values()}
        for reading in readings(context.text, context.person.languages, is_going_on=talk is not None):
            if talk is not None and reading.is_bare:
                return reading, (talk.subject,)
            named = named_in(reading, community, there)
            if named:
                return reading, named
            if not reading.rest:
                return _in_doubt(reading, context), self._usual(context)
        return None, ()

    def _usual(self, context: MessageContext) -> tuple[FeedSubject, ...]:
        """Return which calendar is meant where nothing is named: the room's, directly the asker's own."""
        if context.is_direct:
            return (FeedSubject("person", context.person.username),)
        of_room = self._of_room(context)
        return () if of_room is None else (of_room,)

    def _of_room(self, context: MessageContext) -> FeedSubject | None:
        if context.room_key is None or NO_ROLE in context.readers:
            return None
        return subject_of_room(context.room_key, self.knowledge.community)

    # --- who may ----------------------------------------------------------------------------------------------

    def _refusal(self, context: MessageContext, records: FeedRecords, reading: FeedReading) -> Message | None:
        """Return why nothing is done; None where it may be."""
        person, community, subjects = context.person, self.knowledge.community, records.subjects
        of_room = self._of_room(context)
        if not context.is_direct and (of_room is None or subjects != (of_room,)):
            return sentences.IN_DIRECT_MESSAGE
        allowed = may_revoke if reading.wish is FeedWish.REVOKE else may_make
        if not all(allowed(person, subject, community) for subject in subjects):
            if any(subject.kind == "person" for subject in subjects):
                return sentences.NOBODY_ELSES
            return sentences.ASK_COORDINATOR if context.is_direct else sentences.ROOM_ASKS_COORDINATOR
        if len(subjects) > 1:
            return sentences.WHICH_OF_THEM
        if reading.is_in_doubt:
            return sentences.whose(subjects[0], community, self.knowledge.translators[reading.language])
        if reading.wish in _MAKING and records.server is None:
            return sentences.NOT_SET_UP
        return None

    # --- what is done -----------------------------------------------------------------------------------------

    def _reply(
        self, context: MessageContext, records: FeedRecords, wish: FeedWish, translate: Translator
    ) -> tuple[Reply, bool]:
        """Return the reply, and whether it asks for a “yes”."""
        subject, feeds = records.subjects[0], records.feeds
        if wish is FeedWish.KEEP:
            return sentences.say(translate, sentences.KEPT), False
        if wish is FeedWish.REVOKE:
            if not feeds:
                return sentences.say(translate, sentences.NOTHING_TO_REVOKE), False
            done = sentences.say(translate, sentences.REVOKED)
            return replace(done, effects=(RevokeFeeds(subject),)), False
        if wish is FeedWish.MAKE and feeds:
            community = self.knowledge.community
            zone = ZoneInfo(zone_of(FeedSubject("person", context.person.username), community))
            since = feeds[-1].made_at.astimezone(zone)
            return sentences.there_already(subject, since, community, translate), True
        return self._made(records, subject, translate), False

    def _made(self, records: FeedRecords, subject: FeedSubject, translate: Translator) -> Reply:
        community, server = self.knowledge.community, records.server or ""
        spoken = languages_of(subject, community)
        language = translate.language if translate.language in spoken else spoken[0]
        reply = sentences.made_reply(
            subject,
            feed_address(server, records.secret, language),
            community,
            translate,
            replaces=bool(records.feeds),
            is_for_this_computer=is_for_this_computer(server),
        )
        return replace(reply, effects=(MakeFeed(subject, records.secret),))


def _in_doubt(reading: FeedReading, context: MessageContext) -> FeedReading:
    """Return a wish that names nothing: in a room it may be about the room's address or about the person's own.

    To revoke one there needs its name, and another in its place is asked about.
    """
    if context.is_direct:
        return reading
    if reading.wish is FeedWish.RENEW:
        return replace(reading, wish=FeedWish.MAKE)
    return replace(reading, is_in_doubt=reading.wish is FeedWish.REVOKE)


def _answer(talk: FeedTalk, word: Word | None) -> FeedReading | None:
    """Return what a “yes” or “no” means to the question whether a new one is to be made."""
    if not talk.asks_new:
        return None
    match word:
        case Word.YES:
            return FeedReading(talk.language, FeedWish.RENEW)
        case Word.NO | Word.CANCEL:
            return FeedReading(talk.language, FeedWish.KEEP)
        case _:
            return None


class FeedsHandlers(FeatureHandlers):
    """The handler of messages, and what it remembers of conversations."""

    def __init__(self, setting: Setting) -> None:
        self._handler = FeedHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, FeedHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    def use(self, knowledge: Knowledge) -> None:
        """Go by this state of the community from now on."""
        self._handler.knowledge = knowledge

    def interrupted(self, context: MessageContext) -> None:
        """Take note that something else is spoken of."""
        self._handler.talk.forget(context)

    def forget(self, user_id: str) -> None:
        """Forget what was spoken of with somebody."""
        self._handler.talk.forget_person(user_id)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what has words of a message."""
        self._handler.talk.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget what was spoken of too long ago."""
        self._handler.talk.forget_old(now)
