"""YAML 1.2 as the description needs it: values, places, and no exception whatever the bytes."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from community.core.text_file import MOST_BYTES
from community.description import yaml_text
from community.description.yaml_text import Parsed, core_schema, parse, path_text


def found(parsed: Parsed) -> list[tuple[int, int, str, str]]:
    return [(p.place.line, p.place.column, p.path, str(p.what)) for p in parsed.problems]


def read(text: str) -> Parsed:
    return parse(text.encode(), "file.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-0", 0),
        ("+7", 7),
        ("0o14", 12),
        ("0x1F", 31),
        ("0123", "0123"),
        ("007", "007"),
        ("18:30", "18:30"),
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01 10:00", "2026-12-01 10:00"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("=", "="),
        ("0b1", "0b1"),
        ("+250 700 000 000", "+250 700 000 000"),
        ("0x" + "F" * 5000, "0x" + "F" * 5000),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    assert core_schema(text) == value
    assert type(core_schema(text)) is type(value)
    assert read(f"- {text}").value == [value]


def test_not_a_number() -> None:
    assert math.isnan(core_schema(".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["'12'", '"12"', "!!str 12", "|-\n  12", ">-\n  12"])
def test_quoted_and_block_text_stays_text(text: str) -> None:
    assert read(f"- {text}").value == ["12"]


def test_places_of_values_and_keys() -> None:
    parsed = read("name: Mali\ncities:\n  - key: bamako\n    words: {fr: [a, b]}\n")
    assert parsed.value == {"name": "Mali", "cities": [{"key": "bamako", "words": {"fr": ["a", "b"]}}]}
    assert str(parsed.places["name",]) == "file.yaml:1:7"
    assert str(parsed.key_places["cities", 0, "key"]) == "file.yaml:3:5"
    assert str(parsed.places["cities", 0, "words", "fr", 1]) == "file.yaml:4:21"


def test_places_count_characters_after_a_byte_order_mark_and_accents() -> None:
    parsed = parse("\ufeffnom: {é: à, ʼn: x}".encode(), "file.yaml")
    assert str(parsed.places["nom", "ʼn"]) == "file.yaml:1:17"


def test_an_alias_is_its_value() -> None:
    assert read("a: &x [1]\nb: *x").value == {"a": [1], "b": [1]}


UNKNOWN_NAME = (
    "this name (after * or &) is unknown or used twice: put a text that begins so in quotation marks"
)
LAUGHS = "a0: &a0 [ha, ha]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [(1, 1, "", "the file is empty")]),
        ("# only a remark\n", [(1, 1, "", "the file is empty")]),
        ("a: 1\n\tb: 2", [(2, 1, "", "a tab is used as indentation: use spaces")]),
        ("a:\n  \t- 2", [(2, 3, "", "a tab is used as indentation: use spaces")]),
        ("a: b\x07", [(1, 5, "", "there is a control character (U+0007): remove it")]),
        ("a: b\x90", [(1, 5, "", "there is a control character (U+0090): remove it")]),
        ("a: b\u2028c", [(1, 5, "", "there is a control character (U+2028): remove it")]),
        ('a: "x\\0"', [(1, 4, "a", "there is a control character (U+0000): remove it")]),
        (
            "a: 1\nb:\n  c: 2\n  c: 3\na: 4",
            [
                (4, 3, "b.c", "“c” stands here twice: keep one"),
                (5, 1, "a", "“a” stands here twice: keep one"),
            ],
        ),
        ("<<: {a: 1}\nb: 2", [(1, 1, "", "a name must be a plain word here")]),
        ("? [a]\n: 1", [(1, 3, "", "a name must be a plain word here")]),
        ("a: !secret x", [(1, 4, "a", "a tag (!secret) has no meaning here: remove it")]),
        (
            "!!python/object:os.system {a: 1}",
            [(1, 1, "", "a tag (!python/object:os.system) has no meaning here: remove it")],
        ),
        (
            "a: b: c",
            [
                (
                    1,
                    5,
                    "",
                    "a “:” stands where none can: put the text in quotation marks, or look at the indentation",
                )
            ],
        ),
        ("a: 1\nb\n", [(3, 1, "", "a “:” is missing after the name")]),
        ("a: 'b", [(1, 6, "", "a quotation mark is opened and not closed")]),
        (
            'a: "\\q"',
            [(1, 5, "", "“\\” begins no sign known here: write it twice, or use single quotation marks")],
        ),
        (
            "a: *b",
            [
                (
                    1,
                    4,
                    "",
                    UNKNOWN_NAME,
                )
            ],
        ),
        ("a: @b", [(1, 4, "", "no value can begin with this sign: put the text in quotation marks")]),
        ("a: 1\n---\nb: 2", [(2, 1, "", "there is a second document after “---”: keep one in each file")]),
        ("&a [*a]", [(1, 1, "", "the values refer to each other without end")]),
        (LAUGHS, [(1, 1, "", "the values refer to each other without end")]),
        ("[" * 100_000, [(1, 42, "", "the values are nested more than 40 deep")]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, problems: list[tuple[int, int, str, str]]) -> None:
    assert found(read(text)) == problems


def test_text_that_is_not_utf_8() -> None:
    parsed = parse("a: é\nb: é".encode() + b" \xe9", "file.yaml")
    assert found(parsed) == [(2, 6, "", "this is not UTF-8 text: save the file as UTF-8")]
    assert parse("a: 1".encode("utf-16"), "f").problems[0].place.column == 1


def test_a_file_that_is_too_large() -> None:
    parsed = parse(b"#" * (MOST_BYTES + 1), "file.yaml")
    assert found(parsed) == [(1, 1, "", "the file is larger than 20 MB")]


def test_far_too_many_values_are_left_where_the_composer_meets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes some hundred bytes: a file of 20 MB would take gigabytes."""
    monkeypatch.setattr(yaml_text, "MOST_NODES", 100)
    parsed = parse(b"- a\n" * 99, "file.yaml")
    assert len(parsed.value) == 99
    # It is left at once: what is wrong further on is not met any more.
    parsed = parse(b"- a\n" * 100 + b"- '", "file.yaml")
    assert found(parsed) == [(1, 1, "", "there are more than 100 values in this file")]


def test_a_path_as_people_read_it() -> None:
    assert path_text(("cities", 3, "timezone")) == "cities[3].timezone"
    assert path_text(()) == ""
    assert path_text((2, "a")) == "[2].a"


# What JSON and YAML write alike; JSON writes the others as escapes.
PRINTABLE = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Zl", "Zp"],
        exclude_characters="\ufffe\uffff",
        include_characters="\n\t",
    )
)
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: st.lists(inner) | st.dictionaries(PRINTABLE.filter(lambda key: key != "<<"), inner),
    max_leaves=30,
)


@given(TREES.filter(lambda tree: tree is not None))
@example({"e": 1e22, "": [], "a: b": {"\n": "#"}})
def test_json_reads_as_itself(tree: object) -> None:
    parsed = read(json.dumps(tree, ensure_ascii=False, indent=1))
    assert parsed.problems == ()
    assert parsed.value == tree


FRAGMENTS = st.sampled_from(
    [
        *"[]{}:,-?!&*|>%@`'\"#~<=\\\t\n ",
        "a",
        "- ",
        ": ",
        "\n  ",
        "---",
        "...",
        "<<",
        "&a",
        "*a",
        "!!",
        "\x85",
        "\u2028",
    ]
)


@given(
    st.binary()
    | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode)
    | st.lists(FRAGMENTS).map(lambda parts: "".join(parts).encode())
)
@settings(max_examples=400)
@example(b"%")
@example(b'"\\ud800"')
@example(b"!<")
def test_any_bytes_give_values_or_problems(data: bytes) -> None:
    parsed = parse(data, "file.yaml")
    assert all(min(problem.place.line, problem.place.column) > 0 for problem in parsed.problems)
    json.dumps(parsed.value)
