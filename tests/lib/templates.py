"""Data folders that are made once for all tests of a run, whatever process they are in, and copied."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "PALABRE_TEST_TEMPLATES"


@contextmanager
def templates_of_a_run() -> Iterator[Path]:
    """Keep templates for this process and those that it starts, until the block ends; give their folder."""
    if _VARIABLE in os.environ:
        yield Path(os.environ[_VARIABLE])
        return
    with tempfile.TemporaryDirectory(prefix="palabre-templates-") as folder:
        os.environ[_VARIABLE] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[_VARIABLE]


def copy_template(name: str, to: Path, make: Callable[[Path], None]) -> None:
    """Copy a template to a folder, which may be there; it is made first where no process has made it yet.

    Where no templates are kept (in a benchmark) it is made in that folder.
    """
    if _VARIABLE not in os.environ:
        make(to)
        return
    folder = Path(os.environ[_VARIABLE])
    template = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            making = folder / f"{name}.making"
            make(making)
            shutil.rmtree(making / "logs", ignore_errors=True)
            making.rename(template)
    shutil.copytree(template, to, dirs_exist_ok=True)
