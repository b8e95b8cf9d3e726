"""How words are compared: folded, cut to their stems, by their sound, and when they are misspelt."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.words import fold, sound, stem, words
from community.search.spelling import Spelling

LETTERS = st.text(string.ascii_lowercase, min_size=5, max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("déchets", "DECHET"),
        ("formations", "formation"),
        ("habitações", "habitação"),
        ("paragens", "paragem"),
        ("cities", "city"),
        ("systems", "system"),
        ("mairies", "mairie"),
        ("coordinatrice", "coordinatrices"),
        ("النفايات", "نفايات"),
        ("والنفايات", "نفايات"),
        ("بالنفايات", "نفايات"),
        ("القُمامة", "قمامه"),
        ("الأراضي", "اراضى"),
        ("البيضاء", "بيضا"),
    ],
)
def test_forms_of_one_word_meet(one: str, other: str) -> None:
    assert stem(fold(one)) == stem(fold(other))


def test_a_digital_service_is_no_number() -> None:
    assert stem(fold("رقم")) != stem(fold("الرقمية"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كوماسي", "Kumasi"),
        ("ماتولا", "Matola"),
        ("Mohammed", "Mohamed"),
        ("Ousmane", "Usmane"),
        ("Fatoumata", "فاطوماتا"),
        ("Sangaré", "Sangare"),
    ],
)
def test_what_sounds_alike_has_one_sound(one: str, other: str) -> None:
    assert sound(fold(one)) == sound(fold(other))


def test_digits_of_any_script_are_one_number() -> None:
    assert words("٢٠٢٦") == words("2026")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("mobilty", {"mobility"}),
        ("kigail", {"kigali"}),
        ("igali", {"kigali"}),
        ("wsate", {"waste"}),
        ("transprot", {"transport"}),
        ("trasnporte", {"transporte"}),
        ("parking", set()),
        ("lane", set()),
        ("2026", set()),
    ],
)
def test_a_misspelt_word_is_the_nearest_known_one(said: str, meant: set[str]) -> None:
    known = Spelling(["mobility", "kigali", "waste", "transport", "transporte", "walking", "land"])
    assert set(known.nearest(said)) == meant


@given(st.sets(LETTERS, min_size=1, max_size=30), st.data())
def test_a_word_with_one_slip_is_found_again(known: set[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(sorted(known)))
    at = data.draw(st.integers(1, len(word) - 1))
    slipped = word[:at] + word[at + 1 :]
    near = Spelling(sorted(known)).nearest(slipped)
    assert near or len(slipped) <= 4
    if known == {word} and len(slipped) > 4:
        assert near == (word,)


@given(st.lists(LETTERS, max_size=20), st.lists(LETTERS, max_size=20))
def test_a_word_added_and_removed_leaves_no_trace(kept: list[str], gone: list[str]) -> None:
    plain, changed = Spelling(kept), Spelling([*kept, *gone])
    for word in gone:
        changed.remove(word)
    assert changed == plain


@given(st.text(max_size=400))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
