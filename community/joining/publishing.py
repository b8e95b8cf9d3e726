"""Writes what the pages of invitations show into the folder that `palabre web` reads (`published` has its form)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from community.core.zones import ZoneInfo
from community.description.model import Community, Member
from community.description.person import Person
from community.description.served_folder import keep_served, make_served, write_served
from community.description.settings import Settings, is_on_loopback
from community.joining.account_request import PublishedInvitation
from community.joining.invitation import InvitationState, NetworkInvitation
from community.joining.newcomer import offered_cities, offered_themes, offered_to_ask_for, open_themes
from community.joining.permissions import is_still_offered
from community.joining.published import PublishedNetwork, link_file, network_file
from community.joining.rules import rules_of, rules_version
from community.joining.terms import greeter_for, terms_faults, with_those_there


@dataclass(frozen=True, slots=True)
class PublishedLinks:
    """All that the folder is to have: of the network, and of each open link by its digest."""

    network: PublishedNetwork
    links: Mapping[str, PublishedInvitation]


def published_links(
    network: PublishedNetwork,
    community: Community,
    invitations: Iterable[NetworkInvitation],
    now: datetime,
    people: Collection[Person],
    unfinished: Collection[int] = (),
) -> PublishedLinks:
    """Return what is to be published at ``now``. Pure.

    A link whose terms the community does not have any more has no page, nor has one of somebody who may not invite any
    more. ``people``: the members who have come: nobody else is said to receive whoever comes. ``unfinished``: the
    numbers of links by which somebody has come who has no account yet, since that was broken off: they go on by the
    page.
    """
    names = {f"@{one.username}:{network.server_name}": one.name for one in community.members}
    receiving = with_those_there(community, {person.username for person in people})

    def is_shown(one: NetworkInvitation) -> bool:
        if one.id in unfinished:
            return one.revoked_at is None and not any(terms_faults(one.terms, community, ""))
        return one.state(now) is InvitationState.OPEN and is_still_offered(one, people, community)

    links = {
        one.digest: _link(
            one, names.get(one.inviter), greeter_for(one.terms, receiving), network.version, community
        )
        for one in invitations
        if is_shown(one)
    }
    return PublishedLinks(network, links)


def network_to_publish(
    community: Community, settings: Settings, homeserver: str | None, questions: Mapping[str, str]
) -> PublishedNetwork:
    """Return what is to be published of the network. Pure.

    ``homeserver``: its address, for who is at the same computer. ``questions``: by language, one that has an answer.
    """
    rules, server = rules_of(community), settings.homeserver.server_name
    return PublishedNetwork(
        name=community.name,
        roles={role.key: role.name for role in community.roles},
        cities={city.key: city.name for city in community.cities},
        themes={theme.key: theme.name for theme in community.themes},
        open_themes=open_themes(community),
        places=community.places,
        rules=rules,
        version=rules_version(rules),
        server_name=server,
        element=settings.public_address,
        homeserver=homeserver if settings.public_address is None and is_on_loopback(server) else None,
        questions=dict(questions),
    )


def _link(
    invitation: NetworkInvitation,
    inviter: str | None,
    greeter: Member | None,
    version: str,
    community: Community,
) -> PublishedInvitation:
    terms = invitation.terms
    return PublishedInvitation(
        inviter=inviter,
        greeter=None if greeter is None else greeter.name,
        name=terms.name,
        username=terms.username,
        role=terms.role,
        city=terms.city,
        is_city_open=bool(offered_cities(terms, community)),
        themes=terms.themes,
        are_themes_open=bool(offered_themes(terms, community)),
        asked=offered_to_ask_for(terms, invitation.inviter_name, community),
        language=terms.language,
        expires_at=invitation.expires_at.astimezone(ZoneInfo(community.timezone)).isoformat(),
        rules=version,
    )


def write_links(folder: Path, published: PublishedLinks) -> None:
    """Bring the folder to what is to be published; what is closed goes first. Raises OSError."""
    make_served(folder)
    keep_served(folder, {network_file(folder).stem, *published.links})
    _write_changed(network_file(folder), published.network)
    for digest, link in published.links.items():
        _write_changed(link_file(folder, digest), link)


def _write_changed(file: Path, value: BaseModel) -> None:
    content = value.model_dump_json().encode()
    if not file.is_file() or file.read_bytes() != content:
        write_served(file, content)
