"""Loads and checks the files of ``config/``: returns the description, or all problems at once."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from community.core.errors import DescriptionError, Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.text_file import Stamp, bytes_of, stamp_of
from community.description.calendar_model import Calendar
from community.description.described import Described
from community.description.directory_model import Directory
from community.description.doubts import doubts_of
from community.description.faults import CALENDAR, COMMUNITY, DIRECTORY, MEMBERS, SETTINGS, Fault
from community.description.findings import shape_problems
from community.description.members_csv import MemberList, parse_members
from community.description.model import Community, Description
from community.description.names import Names
from community.description.placeholders import UNMENDED, Mending, mended_model
from community.description.references import check_references
from community.description.settings import Settings
from community.description.usable import UsableFiles, leaving
from community.description.yaml_text import Parsed, Path, parse, path_text

CONFIG_FILES = (COMMUNITY, MEMBERS, DIRECTORY, CALENDAR, SETTINGS)
"""The files that a description may consist of; members.csv and settings.yaml may be absent."""

STORE_VARIABLES = {
    "store_url": "PALABRE_STORE_URL",
    "store_password_file": "PALABRE_STORE_PASSWORD_FILE",
}
"""The environment in place of settings: a container finds the store under a name of its own network."""

Model = TypeVar("Model", bound=Described)


@dataclass(frozen=True)
class _File(Generic[Model]):
    """One file: its model if its shape is valid, and its problems."""

    model: Model | None
    parsed: Parsed
    problems: tuple[Problem, ...]
    mended: Model | None = None
    """If the shape is invalid: the model with the placeholders of ``mending``, for checking references."""
    mending: Mending = UNMENDED

    @property
    def comparable(self) -> Model | None:
        """The model that references can be checked with."""
        return self.model if self.model is not None else self.mended

    def place(self, path: Path) -> SourcePosition | None:
        """Return the position of ``path``, or of the nearest value around it."""
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
    """Return the description in the folder ``config``. No clock counts: what is right once stays so.

    Raises:
        DescriptionError: with every problem of every file.
    """
    loaded = _load(config)
    if loaded.description is None or loaded.problems:
        raise DescriptionError(loaded.problems)
    return loaded.description


def load_usable(config: FilePath) -> UsableFiles:
    """Return what of the description in the folder ``config`` can be used, and what is wrong with the rest.

    A mistake in the settings is none of these: they are read alone (`load_settings`, `CurrentSettings`).
    """
    files = _files(config)
    found: dict[str, list[Problem]] = {}
    for problem in (*(p for file in files.all.values() for p in file.problems), *files.faults()):
        found.setdefault(FilePath(problem.place.file).name, []).append(problem)
    found.pop(SETTINGS, None)
    is_sound = found.keys() <= {DIRECTORY, CALENDAR}
    community, members = files.community, files.members
    whole = None if community.model is None or members.model is None else (community.model, members.model)
    return UsableFiles(
        _with_members(*whole) if whole is not None and is_sound else None,
        files.directory.model if DIRECTORY not in found else None,
        files.calendar.model if CALENDAR not in found else None,
        {name: tuple(problems) for name, problems in sorted(found.items())},
        leaving(community.parsed.value, members.parsed.value),
    )


def load_community(config: FilePath) -> Community:
    """Return the community that the files in the folder ``config`` describe; others may have mistakes.

    Raises:
        DescriptionError: with every problem of every file, where the community's own have one.
    """
    files = load_usable(config)
    if files.community is None:
        raise files.refusal
    return files.community


def load_settings(config: FilePath) -> Settings:
    """Return the settings in the folder ``config``; the defaults where there is no such file.

    Raises:
        DescriptionError: with every problem of the file.
    """
    file = _settings(config)
    if file.model is None:
        raise DescriptionError(file.problems)
    told = {name: os.environ.get(variable) for name, variable in STORE_VARIABLES.items()}
    return file.model.model_copy(update={name: value for name, value in told.items() if value})


def examine(
    config: FilePath, look: Callable[[Description], Iterable[Fault]], today: date | None = None
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Return every problem, as `check`, and what ``look`` notes of a description without any; sorted by place."""
    files = replace(_files(config), today=today)
    problems = files.problems()
    description = None if problems else files.description()
    noted = () if description is None else files.noted(look(description))
    return _sorted(problems), _sorted(noted)


def check(config: FilePath, today: date | None = None) -> tuple[Problem, ...]:
    """Return every problem of every file, sorted by place; empty where all is well.

    With ``today`` a confirmation that is still to come, and a deadline in a lifetime, are problems too.
    """
    return _sorted(_load(config, today).problems)


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.place, problem.path)))


@dataclass(frozen=True)
class _Files:
    """The files of one folder."""

    config: FilePath
    community: _File[Community]
    members: _File[MemberList]
    directory: _File[Directory]
    calendar: _File[Calendar]
    settings: _File[Settings]
    today: date | None = None

    @property
    def all(self) -> dict[str, _File[Any]]:
        """The files by name."""
        return {
            COMMUNITY: self.community,
            MEMBERS: self.members,
            DIRECTORY: self.directory,
            CALENDAR: self.calendar,
            SETTINGS: self.settings,
        }

    def problems(self) -> tuple[Problem, ...]:
        """Return every problem, of the files and between them."""
        return (*(problem for file in self.all.values() for problem in file.problems), *self.faults())

    def noted(self, faults: Iterable[Fault]) -> tuple[Problem, ...]:
        """Return what was noted of the description, with its place."""
        return tuple(self._problem(fault) for fault in faults)

    def faults(self) -> Iterator[Problem]:
        """Yield the faults between the files. A value of the wrong shape does not hide faults elsewhere."""
        community, members = self.community.comparable, self.members.comparable
        if community is None:
            return
        found = check_references(
            _with_members(community, members or MemberList()),
            self.directory.comparable or Directory(version=1),
            self.calendar.comparable or Calendar(version=1),
            self.settings.model or Settings(),
            all_members=members is not None,
            today=self.today,
        )
        doubts = doubts_of((file.parsed.value, file.mending.replaced) for file in self.all.values())
        for fault in found:
            name = str(fault.what.params.get("name", ""))
            if fault.missing is not None and doubts.may_mean(fault.missing, name, community):
                continue
            if not (self._is_replaced(fault) or self._is_in_doubt(fault)):
                yield self._problem(fault)

    def description(self) -> Description | None:
        """Return the description where the shape of each file is right."""
        community, members = self.community.model, self.members.model
        directory, calendar = self.directory.model, self.calendar.model
        if community is None or members is None or directory is None or calendar is None:
            return None
        return Description(_with_members(community, members), directory, calendar)

    def _problem(self, fault: Fault) -> Problem:
        name, path = self._written(fault.file, fault.path)
        what = fault.what
        if fault.first is not None:
            first, first_path = self._written(fault.file, fault.first)
            if first != name:
                key, place = fault.what.params["key"], self._place(first, first_path)
                what = msg(
                    "“{key}” stands already in {place}: keep one of the two", key=key, place=str(place)
                )
        return Problem(self._place(name, path), _path_text(name, path), what)

    def _is_replaced(self, fault: Fault) -> bool:
        name, path = self._written(fault.file, fault.path)
        return self.all[name].mending.is_replaced(path)

    def _is_in_doubt(self, fault: Fault) -> bool:
        given = (self._written(fault.file, path) for path in fault.given)
        return any(self.all[name].mending.is_doubtful(path) for name, path in given)

    def _place(self, name: str, path: Path) -> SourcePosition:
        return self.all[name].place(path) or SourcePosition(str(self.config / name), 1, 1)

    def _written(self, name: str, path: Path) -> tuple[str, Path]:
        """Return the file and the path of a value of the whole description.

        Members of community.yaml come before those of members.csv.
        """
        in_yaml = 0 if self.community.comparable is None else len(self.community.comparable.members)
        match path:
            case ("members", int(index), *rest) if name == COMMUNITY and index >= in_yaml:
                name, path = MEMBERS, ("members", index - in_yaml, *rest)
            case _:
                pass
        return name, self.all[name].mending.as_written(path)


def _with_members(community: Community, more: MemberList) -> Community:
    return community.model_copy(update={"members": (*community.members, *more.members)})


def _path_text(name: str, path: Path) -> str:
    # In a table the line tells which member it is.
    return path_text(path[2:] if name == MEMBERS else path)


def _load(config: FilePath, today: date | None = None) -> _Loaded:
    files = replace(_files(config), today=today)
    return _Loaded(files.description(), files.settings.model, files.problems())


def _files(config: FilePath) -> _Files:
    parsed = {name: _parsed(config, name) for name in CONFIG_FILES}
    names = Names.of(file.value for file in parsed.values() if file is not None)
    return _Files(
        config,
        _validated(config, COMMUNITY, Community, parsed[COMMUNITY], names),
        _members(config, parsed[MEMBERS], names),
        _validated(config, DIRECTORY, Directory, parsed[DIRECTORY], names),
        _validated(config, CALENDAR, Calendar, parsed[CALENDAR], names),
        _validated(config, SETTINGS, Settings, parsed[SETTINGS], names),
    )


def _settings(config: FilePath) -> _File[Settings]:
    return _validated(config, SETTINGS, Settings, _parsed(config, SETTINGS), Names())


def _members(config: FilePath, parsed: Parsed | None, names: Names) -> _File[MemberList]:
    file = _validated(config, MEMBERS, MemberList, parsed, names)
    row = re.compile(r"members\[\d+\]\.?")
    return replace(file, problems=tuple(replace(p, path=row.sub("", p.path)) for p in file.problems))


def _is_absent(path: FilePath) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass  # it exists but is not accessible: reading it reports why
    return False


def _parsed(config: FilePath, name: str) -> Parsed | None:
    """Return a file's plain values, None for one that may be absent and is."""
    if name in (MEMBERS, SETTINGS) and _is_absent(config / name):
        return None
    file = str(config / name)
    try:
        data = bytes_of(config / name)
    except OSError as error:
        return Parsed(None, (Problem(SourcePosition(file, 1, 1), "", _cannot_read(error)),), {}, {})
    return parse_members(data, file) if name == MEMBERS else parse(data, file)


def _validated(
    config: FilePath, name: str, model: type[Model], parsed: Parsed | None, names: Names
) -> _File[Model]:
    if parsed is None:
        return _File(model(), Parsed({}, (), {}, {}), ())
    file = str(config / name)
    if parsed.value is None:
        problems = parsed.problems or (Problem(SourcePosition(file, 1, 1), "", msg("the file is empty")),)
        return _File(None, parsed, problems)
    try:
        validated = model.model_validate_json(json.dumps(parsed.value), strict=True)
    except ValidationError as error:
        shape = tuple(shape_problems(error, parsed, model, file, names))
        return _File(None, parsed, (*parsed.problems, *shape), *mended_model(parsed.value, error, model))
    if parsed.problems:
        return _File(None, parsed, parsed.problems, validated)
    return _File(validated, parsed, ())


def _cannot_read(error: OSError) -> Message:
    if isinstance(error, FileNotFoundError):
        return msg("there is no such file: make it, or copy the example's")
    return msg("the file cannot be read: {reason}", reason=error.strerror)


def file_stamps(config: FilePath) -> tuple[Stamp, ...]:
    """Return for each file what differs when it was changed, made or removed."""
    return tuple(stamp_of(config / name) for name in CONFIG_FILES)
