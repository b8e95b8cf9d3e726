"""What is installed is locked: each line has a version that the constraints name, and hashes; nothing is missing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = {
    ROOT / "requirements.lock": ROOT / "constraints.txt",
    ROOT / "requirements-test.lock": ROOT / "constraints.txt",
    ROOT / "requirements-build.lock": ROOT / "constraints.txt",
    ROOT / "synapse" / "requirements.lock": ROOT / "synapse" / "constraints.txt",
}
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z0-9,]+\])?==([^ ;]+)")
ELSEWHERE = {"colorama", "setuptools"}
"""Windows alone needs the first; the second is needed to build, and no version of it is asked for in Synapse's list."""


def name_of(written: str) -> str:
    return re.sub(r"[-_.]+", "-", written).lower()


def pins(text: str) -> dict[str, str]:
    return {name_of(found[1]): found[2] for line in text.splitlines() if (found := PIN.match(line))}


def entries_of(lock: Path) -> list[str]:
    """Return each locked package with its continued lines as one."""
    return [line for line in lock.read_text().replace("\\\n", " ").splitlines() if line.strip()]


def asked_for(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    return {name_of(re.split(r"[^A-Za-z0-9._-]", line)[0]) for line in wanted}


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_every_locked_line_has_hashes_and_names_no_place(lock: Path) -> None:
    lines = entries_of(lock)
    assert lines
    for line in lines:
        assert re.fullmatch(r"\S+==\S+( ; [^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_what_is_locked_is_what_is_tested_with(lock: Path) -> None:
    constraints = pins(LOCKS[lock].read_text())
    locked = pins(lock.read_text())
    assert {
        name: version for name, version in locked.items() if constraints.get(name) != version
    }.keys() <= ELSEWHERE


def test_the_locks_cover_what_the_project_asks_for() -> None:
    run, tests, build = (
        pins((ROOT / f"requirements{kind}.lock").read_text()) for kind in ("", "-test", "-build")
    )
    assert asked_for() <= run.keys() <= tests.keys()
    assert asked_for("test") <= tests.keys()
    assert "hatchling" in build
    assert "matrix-synapse" in pins((ROOT / "synapse" / "requirements.lock").read_text())


def test_nothing_is_pinned_that_nothing_needs() -> None:
    locked = {name for lock in LOCKS if lock.parent == ROOT for name in pins(lock.read_text())}
    assert pins((ROOT / "constraints.txt").read_text()).keys() - locked <= {"asyncpg"}
