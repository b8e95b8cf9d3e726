"""Whoever has invited somebody is told once that they have arrived, are stuck for a day, or never came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.features.inviting.news import CLOSED_TOLD_FOR, closed_lately, news_due
from community.core.messages import LANGUAGES, translator
from community.jobs.job import JobState
from community.jobs.notice_text import sentences_of
from community.jobs.notices import Notice, NoticeKind
from community.joining.arrival import ArrivalStage, InvitedNews
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.storage import NewInvitation, Store
from tests.lib.asking import CATALOGUES
from tests.lib.bot_runtime import AWA, PETER
from tests.lib.descriptions import example
from tests.lib.keys import keys_in
from tests.lib.room_talk import seeded_store

COMMUNITY = example().community
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
"""A working day in Bamako (UTC+0)."""
DAY = timedelta(days=1)
GUEST = "@salif:h"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await seeded_store(tmp_path) as made:
        yield made


async def invited(store: Store, inviter: str = AWA, **terms: object) -> NetworkInvitation:
    offered = InvitationTerms.model_validate({"name": "Salif", "role": "member", "language": "fr", **terms})
    digest = f"{len(await store.invitations.listed()):064x}"
    new = NewInvitation(digest, offered, inviter, MONDAY + 3 * DAY)
    (link,) = await store.invitations.add([new], by=inviter, at=MONDAY)
    return link


async def told(store: Store, now: datetime) -> list[tuple[str, str, str]]:
    """Look, tell what is due, and return it: to whom, what, at which stage."""
    people = {person.user_id: person for person in await store.people.all()}
    links, before = await store.invitations.listed(), await store.invited_news.told()
    revokers = await store.invitations.revokers(closed_lately(links, now), since=now - CLOSED_TOLD_FOR)
    due = news_due(links, before, people, await store.quiet_hours.all(), COMMUNITY, now, revokers)
    await store.invited_news.tell(due, at=now)
    assert all(news not in before for news, _ in due)
    return [(notice.audience, notice.kind.value, notice.values["stage"]) for _, notice in due]


async def test_who_is_stuck_is_told_after_a_day_and_the_first_sign_in_at_once_and_nothing_later(
    store: Store,
) -> None:
    link = await invited(store)
    assert await told(store, MONDAY + DAY - timedelta(seconds=1)) == []
    assert await told(store, MONDAY + DAY) == [(AWA, "invited-stuck", "not opened")]
    assert await told(store, MONDAY + DAY) == []
    await store.invitations.redeem(link.digest, GUEST, MONDAY + DAY)
    await store.invitations.note_stage(GUEST, ArrivalStage.ACCOUNT_MADE, MONDAY + DAY)
    assert await told(store, MONDAY + DAY) == []
    assert await told(store, MONDAY + 2 * DAY) == [(AWA, "invited-stuck", "account made")]
    await store.invitations.note_stage(GUEST, ArrivalStage.SIGNED_IN, MONDAY + 2 * DAY)
    assert await told(store, MONDAY + 2 * DAY) == [(AWA, "invited-arrived", "")]
    assert await told(store, MONDAY + 3 * DAY) == []
    await store.invitations.note_stage(GUEST, ArrivalStage.ARRIVED, MONDAY + 3 * DAY)
    assert await told(store, MONDAY + 4 * DAY) == []
    filed = Notice.each(await store.jobs.of_state(Notice.KIND, JobState.PENDING))
    assert [notice.kind for _, notice in filed] == [
        NoticeKind.INVITED_STUCK,
        NoticeKind.INVITED_STUCK,
        NoticeKind.INVITED_ARRIVED,
    ]


async def test_those_of_one_link_are_told_of_together(store: Store) -> None:
    link = await invited(store, uses=30, name=None)
    for number in range(20):
        guest = f"@guest{number:02}:h"
        await store.invitations.redeem(link.digest, guest, MONDAY + number * timedelta(seconds=1))
        await store.invitations.note_stage(guest, ArrivalStage.ACCOUNT_MADE, MONDAY)
        if number < 12:
            await store.invitations.note_stage(guest, ArrivalStage.SIGNED_IN, MONDAY)
    assert len(await told(store, MONDAY)) == 12
    assert len(await told(store, MONDAY + DAY)) == 8
    filed = list(Notice.each(await store.jobs.of_state(Notice.KIND, JobState.PENDING)))
    assert [(notice.kind, names_in(notice)) for _, notice in filed] == [
        (NoticeKind.INVITED_ARRIVED, [f"guest{n:02}" for n in range(8)]),
        (NoticeKind.INVITED_STUCK, [f"guest{n:02}" for n in range(12, 20)]),
    ]
    said = [str(sentences_of(notice)[0]) for _, notice in filed]
    assert ("guest00, guest01" in said[0], "guest07, …" in said[0], "…" in said[1]) == (True, True, False)


def names_in(notice: Notice) -> list[str]:
    return [value for key, value in sorted(notice.values.items()) if key.startswith("name")]


async def test_those_who_came_by_a_link_for_several_are_named_as_they_are_called(store: Store) -> None:
    """Of whoever has no account yet nothing but the user name is known, which is kept for them."""
    link = await invited(store, uses=30, name=None)
    called = {"mariam.coulibaly": "Mariam Coulibaly", "cheikh.elhacen": "Cheikh El Hacen"}
    for username in (*called, "salif"):
        await store.invitations.redeem(link.digest, f"@{username}:h", MONDAY)
        if username in called:
            await store.invitations.note_stage(f"@{username}:h", ArrivalStage.SIGNED_IN, MONDAY)
    await told(store, MONDAY)
    await told(store, MONDAY + DAY)
    arrived, stuck = (
        notice for _, notice in Notice.each(await store.jobs.of_state(Notice.KIND, JobState.PENDING))
    )
    assert names_in(arrived) == sorted(called.values())
    assert {arrived.values["user"], arrived.values["user2"]} == {f"@{username}:h" for username in called}
    assert names_in(stuck) == ["salif"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_of_several_names_is_apart_from_the_others(language: str) -> None:
    values = {"name": "آوا", "name2": "Awa", "number": "3", "stage": ""}
    (said, _) = sentences_of(Notice(NoticeKind.INVITED_ARRIVED, AWA, "3/", values))
    text = translator(language, CATALOGUES)(said)
    foreign = "Awa" if language == "ar" else "آوا"
    assert f"\u2068{foreign}\u2069" in text
    assert ("،" if language == "ar" else ",") in text


async def closed(store: Store) -> list[tuple[str, dict[str, str]]]:
    """Return who was told on what terms that a link is closed."""
    jobs = Notice.each(await store.jobs.of_state(Notice.KIND, JobState.PENDING))
    return [
        (notice.audience, {key: value for key, value in notice.values.items() if key != "stage"})
        for _, notice in jobs
        if notice.kind is NoticeKind.INVITATION_CLOSED
    ]


OUMAR = {"name": "Oumar Keïta", "username": "oumar.keita"}


BY_PETER = {"name_by": "Peter", "user_by": PETER}


@pytest.mark.parametrize(("maker", "by"), [(PETER, BY_PETER), ("cli:root", {})])
async def test_who_had_made_the_link_is_told_once_that_another_one_was_made(
    store: Store, maker: str, by: dict[str, str]
) -> None:
    first = await invited(store, **OUMAR)
    await invited(store, maker, **OUMAR)
    await store.invitations.revoke(first.id, by=maker, at=MONDAY)
    assert await told(store, MONDAY) == [(AWA, "invitation-closed", "")]
    assert await told(store, MONDAY + timedelta(hours=1)) == []
    values = {"name": "Oumar Keïta", "number": str(first.id), **by, "replaced": "yes"}
    assert await closed(store) == [(AWA, values)]


async def test_who_has_closed_their_own_link_knows_it(store: Store) -> None:
    first = await invited(store, **OUMAR)
    await invited(store, **OUMAR)
    await store.invitations.revoke(first.id, by=AWA, at=MONDAY)
    other = await invited(store)
    await store.invitations.revoke(other.id, by=AWA, at=MONDAY)
    assert await told(store, MONDAY) == []


async def test_of_a_link_that_somebody_else_has_taken_back_its_inviter_is_told(store: Store) -> None:
    for taken_by in (PETER, "cli:root"):
        link = await invited(store)
        await store.invitations.revoke(link.id, by=taken_by, at=MONDAY)
    assert len(await told(store, MONDAY)) == 2
    assert await closed(store) == [
        (AWA, {"name": "Salif", "number": "1", **BY_PETER}),
        (AWA, {"name": "Salif", "number": "2"}),
    ]


async def test_a_link_that_was_of_no_use_any_more_is_not_told_of_and_nothing_at_night_or_late(
    store: Store,
) -> None:
    used = await invited(store)
    await store.invitations.redeem(used.digest, GUEST, MONDAY)
    await store.invitations.note_stage(GUEST, ArrivalStage.ARRIVED, MONDAY)
    link = await invited(store)
    for number in (used.id, link.id):
        await store.invitations.revoke(number, by=PETER, at=MONDAY)
    assert await told(store, MONDAY + timedelta(hours=12)) == []
    arrived = (AWA, "invited-arrived", "")
    assert await told(store, MONDAY + CLOSED_TOLD_FOR) == [arrived]
    assert await closed(store) == []


async def test_where_the_homeserver_had_lost_an_account_the_inviter_of_the_older_link_is_told(
    store: Store,
) -> None:
    """`palabre invite --again` takes it back, and makes another one."""
    first = await invited(store, **OUMAR)
    await store.lost_accounts.take_back("@oumar.keita:h", by="cli:root", at=MONDAY + timedelta(seconds=1))
    await invited(store, "cli:root", **OUMAR)
    assert await told(store, MONDAY + timedelta(minutes=1)) == [(AWA, "invitation-closed", "")]
    assert (await closed(store))[0][1]["number"] == str(first.id)


async def test_a_link_that_runs_out_unused_is_told_once_and_one_that_was_taken_back_never(
    store: Store,
) -> None:
    await invited(store, uses=3, name=None)
    back = await invited(store)
    await store.invitations.revoke(back.id, by=AWA, at=MONDAY)
    assert await told(store, MONDAY + 2 * DAY) == []
    assert await told(store, MONDAY + 3 * DAY) == [(AWA, "invitation-out", "")]
    assert await told(store, MONDAY + 3 * DAY) == []


async def test_nothing_is_told_at_night_or_on_the_weekend_of_whoever_invites(store: Store) -> None:
    await invited(store)
    assert await told(store, MONDAY + DAY + timedelta(hours=12)) == []
    assert await told(store, MONDAY + 5 * DAY) == []
    assert await told(store, MONDAY + 7 * DAY) == [(AWA, "invitation-out", "")]


async def test_in_their_own_quiet_hours_whoever_invites_is_told_nothing_and_at_night_if_they_wish(
    store: Store,
) -> None:
    await invited(store)
    await store.quiet_hours.put(AWA, "08:00-18:00")
    assert await told(store, MONDAY + DAY) == []
    assert await told(store, MONDAY + DAY + timedelta(hours=12)) == [(AWA, "invited-stuck", "not opened")]
    await store.quiet_hours.drop(AWA)
    await store.quiet_hours.put(AWA, "21:00-07:00")
    # A day of rest stays one.
    assert await told(store, MONDAY + 5 * DAY) == []


async def test_nobody_is_told_of_another_ones_guests_or_once_they_have_left(store: Store) -> None:
    await invited(store, PETER)
    await invited(store, "cli:root")
    await invited(store, "@gone:h")
    assert await told(store, MONDAY + DAY) == [(PETER, "invited-stuck", "not opened")]


async def test_what_was_told_of_somebody_goes_with_them_and_with_the_invitation(store: Store) -> None:
    link = await invited(store)
    await store.invitations.redeem(link.digest, GUEST, MONDAY)
    await told(store, MONDAY + DAY)
    assert await store.invited_news.told() == {InvitedNews(link.id, GUEST, "stuck")}
    about = await store.about(GUEST, "salif")
    assert about["invited_news"] == [{"invitation": link.id, "user_id": GUEST, "what": "stuck"}]
    await store.forget(GUEST, "salif", "somebody")
    assert await store.invited_news.told() == set()
    await told(store, MONDAY + 3 * DAY)
    await invited(store)
    await told(store, MONDAY + 3 * DAY)
    await store.invitations.drop_old(MONDAY + 200 * DAY)
    await store.invited_news.drop_old()
    assert all(news.invitation == link.id for news in await store.invited_news.told())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["Salif <b>Traoré</b>\n@room", ""])
def test_each_is_said_in_each_language_and_names_show_as_they_are(language: str, name: str) -> None:
    translate = translator(language, CATALOGUES)
    kinds = (NoticeKind.INVITED_ARRIVED, NoticeKind.INVITED_STUCK, NoticeKind.INVITATION_RUN_OUT)
    cases = [(kind, {"stage": stage.value}) for kind in kinds for stage in list(ArrivalStage)[:-2]]
    cases += [
        (NoticeKind.INVITATION_CLOSED, {**by, **more})
        for by in (BY_PETER, dict[str, str]())
        for more in ({"replaced": "yes"}, dict[str, str]())
    ]
    for kind, more in cases:
        values = {"name": name, "number": "3", **more}
        said = [translate(one) for one in sentences_of(Notice(kind, AWA, "3/", values))]
        assert len(said) == (1 if kind is NoticeKind.INVITATION_CLOSED and "replaced" not in more else 2)
        assert "3" in said[0]
        assert more.get("name_by", "") in said[0]
        assert keys_in(" ".join(said)) == []
