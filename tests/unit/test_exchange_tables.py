"""The three tables: what is written is read again, whatever a spreadsheet does to it in between."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from community.description.directory_model import Contact, Directory
from community.description.load import load_description
from community.exchange.canonical import canonical, entries_by_key
from community.exchange.table_reader import ReadTable, read_table
from community.exchange.tables import tables, templates
from tests.lib.directories import HOSTILE, directories
from tests.lib.examples import some_of

CONFIG = Path(__file__).parents[2] / "config"


def read(written: dict[str, bytes], current: Directory | None = None) -> Directory:
    """Read the tables as one directory."""
    there = {} if current is None else entries_by_key(current)
    values: dict[str, object] = {}
    for name, data in written.items():
        found = read_table(data, name, there)
        assert found.parsed.problems == ()
        values |= found.parsed.value
    return Directory.model_validate_json(json.dumps(values), strict=True)


def contact(data: str, current: Directory | None = None) -> Contact:
    (found,) = read({"contacts.csv": data.encode()}, current).contacts
    return found


@given(directories, st.sampled_from(";,\t"))
@hypothesis_settings(max_examples=some_of(300))
def test_what_is_written_is_read_again(directory: Directory, separator: str) -> None:
    written = tables(directory, separator)
    assert read(written) == canonical(directory).model_copy(update={"visible": {}})
    assert tables(read(written), separator) == written


@given(directories, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(directory: Directory, chance: random.Random) -> None:
    for name, data in tables(directory).items():
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        order = chance.sample(range(len(rows[0])), len(rows[0]))
        shuffled = [[row[i] for i in order] for row in (rows[0], *chance.sample(rows[1:], len(rows) - 1))]
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=",", lineterminator="\n").writerows(shuffled)
        again = canonical(read({name: out.getvalue().encode()}))
        section = name.removesuffix(".csv")
        assert getattr(again, section) == getattr(canonical(directory), section)


@given(directories)
def test_no_cell_is_a_formula(directory: Directory) -> None:
    for data in tables(directory).values():
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_what_it_is(text: str) -> None:
    person = Contact.model_validate(
        {
            "key": "x",
            "name": text,
            "function": {"no": text},
            "words": {"no": [text]},
            "confirmed": "2026-11-01",
        }
    )
    directory = canonical(Directory(version=1, contacts=(person,)))
    assert read(tables(directory)) == directory


def test_the_example_as_tables() -> None:
    directory = load_description(CONFIG).directory
    written = tables(directory)
    assert set(written) == {"contacts.csv", "resources.csv", "projects.csv"}
    assert all(data.startswith(b"\xef\xbb\xbfkey;") and data.endswith(b"\r\n") for data in written.values())
    assert read(written) == canonical(directory).model_copy(update={"visible": {}})
    assert "'+223 00 00 00 01;" in written["contacts.csv"].decode()


def test_an_absent_column_leaves_the_field_and_an_empty_cell_takes_it_away() -> None:
    current = read({"contacts.csv": b"key;name;function:fr;function:en;phone;email;confirmed\n"
                                    b"awa;Awa;Maire;Mayor;+223 00 00 00;a@b.org;2026-11-01\n"})  # fmt: skip
    found = contact("key;function:en;phone\nawa;City mayor;\n", current)
    assert (found.phone, found.email) == (None, "a@b.org")
    assert dict(found.function) == {"fr": "Maire", "en": "City mayor"}
    assert dict(contact("key;function\nawa;Both\n", current).function) == {"und": "Both"}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("stated", [True, False])
def test_what_spreadsheets_write(ends: str, separator: str, stated: bool) -> None:
    rows = [
        "KEY;Name ;function : fr;cities;phone;vacant;confirmed;;",
        "",
        'x;"A ""B""";C;kigali lagos;+223 0000000;VRAI;2026-11-01;;',
        ";;;;",
    ]
    text = ends.join((["sep=;"] if stated else []) + rows).replace(";", separator)
    found = contact(text)
    assert dict(found.name) == {"und": 'A "B"'}
    assert (found.cities, found.phone, found.vacant) == (("kigali", "lagos"), "+223 0000000", True)


def test_keys_may_begin_with_a_capital() -> None:
    found = contact(
        "Key;Kind;name;function;cities;languages;visible:phone;confirmed\n"
        "X-1;Desk;N;F;Kigali, LAGOS;FR;Member;2026-11-01\n"
    )
    assert (found.key, found.kind, found.cities, found.languages) == (
        "x-1",
        "desk",
        ("kigali", "lagos"),
        ("fr",),
    )
    assert found.visible == {"phone": ("member",)}


@pytest.mark.parametrize(
    ("days", "read_as"),
    [
        (["14/10/2026", "03/04/2026"], ["2026-10-14", "2026-04-03"]),
        (["10/14/2026", "03/04/2026"], ["2026-10-14", "2026-03-04"]),
        (["14.10.2026", "3.4.2026"], ["2026-10-14", "2026-04-03"]),
        (["2026/10/14", "05/05/2026"], ["2026-10-14", "2026-05-05"]),
        (["03/04/2026", "05/06/2026"], ["03/04/2026", "05/06/2026"]),
        (["14/10/2026", "10/14/2026"], ["14/10/2026", "10/14/2026"]),
        (["31/02/2026", "2026-13-01"], ["31/02/2026", "2026-13-01"]),
    ],
)
def test_days_as_spreadsheets_turn_them(days: list[str], read_as: list[str]) -> None:
    data = "key;name;function;confirmed\n" + "".join(f"k{i};N;F;{day}\n" for i, day in enumerate(days))
    found = read_table(data.encode(), "contacts.csv", {}).parsed.value["contacts"]
    assert [entry["confirmed"] for entry in found] == read_as


def test_a_row_without_a_key_is_the_entry_of_that_name() -> None:
    data = "key;name;function;confirmed\n;Awa Diallo;Mayor;2026-11-01\n;Awa Diallo;Deputy;2026-11-01\n;نور;x;2026-11-01"
    first = read({"contacts.csv": data.encode()})
    keys = [found.key for found in first.contacts]
    assert keys[:2] == ["awa-diallo", "awa-diallo-2"]
    assert read({"contacts.csv": data.encode()}, first) == first


def test_a_template_shows_the_columns_and_is_empty() -> None:
    community = load_description(CONFIG).community
    written = templates(community)
    assert read(written) == Directory(version=1)
    filled = {name: data.decode("utf-8-sig").replace("# ", "").encode() for name, data in written.items()}
    found = read(filled)
    assert [len(found.contacts), len(found.resources), len(found.projects)] == [1, 1, 1]
    assert found.contacts[0].cities == (community.cities[0].key,)
    header = written["contacts.csv"].decode("utf-8-sig").splitlines()[0].split(";")
    assert {f"function:{language}" for language in community.languages} <= set(header)


def problems(data: bytes, name: str = "contacts.csv") -> list[str]:
    found: ReadTable = read_table(data, name, {})
    return [f"{problem.place}: {problem.what}" for problem in found.parsed.problems]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "contacts.csv:1:1: the file is empty"),
        (b"\n;;\n", "contacts.csv:1:1: the file is empty"),
        (b"key;name\nx;Andr\xe9", "contacts.csv:2:7: this is not UTF-8 text: save it from the"),
        (b"PK\x03\x04rest", "contacts.csv:1:1: this is a spreadsheet's own file: save it from the"),
        (b"key;name;function;phonne\nx;y;z;1", "contacts.csv:1:19: “phonne” is not known here: did you mean “phone”?"),
        (b"key;name;function;name\nx;y;z;1", "contacts.csv:1:19: “name” stands here twice: keep one"),
        (b"key;name;function;visible:colour\n", "contacts.csv:1:19: “visible:colour” is not known here"),
        (b'key;name;function\nx;"y;z', "contacts.csv:2:3: a quotation mark is not closed"),
        (b'key;name;function\nx;"y" z;f', "contacts.csv:2:3: a quotation mark is not closed"),
        (b'key;name;function\n"a\nb";"y\x07";f', "contacts.csv:3:6: there is a control character (U+0007): remove it"),
        (b"key;name;function\nx;y;z;more", "contacts.csv:2:7: this row has more values than there are columns: put"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(data: bytes, expected: str) -> None:
    assert any(line.startswith(expected) for line in problems(data))


def test_something_else_is_no_table() -> None:
    (line,) = problems(b"hello\nworld\n", "notes.csv")
    assert line.startswith("notes.csv:1:1: the first row does not tell whether these are contacts")


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_problems(data: bytes) -> None:
    found = read_table(b"key;name;function\n" + data, "contacts.csv", {})
    assert found.parsed.value is not None or found.parsed.problems
