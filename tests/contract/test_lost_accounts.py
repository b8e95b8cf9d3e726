"""Somebody who had come, and whose account the homeserver has lost, comes once more by a new link; nobody else does."""

from __future__ import annotations

from community.accounts.identities import discarded_name
from community.jobs.notices import Notice, NoticeKind
from community.joining.account_request import AccountRefusal
from community.joining.arrival import ArrivalStage, InvitedNews
from community.joining.terms import member_terms
from matrix.ids import UserId
from tests.lib.account_asking import INVITER, OTHER_PASSWORD, SALIF, TEAM, DeskBench


def lose(desk: DeskBench, user: UserId = SALIF) -> None:
    """Have the homeserver lose an account."""
    del desk.homeserver.accounts[user], desk.homeserver.passwords[user]


async def own_link(desk: DeskBench, username: str = "salif.new") -> str:
    """Make a link for a member, as `palabre invite --member` does."""
    applied = await desk.store.applied.readable()
    assert applied is not None
    terms = member_terms((await desk.members())[username], applied.community)
    return await desk.link(terms, inviter="cli:root")


async def come_and_lost(desk: DeskBench) -> str:
    """Have Salif come and sign in, and the homeserver lose his account; return the secret of his link."""
    secret = await desk.link()
    assert await desk.why(secret) is None
    await desk.store.sign_ins.note(SALIF, (), at=desk.now)
    for key in ("first", "other"):
        await desk.store.identities.see(SALIF, key, at=desk.now)
    lose(desk)
    return secret


async def test_by_a_new_link_they_come_once_more_as_who_they_are(desk: DeskBench) -> None:
    await come_and_lost(desk)
    before = (await desk.members())["salif.new"]
    await desk.store.lost_accounts.take_back(SALIF, by="cli:root", at=desk.now)
    assert await desk.arrivals() == []
    assert SALIF not in await desk.store.sign_ins.all()
    assert await desk.store.identities.find(SALIF) is None
    shown = {discarded_name(SALIF, key) for key in ("first", "other")}
    assert await desk.store.identities.discarded() == shown
    assert await desk.store.people.find(SALIF) is None
    noted = [line for line in await desk.store.audit.read() if line.action == "come-again"]
    assert [(line.actor, line.subject) for line in noted] == [("cli:root", SALIF)]
    answer = await desk.ask(await own_link(desk), password=OTHER_PASSWORD)
    assert (answer.user_id, answer.is_new) == (SALIF, True)
    assert (await desk.members())["salif.new"] == before
    assert [(came.user_id, came.stage) for came in await desk.arrivals()] == [
        (SALIF, ArrivalStage.ACCOUNT_MADE)
    ]
    assert SALIF in await desk.updates()
    assert await desk.homeserver.opens(SALIF, OTHER_PASSWORD)
    assert await desk.store.sign_ins.note(SALIF, (), at=desk.now)


async def test_until_it_is_taken_back_a_new_link_brings_nobody(desk: DeskBench) -> None:
    await come_and_lost(desk)
    assert await desk.why(await own_link(desk)) is AccountRefusal.NAME_TAKEN
    assert desk.accounts() == set()


async def test_whoever_has_found_a_link_of_theirs_that_nobody_used_is_nobody(desk: DeskBench) -> None:
    await come_and_lost(desk)
    found, others = await own_link(desk), await own_link(desk, "oumar.keita")
    await desk.store.lost_accounts.take_back(SALIF, by="cli:root", at=desk.now)
    assert await desk.why(found) is AccountRefusal.REVOKED
    assert await desk.why(others, username="oumar.keita") is None


async def test_nobody_else_gets_the_name_before_or_after(desk: DeskBench) -> None:
    first = await come_and_lost(desk)
    team = await desk.link(TEAM, inviter="cli:root")
    await desk.store.lost_accounts.take_back(SALIF, by="cli:root", at=desk.now)
    theirs, others = await own_link(desk), await own_link(desk, "oumar.keita")
    for secret, refusal in (
        (first, AccountRefusal.USED_UP),
        (team, AccountRefusal.NAME_TAKEN),
        (others, AccountRefusal.NAME_TAKEN),
    ):
        assert await desk.why(secret, password=OTHER_PASSWORD) is refusal
    assert await desk.why(theirs, username="binta.new", password=OTHER_PASSWORD) is AccountRefusal.NAME_TAKEN
    assert desk.accounts() == set()
    assert await desk.why(theirs) is None
    for secret in (first, theirs, team, others):
        assert await desk.why(secret, password=OTHER_PASSWORD) is not None
    assert not await desk.homeserver.opens(SALIF, OTHER_PASSWORD)


async def test_whoever_came_by_a_link_for_several_leaves_it_as_used_as_it_was(desk: DeskBench) -> None:
    team = await desk.link(TEAM, inviter="cli:root")
    assert await desk.why(team) is None
    lose(desk)
    await desk.store.lost_accounts.take_back(SALIF, by="cli:root", at=desk.now)
    assert await desk.used(team) == 1
    assert await desk.why(team) is AccountRefusal.NAME_TAKEN
    assert await desk.why(await own_link(desk)) is None


async def test_what_was_told_of_them_is_forgotten_and_nothing_of_anybody_else(desk: DeskBench) -> None:
    await come_and_lost(desk)
    binta = UserId("@binta.new:x")
    notice = Notice(NoticeKind.INVITED_ARRIVED, INVITER, "1", {"name": "", "number": "1", "stage": ""})
    told = [(InvitedNews(1, user, "arrived"), notice) for user in (SALIF, binta)]
    await desk.store.invited_news.tell(told, at=desk.now)
    await desk.store.identities.see(binta, "hers", at=desk.now)
    there = [person for person in await desk.store.people.all() if person.user_id != SALIF]
    await desk.store.lost_accounts.take_back(SALIF, by="cli:root", at=desk.now)
    assert await desk.store.invited_news.told() == {InvitedNews(1, binta, "arrived")}
    assert await desk.store.identities.find(binta) is not None
    assert list(await desk.store.people.all()) == there
