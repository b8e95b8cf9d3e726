"""Lists the spaces of the network, and the rooms of whoever asks. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import fitting
from bots.features.spaces import sentences as said
from bots.features.spaces.records import SpaceRecords
from bots.features.spaces.speech import SpaceSpeech
from community.core.messages import Message
from community.core.plain_text import clean
from community.description.model import Joining, Member, Policy, Theme
from community.description.rooms import NO_ROLE, DescribedRoom, expand_rooms
from community.description.theme_rooms import (
    belongs_everywhere,
    joining_of,
    leads_into_safe_room,
    rooms_of_member,
    safe_among,
)
from community.directory.lines import Line


def spaces(
    context: MessageContext,
    knowledge: Knowledge,
    member: Member | None,
    records: SpaceRecords,
    speech: SpaceSpeech,
) -> Reply:
    """Return the list of spaces: in a room nothing of safe rooms, and nothing of whoever asks."""
    if not context.is_direct and NO_ROLE in context.readers:
        return speech.say(said.LIST_DIRECTLY)
    themes = knowledge.community.themes
    if not themes:
        return speech.say(said.NO_SPACES)
    own = member if context.is_direct else None
    cards = [_card(context, knowledge, own, records, speech, theme) for theme in themes]
    tail = [said.LIST_TAIL if context.is_direct else said.LIST_TAIL_ROOM]
    safe = () if own is None else safe_among(tuple(rooms_of_member(knowledge.community, own).values()))
    if safe:
        tail.insert(0, said.filled(said.SAFE_HEAD, rooms=speech.rooms(safe)))
    return speech.show([said.HEAD], fitting(cards), tail)


def _card(
    context: MessageContext,
    knowledge: Knowledge,
    own: Member | None,
    records: SpaceRecords,
    speech: SpaceSpeech,
    theme: Theme,
) -> Sequence[Line]:
    translate = speech.translate
    taken_by = records.takers.get(theme.key, 0)
    state = _state(context, knowledge, own, records, speech, theme)
    # Who is in it by their role has not taken it up: that nobody is there would be a contradiction.
    told = [state] if not taken_by and state is said.IN_IT else [said.people_in(taken_by), state]
    return [
        Line(speech.theme(theme), strong=True),
        Line(clean(theme.summary.text(translate.language))),
        Line(" · ".join(map(translate, told))),
    ]


def _state(
    context: MessageContext,
    knowledge: Knowledge,
    own: Member | None,
    records: SpaceRecords,
    speech: SpaceSpeech,
    theme: Theme,
) -> Message:
    if own is not None and (theme.key in own.themes or belongs_everywhere(knowledge.community, own.role)):
        return said.IN_IT
    if own is not None and records.own(context.person.user_id, theme.key) is not None:
        return said.ASKED_FOR
    name = speech.theme(theme)
    match joining_of(theme, knowledge.community):
        case Joining.OPEN:
            return said.filled(said.AT_ONCE, theme=name)
        case Joining.CLOSED:
            return said.BY_COORDINATORS
        case Joining.ASK:
            return said.filled(_who_decides(context, knowledge, theme), theme=name)


def _who_decides(context: MessageContext, knowledge: Knowledge, theme: Theme) -> Message:
    """Return how a theme is asked for: that a safe room comes with it is said directly alone."""
    is_safe = leads_into_safe_room(theme.key, knowledge.community)
    if is_safe:
        return said.KEEPERS_DECIDE if context.is_direct else said.ON_REQUEST
    return said.COORDINATORS_DECIDE


def my_rooms(
    context: MessageContext,
    knowledge: Knowledge,
    member: Member | None,
    records: SpaceRecords,
    speech: SpaceSpeech,
) -> Reply:
    """Return in which rooms whoever asks is, and how they accept what waits for them."""
    if not context.is_direct:
        return speech.say(said.MINE_DIRECTLY)
    belongs, others = _described(knowledge, member)
    stands = records.stands
    in_words: list[Message] = []
    for rooms, sentence in (
        ([room for room in (*belongs, *others) if stands.get(room.key) == "join"], said.MINE_JOINED),
        ([room for room in (*belongs, *others) if stands.get(room.key) == "invite"], said.MINE_INVITED),
    ):
        if rooms:
            in_words.append(said.filled(sentence, rooms=speech.rooms(rooms)))
            in_words += [said.HOW_TO_ACCEPT] if sentence is said.MINE_INVITED else []
    safe = [room for room in belongs if room.policy is Policy.SAFE]
    missing = [room for room in belongs if room.key in stands and stands[room.key] not in ("join", "invite")]
    for rooms, sentence in ((safe, said.MINE_SAFE), (missing, said.MINE_MISSING)):
        in_words += [said.filled(sentence, rooms=speech.rooms(rooms))] if rooms else []
    return speech.say(*(in_words or [said.MINE_NOTHING]), said.MINE_TAIL)


def _described(
    knowledge: Knowledge, member: Member | None
) -> tuple[list[DescribedRoom], list[DescribedRoom]]:
    """Return the rooms to which a member belongs, and all others, in which they may be all the same."""
    alone = knowledge.community.model_copy(update={"members": () if member is None else (member,)})
    rooms = [room for room in expand_rooms(alone) if not room.is_space]
    belongs = [room for room in rooms if room.members]
    return belongs, [room for room in rooms if not room.members]
