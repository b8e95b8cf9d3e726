"""Commands that are known by their name and help alone: the module of one is imported when it is run, no other's."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

LOGGING = "palabre_cli.configure_logging"
"""Where the context keeps what is called before a command that writes a log; absent: logging stays as it is."""


class DeferredCommand(click.Command):
    """Stands for a command in its group.

    ``target`` is "module:name" of the command, ``summary`` the first sentence of its help (a test compares them).
    ``writes_log``: it runs code that logs.
    """

    def __init__(self, name: str, target: str, summary: str, *, writes_log: bool = False) -> None:
        super().__init__(name, help=summary)
        self.target = target
        self.writes_log = writes_log

    def load(self) -> click.Command:
        """Return the command itself."""
        module, _, attribute = self.target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table names commands only; a test loads each
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of the command itself, which click invokes."""
        configure = None if parent is None else parent.meta.get(LOGGING)
        if self.writes_log and configure is not None:
            configure()
        return self.load().make_context(info_name, args, parent, **extra)
