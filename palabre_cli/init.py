"""``palabre init``: a folder for a network of one's own, from five questions."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from community.core.messages import COMMAND, Message, msg
from community.core.text_file import CONTROL
from community.description.data_folder import DataFolder
from community.description.known_community import known_community
from community.joining.element_link import phone_link
from palabre_cli.errors import CommandError
from palabre_cli.installation import asking
from palabre_cli.installation.answers import NetworkAnswers, Run
from palabre_cli.installation.merging import changed_lines
from palabre_cli.installation.network_folder import (
    FileChange,
    LastRun,
    changes,
    homeserver_there,
    last_run,
    write,
)
from palabre_cli.installation.written import CLIENT_ANSWER, SERVER_ANSWER, files_of
from palabre_cli.options import NETWORK, network_here, shipped
from palabre_cli.terminal import PACKAGES, Terminal

_ORDINARY_PATH = re.compile(r"[A-Za-z0-9/._+@-]+")
CONFIG_VARIABLE, DATA_VARIABLE = "PALABRE_CONFIG", "PALABRE_DATA"


@click.command("init")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    default=network_here,
    show_default=str(NETWORK),
    help="The network's folder.",
)
@click.option(
    "--answers",
    "file",
    type=click.Path(path_type=Path),
    help="Ask nothing: the answers are in this YAML file.",
)
@click.option("--address", help="The host under which people reach it, where that is not the domain itself.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar=DATA_VARIABLE,
    help="The data folder (default: data, in --to).",
)
@click.pass_context
def init_command(
    context: click.Context, folder: Path, file: Path | None, address: str | None, data: Path | None
) -> None:
    """Write a folder for a network of your own, from five questions; run again, change what is answered anew."""
    terminal: Terminal = context.obj
    folder = folder.absolute()
    data_folder = DataFolder((folder / "data") if data is None else data.absolute())
    _require_writable_path(folder)
    _require_writable_path(data_folder.root)
    last = last_run(folder)
    there, known = homeserver_there(data_folder), known_community(data_folder)
    if file is None:
        answers = asking.asked(terminal, last.answers, address)
    else:
        answers = asking.read(file, last.answers, address)
    if known is not None:
        answers = replace(answers, key=known.key)
    _require_same_name(answers, last, there, data_folder)
    if answers.run is Run.SERVICES:
        _require_path_of_units(folder)
        _require_path_of_units(data_folder.root)
    wanted = files_of(answers, folder, shipped("deploy"), PACKAGES, data_folder.root)
    changed = changes(folder, last, wanted)
    made = write(folder, answers, changed, {**last.files, **wanted})
    written = (*last.ended, *changed)
    _show(terminal, folder, written, made)
    for sentence in _what_now(folder, data_folder.root, answers, written):
        terminal.say(sentence)


def _require_writable_path(folder: Path) -> None:
    """Refuse a folder whose path cannot stand in the files that are written.

    Raises:
        CommandError: it has bytes that are not UTF-8, control characters, or what Caddy reads as something else.
    """
    path = str(folder)
    if CONTROL.search(path) is not None or "\n" in path or "\r" in path or set(path) & set("{}\\"):
        raise CommandError(
            msg(
                "The path {path} has a character that cannot stand in the files: a control character, a curly "
                "bracket, a backslash, or bytes that are not UTF-8.",
                path=path.encode(errors="replace").decode(),
            ),
            msg("Name another folder."),
        )


def _require_path_of_units(folder: Path) -> None:
    """Refuse a folder whose path is more than one word of a unit of systemd.

    Raises:
        CommandError: it has other characters than those of ordinary paths.
    """
    if _ORDINARY_PATH.fullmatch(str(folder)) is None:
        raise CommandError(
            msg(
                "The path {path} cannot stand in units of systemd: they take letters from a to z, digits and . _ + - @ "
                "alone.",
                path=folder,
            ),
            msg("Name another folder, such as /srv/palabre."),
        )


def _require_same_name(answers: NetworkAnswers, last: LastRun, there: str | None, data: DataFolder) -> None:
    """Refuse another domain than that of a homeserver that is there, or may be.

    Raises:
        CommandError: accounts and rooms would be lost.
    """
    if there is not None and there != answers.domain:
        raise CommandError(
            msg(
                "{folder} has the homeserver “{there}”, whose name can never change: it cannot become “{domain}”.",
                folder=data.root,
                there=there,
                domain=answers.domain,
            ),
            msg("Answer “{there}”, or begin a network of its own in another folder with --to.", there=there),
        )
    before = last.answers
    if before is not None and before.domain != answers.domain and last.elsewhere:
        raise CommandError(
            msg(
                "The network's domain is “{there}” and can never change: it cannot become “{domain}”.",
                there=before.domain,
                domain=answers.domain,
            ),
            msg(
                "Answer “{there}”, or begin a network of its own in another folder with --to.",
                there=before.domain,
            ),
        )


def _show(terminal: Terminal, folder: Path, changed: tuple[FileChange, ...], made: tuple[str, ...]) -> None:
    """Say each file that was written, and in those that were there each line; of what was ``made`` nothing is shown."""
    if not changed and not made:
        terminal.say(msg("Nothing has changed in {folder}.", folder=folder))
    for change in changed:
        if change.before is None:
            terminal.say(msg("New: {path}", path=folder / change.path))
            continue
        terminal.say(msg("Changed: {path}", path=folder / change.path))
        for line in changed_lines(change.before, change.after):
            terminal.line(f"  {line}")
    for path in made:
        terminal.say(msg("New: {path}", path=folder / path))


def _what_now(
    folder: Path, data: Path, answers: NetworkAnswers, changed: tuple[FileChange, ...]
) -> Iterator[Message]:
    config = folder / "config"
    yield msg("First fill in {path}: yourself, the cities, the themes.", path=config / "community.yaml")
    yield from _to_start(folder, data, answers, is_again=any(change.before is not None for change in changed))
    if answers.address is not None:
        yield msg("Then people sign in at {address}", address=answers.address)
        yield msg("On a phone: install Element X, then open {link}", link=phone_link(answers.domain))
    if answers.address is not None and answers.host != answers.domain:
        yield msg(
            "The website of {domain} must answer two addresses with files from {web}, with the header "
            "“Access-Control-Allow-Origin: *”:",
            domain=answers.domain,
            web=folder / "web",
        )
        for path in (CLIENT_ANSWER, SERVER_ANSWER):
            yield Message(f"  https://{answers.domain}/{path}")


def _to_start(folder: Path, data: Path, answers: NetworkAnswers, *, is_again: bool) -> Iterator[Message]:
    """Say how all is started; ``is_again``: files have changed that containers have read already."""
    match answers.run:
        case Run.COMPUTER:
            yield msg("Start it: {command}", command=_command(folder, data, "up"))
        case Run.CONTAINERS:
            compose = f"docker compose --env-file {shlex.quote(str(folder / '.env'))}"
            anew = " --force-recreate" if is_again else ""
            yield msg(
                "Start it in Palabre's folder: {command}", command=f"{compose} up --build --detach{anew}"
            )
            yield msg(
                "Other commands run in the containers too, such as: {command}",
                command=f"{compose} exec serve palabre doctor",
            )
        case Run.SERVICES:
            if not _is_found(folder, data):
                yield msg(
                    "Each service of Palabre's, and each command, needs these variables: {variables}",
                    variables=_variables(folder, data),
                )
            yield msg(
                "What systemd is to run is in {folder}; how it is installed says docs/operator.md.",
                folder=folder / "systemd",
            )
        case Run.EXISTING:
            yield msg(
                "Make an administrator's account on the homeserver for Palabre alone (docs/operator.md); then, one "
                "after the other: {commands}",
                commands=_command(folder, data, "connect", "doctor", "plan", "apply"),
            )


def _is_found(folder: Path, data: Path) -> bool:
    """Whether commands find the network without being told where it is."""
    return (
        folder == network_here().absolute()
        and data == folder / "data"
        and not {CONFIG_VARIABLE, DATA_VARIABLE} & os.environ.keys()
    )


def _command(folder: Path, data: Path, *names: str) -> Message:
    """Return the commands of these names, parted by commas, as they are typed."""
    listed = ", ".join(f"{COMMAND} {name}{{options}}" for name in names)
    return Message(listed, {"options": _options(folder, data)})


def _options(folder: Path, data: Path) -> str:
    config, place = (shlex.quote(str(path)) for path in (folder / "config", data))
    return "" if _is_found(folder, data) else f" --config {config} --data {place}"


def _variables(folder: Path, data: Path) -> str:
    config, place = (shlex.quote(str(path)) for path in (folder / "config", data))
    return f"{CONFIG_VARIABLE}={config} {DATA_VARIABLE}={place}"
