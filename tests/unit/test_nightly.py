"""deploy/nightly.sh: what each container has in a volume of its own is one data folder for the backup."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import yaml

SCRIPT = Path(__file__).parent.parent.parent / "deploy" / "nightly.sh"
VOLUMES = {
    "provisioning/community.json": "community",
    "provisioning/sign-in.json": "passwords",
    "provisioning/secrets/provisioner.json": "token",
    "provisioning/secrets/bot.json": "without a session",
    "provisioning/synapse/signing.key": "signing key",
    "provisioning/synapse/url": "address",
    "provisioning/identity/": "",
    "provisioning/backups/before-an-upgrade": "older",
    "bots/secrets/bot.json": "with a session",
    "bots/secrets/identity.json": "key",
    "bots/identity/cross-signing.sealed": "identity",
    "bots/bot-crypto/DEVICE.sqlite": "keys",
    "bots/run/bots.ready": "1",
    "synapse/synapse/signing.key": "signing key",
    "synapse/synapse/media/a": "picture",
    "synapse/secrets/pgpass": "password",
}


def test_the_folder_has_all_that_must_not_be_lost_and_the_bots_own_session(tmp_path: Path) -> None:
    for name, text in VOLUMES.items():
        path = tmp_path / "volumes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(text)
        else:
            path.mkdir()
    data = tmp_path / "data"
    data.mkdir()
    where = {"PALABRE_VOLUMES": str(tmp_path / "volumes"), "PALABRE_DATA": str(data)}
    # A folder of the backup's own is not exchanged for provisioning's, nor a link put into it.
    (data / "backups").mkdir()
    for _ in range(2):  # each night
        done = subprocess.run(
            ["sh", SCRIPT, "--now", "echo", "made"],
            env={**os.environ, **where},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == ("made\n", "")
    found = {
        str(Path(folder, file).relative_to(data)): Path(folder, file).read_text()
        for folder, _, files in os.walk(data, followlinks=True)
        for file in files
    }
    assert found == {
        "community.json": "community",
        "sign-in.json": "passwords",
        "secrets/provisioner.json": "token",
        "secrets/bot.json": "with a session",
        "secrets/identity.json": "key",
        "synapse/signing.key": "signing key",
        "synapse/url": "address",
        "synapse/media/a": "picture",
        "identity/cross-signing.sealed": "identity",
        "bot-crypto/DEVICE.sqlite": "keys",
    }


def test_what_sqlite_makes_beside_a_database_while_it_is_copied_is_its_owners(tmp_path: Path) -> None:
    """Otherwise the bots, which start meanwhile, could not open their keys. As root: with what the container may."""
    file = tmp_path / "bot-crypto" / "DEVICE.sqlite"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE sessions (key TEXT)")
    owner, limits = os.getuid(), []
    if owner == 0:
        owner = 993
        for path in (file.parent, file):
            os.chown(path, owner, owner)
        service = yaml.safe_load((SCRIPT.parent.parent / "docker-compose.yml").read_text())["services"][
            "backup"
        ]
        may = ",".join(f"+{name.lower()}" for name in service["cap_add"])
        limits = ["setpriv", f"--bounding-set=-all,{may}", "--inh-caps=-all"]
    subprocess.run([*limits, sys.executable, "-c", _LOOK, file], check=True)
    made = {path.name: path.stat().st_uid for path in file.parent.iterdir()}
    assert made == dict.fromkeys((file.name, f"{file.name}-wal", f"{file.name}-shm"), owner)


_LOOK = """
import os, sqlite3, sys
from palabre_cli.backup.snapshots import SqliteSnapshot
from pathlib import Path
SqliteSnapshot.take("database", Path(sys.argv[1]))
os._exit(0)
"""
"""Takes a snapshot and ends in the middle: the files stay."""
