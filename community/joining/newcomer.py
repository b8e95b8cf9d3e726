"""What somebody becomes who comes by a link: what it offers and what they chose, decided again whoever asks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import reduce

from community.core.language_folders import LANGUAGES
from community.core.words import fold
from community.description.fields import Key
from community.description.model import Community, Joining, Member, Status
from community.description.theme_rooms import (
    belongs_everywhere,
    deciding_on,
    joining_of,
    leads_into_safe_room,
    without_theme,
)
from community.joining.account_request import AccountRefusal, AccountRequest
from community.joining.invitation import InvitationState, InvitationTerms
from community.joining.terms import somebody_on, terms_faults


def offered_cities(terms: InvitationTerms, community: Community) -> tuple[Key, ...]:
    """Return the cities of which whoever comes may choose one, or none.

    None of those where the link says it, or where the role may do more than read and write: its holders change what is
    their city's, so whoever invites decides which that is.
    """
    role = community.role.get(terms.role)
    is_open = terms.city is None and role is not None and not role.may and not role.everywhere
    return tuple(community.city) if is_open else ()


def open_themes(community: Community) -> tuple[Key, ...]:
    """Return the themes that any member may take up at once, and so whoever comes by a link that names none."""
    return tuple(theme.key for theme in community.themes if joining_of(theme, community) is Joining.OPEN)


def offered_themes(terms: InvitationTerms, community: Community) -> tuple[Key, ...]:
    """Return the themes among which whoever comes may choose.

    None of them where the link names some, or where the role belongs to all of them.
    """
    is_settled = bool(terms.themes) or belongs_everywhere(community, terms.role)
    return () if is_settled else open_themes(community)


def themes_to_ask_for(
    themes: Collection[Key], member: Member, inviter: str | None, community: Community
) -> tuple[Key, ...]:
    """Return the themes of an invitation that others grant to whoever comes by it: what leads into a safe room.

    But for those on which ``inviter`` decides, the user name of whoever invites: None where it is nobody's.
    """
    # One theme beside another may lead into the same room: each is looked at alone.
    bare = reduce(without_theme, themes, member)
    return tuple(
        theme
        for theme in themes
        if leads_into_safe_room(theme, community) and inviter not in deciding_on(community, bare, theme)
    )


def offered_to_ask_for(terms: InvitationTerms, inviter: str | None, community: Community) -> tuple[Key, ...]:
    """Return `themes_to_ask_for` of a link by which nobody has come yet; none of one for a described member."""
    if terms.username is not None:
        return ()
    return themes_to_ask_for(terms.themes, somebody_on(terms, terms.role), inviter, community)


def newcomer(
    request: AccountRequest, terms: InvitationTerms, community: Community, inviter: str | None = None
) -> Member | AccountRefusal:
    """Return who comes: the member that is described, or a new one; or why nobody does on these terms.

    What the link says holds. Asking for the same is no mistake: the page shows it filled in. Themes on which others
    decide come later (`themes_to_ask_for`); ``inviter``: as there.
    """
    if request.language not in LANGUAGES:
        return AccountRefusal.NOT_OFFERED
    there = community.member.get(request.username)
    if terms.username is not None:
        if there is None or terms.username != request.username:
            return AccountRefusal.NAME_TAKEN
        return AccountRefusal.REVOKED if there.status is Status.LEFT else there
    if there is not None:
        return AccountRefusal.NAME_TAKEN
    if any(terms_faults(terms, community, "")):
        return AccountRefusal.NOT_OFFERED
    if not {request.city} <= {None, terms.city, *offered_cities(terms, community)}:
        return AccountRefusal.NOT_OFFERED
    if not set(request.themes) <= {*terms.themes, *offered_themes(terms, community)}:
        return AccountRefusal.NOT_OFFERED
    member = Member(
        username=request.username,
        name=request.name,
        role=terms.role,
        city=terms.city or request.city,
        themes=terms.themes or tuple(dict.fromkeys(request.themes)),
        languages=(request.language,),
    )
    return reduce(without_theme, themes_to_ask_for(member.themes, member, inviter, community), member)


def names_in(request: AccountRequest, community: Community) -> tuple[str, ...]:
    """Return words of which no password is to be made: names of the person, of the network and of its places."""
    names = [
        request.name,
        request.username,
        community.key,
        "palabre",
        *dict(community.name).values(),
        *(text for city in community.cities for text in (city.key, *dict(city.name).values())),
    ]
    return tuple(dict.fromkeys(word for name in names for word in _words(name)))


def _words(name: str) -> Iterator[str]:
    folded = fold(name)
    parts = [part for part in "".join(c if c.isalnum() else " " for c in folded).split() if len(part) > 2]
    yield from (folded, "".join(parts), *parts)


def refusal_of(state: InvitationState) -> AccountRefusal | None:
    """Return why nobody comes by a link in that state, None where it is open."""
    match state:
        case InvitationState.OPEN:
            return None
        case InvitationState.USED_UP:
            return AccountRefusal.USED_UP
        case InvitationState.EXPIRED:
            return AccountRefusal.EXPIRED
        case InvitationState.REVOKED:
            return AccountRefusal.REVOKED
