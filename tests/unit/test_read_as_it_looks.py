"""What looks right is read right, the same in every reader; what cannot be is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import community
from community.core.errors import Problem
from community.core.messages import translator
from community.core.problems import problem_line
from community.core.unseen import formal_text
from community.description.load import load_description
from community.description.members_csv import parse_members
from community.description.yaml_text import parse
from community.exchange.canonical import entries_by_key
from community.exchange.incoming import read_files
from tests.lib.descriptions import read
from tests.lib.reading import HEADER, SMALL, changed, check_lines, rewritten

ENGLISH = translator("en", [])
FRENCH = translator("fr", [Path(community.__file__).parent])
UNSEEN = ["\u200b", "\u200c", "\u200d", "\u200e", "\u202a", "\u202c", "\u2060", "\u2066", "\u00ad", "\ufeff"]
CURRENT = read(SMALL).directory
MEMBERS = "username;name;role;city;themes;languages;status;successor"


def said(problems: tuple[Problem, ...]) -> list[str]:
    return [problem_line(problem, ENGLISH) for problem in problems]


@pytest.mark.parametrize("char", [*UNSEEN, "\u00a0", "\u202f"], ids=lambda char: f"{ord(char):04X}")
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("community.yaml", "key: kigali\n", "key: kigali{}\n"),
        ("community.yaml", "key: kigali\n", 'key: "{}kigali"\n'),
        ("community.yaml", "country: RW", "{}country: RW"),
        ("community.yaml", "policy: lobby", "policy: lobby{}"),
        ("community.yaml", "from: 2026-01-01", "from: 2026-01-01{}"),
        ("directory.yaml", "themes: [waste]", "themes: [waste{}]"),
        ("calendar.yaml", "lasts: 90min", "lasts: 90min{}"),
    ],
)
def test_a_key_with_an_invisible_character_is_the_key(
    tmp_path: Path, char: str, file: str, old: str, new: str
) -> None:
    config = rewritten(tmp_path, file, old, new.format(char))
    assert check_lines(config) == []
    assert load_description(config) == load_description(SMALL)


@pytest.mark.parametrize("char", UNSEEN)
def test_a_no_break_blank_between_day_and_time_is_a_blank(tmp_path: Path, char: str) -> None:
    config = rewritten(tmp_path, "calendar.yaml", "2026-12-03 10:00", f"2026-12-03\u00a010:00{char}")
    assert load_description(config) == load_description(SMALL)


@given(st.text(alphabet="abc é'-.", min_size=1, max_size=12), st.sampled_from(UNSEEN), st.integers(0, 12))
def test_names_and_sentences_keep_what_may_have_a_meaning(text: str, char: str, at: int) -> None:
    with_it = text[:at] + char + text[at:]
    plain = text.strip(" ")
    formal = plain != "" and plain.isascii() and " " not in plain
    assert formal_text(with_it) == (plain if formal else with_it)


@given(st.text(max_size=30))
def test_the_formal_form_is_found_once_and_for_all(text: str) -> None:
    assert formal_text(formal_text(text)) == formal_text(text)


@pytest.mark.parametrize("char", UNSEEN)
def test_a_table_of_members_takes_keys_as_they_look(char: str) -> None:
    row = f"ines{char};Inès;Member{char};kigali;waste{char} mobility;fr;;"
    plain = "ines;Inès;member;kigali;waste mobility;fr;;"
    header = MEMBERS.replace("role", f"Role{char}")
    assert parse_members(f"{header}\n{row}\n".encode(), "m.csv").value == (
        parse_members(f"{MEMBERS}\n{plain}\n".encode(), "m.csv").value
    )


@pytest.mark.parametrize("char", UNSEEN)
def test_a_table_of_contacts_takes_keys_as_they_look(char: str) -> None:
    header = HEADER.replace("themes", f"{char}Themes").replace("cities", "Cities ")
    row = f"ines{char};N;F;Kigali{char};waste{char};2026-11-01{char}\n"
    incoming = read_files([("contacts.csv", f"{header}{row}".encode())], CURRENT)
    assert incoming.problems == ()
    contact = entries_by_key(incoming.directory)["contact", "ines"]
    assert (contact.cities, contact.themes) == (("kigali",), ("waste",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- key:\u00a0a\n  name: b\n", "f:1:7: there is a special blank (U+00A0) here"),
        ("a:\n\u00a0 b: c\n\u00a0 d: e\n  f: g\n", "there is a special blank (U+00A0) here"),
        ("- key: a\n\u200b  name: b\n", "f:2:1: there is an invisible character (U+200B) here"),
    ],
)
def test_a_blank_that_is_none_is_named_where_yaml_stumbles_over_it(text: str, why: str) -> None:
    assert why in said(parse(text.encode(), "f").problems)[0]


def test_a_character_that_only_looks_right_is_named_with_its_position(tmp_path: Path) -> None:
    config = rewritten(tmp_path, "directory.yaml", "themes: [waste]", "themes: [w\u0430ste]")
    (line,) = check_lines(config)
    assert "its number" not in line
    assert "number 2 is “\u0430” (U+0430)" in line


def test_a_text_with_a_comma_within_braces_is_explained(tmp_path: Path) -> None:
    parsed = parse(b"function: {fr: Restaurateur, chef, en: Cook}\n", "f")
    assert parsed.value == {"function": {"fr": "Restaurateur", "en": "Cook"}}
    (line,) = said(parsed.problems)
    assert line == (
        "f:1:30: function: “chef” stands alone after a comma: within braces a text with a comma must be "
        'in quotation marks, such as fr: "Restaurateur, chef"'
    )
    assert "guillemets" in FRENCH(parsed.problems[0].what)


def test_a_row_with_fewer_cells_than_the_first_is_a_problem_in_both_tables() -> None:
    what = "this row has only {} of the {} cells that the first row has: write “;” for each empty cell too"
    assert said(parse_members(f"{MEMBERS}\nines;Inès;member;fr\n".encode(), "m.csv").problems) == [
        f"m.csv:2:18: {what.format(4, 8)}"
    ]
    (key, there) = next(
        (key, entry) for (kind, key), entry in entries_by_key(CURRENT).items() if kind == "contact"
    )
    incoming = read_files(
        [("contacts.csv", f"key;function;cities;email\n{key};F;kigali\n".encode())], CURRENT
    )
    assert said(incoming.problems) == [f"contacts.csv:2:{len(key) + 4}: {what.format(3, 4)}"]
    assert there is not None


@pytest.mark.parametrize("capitals", [str.upper, str.title, str.capitalize])
def test_capitals_do_not_matter_in_the_tables(capitals: object) -> None:
    assert callable(capitals)
    members = (
        changed(MEMBERS, capitals)
        + "\n"
        + ";".join(("Ines", "Inès", "Member", "Kigali", "Waste", "FR", "Active", ""))
    )
    plain = f"{MEMBERS}\nines;Inès;member;kigali;waste;fr;active;\n"
    assert parse_members(members.encode(), "m.csv").value == parse_members(plain.encode(), "m.csv").value
    table = changed(HEADER.strip(), capitals) + "\nInes;N;F;Kigali;Waste;2026-11-01\n"
    incoming = read_files([("contacts.csv", table.encode())], CURRENT)
    assert incoming.problems == ()
    assert set(entries_by_key(incoming.directory)) == {("contact", "ines")}
