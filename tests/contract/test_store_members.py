"""The contract of members who come or change while the network runs: none is lost, and each change is asked for."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from community.core.messages import translator
from community.description.model import Description, Member, Status
from community.jobs.memberships import MembershipUpdate
from community.joining.invitation import NameTaken
from community.storage import Store
from community.storage.members import NothingApplied, UnknownMember
from tests.lib.descriptions import example, small
from tests.lib.unreadable import make_unreadable

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
SALIF = Member(username="salif.new", name="Salif", role="member", city="bamako", languages=("fr",))
COORDINATOR = "@awa.diallo:x"


def files(*gone: str, **values: object) -> Description:
    """Return the small network's files: without some members, and with other ``values`` of Awa Diallo."""
    description = small()
    members = tuple(
        member.model_copy(update=values) if member.username == "awa.diallo" else member
        for member in description.community.members
        if member.username not in gone
    )
    community = description.community.model_copy(update={"members": members})
    return Description(community, description.directory, description.calendar)


async def members(store: Store) -> dict[str, Member]:
    applied = await store.applied.readable()
    assert applied is not None
    return applied.community.member


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
    with pytest.raises(NameTaken):
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


async def test_who_came_while_something_was_applied_is_not_lost(store: Store) -> None:
    await store.members.seed(files(), at=NOW)
    before = await store.members.preview(files())
    await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)
    assert "salif.new" not in {member.username for member in before.community.members}
    seeding = await store.members.seed(files(), at=NOW)
    assert (await members(store))["salif.new"] == SALIF
    assert (seeding.notes, seeding.is_renewed) == ((), False)
    assert await store.members.preview(files()) == seeding


async def test_files_and_network_change_a_member_each_for_themselves(store: Store) -> None:
    await store.members.seed(files(), at=NOW)

    def changed(member: Member) -> Member:
        return member.model_copy(update={"themes": ("waste",)})

    await store.members.change("awa.diallo", changed, "@awa.diallo:x", by="@awa.diallo:x", at=NOW)
    seeding = await store.members.seed(files(city="kigali"), at=NOW)
    assert seeding.is_renewed
    awa = (await members(store))["awa.diallo"]
    assert (awa.city, awa.themes) == ("kigali", ("waste",))
    seeding = await store.members.seed(files(city="kigali", themes=("mobility",)), at=NOW)
    (note,) = seeding.notes
    assert "Of “awa.diallo” both the file and the network have changed “themes”" in str(note)
    assert "“themes”" in translator("fr", [])(note)
    assert (await members(store))["awa.diallo"].themes == ("waste",)
    assert (await store.members.seed(files(city="kigali", themes=("mobility",)), at=NOW)).notes == ()


async def test_a_line_that_is_taken_out_is_gone_and_its_user_name_is_given_to_nobody(store: Store) -> None:
    await store.members.seed(files(), at=NOW)
    await store.members.seed(files("awa.diallo"), at=NOW)
    assert "awa.diallo" not in await members(store)
    assert await store.members.is_used("awa.diallo")
    assert not await store.members.is_used("awa.diall")
    taken = SALIF.model_copy(update={"username": "awa.diallo"})
    with pytest.raises(NameTaken):
        await store.members.add(taken, "@awa.diallo:x", by=COORDINATOR, at=NOW)
    await store.members.seed(files(), at=NOW)
    assert (await members(store))["awa.diallo"].status is Status.ACTIVE


async def test_who_has_left_in_the_network_does_not_come_back_with_their_line(store: Store) -> None:
    await store.members.seed(files(), at=NOW)

    def leave(member: Member) -> Member:
        return member.model_copy(update={"status": Status.LEFT})

    await store.members.change("awa.diallo", leave, "@awa.diallo:x", by="@awa.diallo:x", at=NOW)
    for said in (files(), files("awa.diallo"), files(), files("awa.diallo"), files(role="coordinator")):
        await store.members.seed(said, at=NOW)
        assert (await members(store))["awa.diallo"].status is Status.LEFT


async def test_members_of_a_community_that_another_version_has_written_are_not_lost(store: Store) -> None:
    await store.members.seed(files(), at=NOW)
    await store.members.add(SALIF, "@salif.new:x", by=COORDINATOR, at=NOW)
    applied = await store.applied.readable()
    assert applied is not None
    written = json.loads(applied.community.model_dump_json(by_alias=True, exclude_defaults=True))
    await make_unreadable(store, json.dumps({**written, "version": 2}))
    await store.members.seed(files(), at=NOW)
    assert (await members(store))["salif.new"] == SALIF


async def test_the_rooms_that_somebody_asks_for_are_said_and_no_others(store: Store) -> None:
    await store.members.seed(files(), at=NOW)

    def take_up(member: Member) -> Member:
        return member.model_copy(update={"themes": ("mobility",)})

    def drop(member: Member) -> Member:
        return member.model_copy(update={"themes": ()})

    for by in ("@claudine.uwase:x", COORDINATOR):
        for change in (drop, take_up):
            await store.members.change("claudine.uwase", change, "@claudine.uwase:x", by=by, at=NOW)
    jobs = await store.jobs.pending(MembershipUpdate.KIND)
    again = [update.again for _job, update in MembershipUpdate.each(jobs)]
    assert [rooms for rooms in again if rooms] == [("exchange.mobility", "space.theme.mobility")]


async def test_who_has_come_is_asked_for_once_until_it_is_done(store: Store) -> None:
    for _ in range(2):
        await store.members.note_come("@awa.diallo:x", by="@awa.diallo:x", at=NOW)
    assert await updates(store) == [("@awa.diallo:x", "@awa.diallo:x")]
