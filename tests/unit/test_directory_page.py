"""The page about the directory in and out names every column, and its example is taken in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from community.exchange.columns import FIELDS, FILE_PARTS, GUARDED, LIST_OF, Shape
from community.exchange.incoming import misfits, read_files
from community.exchange.plan import plan_import
from tests.lib.descriptions import example

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "directory.md").read_text()
TODAY = date(2026, 11, 29)
DESCRIPTION = example()


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_each_column_is_on_the_page(kind: str) -> None:
    section = next(name for found, name in LIST_OF.items() if found == kind)
    row = re.search(rf"^\| {section} \| (.*) \|$", PAGE, re.MULTILINE)
    assert row is not None
    parts = {Shape.VISIBLE: GUARDED, Shape.FILE: FILE_PARTS}
    fields = next(fields for found, fields in FIELDS.items() if found == kind)
    expected = [
        column
        for name, shape in fields.items()
        for column in ([f"{name}:{part}" for part in parts[shape]] if shape in parts else [name])
    ]
    assert re.findall(r"`([a-z0-9_:]+)`", row[1]) == expected


def test_the_example_is_taken_in() -> None:
    (table,) = re.findall(r"^```csv\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    current = DESCRIPTION.directory
    incoming = read_files([("contacts.csv", table.encode())], current)
    assert incoming.problems == ()
    plan = plan_import(current, incoming.directory, remove_missing=False)
    assert misfits(DESCRIPTION.community, current, plan.changes, incoming, TODAY) == ()
    person, desk = incoming.directory.contacts
    assert (person.phone, person.visible) == ("+250 700 000 009", {"phone": ("coordinator", "city-lead")})
    assert (desk.key, desk.function.text("fr")) == ("example-desk", "Accueil; plaintes")
