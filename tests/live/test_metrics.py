"""Metrics of a running community: what alerts and dashboard ask for is there, documented, and names nobody."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from community.description.backups import BACKUPS, archive_name
from matrix.client_api import ClientApi
from matrix.errors import MatrixError
from matrix.http import HomeserverClient
from matrix.ids import UserId
from tests.lib.forked import ROOT
from tests.lib.kept_processes import free_port
from tests.lib.peer_client import until
from tests.lib.running import Running, begin_as_the_example, copy_of_example, palabre_up

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

MONITORING = ROOT / "deploy" / "monitoring"
LINE = re.compile(r"^(\w+)(?:\{(.*)\})? ", re.MULTILINE)
USED = re.compile(r"\b(?:palabre|synapse|process)_\w+\b")
OF_PROMETHEUS = {"up"}


async def scraped(*ports: int, path: str = "/metrics") -> str:
    def get(port: int) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    return "".join([await asyncio.to_thread(get, port) for port in ports])


def expressions() -> Iterator[str]:
    """Yield what the alerts and the dashboard ask Prometheus for."""
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((MONITORING / "grafana" / "dashboards" / "palabre.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def labels_asked_for(expression: str) -> Iterator[tuple[str, str, str]]:
    """Yield each metric with a label and the value, or the choice of values, that an expression names."""
    for metric, inside in re.findall(r"(\w+)\{([^}]*)\}", expression):
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', inside):
            yield from ((metric, label, value) for value in values.split("|"))


async def ports_of(running: Running) -> tuple[int, int]:
    async def noted() -> tuple[int, int] | None:
        status = running.data / "run" / "bots.status.json"
        said = [json.loads(line) for line in running.log("serve").splitlines() if '"health_served"' in line]
        bot = json.loads(status.read_text())["metrics_port"] if status.exists() else None
        return (bot, int(said[0]["port"])) if said and bot else None

    return await until(noted, 30, "the ports of the metrics")  # type: ignore[no-any-return]


async def test_what_alerts_and_dashboard_ask_for_is_there_and_names_nobody(tmp_path: Path) -> None:
    data, config, of_synapse = tmp_path / "data", copy_of_example(tmp_path), free_port()
    settings = (config / "settings.yaml").read_text()
    for block, wanted in (
        ("homeserver", f"metrics_port: {of_synapse}"),
        ("provisioning", "http_port: 0"),
        ("bots", "metrics_port: 0"),
    ):
        settings = settings.replace(f"{block}:\n", f"{block}:\n  {wanted}\n")
    (config / "settings.yaml").write_text(settings)
    await begin_as_the_example(data)
    (data / BACKUPS).mkdir()
    # Its name says when it was made.
    (data / BACKUPS / archive_name("palabre.localhost", datetime.now(UTC))).touch()
    async with palabre_up(data, config) as running:
        _, serve = await ports_of(running)
        async with HomeserverClient(running.url) as http:
            with pytest.raises(MatrixError):
                await ClientApi(http).login(
                    UserId("@awa:palabre.localhost"), "not-the-password", device_name="x"
                )
        killed = running.bot_pid()
        os.kill(killed, signal.SIGKILL)

        async def is_counted() -> bool:
            return 'restarts_total{process="bots"} 1.0' in await scraped(serve)

        await until(is_counted, 60, "the restart in the metrics")

        async def is_back() -> bool:
            return running.bot_pid() != killed

        await until(is_back, 60, "the bot's next start")

        async def has_synced() -> str | None:
            bot, _ = await ports_of(running)
            try:
                text = await scraped(bot)
            except OSError:
                return None
            return text if "palabre_bot_last_sync_timestamp_seconds " in text else None

        own = await until(has_synced, 60, "the bot's metrics") + await scraped(serve)
        text = own + await scraped(of_synapse, path="/_synapse/metrics")
        people = [account["user_id"] for account in running.sign_in["accounts"]]
    there = {name for name, _ in LINE.findall(text)}
    asked = list(expressions())
    missing = {name for each in asked for name in USED.findall(each)} - there - OF_PROMETHEUS
    assert missing == set()
    lines = text.splitlines()
    for metric, label, value in (found for each in asked for found in labels_asked_for(each)):
        if label != "job" and not metric.startswith("palabre_bot_") and value != "429":
            assert any(line.startswith(f"{metric}{{") and f'{label}="{value}"' in line for line in lines), (
                metric,
                label,
                value,
            )
    documented = (ROOT / "docs" / "operator.md").read_text()
    ours = set(re.findall(r"^# TYPE (palabre_\w+)", own, re.MULTILINE))
    assert len(ours) > 20
    assert [name for name in sorted(ours) if f"| `{name}" not in documented] == []
    # And what is documented is there: all but what no healthy bot has had to count.
    listed = set(re.findall(r"^\| `(palabre_\w+)", documented, re.MULTILINE))
    assert listed - ours == set()
    for line in own.splitlines():
        assert "@" not in line
        assert "!" not in line
    local = {user[1:].partition(":")[0] for user in people}
    values = set(re.findall(r'="([^"]*)"', own))
    assert not values & local
