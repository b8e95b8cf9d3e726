"""A rule of repetition as people say it: “every 2 weeks, Tuesday, until 30 June 2027”. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from community.core.locale_texts import LocaleTexts
from community.core.messages import Message, Translator, msg, nmsg
from community.core.plain_text import listed
from community.core.zones import ZoneInfo
from community.description.repetition import Repetition, read_repetition

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKEND = frozenset(("SA", "SU"))
_MONTHS = range(1, 13)
_SAID = frozenset(("FREQ", "INTERVAL", "COUNT", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH"))
"""The parts of a rule that are said in words."""
_NTH = {
    "1": (msg("on the first {weekday}", weekday=""), msg("on the first {day}", day="")),
    "2": (msg("on the second {weekday}", weekday=""), msg("on the second {day}", day="")),
    "3": (msg("on the third {weekday}", weekday=""), msg("on the third {day}", day="")),
    "4": (msg("on the fourth {weekday}", weekday=""), msg("on the fourth {day}", day="")),
    "5": (msg("on the fifth {weekday}", weekday=""), msg("on the fifth {day}", day="")),
    "-1": (msg("on the last {weekday}", weekday=""), msg("on the last {day}", day="")),
}
"""Which weekday of the month. The second of two is for Saturday and Sunday, which have another gender in some languages."""


def repetition_words(text: str, texts: LocaleTexts, translate: Translator, zone: ZoneInfo) -> str:
    """Return what a rule says, in one language; one that has parts which are seldom used stands there as it is written.

    ``zone``: of the event, in which an ``UNTIL`` of the rule in UTC is a day.
    """
    rule = read_repetition(text)
    if rule is None or not _SAID >= rule.parts.keys():
        return translate(msg("repeated by the rule {rule}", rule=text))
    return known_comma(translate).join(_phrases(rule, texts, translate, zone))


def known_comma(translate: Translator) -> str:
    """Return the comma of a language, with its blank."""
    return listed(("", ""), translate.language)


def _phrases(rule: Repetition, texts: LocaleTexts, translate: Translator, zone: ZoneInfo) -> Iterator[str]:
    yield translate(_period(rule))
    yield from _days(rule, texts, translate)
    months = {int(number) for number in rule.parts.get("BYMONTH", "").split(",") if number}
    if months:
        left_out = [number for number in _MONTHS if number not in months]
        named = listed((texts.months[number - 1] for number in left_out), translate.language)
        yield translate(msg("except in {months}", months=named))
    if "COUNT" in rule.parts:
        count = int(rule.parts["COUNT"])
        yield translate(nmsg("{count} time", "{count} times", count=count))
    until = rule.local_until(zone)
    if until is not None:
        yield translate(msg("until {day}", day=texts.day(until.date())))


def _period(rule: Repetition) -> Message:
    interval = int(rule.parts.get("INTERVAL", "1"))
    match rule.parts["FREQ"]:
        case "DAILY":
            return nmsg("every day", "every {count} days", count=interval)
        case "WEEKLY":
            return nmsg("every week", "every {count} weeks", count=interval)
        case "MONTHLY":
            return nmsg("every month", "every {count} months", count=interval)
        case _:
            return nmsg("every year", "every {count} years", count=interval)


def _days(rule: Repetition, texts: LocaleTexts, translate: Translator) -> Iterator[str]:
    days = [day for day in rule.parts.get("BYDAY", "").split(",") if day]
    plain = [texts.weekdays[_CODES.index(day)] for day in days if day in _CODES]
    if plain:
        yield all_of(plain, translate)
    for day in days:
        if day not in _CODES:
            yield translate(_nth(day, texts))
    numbers = [number for number in rule.parts.get("BYMONTHDAY", "").split(",") if number]
    for number in numbers:
        yield translate(
            msg("on the last day of the month") if number == "-1" else msg("on day {number}", number=number)
        )


def _nth(day: str, texts: LocaleTexts) -> Message:
    code, number = day[-2:], day[:-2].removeprefix("+")
    weekday, weekend = _NTH.get(number, _NTH["-1"])
    name = texts.weekdays[_CODES.index(code)]
    return msg(weekend.msgid, day=name) if code in _WEEKEND else msg(weekday.msgid, weekday=name)


def all_of(names: list[str], translate: Translator) -> str:
    """Return names as people list them: “Kigali, Maputo and Accra”."""
    if len(names) < 2:
        return "".join(names)
    first = listed(names[:-1], translate.language)
    return translate(msg("{first} and {last}", first=first, last=names[-1]))
