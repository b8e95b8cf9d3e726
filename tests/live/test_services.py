"""Palabre as services of the system, by the commands of docs/operator.md: `tests.lib.unit_host`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from palabre_cli.backup.encryption import BackupKey
from tests.lib.descriptions import SMALL
from tests.lib.documented import block_of, documented
from tests.lib.init_answers import DOMAIN
from tests.lib.postgres import running_postgres
from tests.lib.unit_host import UnitHost

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

PAGE = "docs/operator.md"
ANSWERED = f"{DOMAIN}\nRéseau d'échange\nfr, en\nservices\nops@example.org\n"
"""What is typed at the five questions of `palabre init`."""
IDENTITY = "var/lib/palabre-bots/identity/cross-signing.sealed"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitHost]:
    with running_postgres() as postgres:
        host = UnitHost(tmp_path_factory.mktemp("services"), postgres)
        try:
            yield host
        finally:
            host.processes.stop_all()


def test_they_are_installed_and_started_and_backed_up_and_put_back(host: UnitHost) -> None:
    install(host)
    key = make_key(host)
    upgrade(host)
    (archive,) = (host.folder / "srv/palabre/data/backups").glob("*.age")
    identity = (host.folder / IDENTITY).read_bytes()
    put_away(host)
    restore(host, archive, key)
    assert (host.folder / IDENTITY).read_bytes() == identity


def install(host: UnitHost) -> None:
    with documented(PAGE, "As services of the system") as next_command:
        for beginning in ("sudo apt-get install", *["sudo adduser"] * 4, *["sudo install"] * 3):
            host.type(next_command(beginning))
        host.type(next_command("sudo -u palabre git clone"))
        host.put_synapse_there(next_command("sudo -u palabre python3 -m venv"))
        assert "Would install" not in host.type(
            next_command("sudo -u palabre /opt/palabre/.venv-synapse/bin/pip")
        )
        host.type(next_command("sudo -u palabre /opt/palabre/palabre init"), typed=ANSWERED)
        fill_in(host)
        for beginning in (
            "sudo -u palabre install",
            "sudo install",
            "sudo sh",
            "sudo -u postgres",
            "sudo rm",
        ):
            host.type(next_command(beginning))
        host.type(next_command("sudo systemctl disable"))
        host.type(next_command("sudo sh -c 'cp /srv/palabre/systemd/*"))
        assert "Applied: " in host.type(next_command("sudo systemctl enable --now palabre.target"))
    assert_all_run(host)
    with documented(PAGE, "As services of the system", 2) as next_command:
        seen = host.shell.run(host.on_this_computer(f"{next_command('sudo -u palabre env')} --json"))
        states = {each["name"]: each["state"] for each in json.loads(seen.said)["findings"]}
        assert (states["accounts"], states["database"]) == ("ok", "ok"), seen.said


def fill_in(host: UnitHost) -> None:
    """Write a description in the place of the one to be filled in, under the key that `palabre init` has drawn."""
    config = host.folder / "srv/palabre/config"
    (key,) = re.findall(r"^key: .*$", (config / "community.yaml").read_text(), re.MULTILINE)
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        text = (SMALL / name).read_text()
        (config / name).write_text(re.sub(r"^key: .*$", key, text, flags=re.MULTILINE))


def assert_all_run(host: UnitHost) -> None:
    for name in ("synapse", "serve", "bots", "web"):
        assert host.processes.is_running(f"palabre-{name}")


def make_databases(host: UnitHost) -> None:
    """Type the four lines that make the databases, as whoever restores does again."""
    lines = [line for line in block_of(PAGE, "As services of the system").commands if "/run/palabre" in line]
    assert len(lines) == 4
    for line in lines:
        host.type(line)


def make_key(host: UnitHost) -> BackupKey:
    """Make a key for backups, as the page says."""
    key = BackupKey.draw(host.folder / "key.txt")
    key.path.write_text(key.text(datetime.now(UTC)))
    with (host.folder / "srv/palabre/config/settings.yaml").open("a") as settings:
        settings.write(f"\nbackup:\n  recipients: [{key.recipient}]\n")
    return key


def upgrade(host: UnitHost) -> None:
    """Make a backup as the timer does, and start the same version as a new one."""
    with documented(PAGE, "Upgrade", 3) as next_command:
        assert "read again and whole" in host.type(next_command("sudo systemctl start palabre-backup"))
        host.type(next_command("sudo systemctl stop"))
        host.type(next_command("sudo -u palabre git"))
        assert "Would install" not in host.type(next_command("sudo -u palabre /opt/palabre/.venv-synapse"))
        asked = host.type(next_command("sudo -u palabre /opt/palabre/palabre init"), typed="\n" * 5)
        assert "New:" not in asked
        host.type(next_command("sudo sh"))
        assert "0 to add, 0 to change, 0 to remove" in host.type(next_command("sudo systemctl start"))
    assert_all_run(host)


def put_away(host: UnitHost) -> None:
    """Leave the machine as it is before there is anything, but for its users and programs."""
    host.type(
        "sudo systemctl stop palabre.target palabre-synapse palabre-serve palabre-bots palabre-web palabre-caddy "
        "palabre-backup.timer"
    )
    for name in ("synapse", "palabre"):
        host.type(f"sudo -u postgres psql -c 'ALTER DATABASE {name} RENAME TO {name}_before'")
    before = host.folder / "before"
    before.mkdir()
    for name in ("srv/palabre", "var/lib/palabre-bots", "var/lib/palabre-synapse"):
        (host.folder / name).rename(before / Path(name).name)
        (host.folder / name).mkdir()


def restore(host: UnitHost, archive: Path, key: BackupKey) -> None:
    back = host.folder / "root" / "back"
    back.mkdir(parents=True)
    shutil.copyfile(host.folder / "before/palabre/data/backups" / archive.name, back / "ARCHIVE")
    shutil.copyfile(key.path, back / "KEY")
    with documented(PAGE, "As services of the system again") as next_command:
        for beginning in ("apt-get install age", "cd /root/back", "cp -r network/.", "chmod"):
            host.type(next_command(beginning))
    make_databases(host)
    with documented(PAGE, "As services of the system again", 2) as next_command:
        host.type(next_command("export"))
        assert "every database is whole" in host.type(next_command("PALABRE_DATA="), typed="y\n")
        assert "put back into" in host.type(next_command("/opt/palabre/palabre put-back"))
        host.type(next_command("install"))
        host.type(next_command("rm -r"))
    assert sorted(path.name for path in back.iterdir()) == ["ARCHIVE", "KEY"]
    host.type("sudo sh -c 'cp /srv/palabre/systemd/* /etc/systemd/system/' && sudo systemctl daemon-reload")
    assert "0 to add, 0 to change, 0 to remove" in host.type("sudo systemctl enable --now palabre.target")
    assert_all_run(host)
