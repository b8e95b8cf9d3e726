"""Questions name a week by its place in a month: the days of both ways to count them are shown, never this week's.

Some count seven days from the first on (15 to 21 December), others the weeks as they stand in a calendar (14 to 20).
"""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from community.core.weekends import week_days
from community.search.calendar_names import CalendarNames
from community.search.calendar_question import CalendarQuestion, Wanted
from community.search.calendar_reading import CalendarReader
from community.search.lexicon import lexicon_of
from tests.lib.descriptions import example

TODAY = date(2026, 11, 30)
"""A Monday."""
THIRD_OF_DECEMBER = (date(2026, 12, 14), date(2026, 12, 21))
FIRST_OF_DECEMBER = (date(2026, 12, 1), date(2026, 12, 7))
LAST_OF_JANUARY = (date(2027, 1, 25), date(2027, 1, 31))
SECOND_OF_MARCH = (date(2027, 3, 8), date(2027, 3, 14))
LAST_OF_NOVEMBER = (date(2026, 11, 23), date(2026, 11, 30))


@cache
def reader() -> CalendarReader:
    community = example().community
    return CalendarReader(lexicon_of(community), CalendarNames.of(community))


def asked(text: str, country: str = "") -> CalendarQuestion:
    found = reader().read(text, "en", TODAY, None, week_days(country))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("what is on in week 3 of december?", THIRD_OF_DECEMBER),
        ("anything the third week of december", THIRD_OF_DECEMBER),
        ("deadlines 3rd week december", THIRD_OF_DECEMBER),
        ("what is due in the first week of next month?", FIRST_OF_DECEMBER),
        ("deadlines in the last week of January", LAST_OF_JANUARY),
        ("deadlines last week of january", LAST_OF_JANUARY),
        ("meetings in week two of March", SECOND_OF_MARCH),
        ("what is on the last week of this month?", LAST_OF_NOVEMBER),
        ("what is on in the first week of the year 2027", (date(2027, 1, 1), date(2027, 1, 10))),
        ("what is on Tuesday of the third week of December", (date(2026, 12, 15),) * 2),
        ("what is on Monday of the third week of December", THIRD_OF_DECEMBER),
        ("what is due before the last week of January", (TODAY, date(2027, 1, 24))),
        ("qu'est-ce qu'il y a la troisième semaine de décembre ?", THIRD_OF_DECEMBER),
        ("échéances 3e semaine de décembre", THIRD_OF_DECEMBER),
        ("que faut-il rendre semaine 3 de décembre ?", THIRD_OF_DECEMBER),
        ("réunions de la première semaine du mois prochain", FIRST_OF_DECEMBER),
        ("y a-t-il une échéance la dernière semaine de janvier ?", LAST_OF_JANUARY),
        ("agenda de la 2ème semaine du mois de mars", SECOND_OF_MARCH),
        ("o que há na terceira semana de dezembro?", THIRD_OF_DECEMBER),
        ("prazos na 3ª semana de dezembro", THIRD_OF_DECEMBER),
        ("reuniões na semana 3 de dezembro", THIRD_OF_DECEMBER),
        ("que prazos há na primeira semana do próximo mês?", FIRST_OF_DECEMBER),
        ("prazos na última semana de janeiro", LAST_OF_JANUARY),
        ("ماذا عندنا في الأسبوع الثالث من ديسمبر؟", THIRD_OF_DECEMBER),
        ("الآجال في ثالث أسبوع من ديسمبر", THIRD_OF_DECEMBER),
        ("الآجال في الأسبوع 3 من شهر ديسمبر", THIRD_OF_DECEMBER),
        ("ما هي الاجتماعات في الأسبوع الأول من الشهر القادم؟", FIRST_OF_DECEMBER),
        ("الآجال في آخر أسبوع من يناير", LAST_OF_JANUARY),
        ("الآجال في الأسبوع الأخير من يناير", LAST_OF_JANUARY),
        ("reuniones en la tercera semana de diciembre", THIRD_OF_DECEMBER),
        ("plazos de la última semana de enero", LAST_OF_JANUARY),
        ("mikutano ya wiki ya tatu ya Desemba", THIRD_OF_DECEMBER),
    ],
)
def test_a_week_of_a_month_is_read_in_both_ways(text: str, days: tuple[date, date]) -> None:
    question = asked(text)
    assert (question.since, question.until, question.been) == (*days, False)
    assert question.wanted is Wanted.LIST


def test_where_the_week_begins_on_another_day_its_days_are_others() -> None:
    question = asked("what is on in the third week of December?", "EG")
    assert (question.since, question.until) == (date(2026, 12, 12), date(2026, 12, 21))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("what was due in the third week of october?", (date(2026, 10, 12), date(2026, 10, 21))),
        (
            "qu'est-ce qui était prévu la dernière semaine d'octobre ?",
            (date(2026, 10, 25), date(2026, 10, 31)),
        ),
        ("o que foi entregue na primeira semana de outubro?", (date(2026, 10, 1), date(2026, 10, 7))),
    ],
)
def test_what_has_been_is_of_the_past_month(text: str, days: tuple[date, date]) -> None:
    question = asked(text)
    assert (question.since, question.until, question.been) == (*days, True)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("what was due last week?", (date(2026, 11, 23), date(2026, 11, 29))),
        ("prazos na semana 14 de dezembro", (date(2026, 12, 14), date(2026, 12, 20))),
        ("anything in the week of 3 December", (date(2026, 11, 30), date(2026, 12, 6))),
        ("deadlines in week 3 of 2027", (date(2027, 1, 18), date(2027, 1, 24))),
        ("deadlines in week 3 of next year", (date(2027, 1, 18), date(2027, 1, 24))),
        ("anything in the first week of the training?", (None, None)),
    ],
)
def test_other_weeks_are_what_they_were(text: str, days: tuple[date | None, date | None]) -> None:
    question = asked(text)
    assert (question.since, question.until) == days
