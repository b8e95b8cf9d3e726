"""What `palabre doctor` finds at a public address: behind a real Caddy, a real Synapse, closed as ours is and open."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.doctor import Finding, State
from community.description.load import load_settings
from matrix.public_server import PublicServer
from palabre_cli.installation.answers import Run
from palabre_cli.installation.network_folder import LastRun, changes, write
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.public_findings import PublicPlace, public_findings
from palabre_cli.terminal import PACKAGES
from tests.lib.init_answers import ANSWERS, DOMAIN
from tests.lib.kept_processes import free_port
from tests.lib.proxy import Proxy, running_proxy
from tests.lib.synapse_server import running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

NAME = "example.org"


@contextmanager
def network(folder: Path, *, extra: str = "", website: str = "") -> Iterator[Proxy]:
    """Run what `palabre init` writes; ``extra`` is put into its Caddyfile, ``website`` is the block of the name."""
    answers = replace(ANSWERS, domain=NAME, run=Run.SERVICES)
    wanted = files_of(answers, folder, shipped("deploy"), PACKAGES)
    write(folder, answers, changes(folder, LastRun(None, {}), wanted), wanted)
    with running_synapse(folder / "data", settings=load_settings(folder / "config")) as synapse:
        listening = synapse.url.removeprefix("http://")
        caddyfile = wanted["Caddyfile"].replace("127.0.0.1:8008", listening)
        # No `palabre web` runs here; at its own port one of another test's may.
        caddyfile = caddyfile.replace("127.0.0.1:8010", f"127.0.0.1:{free_port()}")
        for block in ("handle /_synapse*", "handle /_matrix/*"):
            assert block in caddyfile
        opened = extra.replace("SYNAPSE", listening)
        caddyfile = caddyfile.replace("\thandle /palabre/*", f"{opened}\n\thandle /palabre/*", 1)
        with running_proxy(caddyfile + website, DOMAIN, folder) as proxy:
            yield proxy


def site(folder: Path) -> str:
    return f"""
{NAME} {{
	root * {folder / "web"}
	header /.well-known/matrix/* Access-Control-Allow-Origin *
	file_server
}}
"""


def place(proxy: Proxy, **more: object) -> PublicPlace:
    route = ("127.0.0.1", proxy.port)
    found = PublicPlace(
        f"https://{DOMAIN}", PublicServer(DOMAIN, route=route), PublicServer(NAME, route=route)
    )
    return replace(found, **more)  # type: ignore[arg-type]


def found_at(where: PublicPlace) -> dict[str, Finding]:
    return {found.name: found for found in public_findings(where, datetime.now(UTC))}


def test_what_init_writes_is_found_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with network(tmp_path, website=site(tmp_path)) as proxy:
        # Caddy's own authority, as this computer would know one of its own.
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
        found = found_at(place(proxy))
        distrusted = _without_trust(monkeypatch, proxy)
        closed = found_at(place(proxy, federates=True))
    assert {name: each.state for name, each in found.items()} == {
        # No such name is known to anybody.
        "public/name": State.FAULT,
        # What Caddy's own authority signs is good for twelve hours.
        "public/certificate": State.WARNING,
        "public/well-known": State.OK,
        # No `palabre web` runs here.
        "feeds": State.WARNING,
        "public/closed": State.OK,
    }
    assert "good for 0 days" in str(found["public/certificate"].sentence)
    assert distrusted["public/certificate"].state is State.FAULT
    assert "refused by people's apps" in str(distrusted["public/certificate"].sentence)
    # The rest is looked at all the same.
    assert distrusted["public/closed"].state is State.OK
    assert closed["public/delegation"].state is State.OK
    for each in (*found.values(), *distrusted.values()):
        assert each.state is State.OK or each.remedy is not None


def _without_trust(monkeypatch: pytest.MonkeyPatch, proxy: Proxy) -> dict[str, Finding]:
    monkeypatch.delenv("SSL_CERT_FILE")
    return found_at(place(proxy))


OPEN = """
	handle /_synapse/admin* {
		reverse_proxy SYNAPSE
	}
	handle /_synapse/metrics {
		respond "# HELP python_info x" 200
	}
	handle /_matrix/client/v3/publicRooms {
		respond `{"chunk": []}` 200
	}
	handle /_matrix/client/v3/register {
		respond `{"flows": [{"stages": ["m.login.dummy"]}]}` 401
	}
	handle /_matrix/federation/* {
		respond `{"server": {"name": "Synapse"}}` 200
	}
"""
"""A proxy that leads everywhere; what our homeserver never answers is written here."""


def test_what_is_reached_and_ought_not_to_be_is_named(tmp_path: Path) -> None:
    elsewhere = f"""
{NAME} {{
	respond /.well-known/matrix/client `{{"m.homeserver": {{"base_url": "https://elsewhere.example"}}}}` 200
	respond 404
}}
"""
    with network(tmp_path, extra=OPEN, website=elsewhere) as proxy:
        found = found_at(place(proxy))
        federating = found_at(place(proxy, federates=True))
    exposed = {"administration", "metrics", "registration", "directory", "federation"}
    assert {name.removeprefix("public/") for name, each in found.items() if each.state is State.FAULT} == {
        "name",
        "certificate",
        "well-known",
        *exposed,
    }
    assert "https://elsewhere.example" in str(found["public/well-known"].sentence)
    assert "public/closed" not in found
    assert "public/federation" not in federating
    assert federating["public/delegation"].state is State.WARNING
    assert all(each.remedy is not None for each in found.values())


def test_a_website_that_says_nothing_of_the_homeserver_is_named(tmp_path: Path) -> None:
    silent = f"{NAME} {{\n\trespond 404\n}}\n"
    with network(tmp_path, website=silent) as proxy:
        found = found_at(place(proxy))
    assert found["public/well-known"].state is State.FAULT
    assert "by the name example.org alone" in str(found["public/well-known"].sentence)


def test_where_nothing_answers_no_more_is_looked_at() -> None:
    server = PublicServer(DOMAIN, route=("127.0.0.1", free_port()))
    found = found_at(PublicPlace(f"https://{DOMAIN}", server, server))
    assert list(found) == ["public/name", "public/certificate"]
    assert str(found["public/certificate"].sentence) == f"Nothing answers at https://{DOMAIN}."


def test_a_port_for_this_computer_that_answers_at_the_public_address_is_named(tmp_path: Path) -> None:
    with socket.socket() as metrics, network(tmp_path, website=site(tmp_path)) as proxy:
        metrics.bind(("127.0.0.1", 0))
        metrics.listen()
        port = metrics.getsockname()[1]
        # A name that leads here.
        server = PublicServer("localhost", route=("127.0.0.1", proxy.port))
        found = found_at(replace(place(proxy), server=server, own_ports=(port, 1)))
    assert found["public/name"].state is State.WARNING
    assert "no address that is reached from outside" in str(found["public/name"].sentence)
    # Caddy has no certificate for that name.
    assert found["public/certificate"].state is State.FAULT
    assert found["public/ports"].state is State.FAULT
    assert str(found["public/ports"].sentence).startswith(f"The port {port} is for this computer alone")
