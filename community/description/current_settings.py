"""The settings that a process which runs goes by: a mistake in their file stops nothing that has begun."""

from __future__ import annotations

from pathlib import Path

from community.core.errors import DescriptionError, Problem
from community.core.messages import Message, msg
from community.description.data_folder import DataFolder
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
        if not self.problems:
            return None
        first = self.problems[0]
        return msg(
            "settings.yaml has a mistake, so what runs goes on with the settings of before: {place}: {what}",
            place=str(first.place),
            what=first.what,
        )
