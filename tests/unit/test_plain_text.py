"""Other people's text, made safe to show, and kept in its direction."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.plain_text import clean, direction_mark, isolated, left_to_right, one_line

# As clients do that know no m.mentions (spec, push rules: event_match is without regard to case, at word boundaries).
_ROOM_MENTION = re.compile(r"(^|\W)@room(\W|$)", re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        "@room",
        "@ROOM come",
        "(@Room)",
        "hi @\u200broom",
        "hi @\u00adroom",
        "@\u2060room",
        "@r\u0000oom",
        "@\u034froom",
        "@\ufeffroom",
    ],
)
def test_a_mention_of_the_room_is_broken(text: str) -> None:
    assert _ROOM_MENTION.search(clean(text)) is None


@given(st.text(max_size=60), st.sampled_from(["@room", "@RooM", "\u202e@room", "@\u200droom", "@\u3164room"]))
def test_no_surroundings_mend_a_mention(around: str, mention: str) -> None:
    assert _ROOM_MENTION.search(clean(f"{around} {mention} {around}")) is None


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("@admin:example.org", "@admin:"),
        ("see https://matrix.to/#/@admin:example.org", "matrix.to"),
        ("https://MATRIX.to/#/%40admin", "MATRIX.to"),
        ("matrix:u/admin:example.org", "matrix:u"),
        ("matrix:roomid/abc", "matrix:roomid"),
        ("#general:example.org", "#general"),
    ],
)
def test_text_becomes_no_pill(text: str, broken: str) -> None:
    assert broken in text
    assert broken not in clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "waste@city.example.org",
        "The matrix of costs",
        "C# and F#",
        "Café – 10 %",
        "يوسف العمراني",
        "نفايات 2026",
        "a@b",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\r\u2028three\u0085four", "two lines three four"),
        ("\u202eevil\u202c", "evil"),
        ("\u2066a\u2069\u200e\u200f\u061c", "a"),
        ("bell\u0007 nul\u0000 esc\u001b[31m", "bell nul esc[31m"),
        ("zero\u200bwidth\u200d\ufeff", "zerowidth"),
        ("\u3164\u115f\u2800\uffa0", ""),
        ("tag\U000e0041\U000e007f", "tag"),
        ("private\ue000\U000f0000", "private"),
        ("lone\ud800", "lone"),
    ],
)
def test_what_is_not_seen_is_taken_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_accents_are_not_piled_up() -> None:
    piled = "Z" + "\u0301" * 40 + "algo"
    assert len(clean(piled)) == len("Zalgo") + 4
    assert clean("مُحَمَّدٌ") == "مُحَمَّدٌ"


def test_long_text_is_cut() -> None:
    assert clean("x" * 10_000, longest=120) == "x" * 119 + "…"
    assert len(one_line("\u0301" * 10_000, longest=50)) <= 50


@given(st.text(max_size=500))
def test_clean_text_is_one_line_without_control_or_direction(text: str) -> None:
    cleaned = clean(text)
    kinds = {unicodedata.category(char) for char in cleaned if char != "\u2060"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert _ROOM_MENTION.search(cleaned) is None
    assert clean(cleaned) == cleaned


def test_values_of_the_other_direction_are_set_apart() -> None:
    assert isolated("يوسف", "en") == "\u2068يوسف\u2069"
    assert isolated("Youssef", "ar") == "\u2068Youssef\u2069"
    assert isolated("Youssef", "en") == "Youssef"
    assert isolated("يوسف", "ar") == "يوسف"
    assert left_to_right("+250 000 000 001", "ar") == "\u2066+250 000 000 001\u2069"
    assert left_to_right("+250 000 000 001", "fr") == "+250 000 000 001"


@pytest.mark.parametrize(
    ("line", "language", "mark"),
    [
        ("Kigali، رواندا", "ar", "\u200f"),
        ("\u2066+250\u2069", "ar", "\u200f"),
        ("رواندا", "ar", ""),
        ("\u2068يوسف\u2069", "fr", "\u200e"),
        ("Kigali", "fr", ""),
        ("12", "pt", ""),
    ],
)
def test_a_line_runs_in_the_direction_of_its_language(line: str, language: str, mark: str) -> None:
    assert direction_mark(line, language) == mark
