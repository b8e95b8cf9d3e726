"""Which rooms come with a theme, how it is joined, and who decides: a table, over the example with a safe room."""

from __future__ import annotations

import pytest

from bots.features.spaces.deciding import deciders, member_of
from community.description.joining_notes import joining_notes
from community.description.model import Community, Joining, Member, Policy, RoomSpec, Scope, Status, Who
from community.description.person import Person
from community.description.theme_rooms import (
    joining_of,
    keepers_of_all,
    leads_into_safe_room,
    rooms_by_theme,
    rooms_of_member,
    with_theme,
    without_theme,
)
from tests.lib.space_talk import KEEPERS, SAFE, people_of, spaces_community

COMMUNITY = spaces_community()


def member(name: str) -> Member:
    return COMMUNITY.member[name]


def person(name: str) -> Person:
    return next(person for person in people_of(COMMUNITY) if person.username == name)


@pytest.mark.parametrize(
    ("who", "theme", "rooms"),
    [
        ("moses.okello", "mobility", ["exchange.mobility", "workshop.mobility.pioneers"]),
        # Of another cohort.
        ("tunde.balogun", "mobility", ["exchange.mobility", "workshop.mobility.second"]),
        # Of no city, so of no cohort.
        ("lena.hoffmann", "mobility", ["exchange.mobility"]),
        ("tunde.balogun", "local-taxes", ["exchange.local-taxes", "property-register"]),
        ("moses.okello", "local-taxes", ["exchange.local-taxes"]),
        ("moses.okello", "health", [f"{SAFE}.health", "exchange.health"]),
        # Neither city lead nor member: not admitted to the safe room.
        ("lena.hoffmann", "health", ["exchange.health"]),
        # A keeper is in the safe room by name, whatever their themes are.
        ("abena.owusu", "health", ["exchange.health"]),
        # Everywhere by role.
        ("mariam.coulibaly", "mobility", []),
        # No longer active: alumni are in the rooms that admit alumni, and in no other.
        ("amadou.barry", "waste", []),
    ],
)
def test_the_rooms_that_come_with_a_theme(who: str, theme: str, rooms: list[str]) -> None:
    found = rooms_by_theme(COMMUNITY, member(who), theme)
    assert [room.key for room in found] == rooms
    # Whether or not they have it.
    for one in (with_theme(member(who), theme), without_theme(member(who), theme)):
        assert [room.key for room in rooms_by_theme(COMMUNITY, one, theme)] == rooms


def test_taking_up_and_giving_up_change_nothing_else() -> None:
    moses = member("moses.okello")
    assert with_theme(moses, "mobility").themes == ("waste", "mobility")
    assert with_theme(moses, "waste") == moses == without_theme(moses, "mobility")
    assert without_theme(with_theme(moses, "mobility"), "mobility") == moses
    assert not rooms_of_member(COMMUNITY, moses.model_copy(update={"status": Status.LEFT}))


@pytest.mark.parametrize(
    ("said", "leads_into_safe", "is_joined"),
    [
        (None, False, Joining.OPEN),
        (Joining.OPEN, False, Joining.OPEN),
        (Joining.ASK, False, Joining.ASK),
        (Joining.CLOSED, False, Joining.CLOSED),
        (None, True, Joining.CLOSED),
        (Joining.OPEN, True, Joining.ASK),
        (Joining.ASK, True, Joining.ASK),
        (Joining.CLOSED, True, Joining.CLOSED),
    ],
)
def test_how_a_theme_is_joined(said: Joining | None, leads_into_safe: bool, is_joined: Joining) -> None:
    community = spaces_community(safe=said, land=said)
    theme = community.theme["health" if leads_into_safe else "land"]
    assert leads_into_safe_room(theme.key, community) is leads_into_safe
    assert joining_of(theme, community) is is_joined


def with_room(spec: RoomSpec) -> Community:
    return COMMUNITY.model_copy(update={"rooms": (*COMMUNITY.rooms, spec)})


def safe_room(scope: Scope, *who: Who, themes: tuple[str, ...] | None = None) -> RoomSpec:
    template = next(spec for spec in COMMUNITY.rooms if spec.policy is Policy.SAFE)
    return template.model_copy(update={"key": "other", "scope": scope, "who": who or None, "themes": themes})


@pytest.mark.parametrize(
    ("spec", "themes"),
    [
        (safe_room(Scope.THEME, themes=("waste",)), {"waste"}),
        (safe_room(Scope.THEME_COHORT, themes=("waste", "land")), {"waste", "land"}),
        (safe_room(Scope.THEME), set(COMMUNITY.theme)),
        (safe_room(Scope.SINGLE, Who(themes=("land",), roles=("city-lead",))), {"land"}),
        # A rule that names other themes stands in place of the room's own.
        (safe_room(Scope.THEME, Who(themes=("land",)), themes=("waste",)), {"land"}),
        (safe_room(Scope.SINGLE, Who(roles=("city-lead",))), set()),
        (safe_room(Scope.COHORT), set()),
        (safe_room(Scope.THEME, Who(people=("awa.diallo",)), themes=("waste",)), set()),
    ],
)
def test_which_themes_lead_into_a_safe_room(spec: RoomSpec, themes: set[str]) -> None:
    community = with_room(spec)
    found = {theme for theme in community.theme if leads_into_safe_room(theme, community)}
    assert found == themes | {"health"}


def test_a_safe_room_has_the_keepers_that_are_described_and_two_rooms_those_of_both() -> None:
    assert keepers_of_all(COMMUNITY, frozenset({f"{SAFE}.health"})) == set(KEEPERS)
    assert keepers_of_all(COMMUNITY, frozenset()) == frozenset()
    both = frozenset({f"{SAFE}.health", "frank-talk"})
    assert keepers_of_all(COMMUNITY, both) == frozenset()


@pytest.mark.parametrize(
    ("who", "theme", "decide"),
    [
        ("moses.okello", "land", {"mariam.coulibaly", "peter.lindqvist"}),
        ("moses.okello", "health", set(KEEPERS)),
        # Whom no safe room admits enters none: the coordinators decide.
        ("lena.hoffmann", "health", {"mariam.coulibaly", "peter.lindqvist"}),
        # Nobody decides on their own request.
        ("mariam.coulibaly", "land", {"peter.lindqvist"}),
        ("moses.okello", "no-such-theme", set()),
    ],
)
def test_who_decides(who: str, theme: str, decide: set[str]) -> None:
    found = deciders(COMMUNITY, people_of(COMMUNITY), member_of(COMMUNITY, person(who)), theme)
    assert {each.username for each in found} == decide


@pytest.mark.parametrize(
    ("safe", "noted"),
    [
        (None, "so nobody joins it by asking the bot"),
        (Joining.OPEN, "waits for a keeper's word"),
        (Joining.ASK, None),
        (Joining.CLOSED, None),
    ],
)
def test_what_is_noted_of_a_theme_that_leads_into_a_safe_room(
    safe: Joining | None, noted: str | None
) -> None:
    found = [str(fault.what) for fault in joining_notes(spaces_community(safe=safe, land=Joining.OPEN))]
    assert len(found) == (noted is not None)
    assert noted is None or noted in found[0]
