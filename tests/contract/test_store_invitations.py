"""The contract of invitations: kept as digests, used as often as they may be, and their people can be forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.joining.arrival import Arrival, ArrivalStage
from community.joining.invitation import (
    InvitationClosed,
    InvitationState,
    InvitationTerms,
    NameTaken,
    NetworkInvitation,
    UnknownInvitation,
)
from community.storage import InvitationArrivals, NewInvitation, Store
from community.storage.invitations import KEPT_FOR

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=14)
AWA, SALIF, BINTA = "@awa.diallo:x", "@salif.traore:x", "@binta.sow:x"
ONE = InvitationTerms(
    name="Salif Traoré", role="member", city="bamako", themes=("waste",), language="fr", greeter="awa.diallo"
)
THREE = InvitationTerms(role="partner", language="en", uses=3)


def new(terms: InvitationTerms = ONE, digest: str = "a", inviter: str = AWA) -> NewInvitation:
    return NewInvitation(digest * 64, terms, inviter, LATER)


async def made(store: Store, *links: NewInvitation) -> tuple[NetworkInvitation, ...]:
    return await store.invitations.add(links or (new(),), by="cli:root", at=NOW)


async def test_links_are_kept_all_or_none_and_found_by_their_digest(store: Store) -> None:
    first, second = await made(store, new(), new(THREE, "b"))
    assert first == NetworkInvitation(first.id, "a" * 64, ONE, AWA, NOW, LATER)
    assert await store.invitations.find("b" * 64) == second
    assert await store.invitations.find("c" * 64) is None
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        await made(store, new(digest="c"), new(digest="a"))
    assert await store.invitations.find("c" * 64) is None
    noted = [(line.actor, line.action, line.subject, line.detail) for line in await store.audit.read()]
    assert noted == [
        ("cli:root", "invite", "member/bamako", f"invitation {first.id}"),
        ("cli:root", "invite", "partner", f"invitation {second.id}"),
    ]


async def test_a_link_of_one_is_used_once_by_whoever_is_first(store: Store) -> None:
    (link,) = await made(store)
    names = [f"@n{number}:x" for number in range(8)]
    came = await asyncio.gather(
        *(store.invitations.redeem(link.digest, name, NOW) for name in names), return_exceptions=True
    )
    (used,) = [one for one in came if isinstance(one, NetworkInvitation)]
    assert used == replace(link, used=1)
    refused = [one.state for one in came if isinstance(one, InvitationClosed)]
    assert refused == [InvitationState.USED_UP] * 7
    (listed,) = await store.invitations.listed()
    assert (listed.invitation, len(listed.arrivals)) == (used, 1)


async def test_a_counted_link_is_used_as_often_as_it_may_be(store: Store) -> None:
    (link,) = await made(store, new(THREE))
    names = [f"@n{number}:x" for number in range(6)]
    came = await asyncio.gather(
        *(store.invitations.redeem(link.digest, name, NOW) for name in names), return_exceptions=True
    )
    assert sum(isinstance(one, NetworkInvitation) for one in came) == 3
    (listed,) = await store.invitations.listed()
    assert (listed.invitation.used, len(listed.arrivals)) == (3, 3)


async def test_done_again_by_the_same_person_it_changes_nothing(store: Store) -> None:
    (link,) = await made(store)
    used = await store.invitations.redeem(link.digest, SALIF, NOW)
    (revision,) = await store.revisions("invitations")
    both = await asyncio.gather(*(store.invitations.redeem(link.digest, SALIF, LATER) for _ in range(2)))
    assert both == [used, used]
    assert await store.revisions("invitations") == (revision,)
    (listed,) = await store.invitations.listed()
    assert listed == InvitationArrivals(used, (Arrival(link.id, SALIF, NOW, ArrivalStage.OPENED, NOW),))


async def test_nobody_comes_by_a_link_that_is_closed_or_unknown(store: Store) -> None:
    old, back = await made(store, new(), new(THREE, "b"))
    await store.invitations.revoke(back.id, by=AWA, at=NOW)
    for digest, state in ((old.digest, InvitationState.EXPIRED), (back.digest, InvitationState.REVOKED)):
        with pytest.raises(InvitationClosed) as refused:
            await store.invitations.redeem(digest, SALIF, LATER)
        assert refused.value.state is state
    with pytest.raises(UnknownInvitation):
        await store.invitations.redeem("c" * 64, SALIF, NOW)
    assert [one.invitation.used for one in await store.invitations.listed()] == [0, 0]


async def test_a_name_that_came_by_another_link_is_taken_and_uses_nothing_up(store: Store) -> None:
    first, second = await made(store, new(), new(digest="b"))
    await store.invitations.redeem(first.digest, SALIF, NOW)
    with pytest.raises(NameTaken):
        await store.invitations.redeem(second.digest, SALIF, NOW)
    assert await store.invitations.find(second.digest) == second
    await store.invitations.redeem(second.digest, BINTA, NOW)


async def test_a_link_is_taken_back_once_and_who_came_stays(store: Store) -> None:
    (link,) = await made(store, new(THREE))
    await store.invitations.redeem(link.digest, SALIF, NOW)
    gone = await store.invitations.revoke(link.id, by=AWA, at=LATER)
    assert gone == replace(link, used=1, revoked_at=LATER)
    assert await store.invitations.revoke(link.id, by=AWA, at=LATER + timedelta(days=1)) == gone
    assert await store.invitations.revoke(link.id + 1, by=AWA, at=LATER) is None
    (listed,) = await store.invitations.listed()
    assert [one.user_id for one in listed.arrivals] == [SALIF]
    assert [line.action for line in await store.audit.read()] == ["invite", "revoke-invitation"]


async def test_it_is_known_how_far_somebody_is_and_nobody_goes_back(store: Store) -> None:
    (link,) = await made(store)
    await store.invitations.note_opened(link.digest, NOW)
    await store.invitations.note_opened(link.digest, LATER)
    found = await store.invitations.find(link.digest)
    assert found is not None
    assert found.opened_at == NOW
    assert not await store.invitations.note_stage(SALIF, ArrivalStage.SIGNED_IN, NOW)
    await store.invitations.redeem(link.digest, SALIF, NOW)
    stages = (ArrivalStage.SIGNED_IN, ArrivalStage.SIGNED_IN, ArrivalStage.ARRIVED, ArrivalStage.SIGNED_IN)
    news = [await store.invitations.note_stage(SALIF, stage, LATER) for stage in stages]
    assert news == [True, False, True, False]
    (listed,) = await store.invitations.listed()
    assert listed.arrivals == (Arrival(link.id, SALIF, NOW, ArrivalStage.ARRIVED, LATER),)


async def test_they_are_listed_by_who_invites(store: Store) -> None:
    hers, theirs = await made(store, new(), new(THREE, "b", "cli:root"))
    assert [one.invitation for one in await store.invitations.listed()] == [hers, theirs]
    assert [one.invitation for one in await store.invitations.listed(AWA)] == [hers]
    assert await store.invitations.listed("@nobody:x") == ()


async def test_whoever_came_is_told_and_forgotten(store: Store) -> None:
    (link,) = await made(store)
    await store.invitations.redeem(link.digest, SALIF, NOW, consent="of december")
    told = await store.about(SALIF, "salif.traore")
    assert told["invitations"] == []
    assert told["arrivals"] == [
        {
            "user_id": SALIF,
            "invitation": link.id,
            "came_at": NOW.isoformat(),
            "stage": "opened",
            "stage_at": NOW.isoformat(),
            "consent": "of december",
            "consented_at": NOW.isoformat(),
            "name": "Salif Traoré",
        }
    ]
    await store.forget(SALIF, "salif.traore", "—")
    assert await store.invitations.listed() == (
        InvitationArrivals(
            replace(link, used=1, terms=ONE.model_copy(update={"name": None})),
            (),
        ),
    )
    with pytest.raises(InvitationClosed):
        await store.invitations.redeem(link.digest, BINTA, NOW)


async def test_whoever_invites_is_told_and_forgotten(store: Store) -> None:
    greeted = THREE.model_copy(update={"greeter": "awa.diallo"})
    link, other = await made(store, new(), new(greeted, "b", "cli:root"))
    await store.invitations.redeem(link.digest, SALIF, NOW)
    told: dict[str, Any] = await store.about(AWA, "awa.diallo")
    hers, others = told["invitations"]
    assert (hers["id"], hers["name"], hers["made_at"]) == (link.id, "Salif Traoré", NOW.isoformat())
    assert others == {"id": other.id, "greeter": "awa.diallo"}
    assert SALIF not in str(told)
    await store.forget(AWA, "awa.diallo", "—")
    first, second = [one.invitation for one in await store.invitations.listed()]
    assert (first.inviter, first.terms.greeter, first.terms.name) == ("—", None, "Salif Traoré")
    assert second == replace(other, terms=THREE)


async def test_who_was_meant_is_not_kept_for_ever(store: Store) -> None:
    unused, used, later = await made(store, new(), new(digest="b"), new(digest="c"))
    await store.invitations.redeem(used.digest, SALIF, NOW)
    await store.invitations.revoke(later.id, by=AWA, at=LATER + KEPT_FOR)
    await store.invitations.drop_old(LATER + KEPT_FOR)
    assert len(await store.invitations.listed()) == 3
    await store.invitations.drop_old(LATER + KEPT_FOR + timedelta(seconds=1))
    kept = [(one.invitation.id, one.invitation.terms.name) for one in await store.invitations.listed()]
    assert kept == [(used.id, None)]
    assert unused.id != used.id


async def test_who_came_is_found_and_taken_back_as_long_as_there_is_no_account(store: Store) -> None:
    link, other = await made(store, new(), new(digest="b"))
    assert await store.invitations.arrival(SALIF) is None
    used = await store.invitations.redeem(link.digest, SALIF, NOW)
    assert await store.invitations.arrival(SALIF) == Arrival(link.id, SALIF, NOW, ArrivalStage.OPENED, NOW)
    for digest, name in ((other.digest, SALIF), (link.digest, BINTA), ("c" * 64, SALIF)):
        assert not await store.invitations.withdraw(digest, name)
    assert await store.invitations.find(link.digest) == used
    assert await store.invitations.withdraw(link.digest, SALIF)
    assert not await store.invitations.withdraw(link.digest, SALIF)
    assert await store.invitations.find(link.digest) == link
    await store.invitations.redeem(link.digest, BINTA, NOW)
    await store.invitations.note_stage(BINTA, ArrivalStage.ACCOUNT_MADE, LATER)
    assert not await store.invitations.withdraw(link.digest, BINTA)
