"""What docker-compose.yml runs, by the commands of docs/operator.md, as processes: `tests.lib.container_host`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from palabre_cli.backup.encryption import BackupKey
from tests.lib.container_host import ContainerHost
from tests.lib.descriptions import SMALL
from tests.lib.documented import documented
from tests.lib.init_answers import DOMAIN
from tests.lib.peer_client import NODE, PEER
from tests.lib.postgres import running_postgres
from tests.lib.proxy import Proxy

pytestmark = pytest.mark.live

PAGE = "docs/operator.md"
DATABASES = ("synapse", "palabre")
ANSWERED = f"{DOMAIN}\nRéseau d'échange\nfr, en\ncontainers\nops@example.org\n"
"""What is typed at the five questions of `palabre init`."""


def fill_in(host: ContainerHost) -> None:
    """Write a description in the place of the one to be filled in; and passwords that have to be escaped."""
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        shutil.copyfile(SMALL / name, host.config / name)
    for name in ("synapse_password", "palabre_password"):
        path = host.secrets / name
        assert path.read_text().strip()
        # What PostgreSQL's words and libpq's file must escape.
        path.write_text(f"{name}: it's \\ a:secret\n")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerHost]:
    """All of it running, as the page says from the clone on."""
    with running_postgres() as postgres:
        host = ContainerHost(tmp_path_factory.mktemp("containers"), postgres, DOMAIN)
        try:
            install(host)
            yield host
        finally:
            host.processes.stop_all()


def install(host: ContainerHost) -> None:
    with documented(PAGE, "On a domain of your own") as next_command:
        host.type(next_command("git clone"))
        asked = host.type(next_command("./palabre init"), typed=ANSWERED)
        assert "docker compose --env-file" in asked
        host.type(next_command("nano network/config/community.yaml"))
        fill_in(host)
        assert "The description is right." in host.type(next_command("./palabre check"))
        assert "Applied: " in host.type(next_command("docker compose"))
        # The people of an example have accounts at once.
        link = host.try_to(next_command("docker compose").replace("USER", "moussa.keita"))
        assert "has come already" in link.said
        book = json.loads((host.volume("provisioning") / "sign-in.json").read_text())
        assert {account["user_id"] for account in book["accounts"]} >= {f"@awa.diallo:{DOMAIN}"}


@pytest.fixture
def proxy(host: ContainerHost) -> Proxy:
    assert host.proxy is not None
    return host.proxy


def first_password(host: ContainerHost, person: str) -> str:
    book = json.loads((host.volume("provisioning") / "sign-in.json").read_text())
    return next(
        str(each["password"]) for each in book["accounts"] if each["user_id"] == f"@{person}:{DOMAIN}"
    )


def test_all_come_up_in_their_order_and_stay(host: ContainerHost) -> None:
    secret = json.loads((host.volume("provisioning") / "secrets" / "provisioner.json").read_text())
    headers = {"Authorization": f"Bearer {secret['access_token']}"}
    rooms = json.loads(host.get("synapse:8008", "/_matrix/client/v3/joined_rooms", headers))
    assert len(rooms["joined_rooms"]) > 5
    # What `docker compose up` runs again at each start changes nothing.
    host.run("synapse-config")
    assert "Plan: 0 to add, 0 to change, 0 to remove" in host.run("apply")
    assert host.run("hand-to-bots") == f"Nothing has changed in {host.volume('bots')}.\n"


def test_no_volume_has_what_another_needs_alone(host: ContainerHost) -> None:
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
def test_no_role_opens_the_database_of_the_other(host: ContainerHost, role: str, database: str) -> None:
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


def test_both_databases_are_made_as_synapse_asks(host: ContainerHost) -> None:
    found = host.postgres.run_sql(
        "SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
        "WHERE datname IN ('synapse', 'palabre') ORDER BY datname"
    )
    assert found.splitlines() == ["palabre|UTF8|C|C", "synapse|UTF8|C|C"]
    assert int(host.postgres.run_sql("SELECT count(*) FROM users", database="synapse")) >= 5
    assert int(host.postgres.run_sql("SELECT count(*) FROM people", database="palabre")) == 3


async def test_a_strict_client_signs_in_by_the_domain_alone(host: ContainerHost, proxy: Proxy) -> None:
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


def test_somebody_signs_in_over_tls_and_is_in_their_rooms(host: ContainerHost, proxy: Proxy) -> None:
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


def test_our_page_is_web_s_and_nothing_else_is_reached(host: ContainerHost, proxy: Proxy) -> None:
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


def test_what_prometheus_asks_is_there_for_it_alone(host: ContainerHost) -> None:
    assert b"palabre_bot_" in host.get("bots:9101", "/metrics")
    assert b"palabre_provisioning_" in host.get("serve:9102", "/metrics")
    assert b"synapse_" in host.get("synapse:9100", "/_synapse/metrics")


def uploaded(host: ContainerHost) -> tuple[dict[str, str], str]:
    """Have somebody sign in and send a picture; return their header and where it is read."""

    def post(path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        url = host.url("synapse:8008", path)
        asked = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - our own server on loopback
            said: dict[str, Any] = json.load(answer)
        return said

    who = {"type": "m.id.user", "user": "awa.diallo"}
    asked = {"type": "m.login.password", "identifier": who, "password": first_password(host, "awa.diallo")}
    token = post("/_matrix/client/v3/login", json.dumps(asked).encode(), {})["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    sent = post("/_matrix/media/v3/upload", b"a picture", {**header, "Content-Type": "image/png"})
    place = sent["content_uri"].removeprefix("mxc://")
    return header, f"/_matrix/client/v1/media/download/{place}"


def bots_own(host: ContainerHost) -> dict[str, bytes]:
    """Return the bot's identity and its key."""
    bots = host.volume("bots")
    return {
        name: (bots / name).read_bytes()
        for name in ("identity/cross-signing.sealed", "secrets/identity.json")
    }


def in_serve(command: str) -> str:
    """Return what is typed for a command of ours, as the page says."""
    return f"docker compose --env-file network/.env exec serve {command}"


def findings(text: str) -> dict[str, str]:
    """Return what `palabre doctor --json` has found, by name."""
    return {each["name"]: each["state"] for each in json.loads(text)["findings"]}


def test_the_doctor_looks_from_both_containers(host: ContainerHost) -> None:
    with documented(PAGE, "Containers") as next_command:
        seen = host.try_to(f"{next_command('docker compose --env-file network/.env exec serve')} --json")
        states = findings(seen.said)
        assert (states["accounts"], states["bot"]) == ("ok", "warning"), seen.said
        seen = host.try_to(f"{next_command('docker compose --env-file network/.env exec bots')} --json")
        assert findings(seen.said)["identity"] == "ok", seen.said
        public = host.try_to(f"{next_command('./palabre doctor --public')} --json")
        assert findings(public.said).keys() <= {"public", "public/name", "public/certificate"}, public.said
        # Compose has these profiles; what is in them is not here, and the backup waits for the night.
        for profile in ("monitoring", "backup"):
            host.type(next_command(f"docker compose --env-file network/.env --profile {profile} up"))


NOWHERE = {"public/name": "fault", "public/certificate": "fault"}


def bot_account(host: ContainerHost) -> dict[str, str]:
    account: dict[str, str] = json.loads((host.volume("bots") / "secrets" / "bot.json").read_text())
    return account


def test_incident_1_a_stolen_token_of_the_bot(host: ContainerHost) -> None:
    before, identity = bot_account(host), bots_own(host)
    host.type(in_serve("palabre seal --bot"))
    # Signed out with the thief; what Docker starts again has no password that opens the account.
    assert host.processes.wait_for_end("bots") != 0
    with documented(PAGE, "1. The bot's token or password is in other hands", 2) as next_command:
        host.type(next_command("docker compose"))
        host.type(next_command("docker compose --env-file network/.env restart bots"))
    after = bot_account(host)
    assert (after["password"], after["device_id"]) != (before["password"], before["device_id"])
    assert bots_own(host) == identity


def test_incident_5_an_expired_certificate(host: ContainerHost) -> None:
    with documented(PAGE, "5. The certificate has expired") as next_command:
        seen = findings(host.try_to(f"{next_command('./palabre doctor --public')} --json").said)
        # Nobody knows the name, which is what is to be looked at first; or the tests are cut off themselves.
        assert seen in (NOWHERE, {"public": "warning"})
        assert "certificate obtained successfully" in host.type(next_command("docker compose"))
        host.type(next_command("docker compose --env-file network/.env restart caddy"))
    assert host.proxy is not None
    assert host.proxy.request("/palabre/welcome.html").status == 200


def test_incident_7_a_stolen_identity(host: ContainerHost) -> None:
    before = bots_own(host)
    host.type("docker compose --env-file network/.env stop bots")
    host.type(in_serve("palabre seal --bot"))
    with documented(PAGE, "7. The bot's keys are lost, or its identity is stolen", 2) as next_command:
        host.type(next_command("docker compose"))
        host.type(next_command("docker compose"))
        assert "0 to add, 0 to change, 0 to remove" in host.type(next_command("docker compose"))
    assert bots_own(host) != before
    assert host.processes.is_running("bots")


@pytest.fixture(scope="module")
def key(host: ContainerHost) -> BackupKey:
    """A key for backups, made as the page says."""
    drawn = BackupKey.draw(host.folder / "KEY")
    drawn.path.write_text(drawn.text(datetime.now(UTC)))
    with (host.config / "settings.yaml").open("a") as settings:
        settings.write(f"\nbackup:\n  recipients: [{drawn.recipient}]\n")
    return drawn


@pytest.mark.usefixtures("key")
def test_they_are_upgraded_after_a_backup(host: ContainerHost) -> None:
    with documented(PAGE, "Upgrade", 2) as next_command:
        assert "read again and whole" in host.type(next_command("docker compose"))
        host.type(next_command("git pull"))
        assert "0 to add, 0 to change, 0 to remove" in host.type(next_command("docker compose"))


def test_all_is_in_a_backup_and_comes_back_on_another_machine(
    host: ContainerHost, key: BackupKey, tmp_path_factory: pytest.TempPathFactory
) -> None:
    header, picture = uploaded(host)
    identity = bots_own(host)
    at_once = "--profile backup run --rm backup sh /palabre/deploy/nightly.sh --now palabre backup"
    assert "read again and whole" in host.type(f"docker compose --env-file network/.env {at_once}")
    # Nobody who runs has lost what is theirs to SQLite of another user's.
    owners = {path.stat().st_uid for path in host.volume("bots").rglob("*")}
    assert owners == {os.getuid()}
    archive = max((host.data("backup") / "backups").glob("*.age"))
    with without_databases(host):
        other = ContainerHost(tmp_path_factory.mktemp("another"), host.postgres, DOMAIN)
        back = other.folder / "root" / "back"
        back.mkdir(parents=True)
        shutil.copyfile(archive, back / "ARCHIVE")
        shutil.copyfile(key.path, back / "KEY")
        try:
            restore(other)
            assert bots_own(other) == identity
            assert other.get("synapse:8008", picture, header) == b"a picture"
            rooms = json.loads(other.get("synapse:8008", "/_matrix/client/v3/joined_rooms", header))
            assert len(rooms["joined_rooms"]) >= 2
        finally:
            other.processes.stop_all()


@contextmanager
def without_databases(host: ContainerHost) -> Iterator[None]:
    """Stop what runs and put its databases aside, so that another machine's take their place until the block ends."""
    host.processes.stop_all()
    for name in DATABASES:
        host.postgres.run_sql(f"ALTER DATABASE {name} RENAME TO {name}_before")
    try:
        yield
    finally:
        for name in DATABASES:
            host.postgres.run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            host.postgres.run_sql(f"ALTER DATABASE {name}_before RENAME TO {name}")
        host.start_all()


def restore(host: ContainerHost) -> None:
    with documented(PAGE, "Into containers") as next_command:
        host.type(next_command("apt-get install age"))
        host.type(next_command("git clone"))
        host.type(next_command("age --decrypt"))
        host.type(next_command("chmod"))
        host.type(next_command("docker compose"))
        assert "every database is whole" in host.type(next_command("docker compose"), typed="y\n")
        assert "put back into" in host.type(next_command("docker compose"))
        assert "0 to add, 0 to change, 0 to remove" in host.type(next_command("docker compose"))
        host.type(next_command("rm -r"))
    assert sorted(path.name for path in (host.folder / "root" / "back").iterdir()) == ["ARCHIVE", "KEY"]
