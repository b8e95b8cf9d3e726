"""Reading several days out of a message in one language: from one to another, or one after another. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.when.day_reader import date_at, day, weekday_and_date
from community.search.when.near_days import near
from community.search.when.when_parts import (
    DateSaid,
    DayList,
    DayOne,
    DayRange,
    FiguresSaid,
    WeekdaySaid,
    Which,
)
from community.search.when.when_tokens import DASH
from community.search.when.when_words import WhenWords

_MOST_LISTED = 12
_LAST_DAY = 31


def days(words: WhenWords, at: int) -> tuple[DayRange | DayList | DayOne, int] | None:
    """Read several days, or one: “du 9 au 11 mai”, “3, 10 and 17 March”, “lundi et jeudi”."""
    return _range(words, at) or _list(words, at) or day(words, at)


def listed_days(words: WhenWords, at: int) -> tuple[DayRange | DayList | DayOne, int] | None:
    """Read days as `days` does, where a number alone is one: “(except) the 24th and the 31st”."""
    return _range(words, at) or _list(words, at, is_opened=True) or day(words, at)


def _range(words: WhenWords, at: int) -> tuple[DayRange, int] | None:
    opened = words.end(at, "range_from", "days_from", "between")
    start = at if opened is None else words.past(opened, "small", "day_marks")
    first = _one(words, start)
    joined = (
        None if first is None else _joined(words, first[1], is_between=words.end(at, "between") is not None)
    )
    if first is None or joined is None:
        return None
    place = words.past(joined, "small", "day_marks")
    last = _one(words, place)
    if last is not None and _is_behind_month(words, start, first[0], last[0]) and words.sign(first[1], DASH):
        return DayRange(first[0], _with_month(last[0], first[0])), last[1]  # “Apr 6-8”
    if last is None or not _is_day(last[0], is_opened=words.end(at, "days_from") is not None):
        return None
    return DayRange(_with_month(first[0], last[0]), last[0]), last[1]


def _one(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    return weekday_and_date(words, at) or date_at(words, at, is_marked=True) or near(words, at)


def _is_behind_month(words: WhenWords, at: int, first: DayOne, last: DayOne) -> bool:
    """Whether a month stands before the first of two days, and the second is a later number."""
    if not isinstance(first, DateSaid) or not isinstance(last, DateSaid) or last.month is not None:
        return False
    return words.number(at, "months") is not None and first.day < last.day


def _is_day(said: DayOne, *, is_opened: bool) -> bool:
    """Whether it cannot be an hour: “from 9 to 11” is none, “du 9 au 11” is."""
    return is_opened or not isinstance(said, DateSaid) or said.month is not None or said.weekday is not None


def _joined(words: WhenWords, at: int, *, is_between: bool) -> int | None:
    if words.sign(at, DASH):
        return at + 1
    if words.is_ending(at):
        return None
    if at < len(words.tokens) and words.tokens[at].is_dashed and words.number(at, "weekdays") is not None:
        return at  # “Mon-Fri”
    found = words.end(at, "range_to", "days_to")
    return words.end(at, "and") if found is None and is_between else found


def _with_month(first: DayOne, last: DayOne) -> DayOne:
    """Return a day with the month and year that are said once, behind the last day."""
    match first, last:
        case DateSaid(month=None), DateSaid():
            return replace(first, month=last.month, year=last.year)
        case DateSaid(year=None, month=int(own)), DateSaid(year=int(year), month=int(other)):
            return replace(first, year=year if own <= other else year - 1)
        case _:
            return first


def _list(words: WhenWords, at: int, *, is_opened: bool = False) -> tuple[DayList, int] | None:
    found: list[tuple[DayOne, int]] = []
    place: int | None = at
    in_a_row = False
    while place is not None and len(found) < _MOST_LISTED:
        one = _one(words, words.past(place, "small", "day_marks") if found else place)
        if one is None:
            break
        if found and _is_date_of(found[-1], one[0], words):
            break
        found.append(one)
        place = _behind_comma(words, one[1])
        if place is None:
            place = _in_a_row(found, words)
            in_a_row = in_a_row or place is not None
    # What has neither month nor day of the week may be any number: “on 3 March and 10 people”.
    while found and not _is_day(found[-1][0], is_opened=is_opened):
        found.pop()
    if len(found) < 2:
        return None
    return DayList(_months_shared([one for one, _end in found]), in_a_row), found[-1][1]


def numbered_days(words: WhenWords, at: int) -> int | None:
    """Return the position behind days without their month that begin a text, or stand behind a colon: “1, 8 and 15”.

    None where it is not known that they are days: a single number, or a word that they may count.
    """
    if at > 0 and not (words.sign(at - 1, ":") or words.end(at - 1, "day_marks") == at):
        return None
    numbers: list[int] = []
    place, end = words.past(at, "small", "day_marks"), at
    while (number := words.digits(place, most=2)) is not None and 0 < number <= _LAST_DAY:
        numbers.append(number)
        end = place + 1
        behind = _behind_comma(words, end)
        if behind is None:
            break
        place = words.past(behind, "small", "day_marks")
    is_end = end >= len(words.tokens) or not words.tokens[end].is_word or words.end(end, "at") is not None
    return end if len(numbers) > 1 and numbers == sorted(set(numbers)) and is_end else None


def _is_date_of(before: tuple[DayOne, int], said: DayOne, words: WhenWords) -> bool:
    """Whether a date behind a comma is that of the day of the week before it: “next Tuesday, 8 December”."""
    is_weekday = isinstance(before[0], WeekdaySaid) and before[0].which is not Which.COMING
    is_joined = words.end(words.past_comma(before[1]), "and") is not None or words.is_joined(before[1])
    return is_weekday and not is_joined and isinstance(said, DateSaid | FiguresSaid)


def _in_a_row(found: list[tuple[DayOne, int]], words: WhenWords) -> int | None:
    """Return the position of a day of the week in a row of three or more without commas: “lundi mercredi vendredi”.

    Of two it is asked which one is meant.
    """
    end = found[-1][1]
    named = [isinstance(one, WeekdaySaid) and one.which is Which.COMING for one, _end in found]
    following = words.number(end, "weekdays")
    if following is None or not all(named):
        return None
    return end if len(found) > 1 or words.number(following[1], "weekdays") is not None else None


def _behind_comma(words: WhenWords, at: int) -> int | None:
    """Return the position behind a comma, “and”, or both; None where the list ends."""
    place = words.past_comma(at)
    joined = words.end(place, "and")
    behind = place if joined is None else joined
    return None if behind == at and not words.is_joined(at) else behind


def _months_shared(found: list[DayOne]) -> tuple[DayOne, ...]:
    result: list[DayOne] = [found[-1]]
    for one in reversed(found[:-1]):
        result.insert(0, _with_month(one, result[0]))
    return tuple(result)
