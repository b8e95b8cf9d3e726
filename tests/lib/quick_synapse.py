"""The installed Synapse as the tests start it, also by `palabre up`: its passwords are hashed with few rounds."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palabre_cli.installers import SYNAPSE_VENV_VARIABLE, needs_synapse, synapse_python, synapse_venv
from palabre_cli.options import shipped

CONFIGURATION = "bcrypt_rounds: 4\nbackground_updates: {sleep_enabled: false}\n"
"""As few as there can be: the password of a test is no secret, and twelve rounds cost a quarter of a second.

A new database is prepared without pauses."""
_NAME = "quick-synapse"


@contextmanager
def quick_synapse(folder: Path) -> Iterator[None]:
    """Make a Synapse in ``folder`` the one that this process and those it starts use, until the block ends.

    It is the installed one, started by `synapse_main` with one more file of configuration.
    """
    venv, constraints = synapse_venv(), shipped("synapse") / "constraints.txt"
    if venv.name == _NAME or needs_synapse(venv, constraints):
        yield
        return
    quick = folder / _NAME
    (quick / "bin").mkdir(parents=True)
    (quick / "tests.yaml").write_text(CONFIGURATION)
    for path in venv.iterdir():
        if path.name != "bin":
            (quick / path.name).symlink_to(path.absolute())
    main = Path(__file__).with_name("synapse_main.py")
    program, script, more = (
        shlex.quote(str(path.absolute())) for path in (synapse_python(venv), main, quick / "tests.yaml")
    )
    python = synapse_python(quick)
    python.write_text(f'#!/bin/sh\nexec {program} -P {script} "$@" -c {more}\n')
    python.chmod(0o700)
    before = os.environ.get(SYNAPSE_VENV_VARIABLE)
    os.environ[SYNAPSE_VENV_VARIABLE] = str(quick)
    try:
        yield
    finally:
        if before is None:
            del os.environ[SYNAPSE_VENV_VARIABLE]
        else:
            os.environ[SYNAPSE_VENV_VARIABLE] = before
