"""The coordinators' page explains every key, policy, scope and status, and its examples are right."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.load import check
from community.description.model import Community, Permission, Policy, Scope, Status
from community.description.room_policies import policy_options
from community.description.yaml_text import parse

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "coordinator.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def keys(model: type[BaseModel]) -> set[str]:
    """Return every key that may be written in a file, however deep."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for inner in models(field.annotation):
            found |= keys(inner)
    return found


def models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation] if "root" not in annotation.model_fields else []
    return [model for part in getattr(annotation, "__args__", ()) for model in models(part)]


@pytest.mark.parametrize("key", sorted(keys(Community) | keys(Directory) | keys(Calendar)))
def test_each_key_is_on_the_page(key: str) -> None:
    in_example = any(re.search(rf"(^|[\s{{,-]){key}:", block, re.MULTILINE) for block in BLOCKS)
    assert in_example or re.search(rf"`{key}(: [^`]*)?`", PAGE)


@pytest.mark.parametrize("kind", [Policy, Scope, Status, Permission], ids=lambda kind: kind.__name__)
def test_each_choice_is_on_the_page(kind: type[StrEnum]) -> None:
    for choice in kind:
        assert re.search(rf"`{choice}`|: \[?{choice}\b", PAGE), choice


@pytest.mark.parametrize("policy", list(Policy))
def test_the_table_of_policies_says_what_they_do(policy: Policy) -> None:
    row = re.search(rf"^\| `{policy}` \|(.*)\|$", PAGE, re.MULTILINE)
    assert row is not None
    _enters, _writes, reads, bot, kept = (cell.strip() for cell in row[1].split("|"))
    usual = policy_options(policy)
    assert reads.startswith("what was said before" if usual.history == "shared" else "nothing from before")
    assert ("**not**" in bot) is not usual.bots
    assert kept == ("for good" if usual.retention is None else f"{usual.retention.days} days")


def test_its_whole_files_are_right_together(tmp_path: Path) -> None:
    whole = [block for block in BLOCKS if block.startswith("version: 1\n")]
    for name, block in zip(("community", "directory", "calendar"), whole, strict=True):
        (tmp_path / f"{name}.yaml").write_text(block)
    assert check(tmp_path) == ()


def test_its_excerpts_have_the_shape_of_the_file() -> None:
    for block in BLOCKS:
        if not re.sub(r"#.*", "", block).strip():
            continue  # a comment to copy
        tree = parse(block.encode(), "page").value
        assert not parse(block.encode(), "page").problems
        assert tree.keys() <= {*Community.model_fields, *Directory.model_fields, *Calendar.model_fields}


def test_the_table_on_the_page_is_the_templates_beginning() -> None:
    (table,) = re.findall(r"^```csv\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert (ROOT / "docs" / "members-template.csv").read_text().startswith(table)


def test_its_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (ROOT / "docs" / target.partition("#")[0]).exists(), target
