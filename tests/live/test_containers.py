"""What docker-compose.yml runs, as processes without containers: its own commands, in its own order.

The database is SQLite here, and the paths and addresses are this computer's.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from palabre_cli.installers import synapse_python, synapse_venv

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent.parent.parent
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


class Host:
    """This computer in the place of the containers."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._output = folder / "output"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PALABRE_CONFIG": str(ROOT / "tests" / "data" / "small"),
            "PALABRE_DATA": str(self.data),
        }

    @property
    def said(self) -> str:
        return self._output.read_text()

    def _here(self, name: str) -> list[str]:
        """Return a service's command with this computer's paths and addresses."""
        service = SERVICES[name]
        words = [*service.get("entrypoint", ()), *service.get("command", ())]
        if words[0] == "palabre":
            words[:1] = [sys.executable, "-P", "-m", "palabre_cli"]
        elif "python" in words:
            at = words.index("python")
            words[at : at + 1] = [str(synapse_python(synapse_venv())), "-P"]
            words = [word.replace("$$", "$") for word in words]
        words = [word for word in words if not word.startswith("--postgres")]
        words = [re.sub(r"http://[a-z0-9.]+:8008", f"http://127.0.0.1:{self.port}", word) for word in words]
        words = [re.sub(r"^/data\b", str(self.data), word) for word in words]
        more = ["--bind=127.0.0.1", f"--port={self.port}"] if "synapse-config" in words else []
        return words + more

    def run(self, name: str) -> None:
        """Run a service that ends."""
        with self._output.open("ab") as output:
            subprocess.run(
                self._here(name), env=self._environment, stdout=output, stderr=output, check=True, timeout=100
            )

    @contextmanager
    def running(self, name: str, is_ready: Callable[[], bool]) -> Iterator[subprocess.Popen[bytes]]:
        """Run a service that stays."""
        with self._output.open("ab") as output:
            process = subprocess.Popen(self._here(name), env=self._environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 90
            while not is_ready():
                assert process.poll() is None, self.said
                assert time.monotonic() < deadline, self.said
                time.sleep(0.1)
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, self.said
        finally:
            process.kill()
            process.wait()

    def get(self, path: str, headers: Mapping[str, str]) -> bytes:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=dict(headers))
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            body: bytes = answer.read()
        return body

    def is_healthy(self) -> bool:
        try:
            return self.get("/health", {}) == b"OK"
        except OSError:
            return False


def test_the_services_come_up_in_their_order(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.run("synapse-config")
    with ExitStack() as running:
        running.enter_context(host.running("synapse", host.is_healthy))
        host.run("apply")
        assert "Plan: 0 to add" not in host.said
        for name in ("serve", "bots"):
            ready = SERVICES[name]["healthcheck"]["test"][-1].replace("/data", str(host.data))
            running.enter_context(host.running(name, Path(ready).exists))
        token = json.loads((host.data / "secrets" / "provisioner.json").read_text())["access_token"]
        rooms = json.loads(host.get("/_matrix/client/v3/joined_rooms", {"Authorization": f"Bearer {token}"}))
        assert len(rooms["joined_rooms"]) > 5
        host.run("synapse-config")
        host.run("apply")
        assert "Plan: 0 to add, 0 to change, 0 to remove" in host.said
    book = json.loads((host.data / "sign-in.json").read_text())
    assert book["accounts"]


def test_the_configuration_for_postgresql(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("pa:ss\\word\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PALABRE_DATA": str(tmp_path / "data")}
    options = [word for word in SERVICES["synapse-config"]["command"] if word.startswith("--")]
    options = [word.replace("/run/secrets/postgres_password", str(tmp_path / "password")) for word in options]
    subprocess.run(
        [sys.executable, "-P", "-m", "palabre_cli", "synapse-config", *options], env=environment, check=True
    )
    text = (tmp_path / "data" / "synapse" / "homeserver.yaml").read_text()
    written = yaml.safe_load(text)
    passfile = tmp_path / "data" / "secrets" / "pgpass"
    assert written["database"]["name"] == "psycopg2"
    assert written["database"]["args"]["host"] == "postgres"
    assert written["database"]["args"]["passfile"] == str(passfile)
    assert passfile.read_text() == "postgres:5432:*:synapse:pa\\:ss\\\\word\n"
    assert passfile.stat().st_mode & 0o777 == 0o600
    assert "ss\\word" not in text
