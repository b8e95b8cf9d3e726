"""Who has come into a gate, who has gone, who ought not to be there, and what is told of it to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.gates import (
    LEAVING,
    NAMED,
    SETTLED,
    GateNews,
    belonging_to,
    first_notices_of,
    gate_news,
    notices_of,
    passed_notices_of,
    ripe,
    unwatched_notices_of,
)
from bots.safe_rooms import DescribedSafeRoom, safe_rooms_of
from community.description.fields import Localized
from community.description.person import Person
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import GateStanding
from matrix.ids import UserId
from tests.lib.descriptions import example

NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
AWA, BOB, KEEPER, KEPT, OLD, EVE = (
    UserId(f"@{name}:x") for name in ("awa", "bob", "keeper", "kept", "old", "eve")
)
BELONGS, STRANGER, WATCHES = GateStanding.BELONGS, GateStanding.STRANGER, GateStanding.WATCHES
BOT = "@palabre:x"
SAFE = DescribedSafeRoom(
    "frank-talk",
    Localized({"en": "Speaking freely", "fr": "Parler librement"}),
    {AWA: "Awa", BOB: "Bob", KEEPER: "Kim", KEPT: "Kaya", OLD: "Olga"},
    frozenset({KEEPER, KEPT}),
    {OLD: ("fr",)},
)
COMMUNITY = ("fr", "en")


def people(*users: UserId) -> dict[str, Person]:
    spoken = {KEPT: ("fr",)}
    return {u: Person(u, u[1:-2], u[1:-2], "lead", None, (), spoken.get(u, ("en",))) for u in users}


PEOPLE = people(AWA, BOB, KEEPER, KEPT)


def told_of(notices: Iterable[Notice]) -> list[tuple[NoticeKind, str]]:
    return [(notice.kind, notice.audience) for notice in notices]


# --- the comparison -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "told", "news"),
    [
        ([], {}, GateNews()),
        ([AWA], {AWA: BELONGS}, GateNews()),
        ([AWA, BOB], {AWA: BELONGS}, GateNews(let_in=(BOB,))),
        ([AWA], {AWA: BELONGS, BOB: BELONGS}, GateNews(let_out=(BOB,))),
        ([AWA, EVE], {AWA: BELONGS}, GateNews(strangers=(EVE,))),
        ([AWA, EVE], {AWA: BELONGS, EVE: STRANGER}, GateNews()),
        ([AWA], {AWA: BELONGS, EVE: STRANGER}, GateNews(let_out=(EVE,))),
        ([AWA, EVE], {AWA: BELONGS, EVE: BELONGS}, GateNews(strangers=(EVE,))),
        ([AWA], {AWA: STRANGER}, GateNews(let_in=(AWA,))),
        ([], {BOT: WATCHES}, GateNews()),
    ],
)
def test_the_news_of_a_gate(there: list[UserId], told: dict[str, GateStanding], news: GateNews) -> None:
    assert gate_news(there, [AWA, BOB], told) == news


def test_what_was_told_is_no_news_afterwards() -> None:
    told: dict[str, GateStanding] = {AWA: BELONGS, BOB: BELONGS}
    there = [BOB, EVE, KEEPER]
    news = gate_news(there, SAFE.members, told)
    after = {**told, **news.standings()}
    assert gate_news(there, SAFE.members, {u: s for u, s in after.items() if s is not None}) == GateNews()


def test_whom_the_store_does_not_know_belongs_nowhere_but_alumni_do_where_they_are_described() -> None:
    assert belonging_to(SAFE, people(AWA, EVE)) == {AWA, OLD}


# --- when it is told ----------------------------------------------------------------------------------------


def ages(**by_name: timedelta) -> dict[UserId, timedelta]:
    return {UserId(f"@{name}:x"): age for name, age in by_name.items()}


def test_who_comes_and_goes_is_told_together_once_the_first_of_it_has_settled() -> None:
    news, young = GateNews(let_in=(AWA, BOB), let_out=(KEEPER,)), timedelta(seconds=1)
    old = ages(awa=young, bob=young, keeper=young)
    assert ripe(news, old.__getitem__, {}) == GateNews()
    old = ages(awa=young, bob=SETTLED, keeper=young)
    assert ripe(news, old.__getitem__, {}) == news


def test_a_stranger_is_told_at_once_and_somebody_who_is_just_leaving_is_none_yet() -> None:
    news, old = (
        GateNews(let_in=(AWA,), strangers=(BOB, EVE)),
        ages(awa=timedelta(), bob=timedelta(), eve=timedelta()),
    )
    assert ripe(news, old.__getitem__, {BOB: BELONGS}) == GateNews(strangers=(EVE,))
    old = ages(awa=timedelta(), bob=LEAVING, eve=LEAVING)
    assert ripe(news, old.__getitem__, {BOB: BELONGS}) == GateNews(strangers=(BOB, EVE))


# --- to whom ------------------------------------------------------------------------------------------------


def test_each_keeper_is_told_and_whoever_was_let_in() -> None:
    notices = notices_of(SAFE, GateNews(let_in=(AWA,)), PEOPLE, COMMUNITY, NOW)
    assert told_of(notices) == [
        (NoticeKind.GATE_LET_IN, KEEPER),
        (NoticeKind.GATE_LET_IN, KEPT),
        (NoticeKind.LET_IN, AWA),
    ]
    assert [notice.values["room"] for notice in notices] == [
        "Speaking freely",
        "Parler librement",
        "Speaking freely",
    ]
    assert notices[0].values["people"] == f"Awa ({AWA})"


def test_a_keeper_is_not_told_of_themselves() -> None:
    notices = notices_of(SAFE, GateNews(let_in=(KEEPER,)), PEOPLE, COMMUNITY, NOW)
    assert told_of(notices) == [(NoticeKind.GATE_LET_IN, KEPT), (NoticeKind.LET_IN, KEEPER)]


def test_a_keeper_who_comes_later_is_told_that_they_are_one_and_nobody_else_is() -> None:
    notices = notices_of(SAFE, GateNews(let_in=(AWA, KEEPER)), PEOPLE, COMMUNITY, NOW)
    said = {n.audience: " ".join(map(str, sentences_of(n))) for n in notices if n.kind is NoticeKind.LET_IN}
    told = ("You are a keeper of the safe room “Speaking freely”", "“remove … from Speaking freely”")
    assert [all(part in said[user] for part in told) for user in (KEEPER, AWA)] == [True, False]


def test_of_a_stranger_keepers_and_coordinators_are_told_and_the_stranger_is_not() -> None:
    notices = notices_of(SAFE, GateNews(strangers=(EVE,)), PEOPLE, COMMUNITY, NOW)
    assert told_of(notices) == [
        (NoticeKind.GATE_STRANGER, audience) for audience in (COORDINATORS, KEEPER, KEPT)
    ]
    assert notices[0].values == {"room": "Parler librement", "people": EVE, "more": "0"}


def test_alumni_who_are_let_in_are_told_too_in_a_language_that_they_read() -> None:
    notices = notices_of(SAFE, GateNews(let_in=(OLD,)), PEOPLE, COMMUNITY, NOW)
    assert {audience for _kind, audience in told_of(notices)} == {KEEPER, KEPT, OLD}
    (told,) = (notice for notice in notices if notice.audience == OLD)
    assert (told.kind, told.values) == (NoticeKind.LET_IN, {"room": "Parler librement", "days": ""})


def test_thirty_people_at_first_sight_are_one_message_to_each_keeper() -> None:
    crowd = [UserId(f"@p{number:02}:x") for number in range(30)]
    news = GateNews(let_in=tuple(crowd))
    notices = first_notices_of(SAFE, news, people(KEEPER, *crowd), COMMUNITY, NOW)
    to_keeper = [notice for notice in notices if notice.audience == KEEPER]
    assert [notice.kind for notice in to_keeper] == [NoticeKind.GATE_WATCHED]
    assert to_keeper[0].values["people"].count("@") == NAMED
    assert to_keeper[0].values["more"] == str(30 - NAMED)
    assert [n.audience for n in notices if n.kind is NoticeKind.LET_IN] == crowd


def test_a_stranger_at_first_sight_is_shouted_too() -> None:
    notices = first_notices_of(SAFE, GateNews((AWA,), (), (EVE,)), PEOPLE, COMMUNITY, NOW)
    assert (NoticeKind.GATE_STRANGER, COORDINATORS) in told_of(notices)
    assert (NoticeKind.GATE_STRANGER, KEEPER) in told_of(notices)


def test_one_who_came_and_went_between_two_looks_is_told_of_once_for_each_time() -> None:
    first = passed_notices_of(SAFE, {EVE: "$1"}, PEOPLE, COMMUNITY)
    assert told_of(first) == [(NoticeKind.GATE_PASSED, a) for a in (COORDINATORS, KEEPER, KEPT)]
    keys = {notice.idempotency_key for notice in first}
    again = passed_notices_of(SAFE, {EVE: "$1"}, PEOPLE, COMMUNITY)
    assert {notice.idempotency_key for notice in again} == keys
    assert not keys & {n.idempotency_key for n in passed_notices_of(SAFE, {EVE: "$2"}, PEOPLE, COMMUNITY)}


def test_that_nobody_watches_any_more_is_told() -> None:
    notices = unwatched_notices_of(SAFE, PEOPLE, COMMUNITY, NOW)
    assert told_of(notices) == [(NoticeKind.GATE_UNWATCHED, a) for a in (COORDINATORS, KEEPER, KEPT)]


# --- the description ----------------------------------------------------------------------------------------


def test_the_safe_rooms_of_the_example() -> None:
    (room,) = safe_rooms_of(example().community, "x")
    assert room.key == "frank-talk"
    assert room.members[UserId("@awa.diallo:x")] == "Awa Diallo"
    assert UserId("@peter.lindqvist:x") not in room.members


@pytest.mark.parametrize(
    ("retention", "said"),
    [
        (None, "messages stay for as long as the room is there"),
        (timedelta(days=30), "messages are deleted after 30 days"),
        (timedelta(hours=1), "messages are deleted after 1 day."),
    ],
)
def test_who_is_let_in_is_told_before_entering_how_it_is_there(
    retention: timedelta | None, said: str
) -> None:
    """Also whoever has asked nobody: a keeper has invited them, or the description places them there."""
    safe = replace(SAFE, retention=retention)
    notices = notices_of(safe, GateNews(let_in=(AWA,)), PEOPLE, ("en",), NOW)
    (told,) = (notice for notice in notices if notice.kind is NoticeKind.LET_IN)
    text = " ".join(map(str, sentences_of(told)))
    for part in ("Only the people in that room can read", "I am not in it", "Whoever runs the server", said):
        assert part in text, part
