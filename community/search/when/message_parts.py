"""All that a message says of a time, in one language: the parts in their order, and the words that they use. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from community.search.when import zone_reader
from community.search.when.clock_reader import (
    HOUR,
    clock,
    length,
    one_unit,
)
from community.search.when.day_reader import DAY, date_at, day, in_minutes, soon
from community.search.when.days_reader import days, numbered_days
from community.search.when.doubts import Doubt
from community.search.when.hours_reader import clock_range
from community.search.when.left_words import is_numbering
from community.search.when.rule_reader import exception, rule, start
from community.search.when.stretch_reader import stretch
from community.search.when.until_reader import until
from community.search.when.when_parts import (
    AheadSaid,
    AllDaySaid,
    ClockRange,
    ClockSaid,
    DateSaid,
    DayList,
    DayOne,
    DayPart,
    DayRange,
    DoubtSaid,
    DueSaid,
    HoursSaid,
    LengthSaid,
    MomentRange,
    PartSaid,
    Said,
    StartSaid,
    WhenPart,
    ZoneSaid,
)
from community.search.when.when_tokens import DASH
from community.search.when.when_words import WhenWords
from community.search.when.zone_reader import WhenPlaces

_UNCLEAR = (
    ("weekend", Doubt.WHICH_DAY),
    ("unclear_rule", Doubt.REPEATED),
    ("unclear_hour", Doubt.WHICH_HOUR),
)
"""The tables of phrases that say no exact time, and what is asked of them."""
_LONGEST_LEAD = 4
"""Words of the longest phrase that leads to a part: “à partir de la”."""
_HALF_DAY = 2
"""Words of “meio dia”, which is noon, and half a day."""
_FEW_HOURS, _MANY_HOURS = 4, 8
"""So many hours are more often how long something lasts than an hour of the day; more are seldom a length."""


def parts_of(words: WhenWords, places: WhenPlaces) -> tuple[WhenPart, ...]:
    """Return the parts of a message; each word is a part of one at most."""
    found: list[WhenPart] = []
    at = 0
    while at < len(words.tokens):
        passed = words.end(at, "passed_over")
        if passed is not None:
            at = passed
            continue
        parts = tuple(_parts_at(words, at, places, found[-1] if found else None))
        found.extend(parts)
        at = parts[-1].end if parts else at + 1
    found.extend(zone_reader.bare_places(words, found, places))
    return tuple(sorted(found, key=lambda part: (part.first, part.end)))


def _parts_at(words: WhenWords, at: int, places: WhenPlaces, before: WhenPart | None) -> Iterator[WhenPart]:
    """Yield what begins at a position: one part, or two that are one phrase (“tonight”)."""
    if before is not None and before.end == at and isinstance(before.said, ClockSaid | ClockRange):
        named = zone_reader.behind_clock(words, at, places)
        if named is not None:
            yield WhenPart(named[0], at, named[1])
            return
    if not words.tokens[at].is_number and not words.is_known(at):
        # Of what is in no table only the name of a place or zone can say something of a time.
        is_word = words.tokens[at].is_word
        named = (
            (zone_reader.zone(words, at, places) or zone_reader.place(words, at, places)) if is_word else None
        )
        if named is not None:
            yield WhenPart(named[0], at, named[1])
        return
    evening = words.number(at, "this_part")
    if evening is not None:
        yield WhenPart(AheadSaid(LengthSaid(0, DAY)), at, at)
        yield WhenPart(PartSaid(DayPart(evening[0])), at, evening[1])
        return
    found = _part_at(words, at, places)
    if found is not None:
        yield WhenPart(found[0], at, words.past(found[1], "included"))


def _part_at(words: WhenWords, at: int, places: WhenPlaces) -> tuple[Said, int] | None:
    return (
        _all_day(words, at)
        or exception(words, at)
        or _moments(words, at)
        or _until(words, at)
        or soon(words, at)
        or _half_day(words, at)
        or _rule(words, at)
        or _start(words, at)
        or zone_reader.zone(words, at, places)
        or _days(words, at)
        or _numbered(words, at)
        or _clocks(words, at)
        or stretch(words, at)
        or _due(words, at)
        or _due_behind(words, at)
        or _vague(words, at)
        or _part(words, at)
        or zone_reader.place(words, at, places)
    )


def _all_day(words: WhenWords, at: int) -> tuple[AllDaySaid, int] | None:
    end = words.end(at, "all_day")
    return None if end is None else (AllDaySaid(), end)


def _half_day(words: WhenWords, at: int) -> tuple[DoubtSaid, int] | None:
    """Read half a day where noon is called the same: “meio dia de formação”, but not “ao meio-dia de sexta”."""
    end = words.end(at, "noon")
    joined = None if end != at + _HALF_DAY or words.is_led(at) else words.end(end, "lasting_perhaps")
    if end is None or joined is None or words.end(joined, "beside") is None:
        return None
    return DoubtSaid(Doubt.WHICH_HOUR), end


def _until(words: WhenWords, at: int) -> tuple[Said, int] | None:
    found = until(words, at)
    # A time of day behind “until” is the end of a range that was read before it, or when something is due.
    if found is None or clock(words, found[1] - 1) is None:
        return found
    opened = words.end(at, "until")
    return found if opened is None or clock(words, words.past(opened, "small")) is None else None


def _rule(words: WhenWords, at: int) -> tuple[Said, int] | None:
    """Read what is repeated, but not “يومي 22 و23”, the two days with these numbers."""
    marked = words.end(at, "day_marks")
    return None if marked is not None and words.digits(marked, most=2) is not None else rule(words, at)


def _start(words: WhenWords, at: int) -> tuple[StartSaid, int] | None:
    """Read “from Monday on”, but not the beginning of “from Monday to Friday”."""
    found = start(words, at)
    if found is None or isinstance((days(words, at) or (None, 0))[0], DayRange):
        return None
    return found


def _moments(words: WhenWords, at: int) -> tuple[MomentRange, int] | None:
    """Read “from Monday 9am to Tuesday 5pm”."""
    opened = words.end(at, "range_from", "days_from", "between")
    first = _moment(words, at if opened is None else opened)
    if first is None:
        return None
    said_day, said_clock, end = first
    joined = end + 1 if words.sign(end, DASH) else words.end(end, "range_to", "days_to")
    last = None if joined is None else _moment(words, words.past(joined, "small", "day_marks"))
    return None if last is None else (MomentRange(said_day, said_clock, last[0], last[1]), last[2])


def _moment(words: WhenWords, at: int) -> tuple[DayOne, ClockSaid, int] | None:
    one = day(words, words.past(at, "small", "day_marks")) or day(words, at)
    hour = None if one is None else clock(words, one[1] + words.sign(one[1], ",،"))
    return None if one is None or hour is None else (one[0], hour[0], hour[1])


def _days(words: WhenWords, at: int) -> tuple[Said, int] | None:
    """Read days, but no number that may as well be an hour: “mardi 10-12”, or a name: “room 3, 18 december”."""
    if (found := days(words, at)) is None:
        return None
    said, end = found
    is_open = isinstance(said, DateSaid) and said.month is None
    is_hour = is_open and words.sign(end, DASH) and words.digits(end + 1) is not None
    is_name = isinstance(said, DayList | DayRange) and words.tokens[at].is_number and is_numbering(words, at)
    return (DoubtSaid(Doubt.NOT_UNDERSTOOD), end) if is_hour or is_name else found


def _numbered(words: WhenWords, at: int) -> tuple[DoubtSaid, int] | None:
    end = numbered_days(words, at)
    return None if end is None else (DoubtSaid(Doubt.WHICH_MONTH), end)


def _clocks(words: WhenWords, at: int) -> tuple[Said, int] | None:
    hour = clock(words, at) if _is_before_hour_or_range(words, at) else None
    if hour is not None:
        return DoubtSaid(Doubt.SEVERAL_TIMES), hour[1]
    return (
        clock_range(words, at)
        or _in_brackets(words, at)
        or _first_length(words, at)
        or _lasting(words, at)
        or _hours(words, at)
        or clock(words, at)
        or length(words, at)
    )


def _is_before_hour_or_range(words: WhenWords, at: int) -> bool:
    """Whether “at 10 to 11” stands there: ten minutes before eleven, or from one hour to the other."""
    start = words.end(at, "at")
    minutes = None if start is None else words.digits(start, most=2)
    joined = None if start is None else words.end(start + 1, "to_hour")
    is_hour = minutes is not None and 0 < minutes <= 12
    return is_hour and joined is not None and words.digits(joined, most=2) is not None


def _in_brackets(words: WhenWords, at: int) -> tuple[HoursSaid, int] | None:
    """Read “(2h)”, which beside an hour is how long it lasts."""
    if not words.sign(at - 1, "("):
        return None
    hour, lasting = clock(words, at), length(words, at)
    is_whole = lasting is not None and words.sign(lasting[1], ")")
    if hour is None or lasting is None or not is_whole or hour[1] != lasting[1]:
        return None
    return HoursSaid(hour[0], lasting[0]), lasting[1]


def _first_length(words: WhenWords, at: int) -> tuple[HoursSaid, int] | None:
    """Read the hours with which a message begins before what is planned: “1hr slot”, “a 2h meeting”."""
    if not (at == 0 or (at == 1 and words.tokens[0].is_word)):
        return None
    hour, lasting = clock(words, at), length(words, at)
    if hour is None or lasting is None or hour[1] != lasting[1] or lasting[0].unit != HOUR:
        return None
    is_before_word = lasting[1] < len(words.tokens) and words.tokens[lasting[1]].is_word
    is_plain = hour[0].part is None and hour[0].half is None and lasting[0].amount <= _FEW_HOURS
    is_other = words.is_known(lasting[1]) and words.end(lasting[1], "beside") is None
    if not (is_before_word and is_plain) or is_other:
        return None
    return HoursSaid(hour[0], lasting[0]), lasting[1]


def _lasting(words: WhenWords, at: int) -> tuple[Said, int] | None:
    """Read “for two hours”, “pendant 90 min”; “de 2h” may be a time of day as well."""
    surely, perhaps = words.end(at, "lasting"), words.end(at, "lasting_perhaps")
    opened = surely or perhaps
    found = None if opened is None else length(words, words.past(opened, "small"))
    if found is None and surely is not None:
        found = one_unit(words, surely)
    if opened is None or found is None:
        return None
    hour = clock(words, opened)
    if hour is not None and found[0].unit == HOUR and found[0].amount > _MANY_HOURS:
        return DoubtSaid(Doubt.HOURS), found[1]  # “pour 15h” is an hour too
    if surely is not None or hour is None:
        return found
    minutes = in_minutes(found[0])
    return None if minutes is None or minutes > 12 * 60 else (HoursSaid(hour[0], found[0]), found[1])


def _hours(words: WhenWords, at: int) -> tuple[Said, int] | None:
    """Read “2 heures”, which may be a time of day or how long it lasts."""
    hour, lasting = clock(words, at), length(words, at)
    amount = words.amount(at)
    is_spelled = amount is not None and words.number(amount[1], "units") is not None
    minutes = None if lasting is None else in_minutes(lasting[0])
    if hour is None or lasting is None or not is_spelled or minutes is None or minutes > _MANY_HOURS * 60:
        return None
    return (
        None
        if hour[0].part is not None or hour[0].half is not None
        else (HoursSaid(hour[0], lasting[0]), lasting[1])
    )


def _due(words: WhenWords, at: int) -> tuple[DueSaid, int] | None:
    """Read “by”, “before” in front of a day or time of day."""
    for table in ("before", "due_by", "until"):
        end = words.end(at, table)
        if end is None or (words.end(at, "changing") or end) > end:
            continue  # “avant-dernier” is not “avant”
        if at == 0 and table == "due_by" and words.sign(end, ":"):
            return DueSaid(), end + 1  # “deadline: the report, 15 January”
        if days(words, end) or days(words, words.past(end, "small")):
            return DueSaid(before=table == "before"), end
        if words.end(end - 1, "day_marks") == end and date_at(words, end, is_marked=True) is not None:
            return DueSaid(before=table == "before"), end - 1  # “d'ici le 15”: the day is read by its mark
        if clock(words, end) is not None:
            return DueSaid(before=table == "before", is_until_hour=table == "until"), end
    return None


def _due_behind(words: WhenWords, at: int) -> tuple[DueSaid, int] | None:
    """Read “at the latest” behind a day or time of day."""
    end = words.end(at, "due_behind")
    return None if end is None else (DueSaid(), end)


def _vague(words: WhenWords, at: int) -> tuple[DoubtSaid, int] | None:
    """Read what names no day: “the weekend”, “mid-March”, “fin juin”."""
    for table, doubt in _UNCLEAR:
        end = words.end(at, table)
        if end is not None:
            return DoubtSaid(doubt), end
    opened = words.end(at, "vague")
    if opened is None:
        return None
    for place in range(opened, words.past(opened, "small", "this") + 1):
        named = words.number(place, "months") or stretch(words, place) or words.number(place, "units")
        if named is not None:
            return DoubtSaid(Doubt.WHICH_DAY), named[1]
    return None


def _part(words: WhenWords, at: int) -> tuple[PartSaid, int] | None:
    found = words.number(at, "day_parts")
    return None if found is None else (PartSaid(DayPart(found[0])), found[1])


def with_leads(words: WhenWords, parts: tuple[WhenPart, ...]) -> tuple[tuple[int, int], ...]:
    """Return the tokens that say the parts, with the small words that lead to them; those of a place stay out."""
    found: list[tuple[int, int]] = []
    for part in parts:
        if isinstance(part.said, ZoneSaid) and part.said.is_place:
            continue
        least = found[-1][1] if found else 0
        first = _led_from(words, part.first, least)
        if found and first == least:
            found[-1] = (found[-1][0], part.end)
        else:
            found.append((first, part.end))
    return tuple(found)


def _led_from(words: WhenWords, at: int, least: int) -> int:
    """Return where the words begin that lead to a part."""
    while at > least:
        if words.sign(at - 1, ",،:@("):
            at -= 1
            continue
        starts = range(max(least, at - _LONGEST_LEAD), at)
        led = next((start for start in starts if words.end(start, "lead") == at), None)
        if led is None:
            return at
        at = led
    return at
