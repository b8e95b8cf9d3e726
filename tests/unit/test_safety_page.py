"""docs/safety.md promises nothing that no test attacks."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bots.effect_executor import DRAFTS_KEPT_FOR, WORDS_KEPT_FOR

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text()
SECTION = PAGE.partition("\n## Promises\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line.startswith("|") and not line.startswith(("| promise", "| ---"))
]


def attacks(cell: str) -> list[tuple[str, str]]:
    """Return the tests that a cell names: files and functions."""
    found = []
    for part in cell.split(";"):
        path, *names = re.findall(r"`([^`]+)`", part)
        found += [(path, name) for name in names]
    return found


def test_there_are_promises() -> None:
    assert len(ROWS) >= 19
    assert all(len(row) == 3 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_each_promise_has_a_test_that_attacks_it(row: list[str]) -> None:
    named = attacks(row[1])
    assert named
    for path, name in named:
        text = (ROOT / path).read_text()
        assert re.search(rf"^(async )?def {re.escape(name)}\(", text, re.MULTILINE), (path, name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_each_promise_says_what_an_operator_who_lies_could_still_do(row: list[str]) -> None:
    assert row[2]


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        path, _, anchor = target.partition("#")
        text = (ROOT / "docs" / path).read_text() if path else PAGE
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, target


def test_how_long_an_unfinished_edit_is_kept_is_said_alike_wherever_it_is_said() -> None:
    assert [timedelta(days=1), timedelta(days=2)] == [WORDS_KEPT_FOR, DRAFTS_KEPT_FOR]
    operator = (ROOT / "docs" / "operator.md").read_text()
    drafts = [line for line in (PAGE + operator).splitlines() if line.startswith("|") and "`drafts`" in line]
    assert len(drafts) == 2
    said = "a day at most, then for another day only that there was one"
    assert all(said in line for line in drafts)
    kept = " ".join(PAGE.partition("\n## What is kept, and for how long\n")[2].split())
    assert "kept for a day at most, and for another day only that there was one" in kept
    assert "edits are kept for two days" not in kept
