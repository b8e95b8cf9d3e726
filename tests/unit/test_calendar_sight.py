"""Who may be shown what of the calendar: the table of community/agenda/entry_scope.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from community.agenda.entry_scope import EntryScopes, Sight, Viewer
from community.description.calendar_model import Event
from tests.lib.descriptions import example

EVERYONE = frozenset({"coordinator", "city-lead", "member", "expert", "partner"})
LEADS = frozenset({"coordinator", "city-lead"})
EVENT = {"key": "e", "title": {"en": "E"}, "start": "2026-12-03 10:00", "lasts": "1h"}
OPEN_THEME = {"audience": {"themes": ["waste"]}}
LEADS_ONLY = {"audience": {"roles": ["city-lead"]}}
FOR_ALL = {"audience": {"everyone": True}}
ONE_PERSON = {"audience": {"people": ["celia.mondlane"]}}
COORDINATION = {"rooms": ["coordination"]}
WORKING_GROUP = {"rooms": ["property-register"]}
FOR_ALL_IN_COORDINATION = {**FOR_ALL, **COORDINATION}
THEME_IN_LEADS = {**OPEN_THEME, "rooms": ["leads"]}
ONE_PERSON_IN_COORDINATION = {**ONE_PERSON, **COORDINATION}
OPEN_BESIDES = {"audience": {"roles": ["city-lead"]}, "rooms": ["leads", "announcements"]}


def event(given: dict[str, Any]) -> Event:
    return Event.model_validate_json(json.dumps({**EVENT, **given}))


def viewer(who: str, room: str | None = None, readers: frozenset[str] | None = None) -> Viewer:
    member = example().community.member.get(who)
    role = "" if member is None else member.role
    return Viewer(role, member, frozenset({role}) if readers is None else readers, room)


def seen(given: dict[str, Any], by: Viewer) -> str:
    community, entry = example().community, event(given)
    scope, sight = EntryScopes(community).of(entry), Sight(community)
    if not sight.may_know(entry, scope, by):
        return "nothing"
    return "all" if sight.may_see_details(entry, scope, by) else "outline"


@pytest.mark.parametrize(
    ("entry", "who", "expected"),
    [
        (OPEN_THEME, "celia.mondlane", "all"),
        (OPEN_THEME, "eric.habimana", "outline"),
        (OPEN_THEME, "nobody", "nothing"),
        (OPEN_THEME, "mariam.coulibaly", "all"),
        (LEADS_ONLY, "awa.diallo", "all"),
        (LEADS_ONLY, "celia.mondlane", "nothing"),
        (LEADS_ONLY, "mariam.coulibaly", "all"),
        (OPEN_BESIDES, "celia.mondlane", "outline"),
        (FOR_ALL, "celia.mondlane", "all"),
        (FOR_ALL, "nobody", "outline"),
        (ONE_PERSON, "celia.mondlane", "all"),
        (ONE_PERSON, "awa.diallo", "nothing"),
        (COORDINATION, "awa.diallo", "nothing"),
        (COORDINATION, "peter.lindqvist", "all"),
        (WORKING_GROUP, "tunde.balogun", "all"),
        (WORKING_GROUP, "awa.diallo", "nothing"),
        (FOR_ALL_IN_COORDINATION, "celia.mondlane", "nothing"),
        (FOR_ALL_IN_COORDINATION, "nobody", "nothing"),
        (FOR_ALL_IN_COORDINATION, "peter.lindqvist", "all"),
        (THEME_IN_LEADS, "celia.mondlane", "nothing"),
        (THEME_IN_LEADS, "awa.diallo", "all"),
        (ONE_PERSON_IN_COORDINATION, "celia.mondlane", "all"),
        (ONE_PERSON_IN_COORDINATION, "awa.diallo", "nothing"),
    ],
)
def test_what_somebody_is_shown_directly(entry: dict[str, Any], who: str, expected: str) -> None:
    assert seen(entry, viewer(who)) == expected


@pytest.mark.parametrize(
    ("entry", "room", "readers", "expected"),
    [
        (OPEN_THEME, "exchange.waste", EVERYONE, "all"),
        (OPEN_THEME, "exchange.waste", EVERYONE | {""}, "all"),
        (OPEN_THEME, "exchange.land", EVERYONE, "outline"),
        (OPEN_THEME, "exchange.land", EVERYONE | {""}, "nothing"),
        (LEADS_ONLY, "leads", LEADS, "all"),
        (LEADS_ONLY, "exchange.waste", EVERYONE, "nothing"),
        (FOR_ALL, "exchange.waste", EVERYONE, "all"),
        (FOR_ALL, "exchange.waste", EVERYONE | {""}, "outline"),
        (ONE_PERSON, "exchange.waste", EVERYONE, "nothing"),
        (COORDINATION, "exchange.waste", EVERYONE, "nothing"),
        (FOR_ALL_IN_COORDINATION, "exchange.waste", EVERYONE, "nothing"),
        (ONE_PERSON, "coordination", frozenset({"coordinator"}), "outline"),
    ],
)
@pytest.mark.parametrize("who", ["awa.diallo", "celia.mondlane", "mariam.coulibaly"])
def test_in_a_room_the_least_privileged_reader_counts_whoever_asks(
    entry: dict[str, Any], room: str, readers: frozenset[str], expected: str, who: str
) -> None:
    assert seen(entry, viewer(who, room, readers)) == expected


def test_whom_an_entry_without_audience_is_for_follows_from_its_rooms() -> None:
    scopes = EntryScopes(example().community)
    pair = scopes.of(event({"rooms": ["workshop.waste.second"]}))
    assert (set(pair.themes), set(pair.cohorts), pair.is_open) == ({"waste"}, {"second"}, True)
    assert "lagos" in pair.cities
    assert scopes.of(event({"rooms": ["announcements"]})).everyone
    assert not scopes.of(event({"rooms": ["leads"]})).is_open
    assert scopes.cities_of_room("cohort.second") == ("benguerir", "lagos", "matola", "niamey", "seme-podji")
    assert len(scopes.cities_of_room("exchange.waste")) == 11
