"""What is kept compiled of a language is what Babel writes."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from babel import Locale
from babel.dates import format_date, format_time

from community.core.language_folders import LANGUAGES
from community.core.locale_texts import locale_texts
from community.core.messages import locale_of


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_each_day_is_written_as_babel_writes_it(language: str) -> None:
    days = [date(2023, 12, 31) + timedelta(days=number) for number in range(400)]
    locale = locale_of(language)
    assert [locale_texts(language).day(day) for day in days] == [
        as_people_write_it(format_date(day, "long", locale=locale), language) for day in days
    ]


def as_people_write_it(written: str, language: str) -> str:
    return re.sub("^1 ", "1er ", written) if language == "fr" else written


def test_each_minute_is_written_as_babel_writes_it(language: str) -> None:
    minutes = [datetime(2026, 5, 4) + timedelta(minutes=number) for number in range(24 * 60)]  # noqa: DTZ001
    locale = locale_of(language)
    assert [locale_texts(language).clock(minute) for minute in minutes] == [
        format_time(minute, "short", locale=locale) for minute in minutes
    ]


def test_countries_and_languages_have_the_names_that_babel_has(language: str) -> None:
    texts, locale = locale_texts(language), Locale.parse(locale_of(language))
    assert texts.territories == dict(locale.territories.items())
    assert texts.languages == dict(locale.languages.items())
