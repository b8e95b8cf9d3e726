"""`palabre doctor` and the bot's metrics, on a real homeserver and a real bot."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import urllib.request
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.seeds import RECOVERY, SEALED
from bots.metrics import BotCounts, serving_metrics
from bots.scheduler import Scheduler
from bots.status import read_status, status_writing
from community.core.listening import ListeningAddress
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken
from tests.lib.asking import visible
from tests.lib.bot import running_bot
from tests.lib.documented import NOT_RUN, documented, words_of
from tests.lib.forked import ROOT
from tests.lib.peer_client import until
from tests.lib.running import EXAMPLE, palabre
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_synapse(tmp_path_factory.mktemp("doctor")) as running:
        yield running


async def doctor(
    data: Path, words: Sequence[str] = ("doctor",), config: Path = EXAMPLE
) -> tuple[int, dict[str, str]]:
    """Return the exit code and the states by name."""
    code, out, error = await palabre(*words, "--json", "--config", str(config), "--data", str(data))
    assert error == ""
    answer = json.loads(out)
    assert answer["healthy"] is (code == 0)
    return code, {finding["name"]: finding["state"] for finding in answer["findings"]}


async def test_of_a_bot_that_never_started_it_says_what_to_start(tmp_path: Path) -> None:
    assert await doctor(tmp_path / "nothing") == (1, {"account": "fault"})
    with running_synapse(tmp_path / "new") as new:
        code, states = await doctor(new.data.root)
    assert (code, states["seeds"], states["process"]) == (1, "fault", "warning")


async def test_of_a_running_bot_it_says_that_all_is_well_and_disturbs_nothing(server: SynapseServer) -> None:
    async with running_bot(server.url, server.data) as bot:
        stop, answers = asyncio.Event(), Counter(tried_again=1)
        with serving_metrics(
            bot.client, BotCounts(jobs=Counter(failed=1), answers=answers), ListeningAddress(0)
        ) as port:
            scheduler = Scheduler()
            scheduler.add(
                status_writing(
                    bot.client, answers, server.data, metrics_port=port, now=lambda: datetime.now(UTC)
                )
            )
            reporting = asyncio.create_task(scheduler.run(stop))

            async def written() -> bool:
                return read_status(server.data) is not None

            await until(written, 10, "the status file")
            (server.data.identity / RECOVERY).unlink(missing_ok=True)
            code, states = await doctor(server.data.root)
            assert code == 0, states
            # How old the time zones are is a matter of the day.
            assert "time zones" in states
            others = states.keys() - {"time zones", "description", "backup"}
            assert {states[name] for name in others} == {"ok"}
            # Nothing was ever applied with this data folder, and nobody has a key for backups.
            assert (states["description"], states["backup"]) == ("warning", "warning")
            assert {"sync", "fallback key", "signature", "identity", "clock", "people"} <= states.keys()
            status = read_status(server.data)
            assert status is not None
            assert (status.one_time_keys, status.metrics_port, status.answers) == (50, port, answers)
            text = await asyncio.to_thread(scrape, f"http://127.0.0.1:{port}/metrics")
            assert "palabre_bot_one_time_keys 50.0" in text
            assert "palabre_bot_people_without_signed_device 0.0" in text
            assert 'palabre_bot_jobs_total{what="failed"} 1.0' in text
            assert 'palabre_bot_answers_total{what="tried_again"} 1.0' in text
            names = set(re.findall(r"^# TYPE (palabre_\w+)", text, re.MULTILINE))
            assert {
                f"palabre_bot_{name}" for name in ("identity_verified_timestamp_seconds", "rooms")
            } <= names
            documented = (ROOT / "docs" / "operator.md").read_text()
            assert [name for name in names if f"`{name}" not in documented] == []
            stop.set()
            await reporting


def scrape(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own http address
        return str(answer.read().decode())


async def test_each_thing_that_is_wrong_is_found(server: SynapseServer) -> None:
    async with running_bot(server.url, server.data) as bot:
        store = server.data.bot_crypto / f"{bot.client.device_id}.sqlite"
    (server.data.identity / RECOVERY).unlink(missing_ok=True)
    sealed = server.data.identity / SEALED
    kept = sealed.read_bytes()
    sealed.write_bytes(b"{}")
    assert (await doctor(server.data.root))[1]["seeds"] == "fault"
    sealed.write_bytes(kept)

    whole = store.read_bytes()
    store.write_bytes(b"not a database" * 100)
    assert (await doctor(server.data.root))[1]["store"] == "fault"
    store.write_bytes(whole)

    secret = json.loads(server.data.secret("bot.json").read_text())
    async with HomeserverClient(server.url, AccessToken(secret["access_token"])) as http:
        await ClientApi(http).logout()
    code, states = await doctor(server.data.root)
    assert (code, states["signature"], "identity" in states) == (0, "warning", False)


async def test_a_homeserver_that_is_away_is_said_to_be(server: SynapseServer) -> None:
    async with running_bot(server.url, server.data):
        pass  # it has a session to ask with
    url = server.data.embedded_url.read_text()
    server.data.embedded_url.write_text("http://127.0.0.1:9\n")
    try:
        code, states = await doctor(server.data.root)
    finally:
        server.data.embedded_url.write_text(url)
    assert (code, states["homeserver"]) == (1, "fault")


async def test_incident_6_a_clock_that_is_right_again_is_said_to_be(server: SynapseServer) -> None:
    async with running_bot(server.url, server.data):
        pass  # it has a session to ask with
    with documented("docs/operator.md", "6. The clock is wrong") as next_command:
        assert next_command("timedatectl") in NOT_RUN
        _, states = await doctor(server.data.root, words_of(next_command("palabre doctor")))
    assert states["clock"] == "ok"


async def test_incident_9_a_domain_that_leads_elsewhere_is_named(
    server: SynapseServer, tmp_path: Path
) -> None:
    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    settings = config / "settings.yaml"
    text = settings.read_text().replace("server_name: palabre.localhost", "server_name: palabre.invalid")
    settings.write_text(f"{text}\npublic_address: https://palabre.invalid\n")
    with documented("docs/operator.md", "9. The domain leads elsewhere") as next_command:
        code, states = await doctor(server.data.root, words_of(next_command("./palabre doctor")), config)
    # Where the tests are cut off themselves, it says that.
    named = {"public/name": "fault", "public/certificate": "fault"}
    assert (code, states) in ((1, named), (0, {"public": "warning"}))


async def test_in_french_each_finding_has_its_sentence(server: SynapseServer) -> None:
    async with running_bot(server.url, server.data):
        pass  # it has all that a bot leaves behind
    code, out, _ = await palabre(
        "--lang", "fr", "doctor", "--config", str(EXAMPLE), "--data", str(server.data.root)
    )
    assert code == 0, out
    assert "! Le robot ne tourne pas." in out
    assert "  → Démarrez-le avec « palabre up »" in visible(out)
