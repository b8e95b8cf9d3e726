"""Who belongs to a room: each rule by itself, then all of them against a look at every member."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.description.membership import Members, RoomMembers, RoomScope
from community.description.model import Community, Member, Permission, RoomSpec, Who

TEXT = {"en": "x"}
CITIES = {"bamako": "ML", "kigali": "RW", "lagos": "NG"}
COHORTS = {"first": ("bamako", "kigali"), "second": ("lagos",)}
THEMES = ("land", "waste")
ROLES: dict[str, dict[str, Any]] = {
    "coordinator": {"everywhere": True, "may": ["announce", "moderate"]},
    "lead": {"may": ["announce"]},
    "member": {},
}
PEOPLE = (
    # name, role, city, themes, status
    ("cora", "coordinator", None, "", "active"),
    ("ben", "lead", "bamako", "waste land", "active"),
    ("kim", "lead", "kigali", "waste", "active"),
    ("lea", "member", "lagos", "land", "active"),
    ("max", "member", "bamako", "waste", "active"),
    ("expert", "member", None, "waste", "active"),
    ("alma", "lead", "bamako", "waste", "alumni"),
    ("alan", "coordinator", None, "", "alumni"),
    ("luc", "lead", "kigali", "waste", "left"),
    ("lou", "coordinator", None, "", "left"),
)


def community(people: tuple[tuple[str, str, str | None, str, str], ...] = PEOPLE) -> Community:
    return Community.model_validate(
        {
            "version": 1,
            "key": "small",
            "name": TEXT,
            "languages": ["en"],
            "timezone": "UTC",
            "cities": [
                {"key": key, "name": TEXT, "country": country, "timezone": "UTC", "languages": ["en"]}
                for key, country in CITIES.items()
            ],
            "cohorts": [
                {"key": k, "name": TEXT, "cities": cities, "from": "2026-01-01", "until": "2026-12-31"}
                for k, cities in COHORTS.items()
            ],
            "themes": [{"key": key, "name": TEXT, "summary": TEXT} for key in THEMES],
            "roles": [{"key": key, "name": TEXT, **role} for key, role in ROLES.items()],
            "rooms": [{"key": "lobby", "for": "community", "policy": "lobby", "name": TEXT, "topic": TEXT}],
            "members": [
                {
                    "username": name,
                    "name": name,
                    "role": role,
                    "city": city,
                    "themes": themes.split(),
                    "languages": ["en"],
                    "status": status,
                }
                for name, role, city, themes, status in people
            ],
        }
    )


NETWORK = community()
MEMBERS = Members(NETWORK)
ACTIVE = "ben cora expert kim lea max"
EVERYWHERE = RoomScope()
WASTE, LAND = RoomScope(theme="waste"), RoomScope(theme="land")
FIRST, WASTE_FIRST = RoomScope(cohort="first"), RoomScope(theme="waste", cohort="first")
BAMAKO = RoomScope(city="bamako")


def spec(place: RoomScope, **values: Any) -> RoomSpec:
    scopes = {
        EVERYWHERE: "community",
        RoomScope(theme=place.theme): "theme",
        RoomScope(cohort=place.cohort): "cohort",
        RoomScope(city=place.city): "city",
    }
    scope = scopes.get(place, "theme-cohort")
    described = {"key": "room", "for": scope, "policy": "closed", "name": TEXT, "topic": TEXT}
    return RoomSpec.model_validate(described | values)


def belonging(place: RoomScope, **values: Any) -> RoomMembers:
    return MEMBERS.of_room(spec(place, **values), place)


def names(found: frozenset[str]) -> str:
    return " ".join(sorted(found))


@pytest.mark.parametrize(
    ("claim", "place", "values", "who"),
    [
        ("a room for the community is for all who are active", EVERYWHERE, {}, ACTIVE),
        ("one for a theme: those who name it, and who is everywhere", WASTE, {}, "ben cora expert kim max"),
        ("one for a cohort: those of its cities", FIRST, {}, "ben cora kim max"),
        ("one for a city: those of the city", BAMAKO, {}, "ben cora max"),
        ("one for both: those of both", WASTE_FIRST, {}, "ben cora kim max"),
        ("roles narrow", WASTE, {"roles": ["lead"]}, "ben kim"),
        (
            "who is everywhere is left out by roles",
            EVERYWHERE,
            {"roles": ["lead", "member"]},
            "ben expert kim lea max",
        ),
        ("roles of a rule narrow as those of the room", WASTE, {"who": [{"roles": ["lead"]}]}, "ben kim"),
        ("a rule that says nothing is the room's own", WASTE, {"who": [{}]}, "ben cora expert kim max"),
        (
            "all that a rule says must hold",
            EVERYWHERE,
            {"who": [{"roles": ["lead"], "cities": ["kigali"]}]},
            "kim",
        ),
        (
            "one rule or another is enough",
            EVERYWHERE,
            {"who": [{"roles": ["lead"], "cities": ["kigali"]}, {"themes": ["land"]}]},
            "ben kim lea",
        ),
        ("a rule's theme stands in place of the room's", WASTE, {"who": [{"themes": ["land"]}]}, "ben lea"),
        (
            "a rule's cities stand in place of the room's city",
            BAMAKO,
            {"who": [{"cities": ["lagos"]}]},
            "lea",
        ),
        ("a rule's cohort stands in place of the room's", FIRST, {"who": [{"cohorts": ["second"]}]}, "lea"),
        (
            "a rule's cohort stands in place of the room's city",
            BAMAKO,
            {"who": [{"cohorts": ["first"]}]},
            "ben kim max",
        ),
        (
            "a rule's cities stand in place of the room's cohort",
            FIRST,
            {"who": [{"cities": ["lagos"]}]},
            "lea",
        ),
        (
            "a rule's cities leave the room's theme as it is",
            WASTE_FIRST,
            {"who": [{"cities": ["bamako", "lagos"]}]},
            "ben max",
        ),
        (
            "a rule's themes leave the room's cohort as it is",
            WASTE_FIRST,
            {"who": [{"themes": ["land"]}]},
            "ben",
        ),
        (
            "cities and cohorts of one rule must both hold",
            EVERYWHERE,
            {"who": [{"cities": ["bamako", "lagos"], "cohorts": ["first"]}]},
            "ben max",
        ),
        (
            "who is everywhere must still fulfil what a rule says",
            EVERYWHERE,
            {"who": [{"themes": ["waste"]}]},
            "ben expert kim max",
        ),
        ("people belong whatever the room is for", LAND, {"who": [{"people": ["max", "cora"]}]}, "cora max"),
        (
            "what else a rule says counts for its people too",
            LAND,
            {"who": [{"people": ["max", "kim"], "roles": ["lead"]}]},
            "kim",
        ),
        ("people besides a rule", LAND, {"who": [{}, {"people": ["kim"]}]}, "ben cora kim lea"),
        (
            "people who are not active are not meant",
            LAND,
            {"who": [{"people": ["alma", "luc", "max"]}]},
            "max",
        ),
        ("alumni of a place", WASTE, {"who": [{"status": ["alumni"]}]}, "alma"),
        (
            "an alumna's role is everywhere no longer",
            LAND,
            {"who": [{"status": ["active", "alumni"]}]},
            "ben cora lea",
        ),
        ("all alumni", EVERYWHERE, {"who": [{"status": ["alumni"]}]}, "alan alma"),
        ("both", EVERYWHERE, {"who": [{"status": ["active", "alumni"]}]}, f"alan alma {ACTIVE}"),
        ("alumni by their name", LAND, {"who": [{"people": ["alma"], "status": ["alumni"]}]}, "alma"),
        ("a rule may match nobody", BAMAKO, {"who": [{"roles": ["lead"], "cities": ["lagos"]}]}, ""),
        (
            "a single room: those of its rules",
            EVERYWHERE,
            {"for": "single", "who": [{"people": ["kim"]}, {"roles": ["coordinator"]}]},
            "cora kim",
        ),
        ("a single room without rules is nobody's", EVERYWHERE, {"for": "single"}, ""),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_who_belongs(claim: str, place: RoomScope, values: dict[str, Any], who: str) -> None:
    assert names(belonging(place, **values).members) == " ".join(sorted(who.split()))


@pytest.mark.parametrize(
    ("claim", "values", "moderate", "announce"),
    [
        ("roles give permissions in every room that one belongs to", {}, "cora", "ben cora kim"),
        ("and in no other", {"roles": ["lead"]}, "", "ben kim"),
        (
            "a rule gives them to whom it matches",
            {"who": [{"people": ["max"], "may": ["moderate"]}, {}]},
            "cora max",
            "ben cora kim",
        ),
        (
            "a rule adds to the role's",
            {"who": [{"roles": ["lead"], "may": ["moderate"]}]},
            "ben kim",
            "ben kim",
        ),
        (
            "alumni have none by their role",
            {"who": [{"status": ["active", "alumni"]}]},
            "cora",
            "ben cora kim",
        ),
        (
            "alumni may have one by a rule",
            {"who": [{"people": ["alan"], "status": ["alumni"], "may": ["announce"]}]},
            "",
            "alan",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_permissions(claim: str, values: dict[str, Any], moderate: str, announce: str) -> None:
    found = belonging(EVERYWHERE, **values)
    assert (names(found.moderators), names(found.announcers)) == (moderate, announce)
    assert found.moderators | found.announcers <= found.members


def test_a_permission_by_a_rule_is_for_its_own_room_only() -> None:
    assert "max" in belonging(WASTE, who=[{"people": ["max"], "may": ["moderate"]}]).moderators
    assert "max" not in belonging(WASTE).moderators


def test_whom_a_place_concerns() -> None:
    assert names(MEMBERS.of_place(WASTE)) == "ben cora expert kim max"
    assert names(MEMBERS.of_place(BAMAKO)) == "ben cora max"
    assert names(MEMBERS.of_place(RoomScope(city="kigali"))) == "cora kim"


# --- against a look at each member --------------------------------------------------------------------------


def naive(
    network: Community, room: RoomSpec, place: RoomScope, permission: Permission | None = None
) -> set[str]:
    """Return who belongs, or may what, as one would find it with the description on the table."""
    rules = [Who(roles=room.roles)] if room.who is None else list(room.who)
    found = set()
    for person in network.members:
        fulfilled = [rule for rule in rules if _fulfils(network, person, rule, place)]
        by_role = person.status == "active" and permission in network.role[person.role].may
        if fulfilled and (permission is None or by_role or any(permission in rule.may for rule in fulfilled)):
            found.add(person.username)
    return found


def _fulfils(network: Community, person: Member, rule: Who, place: RoomScope) -> bool:
    def of_cohort(key: str) -> bool:
        return person.city in network.cohort[key].cities

    everywhere = person.status == "active" and network.role[person.role].everywhere
    theme = place.theme if rule.themes is None else None
    silent = rule.cities is None and rule.cohorts is None
    cohort, city = (place.cohort, place.city) if silent else (None, None)
    in_place = (
        (theme is None or theme in person.themes)
        and (cohort is None or of_cohort(cohort))
        and (city is None or city == person.city)
    )
    return (
        person.status in rule.status
        and (rule.roles is None or person.role in rule.roles)
        and (rule.themes is None or bool({*rule.themes} & {*person.themes}))
        and (rule.cities is None or person.city in rule.cities)
        and (rule.cohorts is None or any(of_cohort(key) for key in rule.cohorts))
        and (in_place or everywhere if rule.people is None else person.username in rule.people)
    )


def some(values: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=2, unique=True)


USERNAMES = ("a", "b", "c", "d", "e", "f")
PERSON = st.tuples(
    st.sampled_from(sorted(ROLES)),
    st.none() | st.sampled_from(sorted(CITIES)),
    st.lists(st.sampled_from(THEMES), unique=True).map(" ".join),
    st.sampled_from(["active", "active", "alumni", "left"]),
)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "roles": some(ROLES),
        "themes": some(THEMES),
        "cities": some(CITIES),
        "cohorts": some(COHORTS),
        "people": some(USERNAMES),
        "status": some(["active", "alumni"]),
        "may": some(["announce", "moderate"]),
    },
)
PLACES = st.one_of(
    st.builds(
        RoomScope,
        theme=st.none() | st.sampled_from(THEMES),
        cohort=st.none() | st.sampled_from(sorted(COHORTS)),
    ),
    st.builds(RoomScope, city=st.sampled_from(sorted(CITIES))),
)
NARROWED = st.one_of(
    st.fixed_dictionaries({}, optional={"roles": some(ROLES)}),
    st.fixed_dictionaries({"who": st.lists(RULE, min_size=1, max_size=3)}),
)


@given(st.lists(PERSON, min_size=6, max_size=6), PLACES, NARROWED)
@settings(max_examples=300, deadline=None)
def test_sets_find_whom_a_look_at_each_member_finds(
    people: list[tuple[str, str | None, str, str]], place: RoomScope, narrowed: dict[str, Any]
) -> None:
    network = community(tuple((name, *person) for name, person in zip(USERNAMES, people, strict=True)))
    room = spec(place, **narrowed)
    found = Members(network).of_room(room, place)
    assert found.members == naive(network, room, place)
    assert found.moderators == naive(network, room, place, Permission.MODERATE)
    assert found.announcers == naive(network, room, place, Permission.ANNOUNCE)
    gone = {m.username for m in network.members if m.status == "left"}
    assert not found.members & gone
