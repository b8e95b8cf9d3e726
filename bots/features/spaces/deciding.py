"""Who decides on a request for a space, how it is shown to them, and what comes of their “yes” or “no”. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bots.context.feature import Addressees, Post, RequestType
from bots.context.knowledge import Knowledge
from bots.context.message import Reply
from bots.features.spaces import sentences as said
from bots.features.spaces.effects import DecideRequest
from bots.features.spaces.records import WaitingRequest
from bots.features.spaces.speech import SpaceSpeech
from community.core.messages import Translator
from community.description.model import Community, Joining, Member, Theme
from community.description.person import Person
from community.description.rooms import DescribedRoom
from community.description.theme_rooms import deciding_on, joining_of, rooms_by_theme, safe_among
from community.jobs.job import Job
from community.jobs.requested import SpaceRequest


def member_of(community: Community, person: Person | None) -> Member | None:
    """Return the member that a person is described as."""
    return None if person is None else community.member.get(person.username)


def asking_member(community: Community, user_id: str) -> Member | None:
    """Return the active member whose request it is, also while they have no account; None where they are gone.

    Whose account the homeserver has lost is nobody to the bot until they have come again, and wishes what they did.
    """
    return community.active_member.get(user_id.removeprefix("@").partition(":")[0])


def safe_rooms_asked(community: Community, asker: Member, theme: Theme) -> tuple[DescribedRoom, ...]:
    """Return the safe rooms that come with a theme for whoever asks for it."""
    return safe_among(rooms_by_theme(community, asker, theme.key))


def deciders(
    community: Community, people: Collection[Person], asker: Member | None, theme_key: str
) -> tuple[Person, ...]:
    """Return who of ``people`` decides on somebody's request (`deciding_on`)."""
    if theme_key not in community.theme or asker is None:
        return ()
    deciding = deciding_on(community, asker, theme_key)
    return tuple(person for person in people if person.username in deciding)


def may_decide(community: Community, decider: Person, request: WaitingRequest, *, is_direct: bool) -> bool:
    """Whether somebody may decide on a request, and say so there: on safe rooms in a direct message alone."""
    asker = asking_member(community, request.user_id)
    if asker is None or decider not in deciders(community, (decider,), asker, request.theme):
        return False
    return is_direct or not safe_rooms_asked(community, asker, community.theme[request.theme])


def is_still_possible(
    community: Community, asker: Person, theme_key: str, *, is_invited: bool = False
) -> bool:
    """Whether a theme can still be granted to whoever has asked for it; ``is_invited``: by their invitation.

    One that nobody may ask for is in an invitation by the word of whoever may invite.
    """
    theme, member = community.theme.get(theme_key), member_of(community, asker)
    if theme is None or member is None or theme_key in member.themes:
        return False
    return is_invited or joining_of(theme, community) is not Joining.CLOSED


def decided(knowledge: Knowledge, request: WaitingRequest, speech: SpaceSpeech, *, granted: bool) -> Reply:
    """Return the answer to a decision on the request of somebody who is a member still."""
    community, asker = knowledge.community, request.person
    if asker is None:
        member = asking_member(community, request.user_id)
        return speech.say(said.filled(said.HAS_NO_ACCOUNT, name=speech.name(member.name if member else "")))
    if granted and not is_still_possible(community, asker, request.theme, is_invited=request.is_invited):
        return speech.say(said.NO_LONGER_WAITS, effects=(DecideRequest(request.job_id, granted=False),))
    sentence = said.filled(
        said.GRANTED if granted else said.REFUSED,
        number=request.number,
        name=speech.name(asker.name),
        theme=speech.theme(community.theme[request.theme]),
    )
    return speech.say(sentence, effects=(DecideRequest(request.job_id, granted),))


def posts(job: Job, asked: SpaceRequest, audience: Addressees) -> Iterator[Post]:
    """Yield the posts of a request: to the coordinators' room, else to each of those who decide directly.

    There is no room for whoever has no direct message yet, or whose identity is another: they are shown it later.
    """
    community, asker = audience.community, audience.people.get(asked.user_id)
    if asker is None or asked.theme not in community.theme:
        return
    member = member_of(community, asker)
    those = deciders(community, tuple(audience.people.values()), member, asked.theme)
    safe = () if member is None else safe_rooms_asked(community, member, community.theme[asked.theme])
    if not safe and audience.coordinators is not None:
        yield audience.coordinators, _card(job, asked, asker, audience, audience.translator)
        return
    for person in those:
        room = None if audience.is_changed(person.user_id) else audience.direct(person.user_id)
        translate = audience.knowledge.translator(person.languages)
        yield room, _card(job, asked, asker, audience, translate)


def _card(job: Job, asked: SpaceRequest, asker: Person, audience: Addressees, translate: Translator) -> Reply:
    community, speech = audience.community, SpaceSpeech(translate)
    theme, member = community.theme[asked.theme], member_of(community, asker)
    values = {"name": speech.name(asker.name), "theme": speech.theme(theme)}
    city = None if asker.city is None else community.city.get(asker.city)
    if city is None:
        wants = said.filled(said.HAS_COME if asked.is_invited else said.WANTS_IN, **values)
    else:
        named = speech.name(city.name.text(translate.language))
        wants = said.filled(said.HAS_COME_OF if asked.is_invited else said.WANTS_IN_OF, **values, city=named)
    rooms = () if member is None else rooms_by_theme(community, member, asked.theme)
    safe = safe_among(rooms)
    shown, comes = safe or rooms, said.WITH_IT_COMES
    if safe:
        comes = said.WITH_IT_SAFE_BY_LINK if asked.is_invited else said.WITH_IT_SAFE
    with_it = [said.filled(comes, rooms=speech.rooms(shown), count=len(shown))] if shown else []
    return speech.say(wants, *with_it, said.filled(said.HOW_TO_DECIDE, number=asked.number_of(job)))


SPACE_REQUESTS = RequestType(SpaceRequest, posts)
