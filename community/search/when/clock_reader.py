"""Reading times of day and lengths of time out of a message in one language. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search import word_tables
from community.search.when.when_parts import ClockSaid, ClockStyle, DayPart, Half, LengthSaid
from community.search.when.when_tokens import DASH
from community.search.when.when_words import UNITS, WhenWords

HOUR, MINUTE = UNITS.index("hour"), UNITS.index("minute")
_FRACTIONS = (15, 30, 20, -15, -20)
"""Minutes of the keys of ``fractions``: quarter, half, third, quarter_to, third_to."""
_PAST = (15, 30, -15)
"""Minutes of the keys of ``past_hour``: quarter, half, quarter_to."""
_SET_LENGTHS = (15, 30, 45, 90)
"""Minutes of the keys of ``set_lengths``."""
_MOST = 1000
"""The greatest number of a unit that is read."""
_HOUR, _NOON, _DAY = 60, 12 * 60, 24 * 60


def _military(words: WhenWords, at: int) -> tuple[ClockSaid, int] | None:
    """Read 0900, 1500hrs: four figures with a zero before them, or the sign of hours behind."""
    figures = words.digits(at)
    if figures is None or len(words.tokens[at].text) != 4 or figures % 100 >= 60 or figures > 2400:
        return None
    signed = words.end(at + 1, "hour_signs")
    if signed is None and not words.has_zero(at):
        return None
    return ClockSaid(figures // 100 * 60 + figures % 100, ClockStyle.EXACT), signed or at + 1


def clock(words: WhenWords, at: int, *, is_bare: bool = False) -> tuple[ClockSaid, int] | None:
    """Read a time of day; ``is_bare``: a number alone is one, as in “from 9 to 11”."""
    behind_at = words.end(at, "at")
    if behind_at is None and at < len(words.tokens) and words.tokens[at].is_word:
        behind_at = _before_definite_hour(words, at)
    start = words.past(at if behind_at is None else behind_at, "small")
    has_at = behind_at is not None
    found = (
        _named(words, start)
        or _before_hour(words, start, has_at=has_at)
        or _figures(words, start, has_at=has_at)
        or _figures_from_six(words, start)
        or _military(words, start)
    )
    if found is None:
        found = _hour(words, start, is_bare=is_bare or has_at)
    return None if found is None else _with_part(words, *found)


def _before_definite_hour(words: WhenWords, at: int) -> int | None:
    """Return the position of an hour that has its article behind a small word, as in Arabic: “مع العشرة”, “فالعشرة”."""
    for place in range(at, min(at + 2, len(words.tokens))):
        token = words.tokens[place]
        if token.text != token.base and words.number(place, "hour_words") is not None:
            prefixes = word_tables.own_phrases_in(words.language, "common/inside_prefixes")
            is_led = words.end(at, "lead") == place if place > at else token.text.startswith(prefixes)
            return place if is_led else None
    return _before_last_hour(words, at)


def _before_last_hour(words: WhenWords, at: int) -> int | None:
    """Return the position of an hour in figures behind a day and “with”, at the end: “نهار الجمعة مع 11”."""
    hour = words.digits(at + 1, most=2)
    is_last = at + 2 == len(words.tokens) or words.sign(at + 2, ",،.")
    if hour is None or hour > _LAST_HOUR or not is_last or words.end(at, "lead") != at + 1:
        return None
    if not word_tables.own_phrases_in(words.language, "common/inside_prefixes"):
        return None
    starts = range(max(0, at - _MOST_OF_DAY), at)
    return at + 1 if any(words.end(start, *_DAYS) == at for start in starts) else None


_DAYS = ("weekdays", "today", "tomorrow", "day_after_tomorrow", "months", "next")
_MOST_OF_DAY, _LAST_HOUR = 3, 24


def _named(words: WhenWords, at: int) -> tuple[ClockSaid, int] | None:
    """Read noon and midnight, and a quarter or half past noon."""
    end = words.end(at, "noon")
    if end is not None:
        minutes, behind = _fraction(words, end) or (0, end)
        return ClockSaid(_NOON + minutes, ClockStyle.EXACT), behind
    end = words.end(at, "midnight")
    if end is None:
        return None
    fraction = _fraction(words, end)
    if fraction is not None:
        style = ClockStyle.MIDNIGHT if fraction[0] > 0 else ClockStyle.EXACT
        return ClockSaid(fraction[0] % _DAY, style), fraction[1]
    return ClockSaid(0, ClockStyle.MIDNIGHT), end


def _fraction(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read what is behind an hour: “and a half”, “less a quarter”, “and twenty”, “less ten minutes”."""
    found = words.number(at, "fractions")
    if found is not None:
        return _FRACTIONS[found[0]], found[1]
    written_on = words.number(at, "minutes_behind")
    if written_on is not None:
        return written_on
    for table, sign in (("plus", 1), ("minus", -1)):
        behind = words.end(at, table)
        amount = None if behind is None else words.number(behind, "numbers") or _two_digits(words, behind)
        if amount is None or not 0 < amount[0] < 60:
            continue
        after = words.end(amount[1], "minute_signs")
        in_words = words.digits(behind or at) is None
        if after is not None or ((in_words or sign < 0) and words.end(amount[1], *_NO_MINUTES) is None):
            return sign * amount[0], after or amount[1]
    return None


_NO_MINUTES = ("hour_signs", "months", "units", "oclock", "weekdays")
"""What follows a number that is not minutes: “at three and four o'clock”."""


def _two_digits(words: WhenWords, at: int) -> tuple[int, int] | None:
    figures = words.digits(at, most=2)
    return None if figures is None else (figures, at + 1)


def _figures_from_six(words: WhenWords, at: int) -> tuple[ClockSaid, int] | None:
    """Read “saa 4:30”, which may be counted from six; with a zero or a greater hour it is not."""
    opened = words.end(at, "from_six")
    found = None if opened is None else _figures(words, opened, has_at=True)
    if found is None or found[0].style is ClockStyle.EXACT:
        return found
    return replace(found[0], style=ClockStyle.FROM_SIX), found[1]


def _before_hour(words: WhenWords, at: int, *, has_at: bool) -> tuple[ClockSaid, int] | None:
    """Read “half past three”, “a quarter to four”, “ten to four”."""
    set_part = words.number(at, "past_hour")
    if set_part is not None:
        minutes, end = _PAST[set_part[0]], set_part[1]
    else:
        amount = words.amount(at)
        if amount is None or not 0 < amount[0] < 60:
            return None
        place = words.past(amount[1], "minute_signs")
        past, to = words.end(place, "past"), words.end(place, "to_hour")
        # “Nine to five” is from one to the other.
        if past is None and (to is None or not (has_at or place > amount[1])):
            return None
        minutes, end = (amount[0], past) if past is not None else (-amount[0], to or place)
    noon = words.end(end, "noon")
    if noon is not None:
        return ClockSaid(_NOON + minutes, ClockStyle.EXACT), noon
    hour = _hour_number(words, words.past(end, "small"))
    if hour is None or not 1 <= hour[0] <= 12 or words.end(hour[1], "units") is not None:
        return None
    return ClockSaid(hour[0] * 60 + minutes, ClockStyle.BARE), words.past(hour[1], "oclock")


def _hour_number(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read an hour in figures, or in a word that is one even without “o'clock”."""
    found = words.number(at, "hour_words") or _two_digits(words, at)
    return found if found is not None and 0 <= found[0] <= 24 else None


def _hour_in_words(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read an hour in a word that is one only before “o'clock”: “dix-huit heures”."""
    found = words.number(at, "numbers")
    if found is None or not 0 <= found[0] <= 24 or words.number(at, "weekdays") is not None:
        return None  # the Wednesday of Egypt is written as “four”: “يوم الأربع الساعة 5”
    return found if words.end(found[1], "hour_signs", "oclock") is not None else None


def _figures(words: WhenWords, at: int, *, has_at: bool) -> tuple[ClockSaid, int] | None:
    """Read 15:30, 15:30:00, 15h30, 15 h 30, and 15.30 where it can be no day."""
    hour = words.digits(at, most=2)
    if hour is None:
        return None
    sign = at + 1
    if words.sign(sign, ":", glued=True) or (
        words.sign(sign, ".", glued=True) and (has_at or words.digits(sign + 1) not in range(1, 13))
    ):
        minute_at = sign + 1
    else:
        end = words.end(sign, "hour_signs")
        minute = None if end is None else words.digits(end, most=2)
        if end is None or minute is None or len(words.tokens[end].text) != 2:
            return None
        minute_at = end
    minute = words.digits(minute_at, most=2)
    if minute is None or len(words.tokens[minute_at].text) != 2 or not _is_time(hour, minute):
        return None
    end = minute_at + 1
    if words.sign(end, ":", glued=True) and words.digits(end + 1, most=2, glued=True) is not None:
        end += 2
        if words.sign(end, ".", glued=True) and words.digits(end + 1, most=9, glued=True) is not None:
            end += 2
    said = ClockSaid(hour * 60 + minute, _written_style(words, at, hour))
    return said, _past_signs(words, end, "minute_signs", "hour_signs", "hours_behind")


def _past_signs(words: WhenWords, at: int, *tables: str) -> int:
    """Return the position behind the sign of an hour, if it does not begin “heure de Kigali”."""
    return at if words.end(at, "time_of", "local_time", "my_time") is not None else words.past(at, *tables)


def _is_time(hour: int, minute: int) -> bool:
    return minute < 60 and hour * 60 + minute <= _DAY


def _written_style(words: WhenWords, at: int, hour: int) -> ClockStyle:
    is_exact = words.has_zero(at) or hour > 12 or hour == 0
    return ClockStyle.EXACT if is_exact else ClockStyle.SIGNED


def _hour(words: WhenWords, at: int, *, is_bare: bool) -> tuple[ClockSaid, int] | None:
    """Read an hour by its number: “15h”, “3 pm”, “three o'clock”, “trois heures et demie”; alone if ``is_bare``."""
    from_six = words.end(at, "from_six")
    start = at if from_six is None else from_six
    number = _hour_number(words, start) or _hour_in_words(words, start)
    if number is None:
        return None
    hour, end = number
    figures = words.digits(end - 1, most=2) is not None
    signed = words.end(end, "hour_signs")
    fraction = _fraction(words, signed or end)
    behind = fraction[1] if fraction is not None else _past_signs(words, signed or end, "oclock")
    has_half = words.end(behind, "am", "pm", "day_parts") is not None
    if not (signed or words.end(end, "oclock") or has_half or is_bare or from_six):
        return None
    if not (signed or has_half or _may_be_hour(words, start, end, behind)):
        return None
    if from_six is not None:
        style = ClockStyle.FROM_SIX if 1 <= hour <= 12 else ClockStyle.EXACT
    elif (
        (figures and (words.has_zero(end - 1) or hour > 12 or (hour == 0 and signed)))
        or hour > 12
        or hour == 0
    ):
        style = ClockStyle.EXACT
    else:
        style = ClockStyle.SIGNED if signed else ClockStyle.BARE
    return ClockSaid(hour * 60 + (0 if fraction is None else fraction[0]), style), behind


def _may_be_hour(words: WhenWords, start: int, end: int, behind: int) -> bool:
    """Whether what follows a number does not make something else of it: 3 May, 3/4, 15 %, 2 hours, 2.5, 5ª."""
    # “Às 7 de junho” would be an hour, “a 7 de junho” is a day.
    is_led = words.is_led(start) and len(words.tokens[start - 1].text) > 1
    month_at = end if is_led else words.past(end, "small")
    if behind == end and (_is_counting(words, end) or words.end(month_at, "months")):
        return False
    is_ordinal = words.is_ending(end) and words.end(end, "oclock") is None
    if is_ordinal or words.sign(end, "/%.:", glued=True) or words.sign(end, "€$"):
        return False
    ranged = words.sign(end, DASH) and words.digits(end + 1, most=2) is not None
    return not ranged or words.end(end + 2, "months") is None


def _is_counting(words: WhenWords, at: int) -> bool:
    """Whether the number before a position counts days, hours or times; “(الساعة 14) يوم 20” is the 20th."""
    marked = words.end(at, "day_marks")
    is_date = marked is not None and words.digits(marked, most=2) is not None
    return not is_date and words.end(at, "units", "times", "workdays") is not None


def _with_part(words: WhenWords, said: ClockSaid, end: int) -> tuple[ClockSaid, int]:
    """Read what is behind a time of day: am, pm, in the afternoon."""
    for table, half in (("am", Half.AM), ("pm", Half.PM)):
        behind = words.end(end, table)
        if behind is not None:
            return replace(said, half=half), behind
    early = words.end(end, "pm_early")
    if early is not None and _HOUR <= said.minutes < 6 * _HOUR:
        return replace(said, half=Half.PM), early
    part = words.number(words.past(end, "small"), "day_parts")
    if part is not None and said.style is not ClockStyle.MIDNIGHT:
        return replace(said, part=DayPart(part[0])), part[1]
    return said, end


def length(words: WhenWords, at: int) -> tuple[LengthSaid, int] | None:
    """Read “90 minutes”, “two hours”, “an hour and a half”, “half an hour”, “2h30”, “ساعتين”."""
    fixed = words.number(at, "set_lengths")
    if fixed is not None:
        return LengthSaid(_SET_LENGTHS[fixed[0]], MINUTE), fixed[1]
    pair = words.number(at, "two")
    if pair is not None:
        return _with_half(words, 2, pair[0], pair[1])
    amount = words.amount(at)
    if amount is None:
        return _counted_behind(words, at)
    if not 0 < amount[0] <= _MOST:
        return None
    pair = words.number(amount[1], "two")
    if pair is not None and amount[0] == 1:
        return LengthSaid(2, pair[0]), pair[1]  # “a fortnight”
    halved = words.end(amount[1], "and_a_half")
    unit = None if halved is None else words.number(halved, "units")
    if unit is not None and unit[0] != MINUTE:  # “two and a half hours”
        return LengthSaid(amount[0], unit[0], halves=True), unit[1]
    dashed = amount[1] + words.sign(amount[1], (DASH,), glued=True)
    unit = words.number(dashed, "units")
    if unit is not None:
        return _with_half(words, amount[0], unit[0], unit[1])
    return _signed_length(words, *amount)


def one_unit(words: WhenWords, at: int) -> tuple[LengthSaid, int] | None:
    """Read a unit that is one without a number, as in Arabic: “بعد أسبوع”."""
    unit = words.number(at, "units")
    return None if unit is None else _with_half(words, 1, unit[0], unit[1])


def _counted_behind(words: WhenWords, at: int) -> tuple[LengthSaid, int] | None:
    """Read a length in a language whose numbers stand behind what is counted: “siku 3”, “wiki mbili”."""
    unit = words.number(at, "units") if words.end(at, "counted_behind") is not None else None
    amount = None if unit is None else words.amount(unit[1])
    if unit is None or amount is None or not 0 < amount[0] <= _MOST:
        return None
    return LengthSaid(amount[0], unit[0]), amount[1]


def _with_half(words: WhenWords, amount: int, unit: int, end: int) -> tuple[LengthSaid, int]:
    half = words.end(end, "and_a_half")
    if half is not None and unit != MINUTE:
        return LengthSaid(amount, unit, halves=True), half
    fraction = words.number(end, "fractions") if unit == HOUR else None
    if fraction is not None:
        return LengthSaid(amount * 60 + _FRACTIONS[fraction[0]], MINUTE), fraction[1]
    if unit == HOUR:
        further = words.past(end, "and", "plus")
        minutes = words.amount(further)
        minute = None if minutes is None else words.number(minutes[1], "units")
        if minutes is not None and minute is not None and minute[0] == MINUTE:
            return LengthSaid(amount * 60 + minutes[0], MINUTE), minute[1]
    return LengthSaid(amount, unit), end


def _signed_length(words: WhenWords, amount: int, at: int) -> tuple[LengthSaid, int] | None:
    """Read 2h, 2h30, 90 min."""
    end = words.end(at, "minute_signs")
    if end is not None:
        return LengthSaid(amount, MINUTE), end
    end = words.end(at, "hour_signs")
    if end is None:
        return None
    minute = words.digits(end, most=2)
    if minute is not None and minute < 60 and len(words.tokens[end].text) == 2:
        return LengthSaid(amount * 60 + minute, MINUTE), words.past(end + 1, "minute_signs")
    return _with_half(words, amount, HOUR, end)
