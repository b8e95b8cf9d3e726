"""Scheduled messages as text and HTML, in the community's languages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from html import escape
from typing import assert_never

from babel.dates import format_date, format_time, format_timedelta, get_timezone_location

from bots.context.message import Reply
from community.agenda.occurrences import Occurrence, Post
from community.agenda.sensible_times import DAY
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, locale_of, msg
from community.core.plain_text import clean
from community.description.calendar_model import Deadline, Event
from community.jobs.room_posts import LATE_AFTER

_MOST = 20
"""Reminders in one message; the others are counted. It must fit into one event."""
_MINUTE = timedelta(minutes=1)
_NEAR_AN_HOUR = timedelta(minutes=61)
"""How far a message may be from the moment that it counts back from, to tell how long there is to the hour."""

WEEK_HEADING = msg("This week:")
Paragraph = tuple[str, str, list[str]]
"""What is said of one reminder: the heading, the title, and the further lines."""


def render(post: Post, translators: Sequence[Translator], *, now: datetime) -> Reply:
    """Return the message for ``post`` as posted at ``now``: one paragraph for each language."""
    return render_paragraphs([paragraph_of(post, translate, now) for translate in translators])


def render_paragraphs(paragraphs: Sequence[Paragraph]) -> Reply:
    """Return a message of one paragraph for each language."""
    text = "\n\n".join(_plain(paragraph) for paragraph in paragraphs)
    return Reply(text, "".join(f"<p>{_marked_up(paragraph)}</p>" for paragraph in paragraphs))


def render_several(
    posts: Sequence[Post], translators: Sequence[Translator], *, due: datetime, now: datetime
) -> Reply:
    """Return one message for several reminders that was ``due`` and goes out ``now``: a list for each language."""
    lists = [[item_of(post, translate, now) for post in posts] for translate in translators]
    return render_lists(translators, lists, list_heading(due, now))


def list_heading(due: datetime, now: datetime) -> Message:
    """Return what stands above several reminders."""
    return msg("These reminders are late:") if now - due > LATE_AFTER else msg("Coming up:")


def render_lists(
    translators: Sequence[Translator], lists: Sequence[Sequence[Paragraph]], heading: Message
) -> Reply:
    """Return one message of several reminders: for each language its list below ``heading``."""
    texts, html = [], []
    for translate, listed_posts in zip(translators, lists, strict=True):
        head = translate(heading)
        items = listed_posts[:_MOST]
        left = len(listed_posts) - _MOST
        more = [translate(msg("… and {count} more", count=left))] if left > 0 else []
        texts.append("\n".join([head, *(f"• {_plain(item)}" for item in items), *more]))
        listed = "".join(f"<li>{_marked_up(item)}</li>" for item in items)
        html.append(f"<p><strong>{escape(head)}</strong></p><ul>{listed}</ul>{''.join(map(escape, more))}")
    return Reply("\n\n".join(texts), "".join(html))


def week_item(occurrence: Occurrence, translate: Translator, *, is_full: bool) -> Paragraph:
    """Return what is said of an occurrence among those of a week: when and where, or in full."""
    title = clean(occurrence.entry.title.text(translate.language))
    head = translate(msg("Due:")) if isinstance(occurrence.entry, Deadline) else ""
    if is_full:
        return head, title, details(occurrence, translate)
    place = [] if occurrence.place is None else [clean(occurrence.place.text(translate.language))]
    return head, title, [when_text(occurrence, translate.language), *place]


def _plain(paragraph: Paragraph) -> str:
    head, title, lines = paragraph
    return "\n".join([f"{head} {title}" if head else title, *lines])


def _marked_up(paragraph: Paragraph) -> str:
    head, title, lines = paragraph
    first = (
        f"<strong>{escape(head)}</strong> {escape(title)}" if head else f"<strong>{escape(title)}</strong>"
    )
    return f"{first}<br>{'<br>'.join(map(escape, lines))}"


def paragraph_of(post: Post, translate: Translator, now: datetime) -> Paragraph:
    """Return what a message of its own says of a post at ``now``."""
    head, title, lines = item_of(post, translate, now)
    if now - post.due > LATE_AFTER:
        lines.append(translate(msg("(This message is late: it was to be posted earlier.)")))
    return head, title, lines


def item_of(post: Post, translate: Translator, now: datetime) -> Paragraph:
    """Return what is said of a post at ``now`` among others."""
    language = translate.language
    title = clean(post.entry.title.text(language))
    return translate(_heading(post, language, now)), title, details(post.occurrence, translate)


def details(occurrence: Occurrence, translate: Translator) -> list[str]:
    """Return when an occurrence is, what is to be handed in, where it is, and what is noted of it, as lines."""
    language = translate.language
    lines = [when_text(occurrence, language), *_of_deadline(occurrence.entry, translate)]
    lines += [clean(text.text(language)) for text in (occurrence.place, occurrence.note) if text is not None]
    if occurrence.link is not None:
        lines.append(occurrence.link)
    return lines


def _of_deadline(entry: Event | Deadline, translate: Translator) -> Iterator[str]:
    """Yield what a deadline asks for."""
    match entry:
        case Deadline():
            said = ((msg("To hand in: {what}"), entry.hand_in), (msg("Where to: {what}"), entry.where))
            for message, text in said:
                if text is not None:
                    yield translate(Message(message.msgid, {"what": clean(text.text(translate.language))}))
        case Event():
            pass
        case _:
            assert_never(entry)


def _heading(post: Post, language: str, now: datetime) -> Message:
    moment = post.occurrence.start
    left = moment - now
    span = _span(_rounded(left), language)
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    # A message of another hour of the day tells the day.
    is_by_day = post.before >= DAY and days > 0 and abs(left - post.before) > _NEAR_AN_HOUR
    match post.entry:
        case Event() if post.occurrence.is_all_day:
            return _day_heading(days, language)
        case Event() if is_by_day:
            return _day_heading(days, language)
        case Event() if left > _MINUTE:
            return msg("In {span}:", span=span)
        case Event():
            return msg("Now:")
        case Deadline() if is_by_day or (post.occurrence.is_due_that_day and left > timedelta()):
            return _due_heading(days, language)
        case Deadline() if left > _MINUTE:
            return msg("Due in {span}:", span=span)
        case Deadline() if left < -LATE_AFTER:
            return msg("It was due:")
        case Deadline():
            return msg("Due now:")
        case _:
            assert_never(post.entry)


def _day_heading(days: int, language: str) -> Message:
    """Return the heading of what lasts all day and begins in so many days."""
    if days > 1:
        return msg("In {span}:", span=_span(timedelta(days=days), language))
    if days == 1:
        return msg("Tomorrow:")
    return msg("Today:") if days == 0 else msg("Now:")


def _due_heading(days: int, language: str) -> Message:
    """Return the heading of what is due by the end of the day that comes in so many days."""
    if days > 1:
        return msg("Due in {span}:", span=_span(timedelta(days=days), language))
    return msg("Due tomorrow:") if days == 1 else msg("Due today:")


def _span(left: timedelta, language: str) -> str:
    """Return a length of time in words: “1 hour” but “90 minutes”, which Babel would round to two hours."""
    threshold = 1 if left in (timedelta(hours=1), timedelta(days=1)) else 2
    return format_timedelta(left, granularity="minute", threshold=threshold, locale=locale_of(language))


def _rounded(left: timedelta) -> timedelta:
    """Return ``left`` to the nearest minute: a message for “in three days” leaves some seconds late."""
    return timedelta(minutes=round(left / _MINUTE))


def when_text(occurrence: Occurrence, language: str) -> str:
    """Return when an occurrence is: its day or days, or its day and time with the place of its zone."""
    moment = occurrence.start
    if occurrence.is_all_day:
        last = (occurrence.end - timedelta(minutes=1)).date()
        days = (moment.date(),) if last <= moment.date() else (moment.date(), last)
        return " – ".join(day_text(day, language) for day in days)
    return moment_text(moment, language)


def moment_text(moment: datetime, language: str) -> str:
    """Return a moment as its day and time, with the place of its zone."""
    # Told in many rooms, by many entries: Babel takes longer for it than all else of a message takes.
    return _moment_text(moment, moment.tzinfo, moment.fold, language)


@lru_cache(maxsize=512)
def _moment_text(moment: datetime, _zone: tzinfo | None, _fold: int, language: str) -> str:
    """Return what `moment_text` does: moments of several zones may be equal, and the two of a fold are."""
    clock = format_time(moment, "short", tzinfo=moment.tzinfo, locale=locale_of(language))
    place = get_timezone_location(moment, locale=locale_of(language), return_city=True)
    return f"{day_text(moment.date(), language)}, {clock} ({place})"


def day_text(day: date, language: str) -> str:
    """Return a day in words."""
    text = format_date(day, "full", locale=locale_of(language))
    return text.replace(" 1 ", f" {locale_texts(language).first} ") if day.day == 1 else text
