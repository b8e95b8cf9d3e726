"""`palabre hand-over`: what Synapse and the bots get of the data folder, whose it is, and what they do not get."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from community.core.errors import DataFolderError
from community.description.data_folder import DataFolder
from palabre_cli.owned_folder import OwnedFolder
from tests.lib.in_process import Ran, palabre

OF_PROVISIONING = ("provisioner.json", "break-glass.json", "own-passwords.json")
OF_ALL = {
    "sign-in.json": "first passwords",
    "community.json": '{"key": "small"}',
    "synapse/url": "http://synapse:8008\n",
    "synapse/homeserver.yaml": "server_name: x\n",
    "synapse/log.yaml": "version: 1\n",
    "synapse/signing.key": "ed25519 a_1 seed\n",
    "synapse/macaroon.secret": "m",
    "synapse/form.secret": "f",
    "secrets/registration-shared-secret": "r",
    "secrets/pgpass": "postgres:5432:*:synapse:p\n",
    "secrets/words.json": '{"key": "w"}',
    "secrets/sealed-identities.json": "{}",
    "secrets/bot.json": '{"user_id": "@palabre:x", "password": "first"}',
    **{f"secrets/{name}": "{}" for name in OF_PROVISIONING},
}


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    for name, text in OF_ALL.items():
        (folder.root / name).write_text(text)
    return folder


def hand_over(whom: str, to: Path, data: DataFolder, *more: str) -> Ran:
    return palabre("hand-over", whom, to, "--data", data.root, *more, cwd=to.parent)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_synapse_gets_its_own_files_alone(data: DataFolder, tmp_path: Path) -> None:
    done = hand_over("synapse", tmp_path / "synapse", data)
    assert done.code == 0, done.err
    assert files(tmp_path / "synapse") == {
        *(f"synapse/{name}" for name in ("homeserver.yaml", "log.yaml", "signing.key", "macaroon.secret")),
        "synapse/form.secret",
        "secrets/registration-shared-secret",
        "secrets/pgpass",
    }


def test_the_bots_get_their_account_and_nothing_of_the_provisioners(data: DataFolder, tmp_path: Path) -> None:
    done = hand_over("bots", tmp_path / "bots", data)
    assert done.code == 0, done.err
    assert files(tmp_path / "bots") == {
        "community.json",
        "synapse/url",
        "secrets/bot.json",
        "secrets/words.json",
        "secrets/sealed-identities.json",
    }


def test_what_is_handed_over_is_for_its_owner_alone(data: DataFolder, tmp_path: Path) -> None:
    assert hand_over("bots", tmp_path / "bots", data, f"--owner={os.getuid()}").code == 0
    for path in (tmp_path / "bots", *(tmp_path / "bots").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0
        assert path.stat().st_uid == os.getuid()


def test_a_second_time_nothing_is_written(data: DataFolder, tmp_path: Path) -> None:
    hand_over("synapse", tmp_path / "synapse", data)
    again = hand_over("synapse", tmp_path / "synapse", data)
    assert again.out == f"Nothing has changed in {tmp_path / 'synapse'}.\n"
    (data.synapse / "homeserver.yaml").write_text("server_name: x # federation\n")
    changed = hand_over("synapse", tmp_path / "synapse", data)
    assert changed.out == f"Written: {tmp_path / 'synapse' / 'synapse' / 'homeserver.yaml'}\n"


def test_the_bots_session_stays_when_its_password_is_made_anew(data: DataFolder, tmp_path: Path) -> None:
    hand_over("bots", tmp_path / "bots", data)
    theirs = tmp_path / "bots" / "secrets" / "bot.json"
    session = {"user_id": "@palabre:x", "password": "first", "device_id": "D", "access_token": "t"}
    theirs.write_text(json.dumps(session))
    hand_over("bots", tmp_path / "bots", data)
    assert json.loads(theirs.read_text()) == session
    data.secret("bot.json").write_text('{"user_id": "@palabre:x", "password": "second"}')
    hand_over("bots", tmp_path / "bots", data)
    assert json.loads(theirs.read_text()) == {**session, "password": "second"}


def test_another_account_has_no_session_of_the_one_before(data: DataFolder, tmp_path: Path) -> None:
    hand_over("bots", tmp_path / "bots", data)
    theirs = tmp_path / "bots" / "secrets" / "bot.json"
    theirs.write_text('{"user_id": "@other:x", "password": "p", "device_id": "D"}')
    hand_over("bots", tmp_path / "bots", data)
    assert json.loads(theirs.read_text()) == {"user_id": "@palabre:x", "password": "first"}


def test_a_link_does_not_lead_root_into_the_folder_of_others(data: DataFolder, tmp_path: Path) -> None:
    bots = tmp_path / "bots"
    bots.mkdir()
    (bots / "secrets").symlink_to(data.secrets)
    before = {name: (data.root / name).read_bytes() for name in files(data.root)}
    done = hand_over("bots", bots, data)
    assert done.code == 1
    assert "cannot be written" in done.err
    assert {name: (data.root / name).read_bytes() for name in files(data.root)} == before


def test_a_damaged_account_is_said(data: DataFolder, tmp_path: Path) -> None:
    data.secret("bot.json").write_text('{"user_id": "@palabre:x"}')
    done = hand_over("bots", tmp_path / "bots", data)
    assert done.code == 1
    assert "bot.json is damaged" in done.err


def test_a_user_that_is_not_there_is_said(data: DataFolder, tmp_path: Path) -> None:
    done = hand_over("bots", tmp_path / "bots", data, "--owner=nobody-of-ours")
    assert done.code == 1
    assert "There is no user “nobody-of-ours”" in done.err


def test_a_link_in_the_place_of_a_draft_or_of_a_file_leads_nowhere(data: DataFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("root's")
    elsewhere.chmod(0o640)
    secrets = tmp_path / "bots" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / f".bot.json.{os.getpid()}").symlink_to(elsewhere)
    (secrets / "words.json").symlink_to(elsewhere)
    os.link(elsewhere, secrets / "sealed-identities.json")
    assert hand_over("bots", tmp_path / "bots", data, f"--owner={os.getuid()}").code == 0
    assert (elsewhere.read_text(), elsewhere.stat().st_mode & 0o777) == ("root's", 0o640)
    assert elsewhere.stat().st_nlink == 1
    for name in ("bot.json", "words.json", "sealed-identities.json"):
        assert not (secrets / name).is_symlink()
        assert json.loads((secrets / name).read_text()) == json.loads(data.secret(name).read_text())
    assert not list(secrets.glob(".*"))


def test_a_session_that_a_link_leads_to_is_not_read(data: DataFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text('{"user_id": "@palabre:x", "password": "first", "access_token": "of another"}')
    (tmp_path / "bots" / "secrets").mkdir(parents=True)
    theirs = tmp_path / "bots" / "secrets" / "bot.json"
    theirs.symlink_to(elsewhere)
    assert hand_over("bots", tmp_path / "bots", data).code == 0
    assert "access_token" not in theirs.read_text()


def test_a_folder_that_is_exchanged_for_a_link_meanwhile_changes_nothing_where_the_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, elsewhere = tmp_path / "bots", tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    folder = OwnedFolder(root, (os.getuid(), os.getgid()))
    folder.make("secrets")
    make = os.open

    def exchange(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        """Once the folder is open, and before the file is made, it becomes a link."""
        if flags & os.O_CREAT:
            (root / "secrets").rename(root / "moved")
            (root / "secrets").symlink_to(elsewhere)
        return make(path, flags, mode, dir_fd=dir_fd)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", exchange)
        assert folder.write("secrets/key", b"secret")
    assert list(elsewhere.iterdir()) == []
    assert elsewhere.stat().st_mode & 0o777 == 0o755
    assert (root / "moved" / "key").read_bytes() == b"secret"


def test_a_folder_that_is_a_link_keeps_the_rights_of_what_it_leads_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    (tmp_path / "bots").symlink_to(elsewhere)
    with pytest.raises(DataFolderError):
        OwnedFolder(tmp_path / "bots", None).make("logs")
    assert elsewhere.stat().st_mode & 0o777 == 0o755
    assert list(elsewhere.iterdir()) == []


def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(data: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "bots" / "secrets").mkdir(parents=True)
    os.mkfifo(tmp_path / "bots" / "secrets" / "bot.json")
    assert hand_over("bots", tmp_path / "bots", data).code == 0
    assert (tmp_path / "bots" / "secrets" / "bot.json").is_file()
