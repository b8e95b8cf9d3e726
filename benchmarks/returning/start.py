"""One start of a contender without features, in a process of its own: `client`, `nio` or `bare` of this folder."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.returning.used import resident


def main() -> None:
    """Start, and print what it took: from when its modules were there, of the processor, and memory at its peak."""
    name, url, account, password, folder = sys.argv[1:]
    contender = importlib.import_module(f"benchmarks.returning.{name}")
    memory, before = resident("VmRSS"), perf_counter()
    rooms = asyncio.run(contender.start(url, account, password, Path(folder)))
    work, peak = perf_counter() - before, resident("VmHWM")
    found = {"work": work, "processor": process_time(), "grown_MB": peak - memory, "MB": peak, "rooms": rooms}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
