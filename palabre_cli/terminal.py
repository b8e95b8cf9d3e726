"""Talking to the person at the terminal: language, sentences, progress."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from community.core.errors import DescriptionError, PalabreError
from community.core.messages import COMPLETE_LANGUAGES, SOURCE_LANGUAGE, Message, Translator, nmsg, translator
from community.core.problems import problem_line

_HERE = Path(__file__).parent
PACKAGES = tuple(
    _HERE.parent / name for name in ("community", "matrix", "provisioning", "bots", "palabre_cli")
)


def reader_language(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for (gettext's order of variables), else English."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for name in environment.get(variable, "").split(":"):
            if name[:2] in COMPLETE_LANGUAGES:
                return name[:2]
    return SOURCE_LANGUAGE


@dataclass(frozen=True)
class Terminal:
    """Where output goes, and in which language."""

    out: Console
    err: Console
    translate: Translator

    @classmethod
    def open(cls, language: str | None = None) -> Terminal:
        """Return the terminal of this process; ``language`` overrides the environment's."""
        chosen = language or reader_language(os.environ)
        return cls(
            Console(highlight=False, emoji=False, soft_wrap=True),
            Console(stderr=True, highlight=False, emoji=False, soft_wrap=True),
            translator(chosen, PACKAGES),
        )

    @property
    def shows_secrets(self) -> bool:
        """Whether a person looks at it: what goes through a pipe or into a file stays somewhere."""
        return self.out.file.isatty()

    def say(self, message: Message) -> None:
        """Print a sentence."""
        self.out.print(self.translate(message), markup=False)

    def warn(self, message: Message) -> None:
        """Print a sentence on standard error."""
        self.err.print(self.translate(message), markup=False)

    def line(self, text: str) -> None:
        """Print a line that is already text."""
        self.out.print(text, markup=False)

    @contextmanager
    def step(self, message: Message) -> Iterator[None]:
        """Show that something goes on: a spinner on a terminal, a plain line elsewhere."""
        text = self.translate(message)
        if not self.out.is_terminal:
            self.out.print(text, markup=False)
            yield
            return
        with self.out.status(text):
            yield
        self.out.print(f"[green]✓[/green] {text}")

    def explain(self, error: PalabreError) -> None:
        """Say what is wrong and what to do, on standard error."""
        if isinstance(error, DescriptionError):
            for problem in error.problems:
                self.err.print(problem_line(problem, self.translate), markup=False)
        parts = [part for part in (error.sentence, error.remedy) if part is not None]
        self.err.print(" ".join(self.translate(part) for part in parts), markup=False)

    def count_problems(self, count: int) -> None:
        """Say how many problems there are."""
        self.say(nmsg("{count} problem.", "{count} problems.", count=count))
