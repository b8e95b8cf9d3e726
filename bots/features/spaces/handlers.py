"""The handlers of what is said about spaces: to the bot, and in the coordinators' room without naming it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, OverheardMessage, Reply, Unnumbered
from bots.context.numbered import confirmed_number, decided_number
from bots.context.short_words import Word, short_word
from bots.context.sources import Sources
from bots.features.spaces import lists, moving
from bots.features.spaces import sentences as said
from bots.features.spaces.deciding import decided, may_decide
from bots.features.spaces.effects import KeepSpaceWish
from bots.features.spaces.moving import SpaceMove
from bots.features.spaces.named import SpaceMeaning, meaning_of
from bots.features.spaces.records import SpaceRecords, WaitingRequest, records_for, waiting_requests
from bots.features.spaces.speech import SpaceSpeech
from bots.features.spaces.wishes import SPACE_WISHES, waiting_space_wish
from bots.features.spaces.words import SIGNS, SpaceWish
from community.description.model import Member
from community.description.person import Person


class SpaceHandler(Handler[MessageContext, SpaceRecords]):
    """Answers what is said to the bot about spaces."""

    trigger = Trigger(contains=SIGNS, awaits=SPACE_WISHES.awaited, has_number=True)

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: MessageContext, sources: Sources) -> SpaceRecords:
        """Return what the message wants, and what there is of that."""
        waiting = waiting_space_wish(context)
        meaning = meaning_of(context, self.knowledge.community, self._member(context.person))
        return await records_for(context, meaning, waiting, sources)

    def handle(self, context: MessageContext, records: SpaceRecords) -> Reply | Unnumbered | None:
        """Return the reply to such a message, or to what confirms or decides; None for any other."""
        if records.waiting is not None:
            reply = self._confirmation(context, records, records.waiting)
            if reply is not None:
                return reply
        decision = decided_number(context.text)
        request = None if decision is None else records.numbered(decision[1])
        if decision is not None and request is not None:
            return self._decision(context, request, granted=decision[0])
        return None if records.meaning is None else self._answer(context, records, records.meaning)

    async def decided(
        self, context: MessageContext, records: SpaceRecords, reply: Reply | None, sources: Sources
    ) -> None:
        """Delete what waits for a “yes” after any message that does not give it; a wrong number is no other message.

        What is confirmed is deleted by its effect: until that is done, this message may be processed again.
        """
        # Of another conversation it waits as well, and is over with whatever is said.
        waits = records.waiting is not None or any(
            each.key == SPACE_WISHES.awaited for each in context.awaited
        )
        if not waits or confirmed_number(context.text) is not None:
            return
        if reply is None or not reply.effects:
            await SPACE_WISHES.drop(sources.store.drafts, context.person.user_id)

    # --- what is wanted ---------------------------------------------------------------------------------------

    def _answer(
        self, context: MessageContext, records: SpaceRecords, meaning: SpaceMeaning
    ) -> Reply | Unnumbered:
        speech, member = self._speech(meaning.reading.language), self._member(context.person)
        match meaning.reading.wish:
            case SpaceWish.LIST:
                return lists.spaces(context, self.knowledge, member, records, speech)
            case SpaceWish.MINE:
                return lists.my_rooms(context, self.knowledge, member, records, speech)
            case SpaceWish.JOIN | SpaceWish.LEAVE:
                return self._moved(context, records, meaning, speech, member)
            case _:
                assert_never(meaning.reading.wish)

    def _moved(
        self,
        context: MessageContext,
        records: SpaceRecords,
        meaning: SpaceMeaning,
        speech: SpaceSpeech,
        member: Member | None,
    ) -> Reply | Unnumbered:
        joins = meaning.reading.wish is SpaceWish.JOIN
        if meaning.rooms and member is not None:
            return _of_room(meaning, member, speech, joins=joins)
        if not meaning.themes:
            return speech.say(said.UNKNOWN, said.WHICH_THERE_ARE)
        if len(meaning.themes) > 1:
            names = " · ".join(speech.theme(theme) for theme in meaning.themes)
            return speech.say(said.filled(said.WHICH_ONE, themes=names))
        if member is None:
            return speech.say(said.NOT_ANY_MORE)
        move = SpaceMove(context, self.knowledge, member, meaning.themes[0], records, speech)
        return moving.join(move) if joins else moving.leave(move)

    # --- what is confirmed and decided ------------------------------------------------------------------------

    def _confirmation(
        self, context: MessageContext, records: SpaceRecords, wish: KeepSpaceWish
    ) -> Reply | Unnumbered | None:
        """Return the answer to a “yes” or “no” to what was shown; to a “yes” without its number that question again."""
        word, number = short_word(context.text), confirmed_number(context.text)
        speech, member = self._speech(wish.language), self._member(context.person)
        if word in (Word.NO, Word.CANCEL):
            return speech.say(said.NOT_ASKED if wish.joins else said.STAYED)
        if word is not Word.YES and number != wish.number:
            return None
        theme = self.knowledge.community.theme.get(wish.theme)
        if theme is None or member is None:
            return speech.say(said.NOT_ANY_MORE)
        move = SpaceMove(context, self.knowledge, member, theme, records, speech, number=wish.number)
        if number == wish.number:
            return moving.confirmed(move, wish)
        return moving.join(move) if wish.joins else moving.leave(move)

    def _decision(self, context: MessageContext, request: WaitingRequest, *, granted: bool) -> Reply | None:
        """Return the answer to a decision; None to whoever may not decide, as if no such request waited."""
        if not context.is_direct:
            # In the coordinators' room it is overheard, whether or not it names the bot.
            return None
        if not may_decide(self.knowledge.community, context.person, request, is_direct=True):
            return None
        translate = self.knowledge.translator(context.person.languages)
        return decided(self.knowledge, request, SpaceSpeech(translate), granted=granted)

    def _member(self, person: Person) -> Member | None:
        return self.knowledge.members.get(person.username)

    def _speech(self, language: str) -> SpaceSpeech:
        return SpaceSpeech(self.knowledge.translator([language]))


def _of_room(meaning: SpaceMeaning, member: Member, speech: SpaceSpeech, *, joins: bool) -> Reply:
    """Return the answer about a room that comes with no theme by its name."""
    room = meaning.rooms[0]
    belongs = member.username in room.members
    sentence = (said.BELONGS if belongs else said.MAY_ENTER) if joins else said.NOT_BY_THEME
    return speech.say(said.filled(sentence, room=speech.rooms([room])))


@dataclass(frozen=True, slots=True)
class GivenDecision:
    """What somebody in the coordinators' room says to a request that waits."""

    request: WaitingRequest
    granted: bool


class OverheardDecisions(Handler[OverheardMessage, GivenDecision | None]):
    """Takes the coordinators' “yes 6” and “no 6” in their room, where the request is shown."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: OverheardMessage, sources: Sources) -> GivenDecision | None:
        """Return the decision and its request; None for every other message."""
        room, me = sources.coordination.coordinators, sources.rooms.me
        if room is None or context.message.room_id != room.room_id or context.message.mentions - {me}:
            return None
        decision = decided_number(context.message.question(me, "", is_direct=True) or "")
        if decision is None:
            return None
        waiting = await waiting_requests(sources)
        named = next((each for each in waiting if each.number == decision[1]), None)
        return None if named is None else GivenDecision(named, decision[0])

    def handle(self, context: OverheardMessage, records: GivenDecision | None) -> Reply | None:
        """Return the reply to the decision; None to whoever may not decide."""
        community, person = self.knowledge.community, context.person
        if records is None or not may_decide(community, person, records.request, is_direct=False):
            return None
        speech = SpaceSpeech(self.knowledge.translator(person.languages))
        return decided(self.knowledge, records.request, speech, granted=records.granted)


class SpacesHandlers(FeatureHandlers):
    """The handlers of messages and of decisions."""

    def __init__(self, setting: Setting) -> None:
        self._handler = SpaceHandler(setting.knowledge)
        self._overheard = OverheardDecisions(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, SpaceHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    @property
    def overheard(self) -> OverheardDecisions:
        """The handler of the coordinators' decisions."""
        return self._overheard

    def use(self, knowledge: Knowledge) -> None:
        """Go by this state of the community from now on."""
        self._handler.knowledge = self._overheard.knowledge = knowledge
