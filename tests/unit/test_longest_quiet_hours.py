"""Quiet hours, a person's own and those of the files, last 16 hours at most by the clock; longer ones are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bots.features.quiet.words import QuietWish, reading
from community.agenda.personal_times import is_own_quiet
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.model import Community
from community.description.person import Person
from community.description.references import check_references
from community.description.settings import Settings
from community.description.yaml_text import path_text
from tests.lib.descriptions import small

COMMUNITY = small().community
REFUSED = (
    "“{value}” is longer than quiet hours can be, which is 16 hours: expected such as “20:00-07:00”, "
    "or “off” for none"
)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        pytest.param("quiet hours 06:00 to 22:00", "06:00-22:00", id="16 hours in a day"),
        pytest.param("quiet hours 17:00 to 09:00", "17:00-09:00", id="16 hours over midnight"),
        pytest.param(
            "heures calmes de 6h à 22h", "06:00-22:00", id="16 hours, where the other half may be meant"
        ),
        pytest.param("quiet hours 06:00 to 22:01", None, id="a minute more in a day"),
        pytest.param("quiet hours 17:00 to 09:01", None, id="a minute more over midnight"),
        pytest.param("quiet hours 6:00 to 22:01", None, id="a minute more, where the evening would fit"),
        pytest.param("quiet hours 06:00 to 05:59", None, id="all day but a minute"),
        pytest.param("quiet hours 06:00 to 5:59", None, id="all day but a minute, the end of either half"),
        pytest.param("quiet hours 00:00 to 23:59", None, id="all day but a minute from midnight on"),
        pytest.param("quiet hours 0:00 to 24:00", None, id="a day from midnight on"),
        pytest.param("quiet hours 21:00 to 21:00", None, id="from one time to the same"),
        pytest.param("quiet hours 9pm to 9pm", None, id="from one time to the same, in halves of the day"),
        pytest.param(
            "quiet hours 5:30 to 23:30", None, id="whoever writes 23:30 does not write 5:30 for the evening"
        ),
        pytest.param("quiet hours 9am to 8am", None, id="all day but an hour, in halves of the day"),
        pytest.param("quiet hours 9:00 am to 5:30", "09:00-17:30", id="the end of the half that fits"),
        pytest.param(
            "ne me dérange pas de 6h00 à 5h00", "18:00-05:00", id="the night, of two that may be meant"
        ),
        pytest.param("saa za utulivu kuanzia saa 1 asubuhi hadi saa 12 asubuhi", None, id="counted from six"),
    ],
)
def test_own_hours_of_more_than_sixteen_are_not_set(text: str, hours: str | None) -> None:
    read = reading(text, ("en", "fr", "sw"))
    assert read is not None
    expected = (QuietWish.TOO_LONG, "") if hours is None else (QuietWish.SET, hours)
    assert (read.wish, read.hours) == expected


def test_too_long_hours_that_are_not_wanted_are_not_refused() -> None:
    read = reading("no quiet hours 06:00 to 05:59", ("en",))
    assert read is not None
    assert read.wish is QuietWish.SHOW


def faults(community: Community) -> list[str]:
    found = check_references(community, Directory(version=1), Calendar(version=1), Settings())
    return [f"{path_text(fault.path)}: {fault.what}" for fault in found]


@pytest.mark.parametrize(
    ("quiet", "is_refused"),
    [
        ("06:00-22:00", False),
        ("17:00-09:00", False),
        ("00:00-16:00", False),
        ("off", False),
        ("06:00-22:01", True),
        ("17:00-09:01", True),
        ("23:59-16:00", True),
        ("06:00-05:59", True),
    ],
)
def test_the_files_have_no_longer_ones(quiet: str, *, is_refused: bool) -> None:
    first, *others = COMMUNITY.cities
    of_city = COMMUNITY.model_copy(update={"cities": (first.model_copy(update={"quiet": quiet}), *others)})
    times = COMMUNITY.reminders.model_copy(update={"quiet": quiet})
    of_all = COMMUNITY.model_copy(update={"reminders": times})
    said = REFUSED.format(value=quiet)
    assert faults(of_city) == ([f"cities[0].quiet: {said}"] if is_refused else [])
    assert faults(of_all) == ([f"reminders.quiet: {said}"] if is_refused else [])


def test_what_an_earlier_version_has_applied_can_still_be_read() -> None:
    first, *others = COMMUNITY.cities
    before = COMMUNITY.model_copy(
        update={"cities": (first.model_copy(update={"quiet": "06:00-05:59"}), *others)}
    )
    assert Community.model_validate_json(before.model_dump_json(by_alias=True), strict=True) == before


@pytest.mark.parametrize(
    ("begins", "ends", "lasts"),
    [
        pytest.param("2026-04-23T15:00", "2026-04-24T06:00", 15, id="the clocks are put on"),
        pytest.param("2026-10-29T14:00", "2026-10-30T07:00", 17, id="the clocks are put back"),
        pytest.param("2026-12-01T15:00", "2026-12-02T07:00", 16, id="they are not touched"),
    ],
)
def test_where_the_clocks_change_the_longest_hours_end_by_the_clock(
    begins: str, ends: str, lasts: int
) -> None:
    """In Cairo, from five in the afternoon to nine; moments in UTC."""
    community = COMMUNITY.model_copy(update={"timezone": "Africa/Cairo"})
    person = Person("@awa:h", "awa", "Awa", "member", None, (), ("en",))
    first, end = (datetime.fromisoformat(f"{text}+00:00").astimezone(UTC) for text in (begins, ends))
    assert end - first == timedelta(hours=lasts)
    minute = timedelta(minutes=1)
    seen = [
        is_own_quiet(person, "17:00-09:00", community, moment)
        for moment in (first - minute, first, end - minute, end)
    ]
    assert seen == [False, True, True, False]
