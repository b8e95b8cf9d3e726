"""How long a description takes to load and check, beside what PyYAML and json need for the same text (the floors).

The same members as a table (members.csv) are loaded beside it, and read by Python's csv alone.

    python benchmarks/loading.py [--quick]

Prints progress, then one line of JSON: sizes, seconds, floor, peer, ratios (median of interleaved rounds).
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from community.description.load import check

ROOT = Path(__file__).parent.parent


def description(folder: Path, members: int) -> bytes:
    """Write a description with that many members and as many contacts; return the text of all files."""
    small = ROOT / "tests" / "data" / "small"
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        (folder / name).write_text((small / name).read_text())
    with (folder / "community.yaml").open("a") as community:
        for n in range(members):
            community.write(
                f"  - {{username: m{n}, name: Member {n}, role: city-lead, city: kigali, "
                "themes: [waste], languages: [fr]}\n"
            )
    contacts = "".join(
        f"  - {{key: c{n}, name: Contact {n}, function: {{fr: Déchets, en: Waste}}, cities: [kigali], "
        "themes: [waste], confirmed: 2026-09-02}\n"
        for n in range(members)
    )
    directory = (folder / "directory.yaml").read_text().replace("resources:\n", f"{contacts}resources:\n")
    (folder / "directory.yaml").write_text(directory)
    return b"\n---\n".join((folder / name).read_bytes() for name in ("community.yaml", "directory.yaml"))


def table(folder: Path, members: int) -> str:
    """Write the same members as a table; return its text."""
    rows = (f"m{n},Member {n},city-lead,kigali,waste,fr\n" for n in range(members))
    text = "username,name,role,city,themes,languages\n" + "".join(rows)
    small = ROOT / "tests" / "data" / "small"
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        (folder / name).write_text((small / name).read_text())
    (folder / "members.csv").write_text(text)
    return text


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    quick = parser.parse_args().quick
    sizes = (100, 400) if quick else (500, 2000, 5000)
    rounds = 2 if quick else 5
    results = []
    for members in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            text = description(folder, members)
            assert check(folder) == ()
            (folder / "table").mkdir()
            rows = table(folder / "table", members)
            assert check(folder / "table") == ()
            ours, floor, peer = [], [], []
            ours_table, floor_table = [], []
            for number in range(rounds):
                print(f"{members} members, round {number + 1} of {rounds}", file=sys.stderr)
                ours.append(seconds(lambda folder=folder: check(folder)))  # type: ignore[misc]
                floor.append(seconds(lambda text=text: list(yaml.load_all(text, yaml.CSafeLoader))))  # type: ignore[misc]
                peer.append(seconds(lambda text=text: list(yaml.load_all(text, yaml.SafeLoader))))  # type: ignore[misc]
                ours_table.append(seconds(lambda folder=folder: check(folder / "table")))  # type: ignore[misc]
                floor_table.append(seconds(lambda rows=rows: list(csv.DictReader(rows.splitlines()))))  # type: ignore[misc]
        median = [statistics.median(values) for values in (ours, floor, peer, ours_table, floor_table)]
        results.append(
            {
                "members": members,
                "contacts": members,
                "bytes": len(text),
                "seconds": round(median[0], 4),
                "floor_c_yaml": round(median[1], 4),
                "peer_python_yaml": round(median[2], 4),
                "ratio_floor": round(median[0] / median[1], 2),
                "ratio_peer": round(median[0] / median[2], 2),
                "seconds_table": round(median[3], 4),
                "floor_table": round(median[4], 4),
            }
        )
    print(json.dumps({"benchmark": "loading", "quick": quick, "rounds": rounds, "results": results}))


if __name__ == "__main__":
    main()
