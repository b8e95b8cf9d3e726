"""Times of the third sealed set that were asked about in vain, each with those that are like it."""

from __future__ import annotations

import pytest

from community.search.when.doubts import Doubt
from community.search.when.reader import Unsure, read_when
from tests.lib.when_phrases import read_as, setting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "point équipe les 1er et 3e jeudis du mois à 11h",
            "2026-12-03T11:00 repeat=FREQ=MONTHLY;BYDAY=1TH,3TH",
        ),
        (
            "point équipe les 1er et 3e jeudis du mois à 11h jusqu'à fin mai",
            "2026-12-03T11:00 repeat=FREQ=MONTHLY;BYDAY=1TH,3TH;UNTIL=20270531",
        ),
        (
            "every 2nd and 4th Tuesday of the month at 10:00",
            "2026-12-08T10:00 repeat=FREQ=MONTHLY;BYDAY=2TU,4TU",
        ),
        (
            "first and third Thursday of each month at 10:00",
            "2026-12-03T10:00 repeat=FREQ=MONTHLY;BYDAY=1TH,3TH",
        ),
        (
            "primeira e terceira quinta de cada mês às 10h",
            "2026-12-03T10:00 repeat=FREQ=MONTHLY;BYDAY=1TH,3TH",
        ),
        ("الخميس الأول والثالث من كل شهر الساعة 10", "2026-12-03T10:00 repeat=FREQ=MONTHLY;BYDAY=1TH,3TH"),
        ("vendredi 18 décembre 15h pdt 1h30", "2026-12-18T15:00 lasts=90min"),
        ("الثلاثاء 8 ديسمبر ٣:٣٠ مساء", "2026-12-08T15:30"),
        ("الثلاثاء 8 ديسمبر الساعة 8 مساء", "2026-12-08T20:00"),
        ("informe para el 15 de diciembre", "2026-12-15 due"),
    ],
)
def test_it_is_read_now(text: str, expected: str) -> None:
    assert read_as(text, setting()) == expected


def test_two_of_one_weekday_of_the_month_may_be_this_ones_alone() -> None:
    read = read_when("first and third Thursday of the month at 10:00", setting())
    assert isinstance(read, Unsure)
    assert read.doubt is Doubt.REPEATED


def test_twelve_in_the_evening_is_still_asked_about() -> None:
    read = read_when("الثلاثاء 8 ديسمبر الساعة 12 مساء", setting())
    assert isinstance(read, Unsure)
