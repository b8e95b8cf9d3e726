"""The homeserver that `palabre up` runs: its files, from the templates in ``synapse/``."""

from __future__ import annotations

import base64
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from community.description.data_folder import (
    DataFolder,
    damaged,
    read_private_json,
    write_private,
    write_private_json,
)
from community.description.settings import Settings
from palabre_cli.errors import PortTaken
from provisioning.topology import own_accounts

DEFAULT_PORT = 8008
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class PostgreSQL:
    """A PostgreSQL database for Synapse; the password is in ``passfile`` (libpq's ``.pgpass`` form)."""

    host: str
    port: int
    user: str
    dbname: str
    passfile: Path


def database_of(data: DataFolder) -> PostgreSQL | None:
    """Return the PostgreSQL database to which the homeserver was moved, None while it is on SQLite.

    Raises:
        DataFolderError: the file that says so is damaged.
    """
    path = _moved_to(data)
    noted = read_private_json(path)
    try:
        return None if noted is None else PostgreSQL(**{**noted, "passfile": Path(noted["passfile"])})
    except (KeyError, TypeError) as error:
        raise damaged(path) from error


def remember_database(data: DataFolder, database: PostgreSQL) -> None:
    """Note to which database the homeserver was moved. Raises DataFolderError."""
    write_private_json(_moved_to(data), {**database.__dict__, "passfile": str(database.passfile)})


def _moved_to(data: DataFolder) -> Path:
    return data.synapse / "database.json"


@dataclass(frozen=True)
class SynapseFiles:
    """What Synapse's configuration depends on. ``folder`` holds its files, as Synapse itself sees them.

    ``federation``: the other servers that it talks to. ``uploads``: whether people may send files.
    """

    folder: Path
    log_file: Path
    public_url: str
    bind_address: str
    port: int
    behind_proxy: bool = False
    postgresql: PostgreSQL | None = None
    federation: tuple[str, ...] = ()
    uploads: bool = True
    metrics_port: int | None = None
    """Where it serves its metrics, at `bind_address`; None: nowhere."""

    @property
    def own_url(self) -> str:
        """The address at which it listens, for this computer's own processes."""
        return f"http://{self.bind_address}:{self.port}"


def write_configuration(files: SynapseFiles, settings: Settings, data: DataFolder, templates: Path) -> Path:
    """Write Synapse's configuration and the secrets it is missing; return the configuration's path.

    Raises:
        DataFolderError: they cannot be written.
    """
    for name, content in (
        ("signing.key", _signing_key),
        ("macaroon.secret", _secret),
        ("form.secret", _secret),
    ):
        path = files.folder / name
        if not path.exists():
            write_private(path, content().encode())
    shared_secret = data.secret("registration-shared-secret")
    if not shared_secret.exists():
        write_private(shared_secret, _secret().encode())
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is YAML; every value goes through tojson
        keep_trailing_newline=True,
    )
    values = {
        "server_name": settings.homeserver.server_name,
        "public_url": files.public_url,
        "folder": str(files.folder),
        "log_file": str(files.log_file),
        "bind_address": files.bind_address,
        "port": files.port,
        "behind_proxy": files.behind_proxy,
        "federation": list(files.federation),
        "uploads": files.uploads,
        "metrics_port": files.metrics_port,
        "database": "sqlite" if files.postgresql is None else "postgresql",
        "postgresql": files.postgresql,
        "registration_shared_secret_path": str(shared_secret),
        "provisioner": own_accounts(settings).provisioner,
    }
    if files.postgresql is not None:
        values["postgresql"] = {**files.postgresql.__dict__, "passfile": str(files.postgresql.passfile)}
    for template, name in (("homeserver.yaml.j2", "homeserver.yaml"), ("log.yaml.j2", "log.yaml")):
        text = environment.get_template(template).render(values)
        write_private(files.folder / name, text.encode())
    return files.folder / "homeserver.yaml"


def _secret() -> str:
    return secrets.token_urlsafe(48)


def _signing_key() -> str:
    """Return a new signing key in Synapse's form: algorithm, version, seed in unpadded base64."""
    seed = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    return f"ed25519 a_{secrets.token_hex(3)} {seed}\n"


def choose_port(wanted: int | None, data: DataFolder) -> int:
    """Return the port to listen on: the one asked for (0: any free one), else the last one, else 8008.

    Raises:
        PortTaken: something listens there.
    """
    remembered = data.synapse / "port"
    port = _remembered_port(remembered) if wanted is None else wanted or _free_port()
    _require_free(port)
    write_private(remembered, f"{port}\n".encode())
    return port


def _remembered_port(path: Path) -> int:
    """Return the port of the last start; a file that somebody damaged is as good as none."""
    text = path.read_text(errors="replace").strip() if path.exists() else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65536 else DEFAULT_PORT


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # As Synapse does: connections of an earlier run that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(port) from error
