"""Makes invitations: whom, on which terms, in whose name; all of them or none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import assert_never

from pydantic import ValidationError

from community.core.address_secret import SECRET_BYTES, digest_of_own, secret_of
from community.core.messages import Message, msg, translator
from community.core.zones import ZoneInfo
from community.description.data_folder import DataFolder
from community.description.fields import Localized
from community.description.findings import sentence_with_names
from community.description.known_community import load_own_settings
from community.description.model import Community, Member
from community.description.names import NOUNS, Names
from community.description.person import Person
from community.description.settings import Settings
from community.feeds.address import feed_server
from community.joining.address import joining_address
from community.joining.described import DescribedMatch, described_terms, match_fault, open_links, told_of
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
from palabre_cli.invite.described import KnownGuests, known_guests, wanted_members
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
    """A link for the member of that user name, who has not come yet; None: for each who has not and has no link.

    ``is_again``: they had come, and the homeserver has lost their account.
    """

    username: str | None = None
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was made, with its address, which nobody can show again, and the texts to give on.

    ``asked``: the names of themes that keepers grant whoever comes. ``closed``: the links that they had before.
    """

    link: NetworkInvitation
    address: str
    letter: str
    poster: PosterText
    asked: tuple[Localized, ...]
    closed: tuple[NetworkInvitation, ...] = ()


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
    if isinstance(request, DescribedRequest) and request.is_again and request.username is not None:
        # Only here is the homeserver asked: nothing of that is imported for other invitations.
        from palabre_cli.invite.again import take_back_arrival  # noqa: PLC0415

        await take_back_arrival(config, data, request.username)
    async with opened(config, data) as store:
        community = await community_in_force(config, data, store)
        inviter = None if by is None else await member_of(store, by)
        known = await known_guests(store)
        terms = _terms(request, _InvitedBy(community, inviter, known, now))
        earlier = [
            () if each.username is None else open_links(known.links, each.username, now) for each in terms
        ]
        secrets = [secret_of(os.urandom(SECRET_BYTES)) for _ in terms]
        until = now + (lifetime or settings.joining.link_lifetime)
        new = [
            NewInvitation(digest_of_own(secret), each, actor() if inviter is None else inviter.user_id, until)
            for each, secret in zip(terms, secrets, strict=True)
        ]
        links = await store.invitations.add(new, by=actor(), at=now)
        # Whoever finds one of them cannot come by it any more.
        for link in chain.from_iterable(earlier):
            await store.invitations.revoke(link.id, by=actor(), at=now)
        there = with_those_there(community, {person.username for person in await store.people.all()})
    made = tuple(
        _invited(link, joining_address(server, secret), inviter, greeter_for(link.terms, there), community)
        for link, secret in zip(links, secrets, strict=True)
    )
    return tuple(replace(one, closed=closed) for one, closed in zip(made, earlier, strict=True))


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


@dataclass(frozen=True, slots=True)
class _InvitedBy:
    """By what it is decided who is invited: ``inviter`` must be allowed to, None is the operator."""

    community: Community
    inviter: Person | None
    known: KnownGuests
    now: datetime

    @property
    def told(self) -> Community:
        """The community with those of whom the inviter is told: by nobody else it is decided who is meant by a name."""
        if self.inviter is None:
            return self.community
        return told_of(self.inviter, self.community, self.known.come)

    def allowed(self, terms: InvitationTerms) -> InvitationTerms:
        """Return terms on which somebody may be invited. Raises CommandError."""
        fault = next(terms_faults(terms, self.told, ""), None)
        if fault is not None:
            raise _refused(fault.what)
        reason = None if self.inviter is None else refusal(self.inviter, terms, self.community)
        if reason is not None:
            raise _refused(reason)
        return terms


def _terms(
    request: OneRequest | ListRequest | DescribedRequest, asked: _InvitedBy
) -> Sequence[InvitationTerms]:
    community, inviter = asked.community, asked.inviter
    match request:
        case OneRequest(fields):
            return (_one(fields, asked),)
        case ListRequest(table):
            ((name, content),) = read_named([table])
            found = read_invitations(content, name, community, inviter, asked.known.come)
            if found.problems:
                raise NobodyInvited(found.problems)
            return found.terms
        case DescribedRequest(username, _):
            members = wanted_members(asked.known, community, username, asked.now)
            return [asked.allowed(member_terms(member, community)) for member in members]
        case _:
            assert_never(request)


def _one(fields: Mapping[str, object], asked: _InvitedBy) -> InvitationTerms:
    try:
        terms = InvitationTerms.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        detail["loc"] = ("invitation", *detail["loc"])
        names = Names.of([asked.community.model_dump(mode="json")])
        raise _refused(sentence_with_names(detail, InvitationTerms, names)) from error
    found = described_terms(asked.allowed(terms), asked.told, asked.known.come)
    if isinstance(found, DescribedMatch):
        raise _refused(match_fault(found))
    return asked.allowed(found)


def _refused(reason: Message) -> CommandError:
    """Say that nobody was invited, and why; a reason that asks what was meant ends so."""
    if reason.msgid.endswith("?"):
        return CommandError(msg("Nobody was invited: {reason}", reason=reason))
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
        poster_text(link.terms, address, until, community, translate),
        tuple(community.theme[key].name for key in asked),
    )
