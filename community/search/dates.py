"""Since when, until when: the periods that a question names, in four languages. Pure: today is an argument.

"since Monday", "depuis deux semaines", "em outubro", "منذ الاثنين", "3 October 2026", "2026-10-03", "3/10" (day first).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from community.core.words import is_arabic, stem, without_arabic_prefix, words


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``since`` to ``until``, both included; ``used``: the positions of the words that named it."""

    since: date | None = None
    until: date | None = None
    used: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None


_SINCE = "since from after depuis apres partir desde depois منذ بعد ابتداء starting"
_ARABIC_FROM = "من ومن"
_BEFORE = "before until till by avant jusqu jusque antes ate قبل حتى"
_IN = """
in during en em no na nos nas au dans pendant durant durante في خلال on le of de do du
"""
_TO = "to until till a au et and e ate الى حتى و jusqu"
_THIS = """
this ce cet cette ces current courant este esta estes estas neste nesta nestes nestas deste desta هذا هذه الحالي
"""
_LAST = """
last past previous dernier derniere derniers dernieres passe passee ultimo ultima ultimos ultimas passado passada
passados passadas ماضي الماضي الماضية الاخير الاخيرة اخر
"""
_AGO = "ago atras"
_SMALL = """
the le la les l du de d da do das dos o a os as of mois mes يوم شهر سنة عام day jour dia feira il y
there is since
"""
_BEGINNING = "beginning start debut inicio comeco بداية مطلع اول"
_UNITS = {
    "day": "day days jour jours dia dias يوم ايام يوما",
    "week": "week weeks semaine semaines semana semanas اسبوع اسابيع اسبوعا",
    "month": "month months mois mes meses شهر اشهر شهور شهرا",
    "year": "year years an ans annee annees ano anos سنة سنوات عام اعوام",
}
_TWO = {
    "day": "يومين يومان",
    "week": "اسبوعين اسبوعان",
    "month": "شهرين شهران",
    "year": "سنتين سنتان عامين عامان",
}
_NUMBERS = (
    "one un une um uma واحد a an",
    "two deux dois duas اثنين",
    "three trois tres ثلاثة ثلاث",
    "four quatre quatro اربعة اربع",
    "five cinq cinco خمسة خمس",
    "six seis ستة ست",
    "seven sept sete سبعة سبع",
    "eight huit oito ثمانية ثماني",
    "nine neuf nove تسعة تسع",
    "ten dix dez عشرة عشر",
    "eleven onze",
    "twelve douze doze",
)
_WEEKDAYS = (
    "monday lundi segunda الاثنين",
    "tuesday mardi terca الثلاثاء",
    "wednesday mercredi quarta الاربعاء",
    "thursday jeudi quinta الخميس",
    "friday vendredi sexta الجمعة",
    "saturday samedi sabado السبت",
    "sunday dimanche domingo الاحد",
)
_MONTHS = (
    "january janvier janeiro يناير جانفي",
    "february fevrier fevereiro فبراير فيفري",
    "march mars marco مارس",
    "april avril abril ابريل افريل نيسان",
    "may mai maio مايو ماي",
    "june juin junho يونيو جوان",
    "july juillet julho يوليو جويلية يوليوز",
    "august aout agosto اغسطس اوت غشت",
    "september septembre setembro سبتمبر شتنبر",
    "october octobre outubro اكتوبر",
    "november novembre novembro نوفمبر نونبر",
    "december decembre dezembro ديسمبر دجنبر",
)
_TODAY, _YESTERDAY = "today aujourd hoje اليوم", "yesterday hier ontem امس البارحة"


def _set(text: str) -> frozenset[str]:
    return frozenset(form for part in text.split() for word in words(part) for form in _forms(word))


def _forms(word: str) -> tuple[str, ...]:
    """Return a word, and without its article if it is Arabic; other stems would make a month of a market (marché)."""
    return (word, stem(word)) if is_arabic(word) else (word,)


@cache
def _numbered(rows: tuple[str, ...]) -> Mapping[str, int]:
    return {word: number for number, row in enumerate(rows, 1) for word in _set(row)}


@cache
def _sets() -> Mapping[str, frozenset[str]]:
    named = {
        "since": _SINCE,
        "arabic from": _ARABIC_FROM,
        "before": _BEFORE,
        "in": _IN,
        "to": _TO,
        "this": _THIS,
        "last": _LAST,
    }
    named |= {"of": "from", "ago": _AGO, "small": _SMALL, "beginning": _BEGINNING}
    # اليوم is today, يوم a day: these two as they are, not by their stems.
    near = {"today": frozenset(words(_TODAY)), "yesterday": frozenset(words(_YESTERDAY))}
    return near | {name: _set(text) for name, text in named.items()}


@cache
def _units() -> Mapping[str, str]:
    return {word: unit for unit, text in _UNITS.items() for word in _set(text)}


@cache
def _pairs() -> Mapping[str, str]:
    return {word: unit for unit, text in _TWO.items() for word in words(text)}


@cache
def _dating() -> frozenset[str]:
    """Return the words one of which is in every date: units, days, months, yesterday."""
    names = (*_numbered(_WEEKDAYS), *_numbered(_MONTHS), *_units(), *_pairs())
    return frozenset(names) | _sets()["today"] | _sets()["yesterday"]


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of days, and the position behind the words that named it."""

    first: date
    last: date
    end: int


class _Reader:
    """Reads days out of words from a position on. Each reading method returns None where it does not apply."""

    def __init__(self, said: Sequence[str], today: date) -> None:
        self._said = said
        self._today = today

    def word(self, at: int, name: str) -> bool:
        return 0 <= at < len(self._said) and self._is(self._said[at], _sets()[name])

    @staticmethod
    def _is(word: str, among: frozenset[str]) -> bool:
        return word in among or (word != "اليوم" and not among.isdisjoint(_forms(word)))

    def _look(self, at: int, table: Mapping[str, int]) -> int | None:
        if not 0 <= at < len(self._said):
            return None
        word = self._said[at]
        for form in (*_forms(word), *without_arabic_prefix(word)):
            if form in table:
                return table[form]
        return None

    def _unit(self, at: int) -> str | None:
        word = self._said[at] if 0 <= at < len(self._said) else ""
        return next((_units()[form] for form in _forms(word) if form in _units()), None)

    def _number(self, at: int) -> int | None:
        if 0 <= at < len(self._said) and self._said[at].isdigit() and len(self._said[at]) <= 4:
            return int(self._said[at])
        return self._look(at, _numbered(_NUMBERS))

    def small(self, at: int) -> int:
        """Return the position behind articles and the like."""
        while self.word(at, "small") and self._unit(at) is None:
            at += 1
        return at

    def span(self, at: int) -> _Span | None:
        """Read any stretch of days, articles before it passed over."""
        start = self.small(at)
        for place in dict.fromkeys(
            (start, start + 1 if self._unit(start) or self.word(start, "small") else at)
        ):
            for read in self._readings():
                found = read(place)
                if found is not None:
                    return found
        return None

    def _readings(self) -> tuple[Callable[[int], _Span | None], ...]:
        return (
            self._iso,
            self._slashed,
            self._day_month,
            self._month_day,
            self._month,
            self._weekday,
            self._beginning,
            self.this_or_last,
            self._year,
            self._near_day,
        )

    def _date(self, year: int, month: int, day: int, end: int) -> _Span | None:
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        return _Span(found, found, end)

    def _digits(self, at: int, count: int) -> list[int] | None:
        parts = self._said[at : at + count]
        if len(parts) < count or not all(part.isdigit() and len(part) <= 4 for part in parts):
            return None
        return [int(part) for part in parts]

    def _iso(self, at: int) -> _Span | None:
        parts = self._digits(at, 3)
        return None if parts is None or parts[0] < 1900 else self._date(parts[0], parts[1], parts[2], at + 3)

    def _slashed(self, at: int) -> _Span | None:
        parts = self._digits(at, 3)
        if parts is not None and parts[2] > 1900:
            return self._date(parts[2], parts[1], parts[0], at + 3)
        parts = self._digits(at, 2)
        if parts is None or parts[0] > 31:
            return None
        return self._past(parts[1], parts[0], at + 2)

    def _past(self, month: int, day: int, end: int) -> _Span | None:
        """Return the latest such day that is not to come."""
        found = self._date(self._today.year, month, day, end)
        if found is not None and found.first > self._today:
            found = self._date(self._today.year - 1, month, day, end)
        return found

    def _month_number(self, at: int) -> int | None:
        return self._look(at, _numbered(_MONTHS))

    def _year_number(self, at: int) -> int | None:
        word = self._said[at] if 0 <= at < len(self._said) else ""
        return int(word) if len(word) == 4 and word.isdigit() and 1990 <= int(word) <= 2100 else None

    def _day_number(self, at: int) -> int | None:
        word = self._said[at] if 0 <= at < len(self._said) else ""
        for ending in ("er", "st", "nd", "rd", "th", "o"):
            word = word.removesuffix(ending) if word[:1].isdigit() else word
        return int(word) if word.isdigit() and 1 <= int(word) <= 31 and len(word) <= 2 else None

    def _day_month(self, at: int) -> _Span | None:
        day = self._day_number(at)
        place = self.small(at + 1)
        month = self._month_number(place)
        return None if day is None or month is None else self._with_year(month, day, place + 1)

    def _month_day(self, at: int) -> _Span | None:
        month, place = self._month_number(at), self.small(at + 1)
        day = self._day_number(place)
        return None if day is None or month is None else self._with_year(month, day, place + 1)

    def _with_year(self, month: int, day: int, end: int) -> _Span | None:
        place = self.small(end)
        year = self._year_number(place)
        return self._past(month, day, end) if year is None else self._date(year, month, day, place + 1)

    def _month(self, at: int) -> _Span | None:
        month = self._month_number(at)
        if month is None:
            return None
        place = self.small(at + 1)
        year = self._year_number(place)
        first = self._past(month, 1, at + 1) if year is None else self._date(year, month, 1, place + 1)
        return first and replace(first, last=first.first + relativedelta(months=1, days=-1))

    def _weekday(self, at: int) -> _Span | None:
        number = self._look(at, _numbered(_WEEKDAYS))
        if number is None:
            return None
        back = (self._today.weekday() - (number - 1)) % 7 or 7
        found = self._today - timedelta(days=back)
        end = at + 1
        while end < len(self._said) and (self._said[end] == "feira" or self.word(end, "last")):
            end += 1
        return _Span(found, found, end)

    def _beginning(self, at: int) -> _Span | None:
        if not self.word(at, "beginning"):
            return None
        place = self.small(at + 1)
        place += self.word(place, "this")
        unit = self._unit(place)
        if unit is not None:
            found = self._current(unit, place + 1)
            return replace(found, last=found.first)
        return self._month(place) or self._year(place)

    def this_or_last(self, at: int) -> _Span | None:
        """Read "this week", "le mois dernier", "the last 30 days", "last Monday"."""
        if self.word(at, "this"):
            unit, end = self._unit(at + 1), at + 2
            if unit is not None and not self.word(end, "last"):
                return self._current(unit, end)
            at += 1
        return self._last_first(at) or self._last_behind(at)

    def _last_first(self, at: int) -> _Span | None:
        if not self.word(at, "last"):
            return None
        weekday = self._weekday(at + 1)
        if weekday is not None:
            return weekday
        unit = self._unit(at + 1)
        if unit is not None:
            return self._previous(unit, at + 2)
        number, unit = self._number(at + 1), self._unit(at + 2)
        return None if number is None or unit is None else self._back(number, unit, at + 3)

    def _last_behind(self, at: int) -> _Span | None:
        """Read it in the order of French, Portuguese, Arabic: "semaine dernière", "3 derniers mois"."""
        unit = self._unit(at)
        if unit is not None and self.word(at + 1, "last"):
            return self._previous(unit, at + 2)
        number = self._number(at)
        if number is not None and self.word(at + 1, "last"):
            unit = self._unit(at + 2)
            return None if unit is None else self._back(number, unit, at + 3)
        return None

    def _current(self, unit: str, end: int) -> _Span:
        first = _first_day(self._today, unit)
        return _Span(first, first + _length(1, unit) - timedelta(days=1), end)

    def _previous(self, unit: str, end: int) -> _Span:
        first = _first_day(self._today, unit)
        return _Span(first - _length(1, unit), first - timedelta(days=1), end)

    def _back(self, number: int, unit: str, end: int) -> _Span:
        return _Span(self._today - _length(min(number, 400), unit), self._today, end)

    def _year(self, at: int) -> _Span | None:
        year = self._year_number(at)
        return None if year is None else _Span(date(year, 1, 1), date(year, 12, 31), at + 1)

    def named_year(self, at: int) -> _Span | None:
        """Read "year 2024", "سنة 2024"."""
        return self._year(at + 1) if self._unit(at) == "year" else None

    def _near_day(self, at: int) -> _Span | None:
        for name, back in (("today", 0), ("yesterday", 1)):
            if self.word(at, name):
                end = at + 1 + (at + 1 < len(self._said) and self._said[at + 1] == "hui")
                found = self._today - timedelta(days=back)
                return _Span(found, found, end)
        return None

    def length(self, at: int) -> _Span | None:
        """Read "two weeks", "deux semaines", "أسبوعين": that long ago until today."""
        at = self.small(at) if self._number(at) is None else at
        pair = _pairs().get(self._said[at]) if at < len(self._said) else None
        if pair is not None:
            return self._back(2, pair, at + 1)
        number, end = self._number(at), at + 1
        if number is not None and self.word(end, "last"):
            end += 1
        unit = self._unit(end)
        if number is not None and unit is not None:
            return self._back(number, unit, end + 1 + self.word(end + 1, "ago"))
        unit = self._unit(at)
        alone = unit is not None and not self.word(at + 1, "last") and self._month_number(at + 1) is None
        return self._back(1, unit, at + 1) if alone and unit is not None else None


def _length(number: int, unit: str) -> relativedelta:
    return relativedelta(**{f"{unit}s": number})  # type: ignore[arg-type]


def _first_day(today: date, unit: str) -> date:
    match unit:
        case "week":
            return today - timedelta(days=today.weekday())
        case "month":
            return today.replace(day=1)
        case "year":
            return today.replace(month=1, day=1)
        case _:
            return today


def period_in(said: Sequence[str], today: date) -> Period:
    """Return the first period that the folded words ``said`` name; an empty one where they name none."""
    if not any(word[0].isdigit() or not _dating().isdisjoint(_forms(word)) for word in said):
        return Period()
    reader = _Reader(said, today)
    for at in range(len(said)):
        found = _since(reader, at) or _before(reader, at) or _within(reader, at)
        if found:
            return found
    return Period()


def _since(reader: _Reader, at: int) -> Period | None:
    # In Arabic "from" is also "who": before a day it can only be "from".
    since = reader.word(at, "since")
    if not since and not reader.word(at, "arabic from"):
        return None
    start = at + 1
    span = reader.span(start) or (reader.length(start) if since else None)
    if span is None:
        return None
    if reader.word(span.end, "to"):
        to = reader.span(span.end + 1)
        if to is not None and to.last >= span.first:
            return Period(span.first, to.last, _used(at, to.end))
    if reader.word(at, "of") and span.last > span.first:
        return Period(span.first, span.last, _used(at, span.end))  # documents from 2024
    return Period(span.first, None, _used(at, span.end))


def _before(reader: _Reader, at: int) -> Period | None:
    if not reader.word(at, "before"):
        return None
    span = reader.span(at + 1)
    return None if span is None else Period(None, span.first - timedelta(days=1), _used(at, span.end))


def _within(reader: _Reader, at: int) -> Period | None:
    if reader.word(at, "in"):
        span = reader.span(at + 1)
        return None if span is None else Period(span.first, span.last, _used(at, span.end))
    span = reader.this_or_last(at) or reader.named_year(at) or _dated(reader, at)
    return None if span is None else Period(span.first, span.last, _used(at, span.end))


def _dated(reader: _Reader, at: int) -> _Span | None:
    """Read a day or month that nothing introduces, if it is plain enough: with its year, or yesterday."""
    span = reader.span(at)
    plain = span is not None and (span.end - at >= 2 or reader.word(at, "yesterday"))
    return span if plain and not reader.word(at, "small") else None


def _used(start: int, end: int) -> frozenset[int]:
    return frozenset(range(start, end))
