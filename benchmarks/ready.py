"""How long `palabre up` takes until it is ready, first and again, beside Synapse's own start in that run (the floor).

    python benchmarks/ready.py [--quick]

Needs Synapse in `.venv-synapse` (`./palabre test` or `./palabre up` installs it). Prints progress, then one line of
JSON: sizes, seconds, floor, ratios (medians).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from community.description.load import load_description
from community.description.rooms import expand_rooms

ROOT = Path(__file__).parent.parent
STEPS = ("Starting Synapse", "Making Palabre's own accounts", "Palabre is ready")


@dataclass(frozen=True)
class Start:
    """Seconds: of Synapse's own start, and from then until all is ready."""

    synapse: float
    after: float


def start_and_stop(data: Path) -> Start:
    """Run `palabre up` until it is ready, then end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "palabre_cli", "up", "--data", str(data), "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    moments: dict[str, float] = {}
    assert process.stdout is not None
    try:
        for line in process.stdout:
            step = next((step for step in STEPS if line.startswith(step)), None)
            if step is not None:
                moments[step] = time.monotonic()
            if step == STEPS[-1]:
                break
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    began, synapse_ready, ready = (moments[step] for step in STEPS)
    return Start(synapse_ready - began, ready - synapse_ready)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    quick = parser.parse_args().quick
    rounds = 1 if quick else 5
    firsts: list[Start] = []
    seconds: list[Start] = []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            firsts.append(start_and_stop(Path(folder) / "data"))
            seconds.append(start_and_stop(Path(folder) / "data"))
    description = load_description(ROOT / "config")
    floor = statistics.median(start.synapse for start in (*firsts, *seconds))
    first = statistics.median(start.after for start in firsts)
    second = statistics.median(start.after for start in seconds)
    report = {
        "benchmark": "ready",
        "quick": quick,
        "rounds": rounds,
        "rooms": len(expand_rooms(description.community)),
        "members": len(description.community.members),
        "floor_synapse_start": round(floor, 2),
        "first_after_synapse": round(first, 2),
        "second_after_synapse": round(second, 2),
        "ratio_first": round(first / floor, 2),
        "ratio_second": round(second / floor, 2),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
