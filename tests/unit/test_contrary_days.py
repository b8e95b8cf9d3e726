"""Days of the week that contradict the dates beside them are asked about, ranges and lists too.

In January 2027 the 25th is a Monday, the 26th a Tuesday.
"""

from __future__ import annotations

import pytest

from community.search.when.doubts import Doubt
from community.search.when.reader import Unsure, WhenRead, read_when
from tests.lib.when_phrases import setting


@pytest.mark.parametrize(
    "text",
    [
        "training Monday to Wednesday, from 26 to 28 January at 9am",
        "training Monday to Wednesday 26-28 January",
        "training from Monday 26 to Wednesday 28 January",
        "training mondays and fridays, 26 to 28 January at 9am",
        "Monday to Friday at 9am, from 25 to 30 January",
        "training Monday and Tuesday, 26 and 27 January at 9am",
        "formation lundi et mardi, 26 et 27 janvier à 9h",
        "formação segunda e terça, 26 e 27 de janeiro às 9h",
        "تدريب الاثنين والثلاثاء، 26 و27 يناير الساعة 9 صباحا",
        "formation du lundi au mercredi, du 26 au 28 janvier à 9h",
        "formation lundi et vendredi à 9h du 26 au 28 janvier",
        "formation du lundi 26 au mercredi 28 janvier",
        "formação de segunda a quarta, de 26 a 28 de janeiro às 9h",
        "formação de 2ª a 4ª, 26 a 28 de janeiro, 9h",
        "تدريب من الاثنين إلى الأربعاء من 26 إلى 28 يناير الساعة 9 صباحا",
        "taller de lunes a miércoles, del 26 al 28 de enero a las 9h",
    ],
)
def test_days_of_the_week_that_contradict_their_dates_are_asked_about(text: str) -> None:
    assert isinstance(read_when(text, setting()), Unsure)


def test_the_question_says_what_does_not_fit_and_offers_the_dates() -> None:
    read = read_when("training Monday to Wednesday, from 26 to 28 January at 9am", setting())
    assert isinstance(read, Unsure)
    assert read.doubt is Doubt.WEEKDAY
    assert [when.repeat for when in read.readings] == ["FREQ=DAILY;UNTIL=20270128"]


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        (
            "training Monday to Wednesday, from 25 to 27 January at 9am",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE;UNTIL=20270127",
        ),
        (
            "Monday to Friday at 9am, from 26 January to 12 February",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270212",
        ),
        ("formation lundi et mercredi à 9h du 25 au 29 janvier", "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270129"),
        (
            "formação de segunda a sexta às 9h, de 25 a 31 de janeiro",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270131",
        ),
    ],
)
def test_those_that_fit_are_read(text: str, repeat: str) -> None:
    read = read_when(text, setting())
    assert isinstance(read, WhenRead)
    assert read.when.repeat == repeat
