"""From the description to its rooms: which there are, where they are listed, who belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from community.load import load_description
from community.model import Community
from community.rooms import DescribedRoom, expand_rooms, room_keys

SMALL = load_description(Path(__file__).parents[1] / "data" / "small").community


def rooms(community: Community = SMALL) -> dict[str, DescribedRoom]:
    return {room.key: room for room in expand_rooms(community)}


def changed(**values: Any) -> Community:
    return Community.model_validate(SMALL.model_dump(mode="json", by_alias=True) | values)


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


def test_room_keys_are_those_of_rooms_not_spaces() -> None:
    assert room_keys(SMALL) == {key for key, room in rooms().items() if not room.is_space}
    assert not any(key.startswith("space") for key in room_keys(SMALL))


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
    for room in rooms().values():
        assert room.moderators == room.announcers == ("moussa.keita",)


def test_roles_narrow_who_belongs() -> None:
    values = SMALL.model_dump(mode="json", by_alias=True)["rooms"]
    values[2]["roles"] = ["city-lead"]
    assert rooms(changed(rooms=values))["cafe"].members == ("awa.diallo", "claudine.uwase")


def test_a_community_without_themes_and_cohorts_has_its_own_rooms_only() -> None:
    members = [{"username": "awa", "name": "Awa", "role": "city-lead", "city": "bamako", "languages": ["fr"]}]
    specs = SMALL.model_dump(mode="json", by_alias=True)["rooms"]
    specs[4]["themes"] = None
    found = rooms(changed(themes=[], cohorts=[], members=members, rooms=specs))
    assert list(found) == ["space", "announcements", "cafe", "lobby"]


KEYS = st.lists(st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,2})?", fullmatch=True), unique=True, max_size=4)


@given(
    KEYS,
    KEYS,
    KEYS.filter(lambda keys: keys != [] and "space" not in keys),
    st.lists(st.sampled_from(["community", "theme", "cohort", "theme-cohort"]), min_size=4, max_size=4),
)
@settings(max_examples=60)
def test_no_two_rooms_have_one_key(
    themes: list[str], cohorts: list[str], specs: list[str], scopes: list[str]
) -> None:
    text = {"en": "x"}
    community = changed(
        themes=[{"key": key, "name": text, "summary": text} for key in themes],
        cohorts=[
            {"key": k, "name": text, "cities": ["kigali"], "from": "2026-01-01", "until": "2026-01-02"}
            for k in cohorts
        ],
        rooms=[
            {"key": key, "for": scope, "policy": "closed", "name": text, "topic": text}
            for key, scope in zip(specs, scopes, strict=False)
        ],
        members=[],
    )
    keys = [room.key for room in expand_rooms(community)]
    assert len(set(keys)) == len(keys)
    assert keys[0] == "space"
    assert all(parent in keys for room in expand_rooms(community) for parent in room.parents)
