"""The contract of sign-ins: noted once with what follows from it; who came by a link moves on; forgotten in time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from community.description.model import Status
from community.description.person import Person
from community.jobs.greetings import Greeting
from community.jobs.memberships import MembershipUpdate
from community.joining.arrival import ArrivalStage
from community.joining.invitation import InvitationTerms
from community.storage import NewInvitation, Store
from community.storage.sign_ins import SignIn

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
AWA, SALIF = "@awa.diallo:x", "@salif.traore:x"


async def described(store: Store, *users: str) -> None:
    people = [Person(user, user[1:-2], user, "member", None, (), ("fr",)) for user in users]
    former = {user: Status.LEFT for user in (AWA, SALIF) if user not in users}
    await store.people.replace(people, former)


async def test_it_is_noted_once_with_the_jobs_that_follow(store: Store) -> None:
    jobs = [Greeting(AWA, NOW.isoformat()), MembershipUpdate(AWA, "@bot:x", "signed-in")]
    noted = await asyncio.gather(*(store.sign_ins.note(AWA, jobs, at=NOW) for _ in range(4)))
    assert sorted(noted) == [False, False, False, True]
    assert len(await store.jobs.pending(Greeting.KIND)) == 1
    assert len(await store.jobs.pending(MembershipUpdate.KIND)) == 1
    assert await store.sign_ins.all() == {AWA: SignIn(AWA, NOW)}


async def test_awaited_are_the_members_who_have_not(store: Store) -> None:
    await described(store, AWA, SALIF)
    await store.sign_ins.note(SALIF, [], at=NOW)
    await store.sign_ins.note("@other:x", [], at=NOW)
    assert await store.sign_ins.awaited() == {AWA}


async def test_who_came_by_a_link_moves_on_and_only_the_first_key_counts(store: Store) -> None:
    new = NewInvitation("a" * 64, InvitationTerms(role="member", language="fr"), AWA, LATER)
    await store.invitations.add([new], by="cli", at=NOW)
    await store.invitations.redeem("a" * 64, SALIF, NOW)
    await store.sign_ins.note(SALIF, [], at=NOW)
    assert await stage(store) is ArrivalStage.SIGNED_IN
    for at in (LATER, LATER + timedelta(days=1)):
        await store.sign_ins.note_key(SALIF, at=at)
    assert await stage(store) is ArrivalStage.ARRIVED
    assert (await store.sign_ins.all())[SALIF] == SignIn(SALIF, NOW, LATER)


async def stage(store: Store) -> ArrivalStage:
    (listed,) = await store.invitations.listed()
    (came,) = listed.arrivals
    return came.stage


async def test_the_link_by_which_somebody_has_come_is_found(store: Store) -> None:
    terms = InvitationTerms(role="member", language="fr", greeter="awa.diallo")
    await store.invitations.add([NewInvitation("a" * 64, terms, AWA, LATER)], by="cli", at=NOW)
    assert await store.invitations.come_by(SALIF) is None
    await store.invitations.redeem("a" * 64, SALIF, NOW)
    link = await store.invitations.come_by(SALIF)
    assert link is not None
    assert link.terms == terms


async def test_a_member_who_is_forgotten_is_not_greeted_again_and_of_one_who_has_left_nothing_stays(
    store: Store,
) -> None:
    await described(store, AWA, SALIF)
    for user in (AWA, SALIF):
        await store.sign_ins.note(user, [], at=NOW)
    await store.forget(AWA, "awa.diallo", "somebody")
    assert set(await store.sign_ins.all()) == {AWA, SALIF}
    told = await store.about(AWA, "awa.diallo")
    assert told["sign_ins"] == [{"at": NOW.isoformat(), "key_at": None}]
    await described(store, SALIF)
    await store.forget(AWA, "awa.diallo", "somebody")
    assert set(await store.sign_ins.all()) == {SALIF}
