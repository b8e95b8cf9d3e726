"""What docker-compose.yml runs, as processes without containers: its own commands, in its own order, on PostgreSQL.

Each has a data folder of its own, as each container has a volume; before them is the Caddy that `palabre init` sets up,
with its own certificate authority. Only the paths and addresses are this computer's.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from palabre_cli.backup.encryption import BackupKey
from palabre_cli.installation.written import files_of
from palabre_cli.installers import synapse_python, synapse_venv
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.init_answers import ANSWERS, DOMAIN
from tests.lib.peer_client import NODE, PEER
from tests.lib.postgres import PostgresServer, running_postgres
from tests.lib.proxy import Proxy, running_proxy

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent.parent.parent
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(
    re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", (ROOT / "docker-compose.yml").read_text())
)["services"]
INSIDE = "/data"
"""Where each container has its data folder."""


class Host:
    """This computer in the place of the containers."""

    def __init__(self, folder: Path, postgres: PostgresServer) -> None:
        self.folder, self.postgres = folder, postgres
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        for name in ("synapse_password", "palabre_password"):
            # What PostgreSQL's words and libpq's file must escape.
            (self.secrets / name).write_text(f"{name}: it's \\ a:secret\n")
        self.files = files_of(ANSWERS, folder, shipped("deploy"), PACKAGES)
        self.config = folder / "config"
        shutil.copytree(ROOT / "tests" / "data" / "small", self.config)
        (self.config / "settings.yaml").write_text(self.files["config/settings.yaml"])
        self._output = folder / "output"
        self.ports = {name: free_port() for name in ("synapse:8008", "web:8010", "serve:9102", "bots:9101")}
        self.ports["synapse:9100"] = free_port()
        self.stays = ExitStack()
        """What runs until it is closed."""

    @property
    def said(self) -> str:
        return self._output.read_text()

    def volume(self, name: str) -> Path:
        """Return the folder that is a volume."""
        return self.folder / "volumes" / name

    def data(self, service: str) -> Path:
        """Return the volume that a service has as its data folder."""
        mounted = [volume.split(":") for volume in SERVICES[service].get("volumes", ())]
        found = [source for source, target, *_ in mounted if target == INSIDE]
        return self.volume(found[0]) if found else self.folder / "no data"

    def command(self, service: str) -> list[str]:
        """Return a service's command with this computer's paths and addresses."""
        words = [*SERVICES[service].get("entrypoint", ()), *SERVICES[service].get("command", ())]
        words = [word.replace("$$", "$") for word in words if not word.startswith("--owner")]
        if words[0] == "palabre":
            words[:1] = [sys.executable, "-P", "-m", "palabre_cli"]
        elif "python" in words:
            at = words.index("python")
            words[at : at + 1] = [str(synapse_python(synapse_venv())), "-P"]
        words = [self._here(service, word) for word in words]
        if service == "synapse-config":
            words += ["--bind=127.0.0.1", f"--port={self.ports['synapse:8008']}"]
            words += [f"--postgres-port={self.postgres.port}"]
        return words

    def _here(self, service: str, word: str) -> str:
        word = re.sub(r"(?<==)/run/secrets", str(self.secrets), word)
        word = re.sub(rf"(?:(?<==)|^){INSIDE}\b", str(self.data(service)), word)
        word = re.sub(r"^/(synapse|bots)$", lambda named: str(self.volume(named[1])), word)
        word = word.replace("/srv/web", str(self.folder / "web")).replace("=postgres", "=127.0.0.1")
        for name, port in self.ports.items():
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
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_STORE")}
        return {**kept, **own, **where, "PYTHONPATH": str(ROOT)}

    def make_databases(self) -> None:
        """Run what PostgreSQL's container runs when its data are made."""
        where = {"PGHOST": str(self.postgres.folder), "PGPORT": str(self.postgres.port), "PGUSER": "postgres"}
        script = ROOT / "deploy" / "databases.sh"
        subprocess.run(
            [script], env={**os.environ, **where, "PALABRE_SECRETS": str(self.secrets)}, check=True
        )

    def run(self, service: str) -> str:
        """Run a service that ends; return what it has said."""
        done = subprocess.run(
            self.command(service),
            env=self.environment(service),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def hand_to_synapse(self) -> None:
        """Hand over; the volumes that are one path in the containers are two here."""
        self.run("hand-to-synapse")
        for name in ("homeserver.yaml", "log.yaml"):
            path = self.volume("synapse") / "synapse" / name
            path.write_text(
                path.read_text().replace(str(self.volume("provisioning")), str(self.volume("synapse")))
            )

    @contextmanager
    def running(self, service: str, is_ready: Callable[[], bool]) -> Iterator[None]:
        """Run a service that stays."""
        with self._output.open("ab") as output:
            process = subprocess.Popen(
                self.command(service), env=self.environment(service), stdout=output, stderr=output
            )
        try:
            deadline = time.monotonic() + 200
            while not is_ready():
                assert process.poll() is None, self.said
                assert time.monotonic() < deadline, self.said
                time.sleep(0.1)
            yield
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, self.said
        finally:
            process.kill()
            process.wait()

    def start(self) -> str:
        """Start all of it, in the order of `depends_on`; return what the first apply has said."""
        self.run("synapse-config")
        self.hand_to_synapse()
        self.stays.enter_context(self.running("synapse", self.answers("synapse:8008", "/health")))
        applied = self.run("apply")
        self.run("hand-to-bots")
        self.stays.enter_context(self.running("serve", self.is_there("serve")))
        self.stays.enter_context(self.running("bots", self.is_there("bots")))
        self.stays.enter_context(self.running("web", self.answers("web:8010", "/healthz")))
        return applied

    def in_backup(self, *words: str | Path) -> str:
        """Run a command of ours once in the place of the container of backups; return what it has said."""
        script = [str(ROOT / "deploy" / Path(word).name) for word in SERVICES["backup"]["command"][1:2]]
        done = subprocess.run(
            ["sh", *script, "--now", sys.executable, "-P", "-m", "palabre_cli", *words],
            env={**self.environment("backup"), "PALABRE_VOLUMES": str(self.folder / "volumes")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, server: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:
        url = f"http://127.0.0.1:{self.ports[server]}{path}"
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=dict(headers or {})),
            timeout=20,
        ) as answer:
            body: bytes = answer.read()
        return body

    def answers(self, server: str, path: str) -> Callable[[], bool]:
        def asked() -> bool:
            try:
                return bool(self.get(server, path))
            except OSError:
                return False

        return asked

    def is_there(self, service: str) -> Callable[[], bool]:
        """Return what a service's health check asks."""
        ready: str = SERVICES[service]["healthcheck"]["test"][-1]
        return (self.data(service) / ready.removeprefix(f"{INSIDE}/")).exists

    def caddyfile(self) -> str:
        """Return the proxy's file with the places of this computer; Element Web is not here."""
        text = self.files["Caddyfile"].replace("/srv/web", str(self.folder / "web"))
        for name in ("synapse:8008", "web:8010"):
            text = text.replace(f"reverse_proxy {name}", f"reverse_proxy 127.0.0.1:{self.ports[name]}")
        return text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """All of it running, in the order of `depends_on`."""
    with running_postgres() as postgres:
        host = Host(tmp_path_factory.mktemp("containers"), postgres)
        for name in (
            "web/.well-known/matrix/client",
            "web/.well-known/matrix/server",
            "web/palabre/welcome.html",
        ):
            (host.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (host.folder / name).write_text(host.files[name])
        (host.folder / "volumes").mkdir()
        host.make_databases()
        with host.stays:
            assert "Applied: " in host.start()
            yield host


@pytest.fixture(scope="module")
def proxy(host: Host) -> Iterator[Proxy]:
    folder = host.folder / "proxy"
    folder.mkdir()
    with running_proxy(host.caddyfile(), DOMAIN, folder) as proxy:
        yield proxy


def first_password(host: Host, person: str) -> str:
    book = json.loads((host.volume("provisioning") / "sign-in.json").read_text())
    return next(
        str(each["password"]) for each in book["accounts"] if each["user_id"] == f"@{person}:{DOMAIN}"
    )


def test_all_come_up_in_their_order_and_stay(host: Host) -> None:
    secret = json.loads((host.volume("provisioning") / "secrets" / "provisioner.json").read_text())
    headers = {"Authorization": f"Bearer {secret['access_token']}"}
    rooms = json.loads(host.get("synapse:8008", "/_matrix/client/v3/joined_rooms", headers))
    assert len(rooms["joined_rooms"]) > 5
    # What `docker compose up` runs again at each start changes nothing.
    host.run("synapse-config")
    assert "Plan: 0 to add, 0 to change, 0 to remove" in host.run("apply")
    assert host.run("hand-to-bots") == f"Nothing has changed in {host.volume('bots')}.\n"


def test_no_volume_has_what_another_needs_alone(host: Host) -> None:
    def files(volume: str) -> set[str]:
        return {
            str(path.relative_to(host.volume(volume)))
            for path in host.volume(volume).rglob("*")
            if path.is_file()
        }

    synapse, bots, provisioning = files("synapse"), files("bots"), files("provisioning")
    keys = {
        name
        for name in bots
        if name.startswith(("identity/", "bot-crypto/")) or name == "secrets/identity.json"
    }
    assert len(keys) > 2
    assert not keys & (synapse | provisioning)
    assert not {"secrets/provisioner.json", "secrets/break-glass.json", "sign-in.json"} & (synapse | bots)
    assert not {name for name in synapse if "bot" in name}
    assert "secrets/registration-shared-secret" not in bots
    # Both have a store's database, and neither opens the other's.
    assert "palabre.db" not in provisioning | bots
    assert "synapse/homeserver.db" not in synapse


@pytest.mark.parametrize(("role", "database"), [("synapse", "palabre"), ("palabre", "synapse")])
def test_no_role_opens_the_database_of_the_other(host: Host, role: str, database: str) -> None:
    password = (host.secrets / f"{role}_password").read_text().strip()
    asked = ["psql", "--no-psqlrc", "--host=127.0.0.1", f"--port={host.postgres.port}", f"--username={role}"]
    for name, opens in ((role, True), (database, False), ("postgres", False)):
        done = subprocess.run(
            [*asked, f"--dbname={name}", "--command=SELECT 1"],
            env={**os.environ, "PGPASSWORD": password},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is opens, done.stderr


def test_both_databases_are_made_as_synapse_asks(host: Host) -> None:
    found = host.postgres.run_sql(
        "SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
        "WHERE datname IN ('synapse', 'palabre') ORDER BY datname"
    )
    assert found.splitlines() == ["palabre|UTF8|C|C", "synapse|UTF8|C|C"]
    assert int(host.postgres.run_sql("SELECT count(*) FROM users", database="synapse")) >= 5
    assert int(host.postgres.run_sql("SELECT count(*) FROM people", database="palabre")) == 3


async def test_a_strict_client_signs_in_by_the_domain_alone(host: Host, proxy: Proxy) -> None:
    client = await asyncio.create_subprocess_exec(
        NODE,
        PEER / "by_domain.mjs",
        DOMAIN,
        "claudine.uwase",
        str(proxy.port),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(proxy.authority)},
    )
    password = first_password(host, "claudine.uwase")
    out, err = await asyncio.wait_for(client.communicate(password.encode()), 240)
    assert client.returncode == 0, err.decode()
    said = json.loads(out)
    assert said["baseUrl"] == f"https://{DOMAIN}"
    assert said["user"] == f"@claudine.uwase:{DOMAIN}"
    assert said["isSigned"]
    assert set(said["asked"]) == {f"{DOMAIN}:443"}


def test_somebody_signs_in_over_tls_and_is_in_their_rooms(host: Host, proxy: Proxy) -> None:
    signed_in = proxy.request(
        "/_matrix/client/v3/login",
        method="POST",
        body={
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "awa.diallo"},
            "password": first_password(host, "awa.diallo"),
        },
    )
    assert signed_in.status == 200
    token = signed_in.json()["access_token"]
    rooms = proxy.request("/_matrix/client/v3/joined_rooms", token=token).json()["joined_rooms"]
    assert len(rooms) >= 2


def test_our_page_is_web_s_and_nothing_else_is_reached(host: Host, proxy: Proxy) -> None:
    page = proxy.request("/palabre/welcome.html")
    assert page.status == 200
    assert "Se connecter" in page.body.decode()
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in page.headers
    for path in (
        "/_synapse/admin/v1/server_version",
        "/_synapse/metrics",
        "/metrics",
        "/healthz",
        "/palabre/x",
    ):
        assert proxy.request(path).status in (404, 502), path


def test_what_prometheus_asks_is_there_for_it_alone(host: Host) -> None:
    assert b"palabre_bot_" in host.get("bots:9101", "/metrics")
    assert b"palabre_provisioning_" in host.get("serve:9102", "/metrics")
    assert b"synapse_" in host.get("synapse:9100", "/_synapse/metrics")


def uploaded(host: Host) -> tuple[dict[str, str], str]:
    """Have somebody sign in and send a picture; return their header and where it is read."""

    def post(path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        url = f"http://127.0.0.1:{host.ports['synapse:8008']}{path}"
        with urllib.request.urlopen(
            urllib.request.Request(url, data=body, headers=dict(headers), method="POST"),
            timeout=20,
        ) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    who = {"type": "m.id.user", "user": "awa.diallo"}
    asked = {"type": "m.login.password", "identifier": who, "password": first_password(host, "awa.diallo")}
    token = post("/_matrix/client/v3/login", json.dumps(asked).encode(), {})["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    sent = post("/_matrix/media/v3/upload", b"a picture", {**header, "Content-Type": "image/png"})
    place = sent["content_uri"].removeprefix("mxc://")
    return header, f"/_matrix/client/v1/media/download/{place}"


def bots_own(host: Host) -> dict[str, bytes]:
    """Return the bot's identity and its key."""
    bots = host.volume("bots")
    return {
        name: (bots / name).read_bytes()
        for name in ("identity/cross-signing.sealed", "secrets/identity.json")
    }


def test_all_is_in_a_backup_and_comes_back_on_empty_volumes(host: Host) -> None:
    """The last one here: what ran is stopped, and runs again on what was put back."""
    key = BackupKey.draw(host.folder / "key.txt")
    key.path.write_text(key.text(datetime.now(UTC)))
    with (host.config / "settings.yaml").open("a") as settings:
        settings.write(f"\nbackup:\n  recipients: [{key.recipient}]\n")
    header, picture = uploaded(host)
    identity = bots_own(host)
    assert "read again and whole" in host.in_backup("backup")
    # Nobody who runs has lost what is theirs to SQLite of another user's.
    owners = {path.stat().st_uid for path in host.volume("bots").rglob("*")}
    assert owners == {os.getuid()}
    archive = next(Path(host.environment("backup")["PALABRE_DATA"], "backups").glob("*.age"))
    host.stays.close()
    for name in ("synapse", "palabre"):
        host.postgres.run_sql(f"ALTER DATABASE {name} RENAME TO {name}_before")
    (host.folder / "volumes").rename(host.folder / "before")
    (host.folder / "volumes").mkdir()
    host.make_databases()
    whole = host.folder / "whole"
    options = ("--identity", key.path, "--to", whole, "--fill-databases")
    assert "every database is whole" in host.in_backup("restore", archive, *options)
    own = str(os.getuid())
    folders = [(f"--{name}", host.volume(name), own) for name in ("provisioning", "bots", "synapse")]
    said = host.in_backup("put-back", whole, *(word for option in folders for word in option))
    assert "put back into" in said
    assert "0 to add, 0 to change, 0 to remove" in host.start()
    assert bots_own(host) == identity
    assert host.get("synapse:8008", picture, header) == b"a picture"
    rooms = json.loads(host.get("synapse:8008", "/_matrix/client/v3/joined_rooms", header))["joined_rooms"]
    assert len(rooms) >= 2
