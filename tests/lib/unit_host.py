"""A machine with systemd, in whose shell the documents' commands are typed; its units are processes without systemd.

Each runs what its unit says, with the environment, the passwords and the places of its unit, in the order of its
`Requires`. Only paths, ports and users are this computer's. Its sandbox is looked at by `tests/unit/test_units.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from palabre_cli.installers import synapse_venv
from tests.lib.forked import ROOT, forked_command
from tests.lib.kept_processes import KeptProcesses, answers, free_port
from tests.lib.postgres import PostgresServer
from tests.lib.shell import Shell, on_a_terminal

NOT_HERE = {
    "palabre-caddy": "it has the ports 80 and 443; what it runs is tried with containers",
    "palabre-backup.timer": "it waits for the night; what it starts is started",
}
"""Units that are not started, and why not."""
_OTHERS = ("caddy",)
"""Units of Debian's."""


@dataclass(frozen=True)
class Unit:
    """A unit of systemd's as its file says."""

    name: str
    text: str

    def all(self, setting: str) -> list[str]:
        """Return what a setting says, each time it is there."""
        return re.findall(rf"^{setting}=(.*)$", self.text, re.MULTILINE)

    @property
    def needed(self) -> list[str]:
        """The units of ours that are started with it, by their names without the kind."""
        words = " ".join([*self.all("Requires"), *self.all("Wants")]).split()
        return [word.removesuffix(".service") for word in words if word.startswith("palabre")]

    @property
    def is_oneshot(self) -> bool:
        return "oneshot" in self.all("Type")


class UnitHost:
    """What is typed is carried out in ``folder`` in place of the root."""

    def __init__(self, folder: Path, postgres: PostgresServer) -> None:
        self.folder, self.postgres = folder, postgres
        server = {"PGHOST": str(postgres.folder), "PGPORT": str(postgres.port), "PGUSER": "postgres"}
        self.shell = Shell(folder, {**server, "PIP_DRY_RUN": "1"})
        self.processes = KeptProcesses(folder / "output")
        self.users = {"root", "postgres"}
        self._palabre = str(forked_command(folder / "palabre"))
        self._ports = {"8008": free_port(), "8010": free_port()}

    def type(self, command: str, *, typed: str = "") -> str:
        """Type a command, which succeeds; return what was to be seen."""
        done = self.shell.run(self.on_this_computer(command), typed=typed)
        assert done.code == 0, (command, done.said, self.processes.said)
        said = done.said
        for asked in done.asked:
            self._require_users(asked)
            if asked[0] == "systemctl":
                said += self._systemctl(asked[1], *asked[2:])
        return said

    def _require_users(self, asked: tuple[str, ...]) -> None:
        """Find out that whoever is named has been made before."""
        program, *words = asked
        if program == "adduser":
            named = [word for word in words if not word.startswith("--")]
            assert len(named) == 1 or {*named} <= self.users, asked
            self.users |= {*named}
        owners = {after for word, after in pairwise(words) if word in ("-u", "-o", "-g")}
        if program == "chown":
            owners |= {*words[1].split(":")}
        if program in ("sudo", "install", "chown"):
            # `sudo adduser -…` has no options of one letter: what follows these is a user.
            assert owners <= self.users, asked

    def on_this_computer(self, text: str) -> str:
        """Return a command or a unit with ports and users of this computer."""
        text = text.replace("palabre@127.0.0.1/", f"palabre@127.0.0.1:{self.postgres.port}/")
        text = re.sub(r"(--(?:provisioning|bots|synapse) \S+) [a-z-]+", rf"\1 {os.getuid()}", text)
        text = re.sub(r"--owner [a-z-]+", f"--owner {os.getuid()}", text)
        for port, ours in self._ports.items():
            text = text.replace(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ours}")
        return text

    def put_synapse_there(self, command: str) -> None:
        """Make Synapse's virtual environment, in which all is installed already; the command must be that."""
        assert re.search(r"python3 -m venv /opt/palabre/\.venv-synapse$", command)
        (self.folder / "opt/palabre/.venv-synapse").symlink_to((synapse_venv() / "lib").resolve().parent)

    def unit(self, name: str) -> Unit:
        """Return a unit that was copied to where systemd looks."""
        file = name if "." in name else f"{name}.service"
        text = (self.folder / "etc/systemd/system" / file).read_text()
        return Unit(name.removesuffix(".service"), self.on_this_computer(self.shell.place(text)))

    def _systemctl(self, verb: str, *words: str) -> str:
        names = [word for word in words if not word.startswith("-")]
        ours = [name for name in names if name not in _OTHERS]
        match verb:
            case "daemon-reload":
                assert not names
            case "disable":
                assert {*names} <= {*_OTHERS}
            case "enable" | "start":
                return self.start(*ours)
            case "stop":
                self.stop(*ours)
            case "restart":
                self.stop(*ours)
                return self.start(*ours)
            case _:
                raise AssertionError((verb, *words))
        return ""

    def stop(self, *names: str) -> None:
        """Stop units; the target with what is part of it."""
        for name in names:
            unit = self.unit(name)
            if name.endswith(".target"):
                self.processes.stop_all()
            self.processes.stop(unit.name)

    def start(self, *names: str) -> str:
        """Start units, and before each what it requires, once; return what those have said that end."""
        begun: set[str] = set()
        return "".join(self._start(self.unit(name), begun) for name in names)

    def _start(self, unit: Unit, begun: set[str]) -> str:
        if unit.name in begun or unit.name in NOT_HERE or self.processes.is_running(unit.name):
            return ""
        begun.add(unit.name)
        said = "".join(self._start(self.unit(name), begun) for name in unit.needed)
        if unit.name.endswith(".target"):
            return said
        self._bind(unit)
        if unit.is_oneshot:
            code, own = on_a_terminal(self._command(unit), self._environment(unit), self.folder)
            assert code == 0, own
            return said + own
        self._make_ready_to_bind(unit)
        self.processes.start(unit.name, self._command(unit), self._environment(unit), self._is_ready(unit))
        return said

    def _bind(self, unit: Unit) -> None:
        """Put links to where a unit sees other folders; what a unit has in memory begins empty."""
        for name in unit.all("RuntimeDirectory"):
            shutil.rmtree(self.folder / "run" / name, ignore_errors=True)
        for line in unit.all("BindPaths") + unit.all("BindReadOnlyPaths"):
            source, target = map(Path, line.split(":"))
            if not target.is_symlink() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(source)

    def _make_ready_to_bind(self, unit: Unit) -> None:
        """Write what Synapse reads with its own folder's path, which it sees in place of the data folder here too."""
        for source, target in (line.split(":") for line in unit.all("BindPaths")):
            for name in ("homeserver.yaml", "log.yaml"):
                path = Path(source, "synapse", name)
                path.write_text(path.read_text().replace(target, source))

    def _command(self, unit: Unit) -> list[str]:
        (line,) = unit.all("ExecStart")
        line = line.replace(f"{sys.executable} -P -m palabre_cli", self._palabre)
        if "synapse.app.homeserver" in line:
            for source, target in (each.split(":") for each in unit.all("BindPaths")):
                line = line.replace(target, source)
        words = shlex.split(line.replace("%d", str(self._credentials(unit))))
        if "synapse-config" in words:
            words += ["--port", str(self._ports["8008"]), "--postgres-port", str(self.postgres.port)]
        if "web" in words:
            words += ["--port", str(self._ports["8010"])]
        return words

    def _credentials(self, unit: Unit) -> Path:
        return self.folder / "run" / "credentials" / unit.name

    def _environment(self, unit: Unit) -> Mapping[str, str]:
        folder = self._credentials(unit)
        folder.mkdir(parents=True, exist_ok=True)
        for line in unit.all("LoadCredential"):
            name, _, path = line.partition(":")
            shutil.copyfile(path, folder / name)
        said = " ".join(unit.all("Environment")).replace("%d", str(folder))
        own = dict(word.split("=", 1) for word in shlex.split(said))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_STORE")}
        return {**kept, **own, "PYTHONPATH": str(ROOT), "LANGUAGE": "en"}

    def _is_ready(self, unit: Unit) -> Callable[[], bool]:
        ports = {"palabre-synapse": ("8008", "/health"), "palabre-web": ("8010", "/healthz")}
        if unit.name in ports:
            port, path = ports[unit.name]
            return answers(f"http://127.0.0.1:{self._ports[port]}{path}")
        data = Path(self._environment(unit)["PALABRE_DATA"])
        ready = data / "run" / f"{unit.name.removeprefix('palabre-')}.ready"
        ready.unlink(missing_ok=True)
        return ready.exists

    def url(self, path: str) -> str:
        """Return the address of a path of the homeserver's."""
        return f"http://127.0.0.1:{self._ports['8008']}{path}"
