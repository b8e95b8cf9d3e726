"""Answers whoever wants into a space or out of it: at once, after a “yes” with its number, or by others' word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply, Unnumbered, shown_by
from bots.features.spaces import sentences as said
from bots.features.spaces.effects import (
    AskForTheme,
    JoinTheme,
    KeepSpaceWish,
    LeaveTheme,
    WithdrawSpaceRequest,
)
from bots.features.spaces.records import SpaceRecords
from bots.features.spaces.speech import SpaceSpeech
from community.core.messages import Message
from community.description.model import Joining, Member, Policy, Theme
from community.description.rooms import DescribedRoom
from community.description.theme_rooms import belongs_everywhere, joining_of, rooms_by_theme, safe_among
from community.jobs.gate_text import kept_for, operators_see


@dataclass(frozen=True, slots=True)
class SpaceMove:
    """One person, one theme, and what is said to them: in or out.

    ``number``: by which the same was shown to them before.
    """

    context: MessageContext
    knowledge: Knowledge
    member: Member
    theme: Theme
    records: SpaceRecords
    speech: SpaceSpeech
    number: int | None = None

    @property
    def rooms(self) -> tuple[DescribedRoom, ...]:
        """The rooms in which they are, or would be, because of the theme alone."""
        return rooms_by_theme(self.knowledge.community, self.member, self.theme.key)

    @property
    def has_it(self) -> bool:
        """Whether they have the theme."""
        return self.theme.key in self.member.themes

    @property
    def is_everywhere(self) -> bool:
        """Whether they are in every room, whatever their themes."""
        return belongs_everywhere(self.knowledge.community, self.member.role)

    @property
    def joining(self) -> Joining:
        """How the theme is taken up."""
        return joining_of(self.theme, self.knowledge.community)

    def filled(self, sentence: Message, **more: object) -> Message:
        """Return a sentence with the theme's name, and more values."""
        return said.filled(sentence, theme=self.speech.theme(self.theme), **more)

    def say(self, *sentences: Message, **values: object) -> Reply:
        """Return a reply of sentences about the theme."""
        return self.speech.say(*(self.filled(each, **values) for each in sentences))


def join(move: SpaceMove) -> Reply | Unnumbered:
    """Return the answer to whoever wants in."""
    context, speech = move.context, move.speech
    if move.has_it:
        return move.say(said.ALREADY, said.MINE_OF_ALL)
    if move.is_everywhere:
        return move.say(said.ALL_ALREADY)
    match move.joining:
        case Joining.OPEN:
            return _at_once(move)
        case Joining.CLOSED:
            return move.say(said.CLOSED)
        case Joining.ASK:
            pass
    if move.records.own(context.person.user_id, move.theme.key) is not None:
        return move.say(said.STILL_ASKED)
    safe = safe_among(move.rooms)
    if not safe:
        asked = move.filled(said.ASKED, days=said.WAITS.days)
        return speech.say(asked, effects=(AskForTheme(move.theme.key),))
    if not context.is_direct:
        # That there is a safe room is said to nobody else.
        return move.say(said.JOIN_DIRECTLY)
    return shown_by(move.number, lambda number: asks_before_safe(move, safe, number))


def _at_once(move: SpaceMove) -> Reply:
    rooms = move.rooms
    if not move.context.is_direct:
        done = [move.filled(said.JOINED_HERE)]
    elif not rooms:
        done = [move.filled(said.JOINED_BARE)]
    else:
        done = [move.filled(said.JOINED, rooms=move.speech.rooms(rooms)), said.HOW_THEY_COME]
    return move.speech.say(*done, effects=(JoinTheme(move.theme.key),))


def asks_before_safe(move: SpaceMove, safe: tuple[DescribedRoom, ...], number: int) -> Reply:
    """Return what somebody is told before they ask for a safe room, and the question whether they want to."""
    retention = {room.options.retention for room in safe}
    longest = None if None in retention else max(each for each in retention if each is not None)
    return move.speech.say(
        move.filled(said.BEFORE_SAFE, rooms=move.speech.rooms(safe), count=len(safe)),
        said.WHO_READS,
        kept_for(None if longest is None else max(longest.days, 1)),
        said.NO_BOT,
        operators_see(),
        said.NOT_PROTECTED,
        said.filled(said.SHALL_I_ASK, number=number),
        effects=(_wish(move, number, joins=True),),
    )


def leave(move: SpaceMove) -> Reply | Unnumbered:
    """Return the answer to whoever wants out."""
    asked = move.records.own(move.context.person.user_id, move.theme.key)
    if asked is not None:
        taken_back = move.filled(said.TAKEN_BACK)
        return move.speech.say(taken_back, effects=(WithdrawSpaceRequest(asked.job_id),))
    if not move.has_it:
        return move.say(said.LEAVING_CHANGES_NOTHING if move.is_everywhere else said.NOT_IN_IT)
    if not move.context.is_direct:
        return move.say(said.LEAVE_DIRECTLY)
    if move.is_everywhere:
        return move.say(said.LEAVING_CHANGES_NOTHING)
    rooms = move.rooms
    if not rooms:
        return move.speech.say(move.filled(said.LEFT_BARE), effects=(LeaveTheme(move.theme.key),))
    if any(move.member.username in room.moderators for room in safe_among(rooms)):
        return move.say(said.KEEPS_IT)
    return shown_by(move.number, lambda number: asks_before_leaving(move, rooms, number))


_BACK: Mapping[Joining, Message] = {
    Joining.OPEN: said.COME_BACK,
    Joining.ASK: said.ASK_AGAIN,
    Joining.CLOSED: said.PLACED_AGAIN,
}


def asks_before_leaving(move: SpaceMove, rooms: tuple[DescribedRoom, ...], number: int) -> Reply:
    """Return what is lost by leaving, and the question whether that is right."""
    is_safe = any(room.policy is Policy.SAFE for room in rooms)
    return move.speech.say(
        move.filled(said.LEAVING, rooms=move.speech.rooms(rooms)),
        said.WHAT_IS_LOST,
        *([said.SAFE_IS_LOST] if is_safe else []),
        move.filled(_BACK[move.joining]),
        said.filled(said.IS_IT_RIGHT, number=number),
        effects=(_wish(move, number, joins=False),),
    )


def _wish(move: SpaceMove, number: int, *, joins: bool) -> KeepSpaceWish:
    language = move.speech.translate.language
    return KeepSpaceWish(move.theme.key, joins, move.context.conversation, language, number)


def confirmed(move: SpaceMove, wish: KeepSpaceWish) -> Reply:
    """Return the answer to a “yes” with the number: what was shown is done, unless it is no longer so."""
    if wish.joins:
        if move.has_it or move.joining is not Joining.ASK:
            return move.say(said.NOT_ANY_MORE)
        asked = move.filled(said.KEEPERS_ASKED, days=said.WAITS.days)
        return move.speech.say(asked, effects=(AskForTheme(move.theme.key),))
    if not move.has_it:
        return move.say(said.NOT_IN_IT)
    return move.speech.say(move.filled(said.LEFT), effects=(LeaveTheme(move.theme.key),))
