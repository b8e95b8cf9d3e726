"""The benchmarks beside matrix-js-sdk have a quick form and end with one line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.lib.forked import ROOT

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


@pytest.mark.parametrize("name", [pytest.param("recovery", marks=pytest.mark.soak), "history"])
def test_it_measures_beside_the_independent_client(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert (report["benchmark"], report["sessions"]) == (name, 400)
    assert "round 1 of 1" in done.stderr
