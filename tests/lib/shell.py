"""A shell in which the commands of the documents are typed as they stand there.

What they name on the machine (/srv/palabre, /opt/palabre …) is below a folder of the test's, which stands in place of
the root. Programs that are not here, or that would change this computer, are stood in for (`STAND_INS`); all others are
the real ones.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lib.forked import ROOT, forked_command
from tests.lib.terminal_seen import seen_until_end

STAND_INS = {
    "docker": "no container runs here: the test does what it was asked for with processes",
    "systemctl": "no systemd runs here: the test does what it was asked for with processes",
    "timedatectl": "the clock is this computer's",
    "apt-get": "it would install programs on this computer",
    "adduser": "it would make users on this computer",
    "nano": "nobody is there: the test changes the file",
    "sudo": "all is one user's here: it runs the command as that one",
    "chown": "all is one user's here: it changes nothing",
    "install": "all is one user's here: it is the real one, without what gives a file to another",
    "git": "a clone of what is tried here is this checkout, with what is installed in it, and there is nothing newer",
    "age": "not on every computer: it decrypts by the same library as Palabre",
}
"""Programs that are stood in for, and why. Each notes what it was asked for."""
_ONLY_NOTE = ("docker", "systemctl", "timedatectl", "apt-get", "adduser", "nano", "chown")
_PLACES = ("/opt/palabre", "/srv/palabre", "/var/lib/palabre", "/root/back", "/run/palabre", "/etc/systemd")
_NOTE = '(IFS="\t"; printf "%s\\n" "$(basename "$0")\t$*") >>"$ASKED"\n'
_OWNERS_LEFT_OUT = """for word; do
    shift
    case $word in -o | -g) owner=1 ;; *) [ "${owner-}" ] || set -- "$@" "$word"; owner= ;; esac
done
"""
_CLONE = """[ "$1" = clone ] || exit 0
for folder; do :; done
mkdir -p "$folder"
ln -s "{root}/config" "{root}/deploy" "{root}/synapse" "{root}/docker-compose.yml" "$folder"
printf '#!/bin/sh\nPALABRE_COMMAND=$0 exec "%s" "$@"\n' "{palabre}" >"$folder/palabre"
chmod 700 "$folder/palabre"
"""
_DECRYPT = """#!{python}
import sys, pyrage
_decrypt, _i, key, archive = sys.argv[1:]
assert (_decrypt, _i) == ("--decrypt", "-i")
line = next(line for line in open(key) if line.startswith("AGE-SECRET-KEY-"))
with open(archive, "rb") as file:
    pyrage.decrypt_io(file, sys.stdout.buffer, [pyrage.x25519.Identity.from_str(line.strip())])
"""


@dataclass(frozen=True)
class Typed:
    """What became of a command: ``asked`` is what those that are stood in for were asked for, as their words."""

    code: int
    said: str
    asked: tuple[tuple[str, ...], ...]


class Shell:
    """A person's shell: it stays in the folder to which it went, and keeps what was exported."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.here = root / "home"
        self._programs, self._kept = root / "programs", root / "exported"
        self._asked = root / "asked"
        self._environment = environment
        for folder in (
            self.here,
            self._programs,
            root / "run",
            root / "etc/systemd/system",
            root / "var/lib",
        ):
            folder.mkdir(parents=True)
        self._kept.write_text("")
        self._write_programs()

    def _write_programs(self) -> None:
        palabre = forked_command(self._programs / "palabre")
        more = {
            "sudo": '[ "$1" != -u ] || shift 2\nexec "$@"\n',
            "install": f'{_OWNERS_LEFT_OUT}exec {shutil.which("install")} "$@"\n',
            "git": _CLONE.format(root=ROOT, palabre=palabre),
        }
        for name in (*_ONLY_NOTE, *more):
            self._program(name, f"#!/bin/sh\n{_NOTE}{more.get(name, '')}")
        self._program("age", _DECRYPT.format(python=sys.executable))

    def _program(self, name: str, text: str) -> None:
        assert name in STAND_INS
        path = self._programs / name
        path.write_text(text)
        path.chmod(0o700)

    def place(self, text: str) -> str:
        """Return a text with the folders of the machine in their place here."""
        return re.sub(rf"(?<![\w.-])(?={'|'.join(_PLACES)})", str(self.root), text)

    def run(self, command: str, *, typed: str = "", hidden: Sequence[str] = ()) -> Typed:
        """Run a command on a terminal at which this is typed; return what was to be seen."""
        self._asked.write_text("")
        kept = shlex.quote(str(self._kept))
        script = f". {kept}\n{self.place(command)}\nresult=$?\nexport -p >{kept}\npwd >&3\nexit $result\n"
        told, tell = os.pipe()
        code, said = on_a_terminal(
            ["bash", "-o", "pipefail", "-c", f"exec 3>&{tell}\n{script}"],
            self.environment,
            self.here,
            typed,
            hidden,
            pass_fds=[tell],
        )
        os.close(tell)
        with os.fdopen(told) as where:
            self.here = Path(where.read().strip() or self.here)
        asked = tuple(tuple(line.split("\t")) for line in self._asked.read_text().splitlines())
        return Typed(code, said, asked)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of what is started in it."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PALABRE_CONFIG", "PALABRE_DATA")
        }
        own = {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "ASKED": str(self._asked),
            "LANGUAGE": "en",
        }
        return {**kept, **self._environment, **own}


def on_a_terminal(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    typed: str = "",
    hidden: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
) -> tuple[int, str]:
    """Run a program on a terminal; return its exit code and what was to be seen.

    ``typed`` is typed at once, ``hidden`` each where it asks for what is not to be seen.
    """
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        pass_fds=pass_fds,
        start_new_session=True,
        env=environment,
    )
    os.close(theirs)
    said = seen_until_end(ours, hidden).decode(errors="replace").replace("\r\n", "\n")
    assert "Traceback" not in said, said
    return process.wait(), said
