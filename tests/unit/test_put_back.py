"""`palabre put-back`: a restored data folder taken apart again, as deploy/nightly.sh has put it together."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.lib.in_process import Ran, palabre

SCRIPT = Path(__file__).parents[2] / "deploy" / "nightly.sh"
SESSION = '{"user_id": "@palabre:x", "password": "p", "device_id": "D", "access_token": "t"}'
VOLUMES = {
    "provisioning/community.json": "community",
    "provisioning/sign-in.json": "passwords",
    "provisioning/secrets/provisioner.json": "token",
    "provisioning/secrets/words.json": "words",
    "provisioning/secrets/bot.json": '{\n  "user_id": "@palabre:x",\n  "password": "p"\n}\n',
    "provisioning/synapse/signing.key": "signing key",
    "provisioning/synapse/homeserver.yaml": "server_name: x",
    "bots/secrets/bot.json": SESSION,
    "bots/secrets/identity.json": "key",
    "bots/identity/cross-signing.sealed": "identity",
    "bots/bot-crypto/DEVICE.sqlite": "keys",
    "synapse/synapse/media/local/ab/c": "picture",
}
OWN = os.getuid()
USERS = {"provisioning": 992, "bots": 993, "synapse": 991} if OWN == 0 else {}


def put_back(restored: Path, into: Path) -> Ran:
    options = [
        word
        for name in ("provisioning", "bots", "synapse")
        for word in (f"--{name}", str(into / name), str(USERS.get(name, OWN)))
    ]
    return palabre("put-back", restored, *options, cwd=into.parent)


def texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def restored(tmp_path: Path) -> Path:
    """What the volumes of containers are in a backup: one data folder, put together as each night."""
    for name, text in VOLUMES.items():
        path = tmp_path / "volumes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    gathered = tmp_path / "gathered"
    where = {"PALABRE_VOLUMES": str(tmp_path / "volumes"), "PALABRE_DATA": str(gathered)}
    subprocess.run(["sh", SCRIPT, "--now", "true"], env={**os.environ, **where}, check=True)
    shutil.copytree(gathered, tmp_path / "restored" / "data")
    (tmp_path / "restored" / "config").mkdir()
    (tmp_path / "new").mkdir()
    return tmp_path / "restored"


def test_what_was_put_together_for_a_backup_is_taken_apart_as_it_was(restored: Path, tmp_path: Path) -> None:
    done = put_back(restored, tmp_path / "new")
    assert done.code == 0, done.err
    assert f"{len(VOLUMES) - 1} files were put back into" in done.out
    assert texts(tmp_path / "new") == VOLUMES


def test_each_folder_and_file_is_its_users_alone(restored: Path, tmp_path: Path) -> None:
    (tmp_path / "new" / "bots").mkdir(parents=True)
    (tmp_path / "new" / "bots").chmod(0o755)
    assert put_back(restored, tmp_path / "new").code == 0
    for name in ("provisioning", "bots", "synapse"):
        root = tmp_path / "new" / name
        for path in (root, *root.rglob("*")):
            found = path.stat()
            assert (found.st_uid, found.st_gid) == (USERS.get(name, OWN),) * 2
            assert stat.S_IMODE(found.st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_session_of_the_bot_is_the_bots_alone(restored: Path, tmp_path: Path) -> None:
    assert put_back(restored, tmp_path / "new").code == 0
    kept = json.loads((tmp_path / "new" / "provisioning" / "secrets" / "bot.json").read_text())
    assert sorted(kept) == ["password", "user_id"]
    assert json.loads((tmp_path / "new" / "bots" / "secrets" / "bot.json").read_text()) == json.loads(SESSION)


def test_a_folder_that_is_not_empty_is_refused_and_nothing_is_written(restored: Path, tmp_path: Path) -> None:
    (tmp_path / "new" / "synapse").mkdir(parents=True)
    (tmp_path / "new" / "synapse" / "mine").write_text("kept")
    done = put_back(restored, tmp_path / "new")
    assert (done.code, "is not empty" in done.err) == (1, True)
    assert texts(tmp_path / "new") == {"synapse/mine": "kept"}


def test_a_folder_that_restore_has_not_made_is_refused(tmp_path: Path) -> None:
    done = put_back(tmp_path, tmp_path / "new")
    assert (done.code, "has no folder “data”" in done.err) == (1, True)


def test_a_damaged_account_is_said(restored: Path, tmp_path: Path) -> None:
    (restored / "data" / "secrets" / "bot.json").write_text("{}")
    done = put_back(restored, tmp_path / "new")
    assert (done.code, "bot.json is damaged" in done.err) == (1, True)
