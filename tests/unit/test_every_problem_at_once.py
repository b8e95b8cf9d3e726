"""A description with k independent slips gives k problems, whichever they are and in whichever files."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.description.load import load_description
from tests.lib.reading import SMALL, check_lines, import_lines

MEMBERS = """username;name;role;city;themes;languages;status;successor
ines.costa;Inês Costa;city-lead;kigali;waste;pt;;
sami.ben;Sami Ben;city-lead;bamako;mobility;fr;;
lea.roy;Léa Roy;coordinator;;;fr;active;
"""
SLIPS = (
    (
        "community.yaml",
        "country: RW",
        "country: rw",
        "not a country code",
    ),
    (
        "community.yaml",
        "timezone: Africa/Bamako",
        "timezone: Africa/Bamaco",
        "not a time zone",
    ),
    (
        "community.yaml",
        "from: 2026-01-01",
        "from: 01/01/2026",
        "from",
    ),
    (
        "community.yaml",
        "cities: [kigali], from",
        "cities: [kigalli], from",
        "there is no city “kigalli”",
    ),
    (
        "community.yaml",
        "policy: announce,",
        "policy: anounce,",
        "did you mean “announce”?",
    ),
    (
        "community.yaml",
        "policy: open",
        "policy: open, bot: true",
        "“bot” is not known here",
    ),
    (
        "community.yaml",
        "for: theme-cohort, policy: closed, themes: [waste]",
        "for: theme-cohort, policy: closed, themes: [wast]",
        "there is no theme “wast”",
    ),
    (
        "community.yaml",
        "key: city-lead, name:",
        "key: City Lead, name:",
        "“City Lead” is not a key",
    ),
    (
        "community.yaml",
        "everywhere: true",
        "everywhere: yes",
        "everywhere",
    ),
    (
        "community.yaml",
        "role: coordinator, languages",
        "role: cordinator, languages",
        "there is no role “cordinator”",
    ),
    (
        "community.yaml",
        "[waste], languages: [en, fr]}",
        "[wasste], languages: [en, fr]}",
        "there is no theme “wasste”",
    ),
    (
        "community.yaml",
        "username: claudine.uwase",
        "username: Claudine Uwase",
        "not a user name",
    ),
    (
        "community.yaml",
        "city: bamako, themes",
        "city: bamaco, themes",
        "there is no city “bamaco”",
    ),
    (
        "community.yaml",
        "themes: [mobility, waste], languages: [fr]",
        "themes: [mobility, waste], languages: [FR]",
        "not a language code",
    ),
    (
        "community.yaml",
        "summary: {fr: Bouger., en: Moving.}",
        "summary: {fr: Bouger., FR: Moving.}",
        "“FR” is not a language code",
    ),
    (
        "members.csv",
        "Léa Roy;coordinator",
        "Léa Roy;cordinatrice",
        "there is no role “cordinatrice”",
    ),
    (
        "members.csv",
        ";bamako;",
        ";bamakko;",
        "there is no city “bamakko”",
    ),
    (
        "members.csv",
        ";waste;",
        ";waaste;",
        "there is no theme “waaste”",
    ),
    (
        "members.csv",
        "fr;active",
        "fr;gone",
        "status",
    ),
    (
        "members.csv",
        "sami.ben;",
        "Sàmi Ben;",
        "not a user name",
    ),
    (
        "directory.yaml",
        "cities: [kigali]\n    themes: [waste]\n    languages",
        "cities: [kigal]\n    themes: [waste]\n    languages",
        "there is no city “kigal”",
    ),
    (
        "directory.yaml",
        "member: claudine.uwase",
        "member: awa.dialo",
        "there is no member “awa.dialo”",
    ),
    (
        "directory.yaml",
        "email: claudine.uwase@kigali.example.org",
        "email: claudine.uwase",
        "not an e-mail address",
    ),
    (
        "directory.yaml",
        "deputy: waste-desk",
        "deputy: wast-desk",
        "there is no contact “wast-desk”",
    ),
    (
        "directory.yaml",
        "kind: desk",
        "kind: desc",
        "did you mean “desk”?",
    ),
    (
        "directory.yaml",
        "confirmed: 2026-08-01",
        "confirmed: 01.08.26",
        "confirmed",
    ),
    (
        "directory.yaml",
        "link: https",
        "link: http",
        "not a link",
    ),
    (
        "directory.yaml",
        "stage: pilot",
        "stage: pilott",
        "did you mean “pilot”?",
    ),
    (
        "directory.yaml",
        "lead: kigali-waste",
        "lead: kigali-wast",
        "there is no contact “kigali-wast”",
    ),
    (
        "directory.yaml",
        "updated: 2026-10-12",
        "updated: 2026-13-12",
        "updated",
    ),
    (
        "calendar.yaml",
        "rooms: [lobby]",
        "rooms: [loby]",
        "loby",
    ),
    (
        "calendar.yaml",
        "lasts: 90min",
        "lasts: 90 minutes",
        "not a length of time",
    ),
    (
        "calendar.yaml",
        "due: 2026-12-15",
        "due: 2026-12-35",
        "due",
    ),
    (
        "calendar.yaml",
        "remind: [14d, 3d, 0]",
        "remind: [14d, 3 days, 0]",
        "not a length of time",
    ),
)


def with_slips(folder: Path, chosen: list[int]) -> Path:
    """Return a copy of the small description and a table of members, with some of the slips in it."""
    config = folder / "config"
    shutil.copytree(SMALL, config)
    (config / "members.csv").write_text(MEMBERS)
    for number in chosen:
        file, old, new, _ = SLIPS[number]
        text = (config / file).read_text()
        assert text.count(old) == 1, old
        (config / file).write_text(text.replace(old, new))
    return config


ODD = (
    ("cities:\n", "cities:\n  - Dakar\n"),
    ("roles:\n", "roles:\n  - expert\n"),
    ("roles:\n", "roles:\n  - {name: Expert}\n"),
    (
        "rooms:\n",
        "rooms:\n  - {key: board, for: single, policy: closed, name: B, topic: B, who: [{roles: 5}]}\n",
    ),
    ("members:\n", "members:\n  - 12\n"),
    ("themes:\n", "themes:\n  - {key: air, name: [Air], summary: {fr: 3}}\n"),
)


@pytest.mark.parametrize(("old", "new"), ODD, ids=lambda text: text.strip())
def test_whatever_is_wrong_with_one_entry_the_faults_of_others_are_said(
    tmp_path: Path, old: str, new: str
) -> None:
    chosen = [9, 12, 15, 20, 30]
    config = with_slips(tmp_path, chosen)
    text = (config / "community.yaml").read_text()
    (config / "community.yaml").write_text(text.replace(old, new, 1))
    lines = check_lines(config)
    assert [SLIPS[n][3] for n in chosen if not any(SLIPS[n][3] in line for line in lines)] == []
    assert len(lines) > len(chosen)


def assert_each_is_said(chosen: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = check_lines(with_slips(Path(folder), chosen))
    wrong = [SLIPS[number][3] for number in chosen if not any(SLIPS[number][3] in line for line in lines)]
    assert wrong == [], "\n".join(lines)
    assert len(lines) == len(chosen), "\n".join(lines)


@pytest.mark.parametrize("number", range(len(SLIPS)), ids=lambda number: SLIPS[number][2].strip())
def test_one_slip_is_one_problem(number: int) -> None:
    assert_each_is_said([number])


def test_all_slips_together_are_as_many_problems() -> None:
    assert_each_is_said(list(range(len(SLIPS))))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(range(len(SLIPS))), min_size=2, unique=True))
def test_each_of_several_slips_is_a_problem(chosen: list[int]) -> None:
    assert_each_is_said(sorted(chosen))


IMPORTED = (
    ("ines;N;F;kigali;waste;2026-11-01;;", "ines;N;F;kigalli;waste;2026-11-01;;", "there is no city “kigalli”"),
    ("sami;N;F;kigali;waste;2026-11-02;;", "sami;N;F;kigali;waste;02.11.26;;", "year of two digits"),
    ("lea;N;F;kigali;waste;2026-11-03;;", "lea;N;F;kigali;waste;2026-12-24;;", "is still to come"),
    ("omar;N;F;kigali;waste;2026-11-04;;", "omar;N;F;kigali;Déchets;2026-11-04;;", "did you mean “waste”?"),
    ("nour;N;F;kigali;waste;2026-11-05;;", "nour;N;F;kigali;waste;2026-11-05;0788 1;", "not a telephone number"),
    ("rosa;N;F;kigali;waste;2026-11-06;;", "rosa;N;F;kigali;waste;2026-11-06;;nobody", "there is no contact “nobody”"),
    ("paul;N;F;kigali;waste;2026-11-07;;", "paul!;N;F;kigali;waste;2026-11-07;;", "“paul!” is not a key"),
    ("anna;N;F;kigali;waste;2026-11-08;;paul", "anna;N;F;kigali;waste;2026-11-08", "has only 6 of the 8 cells"),
    ("zora;N;F;kigali;waste;2026-11-09;;paul", "zora;N;F;kigali;waste,mud;2026-11-09;;paul", "there is no theme “mud”"),
)  # fmt: skip
HEADER = "key;name;function;cities;themes;confirmed;phone;deputy"


@settings(deadline=None)
@given(st.sets(st.sampled_from(range(len(IMPORTED)))))
def test_an_import_names_each_of_several_slips(chosen: set[int]) -> None:
    rows = [wrong if n in chosen else right for n, (right, wrong, _) in enumerate(IMPORTED)]
    files = (("contacts.csv", "\n".join((HEADER, *rows, "")).encode()),)
    lines = import_lines(load_description(SMALL), files)
    assert [IMPORTED[n][2] for n in chosen if not any(IMPORTED[n][2] in line for line in lines)] == [], lines
    assert len(lines) == len(chosen), lines


PAIRS = (
    ("directory.yaml", "en: Head of waste}\n    cities: [kigali]", "en: Head of waste}}\n    cities: [{}]"),
    ("directory.yaml", "themes: [waste]\n    languages: [en", "themes: [{}]\n    languages: [en"),
    ("directory.yaml", "version: 1\n", "version: 1\nvisible: {{phone: [{}]}}\n"),
    ("directory.yaml", "deputy: waste-desk", "visible: {{phone: [{}]}}\n    deputy: waste-desk"),
    ("community.yaml", "cities: [kigali], from", "cities: [{}], from"),
    ("community.yaml", "themes: [waste], name", "themes: [{}], name"),
    ("community.yaml", "for: theme, policy: closed,", "for: theme, policy: closed, roles: [{}],"),
    ("community.yaml", "policy: open,", "policy: open, who: [{{people: [{}]}}],"),
    ("community.yaml", "policy: open,", "policy: open, who: [{{roles: [city-lead], cohorts: [{}]}}],"),
    ("community.yaml", "themes: [waste], languages", "themes: [{}], languages"),
    ("calendar.yaml", "rooms: [lobby]", "rooms: [{}]"),
    ("members.csv", ";waste;", ";{};"),
)  # fmt: skip
"""Lists of keys, each to be filled with slips."""
MANY = ("Nowhere-at-all", "zzz", "Zzz_zz", "qqq")
"""No key, unknown, no key, unknown."""


@pytest.mark.parametrize("lists", [*PAIRS], ids=lambda case: case[2].strip()[:60])
def test_no_slip_in_a_list_hides_another(tmp_path: Path, lists: tuple[str, str, str]) -> None:
    file, old, new = lists
    many = tuple(text.lower() for text in MANY) if file == "members.csv" else MANY
    config = with_slips(tmp_path, [])
    text = (config / file).read_text()
    assert text.count(old) == 1
    (config / file).write_text(text.replace(old, new.format(", ".join(many))))
    lines = check_lines(config)
    assert [slip for slip in many if not any(f"“{slip}”" in line for line in lines)] == [], lines
    assert len(lines) == len(many), lines
    assert lines == sorted(lines, key=lambda line: tuple(map(int, line.split(":")[1:3])))
    columns = [int(line.split(":")[2]) for line in lines]
    written = (config / file).read_text().splitlines()[int(lines[0].split(":")[1]) - 1]
    assert [written[column - 1 :].startswith(slip) for column, slip in zip(columns, many, strict=True)] == [
        True
    ] * 4


def test_no_list_with_slips_hides_those_of_another(tmp_path: Path) -> None:
    config = with_slips(tmp_path, [])
    lists = [case for case in PAIRS if "people" not in case[2]]  # it stands where another does
    for file, old, new in lists:
        many = [text.lower() for text in MANY] if file == "members.csv" else MANY
        text = (config / file).read_text()
        assert text.count(old) == 1
        (config / file).write_text(text.replace(old, new.format(", ".join(many))))
    lines = check_lines(config)
    assert len(lines) == len(MANY) * len(lists), "\n".join(lines)


def test_a_suggestion_for_one_key_of_a_list_leaves_the_others_theirs(tmp_path: Path) -> None:
    config = with_slips(tmp_path, [])
    for file, old, new in (
        ("directory.yaml", "cities: [kigali]", "cities: [Bamako, kigaly, zzz]"),
        ("directory.yaml", "themes: [waste]", "themes: [Mobilité, wast, zzz]"),
        ("calendar.yaml", "rooms: [lobby]", "rooms: [Accueil, anouncements]"),
    ):
        text = (config / file).read_text()
        (config / file).write_text(text.replace(old, new, 1))
    assert [line.partition(": there is no ")[2] for line in check_lines(config)] == [
        "room “Accueil”: did you mean “lobby”?",
        "room “anouncements”: did you mean “announcements”?",
        "city “Bamako”: did you mean “bamako”?",
        "city “kigaly”: did you mean “kigali”?",
        "city “zzz”",
        "theme “Mobilité”: did you mean “mobility”?",
        "theme “wast”: did you mean “waste”?",
        "theme “zzz”",
    ]


def test_slips_in_lists_within_lists_keep_their_places(tmp_path: Path) -> None:
    config = with_slips(tmp_path, [])
    who = "who: [nobody, {roles: [No Role, zzz, city-lead]}, 7, {people: [Nobody, qqq], roles: [city-lead, yyy]}],"
    text = (config / "community.yaml").read_text()
    (config / "community.yaml").write_text(text.replace("policy: open,", f"policy: open, {who}"))
    assert [line.split(": ")[1].removeprefix("rooms[2].") for line in check_lines(config)] == [
        "who[0]",
        "who[1].roles[0]",
        "who[1].roles[1]",
        "who[2]",
        "who[3].people[0]",
        "who[3].people[1]",
        "who[3].roles[1]",
    ]


def test_a_slip_among_the_words_of_a_rule_does_not_hide_one_that_stands_twice(tmp_path: Path) -> None:
    config = with_slips(tmp_path, [])
    rule = "{status: [alumnni, active, active], may: [anounce, moderate, moderate]}"
    text = (config / "community.yaml").read_text()
    (config / "community.yaml").write_text(text.replace("policy: open,", f"policy: open, who: [{rule}],"))
    assert [line.split(": ")[1].removeprefix("rooms[2].who[0].") for line in check_lines(config)] == [
        "status[0]",
        "status[2]",
        "may[0]",
        "may[2]",
    ]


def test_an_imported_table_names_each_slip_of_a_cell() -> None:
    rows = "ines;N;F;Kigali,kigaly,zzz;Mobilité,wast;2026-11-01;;"
    files = (("contacts.csv", f"{HEADER}\n{rows}\n".encode()),)
    assert import_lines(load_description(SMALL), files) == [
        "contacts.csv:2:17: cities[1]: there is no city “kigaly”: did you mean “kigali”?",
        "contacts.csv:2:24: cities[2]: there is no city “zzz”",
        "contacts.csv:2:28: themes[0]: there is no theme “Mobilité”: did you mean “mobility”?",
        "contacts.csv:2:37: themes[1]: there is no theme “wast”: did you mean “waste”?",
    ]
