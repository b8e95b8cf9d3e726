"""What `palabre check` notes of rooms that are right: who is let in, and who may do something there."""

from __future__ import annotations

from typing import Any

import pytest

from community.description.room_notes import room_notes
from community.description.yaml_text import path_text
from tests.lib.descriptions import example, small

NOBODY = "nobody fits this rule today: it lets nobody in"
EVERYBODY = "this rule names nobody in particular: it lets in all 3 people of the community"
SMALL = small().community


def rooms(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the small network's rooms, and further ones."""
    return [*(room.model_dump(mode="json", by_alias=True) for room in SMALL.rooms), *more]


def people(**status: str) -> list[dict[str, Any]]:
    """Return the small network's people, some with another status: by their first name."""
    found = [member.model_dump(mode="json") for member in SMALL.members]
    return [{**one, "status": status.get(one["username"].split(".")[0], "active")} for one in found]


def roles(*coordinator_may: str) -> list[dict[str, Any]]:
    """Return the small network's roles, with what the coordinators may."""
    found = [role.model_dump(mode="json") for role in SMALL.roles]
    return [{**found[0], "may": list(coordinator_may)}, *found[1:]]


def noted(**parts: Any) -> list[str]:
    """Return what is noted of the small network with other parts."""
    return [f"{path_text(fault.path)}: {fault.what}" for fault in room_notes(small(**parts).community)]


def group(*who: dict[str, Any], **values: Any) -> list[dict[str, Any]]:
    """Return the rooms with a working group of these rules as the sixth."""
    room = {"key": "group", "for": "single", "policy": "closed", "name": "G", "topic": "G", "who": list(who)}
    return rooms({**room, **values})


COORDINATORS = {"roles": ["coordinator"]}
LAND = {"key": "land", "name": "Land", "summary": "Land"}


def test_of_the_example_and_of_a_small_network_there_is_nothing_to_note() -> None:
    assert list(room_notes(example().community)) == []
    assert noted() == []


@pytest.mark.parametrize(
    "values",
    [{}, {"for": "community"}, {"policy": "announce"}, {"for": "community", "policy": "safe"}],
    ids=str,
)
@pytest.mark.parametrize("rule", [{}, {"may": ["moderate"]}, {"status": ["active"]}], ids=str)
def test_a_rule_that_names_nothing_lets_everybody_in(values: dict[str, Any], rule: dict[str, Any]) -> None:
    found = noted(rooms=group(rule, **values))
    assert [note for note in found if note.startswith("rooms[5].who")] == [f"rooms[5].who[0]: {EVERYBODY}"]


def test_one_person_is_one_person() -> None:
    alone = people(claudine="left", awa="left")
    said = "rooms[5].who[0]: this rule names nobody in particular: it lets in the one person of the community"
    assert noted(members=alone, rooms=group({}))[:1] == [said]


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ({"status": ["active", "alumni"]}, {}),
        (COORDINATORS, {}),
        # Those whom the room's own theme concerns, or everybody, as it says itself.
        ({}, {"for": "theme"}),
        ({}, {"for": "community", "policy": "announce"}),
        ({}, {"for": "community", "policy": "open"}),
    ],
    ids=str,
)
def test_a_rule_that_says_whom_it_means_is_not_noted(rule: dict[str, Any], values: dict[str, Any]) -> None:
    assert noted(rooms=group(rule, **values)) == []


@pytest.mark.parametrize(
    "rule",
    [
        {"roles": ["city-lead"], "themes": ["mobility"], "cities": ["kigali"]},
        {"roles": ["coordinator"], "cohorts": ["pioneers"]},
        {"status": ["active", "alumni"], "cities": ["bamako"], "themes": ["land"]},
    ],
    ids=str,
)
def test_a_rule_that_nobody_fits(rule: dict[str, Any]) -> None:
    themes = [*(theme.model_dump(mode="json") for theme in SMALL.themes), LAND]
    found = noted(rooms=group(COORDINATORS, rule), themes=themes)
    assert found == [f"rooms[5].who[1]: {NOBODY}"]


def test_a_rule_for_alumni_is_noted_where_there_are_some_and_none_fits() -> None:
    rule = {"status": ["alumni"], "cities": ["kigali"]}
    assert noted(rooms=group(COORDINATORS, rule)) == []
    assert noted(rooms=group(COORDINATORS, rule), members=people(awa="alumni")) == [
        f"rooms[5].who[1]: {NOBODY}"
    ]
    assert noted(rooms=group(COORDINATORS, rule), members=people(claudine="alumni")) == []


def test_a_role_of_a_room_that_nobody_has() -> None:
    ghost = {"key": "ghost", "name": "Ghost"}
    room = {
        "key": "ghosts",
        "for": "community",
        "policy": "closed",
        "roles": ["ghost"],
        "name": "G",
        "topic": "G",
    }
    parts = {"roles": [*roles("announce", "moderate"), ghost], "rooms": rooms(room)}
    assert noted(**parts) == [f"rooms[5].roles: {NOBODY}"]
    assert noted(**{**parts, "rooms": rooms({**room, "roles": ["ghost", "coordinator"]})}) == []


@pytest.mark.parametrize("status", ["left", "alumni"])
def test_a_person_whom_their_status_keeps_out(status: str) -> None:
    named = {"people": ["moussa.keita", "awa.diallo"]}
    said = f"this rule does not let in “awa.diallo”, whose status is “{status}”"
    assert noted(members=people(awa=status), rooms=group(named)) == [f"rooms[5].who[0].people[1]: {said}"]
    admitted = {**named, "status": ["active", "alumni"]}
    assert noted(members=people(awa=status), rooms=group(admitted)) == (
        [] if status == "alumni" else [f"rooms[5].who[0].people[1]: {said}"]
    )


MODERATION = "let in somebody whose role may, or give it to a rule of its “who”"
WRITING = "let in somebody whose role may “announce”, or give it to a rule of its “who”"


def test_a_room_in_which_nobody_may_moderate() -> None:
    leads = {"roles": ["city-lead"]}
    assert noted(rooms=group(leads)) == [f"rooms[5]: nobody may moderate in “group”: {MODERATION}"]
    assert noted(rooms=group({**leads, "may": ["moderate"]})) == []
    # Of several rooms of one entry, one.
    each = {"for": "theme", "who": [leads]}
    assert noted(rooms=group(**each)) == [f"rooms[5]: nobody may moderate in “group.mobility”: {MODERATION}"]


UNMODERATED = (
    "roles: nobody has a role that may moderate, and in {} nobody may: "
    "give it to a role that somebody has, by may: [moderate]"
).format


def test_where_nobody_has_a_role_that_may_moderate_it_is_said_once() -> None:
    assert noted(roles=roles("announce")) == [UNMODERATED("6 rooms")]
    # Not of a room to which a rule gives somebody who may.
    some = {"people": ["awa.diallo"], "may": ["moderate"]}
    assert noted(roles=roles("announce"), rooms=group(some)) == [UNMODERATED("6 rooms")]
    assert noted(members=people(moussa="left"))[:1] == [UNMODERATED("6 rooms")]
    lobby = [{**rooms()[0], "who": [some]}, {**rooms()[2], "who": [COORDINATORS]}]
    assert noted(roles=roles("announce"), rooms=lobby) == [UNMODERATED("one room")]


def test_a_safe_room_that_one_person_alone_may_moderate() -> None:
    keeper = {"people": ["awa.diallo"], "may": ["moderate"]}
    said = (
        "rooms[5]: a safe room needs two keepers (people who may moderate it), "
        "and in “group” it is “awa.diallo” alone: name three or more"
    )
    assert noted(rooms=group(keeper, policy="safe")) == [said]
    assert noted(rooms=group(keeper, COORDINATORS, policy="safe")) == []
    assert noted(rooms=group(keeper)) == []


def test_an_announcement_room_in_which_nobody_may_write() -> None:
    leads = {"roles": ["city-lead"]}
    found = noted(rooms=group(leads, policy="announce"))
    assert f"rooms[5].policy: nobody but the bot may write in “group”: {WRITING}" in found
    found = noted(rooms=group(leads, policy="announce", bots=False))
    assert f"rooms[5].policy: nobody may write in “group”: {WRITING}" in found
    for may in ("announce", "moderate"):
        found = noted(rooms=group({**leads, "may": [may]}, policy="announce"))
        assert [note for note in found if "may write" in note] == []
    assert noted(roles=roles("edit"))[1:] == [
        f"rooms[1].policy: nobody but the bot may write in “announcements”: {WRITING}"
    ]


def test_where_nobody_is_yet_nothing_is_noted() -> None:
    assert noted(members=[], rooms=group({})) == []
