"""Somebody who had come, and whose account the homeserver has lost, comes once more by a new link; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from community.accounts.identities import discarded_name
from community.jobs.notices import Notice, NoticeKind
from community.joining.account_request import AccountRefusal
from community.joining.arrival import ArrivalStage, InvitedNews
from community.joining.terms import member_terms
from community.storage import Store
from matrix.ids import UserId
from tests.lib.account_asking import INVITER, OTHER_PASSWORD, SALIF, TEAM, DeskBench


@pytest.fixture
async def bench(store: Store) -> AsyncIterator[DeskBench]:
    async with DeskBench(store).open() as opened:
        yield opened


def lose(bench: DeskBench, user: UserId = SALIF) -> None:
    """Have the homeserver lose an account."""
    del bench.homeserver.accounts[user], bench.homeserver.passwords[user]


async def own_link(bench: DeskBench, username: str = "salif.new") -> str:
    """Make a link for a member, as `palabre invite --member` does."""
    applied = await bench.store.applied.readable()
    assert applied is not None
    terms = member_terms((await bench.members())[username], applied.community)
    return await bench.link(terms, inviter="cli:root")


async def come_and_lost(bench: DeskBench) -> str:
    """Have Salif come and sign in, and the homeserver lose his account; return the secret of his link."""
    secret = await bench.link()
    assert await bench.why(secret) is None
    await bench.store.sign_ins.note(SALIF, (), at=bench.now)
    for key in ("first", "other"):
        await bench.store.identities.see(SALIF, key, at=bench.now)
    lose(bench)
    return secret


async def test_by_a_new_link_they_come_once_more_as_who_they_are(bench: DeskBench) -> None:
    await come_and_lost(bench)
    before = (await bench.members())["salif.new"]
    await bench.store.lost_accounts.take_back(SALIF, by="cli:root", at=bench.now)
    assert await bench.arrivals() == []
    assert SALIF not in await bench.store.sign_ins.all()
    assert await bench.store.identities.find(SALIF) is None
    shown = {discarded_name(SALIF, key) for key in ("first", "other")}
    assert await bench.store.identities.discarded() == shown
    assert await bench.store.people.find(SALIF) is None
    noted = [line for line in await bench.store.audit.read() if line.action == "come-again"]
    assert [(line.actor, line.subject) for line in noted] == [("cli:root", SALIF)]
    answer = await bench.ask(await own_link(bench), password=OTHER_PASSWORD)
    assert (answer.user_id, answer.is_new) == (SALIF, True)
    assert (await bench.members())["salif.new"] == before
    assert [(came.user_id, came.stage) for came in await bench.arrivals()] == [
        (SALIF, ArrivalStage.ACCOUNT_MADE)
    ]
    assert SALIF in await bench.updates()
    assert await bench.homeserver.opens(SALIF, OTHER_PASSWORD)
    assert await bench.store.sign_ins.note(SALIF, (), at=bench.now)


async def test_until_it_is_taken_back_a_new_link_brings_nobody(bench: DeskBench) -> None:
    await come_and_lost(bench)
    assert await bench.why(await own_link(bench)) is AccountRefusal.NAME_TAKEN
    assert bench.accounts() == set()


async def test_whoever_has_found_a_link_of_theirs_that_nobody_used_is_nobody(bench: DeskBench) -> None:
    await come_and_lost(bench)
    found, others = await own_link(bench), await own_link(bench, "oumar.keita")
    await bench.store.lost_accounts.take_back(SALIF, by="cli:root", at=bench.now)
    assert await bench.why(found) is AccountRefusal.REVOKED
    assert await bench.why(others, username="oumar.keita") is None


async def test_nobody_else_gets_the_name_before_or_after(bench: DeskBench) -> None:
    first = await come_and_lost(bench)
    team = await bench.link(TEAM, inviter="cli:root")
    await bench.store.lost_accounts.take_back(SALIF, by="cli:root", at=bench.now)
    theirs, others = await own_link(bench), await own_link(bench, "oumar.keita")
    for secret, refusal in (
        (first, AccountRefusal.USED_UP),
        (team, AccountRefusal.NAME_TAKEN),
        (others, AccountRefusal.NAME_TAKEN),
    ):
        assert await bench.why(secret, password=OTHER_PASSWORD) is refusal
    assert await bench.why(theirs, username="binta.new", password=OTHER_PASSWORD) is AccountRefusal.NAME_TAKEN
    assert bench.accounts() == set()
    assert await bench.why(theirs) is None
    for secret in (first, theirs, team, others):
        assert await bench.why(secret, password=OTHER_PASSWORD) is not None
    assert not await bench.homeserver.opens(SALIF, OTHER_PASSWORD)


async def test_whoever_came_by_a_link_for_several_leaves_it_as_used_as_it_was(bench: DeskBench) -> None:
    team = await bench.link(TEAM, inviter="cli:root")
    assert await bench.why(team) is None
    lose(bench)
    await bench.store.lost_accounts.take_back(SALIF, by="cli:root", at=bench.now)
    assert await bench.used(team) == 1
    assert await bench.why(team) is AccountRefusal.NAME_TAKEN
    assert await bench.why(await own_link(bench)) is None


async def test_what_was_told_of_them_is_forgotten_and_nothing_of_anybody_else(bench: DeskBench) -> None:
    await come_and_lost(bench)
    binta = UserId("@binta.new:x")
    notice = Notice(NoticeKind.INVITED_ARRIVED, INVITER, "1", {"name": "", "number": "1", "stage": ""})
    told = [(InvitedNews(1, user, "arrived"), notice) for user in (SALIF, binta)]
    await bench.store.invited_news.tell(told, at=bench.now)
    await bench.store.identities.see(binta, "hers", at=bench.now)
    there = [person for person in await bench.store.people.all() if person.user_id != SALIF]
    await bench.store.lost_accounts.take_back(SALIF, by="cli:root", at=bench.now)
    assert await bench.store.invited_news.told() == {InvitedNews(1, binta, "arrived")}
    assert await bench.store.identities.find(binta) is not None
    assert list(await bench.store.people.all()) == there
