"""Installing what the embedded homeserver and the tests need, once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palabre_cli.errors import InstallationFailed

SYNAPSE_VENV_VARIABLE = "PALABRE_SYNAPSE_VENV"
_ROOT = Path(__file__).parent.parent
_STAMP = "palabre-installed"


def synapse_venv() -> Path:
    """Return where Synapse is installed: beside ``.venv``, or where the environment says."""
    return Path(os.environ.get(SYNAPSE_VENV_VARIABLE) or _ROOT / ".venv-synapse")


def synapse_python(venv: Path) -> Path:
    """Return the interpreter that has Synapse."""
    return venv / "bin" / "python"


def needs_synapse(venv: Path, constraints: Path) -> bool:
    """Whether Synapse has yet to be installed there, as the constraints pin it."""
    stamp = venv / _STAMP
    return not stamp.exists() or stamp.read_text() != _digest(constraints)


def install_synapse(venv: Path, constraints: Path, log: Path) -> None:
    """Install Synapse into a virtual environment of its own; the stamp comes last, so half is none.

    Raises:
        InstallationFailed: pip did not succeed; its words are in ``log``.
    """
    with _alone(venv.with_name(f"{venv.name}.lock")):
        if not needs_synapse(venv, constraints):
            return
        name = "Synapse"
        _run([sys.executable, "-m", "venv", "--clear", str(venv)], log, name)
        pip = [str(synapse_python(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "--no-input", "-c", str(constraints), "matrix-synapse"], log, name)
        (venv / _STAMP).write_text(_digest(constraints))


def install_peer(folder: Path, log: Path) -> None:
    """Install the Node packages of the tests' Matrix client where their lock file has changed.

    Raises:
        InstallationFailed: npm is missing and cannot be installed, or did not succeed.
    """
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / _STAMP
    with _alone(folder / ".install.lock"):
        if stamp.exists() and stamp.read_text() == _digest(lock):
            return
        _require_debian("npm", "npm", log)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(folder)], log, "matrix-js-sdk")
        stamp.write_text(_digest(lock))


def _require_debian(program: str, package: str, log: Path) -> None:
    if shutil.which(program) is not None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        log.write_text(f"sudo apt-get install {package}\n")
        raise InstallationFailed(package, log)
    _run(["apt-get", "update", "-qq"], log, package)
    _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], log, package)


def _run(command: list[str], log: Path, what: str) -> None:
    with log.open("ab") as output:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(  # noqa: S603 - our own argument vector
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, check=False
        )
    if done.returncode != 0:
        raise InstallationFailed(what, log)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process installs the same."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
