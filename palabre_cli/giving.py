"""Files that commands write for people: over one that says something else only where that is meant."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from community.core.messages import msg
from palabre_cli.files import write_named
from palabre_cli.terminal import Terminal

force_option = click.option("--force", is_flag=True, help="Write over a file that says something else.")


def write_one(terminal: Terminal, to: Path | None, name: str, content: bytes, *, force: bool) -> None:
    """Write a file: to standard output without ``to``, which is the file, or a folder for one called ``name``."""
    if to is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif to.is_dir():
        write_files(terminal, to, {name: content}, force=force)
    else:
        write_files(terminal, to.parent, {to.name: content}, force=force)


def write_files(terminal: Terminal, folder: Path, files: dict[str, bytes], *, force: bool) -> None:
    """Write files into a folder, and say which were not there so already."""
    wanted = {folder / name: content for name, content in files.items()}
    written = write_named(wanted, force=force)
    for path in wanted:
        if path in written:
            terminal.say(msg("Written: {path}", path=path))
        else:
            terminal.say(msg("{path} says just that already.", path=path))
