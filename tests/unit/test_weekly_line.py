"""The weekly line: when it is due, that it is filed once, and what it says."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from community.core.messages import CHAT_LANGUAGES, translator
from community.core.zones import ZoneInfo
from community.description.load import load_description
from community.description.settings import Settings
from community.description.week_time import WeekTime
from community.jobs.job import WaitingJobs
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.weekly_text import Concern
from community.storage import Store
from provisioning.health import ServiceHealth
from provisioning.weekly_line import TOO_LATE, concerns, due_since, line_of
from tests.lib.descriptions import SMALL
from tests.lib.forked import ROOT

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-11-30T09:00", "2026-11-30T09:00"),
        ("2026-11-30T08:59", "2026-11-23T09:00"),
        ("2026-12-06T23:59", "2026-11-30T09:00"),
    ],
)
def test_the_last_moment_of_a_week(now: str, last: str) -> None:
    moment = WeekTime.read("monday 09:00")
    assert moment is not None
    found = moment.last(datetime.fromisoformat(now).replace(tzinfo=UTC), ZoneInfo("Africa/Abidjan"))
    assert found == datetime.fromisoformat(last).replace(tzinfo=UTC)


def test_it_is_a_time_of_the_communitys_zone_also_when_its_clocks_change() -> None:
    moment = WeekTime.read("sunday 12:00")
    assert moment is not None
    paris = ZoneInfo("Europe/Paris")
    assert moment.last(datetime(2026, 10, 26, tzinfo=UTC), paris) == datetime(2026, 10, 25, 11, tzinfo=UTC)
    assert moment.last(datetime(2026, 10, 24, tzinfo=UTC), paris) == datetime(2026, 10, 18, 10, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["Monday 09:00", "monday 9:00", "montag 09:00", "monday 24:00", "on", ""])
def test_another_form_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(weekly_line=wrong)


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    return await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'palabre.db'}")


async def begun(store: Store, at: datetime, timezone: str = "Africa/Abidjan") -> None:
    """Apply a description at that moment, and look for the first time."""
    community = load_description(SMALL).community.model_copy(update={"timezone": timezone})
    await store.applied.replace(community, at=at)
    assert await due_since(store, Settings(), at) is None


async def test_it_is_due_from_the_moment_on_until_it_is_filed_whatever_it_says(store: Store) -> None:
    async with store:
        await begun(store, MONDAY - timedelta(days=3))
        assert await due_since(store, Settings(), MONDAY - HOUR) is None
        assert await due_since(store, Settings(), MONDAY) == MONDAY
        assert await store.jobs.file(line_of({Concern.DRIFT: "2"}, MONDAY), at=MONDAY)
        # Whoever looks again, after a restart too, finds it there, though all is well by now.
        assert await due_since(store, Settings(), MONDAY + HOUR) is None
        again = line_of({Concern.DRIFT: "3"}, MONDAY)
        assert not await store.jobs.file(again, at=MONDAY + HOUR)
        following = MONDAY + timedelta(days=7)
        assert await due_since(store, Settings(), following) == following


@pytest.mark.parametrize(
    ("timezone", "moment", "week"),
    [
        ("Europe/Paris", "monday 01:30", "2027-03-22T01:30"),
        ("Europe/Paris", "monday 01:30", "2027-10-25T01:30"),
        ("America/New_York", "sunday 19:30", "2027-03-07T19:30"),
        ("Pacific/Auckland", "monday 12:30", "2027-09-20T12:30"),
        ("Africa/Abidjan", "monday 09:00", "2026-12-28T09:00"),
    ],
)
async def test_each_week_has_its_line_also_when_the_clocks_change(
    store: Store, timezone: str, moment: str, week: str
) -> None:
    zone, settings = ZoneInfo(timezone), Settings(weekly_line=moment)
    first = datetime.fromisoformat(week).replace(tzinfo=zone)
    async with store:
        await begun(store, first - timedelta(days=9), timezone)
        for at in (first + number * timedelta(days=7) for number in range(3)):
            due = await due_since(store, settings, at.astimezone(UTC))
            assert due == at
            await store.jobs.file(line_of({}, due), at=at.astimezone(UTC))


async def test_it_is_left_out_when_it_is_too_late_switched_off_or_nothing_is_applied(store: Store) -> None:
    async with store:
        assert await due_since(store, Settings(), MONDAY) is None
        await begun(store, MONDAY - timedelta(days=3))
        assert await due_since(store, Settings(weekly_line="off"), MONDAY) is None
        assert await due_since(store, Settings(), MONDAY + TOO_LATE + HOUR) is None


async def test_an_installation_says_nothing_of_the_week_in_which_it_began(store: Store) -> None:
    async with store:
        await begun(store, MONDAY + HOUR)
        assert await due_since(store, Settings(), MONDAY + 2 * HOUR) is None


def test_what_is_not_well_is_found_with_numbers_and_names_nobody() -> None:
    health = ServiceHealth(lambda: MONDAY, free=lambda: 5)
    health.differences, health.faults = Counter({"+": 2, "~": 1}), Counter({"stranger": 1})
    health.bot_missing, health.reason = 2, "The homeserver does not answer."
    waiting = {
        "post": WaitingJobs(1, MONDAY - HOUR),
        # Waits for a person.
        "question": WaitingJobs(4, MONDAY - 50 * HOUR),
    }
    found = concerns(
        health, waiting, {"invite": 2}, least_free=10, newest_backup=MONDAY - timedelta(days=3), now=MONDAY
    )
    assert found == {
        "disk": "1",
        "drift": "3",
        "accounts": "1",
        "bot-missing": "2",
        "looks": "1",
        "waiting": "1",
        "failed": "2",
        "backup": "3",
    }
    assert set(found) == {concern.value for concern in Concern}


def test_where_nothing_is_wrong_all_is_well() -> None:
    health = ServiceHealth(lambda: MONDAY, free=lambda: 50)
    found = concerns(
        health,
        {"post": WaitingJobs(1, MONDAY)},
        {},
        least_free=10,
        newest_backup=MONDAY - timedelta(days=1),
        now=MONDAY,
    )
    notice = line_of(found, MONDAY)
    assert (notice.kind, notice.audience, notice.occasion) == (
        NoticeKind.WEEK_WELL,
        COORDINATORS,
        "2026-W49",
    )
    assert [str(each) for each in sentences_of(notice)] == ["This week's look at the network: all is well."]


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_each_concern_is_said_with_what_to_do_in_each_language(language: str) -> None:
    translate = translator(language, [ROOT / "community"])
    notice = Notice.decoded(line_of({concern.value: "7" for concern in Concern}, MONDAY).encoded())
    said = [translate(sentence) for sentence in sentences_of(notice)]
    assert len(said) == len(Concern) + 2
    assert len(set(said)) == len(said)
    if language != "en":
        english = {str(sentence) for sentence in sentences_of(notice)}
        assert english.isdisjoint(said)
    commands = re.findall(r"palabre (\w+)", " ".join(said))
    assert Counter(commands) == {"plan": 2, "doctor": 3, "apply": 1, "backup": 1}
