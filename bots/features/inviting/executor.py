"""Makes links and takes them back, each once; sends the text that is to be given on as a message of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bots.context.daily_limits import start_of_day
from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Reply
from bots.features.inviting import sentences
from bots.features.inviting.draft import AWAITED, drop_draft
from bots.features.inviting.earlier_links import EarlierLinks
from bots.features.inviting.effects import KeepInviting, MakeInvitation, TakeBackInvitation
from community.core.address_secret import digest_of_own
from community.core.messages import Message
from community.core.plain_text import one_line
from community.core.zones import ZoneInfo
from community.description.model import Community, Status
from community.description.person import Person
from community.joining.address import joining_address
from community.joining.described import Coming, WhoHasCome, open_links, who_has_come
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.joining.invitation_text import InvitationLetter
from community.joining.newcomer import offered_to_ask_for
from community.joining.permissions import may_revoke, refusal
from community.joining.terms import greeter_for, terms_faults, with_those_there
from community.storage import Draft, InvitationArrivals, NewInvitation, Store

MOST_A_DAY = 30
"""Links that one person may make in chat in a day of the community's time zone; the command makes more at once."""
_MOST_ENTRIES = 1_000


async def keep(effect: KeepInviting, execution: Execution, context: ExecutionContext) -> Reply:
    """Store what was said so far. Raises StoreError."""
    drafts, user_id = context.store.drafts, execution.to.user_id
    before = None if effect.is_new else await drafts.get("", AWAITED, user_id)
    origins = (*(() if before is None else before.origins), *effect.origins)
    await drafts.put(
        Draft(
            room_id="",
            conversation=AWAITED,
            user_id=user_id,
            content=effect.content,
            at=execution.at,
            origins=tuple(dict.fromkeys(origins)),
        )
    )
    return execution.reply


async def make(effect: MakeInvitation, execution: Execution, context: ExecutionContext) -> Reply:
    """Make the link, send the letter, and return the reply that says what happens next. Raises PalabreError."""
    user_id, terms = execution.to.user_id, InvitationTerms.model_validate(effect.terms)
    person, made = context.people.get(user_id), await context.store.invitations.listed()
    come = who_has_come(context.people.values(), (came for link in made for came in link.arrivals))
    if person is None or not _is_offered(terms, person, come, context):
        return await _instead(sentences.NOT_ANY_MORE, execution, context)
    link = await _link(effect, terms, execution, context)
    if link is None:
        return await _instead(sentences.ENOUGH_FOR_TODAY, execution, context)
    letter = _letter(link, person, joining_address(effect.server, effect.secret), context)
    key = f"invitation/{execution.event_id}"
    # Taken back since a process before has made it, it is not given on.
    if link.revoked_at is not None or not await context.sender.bring(key, execution.to, letter):
        await context.store.invitations.revoke(link.id, by=user_id, at=execution.at)
        return await _instead(sentences.NOT_SENT, execution, context)
    replaced = await _close_earlier(link, made, execution, context)
    await drop_draft(context.store.drafts, user_id)
    translate = context.translator([execution.language])
    said = sentences.made(link, effect.server, translate, replaced.after(translate.language))
    return replace(said, language=translate.language)


async def take_back(effect: TakeBackInvitation, execution: Execution, context: ExecutionContext) -> Reply:
    """Take a link back; return the reply. Raises StoreError."""
    user_id, links = execution.to.user_id, await context.store.invitations.listed()
    person = context.people.get(user_id)
    link = next((one.invitation for one in links if one.invitation.id == effect.number), None)
    await drop_draft(context.store.drafts, user_id)
    if person is None or link is None or not may_revoke(person, link, context.answers.knowledge.community):
        return await _instead(sentences.NOT_ANY_MORE, execution, context)
    await context.store.invitations.revoke(effect.number, by=user_id, at=execution.at)
    return execution.reply


def _is_offered(terms: InvitationTerms, person: Person, come: WhoHasCome, context: ExecutionContext) -> bool:
    community = context.answers.knowledge.community
    if terms.username is not None and not _is_awaited(terms, community, come):
        return False
    return not any(terms_faults(terms, community, "")) and refusal(person, terms, community) is None


def _is_awaited(terms: InvitationTerms, community: Community, come: WhoHasCome) -> bool:
    """Whether a link for somebody who is described says what is described of them, and they have not come."""
    member = None if terms.username is None else community.member.get(terms.username)
    if member is None or member.status is not Status.ACTIVE:
        return False
    described = (member.role, member.city, member.themes) == (terms.role, terms.city, terms.themes)
    return described and come.standing(member.username) is Coming.AWAITED


async def _close_earlier(
    link: NetworkInvitation,
    made: Iterable[InvitationArrivals],
    execution: Execution,
    context: ExecutionContext,
) -> EarlierLinks:
    """Take back the links that somebody described had before this one, and return them."""
    username, at = link.terms.username, execution.at
    links = [one.invitation for one in made if one.invitation.id < link.id]
    there = () if username is None else open_links(links, username, at)
    for earlier in there:
        await context.store.invitations.revoke(earlier.id, by=execution.to.user_id, at=at)
    # A process before may have closed them, and not come to say so.
    closed = (one for one in links if one.terms.username == username is not None and one.revoked_at == at)
    names = {user_id: person.name for user_id, person in context.people.items()}
    return EarlierLinks((*there, *closed), execution.to.user_id, names)


async def _link(
    effect: MakeInvitation, terms: InvitationTerms, execution: Execution, context: ExecutionContext
) -> NetworkInvitation | None:
    """Return the link, made unless a process before has made it; None where too many were made today."""
    digest, user_id, at = digest_of_own(effect.secret), execution.to.user_id, execution.at
    invitations = context.store.invitations
    there = await invitations.find(digest)
    if there is not None:
        return there
    zone = context.answers.knowledge.community.timezone
    if await _made_today(context.store, user_id, at, zone) >= MOST_A_DAY:
        return None
    new = NewInvitation(digest, terms, user_id, at + timedelta(days=effect.days))
    (made,) = await invitations.add([new], by=user_id, at=at)
    return made


async def _made_today(store: Store, user_id: str, at: datetime, timezone: str) -> int:
    noted = await store.audit.read(since=start_of_day(at, timezone), about=(user_id,), limit=_MOST_ENTRIES)
    return sum(entry.action == "invite" and entry.actor == user_id for entry in noted)


def _letter(link: NetworkInvitation, person: Person, address: str, context: ExecutionContext) -> Reply:
    """Return the text to be given on, in the language of whoever is invited."""
    community, translate = context.answers.knowledge.community, context.translator([link.terms.language])
    there = [one.username for one in context.people.values()]
    greeter = greeter_for(link.terms, with_those_there(community, there))
    letter = InvitationLetter(
        link.terms,
        one_line(person.name),
        None if greeter is None else one_line(greeter.name),
        address,
        link.expires_at.astimezone(ZoneInfo(community.timezone)).date(),
        offered_to_ask_for(link.terms, link.inviter_name, community),
    )
    return sentences.as_it_is(letter.text(community, translate), address, translate.language)


async def _instead(message: Message, execution: Execution, context: ExecutionContext) -> Reply:
    await drop_draft(context.store.drafts, execution.to.user_id)
    translate = context.translator([execution.language])
    return replace(sentences.say(translate, message), language=translate.language)
