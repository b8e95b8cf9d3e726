"""The desk on each database: one account for one person, whoever asks, how often, where it is broken off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from community.core.address_secret import digest_of
from community.description.model import Member, Status
from community.joining.account_request import AccountRefusal, PasswordFault
from community.joining.arrival import ArrivalStage
from community.storage import Store
from matrix.errors import HomeserverUnreachable, LimitExceeded, request_error
from matrix.ids import user_id
from provisioning.errors import SessionEnded
from provisioning.snapshot import Account, AccountClosure
from tests.lib.account_asking import (
    COMMUNITY,
    ENDS,
    INVITER,
    ONE,
    OTHER_PASSWORD,
    PASSWORD,
    RULES,
    SALIF,
    TEAM,
    DeskBench,
)
from tests.lib.memory_homeserver import OWN, SERVER


async def test_whoever_comes_by_a_link_has_an_account_and_is_a_member(desk: DeskBench) -> None:
    secret = await desk.link()
    answer = await desk.ask(secret)
    assert (answer.user_id, answer.refusal, answer.is_new) == (SALIF, None, True)
    await desk.assert_came()
    assert await desk.homeserver.opens(SALIF, PASSWORD)
    assert (await desk.members())["salif.new"] == Member(
        username="salif.new",
        name="Salif Traoré",
        role="member",
        city="bamako",
        themes=("waste",),
        languages=("fr",),
    )
    noted = [(line.actor, line.action, line.subject, line.detail) for line in await desk.store.audit.read()]
    assert (INVITER, "create-account", SALIF, "invitation 1") in noted
    told: dict[str, Any] = await desk.store.about(SALIF, "salif.new")
    (kept,) = told["arrivals"]
    assert (kept["consent"], kept["consented_at"]) == (RULES, desk.now.isoformat())


async def test_a_click_too_many_is_answered_the_same(desk: DeskBench) -> None:
    secret = await desk.link()
    answers = await asyncio.gather(*(desk.ask(secret) for _ in range(4)))
    assert [answer.user_id for answer in answers] == [SALIF] * 4
    assert sum(answer.is_new for answer in answers) == 1
    await desk.assert_came()
    assert await desk.used(secret) == 1


async def test_of_two_on_one_link_one_comes(desk: DeskBench) -> None:
    secret = await desk.link()
    names = ("salif.new", "binta.new", "ada.new")
    whys = await asyncio.gather(*(desk.why(secret, username=name) for name in names))
    assert sorted(whys, key=str) == [None, AccountRefusal.USED_UP, AccountRefusal.USED_UP]
    assert len(desk.accounts()) == 1


async def test_somebody_else_with_the_link_gets_nothing_of_whoever_has_come(desk: DeskBench) -> None:
    secret, team = await desk.link(), await desk.link(TEAM, inviter="cli:root")
    assert await desk.why(secret) is None
    assert await desk.why(team, username="binta.new") is None
    before = dict(desk.homeserver.passwords)
    assert await desk.why(secret, password=OTHER_PASSWORD) is AccountRefusal.USED_UP
    assert await desk.why(team, username="binta.new", password=OTHER_PASSWORD) is AccountRefusal.NAME_TAKEN
    assert await desk.why(team, username="salif.new") is AccountRefusal.NAME_TAKEN
    assert desk.homeserver.passwords == before
    assert not await desk.homeserver.opens(SALIF, OTHER_PASSWORD)


@pytest.mark.parametrize("step", ["redeem", "create", "audit", "member", "stage"])
async def test_broken_off_anywhere_it_goes_on(desk: DeskBench, step: str) -> None:
    """What a kill leaves: everything before it is there, nothing after."""
    secret = await desk.link()
    with broken_off(desk, step):
        assert await desk.why(secret) is AccountRefusal.NOT_NOW
    other = await desk.why(secret, username="binta.new", password=OTHER_PASSWORD)
    assert other is AccountRefusal.USED_UP
    if step != "redeem":
        assert await desk.why(secret, password=OTHER_PASSWORD) is AccountRefusal.USED_UP
    answer = await desk.ask(secret)
    assert answer.user_id == SALIF
    assert answer.is_new is (step == "redeem")
    await desk.assert_came()
    assert await desk.homeserver.opens(SALIF, PASSWORD)


@contextmanager
def broken_off(desk: DeskBench, step: str) -> Iterator[None]:
    """Fail at a step as a homeserver or a database that goes away does, until the block ends."""
    owner, name = {
        "redeem": (desk.homeserver, "create_account"),
        "create": (desk.homeserver, "create_account"),
        "audit": (desk.store.audit, "add"),
        "member": (desk.store.members, "add"),
        "stage": (desk.store.invitations, "note_stage"),
    }[step]

    made = desk.homeserver.create_account

    async def away(*args: Any, **_named: Any) -> None:
        if step == "create":
            await made(*args)
        raise HomeserverUnreachable("http://x")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, name, away)
        yield


async def test_a_name_that_is_taken_in_between_leaves_the_link_as_it_was(
    desk: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await desk.link()
    redeem = desk.store.invitations.redeem

    async def then_taken(*args: Any, **named: Any) -> Any:
        used = await redeem(*args, **named)
        await desk.homeserver.create_account(Account(SALIF, "Somebody"), OTHER_PASSWORD)
        return used

    monkeypatch.setattr(desk.store.invitations, "redeem", then_taken)
    assert await desk.why(secret) is AccountRefusal.NAME_TAKEN
    monkeypatch.undo()
    assert (await desk.used(secret), await desk.arrivals(), await desk.updates()) == (0, [], [])
    assert await desk.homeserver.opens(SALIF, OTHER_PASSWORD)
    assert await desk.why(secret, username="salif.t") is None


async def test_nothing_is_used_up_where_the_homeserver_says_no(
    desk: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await desk.link()

    async def no(*_args: Any) -> None:
        raise SessionEnded

    monkeypatch.setattr(desk.homeserver, "create_account", no)
    assert await desk.why(secret) is AccountRefusal.NOT_NOW
    assert (await desk.used(secret), desk.lost) == (0, 1)

    async def refuse(*_args: Any) -> None:
        raise request_error("M_UNKNOWN", 500, "admin/users")

    monkeypatch.setattr(desk.homeserver, "create_account", refuse)
    assert await desk.why(secret) is AccountRefusal.NOT_NOW
    # It may have made the account all the same.
    assert await desk.used(secret) == 1


@pytest.mark.parametrize(
    ("closed", "why"),
    [
        ("unknown", AccountRefusal.UNKNOWN_LINK),
        ("forged", AccountRefusal.UNKNOWN_LINK),
        ("revoked", AccountRefusal.REVOKED),
        ("expired", AccountRefusal.EXPIRED),
        ("used", AccountRefusal.USED_UP),
    ],
)
async def test_nobody_comes_by_what_is_no_open_link(
    desk: DeskBench, closed: str, why: AccountRefusal
) -> None:
    secret = await desk.link()
    match closed:
        case "unknown":
            secret = "A" * 32
        case "forged":
            secret = "' OR 1=1 --"
        case "revoked":
            await desk.store.invitations.revoke(1, by=INVITER, at=desk.now)
        case "expired":
            desk.now = ENDS
        case _:
            await desk.store.invitations.redeem(digest_of(secret) or "", "@x:x", desk.now)
    assert await desk.why(secret) is why
    assert desk.accounts() == set()


async def test_a_link_that_is_taken_back_is_closed_to_whoever_has_no_account_yet(desk: DeskBench) -> None:
    secret = await desk.link()
    await desk.store.invitations.redeem(digest_of(secret) or "", SALIF, desk.now)
    await desk.store.invitations.revoke(1, by=INVITER, at=desk.now)
    assert await desk.why(secret) is AccountRefusal.REVOKED
    assert desk.accounts() == set()


@pytest.mark.parametrize(
    "username",
    ["awa.diallo", "palabre", "palabre-provisioner", "admin", "former.member", "deactivated", "once.here"],
)
async def test_no_user_name_is_given_twice(store: Store, username: str) -> None:
    gone = Member(username="former.member", name="Gone", role="member", languages=("fr",), status=Status.LEFT)
    community = COMMUNITY.model_copy(update={"members": (*COMMUNITY.members, gone)})
    async with DeskBench(store).open(community) as desk:
        closed = user_id("deactivated", SERVER)
        desk.homeserver.accounts[closed] = Account(closed, "Ada", closed=AccountClosure.DEACTIVATE)
        secret = await desk.link()
        await desk.store.members.add(
            Member(username="once.here", name="Once", role="member", languages=("fr",)),
            f"@once.here:{SERVER}",
            by=INVITER,
            at=desk.now,
        )
        await store.applied.replace(community, at=desk.now)
        assert await desk.why(secret, username=username) is AccountRefusal.NAME_TAKEN
        assert (await desk.used(secret), desk.accounts()) == (0, set())
        assert OWN.bot in desk.homeserver.accounts


async def test_a_password_is_refused_for_a_reason_and_uses_nothing_up(desk: DeskBench) -> None:
    secret = await desk.link()
    answer = await desk.ask(secret, password="Salif-Traore-2026")
    assert answer.refusal is AccountRefusal.WEAK_PASSWORD
    assert answer.password_fault is PasswordFault.NAMES
    assert await desk.used(secret) == 0
    assert await desk.why(secret) is None


async def test_other_rules_are_to_be_read_first(desk: DeskBench) -> None:
    secret = await desk.link()
    assert await desk.why(secret, consent="of last year") is AccountRefusal.OTHER_RULES
    assert await desk.why(secret, city="kigali") is AccountRefusal.NOT_OFFERED
    assert await desk.used(secret) == 0


async def test_whoever_is_described_comes_under_their_name_and_is_not_added(store: Store) -> None:
    described = Member(
        username="salif.new", name="Salif T.", role="city-lead", city="kigali", languages=("en",)
    )
    community = COMMUNITY.model_copy(update={"members": (*COMMUNITY.members, described)})
    async with DeskBench(store).open(community) as desk:
        secret = await desk.link(ONE.model_copy(update={"username": "salif.new"}), "cli:root")
        assert await desk.why(secret, username="salif.t") is AccountRefusal.NAME_TAKEN
        assert await desk.why(secret) is None
        assert desk.homeserver.accounts[SALIF].name == "Salif T."
        assert (await desk.members())["salif.new"] == described
        assert await desk.updates() == [SALIF]
        assert [came.stage for came in await desk.arrivals()] == [ArrivalStage.ACCOUNT_MADE]
        assert (await desk.ask(secret)).is_new is False


async def test_whoever_is_described_meanwhile_as_somebody_else_is_not_them(
    desk: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await desk.link()
    create = desk.homeserver.create_account
    boss = Member(username="salif.new", name="Salif Sow", role="coordinator", languages=("fr",))

    async def then_described(*args: Any) -> None:
        await create(*args)
        await desk.store.applied.replace(
            COMMUNITY.model_copy(update={"members": (*COMMUNITY.members, boss)}), at=desk.now
        )

    monkeypatch.setattr(desk.homeserver, "create_account", then_described)
    assert await desk.why(secret) is AccountRefusal.NAME_TAKEN
    assert not await desk.homeserver.opens(SALIF, PASSWORD)
    assert await desk.why(secret) is AccountRefusal.USED_UP


async def test_whoever_has_signed_in_needs_the_link_no_more(desk: DeskBench) -> None:
    secret = await desk.link()
    assert await desk.why(secret) is None
    await desk.store.invitations.note_stage(SALIF, ArrivalStage.SIGNED_IN, desk.now)
    assert await desk.why(secret) is AccountRefusal.USED_UP


async def test_an_account_that_the_homeserver_has_lost_is_not_for_whoever_has_the_link(
    desk: DeskBench,
) -> None:
    secret = await desk.link()
    assert await desk.why(secret) is None
    del desk.homeserver.accounts[SALIF], desk.homeserver.passwords[SALIF]
    assert await desk.why(secret, password=OTHER_PASSWORD) is AccountRefusal.USED_UP
    assert desk.accounts() == set()


async def test_tries_are_counted_by_link_and_guesses_all_together(desk: DeskBench) -> None:
    secret, other = await desk.link(), await desk.link()
    whys = [await desk.why(secret, password="aaaaaaaaaa") for _ in range(40)]
    assert whys.count(AccountRefusal.WEAK_PASSWORD) == 12
    assert set(whys[12:]) == {AccountRefusal.TOO_MANY}
    guesses = [await desk.why(f"{number:032d}") for number in range(500)]
    assert guesses.count(AccountRefusal.UNKNOWN_LINK) == 60
    assert set(guesses[60:]) == {AccountRefusal.TOO_MANY}
    # Whoever has a link is not kept out by those who guess.
    assert await desk.why(other) is None
    desk.now += timedelta(seconds=31)
    assert await desk.why(secret, username="binta.new") is None


async def test_while_the_provisioner_is_away_nothing_is_lost(store: Store) -> None:
    desk = DeskBench(store)
    async with desk.open():
        secret = await desk.link()
    assert await desk.why(secret) is AccountRefusal.NOT_NOW
    await desk.desk.opened(digest_of(secret) or "")
    async with desk.open():
        assert await desk.why(secret) is None
        await desk.assert_came()


async def test_the_homeserver_is_asked_for_patience_once_for_all(
    desk: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await desk.link()
    assert await desk.why(secret) is None

    async def limited(*_args: Any) -> bool:
        raise LimitExceeded("M_LIMIT_EXCEEDED", 429, "login")

    monkeypatch.setattr(desk.homeserver, "opens", limited)
    assert await desk.why(secret) is AccountRefusal.TOO_MANY


async def test_it_is_noted_once_that_a_page_was_opened(desk: DeskBench) -> None:
    secret = await desk.link()
    digest = digest_of(secret) or ""
    for asked in (digest, "0" * 64, "no digest", secret):
        await desk.desk.opened(asked)
    desk.now += timedelta(hours=1)
    await desk.desk.opened(digest)
    found = await desk.store.invitations.find(digest)
    assert found is not None
    assert found.opened_at == desk.now - timedelta(hours=1)
    assert replace(found, opened_at=None).used == 0


async def test_whoever_may_not_invite_any_more_has_invited_nobody(store: Store) -> None:
    """They have left, or lead another city by now: their links are worth nothing, those of the operator all."""
    lead = COMMUNITY.member["awa.diallo"]
    for changed in ({"status": Status.LEFT}, {"role": "member"}):
        members = tuple(
            member.model_copy(update=changed) if member is lead else member for member in COMMUNITY.members
        )
        desk = DeskBench(store, links=len(await store.invitations.listed()))
        async with desk.open(COMMUNITY.model_copy(update={"members": members})):
            secret = await desk.link()
            assert await desk.why(secret) is AccountRefusal.REVOKED
            assert (await desk.used(secret), desk.accounts()) == (0, set())
    async with DeskBench(store, links=9).open() as again:
        assert await again.why(await again.link(inviter="cli:root"), username="binta.new") is None
        assert await again.why(await again.link()) is None


async def test_by_the_link_of_somebody_who_is_forgotten_nobody_comes(desk: DeskBench) -> None:
    """Else a coordinator who has left would come back by a link of their own, once they are erased."""
    secret, begun = await desk.link(), await desk.link()
    await desk.store.invitations.redeem(digest_of(begun) or "", SALIF, desk.now)
    await desk.store.forget(INVITER, "awa.diallo", "—")
    assert await desk.why(secret, username="binta.new") is AccountRefusal.REVOKED
    assert await desk.why(begun) is AccountRefusal.REVOKED
    assert (await desk.used(secret), desk.accounts()) == (0, set())
