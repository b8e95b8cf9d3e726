"""What a room shows of the dates of a calendar, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.lib.planned_dates import CANCELLED, PlannedDate, Shown

_TITLE = re.compile(r"Item \d{3}")
_TIME = re.compile(r"\b(\d{1,2}):(\d\d)\b(?:\s?([AaPp])\.?[Mm])?")
Told = tuple[str, tuple[int, ...]]
"""A title, and what is said of it: the minutes of the day that are named, or that it is cancelled and those."""


@dataclass(frozen=True)
class SaidMessage:
    """A message of the bot as a client shows it: as it was sent, and as it stands after its edits."""

    event_id: str
    body: str
    stands: str
    edits: str = ""
    replies_to: str = ""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> SaidMessage:
        """Return what the independent client describes."""
        relation = message["outer"].get("m.relates_to", {})
        is_edit = relation.get("rel_type") == "m.replace"
        sent = message["original"]
        body = sent.get("m.new_content", {}).get("body", "") if is_edit else sent.get("body", "")
        stands = body if is_edit else message["content"].get("body", "")
        replies_to = relation.get("m.in_reply_to", {}).get("event_id", "")
        return cls(message["eventId"], body, stands, relation["event_id"] if is_edit else "", replies_to)


def told(body: str) -> list[Told]:
    """Return what a message says of each date that it names."""
    found = list(_TITLE.finditer(body))
    ends = [*(match.start() for match in found[1:]), len(body)]
    said = []
    for match, end in zip(found, ends, strict=True):
        head = body[: match.start()].rpartition("\n")[2]
        minutes = tuple(_minute(*time.groups()) for time in _TIME.finditer(body, match.end(), end))
        said.append((match.group(), (CANCELLED, *minutes) if "ancelled:" in head else minutes))
    return said


def _minute(hour: str, minute: str, half: str | None) -> int:
    hours = int(hour) if half is None else int(hour) % 12 + 12 * (half in "Pp")
    return hours * 60 + int(minute)


def complaints(room: str, said: Sequence[SaidMessage], dates: Sequence[PlannedDate]) -> list[str]:
    """Return what is wrong in a room; ``dates`` are those that are posted in it."""
    wrong = [*_each_message(said, dates), *(each for date in dates for each in _each_date(said, date))]
    return [f"{room}: {one}" for one in wrong]


def _each_message(said: Sequence[SaidMessage], dates: Sequence[PlannedDate]) -> Iterator[str]:
    """Yield what is wrong with single messages: something else is told, an edit says what was said before."""
    titles = {date.title for date in dates}
    for message in said:
        named = {title for title, _ in told(message.body)}
        if not named or not named <= titles:
            yield f"says what nobody planned: {message.body!r}"
        if not (message.edits or message.replies_to):
            versions = [message.body, *(one.body for one in said if one.edits == message.event_id)]
            if any(before == after for before, after in pairwise(versions)):
                yield f"an edit changes nothing: {versions}"
            if message.stands != versions[-1]:
                yield f"the last edit does not stand: {message.stands!r}, {versions}"
    posts = {one.event_id for one in said if not (one.edits or one.replies_to)}
    for message in said:
        if (message.edits or message.replies_to or message.event_id) not in posts:
            yield f"is about no post: {message.body!r}"


def _each_date(said: Sequence[SaidMessage], date: PlannedDate) -> Iterator[str]:
    posts = [
        (one, first) for one in said if not (one.edits or one.replies_to) for first in _of(date, one.body)
    ]
    if len(posts) != 1 and not (date.shown is not Shown.ONCE and not posts):
        yield f"{date.title} at {date.minutes} is shown {len(posts)} times"
    if posts and date.shown is Shown.NEVER:
        yield f"{date.title} at {date.minutes} is shown, and was cancelled before"
    for post, first in posts:
        if first == CANCELLED:
            yield f"{date.title} was posted as cancelled"
        last = _of(date, post.stands)
        if last != [date.now]:
            yield f"{date.title} is shown at {last}, and is at {date.now}"
        replies = Counter(
            reply for one in said if one.replies_to == post.event_id for reply in _of_reply(date, one.body)
        )
        due = Counter([date.now] if first != date.now else [])
        if replies != due:
            yield f"{date.title}, posted at {first}: replies say {dict(replies)}, due are {dict(due)}"


def _of(date: PlannedDate, body: str) -> list[int]:
    """Return what a post says of a date: what it is now is said first, then what it was."""
    return [said[0] for title, said in told(body) if title == date.title and said[-1] in date.minutes]


def _of_reply(date: PlannedDate, body: str) -> list[int]:
    """Return what a reply says of a date: what it was is said first, then what it is."""
    found = [said for title, said in told(body) if title == date.title and {*said} & {*date.minutes[:1]}]
    return [CANCELLED if CANCELLED in said else said[-1] for said in found]
