"""The contract of members who come or change while the network runs: none is lost, and each change is asked for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from community.description.model import Member
from community.jobs.memberships import MembershipUpdate
from community.joining.invitation import NameTaken
from community.storage import Store
from community.storage.members import NothingApplied, UnknownMember
from tests.lib.descriptions import example

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
SALIF = Member(username="salif.new", name="Salif", role="member", city="bamako", languages=("fr",))
COORDINATOR = "@awa.diallo:x"


async def members(store: Store) -> dict[str, Member]:
    applied = await store.applied.readable()
    assert applied is not None
    return {member.username: member for member in applied.community.members}


async def updates(store: Store) -> list[tuple[str, str]]:
    jobs = await store.jobs.pending(MembershipUpdate.KIND)
    return sorted((update.user_id, update.by) for _job, update in MembershipUpdate.each(jobs))


async def test_nobody_can_be_in_a_network_that_was_never_set_up(store: Store) -> None:
    with pytest.raises(NothingApplied, match="never set up"):
        await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)
    assert await updates(store) == []


async def test_whoever_is_added_is_there_once_and_their_rooms_are_asked_for(store: Store) -> None:
    await store.applied.replace(example().community, at=NOW)
    before = await store.applied.revision()
    assert await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)
    assert not await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)
    assert (await members(store))["salif.new"] == SALIF
    assert await store.applied.revision() > before
    assert await updates(store) == [("@salif.new:x", COORDINATOR)]
    (noted,) = await store.audit.read()
    assert (noted.actor, noted.action, noted.subject) == (COORDINATOR, "member-add", "salif.new")


async def test_a_user_name_is_given_once(store: Store) -> None:
    await store.applied.replace(example().community, at=NOW)
    await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)
    other = SALIF.model_copy(update={"name": "Somebody else"})
    with pytest.raises(NameTaken, match=r"salif\.new"):
        await store.members.add(other, "@salif.new:x", by=COORDINATOR, at=NOW)
    assert (await members(store))["salif.new"] == SALIF


async def test_two_changes_at_once_lose_nothing(store: Store) -> None:
    await store.applied.replace(example().community, at=NOW)
    await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)

    async def take_up(theme: str) -> None:
        def change(member: Member) -> Member:
            return member.model_copy(update={"themes": (*member.themes, theme)})

        await store.members.change("salif.new", change, "@salif.new:x", by="@salif.new:x", at=NOW)

    await asyncio.gather(take_up("waste"), take_up("mobility"))
    assert set((await members(store))["salif.new"].themes) == {"waste", "mobility"}
    assert len(await updates(store)) == 3
    noted = [(line.action, line.detail) for line in await store.audit.read()]
    assert sorted(noted) == [("member-add", ""), ("member-change", "themes"), ("member-change", "themes")]


async def test_nobody_unknown_is_changed_and_what_stays_the_same_is_no_change(store: Store) -> None:
    await store.applied.replace(example().community, at=NOW)
    before = await store.applied.revision()
    with pytest.raises(UnknownMember, match=r"nobody\.here"):
        await store.members.change("nobody.here", lambda one: one, "@nobody.here:x", by=COORDINATOR, at=NOW)
    there = next(iter((await members(store)).values()))
    same = await store.members.change(there.username, lambda one: one, "@a:x", by=COORDINATOR, at=NOW)
    assert same == there
    assert (await store.applied.revision(), await updates(store)) == (before, [])
