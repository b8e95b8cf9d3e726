"""The doctor's findings: each fact has its state, and whatever is not well has a remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.checkup import Facts, ServerAnswer, findings
from bots.encryption.examination import Crypto, DeviceOnServer, Keys, OnDisk, Seeds, Signature
from bots.status import BotStatus
from community.core.doctor import Finding, State
from community.core.messages import msg

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AWA = "@awa:example.org"
DISK = OnDisk(Seeds.KEPT, recovery_file=False, crypto=Crypto.WHOLE, holder="123 palabre bots")
DEVICE = DeviceOnServer(Keys.OURS, Signature.VALID, 50)
STATUS = BotStatus(123, 0, "BOT", NOW.timestamp() - 5, 50, True, 0, {}, {}, None)
WELL = Facts(DISK, ServerAnswer(DEVICE, timedelta(seconds=1)), STATUS, (), {})


def disk(**change: Any) -> Facts:
    return replace(WELL, disk=replace(DISK, **change))


def device(clock: timedelta = timedelta(), **change: Any) -> Facts:
    return replace(WELL, server=ServerAnswer(replace(DEVICE, **change), clock))


def status(**change: Any) -> Facts:
    return replace(WELL, status=replace(STATUS, **change))


def test_when_all_is_well_each_point_says_so() -> None:
    found = findings(WELL, NOW)
    assert {finding.state for finding in found} == {State.OK}
    assert [finding.name for finding in found] == [
        "seeds",
        "recovery",
        "store",
        "process",
        "clock",
        "identity",
        "signature",
        "one-time keys",
        "sync",
        "fallback key",
        "people",
    ]


def test_where_the_bot_has_a_folder_of_its_own_one_line_says_to_ask_there() -> None:
    other = replace(disk(seeds=Seeds.MISSING, holder=None, crypto=Crypto.MISSING), server=None, status=None)
    found = findings(replace(other, may_be_elsewhere=True), NOW)
    assert [(finding.name, finding.state) for finding in found][:1] == [("bot", State.WARNING)]
    assert not {"seeds", "recovery", "store", "process"} & {finding.name for finding in found}
    # Its session is here: then so are its keys to be.
    here = replace(disk(seeds=Seeds.MISSING), may_be_elsewhere=True)
    assert findings(here, NOW)[0].name == "seeds"
    assert findings(other, NOW)[0].name == "seeds"


CASES: list[tuple[Facts | None, str, State]] = [
    (None, "account", State.FAULT),
    (disk(seeds=Seeds.MISSING), "seeds", State.FAULT),
    (status(answers={"failed": 2, "tried_again": 3}), "answers", State.WARNING),
    (disk(seeds=Seeds.UNREADABLE), "seeds", State.FAULT),
    (disk(recovery_file=True), "recovery", State.WARNING),
    (disk(recovery_file=True, recovery_key=True), "recovery", State.WARNING),
    (disk(crypto=Crypto.MISSING), "store", State.WARNING),
    (disk(crypto=Crypto.DAMAGED), "store", State.FAULT),
    (disk(holder=None), "process", State.WARNING),
    (replace(WELL, server=msg("It does not answer.")), "homeserver", State.FAULT),
    (device(clock=timedelta(seconds=31)), "clock", State.WARNING),
    (device(clock=-timedelta(minutes=6)), "clock", State.FAULT),
    (device(keys=Keys.FOREIGN), "identity", State.FAULT),
    (device(keys=Keys.NONE), "identity", State.WARNING),
    (device(signature=Signature.NOT_SIGNED), "signature", State.FAULT),
    (device(signature=Signature.NOT_THERE), "signature", State.WARNING),
    (device(one_time_keys=0), "one-time keys", State.WARNING),
    (status(synced_at=NOW.timestamp() - 200), "sync", State.FAULT),
    (status(synced_at=None), "sync", State.FAULT),
    (status(clock_doubt="apart"), "reminders", State.FAULT),
    (status(clock_doubt="jumped"), "reminders", State.FAULT),
    (status(settings_waiting=["homeserver.bots_url"]), "settings", State.WARNING),
    (status(fallback_key_unused=False), "fallback key", State.WARNING),
    (status(waiting_events=3), "waiting", State.WARNING),
    (status(counts={"store_put_back": 1}), "put back", State.WARNING),
    (status(counts={"records_unreadable": 2}), "crypto records", State.WARNING),
    (status(without_signed_device={AWA: ["!r"]}), "people", State.WARNING),
    (replace(WELL, invited=(AWA,)), "people", State.WARNING),
    (replace(WELL, failures={"invite": 2}), "jobs", State.WARNING),
]


@pytest.mark.parametrize(
    ("facts", "name", "state"), CASES, ids=[f"{n}-{s}-{i}" for i, (_, n, s) in enumerate(CASES)]
)
def test_what_is_not_well_is_named_with_a_remedy(facts: Facts | None, name: str, state: State) -> None:
    (found,) = [finding for finding in findings(facts, NOW) if finding.state is not State.OK]
    assert (found.name, found.state) == (name, state)
    assert found.remedy is not None


def test_with_a_recovery_key_the_file_is_not_asked_for() -> None:
    (found,) = [each for each in findings(disk(recovery_key=True), NOW) if each.name == "recovery"]
    assert (found.state, str(found.sentence)) == (
        State.OK,
        "There is a recovery key of the bot: keep it safe.",
    )


def test_many_people_are_counted_and_some_are_named() -> None:
    people = {f"@p{number:02}:example.org": ["!r"] for number in range(12)}
    (found,) = [f for f in findings(status(without_signed_device=people), NOW) if f.name == "people"]
    assert "12 people" in str(found.sentence)
    assert "@p00:example.org" in str(found.sentence)
    assert "(+2)" in str(found.sentence)


def test_what_a_stopped_bot_once_said_is_not_taken_for_now() -> None:
    def names(facts: Facts) -> set[str]:
        return {finding.name for finding in findings(facts, NOW)}

    stopped = replace(WELL, disk=replace(DISK, holder=None))
    assert names(WELL) - names(stopped) == {"sync", "fallback key"}


def test_of_an_ended_session_only_what_is_known_is_said() -> None:
    ended = device(keys=None, signature=Signature.NOT_THERE, one_time_keys=None)
    found: dict[str, Finding] = {finding.name: finding for finding in findings(ended, NOW)}
    assert not {"identity", "one-time keys"} & found.keys()
