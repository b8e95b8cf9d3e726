"""The desk on each database: one account for one person, whoever asks, how often, where it is broken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture
async def bench(store: Store) -> AsyncIterator[DeskBench]:
    async with DeskBench(store).open() as opened:
        yield opened


async def test_whoever_comes_by_a_link_has_an_account_and_is_a_member(bench: DeskBench) -> None:
    secret = await bench.link()
    answer = await bench.ask(secret)
    assert (answer.user_id, answer.refusal, answer.is_new) == (SALIF, None, True)
    await bench.assert_came()
    assert await bench.homeserver.opens(SALIF, PASSWORD)
    assert (await bench.members())["salif.new"] == Member(
        username="salif.new",
        name="Salif Traoré",
        role="member",
        city="bamako",
        themes=("waste",),
        languages=("fr",),
    )
    noted = [(line.actor, line.action, line.subject, line.detail) for line in await bench.store.audit.read()]
    assert (INVITER, "create-account", SALIF, "invitation 1") in noted
    told: dict[str, Any] = await bench.store.about(SALIF, "salif.new")
    (kept,) = told["arrivals"]
    assert (kept["consent"], kept["consented_at"]) == (RULES, bench.now.isoformat())


async def test_a_click_too_many_is_answered_the_same(bench: DeskBench) -> None:
    secret = await bench.link()
    answers = await asyncio.gather(*(bench.ask(secret) for _ in range(4)))
    assert [answer.user_id for answer in answers] == [SALIF] * 4
    assert sum(answer.is_new for answer in answers) == 1
    await bench.assert_came()
    assert await bench.used(secret) == 1


async def test_of_two_on_one_link_one_comes(bench: DeskBench) -> None:
    secret = await bench.link()
    names = ("salif.new", "binta.new", "ada.new")
    whys = await asyncio.gather(*(bench.why(secret, username=name) for name in names))
    assert sorted(whys, key=str) == [None, AccountRefusal.USED_UP, AccountRefusal.USED_UP]
    assert len(bench.accounts()) == 1


async def test_somebody_else_with_the_link_gets_nothing_of_whoever_has_come(bench: DeskBench) -> None:
    secret, team = await bench.link(), await bench.link(TEAM, inviter="cli:root")
    assert await bench.why(secret) is None
    assert await bench.why(team, username="binta.new") is None
    before = dict(bench.homeserver.passwords)
    assert await bench.why(secret, password=OTHER_PASSWORD) is AccountRefusal.USED_UP
    assert await bench.why(team, username="binta.new", password=OTHER_PASSWORD) is AccountRefusal.NAME_TAKEN
    assert await bench.why(team, username="salif.new") is AccountRefusal.NAME_TAKEN
    assert bench.homeserver.passwords == before
    assert not await bench.homeserver.opens(SALIF, OTHER_PASSWORD)


@pytest.mark.parametrize("step", ["redeem", "create", "audit", "member", "stage"])
async def test_broken_off_anywhere_it_goes_on(bench: DeskBench, step: str) -> None:
    """What a kill leaves: everything before it is there, nothing after."""
    secret = await bench.link()
    with broken_off(bench, step):
        assert await bench.why(secret) is AccountRefusal.NOT_NOW
    other = await bench.why(secret, username="binta.new", password=OTHER_PASSWORD)
    assert other is AccountRefusal.USED_UP
    if step != "redeem":
        assert await bench.why(secret, password=OTHER_PASSWORD) is AccountRefusal.USED_UP
    answer = await bench.ask(secret)
    assert answer.user_id == SALIF
    assert answer.is_new is (step == "redeem")
    await bench.assert_came()
    assert await bench.homeserver.opens(SALIF, PASSWORD)


@contextmanager
def broken_off(bench: DeskBench, step: str) -> Iterator[None]:
    """Fail at a step as a homeserver or a database that goes away does, until the block ends."""
    owner, name = {
        "redeem": (bench.homeserver, "create_account"),
        "create": (bench.homeserver, "create_account"),
        "audit": (bench.store.audit, "add"),
        "member": (bench.store.members, "add"),
        "stage": (bench.store.invitations, "note_stage"),
    }[step]

    made = bench.homeserver.create_account

    async def away(*args: Any, **_named: Any) -> None:
        if step == "create":
            await made(*args)
        raise HomeserverUnreachable("http://x")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, name, away)
        yield


async def test_a_name_that_is_taken_in_between_leaves_the_link_as_it_was(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await bench.link()
    redeem = bench.store.invitations.redeem

    async def then_taken(*args: Any, **named: Any) -> Any:
        used = await redeem(*args, **named)
        await bench.homeserver.create_account(Account(SALIF, "Somebody"), OTHER_PASSWORD)
        return used

    monkeypatch.setattr(bench.store.invitations, "redeem", then_taken)
    assert await bench.why(secret) is AccountRefusal.NAME_TAKEN
    monkeypatch.undo()
    assert (await bench.used(secret), await bench.arrivals(), await bench.updates()) == (0, [], [])
    assert await bench.homeserver.opens(SALIF, OTHER_PASSWORD)
    assert await bench.why(secret, username="salif.t") is None


async def test_nothing_is_used_up_where_the_homeserver_says_no(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await bench.link()

    async def no(*_args: Any) -> None:
        raise SessionEnded

    monkeypatch.setattr(bench.homeserver, "create_account", no)
    assert await bench.why(secret) is AccountRefusal.NOT_NOW
    assert (await bench.used(secret), bench.lost) == (0, 1)

    async def refuse(*_args: Any) -> None:
        raise request_error("M_UNKNOWN", 500, "admin/users")

    monkeypatch.setattr(bench.homeserver, "create_account", refuse)
    assert await bench.why(secret) is AccountRefusal.NOT_NOW
    # It may have made the account all the same.
    assert await bench.used(secret) == 1


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
    bench: DeskBench, closed: str, why: AccountRefusal
) -> None:
    secret = await bench.link()
    match closed:
        case "unknown":
            secret = "A" * 32
        case "forged":
            secret = "' OR 1=1 --"
        case "revoked":
            await bench.store.invitations.revoke(1, by=INVITER, at=bench.now)
        case "expired":
            bench.now = ENDS
        case _:
            await bench.store.invitations.redeem(digest_of(secret) or "", "@x:x", bench.now)
    assert await bench.why(secret) is why
    assert bench.accounts() == set()


async def test_a_link_that_is_taken_back_is_closed_to_whoever_has_no_account_yet(bench: DeskBench) -> None:
    secret = await bench.link()
    await bench.store.invitations.redeem(digest_of(secret) or "", SALIF, bench.now)
    await bench.store.invitations.revoke(1, by=INVITER, at=bench.now)
    assert await bench.why(secret) is AccountRefusal.REVOKED
    assert bench.accounts() == set()


@pytest.mark.parametrize(
    "username",
    ["awa.diallo", "palabre", "palabre-provisioner", "admin", "former.member", "deactivated", "once.here"],
)
async def test_no_user_name_is_given_twice(store: Store, username: str) -> None:
    gone = Member(username="former.member", name="Gone", role="member", languages=("fr",), status=Status.LEFT)
    community = COMMUNITY.model_copy(update={"members": (*COMMUNITY.members, gone)})
    async with DeskBench(store).open(community) as bench:
        closed = user_id("deactivated", SERVER)
        bench.homeserver.accounts[closed] = Account(closed, "Ada", closed=AccountClosure.DEACTIVATE)
        secret = await bench.link()
        await bench.store.members.add(
            Member(username="once.here", name="Once", role="member", languages=("fr",)),
            f"@once.here:{SERVER}",
            by=INVITER,
            at=bench.now,
        )
        await store.applied.replace(community, at=bench.now)
        assert await bench.why(secret, username=username) is AccountRefusal.NAME_TAKEN
        assert (await bench.used(secret), bench.accounts()) == (0, set())
        assert OWN.bot in bench.homeserver.accounts


async def test_a_password_is_refused_for_a_reason_and_uses_nothing_up(bench: DeskBench) -> None:
    secret = await bench.link()
    answer = await bench.ask(secret, password="Salif-Traore-2026")
    assert answer.refusal is AccountRefusal.WEAK_PASSWORD
    assert answer.password_fault is PasswordFault.NAMES
    assert await bench.used(secret) == 0
    assert await bench.why(secret) is None


async def test_other_rules_are_to_be_read_first(bench: DeskBench) -> None:
    secret = await bench.link()
    assert await bench.why(secret, consent="of last year") is AccountRefusal.OTHER_RULES
    assert await bench.why(secret, city="kigali") is AccountRefusal.NOT_OFFERED
    assert await bench.used(secret) == 0


async def test_whoever_is_described_comes_under_their_name_and_is_not_added(store: Store) -> None:
    described = Member(
        username="salif.new", name="Salif T.", role="city-lead", city="kigali", languages=("en",)
    )
    community = COMMUNITY.model_copy(update={"members": (*COMMUNITY.members, described)})
    async with DeskBench(store).open(community) as bench:
        secret = await bench.link(ONE.model_copy(update={"username": "salif.new"}), "cli:root")
        assert await bench.why(secret, username="salif.t") is AccountRefusal.NAME_TAKEN
        assert await bench.why(secret) is None
        assert bench.homeserver.accounts[SALIF].name == "Salif T."
        assert (await bench.members())["salif.new"] == described
        assert await bench.updates() == [SALIF]
        assert [came.stage for came in await bench.arrivals()] == [ArrivalStage.ACCOUNT_MADE]
        assert (await bench.ask(secret)).is_new is False


async def test_whoever_is_described_meanwhile_as_somebody_else_is_not_them(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await bench.link()
    create = bench.homeserver.create_account
    boss = Member(username="salif.new", name="Salif Sow", role="coordinator", languages=("fr",))

    async def then_described(*args: Any) -> None:
        await create(*args)
        await bench.store.applied.replace(
            COMMUNITY.model_copy(update={"members": (*COMMUNITY.members, boss)}), at=bench.now
        )

    monkeypatch.setattr(bench.homeserver, "create_account", then_described)
    assert await bench.why(secret) is AccountRefusal.NAME_TAKEN
    assert not await bench.homeserver.opens(SALIF, PASSWORD)
    assert await bench.why(secret) is AccountRefusal.USED_UP


async def test_whoever_has_signed_in_needs_the_link_no_more(bench: DeskBench) -> None:
    secret = await bench.link()
    assert await bench.why(secret) is None
    await bench.store.invitations.note_stage(SALIF, ArrivalStage.SIGNED_IN, bench.now)
    assert await bench.why(secret) is AccountRefusal.USED_UP


async def test_an_account_that_the_homeserver_has_lost_is_not_for_whoever_has_the_link(
    bench: DeskBench,
) -> None:
    secret = await bench.link()
    assert await bench.why(secret) is None
    del bench.homeserver.accounts[SALIF], bench.homeserver.passwords[SALIF]
    assert await bench.why(secret, password=OTHER_PASSWORD) is AccountRefusal.USED_UP
    assert bench.accounts() == set()


async def test_tries_are_counted_by_link_and_guesses_all_together(bench: DeskBench) -> None:
    secret, other = await bench.link(), await bench.link()
    whys = [await bench.why(secret, password="aaaaaaaaaa") for _ in range(40)]
    assert whys.count(AccountRefusal.WEAK_PASSWORD) == 12
    assert set(whys[12:]) == {AccountRefusal.TOO_MANY}
    guesses = [await bench.why(f"{number:032d}") for number in range(500)]
    assert guesses.count(AccountRefusal.UNKNOWN_LINK) == 60
    assert set(guesses[60:]) == {AccountRefusal.TOO_MANY}
    # Whoever has a link is not kept out by those who guess.
    assert await bench.why(other) is None
    bench.now += timedelta(seconds=31)
    assert await bench.why(secret, username="binta.new") is None


async def test_while_the_provisioner_is_away_nothing_is_lost(store: Store) -> None:
    bench = DeskBench(store)
    async with bench.open():
        secret = await bench.link()
    assert await bench.why(secret) is AccountRefusal.NOT_NOW
    await bench.desk.opened(digest_of(secret) or "")
    async with bench.open():
        assert await bench.why(secret) is None
        await bench.assert_came()


async def test_the_homeserver_is_asked_for_patience_once_for_all(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await bench.link()
    assert await bench.why(secret) is None

    async def limited(*_args: Any) -> bool:
        raise LimitExceeded("M_LIMIT_EXCEEDED", 429, "login")

    monkeypatch.setattr(bench.homeserver, "opens", limited)
    assert await bench.why(secret) is AccountRefusal.TOO_MANY


async def test_it_is_noted_once_that_a_page_was_opened(bench: DeskBench) -> None:
    secret = await bench.link()
    digest = digest_of(secret) or ""
    for asked in (digest, "0" * 64, "no digest", secret):
        await bench.desk.opened(asked)
    bench.now += timedelta(hours=1)
    await bench.desk.opened(digest)
    found = await bench.store.invitations.find(digest)
    assert found is not None
    assert found.opened_at == bench.now - timedelta(hours=1)
    assert replace(found, opened_at=None).used == 0


async def test_whoever_may_not_invite_any_more_has_invited_nobody(store: Store) -> None:
    """They have left, or lead another city by now: their links are worth nothing, those of the operator all."""
    lead = next(member for member in COMMUNITY.members if member.username == "awa.diallo")
    for changed in ({"status": Status.LEFT}, {"role": "member"}):
        members = tuple(
            member.model_copy(update=changed) if member is lead else member for member in COMMUNITY.members
        )
        bench = DeskBench(store, links=len(await store.invitations.listed()))
        async with bench.open(COMMUNITY.model_copy(update={"members": members})):
            secret = await bench.link()
            assert await bench.why(secret) is AccountRefusal.REVOKED
            assert (await bench.used(secret), bench.accounts()) == (0, set())
    async with DeskBench(store, links=9).open() as again:
        assert await again.why(await again.link(inviter="cli:root"), username="binta.new") is None
        assert await again.why(await again.link()) is None


async def test_by_the_link_of_somebody_who_is_forgotten_nobody_comes(bench: DeskBench) -> None:
    """Else a coordinator who has left would come back by a link of their own, once they are erased."""
    secret, begun = await bench.link(), await bench.link()
    await bench.store.invitations.redeem(digest_of(begun) or "", SALIF, bench.now)
    await bench.store.forget(INVITER, "awa.diallo", "—")
    assert await bench.why(secret, username="binta.new") is AccountRefusal.REVOKED
    assert await bench.why(begun) is AccountRefusal.REVOKED
    assert (await bench.used(secret), bench.accounts()) == (0, set())
