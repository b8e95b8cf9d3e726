"""The sentences of a reply above and below the cards. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from bots.context.message import MessageContext
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg, nmsg
from community.core.plain_text import isolated
from community.description.directory_model import Contact, Guarded, Project
from community.description.model import Community
from community.directory.entry import DirectoryEntry
from community.search.answer import Answer
from community.search.asked import Question, Relation

NOTHING_MORE = msg("That is all I have for that.")
FORGOTTEN = msg("I no longer know what this belongs to: please ask the whole question again.")
OFFERED_NOTHING = msg("All right, I pass nothing on.")
PASSED_ON = msg("I pass your question on to the coordinators, with your name, and bring you their answer.")


How = Literal["certain", "likely", "nearest", "more"]
"""How sure it is that what is shown is what was asked for; or that it is more of the same."""


def how_found(answer: Answer) -> How:
    """Return how sure an answer is."""
    if answer.certain or answer.for_all_cities:
        return "certain"
    return "likely" if answer.likely else "nearest"


def named_places(
    community: Community, cities: Iterable[str], countries: Iterable[str], language: str
) -> Iterator[str]:
    """Yield the names of cities that the community has, and of countries."""
    yield from (community.city[key].name.text(language) for key in sorted(cities) if key in community.city)
    territories = locale_texts(language).territories
    yield from (territories.get(code, code) for code in sorted(countries))


def heading(
    question: Question,
    language: str,
    how: How,
    shown: Sequence[DirectoryEntry],
) -> Iterator[Message]:
    """Yield the sentences above the cards that are shown: the period as understood, and whether they are only near."""
    if how != "more" and (question.since or question.until):
        yield _period(question, language)
    if how == "likely":
        yield msg("I think you mean one of these:") if len(shown) > 1 else msg("I think you mean:")
    if how == "nearest":
        yield _nearest(question, shown)


def nothing(question: Question, language: str) -> Iterator[Message]:
    """Yield the sentences where no entry is of the period asked for."""
    yield _period(question, language)
    yield msg("I have nothing from then.")


def missing(
    question: Question, shown: Sequence[DirectoryEntry], sees: Callable[[Guarded, Contact], bool]
) -> Iterator[Message]:
    """Yield sentences about fields that were asked for and are not on the single card shown."""
    match list(shown):
        case [Contact(vacant=False) as contact]:
            yield from not_there(question, contact, lambda field: sees(field, contact))
        case [Project(partners=())] if "partners" in question.fields:
            yield msg("I know of no partners of this project.")
        case _:
            return


def not_there(question: Question, contact: Contact, sees: Callable[[Guarded], bool]) -> Iterator[Message]:
    """Yield a sentence for each field asked for that is not on the contact's card.

    A field that is empty and one that the readers may not see have the same sentence.
    """
    for field, message in _NOT_THERE.items():
        if field in question.fields and (getattr(contact, field) is None or not sees(field)):
            yield message


_NOT_THERE: dict[Guarded, Message] = {
    "phone": msg("I have no telephone number to give here."),
    "email": msg("I have no e-mail address to give here."),
    "hours": msg("I have no hours to give here."),
    "member": msg("I have no Matrix ID to give here."),
}


def _nearest(question: Question, shown: Sequence[DirectoryEntry]) -> Message:
    match question.relation:
        case Relation.DEPUTY:
            return msg("I know of no deputy for that. The nearest I have:")
        case Relation.LEAD:
            return msg("I know of no lead for that. The nearest I have:")
        case Relation.LED_BY | None if question.kinds == {"contact"} and _has_contact(shown):
            return msg("I know nobody for exactly that. The nearest I have:")
        case _:
            return msg("I have nothing for exactly that. The nearest I have:")


def _has_contact(shown: Sequence[DirectoryEntry]) -> bool:
    return any(isinstance(entry, Contact) for entry in shown)


def _period(question: Question, language: str) -> Message:
    since, until = (
        None if day is None else locale_texts(language).day(day) for day in (question.since, question.until)
    )
    if since is None:
        return msg("Until {until}:", until=until)
    if until is None:
        return msg("Since {since}:", since=since)
    if since == until:
        return msg("On {day}:", day=since)
    return msg("From {since} to {until}:", since=since, until=until)


def tail(
    translate: Translator,
    context: MessageContext,
    left: int,
    *,
    is_kept_back: bool,
    offered: int | None,
    room_theme: str | None,
) -> Iterator[str]:
    """Yield the sentences below the cards.

    ``left``: how many entries “more” can still show. ``offered`` is the number by which the question is passed on, None
    where that is not offered. ``room_theme``: the name of the theme that the room has narrowed
    the question to.
    """
    if room_theme is not None:
        yield translate(
            msg(
                "This is only about {theme}, the theme of this room: ask me in a direct message for everything.",
                theme=room_theme,
            )
        )
    if is_kept_back:
        yield translate(
            msg("Some of this is not for everybody here: for the rest, ask me in a direct message.")
        )
    if left:
        word = _to_say(context, translate, msg("more"))
        yield translate(
            nmsg(
                "And {count} more: reply “{word}”, or narrow it down ({place} or theme).",
                "And {count} more: reply “{word}”, or narrow it down ({place} or theme).",
                count=left,
                word=word,
            )
        )
    if offered is not None:
        yield translate(offer(offered))


def offer(number: int) -> Message:
    """Return the offer to pass the question on, to the coordinators and so out of the room: it takes the number."""
    return msg("Shall I pass your question on to the coordinators? Then write “yes {number}”.", number=number)


def needs_number(number: int) -> Message:
    """Return what is said to a “yes” without the number and to a reaction, which the homeserver could make up."""
    return msg(
        "To pass your question on I need the number too: write “yes {number}”. A reaction is not enough.",
        number=number,
    )


def not_waiting(number: int) -> Message:
    """Return what is said to “yes” and a number under which nothing waits for them, whatever the reason."""
    return msg(
        "I have nothing of yours here to confirm with “yes {number}”: it is done, or was too long ago, or is not "
        "yours.",
        number=number,
    )


def _to_say(context: MessageContext, translate: Translator, word: Message) -> str:
    """Return how to write ``word`` so that the bot answers: in a room with its name before it."""
    said_here = translate(word) if context.is_direct else f"!p {translate(word)}"
    return isolated(said_here, translate.language)
