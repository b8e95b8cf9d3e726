"""Who is who by the description, as the store keeps it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from community.description.model import Community, Status
from community.description.person import Person
from matrix.ids import UserId, user_id


def described_people(
    community: Community, server: str, without: Collection[UserId]
) -> tuple[tuple[Person, ...], dict[str, Status]]:
    """Return the active people, and the status of the others by Matrix ID; nothing of the accounts in ``without``."""
    described = [member for member in community.members if user_id(member.username, server) not in without]
    people = tuple(
        Person(
            user_id=user_id(member.username, server),
            username=member.username,
            name=member.name,
            role=member.role,
            city=member.city,
            themes=member.themes,
            languages=member.languages,
        )
        for member in described
        if member.status is Status.ACTIVE
    )
    former: dict[str, Status] = {
        user_id(member.username, server): member.status
        for member in described
        if member.status is not Status.ACTIVE
    }
    return people, former
