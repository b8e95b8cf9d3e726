"""Links for members who are described and have not come yet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import chain

from community.core.messages import msg
from community.description.model import Community, Member, Status
from community.joining.invitation import InvitationState
from community.storage import InvitationArrivals, Store
from palabre_cli.errors import CommandError, UnknownKey


def have_not_come(
    community: Community, there: Collection[str], links: Collection[InvitationArrivals], server: str
) -> tuple[Member, ...]:
    """Return the active members who have not come, in their order. Pure.

    ``there`` are the user names of those whom the bot knows; of whoever has just come by one of the ``links`` it may
    not know yet.
    """
    came = {arrival.user_id for one in links for arrival in one.arrivals}
    return tuple(
        member
        for member in community.members
        if member.status is Status.ACTIVE
        and member.username not in there
        and f"@{member.username}:{server}" not in came
    )


def open_links(links: Collection[InvitationArrivals], username: str, now: datetime) -> tuple[int, ...]:
    """Return the numbers of the links by which a member who is described can come now. Pure."""
    return tuple(
        one.invitation.id
        for one in links
        if one.invitation.terms.username == username and one.invitation.state(now) is InvitationState.OPEN
    )


async def wanted_members(
    store: Store, community: Community, server: str, username: str | None, now: datetime
) -> tuple[Member, ...]:
    """Return whom to make links for: the one of that user name, or all who have not come and have no link that works.

    Raises:
        CommandError: nobody is described so, or they have come; or there is nobody.
        StoreError.
    """
    there = {person.username for person in await store.people.all()}
    links = await store.invitations.listed()
    awaited = have_not_come(community, there, links, server)
    if username is not None:
        return (_named(username, awaited, community),)
    found = tuple(member for member in awaited if not open_links(links, member.username, now))
    if not found:
        raise CommandError(
            msg("Everybody who is described has come, or has a link that works."),
            msg("“palabre invite --list” shows the links; “--member USER” makes another one for somebody."),
        )
    return found


def _named(username: str, awaited: Collection[Member], community: Community) -> Member:
    member = next((one for one in awaited if one.username == username), None)
    if member is not None:
        return member
    described = {one.username: one.name for one in community.members if one.status is Status.ACTIVE}
    if username in described:
        raise CommandError(
            msg("{name} has come already.", name=described[username]),
            msg(
                "Who has lost their password gets another: palabre person reset-password {user}.",
                user=username,
            ),
        )
    raise UnknownKey(msg("member"), username, described)


async def earlier_links(store: Store, members: Collection[Member], now: datetime) -> tuple[int, ...]:
    """Return the numbers of the links that these members have, which a new one replaces."""
    links = await store.invitations.listed()
    return tuple(chain.from_iterable(open_links(links, member.username, now) for member in members))
