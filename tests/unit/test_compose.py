"""docker-compose.yml: right by the Compose Specification, and true to the commands and images that there are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
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
OWN = sorted(name for name, service in SERVICES.items() if "palabre" in service.get("command", ()))


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
    words = SERVICES[name]["command"]
    command, *arguments = words[words.index("palabre") + 1 :]
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
        if not service["image"].startswith("palabre"):
            assert re.search(r":v?\d+(\.\d+)+$", service["image"])
        on_loopback = all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        assert on_loopback or (name == "caddy" and service["profiles"] == ["domain"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_held_to_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service) >= {"mem_limit", "pids_limit", "user", "logging"}
    assert not {"privileged", "pid", "ipc", "userns_mode", "devices", "volumes_from"} & set(service)
    assert service.get("network_mode", "none") == "none"
    assert all("/var/run/docker.sock" not in volume for volume in service.get("volumes", ()))
    in_memory = service["tmpfs"]
    assert all("size=" in each for each in in_memory)
    assert "noexec" in next(each for each in in_memory if each.startswith(f"{TEMPORARY}:"))


TEMPORARY = "/tmp"  # noqa: S108 - the folder in a container, kept in memory
TO_HAND_OVER = ["CHOWN", "DAC_OVERRIDE", "FOWNER"]
MAY = {
    "caddy": ["NET_BIND_SERVICE"],
    "backup": ["CHOWN", "DAC_OVERRIDE"],
    "hand-to-synapse": TO_HAND_OVER,
    "hand-to-bots": TO_HAND_OVER,
    "own-certificates": TO_HAND_OVER,
}


def test_who_may_what() -> None:
    assert {name: service["cap_add"] for name, service in SERVICES.items() if "cap_add" in service} == MAY
    root = {name for name, service in SERVICES.items() if service["user"] == "0:0"}
    assert root == MAY.keys() - {"caddy"}
    # What is root has no way to anybody; the backup's is to the databases alone.
    for name in root - {"backup"}:
        assert SERVICES[name]["network_mode"] == "none"
        assert "restart" not in SERVICES[name]
    users = {name: service["user"] for name, service in SERVICES.items() if "restart" in service}
    assert len(set(users.values())) == len(users)


def mounted(name: str) -> dict[str, str]:
    """Return the sources of what a service mounts, with their options."""
    split = (volume.split(":") for volume in SERVICES[name].get("volumes", ()))
    return {source: (rest[1] if rest[1:] else "rw") for source, *rest in split}


def test_no_two_of_them_share_a_volume_but_those_of_provisioning() -> None:
    whose = {
        volume: {name for name in SERVICES if mounted(name).get(volume) == "rw"}
        for volume in COMPOSE["volumes"]
    }
    assert whose == {
        "postgres": {"postgres"},
        "provisioning": {"synapse-config", "apply", "serve", "backup"},
        "synapse": {"hand-to-synapse", "synapse", "backup"},
        "bots": {"hand-to-bots", "bots", "backup"},
        "feeds": {"serve"},
        "invitations": {"serve"},
        "desk": {"serve"},
        "certificates": {"own-certificates", "caddy"},
        "backups": {"backup"},
        "prometheus": {"prometheus"},
        "grafana": {"grafana"},
    }
    for name in ("hand-to-synapse", "hand-to-bots"):
        assert mounted(name)["provisioning"] == "ro"


def test_the_pages_see_what_is_published_and_no_other_data() -> None:
    shared = {volume: how for volume, how in mounted("web").items() if volume in COMPOSE["volumes"]}
    assert shared == {"feeds": "ro", "invitations": "ro", "desk": "ro"}
    assert "secrets" not in SERVICES["web"]


def test_the_desk_is_shared_by_the_pages_and_the_provisioner_alone() -> None:
    assert {name for name in SERVICES if "desk" in mounted(name)} == {"serve", "web"}
    group = SERVICES["web"]["user"].partition(":")[2]
    # The socket is given to this group; a test of the image says whose its folder is.
    assert SERVICES["serve"]["group_add"] == [group]
    image = (ROOT / "Dockerfile").read_text()
    assert f"--owner=992 --group={group} --mode=0750 /data/joining /srv/desk" in image
    assert {name for name, service in SERVICES.items() if "group_add" in service} == {"serve"}


def test_what_is_not_a_volume_is_only_read() -> None:
    for name in SERVICES:
        assert all(how == "ro" for source, how in mounted(name).items() if source not in COMPOSE["volumes"])


def test_a_secret_is_only_where_it_is_used() -> None:
    whose = {
        secret: {name for name, service in SERVICES.items() if secret in service.get("secrets", ())}
        for secret in COMPOSE["secrets"]
    }
    assert whose == {
        "postgres_password": {"postgres"},
        "synapse_password": {"postgres", "synapse-config", "backup"},
        "palabre_password": {"postgres", "synapse-config", "apply", "serve", "bots", "backup"},
        "grafana_password": {"grafana"},
    }


def reached(name: str) -> set[str]:
    """Return the services that one can reach over a network."""
    own = set(SERVICES[name].get("networks", ()))
    return {other for other in SERVICES if other != name and own & set(SERVICES[other].get("networks", ()))}


def test_who_reaches_whom() -> None:
    assert reached("caddy") == {"synapse", "web", "element"}
    assert reached("web") == {"caddy"}
    assert reached("element") == {"caddy"}
    assert reached("grafana") == {"prometheus"}
    assert not reached("synapse") & {"web", "element", "grafana"}
    outside = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    assert outside == {"push", "world", "front-element", "desk"}
    # Whoever has the provisioner's token or the bot's keys has no way out but by the homeserver.
    for name in ("serve", "bots", "apply", "postgres", "web", "backup", "prometheus"):
        assert not outside & set(SERVICES[name]["networks"])


def test_every_service_that_stays_says_how_it_is_but_the_one_that_sleeps() -> None:
    assert {
        n for n, service in SERVICES.items() if "restart" in service and "healthcheck" not in service
    } == {"backup"}


def test_hadolint_finds_nothing_in_the_image() -> None:
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([program, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_find_a_slip(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python\nRUN cd /tmp && pip install palabre\n")
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([program, wrong], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "DL3006" in done.stdout


def test_the_image_is_built_in_stages_with_hashes_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^FROM \S+ AS (\w+)$", text, re.MULTILINE) == ["installed", "palabre", "backup"]
    assert all(
        "--require-hashes" in line or "--no-deps" in line for line in re.findall(r"pip install[^&]+", text)
    )
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["992:992", "0:0", "992:992"]
    assert {service["user"].split(":")[0] for service in SERVICES.values() if "build" in service} == {
        "992",
        "993",
        "994",
        "0",
    }


def test_what_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"])
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
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
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
