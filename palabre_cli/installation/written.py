"""From answers to the files of a network's folder, as text. Pure, but that the templates are read.

The folder::

    config/        the description: settings.yaml, community.yaml, directory.yaml, calendar.yaml; schemas for editors
    .env           for docker-compose.yml
    Caddyfile      the proxy
    element/       Element Web's config.json
    web/           what the proxy itself gives out: .well-known/matrix/…; palabre/welcome.html, which `palabre web` does
    systemd/       units for systemd, where all runs as services of the system
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from community.description.schema import MODELS, schema_file, schema_text
from community.joining.element_link import phone_link
from palabre_cli.installation.answers import NetworkAnswers, Run
from palabre_cli.installation.links import PAGES, host_of
from palabre_cli.installation.texts import described_texts, quoted, welcome_parts
from palabre_cli.installers import synapse_python, synapse_venv

CLIENT_ANSWER = ".well-known/matrix/client"
SERVER_ANSWER = ".well-known/matrix/server"
_DESCRIPTION = ("settings.yaml", "community.yaml", "directory.yaml", "calendar.yaml")
UNITS = (
    "palabre.target",
    "palabre-synapse-config.service",
    "palabre-hand-to-synapse.service",
    "palabre-synapse.service",
    "palabre-apply.service",
    "palabre-hand-to-bots.service",
    "palabre-serve.service",
    "palabre-bots.service",
    "palabre-web.service",
    "palabre-caddy.service",
    "palabre-backup.service",
    "palabre-backup.timer",
)
"""What systemd is told, in the order in which it is started; the last two each night."""
COMPOSE_FILE = "docker-compose.yml"
_WEB = "/srv/web"
"""Where Caddy's container has the folder ``web``."""


def files_of(
    answers: NetworkAnswers,
    folder: Path,
    templates: Path,
    roots: tuple[Path, ...],
    data: Path | None = None,
) -> dict[str, str]:
    """Return the files of the network's ``folder`` (absolute), by their path in it; ``roots`` have the translations.

    ``data`` is the data folder, where that is not in ``folder``.
    """
    places = {"data": str(data or folder / "data"), "deploy": str(templates.absolute())}
    fill = _filler(templates, {**_values(answers, folder, roots), **places})
    files = {f"config/{name}": fill(f"{name}.j2") for name in _DESCRIPTION}
    files |= {f"config/schemas/{schema_file(name)}": schema_text(name) for name in MODELS}
    if answers.run is Run.CONTAINERS:
        files[".env"] = fill("env.j2")
    if answers.address is not None:
        files["Caddyfile"] = fill("Caddyfile.j2")
        files["element/config.json"] = fill("element.json.j2")
        files[f"web/{CLIENT_ANSWER}"] = fill("client.json.j2")
        files[f"web/{SERVER_ANSWER}"] = fill("server.json.j2")
        files[f"web{PAGES}/welcome.html"] = fill("welcome.html.j2")
    if answers.address is not None and answers.run is Run.SERVICES:
        files |= {f"systemd/{name}": fill(f"systemd/{name}.j2") for name in UNITS}
    return files


def loopback_element(address: str, element: str, domain: str, templates: Path) -> str:
    """Return Element Web's configuration for this computer alone: no page of ours, the homeserver at ``address``."""
    host = address.partition("://")[2].partition(":")[0]
    values = {"address": address, "element": element, "domain": domain, "name": "Palabre", "host": host}
    return _filler(templates, {**values, "welcome": None})("element.json.j2")


def _values(answers: NetworkAnswers, folder: Path, roots: tuple[Path, ...]) -> dict[str, Any]:
    in_containers = answers.run is Run.CONTAINERS
    address = answers.address or (answers.homeserver_address if answers.run is Run.EXISTING else "")
    host = host_of(address)
    return {
        **answers.plain(),
        "address": address,
        "host": host,
        "folder": str(folder),
        "compose_folder": _from_compose(folder),
        "web": _WEB if in_containers else _path(folder / "web"),
        "element": address if answers.address else "",
        "element_folder": _path(folder / "element"),
        "synapse": "synapse:8008" if in_containers else "127.0.0.1:8008",
        "pages": "web:8010" if in_containers else "127.0.0.1:8010",
        # What runs now runs as a service too.
        "palabre": f"{sys.executable} -P -m palabre_cli",
        "synapse_python": str(synapse_python(synapse_venv().absolute())),
        "others": "" if answers.domain == answers.host else f" https://{answers.domain}",
        "welcome": f"{PAGES}/welcome.html",
        "texts": described_texts(answers.languages, roots),
        "parts": welcome_parts(answers.languages, roots),
        "phone_link": phone_link(answers.domain),
    }


def _filler(templates: Path, values: Mapping[str, Any]) -> Callable[[str], str]:
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = quoted
    environment.filters["env_value"] = _env_value
    environment.globals["unit"] = _unit_value
    return lambda name: environment.get_template(name).render(values)


def _from_compose(folder: Path) -> str:
    """Return the path of the network's folder as Compose reads it: from its file's folder where that is beside it.

    So both can be moved together, and what a backup has of the network fits another machine.
    """
    return f"./{folder.name}" if (folder.parent / COMPOSE_FILE).exists() else str(folder)


def _path(path: Path) -> str:
    """Return a path as one word of a Caddyfile, in which only a quotation mark is escaped."""
    escaped = str(path).replace('"', '\\"')
    return f'"{escaped}"'


def _unit_value(value: str) -> str:
    """Return a value of a unit: in it a percent sign begins what systemd replaces."""
    return value.replace("%", "%%")


def _env_value(value: str) -> str:
    """Return a value of an ``.env`` file: between single quotation marks Compose replaces nothing."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
