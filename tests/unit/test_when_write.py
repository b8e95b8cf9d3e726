"""When something is, written for a reader; and read again, in each language, it is the same moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example as also
from hypothesis import given
from hypothesis import strategies as st

import community
from community.core.language_folders import LANGUAGES
from community.core.locale_texts import local_texts
from community.core.messages import translator
from community.core.zones import ZoneInfo, zone_names
from community.description.repetition import moments_of, read_repetition
from community.description.when import When, aware, instants
from community.description.when_text import WhenWriter
from community.search.when.reader import WhenRead, read_when
from tests.lib.descriptions import example
from tests.lib.when_phrases import NOW, setting

ROOT = Path(community.__file__).parent
CITIES = example().community.cities
ZONES = sorted(name for name in zone_names() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
CALL = When(
    datetime(2026, 12, 8, 15, 0),  # noqa: DTZ001
    "Africa/Kigali",
    timedelta(minutes=90),
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270831",
    (datetime(2027, 1, 5, 15, 0),),  # noqa: DTZ001
)


def writer(language: str, country: str = "") -> WhenWriter:
    return WhenWriter(translator(language, (ROOT,)), CITIES, country)


def test_the_echo_tells_weekday_zone_first_days_and_each_citys_time() -> None:
    assert writer("en").lines(CALL) == (
        (
            "Tuesday, 8 December 2026, 15:00–16:30, Kigali time, every 2 weeks, Tuesday, until 31 August 2027, "
            "except on 5 January 2027"
        ),
        "The first ones: Tuesday, 8 December 2026, Tuesday, 22 December 2026, Tuesday, 19 January 2027",
        (
            "16:00 in Kampala, 15:00 in Kigali and Matola, 14:00 in Bizerte, Lagos, Niamey and Sèmè-Podji, "
            "13:00 in Bamako, Benguerir, Kumasi and Nouakchott"
        ),
    )


def test_in_french() -> None:
    assert writer("fr").lines(CALL)[0] == (
        "mardi 8 décembre 2026, 15:00–16:30, heure de Kigali, toutes les 2 semaines, mardi, jusqu'au 31 août 2027, "
        "sauf le 5 janvier 2027"
    )


def test_where_it_is_another_day_its_weekday_is_told() -> None:
    late = When(datetime(2026, 12, 8, 22, 30), "Africa/Accra")  # noqa: DTZ001
    assert (
        writer("en")
        .lines(late)[-1]
        .startswith("01:30 (Wednesday) in Kampala, 00:30 (Wednesday) in Kigali and")
    )


@pytest.mark.parametrize(
    ("country", "august"),
    [("MA", "غشت"), ("TN", "أوت"), ("DZ", "أوت"), ("EG", "أغسطس"), ("", "أغسطس"), ("XX", "أغسطس")],
)
def test_months_are_called_as_in_the_readers_country(country: str, august: str) -> None:
    line = writer("ar", country).in_one_line(When(date(2027, 8, 20), "Africa/Accra"))
    assert f"20 {august} 2027" in line


def test_a_country_without_names_of_its_own_has_those_of_the_language() -> None:
    assert local_texts("fr", "ML").months[7] == "août"
    assert local_texts("pt", "MZ").months[7] == "agosto"


def test_a_vowel_has_another_word_for_of_in_french() -> None:
    accra = CITIES[0].model_copy(update={"name": type(CITIES[0].name)("Accra"), "timezone": "Africa/Accra"})
    french = WhenWriter(translator("fr", (ROOT,)), (accra,))
    assert french.zone(When(datetime(2027, 1, 4, 10), "Africa/Accra")) == "heure d'Accra"  # noqa: DTZ001


def test_a_rule_with_parts_that_are_seldom_used_stands_as_it_is_written() -> None:
    rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    assert writer("en").in_one_line(When(date(2027, 1, 29), "Africa/Accra", repeat=rule)).endswith(rule)


# --- written and read again -------------------------------------------------------------------------------------------

STARTS = st.datetimes(datetime(2027, 1, 1), datetime(2032, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0)
)
LENGTHS = st.none() | st.integers(1, 60 * 72).map(lambda minutes: timedelta(minutes=minutes))
RULES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;BYDAY=MO;COUNT=12",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
        "FREQ=WEEKLY;INTERVAL=11;BYDAY=SU",
        "FREQ=WEEKLY;BYDAY=WE;UNTIL=20351231",
        "FREQ=WEEKLY;BYDAY=FR;BYMONTH=1,2,3,4,5,6,7,9,10,11,12",
        "FREQ=MONTHLY;BYDAY=1TH",
        "FREQ=MONTHLY;BYDAY=2MO",
        "FREQ=MONTHLY;BYDAY=3SA",
        "FREQ=MONTHLY;BYDAY=4SU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=1TU;UNTIL=20351231",
        "FREQ=MONTHLY;BYMONTHDAY=15",
        "FREQ=YEARLY",
    ]
)


def read_again(when: When, language: str, zone: str, country: str = "") -> When:
    line = writer(language, country).in_one_line(when)
    found = read_when(line, setting(NOW, zone))
    assert isinstance(found, WhenRead), (line, found)
    assert found.title == "", line
    return found.when


@given(
    language=st.sampled_from(LANGUAGES),
    start=STARTS,
    lasts=LENGTHS,
    zone=st.sampled_from(ZONES),
    country=st.sampled_from(["", "MA", "TN", "EG"]),
)
@also(language="fr", start=datetime(2027, 10, 31, 2, 30), lasts=None, zone="Europe/Paris", country="")  # noqa: DTZ001
@also(
    language="fr",
    start=datetime(2027, 1, 1, 0, 0),  # noqa: DTZ001
    lasts=timedelta(hours=24),
    zone="Africa/Kigali",
    country="",
)
def test_a_moment_is_read_as_it_was_written(
    language: str, start: datetime, lasts: timedelta | None, zone: str, country: str
) -> None:
    if not instants(start, zone):
        start = aware(start, zone).replace(tzinfo=None, fold=0)
    when = When(start, zone, lasts)
    found = read_again(when, language, zone, country)
    assert found.moment == when.moment
    assert found.moment.utcoffset() == when.moment.utcoffset()
    assert found.end == when.end


@given(language=st.sampled_from(LANGUAGES), start=STARTS.map(datetime.date), days=st.integers(1, 40))
def test_days_are_read_as_they_were_written(language: str, start: date, days: int) -> None:
    when = When(start, "Africa/Accra", timedelta(days=days) if days > 1 else None)
    assert read_again(when, language, "Africa/Accra") == when


@given(
    language=st.sampled_from(LANGUAGES),
    start=STARTS,
    lasts=LENGTHS,
    rule=RULES,
    left_out=st.sets(st.integers(1, 3), max_size=2),
)
def test_what_is_repeated_is_read_as_it_was_written(
    language: str, start: datetime, lasts: timedelta | None, rule: str, left_out: set[int]
) -> None:
    repetition = read_repetition(rule)
    assert repetition is not None
    first, *others = moments_of(repetition, start, ZoneInfo("Africa/Kigali"), 4)
    without = tuple(sorted(others[number - 1] for number in left_out if number <= len(others)))
    when = When(first, "Africa/Kigali", lasts, rule, without)
    assert read_again(when, language, "Africa/Kigali") == when
