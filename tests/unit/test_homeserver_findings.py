"""What the doctor says of a homeserver that was there already, from what its API shows."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from community.core.doctor import Finding, State
from provisioning.homeserver_facts import AdministratorFacts, HomeserverFacts, MemberFacts, PublicFacts
from provisioning.homeserver_findings import TESTED_VERSION, findings_of

ROOT = Path(__file__).parents[2]
PUBLIC = PublicFacts(
    version="1.163.0",
    passwords=True,
    delegated=False,
    registration=False,
    public_rooms=False,
    profiles=False,
    federation=False,
    least_password_length=12,
)
ADMINISTRATOR = AdministratorFacts(
    room_version=True,
    names=False,
    addresses=False,
    previews=False,
    guests=0,
    listed=0,
    unlimited=True,
    polls=True,
)
MEMBER = MemberFacts(directory=False, profiles=False, aliases=False)
GOOD = HomeserverFacts(PUBLIC, ADMINISTRATOR, MEMBER)
PROVISIONER = "@palabre-provisioner:example.org"


def found(facts: HomeserverFacts) -> dict[str, Finding]:
    return {finding.name.removeprefix("homeserver/"): finding for finding in findings_of(facts, PROVISIONER)}


def test_of_one_that_is_set_as_it_should_be_there_is_only_what_nobody_sees_from_outside() -> None:
    assert {name: finding.state for name, finding in found(GOOD).items()} == {
        "homeserver": State.OK,
        "not-seen": State.OK,
    }
    # Whether aliases can be made was seen; so nobody has to look it up.
    assert "alias_creation_rules" not in str(found(GOOD)["not-seen"].remedy)
    unseen = found(replace(GOOD, member=replace(MEMBER, aliases=None)))["not-seen"]
    assert f"alias_creation_rules: [{{user_id: '{PROVISIONER}', action: allow}}]" in str(unseen.remedy)


CASES = [
    *((PublicFacts, name, value, key, state) for name, value, key, state in (
        ("version", None, "admin-api", State.FAULT),
        ("version", "1.98.0", "version", State.WARNING),
        ("passwords", False, "passwords", State.FAULT),
        ("delegated", True, "delegated", State.FAULT),
        ("registration", True, "registration", State.WARNING),
        ("public_rooms", True, "public-rooms", State.WARNING),
        ("profiles", True, "profiles", State.WARNING),
        ("federation", True, "federation", State.WARNING),
        ("least_password_length", 8, "password-length", State.WARNING),
    )),
    *((AdministratorFacts, name, value, key, state) for name, value, key, state in (
        ("room_version", False, "room-version", State.FAULT),
        ("names", True, "names", State.WARNING),
        ("addresses", True, "addresses", State.WARNING),
        ("previews", True, "previews", State.WARNING),
        ("guests", 2, "guests", State.WARNING),
        ("listed", 1, "listed", State.WARNING),
        ("unlimited", False, "rate-limit", State.WARNING),
        ("polls", False, "polls", State.OK),
    )),
    *((MemberFacts, name, value, key, state) for name, value, key, state in (
        ("directory", True, "directory", State.WARNING),
        ("profiles", True, "strangers", State.WARNING),
        ("aliases", True, "aliases", State.WARNING),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("part", "name", "value", "key", "state"), CASES)
def test_each_thing_that_is_missing_has_a_finding_of_its_own_and_a_remedy(
    part: type, name: str, value: object, key: str, state: State
) -> None:
    changed: dict[str, Any] = {name: value}
    public = replace(PUBLIC, **changed) if part is PublicFacts else PUBLIC
    administrator = replace(ADMINISTRATOR, **changed) if part is AdministratorFacts else ADMINISTRATOR
    member = replace(MEMBER, **changed) if part is MemberFacts else MEMBER
    facts = HomeserverFacts(public, administrator, member)
    one = found(facts)
    assert set(one) - {"not-seen"} == {key}
    assert one[key].state is state
    assert one[key].remedy is not None


def test_nothing_that_is_looked_at_is_left_unsaid() -> None:
    seen = {(part, name) for part, name, *_ in CASES}
    assert seen == {
        (part, field.name)
        for part in (PublicFacts, AdministratorFacts, MemberFacts)
        for field in fields(part)
    }


def test_without_a_token_and_with_one_that_is_refused_it_says_what_to_do() -> None:
    assert "palabre connect" in str(found(HomeserverFacts(PUBLIC))["token"].remedy)
    refused = found(HomeserverFacts(PUBLIC, refused=True))
    assert set(refused) == {"token", "not-seen"}
    assert refused["token"].state is State.FAULT


def test_the_version_is_that_of_the_tests() -> None:
    constraints = (ROOT / "synapse/constraints.txt").read_text()
    pinned = re.search(r"^matrix-synapse==(\d+)\.(\d+)", constraints, re.MULTILINE)
    assert pinned is not None
    assert tuple(map(int, pinned.groups())) == TESTED_VERSION
    for version, expected in (("1.163.0rc1", False), ("1.200.1", False), ("2.0", False), ("1.99.9", True)):
        assert ("version" in found(replace(GOOD, public=replace(PUBLIC, version=version)))) is expected
