"""Installing what the embedded homeserver and the tests need, once."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from community.core.messages import Message, msg
from palabre_cli.errors import ForeignEnvironment, ForeignPackage, InstallationFailed
from palabre_cli.tethered import run_tethered

SYNAPSE_VENV_VARIABLE = "PALABRE_SYNAPSE_VENV"
_ROOT = Path(__file__).parent.parent
LOCK = "requirements.lock"
_STAMP = "palabre-installed"
_BEGUN = "palabre-begun"
"""Stands in an environment while it is installed: what was broken off is ours to begin anew."""
_ANOTHER = b"DO NOT MATCH THE HASHES"
"""What pip says of a file that is another than was locked."""
_UNPACK = """
mkdir -p "$1" && cd "$1" && apt-get download -qq "$2" && dpkg-deb --extract "$2"_*.deb . && rm "$2"_*.deb
"""
_INSTALL_POSTGRESQL = """
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold postgresql
"""
_BESIDE = ".venv-synapse"
_LOOK_EVERY = 0.3
"""Seconds between looks whether another process has finished installing the same."""


def synapse_venv() -> Path:
    """Return where Synapse is installed: beside ``.venv``, or where the environment says."""
    return Path(os.environ.get(SYNAPSE_VENV_VARIABLE) or _ROOT / _BESIDE)


def synapse_python(venv: Path) -> Path:
    """Return the interpreter that has Synapse."""
    return venv / "bin" / "python"


def needs_synapse(venv: Path, constraints: Path) -> bool:
    """Whether Synapse has yet to be installed there, as the constraints pin it."""
    stamp = venv / _STAMP
    return not stamp.exists() or stamp.read_text() != _digest(constraints)


def pinned_synapse(constraints: Path) -> str:
    """Return the version of Synapse that Palabre is tested with."""
    pinned = re.search(r"^matrix-synapse==(\S+)$", constraints.read_text(), re.MULTILINE)
    if pinned is None:
        raise AssertionError(f"{constraints} pins no Synapse")
    return pinned[1]


async def install_synapse(venv: Path, constraints: Path, log: Path) -> None:
    """Install Synapse into a virtual environment of its own; the stamp comes last, so half is none.

    What is installed is in the lock beside ``constraints``: the same versions, with the hashes of their files. The
    environment beside this checkout is made anew where it has others; any other may be shared with other checkouts.

    Raises:
        ForeignEnvironment: something is there that is not ours to empty.
        InstallationFailed: pip did not succeed; its words are in ``log``.
    """
    require_ours(venv, constraints)
    async with _alone(venv.with_name(f"{venv.name}.lock")):
        if not needs_synapse(venv, constraints):
            return
        # Again: another process may have installed something there meanwhile.
        require_ours(venv, constraints)
        name = "Synapse"
        _empty(venv)
        await _run([sys.executable, "-m", "venv", str(venv)], log, name)
        pip = [str(synapse_python(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        # Wheels alone: what builds would fetch tools that no hash is known of.
        locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(constraints.with_name(LOCK))]
        await _run([*pip, "--no-input", *locked], log, name)
        (venv / _BEGUN).write_text(_digest(constraints))
        (venv / _BEGUN).rename(venv / _STAMP)


def require_ours(venv: Path, constraints: Path) -> None:
    """Refuse to empty a folder that is neither beside this checkout nor what an installation of ours has left.

    Raises:
        ForeignEnvironment: it is such a folder.
    """
    is_beside = venv.absolute().parent.resolve() / venv.name == _ROOT.resolve() / _BESIDE
    if (is_beside and not venv.is_symlink()) or _is_free(venv) or (venv / _BEGUN).is_file():
        return
    # Another process may have finished it since the mark was looked for.
    if needs_synapse(venv, constraints):
        raise ForeignEnvironment(venv, _found_in(venv), pinned_synapse(constraints), SYNAPSE_VENV_VARIABLE)


def _is_free(venv: Path) -> bool:
    """Whether nothing is there, or an empty folder."""
    if venv.is_dir():
        return not any(venv.iterdir())
    return not (venv.exists() or venv.is_symlink())


def _found_in(venv: Path) -> Message:
    """Say what is installed in a folder."""
    name = "matrix_synapse-"
    found = sorted(venv.glob(f"lib/python*/site-packages/{name}*.dist-info"))
    if not found:
        return msg("something that is no Synapse")
    return msg("Synapse {version} of another installation", version=found[-1].stem.removeprefix(name))


def _empty(venv: Path) -> None:
    """Empty a folder, made where it is missing, and mark it as ours until all is installed; the mark comes first."""
    venv.mkdir(parents=True, exist_ok=True)
    (venv / _BEGUN).touch()
    for path in venv.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _BEGUN:
            path.unlink()


async def install_peer(folder: Path, log: Path) -> None:
    """Install the Node packages of the tests' Matrix client where their lock file has changed.

    Raises:
        InstallationFailed: npm is missing and cannot be installed, or did not succeed.
    """
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / _STAMP
    async with _alone(folder / ".install.lock"):
        if stamp.exists() and stamp.read_text() == _digest(lock):
            return
        await _require_debian("npm", "npm", log)
        await _run(["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(folder)], log, "matrix-js-sdk")
        stamp.write_text(_digest(lock))


def caddy(folder: Path) -> Path | None:
    """Return the program Caddy: the system's, else the one in ``folder``, where `install_caddy` puts it."""
    return _program("caddy", folder)


async def install_caddy(folder: Path, log: Path) -> None:
    """Unpack Debian's Caddy into ``folder``, where the system has none: installed, it would begin to listen.

    Raises:
        InstallationFailed: apt-get is missing or did not succeed.
    """
    await _unpack("Caddy", "caddy", "caddy", folder, log)


def promtool(folder: Path) -> Path | None:
    """Return Prometheus' program for checking rules: the system's, else the one that `install_promtool` has put."""
    return _program("promtool", folder)


async def install_promtool(folder: Path, log: Path) -> None:
    """Unpack Debian's Prometheus into ``folder``, where the system has none. Raises InstallationFailed."""
    await _unpack("Prometheus", "prometheus", "promtool", folder, log)


def _program(name: str, folder: Path) -> Path | None:
    own = folder / "usr" / "bin" / name
    system = shutil.which(name)
    return Path(system) if system is not None else own if own.exists() else None


async def _unpack(what: str, package: str, program: str, folder: Path, log: Path) -> None:
    """Unpack a package of Debian where its program is missing. Raises InstallationFailed."""
    async with _alone(folder.with_name(f"{folder.name}.lock")):
        if _program(program, folder) is not None:
            return
        if shutil.which("apt-get") is None:
            raise InstallationFailed(what, log)
        if os.geteuid() == 0:
            await _run(["apt-get", "update", "-qq"], log, what)
        await _run(["sh", "-c", _UNPACK, "sh", str(folder), package], log, what)


async def install_chromium(log: Path) -> None:
    """Install Debian's Chromium, the browser of the tests, where there is none.

    Raises:
        InstallationFailed: it cannot be installed here, or apt-get did not succeed.
    """
    await _require_debian("chromium", "chromium", log)


def postgresql_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version that is there as Debian has it."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


async def install_postgresql(log: Path) -> None:
    """Install Debian's PostgreSQL for the tests, where there is none, without a server that it would start.

    Raises:
        InstallationFailed: that needs root and apt-get, or did not succeed.
    """
    if postgresql_programs() is not None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise InstallationFailed("PostgreSQL", log, "sudo apt-get install postgresql")
    await _run(["apt-get", "update", "-qq"], log, "PostgreSQL")
    await _run(["sh", "-c", _INSTALL_POSTGRESQL], log, "PostgreSQL")


async def install_systemd(log: Path) -> None:
    """Install Debian's systemd for the tests, where its programs are missing; nothing is started.

    Raises:
        InstallationFailed: that needs root and apt-get, or did not succeed.
    """
    await _require_debian("systemd-analyze", "systemd", log)


async def _require_debian(program: str, package: str, log: Path) -> None:
    if shutil.which(program) is not None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise InstallationFailed(package, log, f"sudo apt-get install {package}")
    await _run(["apt-get", "update", "-qq"], log, package)
    await _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], log, package)


async def _run(command: list[str], log: Path, what: str) -> None:
    """Run an installer, which ends with us: when this is cancelled, and when this process is killed."""
    with log.open("ab") as output:
        began = output.tell()
        code = await run_tethered(command, output, {"DEBIAN_FRONTEND": "noninteractive"})
    if code != 0:
        if _said(log, began, _ANOTHER):
            raise ForeignPackage(what, log)
        raise InstallationFailed(what, log)


def _said(log: Path, began: int, words: bytes) -> bool:
    return words in log.read_bytes()[began:]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """Wait until no other process installs the same."""
    with path.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOOK_EVERY)
        yield
