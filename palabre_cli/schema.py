"""``palabre schema``: what an editor needs to help with the description's files."""

from __future__ import annotations

from pathlib import Path

import click

from community.core.messages import msg
from community.description.schema import MODELS, schema_file, schema_text
from palabre_cli.errors import CommandError
from palabre_cli.terminal import Terminal


@click.command("schema")
@click.argument("name", required=False, type=click.Choice(tuple(MODELS)))
@click.option(
    "--write",
    "folder",
    type=click.Path(path_type=Path),
    help="Write into this folder: NAME.schema.json, without NAME all of them.",
)
@click.pass_context
def schema_command(context: click.Context, name: str | None, folder: Path | None) -> None:
    """Print the JSON Schema of a file of the description, or write those of all."""
    terminal: Terminal = context.obj
    names = tuple(MODELS) if name is None else (name,)
    if folder is not None:
        for each in names:
            terminal.say(msg("Written: {path}", path=_write(folder, each)))
    elif name is not None:
        terminal.line(schema_text(name).rstrip("\n"))
    else:
        terminal.say(msg("There is a schema for each of: {names}.", names=", ".join(names)))
        terminal.say(msg("Name one to print it, or write all of them with --write my-network/schemas."))


def _write(folder: Path, name: str) -> Path:
    path = folder / schema_file(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(schema_text(name), encoding="utf-8")
    except OSError as error:
        raise CommandError(
            msg("{path} cannot be written: {reason}.", path=path, reason=error.strerror),
            msg("Make room or change its rights, or name another folder with --write."),
        ) from error
    return path
