"""Times come from the pinned time zones, whatever the operating system believes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

from community.core.doctor import State
from community.core.zones import PINNED, RELEASED
from palabre_cli.zone_findings import TOO_OLD, zone_finding

ROOT = Path(__file__).parents[2]
_ENTRANCES = (
    "palabre_cli.main",
    "palabre_cli.ask",
    "palabre_cli.check",
    "palabre_cli.directory.staleness",
    "bots.main",
    "provisioning.service",
)
"""Where our processes and the commands that reckon with zones begin."""
_PROGRAM = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
from community.agenda.occurrences import in_zone
from community.description.calendar_model import Event
from babel.dates import get_timezone
from datetime import datetime, UTC
import zoneinfo
from community.core.zones import ZoneInfo
at = datetime(2026, 11, 29, 12, tzinfo=UTC)
zones = [ZoneInfo("Africa/Casablanca"), zoneinfo.ZoneInfo("Africa/Casablanca"), get_timezone("Africa/Casablanca")]
print(json.dumps([at.astimezone(zone).hour for zone in zones]))
"""


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of zone files in which Morocco is seven hours ahead, as a system might have it."""
    folder = tmp_path_factory.mktemp("zoneinfo")
    (folder / "Africa").mkdir()
    bangkok = files("tzdata").joinpath("zoneinfo", "Asia", "Bangkok").read_bytes()
    (folder / "Africa" / "Casablanca").write_bytes(bangkok)
    return folder


def ran(program: str, wrong: Path, *arguments: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONTZPATH": str(wrong)},
        capture_output=True,
        text=True,
        check=True,
    )
    hours: list[int] = json.loads(done.stdout)
    return hours


@pytest.mark.parametrize("entrance", _ENTRANCES)
def test_wherever_a_process_begins_the_pinned_zones_are_used(entrance: str, wrong: Path) -> None:
    # UTC+0 there since 20 September 2026.
    assert ran(_PROGRAM, wrong, entrance) == [12, 12, 12]


def test_without_that_the_systems_zones_would_be_used(wrong: Path) -> None:
    program = (
        "import json, zoneinfo; from datetime import datetime, UTC; "
        "zone = zoneinfo.ZoneInfo('Africa/Casablanca'); "
        "print(json.dumps([datetime(2026, 11, 29, 12, tzinfo=UTC).astimezone(zone).hour]))"
    )
    assert ran(program, wrong) == [19]


def test_the_release_that_is_known_is_the_one_that_is_pinned_and_installed() -> None:
    pinned = re.search(r"^tzdata==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == PINNED == version("tzdata")
    # Whoever pins another says when it came out.
    assert f"{RELEASED:%Y}" == PINNED.split(".")[0]


@pytest.mark.parametrize(
    ("release", "age", "state"),
    [
        (PINNED, timedelta(), State.OK),
        (PINNED, TOO_OLD, State.OK),
        (PINNED, TOO_OLD + timedelta(days=1), State.WARNING),
        ("2025.3", timedelta(), State.WARNING),
        ("2027.1", timedelta(days=400), State.OK),
        ("2026.10", TOO_OLD + timedelta(days=1), State.OK),
    ],
)
def test_the_doctor_says_which_zones_are_used_and_warns_at_half_a_year(
    release: str, age: timedelta, state: State
) -> None:
    found = zone_finding(release, RELEASED + age)
    assert (found.name, found.state) == ("time zones", state)
    assert f"tzdata {release}" in str(found.sentence)
    assert (found.remedy is None) == (state is State.OK)
