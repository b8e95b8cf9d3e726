"""What a command costs at its start, beside the floor: a bare interpreter that imports what the command needs.

The floor of a command is a process, started in the same way, that imports the third-party modules that the command
cannot do without, and loads the example where the command reads it. Both are CPU seconds (user and system) of whole
processes, the least of interleaved rounds: nothing but other work on the machine makes a process take longer.

    python benchmarks/startup.py [--quick]

Prints progress on standard error, then one line of JSON: modules, seconds, floor, ratio of each command.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config"
HELP = ("click", "click._textwrap", "shutil")
"""click, and what it imports to show a help."""
DESCRIPTION = ("click", "pydantic", "yaml", "dateutil.rrule")
SEARCH = (
    *DESCRIPTION,
    "dateutil.relativedelta",
    "numpy",
    "rapidfuzz.fuzz",
    "rapidfuzz.process",
)
LOADING = f"""
from pathlib import Path
from community.description.load import load_description
load_description(Path({str(EXAMPLE)!r}))
"""


@dataclass(frozen=True)
class Case:
    """A command, and what stands in its floor."""

    name: str
    arguments: tuple[str, ...]
    needs: tuple[str, ...]
    loads: bool = True

    @property
    def floor(self) -> str:
        """The program of its floor."""
        imports = "".join(f"import {module}\n" for module in self.needs)
        return imports + (LOADING if self.loads else "")


CASES = (
    Case("--help", ("--help",), HELP, loads=False),
    Case("check", ("check", "--config", str(EXAMPLE)), DESCRIPTION),
    Case("ask", ("ask", "Who do I ask about waste in Kigali?", "--config", str(EXAMPLE)), SEARCH),
)
BARE = "bare_interpreter"


def cpu_seconds(module: str, arguments: tuple[str, ...], folder: Path) -> float:
    """Return the CPU time of ``python -P -m module``, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "LANGUAGE": "en",
    }
    subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(case: Case, rounds: int, folder: Path) -> dict[str, object]:
    """Return the figures of one command."""
    module = f"floor_of_{case.name.strip('-')}"
    (folder / f"{module}.py").write_text(case.floor)
    cpu_seconds(
        "palabre_cli", case.arguments, folder
    )  # a first run compiles, here as on the computer of a person
    cpu_seconds(module, (), folder)
    ours, floor = [], []
    for number in range(rounds):
        print(f"{case.name}: round {number + 1} of {rounds}", file=sys.stderr)
        ours.append(cpu_seconds("palabre_cli", case.arguments, folder))
        floor.append(cpu_seconds(module, (), folder))
    return {
        "command": case.name,
        "modules": len(case.needs),
        "loads_example": case.loads,
        "seconds": round(min(ours), 3),
        "floor": round(min(floor), 3),
        "ratio_floor": round(min(ours) / min(floor), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    quick = parser.parse_args().quick
    rounds = 1 if quick else 15
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"{BARE}.py").write_text("")
        bare = min(cpu_seconds(BARE, (), folder) for _ in range(rounds))
        results = [measured(case, rounds, folder) for case in CASES]
    report = {"benchmark": "startup", "quick": quick, "rounds": rounds, "interpreter": round(bare, 3)}
    print(json.dumps({**report, "results": results}))


if __name__ == "__main__":
    main()
