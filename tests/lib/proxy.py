"""The Caddy of a network as `palabre init` writes it, before a Synapse of the tests; its certificates are its own CA's.

No name is looked up: a connection goes to this computer and says the network's name in the TLS handshake.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from palabre_cli.installers import caddy
from palabre_cli.testing import CADDY

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 60


@dataclass(frozen=True)
class WebAnswer:
    """What was answered to one request; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Proxy:
    """A running Caddy."""

    port: int
    host: str
    authority: Path
    """The certificate of its CA."""

    def request(
        self, path: str, *, method: str = "GET", body: object = None, token: str | None = None, host: str = ""
    ) -> WebAnswer:
        """Ask for ``path``, exactly as it is written, by the public name (or another ``host``)."""
        name = host or self.host
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = HTTPConnection(name)
        raw = socket.create_connection(("127.0.0.1", self.port), 20)
        connection.sock = context.wrap_socket(raw, server_hostname=name)
        try:
            headers = {"Origin": "https://elsewhere.example"}
            headers |= {} if token is None else {"Authorization": f"Bearer {token}"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return WebAnswer(answer.status, fields, answer.read())
        finally:
            connection.close()


@contextmanager
def running_proxy(caddyfile: str, host: str, folder: Path) -> Iterator[Proxy]:
    """Start Caddy with a file of `palabre init`: only its global options are the tests' own."""
    program = caddy(ROOT / CADDY)
    assert program is not None, "“./palabre test” installs Caddy"
    with socket.socket() as https, socket.socket() as http:
        https.bind(("127.0.0.1", 0))
        http.bind(("127.0.0.1", 0))
        port, other = https.getsockname()[1], http.getsockname()[1]
    own = f"https_port {port}\n\thttp_port {other}\n\tdefault_bind 127.0.0.1\n\tlocal_certs\n\tskip_install_trust"
    head, mail, rest = caddyfile.partition("\temail ")
    assert mail
    path = folder / "Caddyfile"
    path.write_text(f"{head}\t{own}\n{rest.partition(chr(10))[2]}")
    certificates = folder / "caddy" / "certificates" / "local"
    _keep_folders(certificates, re.findall(r"^(\S+) \{$", caddyfile, re.MULTILINE))
    environment = {
        **os.environ,
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "HOME": str(folder),
    }
    with (folder / "caddy.log").open("ab") as log:
        process = subprocess.Popen(
            [program, "run", "--adapter", "caddyfile", "--config", path],
            stdout=log,
            stderr=log,
            env=environment,
        )
    authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    proxy = Proxy(port, host, authority)
    try:
        _until_it_answers(proxy, process, folder / "caddy.log")
        yield proxy
    finally:
        process.terminate()
        process.wait(30)


def _keep_folders(certificates: Path, hosts: Sequence[str]) -> None:
    """Make each host's folder of certificates, not empty.

    When Caddy 2.6 starts, it deletes the empty folders of its certificates, also one that it has just made to write the
    first certificate to; it then tries again only after a minute.
    """
    for host in hosts:
        folder = certificates / host
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kept").touch()


def _until_it_answers(proxy: Proxy, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            proxy.request("/.well-known/matrix/client")
        except (OSError, HTTPException):  # not yet: no port, no certificate
            time.sleep(0.1)
        else:
            return
