"""Has every process go by what is applied: the community, who is who, the directory and the calendar."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from community.description.faults import DIRECTORY, MEMBERS
from community.description.model import Community, Description
from community.storage import NewAuditEntry, SeedingReport, Store
from matrix.ids import UserId
from provisioning.described_people import described_people
from provisioning.topology import NOBODY


async def take_in(
    store: Store,
    said: Description,
    server: str,
    without: Collection[UserId],
    again: Collection[UserId],
    *,
    actor: str,
    at: datetime,
) -> SeedingReport:
    """Write what the files' description ``said`` comes to; note in the audit what there is to say of it.

    ``without``: see `take_in_people`; ``again``: people who are asked in again.
    """
    # First: a right that is withdrawn is gone before anything else changes.
    members = await store.members.seed(said, usernames_of(again), at=at)
    await take_in_people(store, members.community, server, without)
    seeding = await store.entries.seed(replace(said, community=members.community), at=at)
    notes = (*((MEMBERS, what) for what in members.notes), *((DIRECTORY, what) for what in seeding.news))
    await store.audit.add(
        [
            NewAuditEntry(at=at, actor=actor, action="seed", subject=file, detail=str(what))
            for file, what in notes
        ]
    )
    return seeding


def usernames_of(users: Collection[UserId]) -> frozenset[str]:
    """Return the user names in Matrix IDs."""
    return frozenset(user[1:].partition(":")[0] for user in users)


async def take_in_people(
    store: Store, community: Community, server: str, without: Collection[UserId]
) -> None:
    """Write people into the store, but those whose accounts are not there or not known: nobody, to the bot.

    Otherwise whoever made such an account could ask the bot what that person may know.
    """
    people, former = described_people(community, server, without)
    await store.people.replace(people, former)


async def take_in_person(
    store: Store, community: Community, server: str, user: UserId, *, is_known: bool
) -> None:
    """Write what the community says of one person, and nothing where their account is not there or not known."""
    people, former = described_people(community, server, NOBODY if is_known else {user})
    person = next((one for one in people if one.user_id == user), None)
    await store.people.put(user, person, former.get(user))
