"""What is looked up in a community by key or user name is what stands in it, also in a copy with other values."""

from __future__ import annotations

import pytest

from community.description.model import Status
from tests.lib.descriptions import small

COMMUNITY = small().community


@pytest.mark.parametrize(
    ("lists", "by_name"),
    [
        ("cities", "city"),
        ("cohorts", "cohort"),
        ("themes", "theme"),
        ("roles", "role"),
        ("members", "member"),
    ],
)
def test_a_copy_without_its_last_entry_has_it_in_no_mapping(lists: str, by_name: str) -> None:
    there = getattr(COMMUNITY, lists)
    assert tuple(getattr(COMMUNITY, by_name).values()) == there
    copied = COMMUNITY.model_copy(update={lists: there[:-1]})
    assert tuple(getattr(copied, by_name).values()) == there[:-1]
    assert tuple(getattr(COMMUNITY, by_name).values()) == there


def test_who_has_left_is_a_member_and_no_active_one() -> None:
    first, *others = COMMUNITY.members
    assert COMMUNITY.active_member[first.username] is first
    gone = first.model_copy(update={"status": Status.LEFT})
    copied = COMMUNITY.model_copy(update={"members": (gone, *others)})
    assert copied.member[first.username] is gone
    assert first.username not in copied.active_member
