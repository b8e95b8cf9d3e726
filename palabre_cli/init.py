"""``palabre init``: a folder for a network of one's own, from five questions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from community.core.messages import Message, msg
from community.description.data_folder import DataFolder
from palabre_cli.errors import CommandError
from palabre_cli.installation import asking
from palabre_cli.installation.answers import NetworkAnswers, Run
from palabre_cli.installation.links import phone_link
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
from palabre_cli.options import NETWORK, shipped
from palabre_cli.terminal import PACKAGES, Terminal


@click.command("init")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    default=NETWORK,
    show_default=True,
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
    envvar="PALABRE_DATA",
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
    last = last_run(folder)
    there = homeserver_there(data_folder)
    if file is None:
        answers = asking.asked(terminal, last.answers, address)
    else:
        answers = asking.read(file, last.answers, address)
    _require_same_name(answers, last, there, data_folder)
    wanted = files_of(answers, folder, shipped("deploy"), PACKAGES)
    changed = changes(folder, last, wanted)
    write(folder, answers, changed, {**last.files, **wanted})
    _show(terminal, folder, changed)
    for sentence in _what_now(folder, answers):
        terminal.say(sentence)


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


def _show(terminal: Terminal, folder: Path, changed: tuple[FileChange, ...]) -> None:
    """Say each file that was written, and in those that were there each line."""
    if not changed:
        terminal.say(msg("Nothing has changed in {folder}.", folder=folder))
    for change in changed:
        if change.before is None:
            terminal.say(msg("New: {path}", path=folder / change.path))
            continue
        terminal.say(msg("Changed: {path}", path=folder / change.path))
        for line in changed_lines(change.before, change.after):
            terminal.line(f"  {line}")


def _what_now(folder: Path, answers: NetworkAnswers) -> Iterator[Message]:
    config = folder / "config"
    yield msg("First fill in {path}: yourself, the cities, the themes.", path=config / "community.yaml")
    yield from _to_start(folder, answers)
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


def _to_start(folder: Path, answers: NetworkAnswers) -> Iterator[Message]:
    options = "" if folder == NETWORK.absolute() else _options(folder)
    match answers.run:
        case Run.COMPUTER:
            yield msg("Start it: {command}", command=f"palabre up{options}")
        case Run.CONTAINERS:
            env = shlex.quote(str(folder / ".env"))
            yield msg(
                "Start it in Palabre's folder: {command}",
                command=f"docker compose --env-file {env} up --build --detach",
            )
        case Run.SERVICES:
            yield msg(
                "What to run, and in which order, is in docs/operator.md; the proxy: {command}",
                command=f"caddy run --config {shlex.quote(str(folder / 'Caddyfile'))}",
            )
        case Run.EXISTING:
            yield msg(
                "What Palabre needs of your homeserver is in docs/operator.md; then: {command}",
                command=f"palabre apply{options}",
            )


def _options(folder: Path) -> str:
    config, data = (shlex.quote(str(folder / name)) for name in ("config", "data"))
    return f" --config {config} --data {data}"
