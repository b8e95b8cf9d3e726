"""The tables of the words by which people set and change dates in the calendar: `planning.yaml`, `changing.yaml`."""

from __future__ import annotations

from collections.abc import Mapping

from community.search.word_page import ANY_KEY

_LIST: tuple[str, ...] = ()
_ENTRY, _VALUE, _FIELD = "entry", "value", "field"

PLANNING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        "plan plan_noun plan_for deadlines deadline_for whom everyone all_day move cancel move_to all_of_them "
        "one_of_them choosing negations".split(),
        _LIST,
    ),
    "events": ("meeting", "training", "visit", "celebration", "other"),
    "roles": ("coordinator", "city-lead", "expert", "partner"),
}

CHANGING_PATTERNS: Mapping[str, frozenset[str]] = {
    "details": frozenset([_ENTRY, _FIELD, _VALUE]),
    "details_out": frozenset([_ENTRY, _FIELD]),
    **dict.fromkeys(["once", "no_reminders", "usual_reminders"], frozenset([_ENTRY])),
    **dict.fromkeys(["cancelled", "restored", "removed"], frozenset([_ENTRY])),
    **dict.fromkeys(
        "placed renamed lasts longer shorter ends also_for only_for for_whom not_for repeated until skipped also_on "
        "remind moved made stated later earlier shifted online".split(),
        frozenset([_ENTRY, _VALUE]),
    ),
}
"""The patterns by which people ask for a change, with the parts that each may name."""

DATE_DETAILS = (
    "title",
    "place",
    "link",
    "note",
    "hand_in",
    "where",
    "lasts",
    "audience",
    "remind",
    "when",
    "kind",
)
"""The details of events and deadlines that people can name."""

CHANGING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("it", "before", "after", "at_once", "only", "besides", "day_before"), _LIST),
    **dict.fromkeys(
        (
            "correcting",
            "correcting_end",
            "same_time",
            "joined",
            "online_words",
            "day_after",
            "week_after",
            "not_that",
            "but_this",
        ),
        _LIST,
    ),
    **dict.fromkeys(CHANGING_PATTERNS, _LIST),
    "written_out": ANY_KEY,
    "fields": DATE_DETAILS,
}
