"""Who may invite whom: the table, and that nobody comes back by an invitation as more than they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.messages import Message, Translator
from community.description.model import Community
from community.description.rooms import expand_rooms
from community.joining.permissions import may_revoke, refusal
from tests.lib.descriptions import changed, example
from tests.lib.invitations import invitation, person, terms
from tests.lib.space_talk import spaces_community

EXAMPLE = example().community
ENGLISH = Translator("en")
NOT_AT_ALL = "coordinators invite people, and leads those of their own city: ask one of them"
OTHER_CITY = "leads invite people of their own city: ask the coordinators"
NOT_OPEN = "not every one of these themes is open to all: leave it out; they can ask the bot for it later"
ABOVE = "nobody can invite to a role above their own: ask the coordinators"


def refused(username: str, community: Community = EXAMPLE, **fields: Any) -> str | None:
    found = refusal(person(username), terms(**fields), community)
    return None if found is None else ENGLISH(found)


@pytest.mark.parametrize(
    ("who", "fields", "expected"),
    [
        ("mariam.coulibaly", {"role": "coordinator", "city": None}, None),
        ("mariam.coulibaly", {"role": "city-lead", "city": "lagos"}, None),
        ("mariam.coulibaly", {"role": "partner", "city": None}, None),
        ("awa.diallo", {"role": "member"}, None),
        ("awa.diallo", {"role": "city-lead"}, None),
        ("awa.diallo", {"role": "expert"}, None),
        ("awa.diallo", {"role": "member", "city": "lagos"}, OTHER_CITY),
        ("awa.diallo", {"role": "member", "city": None}, OTHER_CITY),
        ("awa.diallo", {"role": "coordinator"}, ABOVE),
        ("oumar.keita", {"role": "member"}, NOT_AT_ALL),
    ],
)
def test_who_may_invite_whom(who: str, fields: dict[str, Any], expected: str | None) -> None:
    assert refused(who, **fields) == expected


@pytest.mark.parametrize(
    ("who", "themes", "expected"),
    [
        ("awa.diallo", ("mobility",), None),
        ("awa.diallo", ("mobility", "land"), NOT_OPEN),
        # A theme that leads into a safe room, whatever it says of joining.
        ("awa.diallo", ("health",), NOT_OPEN),
        ("awa.diallo", ("local-taxes",), NOT_OPEN),
        ("mariam.coulibaly", ("land", "health", "local-taxes"), None),
    ],
)
def test_a_lead_brings_nobody_into_a_theme_for_which_others_have_to_be_asked(
    who: str, themes: tuple[str, ...], expected: str | None
) -> None:
    assert refused(who, spaces_community(), themes=themes) == expected


def test_what_opens_a_room_that_is_closed_to_the_inviter_is_above_their_role() -> None:
    room = {"key": "experts", "for": "single", "policy": "closed", "name": "E", "topic": "E"}
    written = EXAMPLE.model_dump(mode="json", by_alias=True)["rooms"]
    with_room = changed(EXAMPLE, {"rooms": [*written, {**room, "who": [{"roles": ["expert"]}]}]})
    assert refused("awa.diallo", with_room, role="expert") == ABOVE
    assert refused("awa.diallo", with_room, role="member") is None
    assert refused("mariam.coulibaly", with_room, role="expert") is None
    both = changed(EXAMPLE, {"rooms": [*written, {**room, "who": [{"roles": ["expert", "city-lead"]}]}]})
    assert refused("awa.diallo", both, role="expert") is None
    keeps = {**room, "who": [{"roles": ["city-lead"]}, {"roles": ["expert"], "may": ["moderate"]}]}
    assert refused("awa.diallo", changed(EXAMPLE, {"rooms": [*written, keeps]}), role="expert") == ABOVE


def test_a_coordinator_gives_no_right_that_they_do_not_have() -> None:
    written = EXAMPLE.model_dump(mode="json", by_alias=True)["roles"]
    more = [
        {"key": "warden", "name": "Warden", "may": ["moderate"], "everywhere": True},
        {"key": "desk", "name": "Desk", "may": ["moderate"]},
        {"key": "editor", "name": "Editor", "may": ["edit"], "everywhere": True},
    ]
    community = changed(EXAMPLE, {"roles": [*written, *more]})

    def by(role: str, offered: str) -> Message | None:
        return refusal(replace(person("peter.lindqvist"), role=role), terms(role=offered), community)

    assert [str(by("warden", role)) for role in ("coordinator",)] == [ABOVE]  # it may announce
    assert [str(by("desk", role)) for role in ("warden", "editor")] == [ABOVE, ABOVE]  # they are everywhere
    # Who may moderate may change every entry: a lead has no right that they lack.
    assert [by("warden", role) for role in ("warden", "desk", "editor", "city-lead")] == [None] * 4


KEYS = st.sampled_from([role.key for role in EXAMPLE.roles])
CITIES = st.none() | st.sampled_from([city.key for city in EXAMPLE.cities])
THEMES = st.lists(st.sampled_from([theme.key for theme in EXAMPLE.themes]), unique=True, max_size=3).map(
    tuple
)


@given(st.sampled_from([m.username for m in EXAMPLE.members]), KEYS, CITIES, THEMES)
def test_a_lead_opens_no_room_that_somebody_of_their_role_would_not_be_in(
    who: str, role: str, city: str | None, themes: tuple[str, ...]
) -> None:
    """Whoever a lead invites is in no room where a second lead with the same city and themes would not be."""
    inviter = person(who)
    if inviter.role != "city-lead" or refused(who, role=role, city=city, themes=themes) is not None:
        return
    assert city == inviter.city
    comes, would = ({"role": key, "city": city, "themes": themes} for key in (role, inviter.role))
    assert _rooms(comes) <= _rooms(would)


def _rooms(fields: Mapping[str, object]) -> set[str]:
    somebody = {"username": "n.n", "name": "N N", "languages": ["fr"], **fields}
    alone = EXAMPLE.model_copy(update={"members": changed(EXAMPLE, {"members": [somebody]}).members})
    return {room.key for room in expand_rooms(alone) if "n.n" in (*room.members, *room.may_enter)}


def test_who_may_take_one_back() -> None:
    link = invitation()
    assert may_revoke(person("awa.diallo"), link, EXAMPLE)
    assert may_revoke(person("peter.lindqvist"), link, EXAMPLE)
    assert not may_revoke(person("kwame.boateng"), link, EXAMPLE)
    assert not may_revoke(person("oumar.keita"), link, EXAMPLE)
