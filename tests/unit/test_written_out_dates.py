"""A date written as people write it is read as that date: days, months and hours in words, with figures of every kind.

What is written here is put together from lists of its own, not from the tables that are read. Nothing may be read as
another moment; what is asked about is counted, so that a language does not lose what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pytest

from community.core.zones import ZoneInfo
from community.search.when.reader import Unsure, WhenRead, read_when
from tests.lib.when_phrases import setting

NOW = datetime(2027, 1, 1, 7, 0, tzinfo=ZoneInfo("Africa/Accra"))
"""A Friday, so that no day of the year has passed."""
NORTH = "January February March April May June July August September October November December".split()
MONTHS = {
    "en": NORTH,
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
}
_EN_NTH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_FR = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt"
).split()
_PT = (
    "um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezasseis dezassete dezoito "
    "dezanove vinte"
).split()
_ES = (
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve treinta"
).split()
_AR_NTH = "الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر".split()
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def english(day: int) -> str:
    if day <= 20:
        return _EN_NTH[day - 1]
    tens = "twenty" if day < 30 else "thirty"
    return "thirtieth" if day == 30 else f"{tens}-{_EN_NTH[day % 10 - 1]}"


def french(day: int) -> str:
    if day == 1:
        return "premier"
    if day <= 20:
        return _FR[day - 1]
    if day == 30:
        return "trente"
    tens = "vingt" if day < 30 else "trente"
    return f"{tens} et un" if day % 10 == 1 else f"{tens}-{_FR[day % 10 - 1]}"


def portuguese(day: int) -> str:
    if day == 1:
        return "primeiro"
    if day <= 20:
        return _PT[day - 1]
    return "trinta" if day == 30 else f"{'vinte' if day < 30 else 'trinta'} e {_PT[day % 10 - 1]}"


def spanish(day: int) -> str:
    return "primero" if day == 1 else _ES[day - 1] if day <= 30 else "treinta y uno"


def arabic(day: int, ending: str = "ين") -> str:
    if day <= 10:
        return _AR_NTH[day - 1]
    units = {1: "الحادي", **{number: _AR_NTH[number - 1] for number in range(2, 10)}}
    if day < 20:
        return f"{units[day % 10]} عشر"
    tens = f"{'العشر' if day < 30 else 'الثلاث'}{ending}"
    return tens if day % 10 == 0 else f"{units[day % 10]} و{tens}"


@dataclass(frozen=True)
class Style:
    """One way of writing a date and an hour in a language."""

    language: str
    name: str
    written: Callable[[date, int, int], str]


def _month(language: str, day: date) -> str:
    return MONTHS[language][day.month - 1]


STYLES = (
    Style("en", "words", lambda d, h, m: f"the {english(d.day)} of {_month('en', d)} at {h:02}:{m:02}"),
    Style("en", "month first", lambda d, h, m: f"{_month('en', d)} {english(d.day)}, {h:02}:{m:02}"),
    Style("en", "figures", lambda d, h, m: f"{d.day} {_month('en', d)[:3].lower()} at {h:02}.{m:02}"),
    Style("en", "year", lambda d, h, m: f"{d.day}/{d.month}/{d.year} @ {h:02}:{m:02}"),
    Style("fr", "words", lambda d, h, m: f"le {french(d.day)} {_month('fr', d)} à {h:02}h{m:02}"),
    Style("fr", "hour first", lambda d, h, m: f"à {h:02}h{m:02} le {french(d.day)} {_month('fr', d)}"),
    Style("fr", "figures", lambda d, h, m: f"{d.day:02}/{d.month:02} {h:02}h{m:02}"),
    Style("pt", "words", lambda d, h, m: f"no dia {portuguese(d.day)} de {_month('pt', d)} às {h:02}h{m:02}"),
    Style("pt", "figures", lambda d, h, m: f"{d.day}/{_month('pt', d)[:3]} {h:02}:{m:02}"),
    Style("es", "words", lambda d, h, m: f"el {spanish(d.day)} de {_month('es', d)} a las {h:02}:{m:02}"),
    Style("ar", "genitive", lambda d, h, m: f"يوم {arabic(d.day)} من {_month('ar', d)} الساعة {h:02}:{m:02}"),
    Style(
        "ar", "nominative", lambda d, h, m: f"{arabic(d.day, 'ون')} من {_month('ar', d)} الساعة {h:02}:{m:02}"
    ),
    Style("ar", "figures", lambda d, h, m: f"{d.day} {_month('ar', d)} {h:02}:{m:02}".translate(_ARABIC)),
    Style("ar", "mixed", lambda d, h, m: f"{d.day}/{d.month}".translate(_ARABIC) + f" الساعة {h:02}:{m:02}"),
)


def moments() -> Iterator[datetime]:
    """Yield moments of the year: each day of a month, each month, hours and minutes by turns."""
    for number in range(31):
        for month in range(1, 13):
            if (number + month) % 9 == 0 and number < 28 + 2 * (month != 2):
                yield datetime(2027, month, number + 1, (7 * number + month) % 24, (number * 5) % 60)  # noqa: DTZ001


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.language}: {style.name}")
def test_a_date_as_people_write_it_is_read_as_that_date(style: Style) -> None:
    asked = []
    for moment in moments():
        text = style.written(moment.date(), moment.hour, moment.minute)
        read = read_when(text, setting(NOW), (style.language, "en", "fr", "pt", "ar", "es", "sw"))
        assert read is not None, text
        if isinstance(read, Unsure):
            asked.append((text, read.doubt.name))
            continue
        assert isinstance(read, WhenRead)
        assert (read.when.start, read.when.lasts, read.when.repeat) == (moment, None, None), text
    assert not asked, (len(asked), asked[:8])
