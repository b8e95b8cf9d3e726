"""The units of systemd that `palabre init` writes: understood by it, little exposed, each with what it needs alone."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from palabre_cli.installation.answers import Run
from palabre_cli.installation.written import UNITS, files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.init_answers import ANSWERS
from tests.unit.test_init_command import GIVEN, init

FOLDER = Path("/srv/palabre")
FILES = files_of(replace(ANSWERS, run=Run.SERVICES), FOLDER, shipped("deploy"), PACKAGES)
SERVICES = [name for name in UNITS if name.endswith(".service")]
MOST = 3.0
BACKUP = "palabre-backup.service"


def settings(unit: str) -> dict[str, list[str]]:
    """Return what a unit says, by the setting."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", FILES[f"systemd/{unit}"], re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("units")
    for name in UNITS:
        # Programs that are not on every computer: the proxy, and Synapse's interpreter.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", FILES[f"systemd/{name}"], flags=re.MULTILINE)
        (folder / name).write_text(text)
    return folder


def test_systemd_understands_every_unit(units: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(units / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "palabre" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_is_little_exposed(units: Path, unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", units / unit],
        capture_output=True,
        text=True,
        check=True,
    )
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) <= MOST


def test_the_measure_tells_a_unit_without_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "open.service").write_text("[Service]\nExecStart=/bin/true\n")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", tmp_path / "open.service"],
        capture_output=True,
        text=True,
        check=True,
    )
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) > MOST


def test_each_has_a_user_of_its_own_and_sees_its_own_data_alone() -> None:
    assert {unit: settings(unit).get("User", ["dynamic"])[0] for unit in SERVICES} == {
        "palabre-synapse-config.service": "palabre",
        "palabre-hand-to-synapse.service": "root",
        "palabre-synapse.service": "palabre-synapse",
        "palabre-apply.service": "palabre",
        "palabre-hand-to-bots.service": "root",
        "palabre-serve.service": "palabre",
        "palabre-bots.service": "palabre-bots",
        "palabre-web.service": "dynamic",
        "palabre-caddy.service": "caddy",
        "palabre-backup.service": "root",
    }
    data = str(FOLDER / "data")
    # The path in homeserver.yaml leads to Synapse's own folder.
    assert settings("palabre-synapse.service")["BindPaths"] == [f"/var/lib/palabre-synapse:{data}"]
    for unit in ("palabre-bots.service", "palabre-web.service", "palabre-caddy.service"):
        assert data in settings(unit)["InaccessiblePaths"][0]
    assert settings("palabre-web.service")["BindReadOnlyPaths"] == [
        f"-{data}/feeds:/run/palabre-feeds",
        f"-{data}/invitations:/run/palabre-invitations",
        f"-{data}/joining:/run/palabre-desk",
    ]
    # Nobody but `palabre` comes as far as that folder; whoever sees it elsewhere opens the socket.
    assert settings("palabre-serve.service")["ExecStartPre"] == [
        f"/usr/bin/install --directory --mode=0711 {data}/joining"
    ]
    written = {unit: settings(unit).get("ReadWritePaths", []) for unit in SERVICES}
    assert written["palabre-bots.service"] == ["/var/lib/palabre-bots"]
    assert written["palabre-hand-to-bots.service"] == ["/var/lib/palabre-bots"]
    assert written["palabre-hand-to-synapse.service"] == ["/var/lib/palabre-synapse"]
    assert written["palabre-web.service"] == []


def test_what_is_root_has_no_network_and_three_capabilities() -> None:
    for unit in ("palabre-hand-to-synapse.service", "palabre-hand-to-bots.service"):
        assert settings(unit)["PrivateNetwork"] == ["yes"]
        assert settings(unit)["CapabilityBoundingSet"] == ["CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER"]
    for unit in set(SERVICES) - {"palabre-hand-to-synapse.service", "palabre-hand-to-bots.service", BACKUP}:
        allowed = "CAP_NET_BIND_SERVICE" if unit == "palabre-caddy.service" else ""
        assert settings(unit)["CapabilityBoundingSet"] == [allowed]


def test_a_password_is_given_to_who_needs_it_and_to_nobody_else() -> None:
    given = {
        unit: {c.partition(":")[0] for c in settings(unit).get("LoadCredential", [])} for unit in SERVICES
    }
    store = {"palabre_password"}
    assert {unit: names for unit, names in given.items() if names} == {
        "palabre-synapse-config.service": {"synapse_password"} | store,
        "palabre-apply.service": store,
        "palabre-serve.service": store,
        "palabre-bots.service": store,
        BACKUP: store,
    }


def test_our_own_processes_go_to_the_homeserver_on_this_machine() -> None:
    """Not by the public name: the proxy lets no administration through, and the units reach nothing else."""
    (command,) = settings("palabre-synapse-config.service")["ExecStart"]
    assert " --internal-url http://127.0.0.1:8008 " in command
    assert settings("palabre-apply.service")["IPAddressAllow"] == ["localhost"]


def test_the_backup_has_the_folders_of_all_where_the_script_gathers_them_and_writes_nowhere_else() -> None:
    backup = settings(BACKUP)
    # The last that is said counts, after an empty one.
    assert backup["CapabilityBoundingSet"] == ["", "CAP_DAC_OVERRIDE CAP_CHOWN"]
    assert backup["PrivateUsers"][-1] == "no"
    assert backup["IPAddressDeny"] == ["any"]
    assert backup["IPAddressAllow"] == ["localhost"]
    places = "/run/palabre-backup/volumes"
    assert f"PALABRE_VOLUMES={places}" in backup["Environment"][0]
    assert backup["BindPaths"] == [
        f"{FOLDER / 'data'}:{places}/provisioning",
        f"/var/lib/palabre-bots:{places}/bots",
    ]
    assert backup["BindReadOnlyPaths"] == [f"/var/lib/palabre-synapse:{places}/synapse"]
    assert backup["ReadWritePaths"] == ["/run/palabre-backup"]
    script = Path(backup["ExecStart"][0].split()[1])
    assert script == shipped("deploy") / "nightly.sh"
    named = set(re.findall(r'"\$volumes"/(\w+)/', script.read_text()))
    assert named == {"provisioning", "bots", "synapse"}


def test_a_backup_is_made_each_night() -> None:
    timer = settings("palabre-backup.timer")
    assert timer["OnCalendar"] == ["*-*-* 02:30:00 UTC"]
    assert timer["Persistent"] == ["true"]
    done = subprocess.run(
        ["systemd-analyze", "calendar", timer["OnCalendar"][0]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_named_in_a_unit_is_written() -> None:
    named = {word for text in FILES.values() for word in re.findall(r"palabre-[a-z-]+\.service", text)}
    assert named == set(SERVICES)


@pytest.mark.parametrize("folder", ["our network", "50%", 'a"b', "a:b"])
def test_a_path_of_more_than_one_word_is_refused(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    done = init(GIVEN.replace("containers", "services"))
    assert done.code == 1
    assert "cannot stand in units of systemd" in done.err
    assert not (tmp_path / folder / "network").exists()


def test_init_writes_the_units_and_the_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = init(GIVEN.replace("containers", "services"))
    assert done.code == 0, done.err
    network = tmp_path / "network"
    assert {path.name for path in (network / "systemd").iterdir()} == set(UNITS)
    passwords = sorted((network / "secrets").iterdir())
    assert [path.name for path in passwords] == ["palabre_password", "synapse_password"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in passwords)
    assert len({path.read_text() for path in passwords}) == 2
