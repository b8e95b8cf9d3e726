"""The alerts and the dashboard in deploy/monitoring: each alert fires, none fires where all is well."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from community.jobs.kinds import KINDS
from palabre_cli.installers import promtool
from palabre_cli.testing import PROMETHEUS

ROOT = Path(__file__).parent.parent.parent
MONITORING = ROOT / "deploy" / "monitoring"
ALERTS = MONITORING / "alerts.yml"
RULES: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]


@dataclass(frozen=True)
class Case:
    """What Prometheus has seen, minute by minute, and when the alert has fired. ``labels``: those of the alert."""

    series: str
    values: str
    at: str
    labels: Mapping[str, str] = field(default_factory=dict)
    besides: tuple[tuple[str, str], ...] = ()


def case(series: str, values: str, at: str, *besides: tuple[str, str], **labels: str) -> Case:
    return Case(series, values, at, labels, besides)


GIGABYTE = 1_000_000_000
SIGN_INS = (
    'synapse_http_server_response_time_seconds_count{job="synapse",servlet="LoginRestServlet",code="403"}'
)
CASES: Mapping[str, Case] = {
    "BotDown": case('up{job="bots"}', "0x10", "6m", job="bots"),
    "ServiceDown": case('up{job="serve"}', "0x10", "6m", job="serve"),
    "HomeserverDown": case('up{job="synapse"}', "0x10", "3m", job="synapse"),
    "BotHearsNothing": case("palabre_bot_last_sync_timestamp_seconds", "0x10", "8m"),
    "DatabaseDown": case("palabre_database_reachable", "0x10", "3m"),
    "JobsWait": case('palabre_jobs_oldest_seconds{kind="post"}', "960+60x10", "6m", kind="post"),
    "JobsFailed": case('palabre_jobs_failed{kind="invite"}', "0x5 1x60", "15m", kind="invite"),
    "AnswersFailed": case('palabre_bot_answers_total{what="failed"}', "0x5 1x60", "15m", what="failed"),
    "SendingSlow": case(
        'palabre_bot_send_seconds_bucket{le="10"}',
        "0+5x40",
        "35m",
        ('palabre_bot_send_seconds_bucket{le="30"}', "0+10x40"),
        ('palabre_bot_send_seconds_bucket{le="+Inf"}', "0+10x40"),
    ),
    "SendingFails": case("palabre_bot_sends_failed_total", "0+2x30", "20m"),
    "MessagesUnreadable": case("palabre_bot_waiting_events", "11x40", "31m"),
    "PostsDropped": case('palabre_bot_posts_total{what="dropped"}', "0x5 1x60", "15m", what="dropped"),
    "PostsLate": case('palabre_bot_posts_total{what="late"}', "0x5 1x60", "15m", what="late"),
    "LooksFail": case("palabre_provisioning_ready", "0x30", "16m"),
    "NotAsDescribed": case('palabre_provisioning_differences{sign="add"}', "2x400", "361m"),
    "BotMissing": case("palabre_provisioning_rooms_without_bot", "1x40", "31m"),
    "AccountFault": case('palabre_provisioning_account_faults{kind="stranger"}', "1x5", "1m"),
    "IdentityNotVerified": case("palabre_bot_identity_verified_timestamp_seconds", "0x200", "190m"),
    "ClocksApart": case("palabre_bot_clock_difference_seconds", "-121x10", "6m"),
    "OneTimeKeysGone": case("palabre_bot_one_time_keys", "0x20", "11m"),
    "DiskNearlyFull": case(
        'palabre_disk_free_bytes{folder="data"}',
        f"{GIGABYTE // 2}x10",
        "6m",
        ("palabre_disk_least_free_bytes", f"{GIGABYTE}x10"),
        folder="data",
    ),
    "DiskFillsUp": case(
        # A gigabyte a day, of which two are left.
        'palabre_disk_free_bytes{folder="data"}',
        f"{2 * GIGABYTE}-{GIGABYTE // 1440}x200",
        "90m",
        folder="data",
    ),
    "BackupOld": case("palabre_backup_newest_timestamp_seconds", "0x3000", "2950m"),
    "SignInsFail": case(SIGN_INS, "0+4x30", "20m"),
    "ProcessRestarts": case(
        'process_start_time_seconds{job="bots"}', "0x5 60x5 120x5 180x60", "30m", job="bots"
    ),
    "SupervisorRestarts": case(
        'palabre_process_restarts_total{process="bots"}', "0+1x20", "15m", process="bots"
    ),
}
"""Each alert by name, with what makes it fire."""
WELL: Mapping[str, str] = {
    'up{job="bots"}': "1",
    'up{job="serve"}': "1",
    'up{job="synapse"}': "1",
    "palabre_database_reachable": "1",
    'palabre_jobs_oldest_seconds{kind="post"}': "5",
    'palabre_jobs_oldest_seconds{kind="question"}': "90000",
    'palabre_jobs_failed{kind="invite"}': "1",
    'palabre_bot_answers_total{what="failed"}': "3",
    'palabre_bot_send_seconds_bucket{le="10"}': "7",
    'palabre_bot_send_seconds_bucket{le="+Inf"}': "7",
    "palabre_bot_sends_failed_total": "5",
    "palabre_bot_waiting_events": "2",
    'palabre_bot_posts_total{what="dropped"}': "1",
    'palabre_bot_posts_total{what="late"}': "1",
    "palabre_provisioning_ready": "1",
    'palabre_provisioning_differences{sign="add"}': "0",
    "palabre_provisioning_rooms_without_bot": "0",
    'palabre_provisioning_account_faults{kind="stranger"}': "0",
    "palabre_bot_clock_difference_seconds": "1",
    "palabre_bot_one_time_keys": "50",
    'palabre_disk_free_bytes{folder="data"}': str(30 * GIGABYTE),
    "palabre_disk_least_free_bytes": str(GIGABYTE),
    SIGN_INS: "12",
    'process_start_time_seconds{job="bots"}': "100",
    'palabre_process_restarts_total{process="bots"}': "1",
}
"""What a healthy installation shows for hours. The moments of the last sync rise with the time."""


def check(*arguments: str | Path) -> str:
    program = promtool(ROOT / PROMETHEUS)
    assert program is not None, "“./palabre test” installs promtool"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fired(rule: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    said = {
        name: re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)
        for name, text in rule["annotations"].items()
    }
    return {"exp_labels": {**labels, **rule["labels"]}, "exp_annotations": said}


def run_cases(folder: Path, tests: Iterable[dict[str, Any]]) -> None:
    path = folder / "alerts.test.yml"
    path.write_text(
        yaml.safe_dump(
            {"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": list(tests)}, width=10_000
        )
    )
    check("test", "rules", path)


def test_the_rules_and_the_configuration_are_valid() -> None:
    assert f"{len(RULES)} rules found" in check("check", "rules", ALERTS)
    check("check", "config", MONITORING / "prometheus.yml")


def test_each_alert_has_a_case_that_makes_it_fire(tmp_path: Path) -> None:
    assert [rule["alert"] for rule in RULES] == list(CASES)
    tests = []
    for rule in RULES:
        one = CASES[rule["alert"]]
        series = [
            {"series": name, "values": values} for name, values in ((one.series, one.values), *one.besides)
        ]
        expected = {
            "eval_time": one.at,
            "alertname": rule["alert"],
            "exp_alerts": [fired(rule, one.labels)],
        }
        tests.append({"interval": "1m", "input_series": series, "alert_rule_test": [expected]})
    run_cases(tmp_path, tests)


def test_where_all_is_well_none_fires(tmp_path: Path) -> None:
    series = [{"series": name, "values": f"{value}x500"} for name, value in WELL.items()]
    moments = (
        "palabre_bot_last_sync_timestamp_seconds",
        "palabre_bot_identity_verified_timestamp_seconds",
        "palabre_backup_newest_timestamp_seconds",
    )
    series += [{"series": name, "values": "0+60x500"} for name in moments]
    silent = [
        {"eval_time": at, "alertname": rule["alert"], "exp_alerts": []}
        for rule in RULES
        for at in ("5m", "480m")
    ]
    run_cases(tmp_path, [{"interval": "1m", "input_series": series, "alert_rule_test": silent}])


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_each_alert_says_what_is_and_what_to_do_in_both_languages(rule: Mapping[str, Any]) -> None:
    said = rule["annotations"]
    assert set(said) == {"summary", "remedy", "summary_fr", "remedy_fr"}
    assert all(text.endswith(".") and len(text) > 20 for text in said.values())
    assert rule["labels"]["severity"] in {"now", "today"}


def test_the_kinds_of_jobs_that_alerts_name_exist() -> None:
    kinds = [
        kind
        for rule in RULES
        for found in re.findall(r'kind=~"([^"]+)"', rule["expr"])
        for kind in found.split("|")
    ]
    assert kinds
    assert set(kinds) <= set(KINDS)


def test_the_dashboard_is_found_by_grafana_and_asks_the_given_source() -> None:
    provisioning = MONITORING / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "palabre.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
    dashboard = json.loads((MONITORING / "grafana" / "dashboards" / "palabre.json").read_text())
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {source["uid"]}
    places = [tuple(panel["gridPos"][side] for side in "xy") for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
