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

from palabre_cli.main import palabre

ROOT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
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


def test_every_foreign_image_is_pinned_and_every_port_is_on_loopback() -> None:
    for service in SERVICES.values():
        if "build" not in service:
            assert re.search(r":v?\d+(\.\d+)+$", service["image"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_what_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists()


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
