"""Who somebody is by the key of their device: the policy, fingerprints, the number that confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from community.accounts.identities import (
    Pin,
    Standing,
    acceptance_number,
    fingerprint,
    occasion_of_change,
    same_fingerprint,
    standing,
    standing_of_person,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
AWA, PETER = "@awa:h", "@peter:h"
OLD, NEW, OTHER = "A" * 43, "B" * 43, "C" * 43
PINNED = Pin(AWA, OLD, NOW)
CHANGED = Pin(AWA, OLD, NOW, NEW, NOW)


@pytest.mark.parametrize(
    ("pin", "vouched", "expected"),
    [
        (None, (), Standing.PINNED),
        (None, (NEW,), Standing.PINNED),
        (PINNED, (OLD,), Standing.PINNED),
        (PINNED, (OTHER, OLD), Standing.PINNED),
        (PINNED, (), Standing.UNKNOWN_DEVICE),
        (PINNED, (NEW,), Standing.UNKNOWN_DEVICE),
        (CHANGED, (OLD,), Standing.PINNED),
        (CHANGED, (OLD, NEW), Standing.PINNED),
        (CHANGED, (NEW,), Standing.CHANGED),
        (CHANGED, (OTHER,), Standing.UNKNOWN_DEVICE),
        (CHANGED, (), Standing.UNKNOWN_DEVICE),
    ],
)
def test_a_device_is_known_by_who_vouches_for_it(
    pin: Pin | None, vouched: tuple[str, ...], expected: Standing
) -> None:
    assert standing(pin, vouched) is expected


@pytest.mark.parametrize(
    ("pin", "expected"), [(None, Standing.PINNED), (PINNED, Standing.PINNED), (CHANGED, Standing.CHANGED)]
)
def test_where_the_device_is_not_known_the_identity_that_is_shown_counts(
    pin: Pin | None, expected: Standing
) -> None:
    assert standing_of_person(pin) is expected


def test_a_fingerprint_is_in_groups_of_four_and_read_with_any_spaces() -> None:
    key = "ab/d+fgh1jklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
    shown = fingerprint(key)
    assert shown.startswith("ab/d +fgh 1jkl mnop ")
    assert {len(group) for group in shown.split()[:-1]} == {4}
    assert same_fingerprint(shown, key)
    assert same_fingerprint(f" {key}\n", key)
    assert not same_fingerprint(shown.lower(), key)
    assert not same_fingerprint(shown[:-1], key)


def test_the_number_is_of_this_key_and_of_who_confirms() -> None:
    numbers = {
        acceptance_number(CHANGED, PETER),
        acceptance_number(Pin(AWA, OLD, NOW, OTHER, NOW), PETER),
        acceptance_number(CHANGED, "@ngozi:h"),
        acceptance_number(Pin("@eric:h", OLD, NOW, NEW, NOW), PETER),
    }
    assert len(numbers) == 4
    assert all(len(number) == 4 and number.isdecimal() for number in numbers)


def test_the_number_cannot_be_worked_out_from_what_is_public() -> None:
    moments = [NOW + timedelta(microseconds=n) for n in range(4)]
    numbers = {acceptance_number(replace(CHANGED, changed_at=moment), PETER) for moment in moments}
    assert len(numbers) == len(moments)


def test_the_first_change_is_told_at_once_and_of_all_others_one_a_day() -> None:
    first = occasion_of_change(CHANGED, 1)
    assert first == NEW
    evening = [
        replace(CHANGED, changed_to=f"{i:043}", changed_at=NOW + timedelta(minutes=i)) for i in range(700)
    ]
    told = {occasion_of_change(pin, 2 + count) for count, pin in enumerate(evening)}
    assert len(told) == 1
    assert first not in told
    tomorrow = replace(CHANGED, changed_at=NOW + timedelta(days=1))
    assert occasion_of_change(tomorrow, 1000) not in told


def test_a_change_of_one_that_was_accepted_meanwhile_is_told_on_the_same_day() -> None:
    accepted = replace(CHANGED, master_key=OTHER)
    for changes in (1, 2):
        assert occasion_of_change(replace(accepted, changed_to=OLD), changes) != occasion_of_change(
            CHANGED, changes
        )
