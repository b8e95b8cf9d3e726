"""When something is, as people say it in each language: the exact moment, or the question that is asked."""

from __future__ import annotations

from datetime import datetime

import pytest

from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES
from community.core.zones import ZoneInfo
from community.description.model import Community
from community.search.when.doubts import SENTENCES, Doubt
from community.search.when.reader import LONGEST, Unsure, WhenRead, read_length, read_when
from community.search.when.when_setting import WhenSetting
from community.search.when.zone_reader import WhenPlaces
from tests.lib.cases import try_each
from tests.lib.descriptions import example
from tests.lib.when_phrases import (
    FOLDER,
    NOW,
    SaidPhrase,
    SealedPhrase,
    as_text,
    read_as,
    said_phrases,
    sealed_phrases,
    setting,
)

FILES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def reads_right(phrase: SaidPhrase) -> None:
    assert read_as(phrase.text) == phrase.expected


@pytest.mark.parametrize("name", FILES)
def test_a_phrase_is_read_as_the_moment_that_it_means_or_asked_about(name: str) -> None:
    try_each(said_phrases(name), reads_right)


def is_read_as_it_was_meant(phrase: SealedPhrase) -> None:
    found = read_when(phrase.text, phrase.where, tuple(dict.fromkeys((phrase.language, *LANGUAGES))))
    match found:
        case WhenRead(when, _used, title):
            assert as_text(when) == phrase.expected
            assert phrase.title in (None, title)
        case Unsure(doubt):
            assert f"unsure {doubt.name}" == phrase.expected
        case None:
            raise AssertionError("no time was read")


def test_a_phrase_of_a_sealed_evaluation_is_read_as_it_was_meant() -> None:
    try_each(sealed_phrases(), is_read_as_it_was_meant)


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_each_complete_language_has_phrases(language: str) -> None:
    assert len(list(said_phrases(language))) >= 40


def test_every_doubt_has_its_question() -> None:
    assert set(SENTENCES) == set(Doubt)


# --- what is asked is offered -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Friday at 4", ["2026-12-04T16:00", "2026-12-04T04:00"]),
        ("next Friday at 15:00", ["2026-12-04T15:00", "2026-12-11T15:00"]),
        ("mercredi à 15h", ["2026-12-02T15:00", "2026-12-09T15:00"]),
        ("demain soir", ["2026-12-03T18:00", "2026-12-03T19:00", "2026-12-03T20:00"]),
        ("vendredi 5 décembre à 10h", ["2026-12-05T10:00", "2026-12-04T10:00"]),
        ("vendredi à minuit", ["2026-12-05T00:00", "2026-12-04T00:00"]),
        ("dans quinze jours", ["2026-12-16", "2026-12-17"]),
        ("meeting in Kigali tomorrow at 15:00", ["2026-12-03T15:00", "2026-12-03T15:00 Africa/Kigali"]),
        ("28 March 2027 02:30 Paris time", ["2027-03-28T03:30 Europe/Paris"]),
        (
            "31 October 2027 02:30 Paris time",
            ["2027-10-31T02:30 Europe/Paris", "2027-10-31T02:30/2 Europe/Paris"],
        ),
        ("today at 8:00", []),
        ("at 9:00", ["2026-12-03T09:00"]),
        ("before Friday", ["2026-12-04 due", "2026-12-03 due"]),
    ],
)
def test_what_may_be_meant_is_offered_the_likeliest_first(text: str, offered: list[str]) -> None:
    found = read_when(text, setting())
    assert isinstance(found, Unsure)
    assert [as_text(when) for when in found.readings] == offered


def test_a_time_that_comes_twice_is_two_moments() -> None:
    found = read_when("31 October 2027 02:30 Paris time", setting())
    assert isinstance(found, Unsure)
    assert [when.moment.utcoffset() for when in found.readings] == [
        ZoneInfo("Europe/Paris").utcoffset(datetime(2027, 7, 1)),  # noqa: DTZ001
        ZoneInfo("Europe/Paris").utcoffset(datetime(2027, 12, 1)),  # noqa: DTZ001
    ]


def test_said_with_its_distance_from_utc_it_is_one_of_the_two() -> None:
    paris = setting(zone="Europe/Paris")
    assert read_as("31 October 2027 02:30 UTC+2", paris) == "2027-10-31T02:30 Europe/Paris"
    assert read_as("31 October 2027 02:30 UTC+1", paris) == "2027-10-31T02:30/2 Europe/Paris"


# --- who asks, where and when -----------------------------------------------------------------------------------------


def test_a_time_is_that_of_whoever_writes() -> None:
    assert read_as("tomorrow at 15:00", setting(zone="Africa/Nairobi")) == "2026-12-03T15:00 Africa/Nairobi"


def test_where_it_is_another_day_it_is_asked_which_one_is_meant() -> None:
    late = datetime(2026, 12, 2, 23, 30, tzinfo=ZoneInfo("Africa/Accra"))
    assert read_as("tomorrow at 15:00 Nairobi time", setting(late)) == "unsure WHOSE_TODAY"
    assert read_as("4 December at 15:00 Nairobi time", setting(late)) == "2026-12-04T15:00 Africa/Nairobi"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (2, "unsure THIS_OR_NEXT"),  # Wednesday: this week's Friday is still to come
        (4, "2026-12-11T15:00"),  # Friday
        (5, "2026-12-11T15:00"),  # Saturday
        (6, "unsure THIS_OR_NEXT"),  # Sunday, on which a week begins in some countries and ends in others
        (7, "unsure THIS_OR_NEXT"),
    ],
)
@pytest.mark.parametrize(
    "text", ["next Friday at 15:00", "vendredi prochain à 15h", "na próxima sexta às 15h"]
)
def test_next_friday_is_asked_about_while_this_friday_is_to_come(text: str, day: int, expected: str) -> None:
    assert read_as(text, setting(NOW.replace(day=day))) == expected


def test_a_weekday_is_today_only_while_its_hour_is_to_come() -> None:
    assert read_as("Wednesday at 9:30") == "2026-12-09T09:30"
    assert read_as("Wednesday at 9:45") == "unsure TODAY_OR_WEEK"


@pytest.mark.parametrize(
    ("country", "expected"), [("GH", "2027-04-03"), ("US", "unsure ORDER"), ("PH", "unsure ORDER")]
)
def test_where_some_write_the_month_first_it_is_asked_which_figure_is_the_day(
    country: str, expected: str
) -> None:
    places = WhenPlaces.of(with_a_city_in(country))
    where = WhenSetting(NOW, "Africa/Accra", places)
    assert read_as("3/4", where) == expected
    assert read_as("3/3", where) == "2027-03-03"
    assert read_as("23/4", where) == "2027-04-23"


def with_a_city_in(country: str) -> Community:
    community = example().community
    first, *others = community.cities
    return community.model_copy(update={"cities": (first.model_copy(update={"country": country}), *others)})


def test_a_29_february_is_asked_about_unless_its_year_is_near() -> None:
    assert read_as("29 February") == "unsure YEAR"
    assert read_as("29 February", setting(NOW.replace(year=2027))) == "2028-02-29"


# --- the rest of the message is the title -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("plan a call on waste next Tuesday 15h Kigali time, every two weeks", "plan a call on waste"),
        ("point déchets tous les mardis à 15h sauf le 29 décembre", "point déchets"),
        ("chamada sobre resíduos na segunda-feira às 14h30, hora de Maputo", "chamada sobre resíduos"),
        ("تسليم التقرير يوم 20 غشت", "تسليم التقرير"),
        ("atelier du 9 au 11 mai à Bizerte", "atelier à Bizerte"),
        ("Friday at 10:00 board meeting", "board meeting"),
        ("3 May all day workshop", "workshop"),
        ("rapport mensuel d'ici le 15 janvier", "rapport mensuel"),
        ("tous les lundis 10h point hebdo équipe", "point hebdo équipe"),
        ("weekdays at 8:45am, morning brief", "morning brief"),
        ("demain à 9h du matin, point", "point"),
        ("prazo: mapa das lixeiras, até 15/01 às 17h", "mapa das lixeiras"),
        ("الجمعة الساعة 10 صباحا لجنة القيادة", "لجنة القيادة"),
        ("demain à 10h : budget 2027, phase 2", "budget 2027, phase 2"),
    ],
)
def test_the_rest_is_the_title(text: str, title: str) -> None:
    found = read_when(text, setting())
    assert isinstance(found, WhenRead)
    assert found.title == title


def test_the_words_that_say_it_are_told() -> None:
    text = "call tomorrow at 15:00 with Kigali"
    found = read_when(text, setting())
    assert isinstance(found, WhenRead)
    assert [text[start:end] for start, end in found.used] == ["tomorrow at 15:00"]


# --- lengths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("two hours", 120),
        ("for two hours", 120),
        ("pendant 90 min", 90),
        ("une heure et demie", 90),
        ("1h30", 90),
        ("meia hora", 30),
        ("ساعتين", 120),
        ("dakika 30", 30),
        ("dos horas", 120),
        ("3 days", None),
        ("hello", None),
        ("two hours or so", None),
    ],
)
def test_lengths(text: str, minutes: int | None) -> None:
    assert read_length(text) == minutes


# --- hostile texts ----------------------------------------------------------------------------------------------------


def test_a_long_text_that_names_a_time_is_asked_for_in_short() -> None:
    found = read_when("tomorrow at 15:00 " + "a" * LONGEST, setting())
    assert isinstance(found, Unsure)
    assert found.doubt is Doubt.TOO_LONG
    assert read_when("a" * 10_000, setting()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ufdfa" * 50,
        "\u202e15\u202c:\u200b00",
        "٣" * 999,
        "½",
        "🗓️",
        "15:",
        ":15",
        "/",
        "3/",
        "-",
        "⁵",
        "le ③",
        "፫/፫",
        "፩፭፴፩",
    ],
)
def test_odd_texts_say_no_wrong_time(text: str) -> None:
    found = read_when(text, setting())
    assert not isinstance(found, WhenRead) or as_text(found.when) == "2026-12-02T15:00"
