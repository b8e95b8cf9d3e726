"""Links for members who are described and have not come yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from community.core.messages import msg
from community.description.model import Community, Member
from community.joining.described import Coming, WhoHasCome, open_links, who_has_come
from community.joining.invitation import NetworkInvitation
from community.storage import Store
from palabre_cli.errors import CommandError, UnknownKey


@dataclass(frozen=True, slots=True)
class KnownGuests:
    """The links that there are, and who has come."""

    links: tuple[NetworkInvitation, ...]
    come: WhoHasCome


async def known_guests(store: Store) -> KnownGuests:
    """Return them. Raises StoreError."""
    links = await store.invitations.listed()
    people = await store.people.all()
    come = who_has_come(people, (arrival for one in links for arrival in one.arrivals))
    return KnownGuests(tuple(one.invitation for one in links), come)


def have_not_come(community: Community, come: WhoHasCome) -> tuple[Member, ...]:
    """Return the active members who have not come, in their order. Pure."""
    return tuple(
        member
        for username, member in community.active_member.items()
        if come.standing(username) is Coming.AWAITED
    )


def wanted_members(
    known: KnownGuests, community: Community, username: str | None, now: datetime
) -> tuple[Member, ...]:
    """Return whom to make links for: the one of that user name, or all who have not come and have no link that works.

    Raises:
        CommandError: nobody is described so, or they have come; or there is nobody.
    """
    if username is not None:
        member = described_member(username, community)
        standing = known.come.standing(username)
        if standing is not Coming.AWAITED:
            raise has_come(member, standing)
        return (member,)
    awaited = have_not_come(community, known.come)
    found = tuple(member for member in awaited if not open_links(known.links, member.username, now))
    if not found:
        raise CommandError(
            msg("Everybody who is described has come, or has a link that works."),
            msg("“palabre invite --list” shows the links; “--member USER” makes another one for somebody."),
        )
    return found


def described_member(username: str, community: Community) -> Member:
    """Return the active member of that user name. Raises UnknownKey."""
    if username not in community.active_member:
        raise UnknownKey(msg("member"), username, community.active_member)
    return community.active_member[username]


def has_come(member: Member, standing: Coming) -> CommandError:
    """Return why somebody gets no link who has come already, or has begun to."""
    match standing:
        case Coming.BEGUN:
            return CommandError(
                msg("{name} has begun to come, and goes on by the link that they have.", name=member.name),
                msg("If they have lost it: palabre invite --member {user} --again", user=member.username),
            )
        case Coming.HERE | Coming.AWAITED:
            return CommandError(
                msg("{name} has come already.", name=member.name),
                msg(
                    "Who has lost their password gets another: palabre person reset-password {user}. Whose account the "
                    "homeserver has lost: palabre invite --member {user} --again",
                    user=member.username,
                ),
            )
        case _:
            assert_never(standing)
