"""From the description to its rooms: which there are, where they are listed, who belongs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.description.admitted import roles_admitted
from community.description.model import Community, Policy
from community.description.room_policies import policy_options
from community.description.rooms import (
    NO_ROLE,
    DescribedRoom,
    coordination_room,
    expand_rooms,
    rooms_and_bots,
)
from tests.lib.descriptions import small

SMALL = small().community


def rooms(community: Community = SMALL) -> dict[str, DescribedRoom]:
    return {one.key: one for one in expand_rooms(community)}


def changed(**values: Any) -> Community:
    return Community.model_validate(SMALL.model_dump(mode="json", by_alias=True) | values)


def described() -> list[dict[str, Any]]:
    """Return the rooms as they are written."""
    written: list[dict[str, Any]] = SMALL.model_dump(mode="json", by_alias=True)["rooms"]
    return written


def person(username: str, status: str = "active", **values: Any) -> dict[str, Any]:
    return {
        "username": username,
        "name": username,
        "role": "city-lead",
        "languages": ["fr"],
        "status": status,
        **values,
    }


def room(key: str, scope: str, policy: str = "closed", **values: Any) -> dict[str, Any]:
    return {"key": key, "for": scope, "policy": policy, "name": key, "topic": key, **values}


def test_spaces_come_first_and_the_root_before_all() -> None:
    assert list(rooms()) == [
        "space",
        "space.cohort.pioneers",
        "space.theme.mobility",
        "space.theme.waste",
        "announcements",
        "cafe",
        "exchange.mobility",
        "exchange.waste",
        "lobby",
        "workshop.waste.pioneers",
    ]


def test_rooms_and_bots_are_of_rooms_not_spaces() -> None:
    specs = described()
    specs[2]["policy"] = "safe"
    found = rooms_and_bots(changed(rooms=specs))
    assert found.keys() == {key for key, room in rooms().items() if not room.is_space}
    assert [key for key, bot in found.items() if not bot] == ["cafe"]


def test_a_room_of_a_theme_and_a_cohort_is_listed_in_both_spaces() -> None:
    workshop = rooms()["workshop.waste.pioneers"]
    assert workshop.parents == ("space.theme.waste", "space.cohort.pioneers")
    assert (workshop.theme, workshop.cohort) == ("waste", "pioneers")
    assert workshop.name.text("fr") == "Déchets, Pionnières"
    assert workshop.name.text("en") == "Waste, Pioneers"


def test_a_room_for_all_is_listed_in_the_communitys_space() -> None:
    found = rooms()
    assert found["lobby"].parents == found["space.theme.waste"].parents == ("space",)
    assert found["space"].parents == ()


def test_who_belongs() -> None:
    found = rooms()
    everyone = ("awa.diallo", "claudine.uwase", "moussa.keita")
    assert found["space"].members == found["lobby"].members == everyone
    assert found["exchange.waste"].members == everyone
    assert found["exchange.mobility"].members == ("awa.diallo", "moussa.keita")
    # Bamako is not in the cohort; the coordinator belongs everywhere.
    assert found["workshop.waste.pioneers"].members == ("claudine.uwase", "moussa.keita")


def test_who_moderates_and_announces() -> None:
    for found in rooms().values():
        assert found.moderators == ("moussa.keita",)
        assert found.announcers == (() if found.is_space else ("moussa.keita",))


def test_roles_narrow_who_belongs() -> None:
    values = described()
    values[2]["roles"] = ["city-lead"]
    assert rooms(changed(rooms=values))["cafe"].members == ("awa.diallo", "claudine.uwase")


def test_a_community_without_themes_and_cohorts_has_its_own_rooms_only() -> None:
    members = [{"username": "awa", "name": "Awa", "role": "city-lead", "city": "bamako", "languages": ["fr"]}]
    specs = described()
    specs[4]["themes"] = None
    found = rooms(changed(themes=[], cohorts=[], members=members, rooms=specs))
    assert list(found) == ["space", "announcements", "cafe", "lobby"]


CITY_ROOMS = [*described(), room("team", "city", cities=["kigali"], name="{city}", topic="{city}")]


def test_a_room_for_each_city_stands_in_the_citys_own_space() -> None:
    found = rooms(changed(rooms=[*described(), room("team", "city", name="Team {city}", topic="{city}")]))
    assert found["team.kigali"].parents == ("space.city.kigali",)
    assert found["team.kigali"].city == found["space.city.kigali"].city == "kigali"
    assert found["team.kigali"].name.text("en") == "Team Kigali"
    assert (
        found["team.kigali"].members
        == found["space.city.kigali"].members
        == ("claudine.uwase", "moussa.keita")
    )
    assert found["team.bamako"].members == ("awa.diallo", "moussa.keita")
    assert found["space.city.kigali"].parents == ("space",)


def test_a_city_without_a_room_has_no_space() -> None:
    found = rooms(changed(rooms=CITY_ROOMS))
    assert "space.city.kigali" in found
    assert "space.city.bamako" not in found
    assert "team.bamako" not in found


def test_whoever_is_in_a_room_is_in_the_spaces_that_list_it() -> None:
    who = [{"people": ["awa.diallo"]}]
    found = rooms(changed(rooms=[*described(), room("guests", "theme", who=who)]))
    # Neither of a city of the cohort nor asked for by the theme's room: by a rule alone.
    assert "awa.diallo" in found["space.theme.waste"].members
    for one in found.values():
        for parent in one.parents:
            assert set(one.members) <= set(found[parent].members), (one.key, parent)


ALUMNI = [
    *SMALL.model_dump(mode="json", by_alias=True)["members"],
    person("alma", "alumni", city="kigali", themes=["waste"]),
    person("luc", "left", city="kigali", themes=["waste"]),
]


def test_alumni_are_in_their_rooms_and_space_and_nowhere_else() -> None:
    specs = [
        *described(),
        room("friends", "single", who=[{"status": ["alumni"]}, {"roles": ["coordinator"]}]),
        room("old-waste", "theme", themes=["waste"], who=[{"status": ["active", "alumni"]}]),
    ]
    found = rooms(changed(rooms=specs, members=ALUMNI))
    placed = {key for key, one in found.items() if "alma" in one.members}
    assert placed == {"friends", "old-waste.waste", "space.alumni"}
    assert found["friends"].parents == ("space", "space.alumni")
    assert found["old-waste.waste"].parents == ("space.theme.waste", "space.alumni")
    assert found["space.alumni"].members == ("alma", "moussa.keita")
    assert found["space.alumni"].parents == ("space",)
    assert not [key for key, one in found.items() if "alma" in one.may_enter]


def test_without_a_room_for_alumni_there_is_no_space_for_them() -> None:
    assert "space.alumni" not in rooms(changed(members=ALUMNI))


def test_who_has_left_is_nowhere() -> None:
    specs = [*described(), room("friends", "single", who=[{"status": ["active", "alumni"]}])]
    for one in rooms(changed(rooms=specs, members=ALUMNI)).values():
        assert "luc" not in {*one.members, *one.may_enter, *one.moderators, *one.announcers}, one.key


EVERYONE = ("awa.diallo", "claudine.uwase", "moussa.keita")


@pytest.mark.parametrize(
    ("policy", "placed", "may_enter"),
    [
        ("lobby", EVERYONE, ()),
        ("closed", EVERYONE, ()),
        ("safe", EVERYONE, ()),
        ("announce", EVERYONE, ()),
        ("open", EVERYONE, EVERYONE),
        # Whoever has a power there must be in it to use it.
        ("cafe", ("moussa.keita",), EVERYONE),
    ],
)
def test_how_one_comes_into_a_room(policy: str, placed: tuple[str, ...], may_enter: tuple[str, ...]) -> None:
    found = rooms(changed(rooms=[*described(), room("talk", "community", policy)]))["talk"]
    assert (found.members, found.may_enter) == (placed, may_enter)


def test_alumni_whom_a_cafe_admits_are_placed_there_for_they_cannot_come_in() -> None:
    who = [{"status": ["active", "alumni"]}]
    found = rooms(changed(rooms=[*described(), room("bar", "community", "cafe", who=who)], members=ALUMNI))
    assert found["bar"].members == ("alma", "moussa.keita")
    assert found["bar"].may_enter == EVERYONE


@pytest.mark.parametrize(
    ("policy", "history", "bots", "retention"),
    [
        ("lobby", "joined", True, None),
        ("closed", "shared", True, None),
        ("open", "shared", True, None),
        ("announce", "shared", True, None),
        ("cafe", "joined", True, timedelta(days=90)),
        ("safe", "joined", False, timedelta(days=180)),
    ],
)
def test_the_habits_of_a_policy(policy: str, history: str, bots: bool, retention: timedelta | None) -> None:
    found = policy_options(Policy(policy))
    assert (found.history, found.bots, found.retention) == (history, bots, retention)


def test_a_room_may_have_other_habits_than_its_policy() -> None:
    other = {"history": "invited", "bots": True, "retention": "4w"}
    found = rooms(changed(rooms=[*described(), room("talk", "community", "safe", **other)]))["talk"].options
    assert (found.history, found.bots, found.retention) == ("invited", True, timedelta(weeks=4))


def test_former_keys_of_rooms_and_spaces() -> None:
    written = SMALL.model_dump(mode="json", by_alias=True)
    written["rooms"][4]["was"] = "studio"
    written["themes"][0]["was"] = "garbage"
    written["cohorts"][0]["was"] = "first"
    written["cities"][1]["was"] = "kgl"
    written["rooms"] = [*written["rooms"], CITY_ROOMS[-1]]
    found = rooms(changed(**{name: written[name] for name in ("rooms", "themes", "cohorts", "cities")}))
    assert found["space.theme.waste"].was == ("space.theme.garbage",)
    assert found["space.cohort.pioneers"].was == ("space.cohort.first",)
    assert found["space.city.kigali"].was == ("space.city.kgl",)
    assert found["exchange.waste"].was == ("exchange.garbage",)
    assert found["team.kigali"].was == ("team.kgl",)
    assert found["workshop.waste.pioneers"].was == (
        "workshop.waste.first",
        "workshop.garbage.pioneers",
        "workshop.garbage.first",
        "studio.waste.pioneers",
        "studio.waste.first",
        "studio.garbage.pioneers",
        "studio.garbage.first",
    )
    assert found["lobby"].was == found["space"].was == found["exchange.mobility"].was == ()


def team(**values: Any) -> str | None:
    specs = [one for one in described() if one["policy"] == "lobby"]
    return coordination_room(changed(rooms=[*specs, room("us", **{"scope": "community", **values})]))


def test_the_coordinators_room() -> None:
    assert team(roles=["coordinator"]) == "us"
    assert team(scope="single", who=[{"roles": ["coordinator"]}]) == "us"
    assert team(policy="safe", bots=True, roles=["coordinator"]) == "us"


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        ("others belong to it", {"roles": ["coordinator", "city-lead"]}),
        ("everybody belongs to it", {}),
        ("others belong by another rule", {"who": [{"roles": ["coordinator"]}, {"people": ["awa.diallo"]}]}),
        ("alumni belong", {"who": [{"roles": ["coordinator"], "status": ["active", "alumni"]}]}),
        ("all may enter an open room", {"policy": "open", "roles": ["coordinator"]}),
        ("all may enter a café", {"policy": "cafe", "roles": ["coordinator"]}),
        ("the bot is not in it", {"policy": "safe", "roles": ["coordinator"]}),
        ("it is nobody's", {"scope": "single"}),
    ],
)
def test_what_is_not_the_coordinators_room(reason: str, values: dict[str, Any]) -> None:
    assert team(**values) is None, reason


def test_a_hundred_rooms_for_ten_thousand_members_are_sorted_once() -> None:
    members = [person(f"m{number}", city="kigali", themes=["waste"]) for number in range(10_000)]
    community = changed(rooms=[*described(), *(room(f"r{n}", "theme") for n in range(500))], members=members)
    found = rooms(community)
    assert len(found["r7.waste"].members) == 10_000
    assert found["r7.waste"].members is found["r8.waste"].members


KEYS = st.lists(st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,2})?", fullmatch=True), unique=True, max_size=4)


@given(
    KEYS,
    KEYS,
    KEYS.filter(lambda keys: keys != [] and "space" not in keys),
    st.lists(
        st.sampled_from(["community", "theme", "cohort", "city", "theme-cohort"]), min_size=4, max_size=4
    ),
)
@settings(max_examples=60)
def test_no_two_rooms_have_one_key(
    themes: list[str], cohorts: list[str], specs: list[str], scopes: list[str]
) -> None:
    text = {"en": "x"}
    community = changed(
        themes=[{"key": key, "name": text, "summary": text, "was": f"{key}-old"} for key in themes],
        cohorts=[
            {
                "key": k,
                "name": text,
                "cities": ["kigali"],
                "from": "2026-01-01",
                "until": "2026-01-02",
                "was": f"{k}-old",
            }
            for k in cohorts
        ],
        rooms=[room(key, scope, was=f"{key}-old") for key, scope in zip(specs, scopes, strict=False)],
        members=[],
    )
    found = expand_rooms(community)
    keys = [one.key for one in found]
    once = [*keys, *(was for one in found for was in one.was)]
    assert len(set(once)) == len(once)
    assert keys[0] == "space"
    assert all(parent in keys for one in found for parent in one.parents)


EVERYBODY = frozenset(SMALL.role)
(ONE, OTHER) = sorted(EVERYBODY)[:2]


@pytest.mark.parametrize(
    ("written", "admitted"),
    [
        (room("r", "community"), EVERYBODY),
        (room("r", "community", roles=[ONE]), {ONE}),
        (room("r", "community", "lobby", roles=[ONE]), {ONE}),
        (room("r", "community", "open", roles=[ONE]), EVERYBODY),
        (room("r", "community", "cafe", roles=[ONE]), EVERYBODY),
        (
            room("r", "community", who=[{"roles": [ONE]}, {"roles": [OTHER], "cities": ["bizerte"]}]),
            {ONE, OTHER},
        ),
        (room("r", "community", who=[{"roles": [ONE]}, {"themes": ["waste"]}]), EVERYBODY),
        (room("r", "single", who=[{"people": ["x"]}]), {OTHER}),
        (room("r", "single", who=[{"people": ["nobody"]}]), EVERYBODY),
        (room("r", "single"), EVERYBODY),
        (room("r", "single", who=[{"roles": [ONE], "status": ["alumni"]}]), EVERYBODY | {NO_ROLE}),
    ],
)
def test_a_room_admits_the_roles_that_its_description_lets_in(
    written: dict[str, Any], admitted: frozenset[str]
) -> None:
    community = changed(rooms=[written], members=[person("x", role=OTHER)])
    assert roles_admitted(community, "r") == admitted


def test_a_room_of_a_theme_is_found_by_its_key_and_one_described_no_more_admits_all() -> None:
    community = changed(rooms=[room("exchange", "theme", roles=[ONE])])
    assert roles_admitted(community, "exchange.waste") == {ONE}
    assert roles_admitted(community, "exchange.gone") == EVERYBODY
