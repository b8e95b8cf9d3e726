"""How sure it is that the calendar is asked, and not the directory. Pure."""

from __future__ import annotations

from community.search.asides import asks_for_newcomers
from community.search.calendar_question import Claim, Wanted
from community.search.calendar_read import SHORT, ReadQuestion
from community.search.calendar_words import says_who_meets

_STRONG = ("any", "deadline")
_DETAILS = ("lasts", "for_whom", "how_often", "how_long")
_BESIDE_DUE = ("hand_in", "when", "have", "planned", "mine", "where", "how_long", "left", "for_whom")
"""What shows beside a word for handing in that the calendar is asked."""
_SAID_OF = ("next", "planned", "have", "mine", "due", "cancelled")
"""What shows beside a word for events that those of the calendar are meant."""
_MEETINGS = frozenset({"meeting", "webinar", "assembly", "celebration"})
"""Kinds that the directory has nothing of."""
_MOST_UNKNOWN = 2
"""How many unknown words a question for a meeting or the like may have: more of them tell a story."""
_EARLY = 2
"""Before this position “when” begins a question."""


def claim_of(read: ReadQuestion) -> Claim | None:
    """Return how sure it is that the calendar is asked, None where it is not."""
    found, question = read.found, read.question
    general = found.has("general") and not (
        read.days or found.has("next", "due") or "deadline" in found.kinds
    )
    if general or (read.asks_clock and read.names_no_more_than_cities):
        return None
    if read.wanted in (Wanted.ASKED_BY, Wanted.HAND_IN):
        return Claim.IF_CALLED if question.about or "deadline" in question.kinds else None
    if read.asks_of_changes:
        return Claim.SURE
    if found.has("opening") and not found.kinds:
        return Claim.IF_NAMED if read.names_an_occasion and _asks_of_one(read) else None
    if found.kinds or (found.has("calls", "meets") and question.kinds):
        return Claim.SURE if says_who_meets(found, read.days) else _claim_of_kinds(read)
    asks_when = found.has("left", "due", "when") or read.says_only_days
    beside_days = [word for at, word in enumerate(read.said) if at not in read.days.used]
    if asks_for_newcomers(beside_days) and not asks_when:
        return None
    if found.has("next") and read.names_an_occasion and not read.names_a_thing:
        return Claim.IF_NAMED
    if found.has(*_DETAILS) and not (found.has("due") or read.asks_left):
        if read.names_an_occasion:
            return Claim.IF_NAMED
        # “How long is the hackathon?”: the calendar knows whether it has one.
        named = bool(question.about) and not any(part.says_nothing for part in question.about)
        asks = found.has("lasts", "for_whom", "how_often") and not read.names_a_thing
        return Claim.IF_CALLED if named and asks else None
    return _claim_of_asking(read)


def _claim_of_asking(read: ReadQuestion) -> Claim | None:
    """Return the same of a question without a word for entries: by what asks, and the days that are named."""
    found, question = read.found, read.question
    if read.asks_left and (question.names_entries or read.days):
        return Claim.SURE
    if found.has("due"):
        beside = read.days or found.has(*_BESIDE_DUE) or len(read.said) <= SHORT
        return Claim.SURE if beside else None
    if read.is_to_come and read.names_nothing and found.has("when", "where", "lasts"):
        return Claim.SURE
    if found.has("when") and (question.about or question.themes or question.has_place):
        return _claim_of_when(read)
    # “Do I have to register?”
    if found.has("where", "link", "cancelled", "passed") or (
        found.has("have") and read.names_what_is_handed_in
    ):
        return Claim.IF_NAMED if question.about else None
    unknown = all(not part.meanings for part in question.about) and not read.names_a_thing
    if read.days and _is_of_calendar_alone(read):
        return Claim.SURE
    if read.days and (found.has("planned", "have") or question.about):
        return Claim.SURE if read.names_nothing or (unknown and found.has("have")) else Claim.IF_NAMED
    if found.has("whats_next"):
        return Claim.SURE if unknown else None
    if found.has("next") and found.has("when", "have"):
        return Claim.SURE if read.names_nothing else None
    return Claim.SURE if read.says_only_days else None


def _is_of_calendar_alone(read: ReadQuestion) -> bool:
    """Whether what there is on days is asked and no subject of the directory is named: “is there a concert today?”.

    So is the first or the last of all on these days.
    """
    if read.wanted in (Wanted.FIRST, Wanted.LAST) and read.names_nothing:
        return True
    names = any(not part.is_ordinary for part in read.question.about)
    return read.found.has("planned") and read.is_to_come and names and read.names_no_subject


def _claim_of_when(read: ReadQuestion) -> Claim | None:
    if (read.found.has("when_to") or read.names_a_thing) and not (
        read.names_an_occasion or read.names_nothing
    ):
        return None
    if read.names_what_takes_place and not read.names_a_thing:
        return Claim.SURE
    at = read.found.at("when")
    first = (min(at) < _EARLY or not at.isdisjoint(read.starts)) and not read.names_a_thing
    return Claim.SURE if first and (read.names_an_occasion or not read.question.been) else Claim.IF_NAMED


def _asks_of_one(read: ReadQuestion) -> bool:
    """Whether it asks something that only what takes place at a time has: “is the open café on the 18th?”."""
    found = read.found
    asks = found.has("cancelled", "lasts", "how_often", "link", "next", "for_whom")
    return bool(read.days) or asks or read.names_what_is_handed_in


def _claim_of_kinds(read: ReadQuestion) -> Claim:
    """Return the same of a question with a word for entries of the calendar."""
    found, question = read.found, read.question
    asked_when = bool(read.days) or read.asks_left or found.has("when", "passed", *_SAID_OF)
    strong = not set(_STRONG).isdisjoint(found.kinds)
    unknown = sum(not part.meanings and not part.is_ordinary for part in question.about)
    if not found.kinds or (unknown > _MOST_UNKNOWN and not strong):
        return Claim.IF_NAMED
    is_meeting = not _MEETINGS.isdisjoint(found.kinds)
    if asked_when and not (found.has("where", "link") and question.about and not is_meeting):
        return Claim.SURE
    if "deadline" in found.kinds:
        is_length = found.kinds["deadline"] <= found.at("time_needed") and question.about and not asked_when
        return Claim.IF_CALLED if is_length else Claim.SURE
    if strong and not question.about:
        return Claim.SURE
    if is_meeting and (found.has("where", "link") or (question.has_place and not question.about)):
        return Claim.SURE
    if question.been and not question.about:
        return Claim.SURE
    asks = found.has("where", "link", *_DETAILS, "next", "calls") or asked_when
    return Claim.IF_NAMED if asks or not question.about else Claim.IF_CALLED
