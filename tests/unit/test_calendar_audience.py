"""Whom an event or a deadline concerns, and in which rooms it is posted where it names none."""

from __future__ import annotations

from typing import Any

import pytest

from community.description.calendar_audience import EntryRooms, concerns
from community.description.calendar_model import Audience, Event
from community.description.model import Community
from tests.lib.descriptions import changed, example

COMMUNITY = example().community
ROOMS = EntryRooms(COMMUNITY)
PEOPLE = COMMUNITY.member


def audience(**values: Any) -> Audience:
    return Audience.model_validate(values)


def with_rooms(*rooms: dict[str, Any]) -> Community:
    """Return the example with these rooms before its own."""
    named = [{"policy": "closed", "name": room["key"], "topic": "-", **room} for room in rooms]
    own = [room.model_dump(mode="json", by_alias=True) for room in COMMUNITY.rooms]
    return changed(COMMUNITY, {"rooms": [*named, *own]})


@pytest.mark.parametrize(
    ("values", "rooms"),
    [
        ({"everyone": True}, ["announcements"]),
        ({"themes": ["waste"]}, ["exchange.waste"]),
        ({"themes": ["waste", "land"]}, ["exchange.land", "exchange.waste"]),
        ({"cohorts": ["second"]}, ["cohort.second"]),
        ({"themes": ["waste"], "cohorts": ["second"]}, ["workshop.waste.second"]),
        # There is no workshop on land: the cohort reads it all.
        ({"themes": ["land"], "cohorts": ["second"]}, ["cohort.second"]),
        ({"themes": ["land", "waste"], "cohorts": ["second"]}, ["cohort.second"]),
        # Without a room of their own the cities read it with their cohort.
        ({"cities": ["kumasi"]}, ["cohort.pioneers"]),
        ({"cities": ["kumasi", "lagos"]}, ["cohort.pioneers", "cohort.second"]),
        ({"cities": ["kumasi"], "themes": ["waste"]}, ["exchange.waste"]),
        ({"roles": ["city-lead"]}, ["leads"]),
        ({"roles": ["coordinator"]}, ["coordination"]),
        ({"roles": ["expert"]}, ["announcements"]),
        ({"roles": ["city-lead"], "themes": ["waste"]}, ["exchange.waste"]),
        # Nobody's business but theirs.
        ({"people": ["awa.diallo"]}, []),
        ({"people": ["lena.hoffmann"], "themes": ["waste"]}, ["exchange.waste"]),
        # Nothing of what is not there.
        ({"themes": ["gone"]}, []),
        ({"cities": ["gone"]}, []),
        ({"cohorts": ["gone"]}, []),
    ],
)
def test_where_no_room_is_named_it_is_posted_in_the_rooms_of_those_whom_it_concerns(
    values: dict[str, Any], rooms: list[str]
) -> None:
    assert list(ROOMS.rooms_for(audience(**values))) == rooms


@pytest.mark.parametrize(
    ("room", "values", "rooms"),
    [
        ({"key": "team", "for": "city"}, {"cities": ["kumasi", "lagos"]}, ["team.kumasi", "team.lagos"]),
        # Not every city named has one.
        (
            {"key": "team", "for": "city", "cities": ["lagos"]},
            {"cities": ["kumasi", "lagos"]},
            ["cohort.pioneers", "cohort.second"],
        ),
        ({"key": "talk", "for": "theme"}, {"themes": ["waste"]}, ["talk.waste"]),
        # Some of those whom it concerns, or no bot, or nobody in particular, are not in such rooms.
        ({"key": "talk", "for": "theme", "roles": ["expert"]}, {"themes": ["waste"]}, ["exchange.waste"]),
        (
            {"key": "talk", "for": "theme", "who": [{"cities": ["lagos"]}]},
            {"themes": ["waste"]},
            ["exchange.waste"],
        ),
        ({"key": "talk", "for": "theme", "bots": False}, {"themes": ["waste"]}, ["exchange.waste"]),
        ({"key": "talk", "for": "theme", "policy": "cafe"}, {"themes": ["waste"]}, ["exchange.waste"]),
        ({"key": "board", "for": "community", "roles": ["city-lead"]}, {"roles": ["city-lead"]}, ["board"]),
        ({"key": "news", "for": "community", "policy": "announce"}, {"everyone": True}, ["news"]),
    ],
)
def test_the_first_room_that_is_for_all_of_them_is_taken(
    room: dict[str, Any], values: dict[str, Any], rooms: list[str]
) -> None:
    assert list(EntryRooms(with_rooms(room)).rooms_for(audience(**values))) == rooms


def test_without_announcements_everyone_reads_it_in_the_lobby() -> None:
    own = [
        room.model_dump(mode="json", by_alias=True) for room in COMMUNITY.rooms if room.key != "announcements"
    ]
    assert EntryRooms(changed(COMMUNITY, {"rooms": own})).rooms_for(audience(everyone=True)) == ("lobby",)


def call(**values: Any) -> Event:
    return Event.model_validate(
        {"key": "call", "title": "Call", "start": "2026-12-01 10:00", "lasts": "1h", **values}
    )


def test_rooms_that_are_named_are_those_whatever_the_audience() -> None:
    entry = call(rooms=["cafe", "lobby"], audience={"themes": ["waste"]})
    assert ROOMS.rooms_of(entry) == ("cafe", "lobby")
    assert ROOMS.rooms_of(call(audience={"themes": ["waste"]})) == ("exchange.waste",)


@pytest.mark.parametrize(
    ("values", "who"),
    [
        ({"cities": ["kumasi"]}, {"kwame.boateng", "abena.owusu"}),
        (
            {"cohorts": ["second"], "roles": ["city-lead"]},
            {"youssef.amrani", "folake.adeyemi", "joao.macamo", "hadiza.issoufou", "sylvie.dossou"},
        ),
        ({"themes": ["land"], "cities": ["kumasi", "lagos"]}, {"kwame.boateng"}),
        ({"people": ["lena.hoffmann"]}, {"lena.hoffmann"}),
        # Besides those who fit the other kinds.
        (
            {"themes": ["land"], "cities": ["kumasi"], "people": ["lena.hoffmann"]},
            {"kwame.boateng", "lena.hoffmann"},
        ),
        ({}, set()),
        # Alumni are not meant, by whatever name.
        ({"people": ["amadou.barry"]}, set()),
    ],
)
def test_it_concerns_who_fits_each_kind_and_who_is_named(values: dict[str, Any], who: set[str]) -> None:
    meant = audience(**values)
    assert {name for name, person in PEOPLE.items() if concerns(meant, person, COMMUNITY)} == who


def test_everyone_is_whoever_is_active() -> None:
    everyone = {
        name for name, person in PEOPLE.items() if concerns(audience(everyone=True), person, COMMUNITY)
    }
    assert everyone == PEOPLE.keys() - {"amadou.barry"}


def test_without_an_audience_it_concerns_those_who_belong_to_its_rooms() -> None:
    entry = call(rooms=["leads"])
    assert ROOMS.concerns(entry, PEOPLE["awa.diallo"])
    assert ROOMS.concerns(entry, PEOPLE["mariam.coulibaly"])
    assert not ROOMS.concerns(entry, PEOPLE["oumar.keita"])
    # Whoever may enter the café by themselves.
    assert ROOMS.concerns(call(rooms=["cafe"]), PEOPLE["oumar.keita"])
    assert not ROOMS.concerns(call(rooms=["gone"]), PEOPLE["awa.diallo"])


def test_the_rooms_stay_the_same_whoever_comes_and_goes() -> None:
    nobody = EntryRooms(COMMUNITY.model_copy(update={"members": ()}))
    for meant in ({"themes": ["waste"]}, {"roles": ["city-lead"]}, {"cities": ["kumasi"]}):
        assert nobody.rooms_for(audience(**meant)) == ROOMS.rooms_for(audience(**meant))
