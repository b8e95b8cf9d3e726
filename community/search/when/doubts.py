"""Why it is asked what is meant: each reason, and the sentence that asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from community.core.messages import Message, msg


class Doubt(Enum):
    """What a time that somebody said leaves open."""

    WHICH_HOUR = auto()
    HALF = auto()
    WHICH_DAY = auto()
    WHICH_MONTH = auto()
    THIS_OR_NEXT = auto()
    TODAY_OR_WEEK = auto()
    YEAR = auto()
    PASSED = auto()
    WEEKDAY = auto()
    NO_SUCH_DAY = auto()
    ORDER = auto()
    SHORT_YEAR = auto()
    GAP = auto()
    TWICE = auto()
    WHOSE_TIME = auto()
    WHERE = auto()
    WHOSE_TODAY = auto()
    SEVERAL_DAYS = auto()
    SEVERAL_TIMES = auto()
    MIDNIGHT = auto()
    NOT_UNDERSTOOD = auto()
    REPEATED = auto()
    EXCEPT = auto()
    END = auto()
    COUNTED_DAYS = auto()
    HOURS = auto()
    BEFORE = auto()
    CONTRARY = auto()
    TOO_LONG = auto()


SENTENCES: Mapping[Doubt, Message] = {
    Doubt.WHICH_HOUR: msg("At what time?"),
    Doubt.HALF: msg("Is that hour in the morning or in the afternoon?"),
    Doubt.WHICH_DAY: msg("On which day?"),
    Doubt.WHICH_MONTH: msg("In which month are these days?"),
    Doubt.THIS_OR_NEXT: msg("Is that this week or next week?"),
    Doubt.TODAY_OR_WEEK: msg("Is that today or in a week?"),
    Doubt.YEAR: msg("That day was not long ago: which year do you mean?"),
    Doubt.PASSED: msg("That has passed: when do you mean?"),
    Doubt.WEEKDAY: msg("The day of the week and the date do not go together: which of them is right?"),
    Doubt.NO_SUCH_DAY: msg("There is no such day: which one do you mean?"),
    Doubt.ORDER: msg("Which figure is the day and which the month?"),
    Doubt.SHORT_YEAR: msg("A year of two digits can be misread: please write all four."),
    Doubt.GAP: msg("The clocks are put forward then, and skip that time: which time do you mean?"),
    Doubt.TWICE: msg("The clocks are put back then, and that time comes twice: which one do you mean?"),
    Doubt.WHOSE_TIME: msg("In the time of which place?"),
    Doubt.WHERE: msg("Is that the time where it takes place, or yours?"),
    Doubt.WHOSE_TODAY: msg("It is not the same day there: on which date do you mean?"),
    Doubt.SEVERAL_DAYS: msg("More than one day is named: which one do you mean?"),
    Doubt.SEVERAL_TIMES: msg("More than one time is named: which one do you mean?"),
    Doubt.MIDNIGHT: msg("Is that the midnight at which the day begins, or the one at which it ends?"),
    Doubt.NOT_UNDERSTOOD: msg("A part of when it is was not understood: please say it in other words."),
    Doubt.REPEATED: msg("How is it repeated: by the date, by the day of the week, or not at all?"),
    Doubt.EXCEPT: msg("A day that is left out is none of the days anyway: which one do you mean?"),
    Doubt.END: msg("It would end before it begins: until when does it last?"),
    Doubt.COUNTED_DAYS: msg("Is that the same day of the week, or counted in days?"),
    Doubt.HOURS: msg("Is that a time of day, or how long it lasts?"),
    Doubt.BEFORE: msg("Is that day still included, or the day before the last one?"),
    Doubt.CONTRARY: msg("The hour and the part of the day do not go together: which of them is right?"),
    Doubt.TOO_LONG: msg("That is a long text: please say when it is in one short message."),
}
"""The question for each; the readings that are possible are offered below it."""
