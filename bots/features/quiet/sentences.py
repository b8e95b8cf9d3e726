"""What is said of somebody's quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from community.agenda.personal_times import shown_hours, usual_hours
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated
from community.description.model import Community
from community.description.person import Person
from community.description.reminder_times import LONGEST_QUIET, hours_of

UNCLEAR = msg("I did not understand from when to when. Write for example “quiet hours 21:00 to 7:00”.")
TOO_LONG = msg(
    "Quiet hours can last {hours} hours at most, and these are longer: write for example “quiet hours 21:00 to 7:00”.",
    hours=LONGEST_QUIET // timedelta(hours=1),
)
DIRECTLY = msg("I do that in a direct message only: write to me there “my quiet hours”.")
TO_SET = msg("To set some, write for example “quiet hours 21:00 to 7:00”.")
TO_TAKE_BACK = msg("To take that back, write “no quiet hours”.")
TO_CHANGE = msg(
    "To change them, write for example “quiet hours 22:00 to 6:00”; to have none, “no quiet hours”."
)


def were_set(hours: str, person: Person, community: Community, translate: Translator) -> list[Message]:
    """Return what somebody is told who has set their quiet hours."""
    begin, end = shown_hours(hours, translate.language)
    said = msg(
        "From {begin} to {end} (time: {place}) I write to you only what you ask for and what cannot wait; the rest "
        "comes afterwards. In the rooms nothing changes.",
        begin=begin,
        end=end,
        place=_place(person, community, translate),
    )
    return [said, TO_TAKE_BACK]


def as_they_are(
    hours: str | None, person: Person, community: Community, translate: Translator
) -> list[Message]:
    """Return what quiet hours somebody has: their own, or where they have set none those of their city."""
    if hours is None:
        none = msg("You have no quiet hours of your own.")
        return [none, *_usual(person, community, translate), TO_SET]
    begin, end = shown_hours(hours, translate.language)
    said = msg(
        "Your quiet hours are from {begin} to {end} (time: {place}). I then write to you only what you ask for and "
        "what cannot wait.",
        begin=begin,
        end=end,
        place=_place(person, community, translate),
    )
    return [said, TO_CHANGE]


def were_taken_back(person: Person, community: Community, translate: Translator) -> list[Message]:
    """Return what somebody is told who has none of their own any more."""
    return [msg("You have no quiet hours of your own any more."), *_usual(person, community, translate)]


def _usual(person: Person, community: Community, translate: Translator) -> Iterator[Message]:
    """Yield when hints wait in somebody's city all the same, if they do."""
    usual = usual_hours(person, community)
    if hours_of(usual) is not None:
        begin, end = shown_hours(usual, translate.language)
        yield msg(
            "What can wait for days I do not write from {begin} to {end} (time: {place}), or on days of rest.",
            begin=begin,
            end=end,
            place=_place(person, community, translate),
        )


def _place(person: Person, community: Community, translate: Translator) -> str:
    """Return by whose clock the hours are: that of somebody's city, else the community's."""
    city = community.city.get(person.city or "")
    name = community.name if city is None else city.name
    return isolated(clean(name.text(translate.language)), translate.language)
