"""Members who come, change and leave while the network runs: their own rooms follow, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from community.description.model import Status
from matrix.ids import UserId
from provisioning.changes import CreateAccount, InviteMember, JoinMember, RequestInvite
from provisioning.plan import Plan
from provisioning.provisioner import ApplyOptions
from provisioning.snapshot import Account
from tests.lib.arrivals import COORDINATOR, NOW, SALIF, Arrivals, network, opened_network
from tests.lib.descriptions import small

COMING = (CreateAccount, JoinMember, InviteMember, RequestInvite)


@pytest.fixture
async def arrivals(tmp_path: Path) -> AsyncIterator[Arrivals]:
    async with opened_network(tmp_path) as opened:
        yield opened


def people_of(made: Plan) -> set[UserId]:
    """Return whom a plan gives something, but for the bot."""
    changes = [change for change in made.changes if isinstance(change, COMING)]
    users = {c.account.user_id if isinstance(c, CreateAccount) else c.user_id for c in changes}
    return {user for user in users if not user.startswith("@palabre:")}


async def test_who_has_not_come_is_a_note_and_no_change(arrivals: Arrivals) -> None:
    made = await arrivals.apply()
    assert people_of(made) == set()
    assert any("3 people are described and have not come yet" in str(note) for note in made.notes)
    assert await arrivals.store.people.all() == ()
    assert set(arrivals.keys) >= {"lobby", "exchange.waste", "space"}
    again = await arrivals.plan()
    assert (again.changes, again.news) == ((), None)


async def test_who_is_described_and_comes_is_in_their_rooms_and_known_to_the_bot(arrivals: Arrivals) -> None:
    await arrivals.apply()
    claudine = await arrivals.come("claudine.uwase")
    assert (await arrivals.carry_out())["done"] == 1
    assert {"space", "lobby", "space.theme.waste"} <= arrivals.rooms_of(claudine)
    assert {"exchange.waste", "announcements"} <= await arrivals.places(claudine)
    assert await arrivals.person(claudine) == "city-lead"
    after = await arrivals.plan()
    assert after.changes == ()
    assert any("2 people are described and have not come yet" in str(note) for note in after.notes)
    actors = {line.actor for line in await arrivals.store.audit.read() if line.action == "join-member"}
    assert claudine in actors


async def test_a_coordinator_who_comes_has_their_power_and_nobody_else_is_changed(arrivals: Arrivals) -> None:
    await arrivals.apply()
    salif = await arrivals.invite(SALIF.model_copy(update={"role": "coordinator"}))
    await arrivals.carry_out()
    powers = arrivals.homeserver.rooms[arrivals.homeserver.room_id("lobby")]["m.room.power_levels", ""]
    assert powers["content"]["users"][salif] == 50
    assert (await arrivals.plan()).changes == ()


async def test_somebody_invited_is_a_member_for_every_plan_from_then_on(arrivals: Arrivals) -> None:
    await arrivals.apply()
    digest = arrivals.provisioner.record.digest
    salif = await arrivals.invite(SALIF)
    before = await arrivals.plan()
    assert {c.user_id for c in before.changes if isinstance(c, JoinMember)} == {salif}
    await arrivals.carry_out()
    after = await arrivals.plan()
    assert (after.changes, after.news) == ((), None)
    assert arrivals.provisioner.record.digest == digest
    assert (await (await arrivals.provisioner.in_force()).record.begun()) == digest
    assert await (await arrivals.provisioner.in_force()).record.is_latest()
    await arrivals.apply()
    assert await arrivals.person(salif) == "city-lead"


async def test_a_theme_taken_up_brings_its_rooms_and_one_dropped_takes_them(arrivals: Arrivals) -> None:
    await arrivals.apply()
    salif = await arrivals.invite(SALIF)
    await arrivals.carry_out()
    await arrivals.change("salif.traore", themes=("waste", "mobility"))
    await arrivals.carry_out()
    assert "exchange.mobility" in await arrivals.places(salif)
    assert "space.theme.mobility" in arrivals.rooms_of(salif)
    await arrivals.change("salif.traore", themes=("mobility",))
    await arrivals.carry_out()
    assert "space.theme.waste" not in arrivals.rooms_of(salif)
    assert "exchange.waste" not in await arrivals.places(salif)
    assert (await arrivals.plan()).changes == ()


async def test_who_has_left_a_room_comes_back_only_by_asking_for_it(arrivals: Arrivals) -> None:
    await arrivals.apply()
    salif = await arrivals.invite(SALIF)
    await arrivals.carry_out()
    for key in ("space.theme.waste", "lobby"):
        room = arrivals.homeserver.room_id(key)
        arrivals.homeserver.put(room, salif, "m.room.member", salif, {"membership": "leave"})
    await arrivals.change("salif.traore", by=COORDINATOR, themes=())
    await arrivals.change("salif.traore", by=COORDINATOR, themes=("waste",))
    await arrivals.carry_out()
    assert "space.theme.waste" not in arrivals.rooms_of(salif)
    await arrivals.change("salif.traore", themes=())
    await arrivals.carry_out()
    await arrivals.change("salif.traore", themes=("waste",))
    await arrivals.carry_out()
    assert "space.theme.waste" in arrivals.rooms_of(salif)
    # Nobody asked for the lobby.
    assert "lobby" not in arrivals.rooms_of(salif)


async def test_who_was_put_out_does_not_come_back_by_asking(arrivals: Arrivals) -> None:
    await arrivals.apply()
    salif = await arrivals.invite(SALIF)
    await arrivals.carry_out()
    await arrivals.change("salif.traore", themes=())
    await arrivals.carry_out()
    room = arrivals.homeserver.room_id("space.theme.waste")
    arrivals.homeserver.put(room, COORDINATOR, "m.room.member", salif, {"membership": "leave"})
    await arrivals.change("salif.traore", themes=("waste",))
    await arrivals.carry_out()
    assert "space.theme.waste" not in arrivals.rooms_of(salif)


async def test_who_has_left_the_network_is_out_of_everything_and_the_account_closed(
    arrivals: Arrivals,
) -> None:
    await arrivals.apply()
    salif = await arrivals.invite(SALIF)
    await arrivals.carry_out()
    await arrivals.change("salif.traore", status=Status.LEFT)
    await arrivals.carry_out()
    assert arrivals.rooms_of(salif) == set()
    assert await arrivals.places(salif) == set()
    assert arrivals.homeserver.accounts[salif].closed is not None
    assert await arrivals.person(salif) is None
    assert await arrivals.store.people.former() == {salif: Status.LEFT}
    assert (await arrivals.plan()).changes == ()


async def test_what_was_in_the_name_of_whoever_has_left_is_handed_over_at_once(arrivals: Arrivals) -> None:
    await arrivals.apply()
    await arrivals.come("claudine.uwase")
    await arrivals.carry_out()
    named = [one for one in (await arrivals.store.entries.directory()).contacts if one.member]
    assert [one.member for one in named] == ["claudine.uwase"]
    await arrivals.change("claudine.uwase", status=Status.LEFT)
    await arrivals.carry_out()
    assert not [one for one in (await arrivals.store.entries.directory()).contacts if one.member]
    after = await arrivals.plan()
    assert (after.changes, after.news) == ((), None)


async def test_what_waits_of_the_description_is_not_applied_by_it(arrivals: Arrivals) -> None:
    await arrivals.apply()
    room = {"key": "new", "for": "community", "policy": "closed", "name": "N", "topic": "T"}
    more = network(rooms=[*network().community.model_dump(mode="json", by_alias=True)["rooms"], room])
    arrivals.files = replace(more, community=more.community.model_copy(update={"themes": ()}))
    awa = await arrivals.come("awa.diallo")
    await arrivals.carry_out()
    assert "new" not in arrivals.keys
    assert "space.theme.mobility" in arrivals.rooms_of(awa)
    assert (await arrivals.plan()).news is not None


async def test_an_account_of_a_described_name_that_nobody_knows_gets_nothing(arrivals: Arrivals) -> None:
    await arrivals.apply()
    thief = UserId("@claudine.uwase:palabre.localhost")
    await arrivals.homeserver.create_account(Account(thief, "me"), "a password")
    await arrivals.store.members.note_come(thief, by=thief, at=NOW)
    await arrivals.carry_out()
    assert arrivals.rooms_of(thief) == set()
    assert await arrivals.person(thief) is None
    made = await arrivals.plan()
    assert thief in made.held
    assert people_of(made) == set()


async def test_what_the_homeserver_refuses_in_passing_is_done_again(arrivals: Arrivals) -> None:
    await arrivals.apply()
    arrivals.homeserver.refuse = {"join"}
    salif = await arrivals.invite(SALIF)
    assert (await arrivals.carry_out())["put_off"] == 1
    arrivals.homeserver.refuse = set()
    assert (await arrivals.carry_out(NOW + timedelta(minutes=5)))["done"] == 1
    assert "lobby" in arrivals.rooms_of(salif)


async def test_in_an_example_whoever_is_described_has_an_account_at_once(tmp_path: Path) -> None:
    async with opened_network(tmp_path, small()) as opened:
        made = await opened.apply()
        assert len(people_of(made)) == 3
        assert len(await opened.store.people.all()) == 3


async def test_who_has_left_in_the_network_comes_back_when_they_are_asked_by_name(arrivals: Arrivals) -> None:
    await arrivals.apply()
    claudine = await arrivals.come("claudine.uwase")
    await arrivals.carry_out()
    await arrivals.change("claudine.uwase", status=Status.LEFT)
    await arrivals.carry_out()
    await arrivals.apply()
    assert arrivals.rooms_of(claudine) == set()
    await arrivals.provisioner.apply(ApplyOptions("test", again=[claudine]))
    assert {"space", "lobby"} <= arrivals.rooms_of(claudine)
    assert arrivals.homeserver.accounts[claudine].closed is None
    assert await arrivals.person(claudine) == "city-lead"
    after = await arrivals.plan()
    assert (after.changes, after.news) == ((), None)
