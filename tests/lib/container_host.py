"""What docker-compose.yml runs, as processes without containers: its own commands, in its own order, on PostgreSQL.

Each has a data folder of its own, as each container has a volume; before them is the Caddy that `palabre init` sets up,
with its own certificate authority. Only the paths and addresses are this computer's.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from palabre_cli.installers import synapse_python, synapse_venv
from tests.lib.compose import ROOT, SERVICES, ComposeCall, compose_call
from tests.lib.forked import forked_command
from tests.lib.kept_processes import KeptProcesses, answers, free_port, get
from tests.lib.postgres import PostgresServer
from tests.lib.proxy import Proxy, running_proxy
from tests.lib.shell import Shell, Typed, on_a_terminal

INSIDE = "/data"
"""Where each container has its data folder."""
STAY = ("synapse", "serve", "bots", "web", "caddy")
"""The services that stay and can run here, in the order of `depends_on`."""


class ContainerHost:
    """A machine with Docker, in whose ``shell`` the documents' commands are typed."""

    def __init__(self, folder: Path, postgres: PostgresServer, domain: str) -> None:
        self.folder, self.postgres, self.domain = folder, postgres, domain
        self.shell = Shell(folder, {})
        self.processes = KeptProcesses(folder / "output")
        self.proxy: Proxy | None = None
        self._has_databases = False
        (folder / "volumes").mkdir()
        self._palabre = str(forked_command(folder / "palabre"))
        self._ports = {name: free_port() for name in ("synapse:8008", "web:8010", "serve:9102", "bots:9101")}
        self._ports["synapse:9100"] = free_port()

    @property
    def network(self) -> Path:
        """The folder that `palabre init` has written."""
        return self.shell.here / "network"

    @property
    def config(self) -> Path:
        return self.network / "config"

    @property
    def secrets(self) -> Path:
        return self.network / "secrets"

    def type(self, command: str, *, typed: str = "") -> str:
        """Type a command, which succeeds; return what was to be seen, of the containers too."""
        done = self.try_to(command, typed=typed)
        assert done.code == 0, (command, done.said, self.processes.said)
        return done.said

    def try_to(self, command: str, *, typed: str = "") -> Typed:
        """Type a command; return what became of it, in the containers too."""
        done = self.shell.run(command, typed=typed)
        for program, *words in done.asked:
            if program == "docker":
                assert words[0] == "compose", words
                code, said = self.carry_out(compose_call(words[1:]), typed)
                done = Typed(code, done.said + said, done.asked)
        return done

    def volume(self, name: str) -> Path:
        """Return the folder that is a volume."""
        return self.folder / "volumes" / name

    def data(self, service: str) -> Path:
        """Return the volume that a service has as its data folder."""
        mounted = [volume.split(":") for volume in SERVICES[service].get("volumes", ())]
        found = [source for source, target, *_ in mounted if target == INSIDE]
        return self.volume(found[0]) if found else self.folder / "no data"

    def carry_out(self, call: ComposeCall, typed: str = "") -> tuple[int, str]:
        """Do what Compose is asked for; return the exit code and what is to be seen."""
        self._require_network(call)
        match call.command:
            case "up":
                return 0, self._up(call)
            case "down":
                self.processes.stop_all()
            case "stop":
                self.processes.stop(*call.services)
            case "restart":
                for service in call.services:
                    self.processes.stop(service)
                    self.start(service)
            case "logs":
                return 0, "".join(
                    (self.folder / "proxy" / f"{name}.log").read_text() for name in call.services
                )
            case "exec" | "run":
                return self._in_container(call, typed)
            case _:
                assert call.command == "build"  # what is installed here is what the image would have
        return 0, ""

    def _require_network(self, call: ComposeCall) -> None:
        """Find out that Compose is given the file with the folder's place, and that it is that of this network."""
        assert call.env_file is not None, call
        path = self.shell.here / call.env_file
        said = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
        (named,) = shlex.split(said["PALABRE_NETWORK"])
        assert self.shell.here / named == self.network
        assert said["COMPOSE_PROFILES"] == "domain"

    def _up(self, call: ComposeCall) -> str:
        assert not call.services, call
        if call.profiles:
            return ""  # Grafana, Prometheus and a clock that waits for the night
        return self.start_all()

    def start_all(self) -> str:
        """Start all of it, in the order of `depends_on`; return what the first apply has said."""
        self.make_databases()
        self.run("synapse-config")
        self.hand_to_synapse()
        self.start("synapse")
        applied = self.run("apply")
        self.run("hand-to-bots")
        for service in STAY[1:]:
            self.start(service)
        return applied

    def start(self, service: str) -> None:
        """Start a service that stays; nothing where it runs."""
        if self.processes.is_running(service):
            return
        if service == "caddy":
            self._start_caddy()
            return
        ready = {"synapse": ("synapse:8008", "/health"), "web": ("web:8010", "/healthz")}
        is_ready = answers(self.url(*ready[service])) if service in ready else self._is_there(service)
        self.processes.start(service, self.command(service), self.environment(service), is_ready)

    def _is_there(self, service: str) -> Callable[[], bool]:
        """Return what a service's health check asks."""
        path: str = SERVICES[service]["healthcheck"]["test"][-1]
        ready = self.data(service) / path.removeprefix(f"{INSIDE}/")
        # A container that is started anew has none that is left.
        ready.unlink(missing_ok=True)
        return ready.exists

    def _start_caddy(self) -> None:
        folder, stack = self.folder / "proxy", ExitStack()
        folder.mkdir(exist_ok=True)
        self.proxy = stack.enter_context(running_proxy(self._caddyfile(), self.domain, folder))
        self.processes.keep("caddy", stack)

    def _caddyfile(self) -> str:
        """Return the proxy's file with the places of this computer; Element Web is not here."""
        text = (self.network / "Caddyfile").read_text().replace("/srv/web", str(self.network / "web"))
        for name in ("synapse:8008", "web:8010"):
            text = text.replace(f"reverse_proxy {name}", f"reverse_proxy 127.0.0.1:{self._ports[name]}")
        return text

    def make_databases(self) -> None:
        """Run what PostgreSQL's container runs when its data are made; nothing where they are."""
        if self._has_databases:
            return
        self._has_databases = True
        where = {"PGHOST": str(self.postgres.folder), "PGPORT": str(self.postgres.port), "PGUSER": "postgres"}
        script = ROOT / "deploy" / "databases.sh"
        subprocess.run(
            [script], env={**os.environ, **where, "PALABRE_SECRETS": str(self.secrets)}, check=True
        )

    def run(self, service: str) -> str:
        """Run a service that ends; return what it has said."""
        code, said = on_a_terminal(self.command(service), self.environment(service), self.folder)
        assert code == 0, said
        return said

    def hand_to_synapse(self) -> None:
        """Hand over; the volumes that are one path in the containers are two here."""
        self.run("hand-to-synapse")
        for name in ("homeserver.yaml", "log.yaml"):
            path = self.volume("synapse") / "synapse" / name
            path.write_text(
                path.read_text().replace(str(self.volume("provisioning")), str(self.volume("synapse")))
            )

    def _in_container(self, call: ComposeCall, typed: str) -> tuple[int, str]:
        """Run a command in the place of a service's container, its own where none is named."""
        (service,) = call.services
        if call.command == "exec":
            assert service == "postgres" or self.processes.is_running(service), service
        elif "postgres" in SERVICES[service].get("depends_on", ()):
            self.make_databases()
        words = [self._word(service, word, call.volumes) for word in call.words]
        command = self._programs(words) if words else self.command(service)
        return on_a_terminal(command, self.environment(service), self.folder, typed)

    def _word(self, service: str, word: str, volumes: Sequence[str]) -> str:
        for volume in volumes:
            source, target = volume.split(":")
            word = re.sub(rf"^{target}\b", source, word)
        word = re.sub(r"^/volumes\b", str(self.folder / "volumes"), word)
        word = re.sub(r"^/palabre/deploy\b", str(ROOT / "deploy"), word)
        word = re.sub(r"^99[1-3]$", str(os.getuid()), word)
        return self._here(service, word)

    def command(self, service: str) -> list[str]:
        """Return a service's command with this computer's paths and addresses."""
        words = [*SERVICES[service].get("entrypoint", ()), *SERVICES[service].get("command", ())]
        words = [word.replace("$$", "$") for word in words if not word.startswith("--owner")]
        words = self._programs([self._here(service, word) for word in words])
        if service == "synapse-config":
            words += ["--bind=127.0.0.1", f"--port={self._ports['synapse:8008']}"]
            words += [f"--postgres-port={self.postgres.port}"]
        return words

    def _programs(self, words: list[str]) -> list[str]:
        if "palabre" in words:
            words[words.index("palabre")] = self._palabre
        elif "python" in words:
            at = words.index("python")
            words[at : at + 1] = [str(synapse_python(synapse_venv())), "-P"]
        return words

    def _here(self, service: str, word: str) -> str:
        word = re.sub(r"(?<==)/run/secrets", str(self.secrets), word)
        word = re.sub(rf"(?:(?<==)|^){INSIDE}\b", str(self.data(service)), word)
        word = re.sub(r"^/(synapse|bots)$", lambda named: str(self.volume(named[1])), word)
        word = word.replace("/srv/web", str(self.network / "web")).replace("=postgres", "=127.0.0.1")
        word = word.replace("/srv/desk", str(self.volume("provisioning") / "joining"))
        for name, port in self._ports.items():
            inner = name.partition(":")[2]
            word = word.replace(f"http://{name}", f"http://127.0.0.1:{port}")
            word = word.replace(f"http://127.0.0.1:{inner}", f"http://127.0.0.1:{port}")
            word = word.replace(f"=0.0.0.0:{inner}", f"=127.0.0.1:{port}")
            word = re.sub(rf"^(--port|--metrics-port)={inner}$", rf"\1={port}", word)
        return word.replace("=0.0.0.0", "=127.0.0.1")

    def environment(self, service: str) -> dict[str, str]:
        """Return the environment of a service, and of this computer what programs need."""
        said = SERVICES[service].get("environment", {})
        store = f"palabre@127.0.0.1:{self.postgres.port}"
        own = {name: value.replace("/run/secrets", str(self.secrets)) for name, value in said.items()}
        own = {name: value.replace("palabre@postgres", store) for name, value in own.items()}
        where = {"PALABRE_CONFIG": str(self.config), "PALABRE_DATA": str(self.data(service))}
        where["PALABRE_VOLUMES"] = str(self.folder / "volumes")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_STORE")}
        return {**kept, **own, **where, "PYTHONPATH": str(ROOT), "LANGUAGE": "en"}

    def url(self, server: str, path: str) -> str:
        """Return the address of a path of a service, named with its port in the containers' network."""
        return f"http://127.0.0.1:{self._ports[server]}{path}"

    def get(self, server: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:
        return get(self.url(server, path), headers)
