"""docs/operator.md, "Ten incidents": those in which a backup is put back. Their commands, on a small data folder."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lib.backups import SmallInstallation, content_of, small_installation
from tests.lib.commands import palabre
from tests.lib.documented import documented, words_of

PAGE = "docs/operator.md"
FAILED_UPGRADE = "10. The homeserver's key is lost, or an upgrade of Synapse has failed"


async def put_back(place: SmallInstallation, archive: Path, command: str) -> SmallInstallation:
    """Run the command of the page that puts a backup back, into another folder."""
    to = place.folder.parent / "back"
    mine = {"ARCHIVE": archive, "KEY": place.key.path, "FOLDER": to}
    ran = await palabre(*words_of(command, mine))
    assert ran.code == 0, ran
    return SmallInstallation(to, place.key)


async def states(place: SmallInstallation, command: str) -> dict[str, str]:
    """Return what the doctor finds, by name."""
    ran = await place.palabre(*words_of(command), "--json")
    return {finding["name"]: finding["state"] for finding in json.loads(ran.out)["findings"]}


async def test_incident_4_a_database_is_damaged(tmp_path: Path) -> None:
    place = await small_installation(tmp_path / "place")
    archive = await place.back_up()
    store = place.data.store.read_bytes()
    place.data.store.write_bytes(store[:4096] + b"\xff" * (len(store) - 4096))
    with documented(PAGE, "4. A database is damaged") as next_command:
        assert (await states(place, next_command("palabre doctor")))["database"] == "fault"
        back = await put_back(place, archive, next_command("palabre restore"))
    assert (await states(back, "palabre doctor"))["database"] == "ok"


async def test_incident_10_an_upgrade_of_synapse_has_failed(tmp_path: Path) -> None:
    place = await small_installation(tmp_path / "place")
    archive = await place.back_up()
    (place.data.synapse / "homeserver.db").write_bytes(b"as a newer Synapse has left it")
    (place.data.synapse / "signing.key").unlink()
    with documented(PAGE, FAILED_UPGRADE) as next_command:
        back = await put_back(place, archive, next_command("palabre restore"))
        assert (await states(back, next_command("palabre doctor")))["database"] == "ok"
    assert content_of(back.data.root)["synapse/signing.key"] == b"a signing key\n"
    assert b"event 1999" in content_of(back.data.root)["synapse/homeserver.db"]
