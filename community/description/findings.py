"""Turns pydantic's errors about a file into our own sentences with positions. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.problems import nearest, unknown_name
from community.core.unseen import misplaced_in
from community.description.choice_words import choice_meant
from community.description.code_names import code_meant
from community.description.field_forms import without_password
from community.description.names import Names
from community.description.placeholders import is_miscounted
from community.description.yaml_text import Parsed, Path, misplaced_blank, path_text


def shape_problems(
    error: ValidationError, parsed: Parsed, model: type[BaseModel], file: str, names: Names
) -> Iterator[Problem]:
    """Yield each error as a problem with its position in ``file``; ``names`` tell which key a name stands for."""
    for detail in error.errors(include_url=False):
        if is_miscounted(detail):
            continue  # the problems of the other entries are reported already
        path = _existing(detail["loc"], parsed, missing=detail["type"] == "missing")
        about_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
        places = parsed.key_places if about_key else parsed.places
        place = places.get(path) or _around(path, parsed) or SourcePosition(file, 1, 1)
        yield Problem(place, path_text(path), sentence_with_names(detail, model, names))


def sentence_with_names(detail: ErrorDetails, model: type[BaseModel], names: Names) -> Message:
    """Return pydantic's error as one of our sentences, with the key or code that is meant where it is known."""
    return _meant(detail, names) or _with_code(detail, sentence_of(detail, model))


def _meant(detail: ErrorDetails, names: Names) -> Message | None:
    """Return which key is meant by a text that is none; None where it is not known, or only looks like one."""
    if detail["type"] not in _NO_KEY or detail.get("ctx", {}).get("is_letter"):
        return None
    return names.sentence(detail["loc"], detail["input"])


def _with_code(detail: ErrorDetails, said: Message) -> Message:
    """Return what is said of a text that is no code, with the code that is meant by it where it is known."""
    value = detail["input"]
    likely = code_meant(detail["type"], value) if isinstance(value, str) else None
    if likely is None or (detail["type"] == "username" and detail["loc"][-1] != "username"):
        return said
    return msg("{what}; did you mean “{likely}”?", what=said, likely=likely)


_NO_KEY = frozenset({"key", "username", "room_key"})
"""The kinds of error of a text that is no key."""


def _existing(loc: tuple[str | int, ...], parsed: Parsed, *, missing: bool) -> Path:
    """Return pydantic's ``loc`` without the parts it adds for unions and key checks."""
    path: Path = ()
    for index, part in enumerate(loc):
        if (*path, part) in parsed.places or (missing and index == len(loc) - 1):
            path = (*path, part)
    return path


def _around(path: Path, parsed: Parsed) -> SourcePosition | None:
    return next(
        (parsed.places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in parsed.places), None
    )


def sentence_of(detail: ErrorDetails, model: type[BaseModel]) -> Message:
    """Return pydantic's error as one of our sentences."""
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    match kind:
        case "missing":
            return msg("“{name}” is missing", name=name)
        case "extra_forbidden":
            return unknown_name(name, _fields(model, detail["loc"]))
        case "enum" | "literal_error":
            return _not_one_of(detail["input"], str(context.get("expected", "")))
        case "string_too_long":
            return msg("the text is too long: at most {most} characters", most=context["max_length"])
        case "greater_than_equal":
            return msg("the number is too small: at least {least}", least=context["ge"])
        case "less_than_equal":
            return msg("the number is too large: at most {most}", most=context["le"])
        case "string_too_short":
            return msg("the text is empty")
        case "too_short":
            return msg("the list needs {least} entry or more", least=context["min_length"])
        case _ if kind in _EXPECTED:
            return _not_expected(detail["input"], _EXPECTED[kind])
        case _:
            # Our own validators' sentences (community.fields) carry their template as pydantic's message.
            said = {k: v if isinstance(v, Message) else str(v) for k, v in context.items() if k != "template"}
            return Message(_template(detail), said)


_TEXT = msg("a text; put it in quotation marks where it looks like a number or true or false")
_DATE = msg("a day such as 2026-12-01")
_LIST = msg("a list, each entry after a dash")
_MAPPING = msg("names and values, such as “fr: Déchets”")
_NUMBER = msg("a whole number, without quotation marks")
_YES_NO = msg("true or false")
_EXPECTED: dict[str, Message] = {
    "string_type": _TEXT,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
}


def _template(detail: ErrorDetails) -> str:
    template = detail.get("ctx", {}).get("template")
    if isinstance(template, str):
        return template
    return "this value is not what is expected here"


def _shown(value: object) -> str:
    """Return a value as its reader wrote it, shortened."""
    text = without_password(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 40 else text[:39] + "…"


def _not_expected(value: object, expected: Message) -> Message:
    if value is None:
        return msg("there is no value here; expected: {expected}", expected=expected)
    blank = misplaced_in(value) if isinstance(value, str) and expected is _MAPPING else None
    if isinstance(value, str) and blank is not None:
        return misplaced_blank(value[blank])
    return msg("“{value}” is not what is expected here: {expected}", value=_shown(value), expected=expected)


def _not_one_of(value: object, expected: str) -> Message:
    choices = expected.replace("'", "").replace(" or ", ", ")
    if value is None:
        return msg("there is no value here; expected: {expected}", expected=choices)
    if str(value) in choices.split(", "):
        # The name is right and only its type wrong: a number in quotation marks.
        return _not_expected(value, _NUMBER)
    likely = _likely(value, choices.split(", ")) if isinstance(value, str) else None
    if likely is None:
        return msg("“{value}” is none of: {choices}", value=_shown(value), choices=choices)
    return msg(
        "“{value}” is none of: {choices}; did you mean “{likely}”?",
        value=_shown(value),
        choices=choices,
        likely=likely,
    )


def _likely(value: str, choices: list[str]) -> str | None:
    return choice_meant(value, choices) or nearest(value.lower(), choices)


def _fields(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the names known in the model that ``loc`` leads to."""
    here: type[BaseModel] = model
    for part in loc[:-1]:
        if not isinstance(part, str):
            continue
        field = next((f for n, f in here.model_fields.items() if part in (n, f.alias)), None)
        inner = None if field is None else _inner_model(field.annotation)
        if inner is None:
            return []
        here = inner
    return [field.alias or name for name, field in here.model_fields.items()]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in getattr(annotation, "__args__", ()) if (m := _inner_model(a)) is not None), None)
