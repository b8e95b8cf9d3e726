"""``palabre invite``: people are invited to the network by a link, one or many; the links are listed and taken back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from pydantic import TypeAdapter, ValidationError

from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.times import Duration
from community.joining.invitation import InvitationTerms
from palabre_cli.errors import CommandError
from palabre_cli.invite.group import write_table
from palabre_cli.invite.making import DescribedRequest, ListRequest, OneRequest, make
from palabre_cli.invite.pictures import PictureFiles
from palabre_cli.invite.showing import as_dict, say_made, show
from palabre_cli.invite.taking_back import take_back
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import json_option
from palabre_cli.terminal import Terminal

_TYPED = ParameterSource.COMMANDLINE
_FILE = click.Path(path_type=Path, dir_okay=False)
_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


def _lifetime(_context: click.Context, _parameter: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    try:
        return _DURATION.validate_python(value)
    except ValidationError as error:
        raise click.BadParameter(f"{value!r} is no length of time, such as 14d or 48h") from error


@click.command("invite")
@click.option("--role", metavar="KEY", help="What they will be in the network.")
@click.option("--language", metavar="CODE", help="The language in which they are invited: en, fr, pt, ar …")
@click.option("--name", help="What the person is called, for a link of one person.")
@click.option("--city", metavar="KEY", help="The city whose team they are in.")
@click.option(
    "--theme", "themes", metavar="KEY", multiple=True, help="A theme that they work on; several times."
)
@click.option("--uses", type=int, default=1, show_default=True, help="How many people may come by the link.")
@click.option("--greeter", metavar="USER", help="The member who receives them (default: one is chosen).")
@click.option("--by", metavar="USER", help="The member who invites, and who must be allowed to.")
@click.option(
    "--for", "lifetime", metavar="TIME", callback=_lifetime, help="How long the link works, such as 14d."
)
@click.option(
    "--csv", "table", type=_FILE, help="A table of people, one in each line: all are invited, or nobody."
)
@click.option("--member", metavar="USER", help="A member who is described and has not come yet.")
@click.option(
    "--again",
    is_flag=True,
    help="That member had come, and the homeserver has lost their account: once more.",
)
@click.option(
    "--all-described", is_flag=True, help="Every such member who has no link that works: one link for each."
)
@click.option(
    "--group",
    type=_FILE,
    help="An exported chat or contacts of a messenger's group: makes a table of the names.",
)
@click.option("--write", "written", type=_FILE, help="Where the table of --group is written.")
@click.option("--png", type=_FILE, help="Write the code to photograph as a picture.")
@click.option("--svg", type=_FILE, help="Write the code as a drawing.")
@click.option("--poster", type=_FILE, help="Write a poster of A4 with the code, as a drawing (SVG).")
@click.option(
    "--list", "is_list", is_flag=True, help="List the invitations, and how far each person has come."
)
@click.option(
    "--revoke", metavar="NUMBER", type=click.IntRange(1), help="Take the invitation of that number back."
)
@config_option
@data_option
@json_option
@click.pass_context
def invite_command(context: click.Context, /, **options: Any) -> None:
    """Invite people to the network by a link, one or those of a table; list invitations, take one back."""
    terminal: Terminal = context.obj
    config: Path = options["config"]
    data: DataFolder = options["data"]
    _require_one_thing(context)
    if options["group"] is not None or options["written"] is not None:
        _table_of_group(terminal, config, data, options)
    elif options["revoke"] is not None:
        terminal.say(asyncio.run(take_back(config, data, options["revoke"])))
    elif options["is_list"]:
        asyncio.run(show(terminal, config, data, options["by"], as_json=options["as_json"]))
    else:
        _invite(terminal, config, data, options)


_BESIDE = {
    "revoke": frozenset(("config", "data")),
    "is_list": frozenset(("by", "as_json", "config", "data")),
    "table": frozenset(("by", "lifetime", "as_json", "config", "data")),
    "member": frozenset(("again", "by", "lifetime", "as_json", "config", "data", "png", "svg", "poster")),
    "again": frozenset(("member", "by", "lifetime", "as_json", "config", "data", "png", "svg", "poster")),
    "all_described": frozenset(("by", "lifetime", "as_json", "config", "data")),
    "group": frozenset(("written", "role", "language", "city", "themes", "greeter", "config", "data")),
    "written": frozenset(("group", "role", "language", "city", "themes", "greeter", "config", "data")),
}
"""What may be said beside an option that is no matter of one link."""


def _require_one_thing(context: click.Context) -> None:
    """Refuse an option that says nothing beside another one, rather than leave it out. Raises CommandError."""
    given = {name for name in context.params if context.get_parameter_source(name) is _TYPED}
    names = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    for mode in _BESIDE.keys() & given:
        more = sorted(names[name] for name in given - _BESIDE[mode] - {mode})
        if more:
            raise CommandError(
                msg(
                    "“{option}” says nothing beside “{mode}”: leave it out.", option=more[0], mode=names[mode]
                )
            )


def _table_of_group(terminal: Terminal, config: Path, data: DataFolder, options: dict[str, Any]) -> None:
    """Make a table of those in a messenger's group. Raises CommandError."""
    if options["group"] is None or options["written"] is None:
        raise CommandError(
            msg("It is not said what is to be read, or where the table is written."),
            msg("Name both: --group chat.txt --write people.csv"),
        )
    said = {name: options[name] for name in ("role", "language", "city", "greeter") if options[name]}
    usual = {**said, "themes": " ".join(options["themes"])}
    asyncio.run(write_table(terminal, config, data, options["group"], options["written"], usual))


def _invite(terminal: Terminal, config: Path, data: DataFolder, options: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    made = asyncio.run(make(config, data, _request(options), options["by"], options["lifetime"], now))
    if options["as_json"]:
        terminal.line(as_dict(made))
    else:
        say_made(terminal, made)
    # Only now: where a file cannot be written, the address has been shown.
    pictures = PictureFiles(options["png"], options["svg"], options["poster"])
    for one in made:
        pictures.write(one)


def _request(options: dict[str, Any]) -> OneRequest | ListRequest | DescribedRequest:
    """Return whom to invite. Raises CommandError."""
    if options["again"] and options["member"] is None:
        raise CommandError(msg("It is not said who is to come once more."), msg("Name them with --member."))
    if options["member"] is not None or options["all_described"]:
        return DescribedRequest(options["member"], is_again=options["again"])
    if options["table"] is not None:
        return ListRequest(options["table"])
    if options["role"] is None or options["language"] is None:
        raise CommandError(
            msg("It is not said who is invited."),
            msg("Name --role and --language, a member with --member, or a table with --csv."),
        )
    asked = {name: options[name] for name in InvitationTerms.model_fields if name in options}
    return OneRequest({name: value for name, value in asked.items() if value is not None})
