"""Handles a coordinator's request to accept somebody's new identity (cross-signing master key). Pure.

The first reply shows both fingerprints and a number; the coordinator repeats the request with that number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bots.context.doubtful_sender import doubtful_sender_reply
from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.sources import Sources
from bots.features.identity.effects import AcceptIdentity
from community.accounts.identities import Pin, Standing, acceptance_number, fingerprint
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, left_to_right, listed
from community.core.words import words
from community.description.person import Person
from community.directory.lines import Line
from community.jobs.notice_text import changed_often
from community.search.word_tables import expanded_words


@dataclass(frozen=True, slots=True)
class Pinned:
    """The records of `IdentityHandler`: pins and active people by Matrix ID, and keys of the roles that may accept.

    ``is_private``: whether only coordinators read the room. ``changes``: how many new identities a person has shown,
    by Matrix ID, for those whose identity has changed.
    """

    pins: Mapping[str, Pin]
    people: Mapping[str, Person]
    roles: Collection[str]
    is_private: bool
    changes: Mapping[str, int] = field(default_factory=dict)


_ACCEPT = expanded_words("commands/accept_identity")
_MATRIX_ID = re.compile(r"@([^@:\s]+):\S+")
_MOST_LISTED = 10


class IdentityHandler(Handler[MessageContext, Pinned]):
    """Answers requests to accept an identity. ``translators`` are by language code."""

    trigger = Trigger(starts=frozenset(phrase for phrases in _ACCEPT.values() for phrase in phrases))

    def __init__(self, translators: Mapping[str, Translator]) -> None:
        self._translators = translators

    async def load(self, context: MessageContext, sources: Sources) -> Pinned:
        """Return the pins, and the roles that may accept new identities."""
        room = sources.coordination.coordinators
        is_private = context.is_direct or (room is not None and room.room_id == context.room_id)
        roles = sources.coordination.coordinating_roles
        identities = sources.identities
        return Pinned(identities.pins, sources.people, roles, is_private, identities.changes)

    def concerns(self, context: MessageContext, records: Pinned) -> bool:  # noqa: ARG002
        """Whether somebody wants an identity accepted."""
        return _request_in(context.text) is not None

    def handle(self, context: MessageContext, records: Pinned) -> Reply | None:
        """Return the reply to such a request, None where it is none."""
        request = _request_in(context.text)
        if request is None:
            return None
        language, named, number = request
        translate = self._translators[language]
        if context.person.role not in records.roles:
            return _say(translate, msg("Only a coordinator can accept an identity."))
        if not records.is_private:
            return _say(translate, msg("I do that in the coordinators' room or in a direct message only."))
        found = _named(named, records)
        if len(found) != 1:
            return _say(translate, *_which(found, language))
        reply = _accepting(context, found[0], records, number, translate)
        if reply.effects and context.person.user_id not in records.pins:
            # A coordinator without a pinned identity of their own must not vouch for others.
            return doubtful_sender_reply(Standing.UNKNOWN_DEVICE, context.person, self._own(context.person))
        return reply

    def _own(self, person: Person) -> Translator:
        spoken = (self._translators[code] for code in person.languages if code in self._translators)
        return next(spoken, next(iter(self._translators.values())))


class IdentityHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = IdentityHandler(setting.knowledge.translators)

    @property
    def messages(self) -> Sequence[tuple[Precedence, IdentityHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)


def _request_in(text: str) -> tuple[str, tuple[str, ...], str | None] | None:
    """Return the language, the words of the name and the number of a request; None for any other text."""
    found = words(_MATRIX_ID.sub(r"\1", text))
    for language, phrases in _ACCEPT.items():
        phrase = next((p for p in sorted(phrases, key=len, reverse=True) if found[: len(p)] == p), None)
        if phrase is not None:
            rest = found[len(phrase) :]
            number = rest[-1] if rest and rest[-1].isdecimal() and len(rest[-1]) == 4 else None
            return language, rest[:-1] if number else rest, number
    return None


def _named(name: tuple[str, ...], records: Pinned) -> list[Person]:
    """Return the people whom a name means: by exact user name, else by words of the user name or name.

    Where some of them have a changed identity, only those.
    """
    exact = [person for person in records.people.values() if words(person.username) == name]
    if exact or not name:
        return exact
    matches = [
        person
        for person in records.people.values()
        if set(name) <= set(words(person.username)) or set(name) <= set(words(person.name))
    ]
    changed = [person for person in matches if (pin := records.pins.get(person.user_id)) and pin.is_changed]
    return changed or matches


def _which(found: list[Person], language: str) -> tuple[Message, ...]:
    if not found:
        return (msg("I know nobody of that name. Write the user name, such as “peter.lindqvist”."),)
    names = listed(sorted(person.username for person in found)[:_MOST_LISTED], language)
    return (msg("Whom do you mean? Write the user name: {names}.", names=names),)


def _accepting(
    context: MessageContext, person: Person, records: Pinned, number: str | None, translate: Translator
) -> Reply:
    name, me, pin = clean(person.name), context.person.user_id, records.pins.get(person.user_id)
    if person.user_id == me:
        return _say(translate, msg("Nobody can accept their own identity: another coordinator has to do it."))
    if pin is None or pin.changed_to is None or pin.changed_at is None:
        return _say(
            translate, msg("The identity of {name} has not changed: there is nothing to accept.", name=name)
        )
    expected = acceptance_number(pin, me)
    if number == expected:
        done = msg("It is done: I trust the new identity of {name} from now on.", name=name)
        return _say(translate, done, effect=AcceptIdentity(person.user_id, pin.changed_to))
    texts = locale_texts(translate.language)
    head = [
        msg(
            "{name} ({user}) has had another identity since {day} at {time} (UTC).",
            name=name,
            user=person.user_id,
            day=texts.day(pin.changed_at),
            time=texts.clock(pin.changed_at),
        ),
        *changed_often(records.changes.get(person.user_id, 1)),
    ]
    before, now = (
        left_to_right(fingerprint(key), translate.language) for key in (pin.master_key, pin.changed_to)
    )
    keys = [
        Line(translate(msg("the key before: {key}", key=before))),
        Line(translate(msg("the key now: {key}", key=now))),
    ]
    word = f"{' '.join(context.text.split()[: -1 if number else None])} {expected}"
    tail = [
        msg("Have you spoken to them, by telephone or in person, and was it they who changed it?"),
        msg("If so, write: {word}", word=clean(word)),
    ]
    first, last = ([translate(one) for one in part] for part in (head, tail))
    return replace(reply_of(first, [keys], last, translate.language), language=translate.language)


def _say(translate: Translator, *sentences: Message, effect: AcceptIdentity | None = None) -> Reply:
    reply = reply_of([translate(one) for one in sentences], [], [], translate.language)
    effects = () if effect is None else (effect,)
    return replace(reply, effects=effects, language=translate.language)
