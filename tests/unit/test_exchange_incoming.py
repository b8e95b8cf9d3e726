"""Files that are to be taken in: every problem at once with its place, and what would no longer fit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from community.core.messages import translator
from community.core.problems import problem_line
from community.description.directory_model import Contact, Directory
from community.exchange.canonical import canonical
from community.exchange.doubles import MOST_NOTES, double_notes
from community.exchange.incoming import Incoming, applied, misfits, read_files
from community.exchange.plan import ImportPlan, plan_import
from community.exchange.tables import tables
from community.exchange.yaml_file import directory_yaml
from tests.lib.descriptions import read
from tests.lib.work import calls

TODAY = date(2026, 11, 29)
CONFIG = Path(__file__).parents[2] / "config"
ENGLISH = translator("en", [])
DESCRIPTION = read(CONFIG)
COMMUNITY, CURRENT = DESCRIPTION.community, DESCRIPTION.directory
HEADER = "key;name;function;cities;deputy;confirmed\n"


def lines(incoming: Incoming) -> list[str]:
    return [problem_line(problem, ENGLISH) for problem in incoming.problems]


def planned(*files: tuple[str, str], remove_missing: bool = False) -> tuple[Incoming, ImportPlan]:
    incoming = read_files([(name, text.encode()) for name, text in files], CURRENT)
    plan = plan_import(CURRENT, incoming.directory, remove_missing=remove_missing, kinds=incoming.kinds)
    return incoming, plan


def misfitting(*files: tuple[str, str], remove_missing: bool = False) -> list[str]:
    incoming, plan = planned(*files, remove_missing=remove_missing)
    assert incoming.problems == ()
    return [
        problem_line(found, ENGLISH) for found in misfits(COMMUNITY, CURRENT, plan.changes, incoming, TODAY)
    ]


@pytest.mark.parametrize("remove_missing", [True, False])
def test_what_was_exported_changes_nothing(remove_missing: bool) -> None:
    for files in ([("directory.yaml", directory_yaml(CURRENT))], list(tables(CURRENT).items())):
        incoming = read_files(files, CURRENT)
        assert incoming.problems == ()
        assert incoming.kinds == {"contact", "resource", "project"}
        assert plan_import(CURRENT, incoming.directory, remove_missing=remove_missing).changes == ()


def test_every_problem_of_every_file_at_once() -> None:
    incoming = read_files(
        [
            ("contacts.csv", (HEADER + "x;N;F;Kigali!;;soon\n;;;;;2026-11-01\n").encode()),
            ("more.yaml", b"version: 1\nprojects:\n  - key: p\n    name: P\n    stage: begun\n"),
            ("notes.docx", b"?"),
        ],
        CURRENT,
    )
    assert [line.partition("digits")[0] for line in lines(incoming)] == [
        "contacts.csv:2:7: cities[0]: “kigali!” is not a key: expected at most 48 small letters without accents, ",
        "contacts.csv:2:16: confirmed: “soon” is not what is expected here: a day such as 2026-12-01",
        "contacts.csv:3:1: key: “key” is missing",
        "contacts.csv:3:2: name: “name” is missing",
        "contacts.csv:3:3: function: “function” is missing",
        "more.yaml:3:5: projects[0].cities: “cities” is missing",
        "more.yaml:3:5: projects[0].summary: “summary” is missing",
        "more.yaml:3:5: projects[0].themes: “themes” is missing",
        "more.yaml:3:5: projects[0].updated: “updated” is missing",
        "more.yaml:5:12: projects[0].stage: “begun” is none of: idea, preparation, pilot, running, finished",
        "notes.docx:1:1: only .yaml and .csv files can be taken in: save it as one of them",
    ]


def test_an_absent_column_is_said_once() -> None:
    rows = "".join(f"k{i};N\n" for i in range(3))
    incoming = read_files([("a.csv", f"key;phone\nkigali-waste;+250 000 000\n{rows}".encode())], CURRENT)
    assert lines(incoming)[:2] == [
        "a.csv:1:1: function: the column “function” is missing, and 3 rows are new and need it",
        "a.csv:1:1: name: the column “name” is missing, and 3 rows are new and need it",
    ]
    assert len(lines(incoming)) == 5  # and three telephone numbers


def test_one_entry_stands_once() -> None:
    row = "x;N;F;kigali;;2026-11-01\n"
    incoming = read_files(
        [("a.csv", (HEADER + row + row).encode()), ("b.csv", (HEADER + row).encode())], CURRENT
    )
    assert lines(incoming) == [
        "a.csv:3:1: key: “x” stands already in a.csv:2:1: keep one of the two",
        "b.csv:2:1: key: “x” stands already in a.csv:2:1: keep one of the two",
    ]


def test_references_are_checked_against_the_community_and_what_is_there() -> None:
    rows = (
        "x;N;F;kigaly|kigali;kigali-waste;2026-11-01\ny;N;F;;x;2026-11-01\nz;N;F;;nobody-at-all;2026-11-01\n"
    )
    assert misfitting(("a.csv", HEADER + rows)) == [
        "a.csv:2:7: cities[0]: there is no city “kigaly”: did you mean “kigali”?",
        "a.csv:4:8: deputy: there is no contact “nobody-at-all”",
    ]


def test_a_removal_that_others_refer_to_is_named() -> None:
    kept = CURRENT.model_copy(
        update={"contacts": tuple(c for c in CURRENT.contacts if c.key != "kigali-cleanliness-desk")}
    )
    text = directory_yaml(kept).decode()
    (line,) = misfitting(("directory.yaml", text), remove_missing=True)
    assert line.startswith("directory.yaml:")
    assert line.endswith(": deputy: there is no contact “kigali-cleanliness-desk”")
    only_desks = HEADER + "".join(
        f"{c.key};{c.name.text('en')};F;;;2026-11-01\n" for c in CURRENT.contacts[:3]
    )
    assert any(
        line.startswith("palabre directory:1:1: project.") and ".lead: there is no contact" in line
        for line in misfitting(("a.csv", only_desks), remove_missing=True)
    )


def test_what_did_not_fit_before_is_not_held_against_the_import() -> None:
    wrong = CURRENT.contacts[0].model_copy(update={"cities": ("gone",)})
    current = CURRENT.model_copy(update={"contacts": (wrong, *CURRENT.contacts[1:])})
    incoming = read_files([("a.csv", (HEADER + "x;N;F;kigali;;2026-11-01\n").encode())], current)
    plan = plan_import(current, incoming.directory, remove_missing=False)
    assert misfits(COMMUNITY, current, plan.changes, incoming, TODAY) == ()


def test_who_may_see_what_is_not_taken_in() -> None:
    incoming, plan = planned(("a.yaml", "version: 1\nvisible: {phone: [nobody]}\n"))
    assert [str(note) for note in incoming.notes] == [
        "“visible” of a.yaml is not taken in: it stands in the description's directory.yaml"
    ]
    assert plan.changes == ()


def test_likely_doubles_are_noted() -> None:
    rows = (
        "key;name;function;cities;email;confirmed\na;Claudine Uwaze;F;kigali;;2026-11-01\n"
        "b;B;F;;CLEAN@kigali.example.org;2026-11-01\nc;Nobody Known;F;kigali;;2026-11-01\n"
    )
    _, plan = planned(("a.csv", rows))
    notes = [str(note) for note in double_notes(plan.changes, applied(CURRENT, plan.changes))]
    assert notes == [
        "contact a is probably the same as kigali-waste: nearly the same name",
        "contact b is probably the same as kigali-cleanliness-desk: the same e-mail address",
    ]
    assert double_notes((), CURRENT) == ()


def test_many_doubles_are_counted() -> None:
    rows = "".join(
        f"k{i};{c.name.text('en')};F;{'|'.join(c.cities)};;2026-11-01\n"
        for i, c in enumerate(CURRENT.contacts)
    )
    _, plan = planned(("a.csv", HEADER + rows))
    notes = double_notes(plan.changes, applied(CURRENT, plan.changes))
    assert len(notes) == MOST_NOTES + 1
    assert str(notes[-1]).startswith(f"and {len(CURRENT.contacts) - MOST_NOTES} more")


def cost(count: int) -> int:
    """Return how many calls it takes to read a table of so many contacts without keys and plan it over as many."""
    there = tuple(
        Contact.model_validate(
            {
                "key": f"person-{i}",
                "name": f"Person {i}",
                "function": "x",
                "cities": ["kigali"],
                "confirmed": "2026-11-01",
            }
        )
        for i in range(count)
    )
    current = Directory(version=1, contacts=there)
    rows = "".join(
        f";Person {i};Mayor {i};kigali;;2026-11-01\n" for i in range(count // 2, count + count // 2)
    )

    def plan() -> None:
        incoming = read_files([("contacts.csv", (HEADER + rows).encode())], current)
        made = plan_import(current, incoming.directory, remove_missing=False)
        assert misfits(COMMUNITY, current, made.changes, incoming, TODAY) == ()
        double_notes(made.changes, applied(current, made.changes))
        assert (made.count("+"), made.count("~")) == (count // 2, count // 2)

    return calls(plan)


def test_the_work_grows_with_the_number_of_rows_and_not_with_its_square() -> None:
    assert cost(2000) < 2000 / 200 * 1.5 * cost(200)


def test_canonical_of_what_was_read_is_itself() -> None:
    incoming, _ = planned(("directory.yaml", directory_yaml(CURRENT).decode()))
    assert canonical(incoming.directory) == incoming.directory
