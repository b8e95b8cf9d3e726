"""The installed Synapse as the tests start it, also by `palabre up`: its passwords are hashed with few rounds."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palabre_cli.installers import SYNAPSE_VENV_VARIABLE, needs_synapse, synapse_python, synapse_venv
from palabre_cli.options import shipped

CONFIGURATION = """\
bcrypt_rounds: 4
background_updates: {sleep_enabled: false}
gc_min_interval: [10s, 1m, 5m]
rc_login:
  address: {per_second: 1000, burst_count: 1000}
  account: {per_second: 1000, burst_count: 1000}
  failed_attempts: {per_second: 1000, burst_count: 1000}
rc_message: {per_second: 1000, burst_count: 1000}
rc_joins: {local: {per_second: 1000, burst_count: 1000}}
"""
"""As few rounds as there can be: the password of a test is no secret, and twelve cost a quarter of a second.

A new database is prepared without pauses; garbage is looked for rarely, since a test's server ends soon. A test signs
in, says and joins more in a second than a person does: by the template's limits it would wait, five seconds for each
sign-in after ten of one account. How a limit is met is tested with a server that has one
(`tests/unit/test_matrix_http.py`), and that our accounts have none by asking for it (`has_no_rate_limit`)."""
_NAME = "quick-synapse"
_HERE = Path(__file__).parent


@contextmanager
def quick_synapse(folder: Path) -> Iterator[None]:
    """Make a Synapse in ``folder`` the one that this process and those it starts use, until the block ends.

    It is the installed one, forked by `synapse_fork_server`, with one more file of configuration.
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
    program = str(synapse_python(venv).absolute())
    words = (program, "-IS", _HERE / "forked_synapse.py", quick / "socket")
    start, more = shlex.join(map(str, words)), shlex.quote(str(quick / "tests.yaml"))
    python = synapse_python(quick)
    python.write_text(f'#!/bin/sh\nexec {start} "$@" -c {more}\n')
    python.chmod(0o700)
    with _fork_server(program, quick / "socket"), _environment(quick):
        yield


@contextmanager
def _fork_server(program: str, path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        server = subprocess.Popen(
            [program, "-P", str(_HERE / "synapse_fork_server.py"), str(listener.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            env={**os.environ, "PYTHONPATH": str(_HERE.parents[1])},
        )
    try:
        yield
    finally:
        server.communicate()


@contextmanager
def _environment(quick: Path) -> Iterator[None]:
    before = os.environ.get(SYNAPSE_VENV_VARIABLE)
    os.environ[SYNAPSE_VENV_VARIABLE] = str(quick)
    try:
        yield
    finally:
        if before is None:
            del os.environ[SYNAPSE_VENV_VARIABLE]
        else:
            os.environ[SYNAPSE_VENV_VARIABLE] = before
