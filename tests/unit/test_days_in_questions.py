"""Days that questions name by a month, by a weekend or from one to another; and names with a hyphen, which are no days.

Today is Monday, 30 November 2026.
"""

from __future__ import annotations

from datetime import date

import pytest

from community.search.calendar_question import Wanted
from tests.unit.test_weeks_of_months import asked

FOURTEENTH_TO_EIGHTEENTH = (date(2026, 12, 14), date(2026, 12, 18))
SEVENTH_OF_JANUARY = (date(2027, 1, 7),) * 2
LAST_FRIDAY = (date(2027, 1, 29),) * 2
WEEK_AFTER_NEXT = (date(2026, 12, 14), date(2026, 12, 20))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("anything from 14 to 18 december?", FOURTEENTH_TO_EIGHTEENTH),
        ("what do we have from the 14th to the 18th of december?", FOURTEENTH_TO_EIGHTEENTH),
        ("anything from monday 14 to friday 18 december?", FOURTEENTH_TO_EIGHTEENTH),
        ("anything between monday 14 and friday 18 december?", FOURTEENTH_TO_EIGHTEENTH),
        ("deadlines from 28 dec to 2 jan", (date(2026, 12, 28), date(2027, 1, 2))),
        ("anything from january 11 to 15?", (date(2027, 1, 11), date(2027, 1, 15))),
        ("qu'est-ce qu'il y a du lundi 14 au vendredi 18 décembre ?", FOURTEENTH_TO_EIGHTEENTH),
        ("quels prazos de segunda 14 a sexta 18 de dezembro?", FOURTEENTH_TO_EIGHTEENTH),
        ("que prazos há desde 14 até 18 de dezembro?", FOURTEENTH_TO_EIGHTEENTH),
        ("ماذا عندنا من الاثنين 14 إلى الجمعة 18 ديسمبر؟", FOURTEENTH_TO_EIGHTEENTH),
        ("ماذا عندنا بين 14 و18 ديسمبر؟", FOURTEENTH_TO_EIGHTEENTH),
        ("qué plazos hay desde el 14 hasta el 18 de diciembre", FOURTEENTH_TO_EIGHTEENTH),
        ("what's on from 11 january?", (date(2027, 1, 11), None)),
        ("anything on the first Thursday of January?", SEVENTH_OF_JANUARY),
        ("qu'est-ce qu'il y a le premier jeudi de janvier ?", SEVENTH_OF_JANUARY),
        ("o que há na primeira quinta de janeiro?", SEVENTH_OF_JANUARY),
        ("ماذا عندنا أول خميس من يناير؟", SEVENTH_OF_JANUARY),
        ("deadlines on the last Friday of January", LAST_FRIDAY),
        ("y a-t-il une réunion le dernier vendredi de janvier ?", LAST_FRIDAY),
        ("o que há na última sexta-feira de janeiro?", LAST_FRIDAY),
        ("ماذا عندنا آخر جمعة من يناير؟", LAST_FRIDAY),
        ("deadlines in the first two weeks of January", (date(2027, 1, 1), date(2027, 1, 17))),
        ("what's on the week after next?", WEEK_AFTER_NEXT),
        ("qu'est-ce qu'il y a la semaine après la prochaine ?", WEEK_AFTER_NEXT),
        ("o que há na semana depois da próxima?", WEEK_AFTER_NEXT),
        ("ماذا عندنا الأسبوع بعد القادم؟", WEEK_AFTER_NEXT),
        ("anything Friday week?", (date(2026, 12, 11),) * 2),
        ("vendredi en huit, il y a quoi ?", (date(2026, 12, 11),) * 2),
        ("anything the weekend of 12 December?", (date(2026, 12, 12), date(2026, 12, 13))),
        ("qu'est-ce qu'il y a le week-end du 19 décembre ?", (date(2026, 12, 19), date(2026, 12, 20))),
    ],
)
def test_the_days_are_those_that_are_named(text: str, days: tuple[date, date | None]) -> None:
    question = asked(text)
    assert (question.since, question.until, question.been) == (*days, False)
    assert (question.wanted, question.about, question.after_next) == (Wanted.LIST, (), False)


@pytest.mark.parametrize(
    "text",
    [
        "what was due in week 40?",
        "what did we have to hand in in S40?",
        "ce qui était à rendre semaine 40",
        "que fallait-il rendre en semaine 40 ?",
        "qu'y avait-il en S40 ?",
        "on devait rendre quoi en semaine 40 ?",
        "o que era para entregar na semana 40?",
        "que prazos havia na semana 40?",
        "o que estava previsto na semana 40?",
        "ماذا كان مطلوبا في الأسبوع 40؟",
        "ما الذي كان علينا تسليمه في الأسبوع 40؟",
        "qué plazos había en la semana 40",
    ],
)
def test_a_week_that_is_asked_about_in_the_past_is_the_past_one(text: str) -> None:
    question = asked(text)
    assert (question.since, question.until, question.been) == (date(2026, 9, 28), date(2026, 10, 4), True)


@pytest.mark.parametrize(
    "text",
    [
        "what was due in March?",
        "que fallait-il rendre en mars ?",
        "que prazos havia em março?",
        "ماذا كان مطلوبا في مارس؟",
    ],
)
def test_so_is_a_month(text: str) -> None:
    question = asked(text)
    assert (question.since, question.until, question.been) == (date(2026, 3, 1), date(2026, 3, 31), True)


@pytest.mark.parametrize(
    "text",
    [
        "meetings since the 1st of November",
        "réunions depuis le 1er novembre",
        "reuniões desde 1 de novembro",
        "الاجتماعات منذ 1 نوفمبر",
    ],
)
def test_since_a_day_is_since_the_one_that_was(text: str) -> None:
    question = asked(text)
    assert (question.since, question.until, question.been) == (date(2026, 11, 1), None, True)


def test_from_a_day_that_is_nearer_ahead_is_to_come() -> None:
    question = asked("reuniões desde 10 de dezembro")
    assert (question.since, question.until, question.been) == (date(2026, 12, 10), None, False)


@pytest.mark.parametrize(
    "text",
    [
        "when is the check-in?",
        "when is the next check-in?",
        "c'est quand le check-in ?",
        "quando é o próximo check-in?",
    ],
)
def test_a_name_with_a_hyphen_is_asked_for_whatever_its_words_say_alone(text: str) -> None:
    assert [part.words for part in asked(text).about] == ["check"]


def test_the_same_words_without_a_hyphen_name_nothing() -> None:
    assert asked("check the deadlines in december").about == ()
