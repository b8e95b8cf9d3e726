"""Posts that are edited because their occurrence was moved or cancelled, and the replies that say so. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from html import escape

from bots.context.message import Reply
from bots.features.scheduled.corrections import Correction
from bots.features.scheduled.rendering import (
    WEEK_HEADING,
    Paragraph,
    day_text,
    details,
    item_of,
    list_heading,
    moment_text,
    paragraph_of,
    render_lists,
    render_paragraphs,
    week_item,
    when_text,
)
from community.agenda.occurrences import Occurrence, Post
from community.agenda.told import (
    CANCELLED,
    day_told,
    is_link_told,
    is_place_told,
    place_of,
    start_told,
    state_of,
    state_told,
)
from community.agenda.week_ahead import KEY, PART
from community.core.messages import Translator, msg
from community.core.plain_text import clean
from community.core.zones import ZoneInfo


def correction_text(
    correction: Correction, there: Mapping[str, Occurrence], translators: Sequence[Translator]
) -> Reply:
    """Return what an edit or a reply says; ``there``: the occurrences as they are now, by the keys of posts."""
    if correction.replies_to:
        key = correction.replies_to
        lines = [_reply(there[key], correction.before[key], translate) for translate in translators]
        html = (escape(said).replace("\n", "<br>") for said in lines)
        return Reply("\n\n".join(lines), "".join(f"<p>{said}</p>" for said in html))
    keys, shown = [key for key in correction.told if key in there], correction.shown.post
    lists = [[_edited(correction, key, there[key], translate) for key in keys] for translate in translators]
    if _is_week(correction):
        return render_lists(translators, lists, WEEK_HEADING)
    if len(correction.told) > 1:
        return render_lists(translators, lists, list_heading(shown.due_at, shown.begun_at))
    return render_paragraphs([paragraph for (paragraph,) in lists])


def _edited(correction: Correction, key: str, occurrence: Occurrence, translate: Translator) -> Paragraph:
    """Return what an edited post says of one occurrence: as it said it first, where that is so again."""
    first, language = correction.before[key], translate.language
    title = clean(occurrence.entry.title.text(language))
    match state_of(occurrence):
        case state if state == state_told(first):
            return _as_posted(correction, key, occurrence, translate)
        case state if state == CANCELLED:
            return translate(msg("Cancelled:")), title, [_told_text(first, occurrence.zone, language)]
        case _:
            before = msg("Before: {when}", when=_told_text(first, occurrence.zone, language))
            return translate(msg("Moved:")), title, [*details(occurrence, translate), translate(before)]


def _as_posted(correction: Correction, key: str, occurrence: Occurrence, translate: Translator) -> Paragraph:
    part = key.rpartition("/")[2]
    if _is_week(correction):
        return week_item(occurrence, translate, is_full=part != PART)
    before = timedelta(minutes=int(part))
    post = Post(occurrence, correction.shown.post.due_at, before)
    said = item_of if len(correction.told) > 1 else paragraph_of
    return said(post, translate, correction.shown.post.begun_at)


def _is_week(correction: Correction) -> bool:
    """Whether the post tells what comes in a week."""
    return correction.shown.post.occurrence_key.startswith(KEY)


def _reply(occurrence: Occurrence, heard: str, translate: Translator) -> str:
    language = translate.language
    title, now = clean(occurrence.entry.title.text(language)), when_text(occurrence, language)
    match state_of(occurrence), state_told(heard):
        case state, before if state == before:
            said = msg("Changed: {title}, {when}.", title=title, when=now)
        case state, _ if state == CANCELLED:
            said = msg(
                "Cancelled: {title}, {when}.", title=title, when=_told_text(heard, occurrence.zone, language)
            )
        case _, before if before == CANCELLED:
            said = msg("No longer cancelled: {title}, {when}.", title=title, when=now)
        case _:
            before = _told_text(heard, occurrence.zone, language)
            said = msg("Moved: {title}, from {before} to {after}.", title=title, before=before, after=now)
    return "\n".join([translate(said), *_elsewhere(occurrence, heard, translate)])


def _elsewhere(occurrence: Occurrence, heard: str, translate: Translator) -> Iterator[str]:
    """Yield the place and the link of an occurrence where they are others than was heard."""
    if occurrence.is_cancelled:
        return
    place = place_of(occurrence)
    if not is_place_told(heard, occurrence):
        said = msg("No place is named any more.")
        if place is not None:
            said = msg("Place: {place}", place=clean(place.text(translate.language)))
        yield translate(said)
    if not is_link_told(heard, occurrence):
        link = occurrence.link
        yield translate(msg("There is no link any more.") if link is None else msg("Link: {link}", link=link))


def _told_text(state: str, zone: ZoneInfo, language: str) -> str:
    day, start = day_told(state), start_told(state, zone)
    if day is not None:
        return day_text(day, language)
    return "" if start is None else moment_text(start, language)
