"""Makes invitations: whom, on which terms, in whose name; all of them or none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from community.core.address_secret import SECRET_BYTES, digest_of_own, secret_of
from community.core.messages import Message, msg, translator
from community.core.zones import ZoneInfo
from community.description.data_folder import DataFolder
from community.description.fields import Localized
from community.description.findings import sentence_of
from community.description.known_community import load_own_settings
from community.description.model import Community, Member
from community.description.names import NOUNS
from community.description.person import Person
from community.description.settings import Settings
from community.feeds.address import feed_server
from community.joining.address import joining_address
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.joining.invitation_list import read_invitations
from community.joining.invitation_text import InvitationLetter, PosterText, poster_text
from community.joining.newcomer import offered_to_ask_for
from community.joining.permissions import refusal
from community.joining.terms import greeter_for, member_terms, terms_faults, with_those_there
from community.storage import NewInvitation, Store
from community.storage.in_force import community_in_force
from palabre_cli.errors import CommandError, NobodyInvited, UnknownKey
from palabre_cli.files import read_named
from palabre_cli.invite.described import earlier_links, wanted_members
from palabre_cli.stored import actor, opened
from palabre_cli.terminal import PACKAGES


@dataclass(frozen=True, slots=True)
class OneRequest:
    """A link with what was said of it: the fields of `InvitationTerms`."""

    terms: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A link for each person of a table."""

    table: Path


@dataclass(frozen=True, slots=True)
class DescribedRequest:
    """A link for the member of that user name, who has not come yet; None: for each who has not and has no link."""

    username: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was made, with its address, which nobody can show again, and the texts to give on.

    ``asked``: the names of themes that keepers grant whoever comes.
    """

    link: NetworkInvitation
    address: str
    letter: str
    poster: PosterText
    asked: tuple[Localized, ...]


async def make(
    config: Path,
    data: DataFolder,
    request: OneRequest | ListRequest | DescribedRequest,
    by: str | None,
    lifetime: timedelta | None,
    now: datetime,
) -> tuple[Invited, ...]:
    """Make the invitations that were asked for, all or none, and return them in their order.

    Raises:
        CommandError: it is not known where the network is reached, or something that was said is wrong.
        DescriptionError: something in a table is wrong.
        StoreError: the store cannot be opened, or failed.
    """
    settings = load_own_settings(config, data)
    server = _server(settings, data)
    async with opened(config, data) as store:
        community = await community_in_force(config, data, store)
        inviter = None if by is None else await member_of(store, by)
        earlier: tuple[int, ...] = ()
        if isinstance(request, DescribedRequest):
            name = settings.homeserver.server_name
            members = await wanted_members(store, community, name, request.username, now)
            earlier = await earlier_links(store, members, now)
            offered = (member_terms(member, community) for member in members)
            terms: Sequence[InvitationTerms] = [_allowed(each, community, inviter) for each in offered]
        else:
            terms = _terms(request, community, inviter)
        secrets = [secret_of(os.urandom(SECRET_BYTES)) for _ in terms]
        until = now + (lifetime or settings.joining.link_lifetime)
        new = [
            NewInvitation(digest_of_own(secret), each, actor() if inviter is None else inviter.user_id, until)
            for each, secret in zip(terms, secrets, strict=True)
        ]
        links = await store.invitations.add(new, by=actor(), at=now)
        # Whoever finds one of them cannot come by it any more.
        for number in earlier:
            await store.invitations.revoke(number, by=actor(), at=now)
        there = with_those_there(community, {person.username for person in await store.people.all()})
    return tuple(
        _invited(link, joining_address(server, secret), inviter, greeter_for(link.terms, there), community)
        for link, secret in zip(links, secrets, strict=True)
    )


def _server(settings: Settings, data: DataFolder) -> str:
    server = feed_server(settings, data)
    if server is None:
        raise CommandError(
            msg("The network has no address that the telephone of somebody invited could open."),
            msg("Set public_address in settings.yaml (docs/operator.md, “On a domain of your own”)."),
        )
    return server


async def member_of(store: Store, username: str) -> Person:
    """Return the active member of that user name. Raises UnknownKey, StoreError."""
    people = {person.username: person for person in await store.people.all()}
    if username not in people:
        raise UnknownKey(NOUNS["member"], username, people)
    return people[username]


def _terms(
    request: OneRequest | ListRequest, community: Community, inviter: Person | None
) -> Sequence[InvitationTerms]:
    match request:
        case OneRequest(fields):
            return (_one(fields, community, inviter),)
        case ListRequest(table):
            ((name, content),) = read_named([table])
            found = read_invitations(content, name, community, inviter)
            if found.problems:
                raise NobodyInvited(found.problems)
            return found.terms


def _one(fields: Mapping[str, object], community: Community, inviter: Person | None) -> InvitationTerms:
    try:
        terms = InvitationTerms.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        raise _refused(sentence_of(error.errors(include_url=False)[0], InvitationTerms)) from error
    return _allowed(terms, community, inviter)


def _allowed(terms: InvitationTerms, community: Community, inviter: Person | None) -> InvitationTerms:
    fault = next(terms_faults(terms, community, ""), None)
    if fault is not None:
        raise _refused(fault.what)
    reason = None if inviter is None else refusal(inviter, terms, community)
    if reason is not None:
        raise _refused(reason)
    return terms


def _refused(reason: Message) -> CommandError:
    return CommandError(msg("Nobody was invited: {reason}.", reason=reason))


def _invited(
    link: NetworkInvitation,
    address: str,
    inviter: Person | None,
    greeter: Member | None,
    community: Community,
) -> Invited:
    translate = translator(link.terms.language, PACKAGES)
    until = link.expires_at.astimezone(ZoneInfo(community.timezone)).date()
    asked = offered_to_ask_for(link.terms, link.inviter_name, community)
    letter = InvitationLetter(
        link.terms,
        None if inviter is None else inviter.name,
        None if greeter is None else greeter.name,
        address,
        until,
        asked,
    )
    return Invited(
        link,
        address,
        letter.text(community, translate),
        poster_text(link.terms, until, community, translate),
        tuple(community.theme[key].name for key in asked),
    )
