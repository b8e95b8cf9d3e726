"""Which tables each file of `community/languages` has: their keys, where they are groups, and which have patterns."""

from __future__ import annotations

from collections.abc import Mapping

from community.search.date_tables import CHANGING, CHANGING_PATTERNS, PLANNING
from community.search.word_page import ANY_KEY

LIST: tuple[str, ...] = ()
"""No group, but one list."""
_UNITS = ("day", "week", "month", "year")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTH = ("first", "second", "third", "fourth", "fifth", "last")
_DAY_PARTS = ("dawn", "morning", "noon", "afternoon", "evening", "night")
_MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
REGIONS = tuple("africa west-africa east-africa north-africa central-africa southern-africa europe".split())
_ROLES = tuple("coordinator city-lead member expert partner guest observer researcher mayor operator".split())
_NEWS = ("calendar", "moved", "cancelled", "directory")
STAGES = ("idea", "preparation", "pilot", "running", "finished")
_NOUNS = (
    *("resource", "document", "tool", "guide", "video", "advice"),
    *("contact", "person", "desk", "project"),
)
FIELDS = (
    *("phone", "email", "hours", "function", "name", "title", "summary", "link", "languages", "cities"),
    *("themes", "stage", "deputy", "lead", "results", "partners", "kind"),
)
"""The details of entries that people can name when they change them."""

CALENDAR_KINDS = ("any", "deadline", "meeting", "training", "webinar", "visit", "celebration", "assembly")
"""The kinds by whose names people ask for events and deadlines."""


def _lists(names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names.split(), LIST)


SMALL_TALK = (
    *("how_are_you", "who_are_you", "robot", "human", "who_made_you", "privacy", "themes", "cities"),
    *("add_contact", "change_entry", "what_can_you_do", "not_understood", "languages", "are_you_there"),
    *("insult", "praise", "sorry", "bye", "thanks"),
)
"""What people say to the bot beside their questions; of two that are equally likely the first is meant."""
_LEAVING = "leave take_back erase alumni for_good hand_over coordinators"
OFF_TOPIC = ("requests", "subjects")
"""What is none of the network's business."""

WHEN: Mapping[str, tuple[str, ...]] = {
    **_lists("passed_over small lead day_marks at oclock hour_signs minute_signs past to_hour plus minus"),
    **_lists("noon midnight am pm from_six doubted_hours doubted_signed_hours and_a_half ahead ahead_behind"),
    **_lists("lasting lasting_perhaps between range_from range_from_perhaps range_to days_from days_to and"),
    **_lists(
        "month_marks next nearest this week_later fortnight_later day_after_tomorrow in_stretch vague end_of weekend"
    ),
    **_lists(
        "every every_other one_in_two one_in steps_from steps_to daily weekly fortnightly monthly yearly workdays"
    ),
    **_lists(
        "quarterly half_yearly each_workday all_day venues due_behind included hours_behind halves pm_early"
    ),
    **_lists(
        "or last_day unclear_hour unclear_day numbered_days today tomorrow unclear_rule times_behind counted_behind"
    ),
    **_lists(
        "of_each_month of_this_month starting until times except due_by before changing other_days beside"
    ),
    **_lists("counted numbered named_by_time time_of time_behind universal local_time my_time in_place"),
    "fractions": ("quarter", "half", "third", "quarter_to", "third_to"),
    "past_hour": ("quarter", "half", "quarter_to"),
    "day_parts": _DAY_PARTS,
    "this_part": _DAY_PARTS,
    "nth": _NTH,
    "nth_behind": _NTH,
    "loose_days": ("week", "fortnight"),
    "set_lengths": ("quarter_hour", "half_hour", "three_quarters", "hour_and_half"),
    "units": ("minute", "hour"),
    "two": ("minute", "hour"),
    "weekdays": _WEEKDAYS,
    "each_weekday": _WEEKDAYS,
    "months": _MONTHS,
    "numbers": ANY_KEY,
    "hour_words": ANY_KEY,
    "minutes_behind": ANY_KEY,
    "day_numbers": ANY_KEY,
}
"""The tables of the words by which people say when something is."""

REQUIRED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "common": _lists("passed_over light inside placing inside_prefixes elided everyday telling own_letters"),
    "ordinary": _lists(
        "verb_beginnings verb_endings verbs verb_forms adverbs adverb_endings adjectives adjective_endings others"
    ),
    "questions": {
        **_lists(
            "who who_words before_who opening those what what_early what_opening how somebody person done with"
        ),
        **_lists("leading leads led_by deputy newest speaking library in_the no_meaning titles own_place"),
        "kinds": ("contact", "resource", "project"),
        "resource_kinds": ("document", "tool", "guide", "video", "advice"),
        "stages": STAGES,
        "fields": ("phone", "email", "hours", "member", "partners", "results", "link"),
        "roles": _ROLES,
    },
    "exclusions": _lists("except outside not before_not between joining behind"),
    "follow_ups": {
        **_lists("more courtesies and_then and_prefixes his his_endings impersonal on_that there that_city"),
        **_lists("one_after someone_else unreachable other_place when as_of what_it_says"),
        "stretch_after": ("day", "week", "month"),
    },
    "dates": {
        **_lists("since from before within until of this last ago small beginning today yesterday"),
        **_lists("next tomorrow coming been arriving ours first"),
        **_lists("ordinals weekday_endings"),
        "units": _UNITS,
        "two": _UNITS,
        "numbers": _NUMBERS,
        "weekdays": _WEEKDAYS,
        "months": _MONTHS,
    },
    "calendar": {
        **_lists("next several whats_next when left where link planned have mine due was cancelled by ahead"),
        **_lists("weekend part_of_today day_parts early middle late day_marks after_tomorrow doubtful"),
        **_lists("events tell_me calls general lasts for_whom how_often how_long until_then time_needed"),
        **_lists("when_to for_place anything filler how_many first_of last_of after_next the_one passed"),
        **_lists("clock asked_by hand_in cohort of_stretch articles opening behind before"),
        **_lists("week_signs meets particles ever_since"),
        **dict.fromkeys(("named_days", "short", "things", "ordinals", "quarters"), ANY_KEY),
        "kinds": CALENDAR_KINDS,
    },
    "news": {**_lists("signs missed news since_written only filler"), "kinds": _NEWS},
    "when": WHEN,
    "places": {"countries": ANY_KEY, "regions": REGIONS},
    "speakers": {"speakers": ANY_KEY},
    "commands": _lists(
        "yes yes_also yes_to_passing no no_also no_to_passing polite skip back cancel all remove help greetings thanks "
        "answer before_number export forget withdraw accept_identity expel expel_polite expel_from expel_articles "
        "elsewhere first_words"
    ),
    "editing": {
        **_lists("add new articles save as_a remove confirm still change the of change_detail to now_is"),
        **_lists("in_stage stage_of deputy history history_alone undo proposals approve decline"),
        **_lists("before_number number stale polite_start polite_end asking pointing everywhere about"),
        "nouns": _NOUNS,
        "fields": FIELDS,
        "stages": STAGES,
    },
    "feeds": _lists("calendar dates device programs names link revoke seen new other whole never filler"),
    "earlier": _lists("before said filler"),
    "inviting": _lists(
        "openings somebody network before_details before_details_perhaps elsewhere labels greeter people guests "
        "all_guests take_back signs"
    ),
    "spaces": _lists("several one own join join_me leave leave_me me which never filler"),
    "quiet": _lists("quiet hours off filler"),
    "leaving": _lists(_LEAVING),
    "planning": PLANNING,
    "changing": CHANGING,
    "small_talk": dict.fromkeys(("filler", "who_is", *SMALL_TALK), LIST),
    "off_topic": dict.fromkeys(OFF_TOPIC, LIST),
}
"""The tables of each file of a language: their keys, if they are groups."""
PATTERNS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "commands": dict.fromkeys(
        "yes_to_passing no_to_passing export forget withdraw accept_identity expel_polite expel_from".split(),
        frozenset(),
    ),
    "leaving": dict.fromkeys(_LEAVING.split(), frozenset()),
    "editing": {
        **dict.fromkeys(
            "save history_alone undo proposals approve decline polite_start polite_end".split(), frozenset()
        ),
        "still": frozenset(["any_entry"]),
        "change_detail": frozenset(["field", "rest"]),
        "now_is": frozenset(["field", "entry", "value"]),
        "stage_of": frozenset(["entry", "stage"]),
        "deputy": frozenset(["deputy", "entry"]),
        "history": frozenset(["entry"]),
    },
    "changing": CHANGING_PATTERNS,
    "inviting": dict.fromkeys("openings network guests all_guests take_back".split(), frozenset()),
    "small_talk": dict.fromkeys(SMALL_TALK, frozenset()),
    "off_topic": dict.fromkeys(OFF_TOPIC, frozenset()),
}
"""The tables whose phrases are patterns (`community.core.sentence_patterns`), with the parts that each may name."""
WORLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "regions": dict.fromkeys(REGIONS, LIST),
    "towns": {"towns": LIST},
    "letters": {"consonants": ANY_KEY, "vowels": ANY_KEY},
    "zones": {"abbreviations": ANY_KEY, "towns": ANY_KEY, "month_first": LIST},
}
