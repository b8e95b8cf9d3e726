"""What a monitoring system is told of the provisioning service."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from community.core.probe_server import ListeningAddress
from matrix.ids import UserId
from provisioning.bot_absences import BotAbsence
from provisioning.changes import JoinMember, RemoveMember
from provisioning.errors import HealthPortTaken
from provisioning.health import HANGS, LATE, ServiceHealth, serving_health
from provisioning.plan import Plan
from provisioning.snapshot import Membership

EVERY = timedelta(minutes=5)
AWA, BOT = UserId("@awa:example.org"), UserId("@palabre:example.org")


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> ServiceHealth:
    return ServiceHealth(clock)


@pytest.fixture
def url(health: ServiceHealth) -> Iterator[str]:
    with serving_health(health, ListeningAddress(0)) as port:
        yield f"http://127.0.0.1:{port}"


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own http address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_before_its_first_look_it_is_neither_healthy_nor_ready(url: str) -> None:
    assert get(f"{url}/healthz") == (503, '{"healthy": false}')
    assert get(f"{url}/readyz") == (503, '{"ready": false, "reason": null}')


def test_after_a_look_it_is_both(health: ServiceHealth, url: str) -> None:
    health.looked(Plan(()), EVERY)
    assert get(f"{url}/healthz")[0] == get(f"{url}/readyz")[0] == 200


def test_a_look_that_failed_is_told_with_its_reason_until_one_succeeds(
    health: ServiceHealth, url: str
) -> None:
    health.looked(Plan(()), EVERY)
    health.failed("The homeserver does not answer.")
    assert get(f"{url}/healthz")[0] == 200
    status, answer = get(f"{url}/readyz")
    assert (status, json.loads(answer)["reason"]) == (503, "The homeserver does not answer.")
    health.looked(Plan(()), EVERY)
    assert get(f"{url}/readyz")[0] == 200


def test_a_loop_that_hangs_is_not_healthy(health: ServiceHealth, clock: Clock, url: str) -> None:
    health.looked(Plan(()), EVERY)
    clock.time += HANGS
    assert get(f"{url}/healthz")[0] == 503


def test_one_that_lives_but_has_not_looked_for_long_is_not_ready(
    health: ServiceHealth, clock: Clock, url: str
) -> None:
    health.looked(Plan(()), EVERY)
    clock.time += LATE * EVERY + HANGS
    health.beat()
    assert get(f"{url}/healthz")[0] == 200
    assert get(f"{url}/readyz")[0] == 503


def test_the_metrics_tell_what_differs(health: ServiceHealth, url: str) -> None:
    health.looked(Plan((JoinMember("lobby", AWA), RemoveMember("cafe", AWA))), EVERY)
    health.failed("x")
    health.jobs["put_off"] += 1
    status, text = get(f"{url}/metrics")
    assert status == 200
    lines = text.splitlines()
    assert 'palabre_provisioning_differences{sign="add"} 1.0' in lines
    assert 'palabre_provisioning_differences{sign="change"} 0.0' in lines
    assert 'palabre_provisioning_differences{sign="remove"} 1.0' in lines
    assert 'palabre_provisioning_events_total{what="failed looks"} 1.0' in lines
    assert 'palabre_provisioning_jobs_total{what="put_off"} 1.0' in lines
    assert "palabre_provisioning_ready 0.0" in lines
    assert any(line.startswith("palabre_provisioning_last_look_timestamp_seconds 1.7") for line in lines)


def test_rooms_without_their_bot_are_counted(health: ServiceHealth, url: str) -> None:
    absent = tuple(BotAbsence(room, BOT, Membership.LEFT) for room in ("cafe", "lobby"))
    health.looked(Plan((), absent=absent), EVERY)
    assert "palabre_provisioning_rooms_without_bot 2.0" in get(f"{url}/metrics")[1].splitlines()
    health.looked(Plan(()), EVERY)
    assert "palabre_provisioning_rooms_without_bot 0.0" in get(f"{url}/metrics")[1].splitlines()


def test_any_other_page_is_not_there(url: str) -> None:
    assert get(f"{url}/")[0] == 404


def test_a_port_that_is_taken_is_one_sentence(health: ServiceHealth, url: str) -> None:
    port = int(url.rpartition(":")[2])
    with (
        pytest.raises(HealthPortTaken, match=rf"Port {port} .* is taken\. Name another"),
        serving_health(health, ListeningAddress(port)),
    ):
        pass


def test_without_a_port_nothing_is_served(health: ServiceHealth) -> None:
    with serving_health(health, None) as port:
        assert port is None
