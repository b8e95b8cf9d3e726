"""The days that a question to the calendar names. Today is Wednesday, 25 November 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from community.core.weekends import week_days
from community.search.calendar_days import days_asked
from community.search.calendar_words import said_in_full, spotted

TODAY = date(2026, 11, 25)


def asked(text: str, country: str = "", *, been: bool = False) -> tuple[date | None, date | None]:
    said = said_in_full(text)
    found = days_asked(said, TODAY, spotted(said), week_days(country), been=been)
    return found.since, found.until


def november(first: int, last: int | None = None) -> tuple[date, date]:
    start = date(2026, 11, 1) + timedelta(days=first - 1)
    return start, start if last is None else date(2026, 11, 1) + timedelta(days=last - 1)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("agenda today", november(25)),
        ("anything tomorrow?", november(26)),
        ("deadlines this week", november(23, 29)),
        ("what is on next week", november(30, 36)),
        ("is there anything on Thursday", november(26)),
        ("anything on Wednesday", november(25)),
        ("what is on Friday the 4th", november(34)),
        ("anything on Friday 4 December", november(34)),
        ("anything on Friday 11 December", november(41)),
        ("qu'est-ce qu'il y a vendredi 4", november(34)),
        ("anything on Thursday 4 pm", november(26)),
        ("what is next week on Saturday", november(35)),
        ("what is on Saturday next week", november(35)),
        ("this week on Friday", november(27)),
        ("jeudi de la semaine prochaine", november(33)),
        ("la semaine prochaine, jeudi", november(33)),
        ("na quinta-feira da próxima semana", november(33)),
        ("this weekend", november(28, 29)),
        ("next weekend", november(35, 36)),
        ("tonight", november(25)),
        ("in the next 3 days", november(25, 28)),
        ("in two weeks", november(25, 39)),
        ("what is due by Friday", november(25, 27)),
        ("what is due before Friday", november(25, 26)),
        ("from Monday to Wednesday", november(30, 32)),
        ("meetings in May", (date(2027, 5, 1), date(2027, 5, 31))),
        ("on 22 December", (date(2026, 12, 22), date(2026, 12, 22))),
        ("after 15 January", (date(2027, 1, 15), None)),
        ("qu'est-ce qu'il y a la semaine prochaine", november(30, 36)),
        ("ce week-end", november(28, 29)),
        ("d'ici vendredi", november(25, 27)),
        ("jusqu'au 5 décembre", (TODAY, date(2026, 12, 5))),
        ("dans les 15 prochains jours", november(25, 40)),
        ("cet après-midi", november(25)),
        ("y a-t-il quelque chose jeudi", november(26)),
        ("esta semana", november(23, 29)),
        ("na próxima semana", november(30, 36)),
        ("semana que vem", november(30, 36)),
        ("nos próximos 7 dias", november(25, 32)),
        ("no fim de semana", november(28, 29)),
        ("até sexta-feira", november(25, 27)),
        ("na quinta-feira", november(26)),
        ("هذا الأسبوع", november(23, 29)),
        ("الأسبوع القادم", november(30, 36)),
        ("غدا", november(26)),
        ("يوم الخميس", november(26)),
        ("نهاية الأسبوع", november(28, 29)),
        ("خلال أسبوعين", november(25, 39)),
        ("في غشت", (date(2027, 8, 1), date(2027, 8, 31))),
        ("la próxima semana", november(30, 36)),
        ("wiki ijayo", november(30, 36)),
        ("may I know when the report is due", (None, None)),
        ("when is the second cohort's deadline", (None, None)),
        ("há alguma coisa no sábado", november(28)),
        ("what's next?", (None, None)),
    ],
)
def test_days_are_read_as_they_are_meant(text: str, days: tuple[date | None, date | None]) -> None:
    assert asked(text) == days


def test_what_has_been_is_looked_for_in_the_past() -> None:
    assert asked("what took place in October", been=True) == (date(2026, 10, 1), date(2026, 10, 31))
    assert asked("what took place in October") == (date(2027, 10, 1), date(2027, 10, 31))
    assert asked("last week", been=True) == november(16, 22)


@pytest.mark.parametrize(
    ("country", "text", "days"),
    [
        ("ML", "this weekend", november(28, 29)),
        ("EG", "this weekend", november(27, 28)),
        ("EG", "next weekend", november(34, 35)),
        ("EG", "هذا الأسبوع", november(21, 27)),
        ("EG", "next week", november(28, 34)),
        ("DZ", "ce week-end", november(27, 28)),
        ("DZ", "la semaine prochaine", november(28, 34)),
        ("DZ", "next week on Friday", november(34)),
        ("MZ", "esta semana", november(22, 28)),
        ("MZ", "na próxima semana", november(29, 35)),
        ("MZ", "fim de semana", november(28, 29)),
        ("ML", "by the end of the week", november(25, 29)),
        ("EG", "by the end of the week", november(25, 27)),
        ("ML", "at the end of the week", november(26, 29)),
        ("EG", "the week of 9 December", (date(2026, 12, 5), date(2026, 12, 11))),
        ("ML", "the week of 9 December", (date(2026, 12, 7), date(2026, 12, 13))),
    ],
)
def test_a_week_and_its_weekend_are_those_of_the_country(
    country: str, text: str, days: tuple[date, date]
) -> None:
    assert asked(text, country) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("what is due by the end of the month", november(25, 30)),
        ("before the end of the year", (TODAY, date(2026, 12, 31))),
        ("fin janvier", (date(2027, 1, 21), date(2027, 1, 31))),
        ("mid-December", (date(2026, 12, 11), date(2026, 12, 20))),
        ("início de março", (date(2027, 3, 1), date(2027, 3, 10))),
        ("أواخر ديسمبر", (date(2026, 12, 21), date(2026, 12, 31))),
        ("the day after tomorrow", november(27)),
        ("après-demain", november(27)),
        ("depois de amanhã", november(27)),
        ("بعد غد", november(27)),
        ("before Christmas", (TODAY, date(2026, 12, 24))),
        ("avant Noël", (TODAY, date(2026, 12, 24))),
        ("is the clinic on the 22nd", (date(2026, 12, 22), date(2026, 12, 22))),
        ("le 18", (date(2026, 12, 18), date(2026, 12, 18))),
        ("dia 30", november(30)),
        ("anything in month 2", (date(2027, 2, 1), date(2027, 2, 28))),
        ("بشهر 2", (date(2027, 2, 1), date(2027, 2, 28))),
        ("tomorrow morning", november(26)),
        ("يوم الخميس القادم", november(26)),
        ("the 2nd workshop", (None, None)),
        ("le 8 h", (None, None)),
    ],
)
def test_days_that_only_a_question_to_the_calendar_names(
    text: str, days: tuple[date | None, date | None]
) -> None:
    assert asked(text) == days
