"""A network on a domain: what `palabre init` writes for Caddy, before a real Synapse, over TLS by the public name."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import pytest
import yaml

from community.description.load import load_settings
from palabre_cli.installation.answers import Run
from palabre_cli.installation.network_folder import LastRun, changes, write
from palabre_cli.installation.written import files_of
from palabre_cli.installers import caddy
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from palabre_cli.testing import CADDY
from tests.lib.commands import palabre, start
from tests.lib.init_answers import ANSWERS, DOMAIN, filled_in
from tests.lib.pages import running_pages
from tests.lib.peer_client import NODE, PEER
from tests.lib.proxy import Proxy, running_proxy
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent.parent.parent
NAME = "example.org"
"""The homeserver's name, another than the one that people go to."""


@dataclass(frozen=True)
class PublicNetwork:
    """All that stands between a person's app and the homeserver."""

    proxy: Proxy
    synapse: SynapseServer

    @property
    def admin_token(self) -> str:
        return str(json.loads((self.synapse.data.secret("provisioner.json")).read_text())["access_token"])


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicNetwork]:
    folder = tmp_path_factory.mktemp("network")
    answers = replace(ANSWERS, domain=NAME, run=Run.SERVICES)
    wanted = files_of(answers, folder, shipped("deploy"), PACKAGES)
    write(folder, answers, changes(folder, LastRun(None, {}), wanted), wanted)
    element = folder / "element-web"
    element.mkdir()
    (element / "index.html").write_text("<title>Element</title>")
    with (
        running_synapse(folder / "data", settings=load_settings(folder / "config")) as synapse,
        running_pages(folder / "web" / "palabre") as pages,
    ):
        # Where the homeserver listens and where Element Web is unpacked is this computer's matter.
        caddyfile = wanted["Caddyfile"].replace("127.0.0.1:8008", synapse.url.removeprefix("http://"))
        caddyfile = caddyfile.replace("/usr/share/element-web", str(element))
        caddyfile = caddyfile.replace("127.0.0.1:8010", f"127.0.0.1:{pages}")
        with running_proxy(caddyfile + website(folder), DOMAIN, folder) as proxy:
            yield PublicNetwork(proxy, synapse)


def website(folder: Path) -> str:
    """Return the website of the name, which answers what docs/operator.md says it must, with the files made for it."""
    return f"""
{NAME} {{
	root * {folder / "web"}
	header /.well-known/matrix/* Content-Type application/json
	header /.well-known/matrix/* Access-Control-Allow-Origin *
	file_server
}}
"""


async def test_an_app_finds_the_homeserver_by_well_known_and_signs_in(network: PublicNetwork) -> None:
    async with network.synapse.person("awa"):
        pass
    found = network.proxy.request("/.well-known/matrix/client")
    assert found.status == 200
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["content-type"] == "application/json"
    base = found.json()["m.homeserver"]["base_url"]
    assert base == f"https://{DOMAIN}"
    host = base.removeprefix("https://")
    versions = network.proxy.request("/_matrix/client/versions", host=host)
    assert versions.status == 200
    assert "v1.11" in versions.json()["versions"]
    signed_in = network.proxy.request(
        "/_matrix/client/v3/login",
        method="POST",
        body={
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "awa"},
            "password": PASSWORD,
        },
    )
    assert signed_in.status == 200
    assert signed_in.json()["user_id"] == f"@awa:{NAME}"
    who = network.proxy.request("/_matrix/client/v3/account/whoami", token=signed_in.json()["access_token"])
    assert who.json()["user_id"] == f"@awa:{NAME}"
    server = network.proxy.request("/.well-known/matrix/server")
    assert server.json() == {"m.server": f"{DOMAIN}:443"}


async def test_a_strict_client_signs_in_by_the_domain_alone(network: PublicNetwork) -> None:
    async with network.synapse.person("claudine"):
        pass
    client = await asyncio.create_subprocess_exec(
        NODE,
        PEER / "by_domain.mjs",
        NAME,
        "claudine",
        str(network.proxy.port),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(network.proxy.authority)},
    )
    out, err = await asyncio.wait_for(client.communicate(PASSWORD.encode()), 240)
    assert client.returncode == 0, err.decode()
    assert json.loads(out) == {
        "baseUrl": f"https://{DOMAIN}",
        "user": f"@claudine:{NAME}",
        "isSigned": True,
        "encryptedByDefault": True,
        # It has asked nobody else.
        "asked": [f"{NAME}:443", f"{DOMAIN}:443"],
    }


def test_synapse_goes_by_the_same_setting(network: PublicNetwork) -> None:
    written = yaml.safe_load((network.synapse.data.synapse / "homeserver.yaml").read_text())
    # The library adds the slash; both are one address.
    assert written["public_baseurl"].rstrip("/") == f"https://{DOMAIN}"
    assert written["server_name"] == NAME
    assert written["listeners"][0]["x_forwarded"] is True


ADMIN = "/_synapse/admin/v1/server_version"


@pytest.mark.parametrize(
    "path",
    [
        ADMIN,
        "/_synapse/admin",
        "/_synapse/admin/v2/users",
        "/_synapse/%61dmin/v1/server_version",
        "/%5fsynapse/admin/v1/server_version",
        "/_SYNAPSE/ADMIN/v1/server_version",
        "//_synapse/admin/v1/server_version",
        "/_synapse//admin/v1/server_version",
        "/_matrix/../_synapse/admin/v1/server_version",
        "/_matrix/..%2f_synapse/admin/v1/server_version",
        "/_matrix/%2e%2e/_synapse/admin/v1/server_version",
        "/_synapse/client/../admin/v1/server_version",
        "/_synapse/client/%2e%2e/admin/v1/server_version",
        "/_synapse/client/..%2fadmin/v1/server_version",
        "/_synapse/mas/sync_devices",
        "/_synapse/metrics",
        "/_synapse",
    ],
)
def test_the_homeservers_administration_is_not_reached_from_outside(
    network: PublicNetwork, path: str
) -> None:
    answer = network.proxy.request(path, token=network.admin_token)
    assert answer.status in (400, 404)
    assert b"server_version" not in answer.body
    assert b"users" not in answer.body


def test_the_administration_is_there_for_who_is_on_the_machine(network: PublicNetwork) -> None:
    """What the proxy hides is there to be hidden."""
    headers = {"Authorization": f"Bearer {network.admin_token}"}
    asked = Request(f"{network.synapse.url}{ADMIN}", headers=headers)  # noqa: S310
    with urlopen(asked, timeout=20) as answer:  # noqa: S310
        assert b"server_version" in answer.read()


def test_element_and_the_welcome_page_are_served_with_what_protects_them(network: PublicNetwork) -> None:
    page = network.proxy.request("/")
    assert page.body == b"<title>Element</title>"
    assert page.headers["strict-transport-security"].startswith("max-age=")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert page.headers["cache-control"] == "no-cache"
    assert "server" not in page.headers
    policy = page.headers["content-security-policy"]
    # Where a browser lets Element connect to: here, and where the name's own .well-known is.
    assert re.search(r"connect-src ([^;]+);", policy)[1] == f"'self' blob: data: https://{NAME}"  # type: ignore[index]
    for path in ("/config.json", f"/config.{DOMAIN}.json"):
        found = network.proxy.request(path).json()
        assert found["default_server_config"]["m.homeserver"]["base_url"] == f"https://{DOMAIN}"
        assert found["embedded_pages"]["welcome_url"] == "/palabre/welcome.html"
    welcome = network.proxy.request(found["embedded_pages"]["welcome_url"])
    assert welcome.status == 200
    assert "Se connecter" in welcome.body.decode()


@pytest.mark.parametrize("path", ["/.init.json", "/palabre/../../.init.json", "/palabre/%2e%2e/%2e%2e/.init.json",
                                  "/.well-known/matrix/../../../data/secrets/provisioner.json",
                                  "/config/settings.yaml", "/Caddyfile"])  # fmt: skip
def test_nothing_else_of_the_folder_is_served(network: PublicNetwork, path: str) -> None:
    answer = network.proxy.request(path)
    assert answer.status in (400, 404)
    assert b"server_name" not in answer.body
    assert b"access_token" not in answer.body


class ElementWeb(BaseHTTPRequestHandler):
    """What the container of Element Web answers, with headers of its own."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Server", "nginx")
        self.end_headers()
        self.wfile.write(b"Element")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_in_containers_the_headers_are_ours_whatever_element_sends(tmp_path: Path) -> None:
    wanted = files_of(ANSWERS, tmp_path, shipped("deploy"), PACKAGES)
    with HTTPServer(("127.0.0.1", 0), ElementWeb) as element:
        thread = Thread(target=element.serve_forever)
        thread.start()
        try:
            caddyfile = wanted["Caddyfile"].replace("element:8080", f"127.0.0.1:{element.server_port}")
            with running_proxy(caddyfile, DOMAIN, tmp_path) as proxy:
                page = proxy.request("/")
        finally:
            element.shutdown()
            thread.join()
    assert page.body == b"Element"
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    assert "server" not in page.headers


@pytest.mark.parametrize("run", [Run.CONTAINERS, Run.SERVICES])
@pytest.mark.parametrize("folder", ["/srv/palabre", "/srv/our network"])
def test_caddy_finds_nothing_wrong_in_the_file(run: Run, folder: str, tmp_path: Path) -> None:
    text = files_of(replace(ANSWERS, run=run), Path(folder), shipped("deploy"), PACKAGES)["Caddyfile"]
    (tmp_path / "Caddyfile").write_text(text)
    done = validated(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout
    assert "not formatted" not in done.stderr
    (tmp_path / "Caddyfile").write_text(text.replace("reverse_proxy", "reverse_prxy"))
    assert validated(tmp_path).returncode == 1


def validated(folder: Path) -> subprocess.CompletedProcess[str]:
    program = caddy(ROOT / CADDY)
    assert program is not None, "“./palabre test” installs Caddy"
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return subprocess.run(
        [program, "validate", "--adapter", "caddyfile", "--config", folder / "Caddyfile"],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_what_init_writes_is_ready_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PALABRE_DATA", "PALABRE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    given = f"{{domain: {NAME}, address: {DOMAIN}, name: Our network, languages: fr, run: computer, email: a@b.org}}"
    (tmp_path / "answers.yaml").write_text(given)
    written = await palabre("init", "--answers", "answers.yaml")
    assert written.code == 0, written.err
    community = tmp_path / "network" / "config" / "community.yaml"
    community.write_text(filled_in(community.read_text()))
    with (tmp_path / "network" / "config" / "settings.yaml").open("a") as settings:
        settings.write(f"public_address: https://{DOMAIN}\n")
    process = await start(("up", "--port", "0"), {"LANGUAGE": "en"})
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(300):
            while "Ctrl-C stops" not in said:
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert "Palabre is ready" in said
    assert f"For people: https://{DOMAIN} (by the proxy that leads there to http://127.0.0.1:" in said
    assert f"https://mobile.element.io/element/?account_provider={NAME}" in said
    homeserver = yaml.safe_load((tmp_path / "network" / "data" / "synapse" / "homeserver.yaml").read_text())
    assert homeserver["public_baseurl"].rstrip("/") == f"https://{DOMAIN}"
    assert homeserver["listeners"][0]["bind_addresses"] == ["127.0.0.1"]
    # From now on the name stands.
    (tmp_path / "answers.yaml").write_text("domain: other.example.org")
    again = await palabre("init", "--answers", "answers.yaml")
    assert again.code == 1
    assert f"has the homeserver “{NAME}”, whose name can never change" in again.err
