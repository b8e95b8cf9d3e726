"""The kinds of value that the description is made of: keys, texts per language. `addresses` and `times` have others.

Each is a pydantic type. A refusal is raised as a `PydanticCustomError` whose template is one of our own
translatable sentences, so that the loader can say it in the reader's language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from community.core.language_folders import LANGUAGES
from community.core.messages import Message, msg
from community.core.patterns import pattern_of
from community.core.unseen import named
from community.description.email_address import email_address
from community.description.field_forms import form, refused, up_to
from community.description.telephone import telephone

ANY_LANGUAGE = "und"
"""BCP 47's tag for an undetermined language: a name that is the same in all of them."""


def _foreign(value: str) -> tuple[int, str] | None:
    """Return the position (from 1) of the first character that only looks like one of a key, and the character."""
    # A letter first: other signs (’ and –) stand in names.
    if not any(char.isascii() and char.isalnum() for char in value):
        return None  # a name in another script
    found = [pair for pair in enumerate(value, 1) if not pair[1].isascii()]
    foreign = [pair for pair in found if not unicodedata.name(pair[1], "").startswith("LATIN")]
    return next((pair for pair in foreign if pair[1].isalnum()), next(iter(foreign), None))


def _plain(value: str, kind: str, otherwise: Message) -> PydanticCustomError:
    """Return the refusal of a key or user name: a character that only looks right is named, else ``otherwise``."""
    foreign = _foreign(value)
    if foreign is None:
        return refused(kind, otherwise)
    position, character = foreign
    return refused(
        kind,
        msg(
            "“{value}” has a character that cannot stand here: number {position} is {character}",
            value=value,
            position=position,
            character=named(character),
            is_letter=character.isalnum(),
        ),
    )


_USER_NAME = re.compile(r"[a-z0-9._=/+-]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_key(value: str) -> bool:
    """Whether a text has the form of a key."""
    return _KEY.fullmatch(value) is not None and len(value) <= 48


def _key(value: str) -> str:
    if not is_key(value):
        raise _plain(
            value,
            "key",
            msg(
                "“{value}” is not a key: expected at most 48 small letters without accents, digits and "
                "single hyphens, such as “local-taxes”",
                value=value,
            ),
        )
    return value


Key = Annotated[
    str,
    AfterValidator(_key),
    form(
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        "A key: it stands for the same thing in every file, and never changes once used.",
        "small letters without accents, digits and single hyphens, such as local-taxes",
        maxLength=48,
    ),
]
"""A stable identifier. It never changes once used; names do."""

_ROOM_KEY = r"^[a-z0-9-]+(\.[a-z0-9-]+)*$"


def _room_key(value: str) -> str:
    if not pattern_of(_ROOM_KEY).fullmatch(value):
        otherwise = msg(
            "“{value}” is not the key of a room: expected one that `palabre plan` shows, such as “exchange.waste”",
            value=value,
        )
        raise _plain(value, "room_key", otherwise)
    return value


RoomKey = Annotated[
    str,
    StringConstraints(max_length=160),
    AfterValidator(_room_key),
    form(
        _ROOM_KEY,
        "The key of one room, as palabre plan shows it: lobby, exchange.waste, workshop.waste.pioneers.",
        "a room's key, such as exchange.waste",
        maxLength=160,
    ),
]
"""The key of one room after expansion: ``lobby``, ``exchange.waste``, ``workshop.waste.pioneers``."""


def is_username(value: str) -> bool:
    """Whether a text has the form of a user name."""
    right = _USER_NAME.fullmatch(value) is not None
    return right and not value.startswith("_") and len(value) <= 64


def _username(value: str) -> str:
    if not is_username(value):
        raise _plain(
            value,
            "username",
            msg(
                "“{value}” is not a user name: expected at most 64 of a–z, 0–9 and . _ = - / +, "
                "such as “awa.diallo”",
                value=value,
            ),
        )
    return value


Username = Annotated[
    str,
    AfterValidator(_username),
    form(
        r"^(?!_)[a-z0-9._=/+-]+$",
        "A user name: the part between @ and : of a Matrix ID.",
        "small letters, digits and . _ = - / +, such as awa.diallo",
        maxLength=64,
    ),
]
"""The localpart of a Matrix user id (spec, Appendices, "User identifiers")."""


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refused(
            "language",
            msg(
                "“{value}” is not a language code: expected two or three small letters, such as “fr”",
                value=value,
            ),
        )
    return value


LanguageCode = Annotated[
    str,
    AfterValidator(_language),
    form(
        r"^[a-z]{2,3}$",
        "A language by its ISO 639 code: fr, en, bm.",
        "a language code of two or three small letters, such as fr",
    ),
]
"""ISO 639 code in small letters, as BCP 47 wants it."""


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise refused(
            "country",
            msg(
                "“{value}” is not a country code: expected two capital letters (ISO 3166), such as “ML”",
                value=value,
            ),
        )
    return value


CountryCode = Annotated[
    str,
    AfterValidator(_country),
    form(
        r"^[A-Z]{2}$",
        "A country by its ISO 3166 code: ML, RW.",
        "a country code of two capital letters, such as ML",
    ),
]
"""ISO 3166-1 alpha-2."""


_EMAIL = r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+"


def _email(value: str) -> str:
    read = email_address(value)
    if isinstance(read, str):
        return read
    if pattern_of(_EMAIL).fullmatch(value) and len(value) <= 254:
        # It may stand in a store since before there were such rules; where it is written anew, `references` refuses it.
        return value
    raise refused("email", read)


def _phone(value: str) -> str:
    read = telephone(value)
    if isinstance(read, str):
        return read
    if re.fullmatch(r"\+[0-9 ]{6,20}", value):
        return value  # as with an address
    raise refused("phone", read)


Email = Annotated[
    str,
    AfterValidator(_email),
    form(
        f"^{_EMAIL}$",
        "An e-mail address.",
        "an e-mail address such as waste@city.example.org",
        maxLength=254,
    ),
]
Phone = Annotated[
    str,
    AfterValidator(_phone),
    form(
        r"^[^0-9A-Za-z+＋]*[+＋][^A-Za-z+＋]{4,60}$",
        "A telephone number, in quotation marks.",
        "a telephone number with + and the country's code first",
    ),
]
_TEXT = up_to(2000)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), _TEXT]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), up_to(120)]


def _plain_or_by_language(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of `Localized` take a plain text too."""
    names = [name for name in schema if name not in ("title", "description")]
    by_language = {name: schema.pop(name) for name in names}
    schema["anyOf"] = [_TEXT.json_schema, {**by_language, "minProperties": 1}]


class Localized(RootModel[dict[LanguageCode, Text]]):
    """A text per language: ``{fr: Déchets, en: Waste}``; a plain text is the same in all languages."""

    model_config = ConfigDict(frozen=True, json_schema_extra=_plain_or_by_language)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {ANY_LANGUAGE: value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.root:
            raise refused("localized", msg("no text in any language: expected such as “fr: Déchets”"))
        return self

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.root.items())))

    def __iter__(self) -> Iterator[tuple[str, str]]:  # type: ignore[override]
        return iter(self.root.items())

    def text(self, *languages: str) -> str:
        """Return the text in the first of ``languages`` there is, else in the first of all that has one."""
        for language in (*languages, ANY_LANGUAGE, *LANGUAGES):
            if language in self.root:
                return self.root[language]
        return self.root[min(self.root)]

    def formatted(self, **values: Localized) -> Localized:
        """Return it with each ``{name}`` filled by that value in the same language."""
        languages = set(self.root).union(*(value.root for value in values.values())) - {ANY_LANGUAGE}
        return Localized(
            {
                language: self.text(language).format(**{n: v.text(language) for n, v in values.items()})
                for language in sorted(languages or {ANY_LANGUAGE})
            }
        )


WordsByLanguage = Annotated[
    Mapping[LanguageCode, tuple[Name, ...]],
    Field(description="Further words for it, per language: what people type when they look for it."),
]
"""Further words for the same thing, per language: what people type when they look for it."""
