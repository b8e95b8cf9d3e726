"""What somebody becomes who comes by a link: what it offers and what they chose, decided again whoever asks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from community.core.language_folders import LANGUAGES
from community.core.words import fold
from community.description.fields import Key
from community.description.model import Community, Joining, Member, Status
from community.description.theme_rooms import joining_of
from community.joining.account_request import AccountRefusal, AccountRequest
from community.joining.invitation import InvitationState, InvitationTerms
from community.joining.terms import terms_faults


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
    """Return the themes among which whoever comes may choose: none, where the link names some."""
    return () if terms.themes else open_themes(community)


def newcomer(
    request: AccountRequest, terms: InvitationTerms, community: Community
) -> Member | AccountRefusal:
    """Return who comes: the member that is described, or a new one; or why nobody does on these terms.

    What the link says holds. Asking for the same is no mistake: the page shows it filled in.
    """
    if request.language not in LANGUAGES:
        return AccountRefusal.NOT_OFFERED
    there = {member.username: member for member in community.members}.get(request.username)
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
    return Member(
        username=request.username,
        name=request.name,
        role=terms.role,
        city=terms.city or request.city,
        themes=terms.themes or tuple(dict.fromkeys(request.themes)),
        languages=(request.language,),
    )


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
