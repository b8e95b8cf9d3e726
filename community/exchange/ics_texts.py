"""What an entry of the calendar says in a calendar program, in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from community.core.locale_texts import locale_texts
from community.core.messages import Translator, msg
from community.description.calendar_model import Deadline, Event, OccurrenceChange
from community.description.fields import Localized


@dataclass(frozen=True, slots=True)
class IcsTexts:
    """The texts of one date: SUMMARY, LOCATION, DESCRIPTION and the link to join. Empty: it has none."""

    summary: str
    location: str
    description: str
    link: str


@dataclass(frozen=True, slots=True)
class DateState:
    """What of one date is otherwise than its entry says: its change, and the day that it was moved from."""

    change: OccurrenceChange | None = None
    moved_from: date | None = None


AS_THE_ENTRY = DateState()


def texts_of(entry: Event | Deadline, translate: Translator, state: DateState = AS_THE_ENTRY) -> IcsTexts:
    """Return the texts of an entry, or of one date of it. Never who has entered it, asks for it or is to come."""
    change, language = state.change, translate.language
    place = (change.place if change is not None else None) or _place(entry)
    link = (change.link if change is not None else None) or entry.link or ""
    shown = "" if place is None else place.text(language)
    return IcsTexts(
        summary=summary_of(
            entry, translate, is_cancelled=entry.cancelled or bool(change and change.cancelled)
        ),
        # Most programs on phones show the place, and some of them nothing else.
        location=" · ".join(part for part in (shown, link) if part),
        description="\n".join(_lines(entry, translate, state, link)),
        link=link,
    )


def _place(entry: Event | Deadline) -> Localized | None:
    return entry.place if isinstance(entry, Event) else entry.where


def summary_of(entry: Event | Deadline, translate: Translator, *, is_cancelled: bool) -> str:
    """Return what takes place, or is due, or does not take place."""
    title = entry.title.text(translate.language)
    if isinstance(entry, Deadline):
        title = translate(msg("Due: {title}", title=title))
    return translate(msg("Cancelled: {title}", title=title)) if is_cancelled else title


def _lines(entry: Event | Deadline, translate: Translator, state: DateState, link: str) -> Iterator[str]:
    language = translate.language
    if state.moved_from is not None:
        yield translate(msg("Moved from {day}.", day=locale_texts(language).day(state.moved_from)))
    if isinstance(entry, Deadline) and entry.hand_in is not None:
        yield translate(msg("To hand in: {what}", what=entry.hand_in.text(language)))
    if link:
        said = (
            msg("Link: {link}", link=link)
            if isinstance(entry, Deadline)
            else msg("To join: {link}", link=link)
        )
        yield translate(said)
    note = (state.change.note if state.change is not None else None) or entry.note
    if note is not None:
        yield note.text(language)
