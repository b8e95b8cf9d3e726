"""The settings that a process which runs goes by: a mistake in their file stops nothing that has begun."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from community.core.errors import DataFolderError, DescriptionError, Problem
from community.core.messages import Message, msg
from community.description.data_folder import DataFolder, read_private_json, write_private_json
from community.description.known_community import load_own_settings
from community.description.settings import Settings


class CurrentSettings:
    """The settings in the folder ``config`` as they were last without mistakes.

    The name of another homeserver than that of the folder ``data`` is one.

    Raises:
        DescriptionError: they have some at the start. They say where the homeserver is: nothing can be begun.
        DataFolderError.
    """

    def __init__(self, config: Path, data: DataFolder) -> None:
        self._config, self._data = config, data
        self._read = load_own_settings(config, data)
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the file by now."""

    def read(self) -> Settings:
        """Return the settings of now; those of before where the file has mistakes. Raises DataFolderError."""
        try:
            self._read, self.problems = load_own_settings(self._config, self._data), ()
        except DescriptionError as error:
            self.problems = error.problems
        return self._read

    @property
    def mistake(self) -> Message | None:
        """What is said of a file with mistakes; None without any."""
        return mistake_in(self.problems) if self.problems else None

    def note(self) -> None:
        """Note in the data folder what this process goes by (`settings_of_before`). Raises DataFolderError."""
        value = self._read.model_dump(mode="json")
        if _noted(self._data) != self._read:
            write_private_json(self._data.settings, value)


def mistake_in(problems: Sequence[Problem]) -> Message:
    """Return what is said of a file of settings with these mistakes."""
    return msg(
        "settings.yaml has a mistake, so what runs goes on with the settings of before: {place}: {what}",
        place=str(problems[0].place),
        what=problems[0].what,
    )


def settings_of_before(config: Path, data: DataFolder) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings; where their file has mistakes those that what runs goes by, and the mistakes.

    Raises:
        DescriptionError: they have some, and nothing has run yet that could be gone by.
        DataFolderError.
    """
    try:
        return load_own_settings(config, data), ()
    except DescriptionError as error:
        noted = _noted(data)
        if noted is None:
            raise
        return noted, error.problems


def _noted(data: DataFolder) -> Settings | None:
    """Return what was noted; None where nothing was, or by another version that this one cannot read."""
    try:
        noted = read_private_json(data.settings)
        return None if noted is None else Settings.model_validate_json(json.dumps(noted))
    except (DataFolderError, ValidationError):
        return None
