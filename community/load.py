"""From the files of ``config/`` to a checked description, or to every problem in them at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from community.errors import DescriptionError, Place, Problem
from community.messages import Message, msg
from community.model import Calendar, Community, Described, Description, Directory
from community.problems import nearest
from community.references import CALENDAR, COMMUNITY, DIRECTORY, SETTINGS, check_references
from community.settings import Settings
from community.stand_ins import with_stand_ins
from community.yaml_text import Parsed, Path, parse, path_text

CONFIG_FILES = (COMMUNITY, DIRECTORY, CALENDAR, SETTINGS)

Model = TypeVar("Model", bound=Described)


@dataclass(frozen=True)
class _File(Generic[Model]):
    """One file: its model where its shape is right, and what is wrong."""

    model: Model | None
    parsed: Parsed
    problems: tuple[Problem, ...]
    mended: Model | None = None
    """Where the shape is wrong: the model with stand-ins at the paths in ``replaced``, to check references with."""
    replaced: frozenset[Path] = frozenset()

    @property
    def comparable(self) -> Model | None:
        """The model that references can be checked with."""
        return self.model if self.model is not None else self.mended

    def is_replaced(self, path: Path) -> bool:
        """Whether ``path`` is, or is within, a stand-in."""
        return any(path[: len(replaced)] == replaced for replaced in self.replaced)

    def place(self, path: Path) -> Place | None:
        """Return where ``path`` stands, or the nearest thing around it."""
        for length in range(len(path), -1, -1):
            found = self.parsed.places.get(path[:length])
            if found is not None:
                return found
        return None


@dataclass(frozen=True)
class _Loaded:
    description: Description | None
    settings: Settings | None
    problems: tuple[Problem, ...]


def load_description(config: FilePath) -> Description:
    """Return the description in the folder ``config``.

    Raises:
        DescriptionError: with every problem of every file.
    """
    loaded = _load(config)
    if loaded.description is None or loaded.problems:
        raise DescriptionError(loaded.problems)
    return loaded.description


def load_settings(config: FilePath) -> Settings:
    """Return the settings in the folder ``config``; the defaults where there is no such file.

    Raises:
        DescriptionError: with every problem of the file.
    """
    file = _settings(config)
    if file.model is None:
        raise DescriptionError(file.problems)
    return file.model


def check(config: FilePath) -> tuple[Problem, ...]:
    """Return every problem of every file, sorted by place; empty where all is well."""
    return tuple(sorted(_load(config).problems, key=lambda problem: (problem.place, problem.path)))


def _load(config: FilePath) -> _Loaded:
    community = _read(config, COMMUNITY, Community)
    directory = _read(config, DIRECTORY, Directory)
    calendar = _read(config, CALENDAR, Calendar)
    settings = _settings(config)
    files: dict[str, _File[Any]] = {
        COMMUNITY: community,
        DIRECTORY: directory,
        CALENDAR: calendar,
        SETTINGS: settings,
    }
    problems = [p for file in files.values() for p in file.problems]
    if community.comparable is None:
        return _Loaded(None, settings.model, tuple(problems))
    # What has the wrong shape does not hide what is wrong elsewhere.
    faults = check_references(
        community.comparable,
        directory.comparable or Directory(version=1),
        calendar.comparable or Calendar(version=1),
        settings.model or Settings(),
    )
    for name, path, what in faults:
        if files[name].is_replaced(path):
            continue
        place = files[name].place(path) or Place(str(config / name), 1, 1)
        problems.append(Problem(place, path_text(path), what))
    if community.model is None or directory.model is None or calendar.model is None:
        return _Loaded(None, settings.model, tuple(problems))
    description = Description(community.model, directory.model, calendar.model)
    return _Loaded(description, settings.model, tuple(problems))


def _settings(config: FilePath) -> _File[Settings]:
    try:
        (config / SETTINGS).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return _File(Settings(), Parsed({}, (), {}, {}), ())
    except OSError:
        pass  # it is there and cannot be reached: reading it says why
    return _read(config, SETTINGS, Settings)


def _read(config: FilePath, name: str, model: type[Model]) -> _File[Model]:
    file = str(config / name)
    try:
        data = (config / name).read_bytes()
    except OSError as error:
        problem = Problem(Place(file, 1, 1), "", _cannot_read(error))
        return _File(None, Parsed(None, (problem,), {}, {}), (problem,))
    parsed = parse(data, file)
    if parsed.value is None:
        problems = parsed.problems or (Problem(Place(file, 1, 1), "", msg("the file is empty")),)
        return _File(None, parsed, problems)
    try:
        validated = model.model_validate_json(json.dumps(parsed.value), strict=True)
    except ValidationError as error:
        shape = tuple(_shape_problems(error, parsed, model, file))
        mended, replaced = _mended(parsed.value, error, model)
        return _File(None, parsed, (*parsed.problems, *shape), mended, replaced)
    if parsed.problems:
        return _File(None, parsed, parsed.problems, validated)
    return _File(validated, parsed, ())


def _mended(tree: Any, error: ValidationError, model: type[Model]) -> tuple[Model | None, frozenset[Path]]:
    """Return the model with stand-ins for its wrong values, None where that does not make it right."""
    mended, replaced = with_stand_ins(tree, error.errors(include_url=False))
    try:
        return model.model_validate_json(json.dumps(mended), strict=True), replaced
    except ValidationError:
        return None, frozenset()


def _cannot_read(error: OSError) -> Message:
    if isinstance(error, FileNotFoundError):
        return msg("there is no such file: make it, or copy the example's")
    return msg("the file cannot be read: {reason}", reason=error.strerror)


def _shape_problems(
    error: ValidationError, parsed: Parsed, model: type[BaseModel], file: str
) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # pydantic counts only the right entries; what is wrong with the others is said already
        path = _existing(detail["loc"], parsed, missing=detail["type"] == "missing")
        about_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
        places = parsed.key_places if about_key else parsed.places
        place = places.get(path) or _around(path, parsed) or Place(file, 1, 1)
        yield Problem(place, path_text(path), _what(detail, model))


def _existing(loc: tuple[str | int, ...], parsed: Parsed, *, missing: bool) -> Path:
    """Return pydantic's ``loc`` without the parts it adds for unions and key checks."""
    path: Path = ()
    for index, part in enumerate(loc):
        if (*path, part) in parsed.places or (missing and index == len(loc) - 1):
            path = (*path, part)
    return path


def _around(path: Path, parsed: Parsed) -> Place | None:
    return next(
        (parsed.places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in parsed.places), None
    )


def _what(detail: ErrorDetails, model: type[BaseModel]) -> Message:
    """Return pydantic's finding as one of our sentences."""
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    match kind:
        case "missing":
            return msg("“{name}” is missing", name=name)
        case "extra_forbidden":
            return _unknown_key(name, _fields(model, detail["loc"]))
        case "enum" | "literal_error":
            return _not_one_of(detail["input"], str(context.get("expected", "")))
        case "string_too_long":
            return msg("the text is too long: at most {most} characters", most=context["max_length"])
        case "string_too_short":
            return msg("the text is empty")
        case "too_short":
            return msg("the list needs {least} entry or more", least=context["min_length"])
        case "string_pattern_mismatch":
            return msg(
                "“{value}” has not the form expected here ({pattern})",
                value=_without_password(str(detail["input"])),
                pattern=context["pattern"],
            )
        case _ if kind in _EXPECTED:
            return _not_expected(detail["input"], _EXPECTED[kind])
        case _:
            # Our own validators' sentences (community.fields) carry their template as pydantic's message.
            return Message(_template(detail), {k: str(v) for k, v in context.items() if k != "template"})


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
    text = _without_password(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 40 else text[:39] + "…"


def _not_expected(value: object, expected: Message) -> Message:
    if value is None:
        return msg("there is no value here; expected: {expected}", expected=expected)
    return msg("“{value}” is not what is expected here: {expected}", value=_shown(value), expected=expected)


def _without_password(text: str) -> str:
    """Return ``text`` without what an address in it gives away (RFC 3986, userinfo)."""
    return re.sub(r"//[^/@\s]*@", "//…@", text)


def _unknown_key(name: str, known: Iterable[str]) -> Message:
    likely = nearest(name, known)
    if likely is None:
        return msg("“{name}” is not known here", name=name)
    return msg("“{name}” is not known here: did you mean “{likely}”?", name=name, likely=likely)


def _not_one_of(value: object, expected: str) -> Message:
    choices = expected.replace("'", "").replace(" or ", ", ")
    if value is None:
        return msg("there is no value here; expected: {expected}", expected=choices)
    if str(value) in choices.split(", "):
        # Only its type is wrong: a number in quotation marks.
        return _not_expected(value, _NUMBER)
    likely = nearest(value, choices.split(", ")) if isinstance(value, str) else None
    if likely is None:
        return msg("“{value}” is none of: {choices}", value=_shown(value), choices=choices)
    return msg(
        "“{value}” is none of: {choices}; did you mean “{likely}”?",
        value=_shown(value),
        choices=choices,
        likely=likely,
    )


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
