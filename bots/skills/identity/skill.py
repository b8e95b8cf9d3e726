"""A coordinator accepts somebody's new identity: shown with both fingerprints, confirmed in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bots.skill import Asked, Reply
from bots.skills.rendering import reply_of
from community.accounts.identities import Pin, acceptance_number, fingerprint
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, left_to_right
from community.core.words import words
from community.description.person import Person
from community.directory.lines import Line


@dataclass(frozen=True, slots=True)
class AcceptIdentity:
    """Pin ``master_key`` for a person, in the name of who has asked for it."""

    user_id: str
    master_key: str


@dataclass(frozen=True, slots=True)
class Accepting:
    """The reply, and what is to be done."""

    reply: Reply
    effects: tuple[AcceptIdentity, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the skill needs to know: pins and active people by Matrix ID, and the roles that may accept.

    ``is_private``: whether nobody reads along but coordinators.
    """

    pins: Mapping[str, Pin]
    people: Mapping[str, Person]
    roles: Collection[str]
    is_private: bool


def _phrases(*said: str) -> tuple[tuple[str, ...], ...]:
    return tuple(words(phrase) for phrase in said)


_ACCEPT = {
    "en": _phrases(
        "accept identity of", "accept the identity of", "accept new identity of", "accept the new identity of"
    ),
    "fr": _phrases(
        *(
            f"{verb} {what}"
            for verb in ("accepter", "accepte", "acceptez")
            for what in (
                "l'identité de",
                "la nouvelle identité de",
                "l'identité",
                "la nouvelle identité",
            )
        )
    ),
    "pt": _phrases(
        *(
            f"{verb} a {what}"
            for verb in ("aceitar", "aceita", "aceite")
            for what in ("identidade de", "identidade do", "identidade da", "nova identidade de")
        )
    ),
    "ar": _phrases("اقبل هوية", "اقبل الهوية الجديدة", "قبول هوية", "اقبلوا هوية"),
}
_MATRIX_ID = re.compile(r"@([^:\s]+):\S+")
_MOST_LISTED = 10


class IdentitySkill:
    """Hears this one wish. ``translators`` are by language code."""

    def __init__(self, translators: Mapping[str, Translator]) -> None:
        self._translators = translators

    def is_meant(self, asked: Asked) -> bool:
        """Whether somebody wants an identity accepted."""
        return _wish(asked.text) is not None

    def answer(self, asked: Asked, known: Pinned) -> Accepting | None:
        """Return what comes of the wish, None where it is none."""
        wish = _wish(asked.text)
        if wish is None:
            return None
        language, named, number = wish
        translate = self._translators[language]
        if asked.person.role not in known.roles:
            return _say(translate, msg("Only a coordinator can accept an identity."))
        if not known.is_private:
            return _say(translate, msg("I do that in the coordinators' room or in a direct message only."))
        found = _named(named, known)
        if len(found) != 1:
            return _say(translate, *_which(found))
        return _accepting(asked, found[0], known.pins.get(found[0].user_id), number, translate)


def _wish(text: str) -> tuple[str, tuple[str, ...], str | None] | None:
    """Return the language, the words of the name and the number of a wish to accept an identity."""
    found = words(_MATRIX_ID.sub(r"\1", text))
    for language, phrases in _ACCEPT.items():
        phrase = next((p for p in sorted(phrases, key=len, reverse=True) if found[: len(p)] == p), None)
        if phrase is not None:
            rest = found[len(phrase) :]
            number = rest[-1] if rest and rest[-1].isdecimal() and len(rest[-1]) == 4 else None
            return language, rest[:-1] if number else rest, number
    return None


def _named(said: tuple[str, ...], known: Pinned) -> list[Person]:
    """Return who is meant: by user name; else by words of it or of the name, those first whose identity has changed."""
    exact = [person for person in known.people.values() if words(person.username) == said]
    if exact or not said:
        return exact
    meant = [
        person
        for person in known.people.values()
        if set(said) <= set(words(person.username)) or set(said) <= set(words(person.name))
    ]
    changed = [person for person in meant if (pin := known.pins.get(person.user_id)) and pin.is_changed]
    return changed or meant


def _which(found: list[Person]) -> tuple[Message, ...]:
    if not found:
        return (msg("I know nobody of that name. Write the user name, such as “peter.lindqvist”."),)
    names = ", ".join(sorted(person.username for person in found)[:_MOST_LISTED])
    return (msg("Whom do you mean? Write the user name: {names}.", names=names),)


def _accepting(
    asked: Asked, person: Person, pin: Pin | None, number: str | None, translate: Translator
) -> Accepting:
    name, me = clean(person.name), asked.person.user_id
    if person.user_id == me:
        return _say(translate, msg("Nobody accepts their own identity: another coordinator has to do it."))
    if pin is None or pin.changed_to is None or pin.changed_at is None:
        return _say(
            translate, msg("The identity of {name} has not changed: there is nothing to accept.", name=name)
        )
    expected = acceptance_number(pin, me)
    if number == expected:
        done = msg("It is done: I believe the new identity of {name} from now on.", name=name)
        return _say(translate, done, effect=AcceptIdentity(person.user_id, pin.changed_to))
    head = [
        msg(
            "{name} ({user}) has had another identity since {day} at {time} (UTC).",
            name=name,
            user=person.user_id,
            day=f"{pin.changed_at:%Y-%m-%d}",
            time=f"{pin.changed_at:%H:%M}",
        )
    ]
    before, now = (
        left_to_right(fingerprint(key), translate.language) for key in (pin.master_key, pin.changed_to)
    )
    keys = [
        Line(translate(msg("the key before: {key}", key=before))),
        Line(translate(msg("the key now: {key}", key=now))),
    ]
    word = f"{' '.join(asked.text.split()[: -1 if number else None])} {expected}"
    tail = [
        msg("Have you spoken to them, by telephone or in person, and was it they who changed it?"),
        msg("Then write: {word}", word=clean(word)),
    ]
    said = ([translate(one) for one in part] for part in (head, tail))
    first, last = said
    return Accepting(reply_of(first, [keys], last, translate.language), (), translate.language)


def _say(translate: Translator, *said: Message, effect: AcceptIdentity | None = None) -> Accepting:
    reply = reply_of([translate(one) for one in said], [], [], translate.language)
    return Accepting(reply, () if effect is None else (effect,), translate.language)
