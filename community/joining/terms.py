"""What is wrong with the terms of an invitation, and who greets whoever comes by it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from community.core.language_folders import LANGUAGES
from community.core.languages import SOURCE_LANGUAGE
from community.core.messages import msg
from community.description.faults import Fault, known, one
from community.description.model import Community, Member, Permission
from community.description.yaml_text import Path
from community.joining.invitation import InvitationTerms


def terms_faults(terms: InvitationTerms, community: Community, file: str, path: Path = ()) -> Iterator[Fault]:
    """Yield what of the terms the community does not have; ``path``: where they stand in ``file``."""
    yield from one(file, (*path, "role"), terms.role, community.role, "role")
    if terms.city is not None:
        yield from one(file, (*path, "city"), terms.city, community.city, "city")
    yield from known(file, (*path, "themes"), terms.themes, community.theme, "theme")
    if terms.language not in LANGUAGES:
        what = msg(
            "Palabre does not speak “{language}”: choose one of {languages}",
            language=terms.language,
            languages=", ".join(LANGUAGES),
        )
        yield Fault(file, (*path, "language"), what)
    if terms.greeter is not None:
        yield from _greeter_faults(terms.greeter, terms.language, community, file, (*path, "greeter"))


def member_terms(member: Member, community: Community) -> InvitationTerms:
    """Return the terms of a link for a member who is described and has not come yet: what is described of them."""
    spoken = (language for language in (*member.languages, *community.languages) if language in LANGUAGES)
    return InvitationTerms(
        name=member.name,
        role=member.role,
        city=member.city,
        themes=member.themes,
        language=next(spoken, SOURCE_LANGUAGE),
        username=member.username,
    )


def somebody_on(terms: InvitationTerms, role: str) -> Member:
    """Return who somebody would be on these terms, but in ``role``, before they have a name."""
    return Member.model_construct(
        # No rule of a room can name them.
        username="",
        name="",
        role=role,
        city=terms.city,
        themes=terms.themes,
        languages=(terms.language,),
    )


def _greeter_faults(
    greeter: str, language: str, community: Community, file: str, path: Path
) -> Iterator[Fault]:
    yield from one(file, path, greeter, community.active_member, "member")
    found = community.active_member.get(greeter)
    if found is not None and language not in found.languages:
        what = msg(
            "{name} does not speak “{language}”: name somebody else, or nobody, to have one chosen",
            name=found.name,
            language=language,
        )
        yield Fault(file, path, what)


def with_those_there(community: Community, there: Collection[str]) -> Community:
    """Return the community with those members alone who have come: nobody is sent to who cannot answer yet.

    ``there``: their user names.
    """
    members = tuple(member for member in community.members if member.username in there)
    return community.model_copy(update={"members": members})


def greeter_for(terms: InvitationTerms, community: Community) -> Member | None:
    """Return who greets whoever comes: who was named, as long as they are there and speak the language.

    Else one who speaks it: of those who lead the city, then of coordinators, the first that is described. None where
    nobody does. Whoever comes by a link of their own is not their own greeter.
    """
    others = (member for member in community.active_member.values() if member.username != terms.username)
    speaking = [member for member in others if terms.language in member.languages]
    named = [member for member in speaking if member.username == terms.greeter]
    leads = [member for member in leading(terms.city, community) if member in speaking]
    coordinating = [member for member in speaking if _may(member, Permission.MODERATE, community)]
    return next(iter((*named, *leads, *coordinating)), None)


def leading(city: str | None, community: Community) -> Iterator[Member]:
    """Yield who leads a city, in the order in which they are described; nobody where there is no city."""
    return (
        member
        for member in community.active_member.values()
        if city is not None and member.city == city and _may(member, Permission.EDIT, community)
    )


def _may(member: Member, permission: Permission, community: Community) -> bool:
    role = community.role.get(member.role)
    return role is not None and permission in role.may
