"""Talking to the person at the terminal: language, sentences, progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from community.core.errors import DescriptionError, PalabreError
from community.core.messages import (
    COMMAND,
    COMPLETE_LANGUAGES,
    SOURCE_LANGUAGE,
    Message,
    Translator,
    nmsg,
    translator,
)
from community.core.problems import problem_line

if TYPE_CHECKING:
    from rich.console import Console

    from community.description.model import Community

_CONTROL = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
"""What would move the cursor or ring: nobody's text may do that to a terminal."""
_HERE = Path(__file__).parent
PACKAGES = tuple(
    _HERE.parent / name for name in ("community", "matrix", "provisioning", "bots", "web", "palabre_cli")
)


def reader_language(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for (gettext's order of variables), else English."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for name in environment.get(variable, "").split(":"):
            if name[:2] in COMPLETE_LANGUAGES:
                return name[:2]
    return SOURCE_LANGUAGE


@dataclass
class Terminal:
    """Where output goes, and in which language."""

    out: TextIO
    err: TextIO
    translate: Translator
    _console: Console | None = field(default=None, init=False)

    @classmethod
    def open(cls, language: str | None = None, command: str = COMMAND) -> Terminal:
        """Return the terminal of this process; ``language`` overrides the environment's.

        ``command``: what the person types to call the command; sentences name it so.
        """
        chosen = language or reader_language(os.environ)
        return cls(sys.stdout, sys.stderr, replace(translator(chosen, PACKAGES), command=command))

    def call_places(self, community: Community) -> None:
        """Call cities from now on what that community calls them."""
        if community.places is not None:
            own = community.places.pair(self.translate.language)
            self.translate = replace(self.translate, places=own)

    @property
    def shows_secrets(self) -> bool:
        """Whether a person looks at it: what goes through a pipe or into a file stays somewhere."""
        return self.out.isatty()

    @property
    def console(self) -> Console:
        """What draws spinners and bars."""
        if self._console is None:
            # Imported here because most commands draw nothing, and rich takes longer than click.
            from rich.console import Console  # noqa: PLC0415

            self._console = Console(file=self.out, highlight=False, emoji=False, soft_wrap=True)
        return self._console

    def say(self, message: Message) -> None:
        """Print a sentence."""
        self.line(self.translate(message))

    def warn(self, message: Message) -> None:
        """Print a sentence on standard error."""
        _write(self.err, self.translate(message))

    def line(self, text: str) -> None:
        """Print a line that is already text."""
        if self._console is None:
            _write(self.out, text)
        else:  # it keeps a line and what it draws apart
            self._console.print(text, markup=False)

    @contextmanager
    def step(self, message: Message) -> Iterator[Callable[[], None]]:
        """Show that something goes on: a spinner on a terminal, a plain line elsewhere.

        Give what ends the spinner early, so that something else can be drawn.
        """
        text = self.translate(message)
        if not self.out.isatty():
            self.line(text)
            yield _draw_nothing
            return
        with self.console.status(text) as status:
            yield status.stop
        self.console.print(f"[green]✓[/green] {text}")

    def explain(self, error: PalabreError) -> None:
        """Say what is wrong and what to do, on standard error."""
        if isinstance(error, DescriptionError):
            for problem in error.problems:
                _write(self.err, problem_line(problem, self.translate))
        parts = [part for part in (error.sentence, error.remedy) if part is not None]
        _write(self.err, " ".join(self.translate(part) for part in parts))

    def count_problems(self, count: int) -> None:
        """Say how many problems there are."""
        self.say(nmsg("{count} problem.", "{count} problems.", count=count))


def _draw_nothing() -> None:
    """Do nothing: where there is no spinner, none is ended."""


def _write(file: TextIO, text: str) -> None:
    file.write(f"{text.translate(_CONTROL)}\n")
    file.flush()  # each line at once, also into a pipe or a log
