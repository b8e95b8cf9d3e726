"""``palabre plan`` and ``palabre apply`` as a person runs them."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from pathlib import Path

import pytest

from community.description.data_folder import APPLY_LOCK, SERVICE, DataFolder, write_private
from tests.lib.commands import palabre, start
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer

pytestmark = pytest.mark.live


@pytest.fixture
def place(synapse_server: SynapseServer, tmp_path: Path) -> Place:
    return make_place(synapse_server, tmp_path, SMALL)


async def test_plan_then_apply_its_digest_then_nothing(place: Place) -> None:
    place.rename("awa.diallo")
    planned = await palabre("plan", *place.options)
    assert planned.code == 0
    *_, summary, last = planned.out.splitlines()
    assert re.fullmatch(r"Plan: \d+ to add, 0 to change, 0 to remove", summary)
    digest = last.removeprefix("Digest: ")

    nobody = await palabre("apply", *place.options)
    assert nobody.code == 1
    assert nobody.err.startswith("Nothing was changed: there is nobody to ask.")
    assert f"palabre apply {digest}" in nobody.err

    other = await palabre("apply", "0" * 12, *place.options)
    assert other.code == 1
    assert other.err.startswith("There is no plan 000000000000 any more")

    applied = await palabre("apply", digest, *place.options)
    assert applied.code == 0
    assert "+ room lobby" in applied.out
    assert str(place.data.sign_in) in applied.out

    again = await palabre("apply", *place.options)
    assert again.code == 0
    assert "0 write requests were sent." in again.out

    as_json = await palabre("plan", *place.options, "--json")
    shown = json.loads(as_json.out)
    # Other tests have made rooms and accounts on this homeserver.
    usual = ("--archive", "not described", "invented")
    assert all(any(words in note for words in usual) for note in shown.pop("notes"))
    assert shown == {
        "digest": shown["digest"],
        "changes": [],
        "description": [],
        "excess": None,
        "summary": {"add": 0, "change": 0, "remove": 0},
    }


async def test_yes_applies_without_asking_and_the_plan_is_json(place: Place) -> None:
    planned = json.loads((await palabre("plan", *place.options, "--json")).out)
    assert planned["summary"]["add"] == len(planned["changes"])
    assert {"sign": "+", "kind": "CreateRoom", "subject": "lobby", "text": "room lobby"} in planned["changes"]
    assert (await palabre("apply", "--yes", *place.options)).code == 0
    assert json.loads((await palabre("plan", *place.options, "--json")).out)["changes"] == []


async def test_the_plan_is_read_in_french(place: Place) -> None:
    planned = await palabre("plan", *place.options, language="fr")
    assert "+ salon lobby" in planned.out.splitlines()
    assert "à ajouter" in planned.out


async def test_what_can_not_be_planned_is_one_sentence(place: Place, tmp_path: Path) -> None:
    empty = DataFolder(tmp_path / "empty")
    empty.prepare()
    nowhere = await palabre("plan", "--config", place.config, "--data", empty.root)
    assert nowhere.err.startswith("No homeserver is known")
    write_private(empty.embedded_url, b"http://127.0.0.1:9\n")
    nobody = await palabre("plan", "--config", place.config, "--data", empty.root)
    assert "Palabre does not have its account @palabre-provisioner" in nobody.err
    assert "run “palabre connect”" in nobody.err
    with place.data.locked("apply.lock", "palabre apply"):
        busy = await palabre("apply", "--yes", *place.options)
    assert "is in use by process" in busy.err
    assert {nowhere.code, nobody.code, busy.code} == {1}
    for ran in (nowhere, nobody, busy):
        assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("command", [("apply", "--yes"), ("person", "adopt", "--all", "--yes")])
async def test_a_command_waits_for_the_service_that_looks(place: Place, command: tuple[str, ...]) -> None:
    """The service looks at a file that was saved within a second, and holds the lock while it does."""
    with place.data.locked(APPLY_LOCK, SERVICE):
        process = await start((*command, *place.options), {})
        while process.returncode is None and not is_open(place.data.root / APPLY_LOCK, process.pid):
            await asyncio.sleep(0.05)
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b""), out


def is_open(path: Path, pid: int) -> bool:
    """Whether a process has a file open."""
    try:
        return any(each.readlink() == path for each in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # it has ended, or has just closed another file


async def test_with_a_mistake_in_the_community_who_has_left_is_shut_out_and_all_else_stays(
    place: Place,
) -> None:
    assert (await palabre("apply", "--yes", *place.options)).code == 0
    path = place.config / "community.yaml"
    # Neighbours' rooms on this homeserver are in the output too: no other has this name.
    renamed = f"Maquis {place.community}"
    text = path.read_text().replace("name: Café", f"name: {renamed}")
    assert renamed in text
    path.write_text(text.replace("role: city-lead, city: bamako", "role: city-leed, city: bamako"))
    for command in ("plan", "apply"):
        ran = await palabre(command, *place.options)
        assert ran.code == 1
        assert "community.yaml:" in ran.err
        assert "city-leed" in ran.err
    path.write_text(path.read_text().replace("languages: [en, fr]}", "languages: [en, fr], status: left}"))
    applied = await palabre("apply", "--yes", "--force", *place.options)
    assert (applied.code, applied.err) == (0, "")
    assert "! community.yaml has a mistake and stays as it was applied last" in applied.out
    assert "- account @claudine.uwase:" in applied.out
    assert renamed not in applied.out
    first = await palabre("apply", "--yes", "--first", *place.options)
    assert "Plan: 0 to add, 0 to change, 0 to remove" in first.out


async def test_serve_is_ready_and_ends_when_told(place: Place) -> None:
    place.set("provisioning", reconcile="report")
    process = await start(("serve", *place.options), {})
    ready = place.data.ready_file("serve")
    deadline = asyncio.get_running_loop().time() + 60
    while not ready.exists():
        assert process.returncode is None
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    assert ready.read_text().strip() == str(process.pid)
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0
    entry = json.loads(err.decode().splitlines()[0])
    assert (entry["event"], entry["level"]) == ("planned", "info")
    assert entry["summary"].startswith("Plan: ")
    planned = await palabre("plan", *place.options)
    assert "Plan: 0 to add" not in planned.out
