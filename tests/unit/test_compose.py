"""docker-compose.yml: right by the Compose Specification, and true to the commands and images that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

from palabre_cli.installation.written import loopback_element
from palabre_cli.main import palabre

ROOT = Path(__file__).parent.parent.parent


def as_without_env(text: str) -> str:
    """Return what Compose makes of the file where no variable is set."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


COMPOSE: dict[str, Any] = yaml.safe_load(as_without_env((ROOT / "docker-compose.yml").read_text()))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = sorted(name for name, service in SERVICES.items() if "build" in service)


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (ROOT / "tests" / "data" / "compose" / "compose_spec.json").read_text()
    )
    # `name:` at the top came to the specification in 2022, after the edition of this schema.
    found["properties"]["name"] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"}
    return found


def test_the_file_is_right_by_the_specification() -> None:
    jsonschema.Draft201909Validator(schema()).validate(COMPOSE)


def test_the_schema_would_refuse_a_slip() -> None:
    wrong = {**COMPOSE, "services": {"synapse": {**SERVICES["synapse"], "helthcheck": {}}}}
    with pytest.raises(jsonschema.ValidationError, match="helthcheck"):
        jsonschema.Draft201909Validator(schema()).validate(wrong)


@pytest.mark.parametrize("name", OWN)
def test_our_commands_exist_with_their_options(name: str) -> None:
    program, command, *arguments = SERVICES[name]["command"]
    assert program == "palabre"
    with palabre.commands[command].make_context(command, [*arguments], resilient_parsing=False) as context:
        assert isinstance(context, click.Context)


def test_synapse_is_the_version_that_is_tested_with() -> None:
    pinned = re.search(
        r"^matrix-synapse==(.+)$", (ROOT / "synapse" / "constraints.txt").read_text(), re.MULTILINE
    )
    assert pinned is not None
    assert SERVICES["synapse"]["image"] == f"matrixdotorg/synapse:v{pinned[1]}"


def test_every_foreign_image_is_pinned_and_only_the_proxy_of_a_domain_listens_to_the_world() -> None:
    for name, service in SERVICES.items():
        if "build" not in service:
            assert re.search(r":v?\d+(\.\d+)+$", service["image"])
        on_loopback = all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        assert on_loopback or (name == "caddy" and service["profiles"] == ["domain"])


def test_what_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            # What is only there for a domain `palabre init` writes.
            assert source in COMPOSE["volumes"] or (ROOT / source).exists() or "profiles" in service


def test_a_service_that_is_waited_for_healthy_says_when_it_is() -> None:
    for service in SERVICES.values():
        for name, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] != "service_healthy" or "healthcheck" in SERVICES[name]
            if wanted["condition"] == "service_completed_successfully":
                assert "restart" not in SERVICES[name]


def test_the_image_has_what_it_copies() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in names)
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert names == kept


def test_element_is_told_the_same_address_as_synapse() -> None:
    element = json.loads((ROOT / "docker" / "element.json").read_text())
    address = element["default_server_config"]["m.homeserver"]["base_url"]
    assert f"--public-url={address}" in SERVICES["synapse-config"]["command"]


def test_elements_configuration_for_this_computer_is_that_of_the_template() -> None:
    made = loopback_element(
        "http://127.0.0.1:8008", "http://127.0.0.1:8080", "palabre.localhost", ROOT / "deploy"
    )
    assert (ROOT / "docker" / "element.json").read_text() == made
