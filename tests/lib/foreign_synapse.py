"""A Synapse that others have set up: the configuration is not from our template, but as the Ansible playbook has it.

Its accounts are made as its administrator makes them, by the shared secret.
"""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from matrix.admin import AdminApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken
from palabre_cli import tether as tether_module
from palabre_cli.embedded import LOOPBACK
from palabre_cli.installers import synapse_python, synapse_venv
from tests.lib.quick_synapse import CONFIGURATION
from tests.lib.synapse_server import PASSWORD, wait_for

NAME = "example.org"
SECRET = "a-secret-of-the-playbook"


@dataclass(frozen=True)
class ForeignSynapse:
    """The running homeserver, and the file that says how it is set up."""

    url: str
    configuration: Path

    async def register(self, name: str, *, admin: bool) -> AccessToken:
        """Make an account as the playbook's ``register-user`` does, by the shared secret; return a token of it."""
        async with HomeserverClient(self.url) as http:
            return await AdminApi(http).register_with_shared_secret(
                name, PASSWORD, shared_secret=SECRET, admin=admin
            )


def playbook_configuration(folder: Path, port: int) -> dict[str, object]:
    """Return what the playbook's defaults come to, as far as it concerns us: federation on, names free, guests off."""
    return {
        "server_name": NAME,
        "public_baseurl": f"https://matrix.{NAME}/",
        "report_stats": False,
        "suppress_key_server_warning": True,
        "trusted_key_servers": [],
        "listeners": [
            {
                "type": "http",
                "port": port,
                "bind_addresses": [LOOPBACK],
                "tls": False,
                "x_forwarded": True,
                "resources": [{"names": ["client", "federation"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "macaroon_secret_key": "m" * 40,
        "form_secret": "f" * 40,
        "registration_shared_secret": SECRET,
        "enable_registration": False,
        "allow_guest_access": False,
        "enable_room_list_search": True,
        "room_list_publication_rules": [{"user_id": "*", "alias": "*", "room_id": "*", "action": "allow"}],
        "alias_creation_rules": [{"user_id": "*", "alias": "*", "room_id": "*", "action": "allow"}],
        "presence": {"enabled": True},
        "user_directory": {"enabled": True, "search_all_users": True, "prefer_local_users": True},
        "rc_login": {"address": {"per_second": 50, "burst_count": 300}},
        **yaml.safe_load(CONFIGURATION),
    }


@contextmanager
def foreign_synapse(folder: Path, **changed: object) -> Iterator[ForeignSynapse]:
    """Start one whose files are in ``folder``; ``changed`` are keys of its configuration."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    url = f"http://{LOOPBACK}:{port}"
    path = folder / "homeserver.yaml"
    path.write_text(yaml.safe_dump({**playbook_configuration(folder, port), **changed}))
    tether = (sys.executable, str(Path(tether_module.__file__)), str(os.getpid()), "--")
    command = (str(synapse_python(synapse_venv())), "-m", "synapse.app.homeserver", "-c", str(path))
    seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    (folder / "signing.key").write_text(f"ed25519 a_test {seed}\n")
    with (folder / "process.log").open("wb") as log:
        process = subprocess.Popen([*tether, *command], stdout=log, stderr=log, cwd=folder)
    try:
        wait_for(url, process)
        yield ForeignSynapse(url, path)
    finally:
        process.terminate()
        process.wait(30)
