"""What a message says beside the time that was read: whether it may say another time, or a part of that one. Pure.

What is before a time is what is planned (“a call on Monday”), unless it is known to change a time. What is straight
behind or within it belongs to it, and must be known; a comma, a colon or a full stop parts it from what is planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from community.search.places import first_words_elsewhere
from community.search.when.beside_times import is_joined_number, is_named_by_number, names_length, says_whom
from community.search.when.left_words import is_numbering, named_positions, time_is_left, time_is_named
from community.search.when.planned_words import begins_what_is_planned
from community.search.when.unread_times import (
    is_unread,
    joins_number,
    may_be_day,
    names_some_day,
)
from community.search.when.when_parts import (
    AheadSaid,
    AllDaySaid,
    ClockRange,
    ClockSaid,
    DateSaid,
    DayList,
    DayRange,
    DueSaid,
    FiguresSaid,
    HoursSaid,
    LengthSaid,
    MomentRange,
    NthSaid,
    RuleSaid,
    SoonSaid,
    StartSaid,
    UntilSaid,
    WeekdaySaid,
    WhenPart,
    ZoneSaid,
)
from community.search.when.when_tokens import DASH, WhenToken
from community.search.when.when_words import WhenWords, is_misspelt_day

DAYS = (WeekdaySaid, DateSaid, FiguresSaid, AheadSaid, NthSaid, DayRange, DayList, StartSaid, UntilSaid)
_TIMES = (ClockSaid, ClockRange, MomentRange)
_TAKING_AWAY = ("changing", "except", "until", "before")
"""The tables of words that change a time from farther off, as long as nothing but a comma parts them from it."""
_CHANGING = (
    *_TAKING_AWAY,
    *("next", "nearest", "week_later", "fortnight_later", "every", "every_other", "one_in_two"),
    *("units", "fractions", "minutes_behind", "past_hour", "am", "pm", "times", "workdays", "vague", "or"),
    *("ahead_behind", "weekdays", "each_weekday", "months"),
)
"""The tables of words that make another time of one."""
_LEADING = ("lead", "small", "day_marks", "at")
_LONGEST = 5
"""Words of the longest phrase that is looked for before a time."""
_MOST_HOURS = 2
"""Figures of an hour."""
_LAST_HOUR, _LAST_DAY = 24, 31
_LONGEST_NAME = 3
"""Words of the name of a town that is looked for."""
_BRACKETS, _COMMAS = '()[]«»"“”*_', ",،"
_SUMS = "+&~/±<>="
"""Signs that join to a time what is behind them."""


@dataclass(frozen=True)
class SaidIn:
    """A message as it is read in one language: its parts, and the positions of the tokens that are used."""

    words: WhenWords
    parts: tuple[WhenPart, ...]
    used: frozenset[int]

    @property
    def tokens(self) -> tuple[WhenToken, ...]:
        """The words, figures and signs of the message."""
        return self.words.tokens

    def says(self, *kinds: type) -> bool:
        """Whether a part of one of some kinds was read."""
        return any(isinstance(part.said, kinds) for part in self.parts)

    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield from where to before which position tokens are used."""
        for at in sorted(self.used):
            if at - 1 not in self.used:
                yield at, next(end for end in range(at, len(self.tokens) + 1) if end not in self.used)


def is_left_over(text: str, best: SaidIn, read: Sequence[SaidIn]) -> bool:
    """Whether a message says something of a time that the ``best`` of the readings of ``read`` has left out."""
    others = [each for each in read if each is not best]
    if any(_says_more(part, best) for each in others for part in each.parts):
        return True
    outside = [at for at in range(len(best.tokens)) if at not in best.used]
    if any(is_unread(best.words, at) for at in outside) or time_is_left(best.words, best.used):
        return True
    if any(time_is_named(each.words, best.used) for each in others if len(each.used) == len(best.used)):
        return True  # “dans une quinzaine à 10h”, from somebody whose language is English
    for first, end in best.runs():
        if (
            joins_number(best.words, best.used, first)
            or _changed_before(best, first)
            or _more_behind(text, best, read, first, end)
        ):
            return True
    if best.says(*_TIMES) and _in_unknown_town(text, best, outside):
        return True
    if _is_so_long_before(best) or any(
        _begins_range(best, at) or _ends_in_hour(best, end) for at, end in best.runs()
    ):
        return True
    has_day = best.says(*DAYS)
    if not best.says(*DAYS, SoonSaid) and any(
        names_some_day(each.words, at) for each in read for at in outside
    ):
        return True
    if not has_day and any(may_be_day(best.words, at) for at in outside):
        return True
    return any(is_misspelt_day(best.tokens[at].text) for at in outside if not has_day or at + 1 in best.used)


def _says_more(part: WhenPart, best: SaidIn) -> bool:
    outside = best.used.isdisjoint(range(part.first, part.end)) and part.end > part.first
    is_count = (
        isinstance(part.said, DateSaid) and part.said.day > _LAST_DAY
    )  # “des 40 stagiaires”, no 40 December
    return outside and isinstance(part.said, (*DAYS, *_TIMES)) and not is_count


# --- before a time ----------------------------------------------------------------------------------------------------


def _changed_before(best: SaidIn, first: int) -> bool:
    """Whether a figure, or a word that would change the time, stands before the position at which it begins."""
    words, at = best.words, first
    begun = min(
        (part for part in best.parts if part.first >= first), key=lambda part: part.first, default=None
    )
    is_near = begun is not None and isinstance(begun.said, AheadSaid)
    tables: tuple[str, ...] = _CHANGING if is_near else (*_CHANGING, "other_days")
    while at > 0 and at - 1 not in best.used:
        if best.tokens[at].text in _COMMAS:
            tables = tuple(table for table in tables if table != "units")  # “bilan du mois, mardi”
        if at - 1 in named_positions(words, ("named_by_time",)):
            return False  # “market day Saturday”
        changed = any((words.end(start, *tables) or 0) >= at for start in _before(at))
        if changed or _counts(best, at - 1, first):
            return True
        led = next((start for start in _before(at) if words.end(start, *_LEADING) == at), None)
        if led is None and best.tokens[at - 1].text not in _COMMAS + _BRACKETS:
            return False
        at = at - 1 if led is None else led
    return False


def _before(at: int) -> range:
    return range(max(0, at - _LONGEST), at)


def _counts(best: SaidIn, at: int, first: int) -> bool:
    """Whether a number or ordinal before a time may count it; “phase 2 tomorrow at 15:00” does not."""
    words, token = best.words, best.tokens[at]
    if is_numbering(words, at):
        return False
    if not token.is_number:
        number = words.number(at, "numbers")
        is_many = number is not None and number[0] > 1 and number[1] == first
        ordinal = words.end(at, "nth", "ordinals") == first and token.text == token.base
        return is_many or ordinal or is_joined_number(words, at, first)
    is_hour = len(token.text) <= _MOST_HOURS and int(token.text) <= _LAST_HOUR
    if words.has_zero(at) or not (is_hour or at + 1 == first) or (is_hour and not best.says(*_TIMES)):
        return words.has_zero(at) or is_hour or at + 1 == first
    named = at > 0 and best.tokens[at - 1].is_word and not words.is_known(at - 1)
    return not named or len(token.text) > _MOST_HOURS


# --- behind a time ----------------------------------------------------------------------------------------------------


def _more_behind(text: str, best: SaidIn, read: Sequence[SaidIn], first: int, end: int) -> bool:
    """Whether what stands behind a part of the time may belong to it."""
    if _names_what_is_planned(best, first, end):
        return best.words.end(end, *_CHANGING) is not None
    at = end
    while at < len(best.tokens) and at not in best.used:
        if _is_parted(text, best.tokens, at):
            return _takes_away(text, best, at)
        passed = _passed(best, read, at)
        if passed is None:
            behind = best.words.past(at, "small")  # “vendredi midi le rapport”
            is_known = any(
                _says_no_time(best, read, place) for place in {at, behind} if place < len(best.tokens)
            ) and not _says_time(best.words, at)
            return not is_known or _takes_away(text, best, at)
        at = passed
    return False


def _names_what_is_planned(best: SaidIn, first: int, end: int) -> bool:
    """Whether parts only describe what is behind them: “a two-hour workshop”, “the weekly call on Tuesday”."""
    said = [part for part in best.parts if first <= part.first and part.end <= end]
    return bool(said) and all(_describes(best, part, is_first=first == min(best.used)) for part in said)


def _describes(best: SaidIn, part: WhenPart, *, is_first: bool) -> bool:
    match part.said:
        case LengthSaid() | HoursSaid():  # “… for two hours 30” says more of the length
            return is_first and best.words.end(part.first, "lasting") is None
        case RuleSaid(is_adjective=True) | AllDaySaid():
            return True
        case DueSaid():  # “deadline: the report, 15 January”
            return best.words.sign(part.end - 1, ":")
        case _:
            return False


def _is_parted(text: str, tokens: Sequence[WhenToken], at: int) -> bool:
    """Whether a sign or the end of a line or sentence stands before or at a position."""
    gap = text[tokens[at - 1].end : tokens[at].start]
    token = tokens[at]
    is_sign = not token.is_word and not token.is_number and token.text not in _BRACKETS + _SUMS
    return is_sign or "\n" in gap or (". " in gap)


def _passed(best: SaidIn, read: Sequence[SaidIn], at: int) -> int | None:
    """Return the position behind what says nothing, or a place that is asked about; None where there is neither."""
    if best.tokens[at].text in _BRACKETS:
        return at + 1
    place = next((part.end for part in best.parts if part.first == at < part.end), None)
    ends = [each.words.end(at, "passed_over", "oclock") for each in read]
    return place or next((end for end in ends if end is not None), None)


def _says_time(words: WhenWords, at: int) -> bool:
    """Whether more words there change a time than begin what is planned: “(un mois) sur deux”, “sur” alone does not."""
    beside, changing = words.end(at, "beside"), words.end(at, *_CHANGING)
    one_in = words.end(at, "one_in")
    if one_in is not None and words.amount(one_in) is not None:
        return True
    return changing is not None and changing > (beside or at)


def _says_no_time(best: SaidIn, read: Sequence[SaidIn], at: int) -> bool:
    """Whether what stands at a position is known to begin what is planned, or where it is."""
    in_town = any(each.words.end(at, "in_place") is not None for each in read)
    if (in_town and not best.says(*_TIMES)) or best.words.end(at, "named_by_time") is not None:
        return True
    if any(each.words.end(at, "beside") is not None for each in read):
        return not names_length(best.words, at)
    if is_named_by_number(best.words, at) or any(says_whom(each.words, at) for each in read):
        return True
    return begins_what_is_planned(best.words.language, best.tokens, at)


def _takes_away(text: str, best: SaidIn, at: int) -> bool:
    """Whether a figure, or a word that would change the time, follows behind a comma: “…, but not the first”."""
    tokens, words = best.tokens, best.words
    if tokens[at].text in _COMMAS and at + 1 < len(tokens) and tokens[at + 1].is_number:
        return at + 1 not in best.used
    for place in range(at, len(tokens)):
        is_end = tokens[place].text in ":;!?" or (
            place > at and "\n" in text[tokens[place - 1].end : tokens[place].start]
        )
        if place in best.used or is_end:
            return False
        if words.end(place, *_TAKING_AWAY) is not None:
            return True
    return False


def _is_so_long_before(best: SaidIn) -> bool:
    """Whether a length of time stands straight before “before”: “one hour before noon”."""
    pairs = zip(best.parts, best.parts[1:], strict=False)
    return any(
        isinstance(one.said, LengthSaid | HoursSaid)
        and isinstance(two.said, DueSaid)
        and two.said.before
        and one.end == two.first
        for one, two in pairs
    )


def _begins_range(best: SaidIn, at: int) -> bool:
    """Whether “to” stands before a position, and before it figures that were not read: “3p to 5pm”."""
    words = best.words
    figures_at = at - 2 - words.is_ending(at - 2)
    return (
        words.end(at - 1, "range_to") == at
        and words.digits(figures_at) is not None
        and at - 1 not in best.used
    )


def _ends_in_hour(best: SaidIn, at: int) -> bool:
    """Whether a word that leads to a time, and a number that may be an hour, end what is said: “السبت مع 11”."""
    hour = best.words.digits(at + 1, most=_MOST_HOURS)
    is_end = at + 2 == len(best.tokens) or best.words.sign(at + 2, _COMMAS + ".")
    is_led = best.words.end(at, "lead") == at + 1 and not best.says(*_TIMES)
    return is_led and is_end and hour is not None and hour <= _LAST_HOUR


# --- anywhere ---------------------------------------------------------------------------------------------------------


def _in_unknown_town(text: str, best: SaidIn, outside: Sequence[int]) -> bool:
    """Whether something takes place in a town whose zone is not known: “in Geneva tomorrow at 15:00”."""
    if best.says(ZoneSaid):
        return False
    if any(_ends_in_name(text, best, end) for _first, end in best.runs()):
        return True
    ends = (best.words.end(at, "in_place") for at in outside)
    inside = (end for end in ends if end is not None and end < len(best.tokens) and end not in best.used)
    return any(_may_be_town(text, best, at) for at in inside)


def _may_be_town(text: str, best: SaidIn, at: int) -> bool:
    """Whether a name stands there that may be a town's: “Geneva”, “Geneva market”, but not “Kejetia market”."""
    tokens = best.tokens
    names = 0
    while (
        at + names < len(tokens) and tokens[at + names].is_word and text[tokens[at + names].start].isupper()
    ):
        names += 1
    is_venue = best.words.end(at + names, "venues") is not None
    known = first_words_elsewhere()
    return names > 0 and not (is_venue and known.isdisjoint(each.text for each in tokens[at : at + names]))


def _ends_in_name(text: str, best: SaidIn, at: int) -> bool:
    """Whether a comma or dash and a name with capitals end the message behind a time: “10:00, Geneva”."""
    tokens = best.tokens
    name = tokens[at + 1 :]
    if at >= len(tokens) or tokens[at].text not in _COMMAS + DASH or not 0 < len(name) <= _LONGEST_NAME:
        return False
    is_named = all(token.is_word and text[token.start].isupper() for token in name)
    return is_named and best.words.end(at + 1, "beside") is None
