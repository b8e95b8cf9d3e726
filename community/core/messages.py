"""Sentences for people, in the reader's language.

A sentence is written once, in English, where it is needed: ``msg("{count} rooms", count=3)``. It stays a
`Message` (template and values) until somebody reads it; only then a `Translator` turns it into text, in that
reader's language. English is the source and needs no catalogue; every other language has one gettext
catalogue per package, ``<package>/locale/<lang>.po`` (`community.core.catalogue`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import TypeVar

from community.core.catalogue import read_catalogue
from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES, with_fallbacks
from community.core.language_folders import language as known
from community.core.languages import COMPLETE_LANGUAGES, SOURCE_LANGUAGE
from community.core.plain_text import isolated

__all__ = [
    "CHAT_LANGUAGES",
    "COMMAND",
    "COMPLETE_LANGUAGES",
    "LANGUAGES",
    "PLACE",
    "SOURCE_LANGUAGE",
    "Message",
    "Translator",
    "in_a_row",
    "locale_of",
    "msg",
    "nmsg",
    "translator",
]


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence not yet in a language: a template with ``{named}`` places, and their values.

    Where ``plural`` is set the form is chosen by ``params["count"]`` with the rules of the reader's language.
    A value that is itself a `Message` is translated too. A text is isolated where it runs in another direction than
    the reader's language.
    """

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None

    def __str__(self) -> str:
        """Return the sentence in English: for logs and for a reader whose language is unknown."""
        return Translator(SOURCE_LANGUAGE)(self)


def locale_of(language: str) -> str:
    """Return the locale for dates, countries and numbers: English and Portuguese are those of Africa and Europe."""
    return known(language).locale


def msg(msgid: str, /, **params: object) -> Message:
    """Mark and make a sentence; Babel finds the calls by this name."""
    return Message(msgid, params)


PLACE = Message("{place}")
"""What the community calls one of its cities."""
_CITY, _CITIES = msg("city"), msg("cities")
"""What they are called where the community does not say."""
_PLACE = re.compile(r"\{(?:place|places|Places)\}")
COMMAND = "palabre"
"""What sentences call the command: behind it comes what it is to do (``palabre up``)."""
_COMMAND = re.compile(rf"(?<![\w./-]){COMMAND}(?= [a-z{{])")


def nmsg(msgid: str, plural: str, /, *, count: int, **params: object) -> Message:
    """Mark and make a sentence that depends on ``count``."""
    return Message(msgid, {"count": count, **params}, plural)


def in_a_row(values: Iterable[Value]) -> Value | Message:
    """Return values one after the other with the reader's comma, each isolated by itself; one alone as it is.

    ``values``: at least one.
    """
    first, *others = values
    said: Value | Message = first
    for rest in others:
        said = msg("{first}, {rest}", first=said, rest=rest)
    return said


@dataclass(frozen=True, slots=True)
class Translator:
    """Turns messages into text of one language, by the catalogues below ``roots``: read at the first message.

    ``places`` is what the community calls one of its cities, and several: ``{place}``, ``{places}`` and, where they
    begin a line, ``{Places}`` stand for them in any sentence. ``command`` is what the reader types in the place of
    `COMMAND`; values are never looked through for it.
    """

    language: str
    roots: tuple[Path, ...] = ()
    places: tuple[str, str] | None = None
    command: str = COMMAND

    def __call__(self, message: Message) -> str:
        """Return ``message`` as text; a sentence without translation is said in the language that stands in for it."""
        translations = _translations(self.language, self.roots)
        if message.plural is None:
            template = translations.gettext(message.msgid)
        else:
            count = message.params["count"]
            assert isinstance(count, int)  # noqa: S101 - nmsg() alone sets a plural, and it asks for an int
            template = translations.ngettext(message.msgid, message.plural, count)
        values = {name: self._inserted(value) for name, value in message.params.items()}
        if _PLACE.search(template):
            values = self._place_names() | values
        unbroken = _unbroken(template, self.language)
        return _as_typed(unbroken, self.command).format(**values)

    def _place_names(self) -> dict[str, object]:
        gettext = _translations(self.language, self.roots).gettext
        one, many = self.places or (gettext(_CITY.msgid), gettext(_CITIES.msgid))
        named = {"place": one, "places": many, "Places": many[:1].upper() + many[1:]}
        return {name: self._inserted(value) for name, value in named.items()}

    def _inserted(self, value: object) -> object:
        if isinstance(value, Message):
            return self(value)
        return isolated(value, self.language) if isinstance(value, str) else value


def translator(language: str, roots: Iterable[Path], places: tuple[str, str] | None = None) -> Translator:
    """Return the translator for ``language`` over the packages whose folders are ``roots``; ``places``: see there.

    Each root is a package's folder; its catalogue is ``locale/<language>.po``. Catalogues further on in
    ``roots`` win. An unknown language gives English.
    """
    return Translator(language, tuple(roots), places)


@cache
def _translations(language: str, roots: tuple[Path, ...]) -> NullTranslations:
    merged: NullTranslations = NullTranslations()
    spoken = tuple(reversed(with_fallbacks(language)))
    for root, code in ((root, code) for code in spoken for root in roots):
        path = root / "locale" / f"{code}.po"
        if path.is_file():
            translations = read_catalogue(path.read_text(encoding="utf-8"))
            translations.add_fallback(merged)
            merged = translations
    return merged


@cache
def _unbroken(template: str, language: str) -> str:
    blanks = _blanks(known(language).blank_after, known(language).blank_before)
    return template if blanks is None else blanks.sub("\N{NO-BREAK SPACE}", template)


def _as_typed(template: str, command: str) -> str:
    """Return a template with the command as its reader types it."""
    if command == COMMAND:
        return template
    typed = command.replace("{", "{{").replace("}", "}}")
    return _COMMAND.sub(lambda _found: typed, template)


@cache
def _blanks(after: str, before: str) -> re.Pattern[str] | None:
    """Return the blanks beside certain signs, at which no line is to end; None where a language has no such signs.

    Catalogues have them as plain blanks: nobody who writes one sees the difference.
    """
    if not after and not before:
        return None
    return re.compile(f"(?<=[{re.escape(after)}]) | (?=[{re.escape(before)}])")
