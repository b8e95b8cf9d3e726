"""What a process has used."""

from __future__ import annotations

import os
from pathlib import Path


def resident(name: str, process: int | str = "self") -> float:
    """Return a process's resident memory in MB: ``VmRSS`` as it is, ``VmHWM`` at its peak.

    Not getrusage: its peak is inherited from the parent.
    """
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1e3


def processor(process: int) -> float:
    """Return the seconds of processor time of a process that runs (proc(5), ``utime`` and ``stime``)."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
