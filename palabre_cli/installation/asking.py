"""The questions of `palabre init`: from the terminal, or from a file that has the answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from community.core.errors import DescriptionError
from community.core.messages import Message, msg
from community.core.text_file import bytes_of
from community.description.settings import is_on_loopback
from community.description.yaml_text import parse
from palabre_cli.errors import CommandError
from palabre_cli.installation import answers as checks
from palabre_cli.installation.answers import LOOPBACK_DOMAIN, RUNS, NetworkAnswers, Run
from palabre_cli.terminal import Terminal

Answer = TypeVar("Answer")
Check = Callable[[str], Answer | Message]
_NAMES = ("domain", "address", "name", "languages", "run", "email", "homeserver")


def asked(terminal: Terminal, last: NetworkAnswers | None, address: str | None) -> NetworkAnswers:
    """Ask a person, with what they said last as defaults; ``address`` is the host where it is not the domain.

    Raises:
        CommandError: nobody is there to ask.
    """
    if not sys.stdin.isatty():
        raise CommandError(
            msg("Nobody is there to ask."), msg("Give a file with the answers: --answers FILE.")
        )
    terminal.say(msg("Five questions; Enter takes what is in brackets."))
    terminal.say(
        msg(
            "1. The domain, such as palabre.example.org. It becomes part of everybody's Matrix ID and can NEVER change "
            "later; {loopback} is for trying on this computer.",
            loopback=LOOPBACK_DOMAIN,
        )
    )
    domain = _ask(terminal, checks.domain, LOOPBACK_DOMAIN if last is None else last.domain)
    terminal.say(msg("2. The network's name, as people know it."))
    name = _ask(terminal, checks.network_name, None if last is None else last.name)
    terminal.say(msg("3. Its languages, by their codes; the first is the main one."))
    spoken = _ask(terminal, checks.languages, ", ".join(_languages(terminal, last)))
    terminal.say(msg("4. How to run it:"))
    for number, choice in enumerate(Run, 1):
        terminal.line(f"   {number} {choice.value}: {terminal.translate(RUNS[choice])}")
    run = _ask(terminal, partial(_run_of, domain), _run(domain, last).value)
    email = _email(terminal, domain, run, last)
    homeserver = _homeserver(terminal, domain, run, last)
    return replace(_whole(domain, address, name, spoken, run, email, last), homeserver=homeserver)


def _languages(terminal: Terminal, last: NetworkAnswers | None) -> tuple[str, ...]:
    return (terminal.translate.language,) if last is None else last.languages


def _run_of(domain: str, text: str) -> Run | Message:
    said = checks.run(text)
    wrong = None if isinstance(said, Message) else checks.run_with(domain, said)
    return said if wrong is None else wrong


def _run(domain: str, last: NetworkAnswers | None) -> Run:
    if last is not None:
        return last.run
    return Run.COMPUTER if is_on_loopback(domain) else Run.CONTAINERS


def _email(terminal: Terminal, domain: str, run: Run, last: NetworkAnswers | None) -> str | None:
    """Ask for the e-mail address where certificates are asked for."""
    before = None if last is None else last.email
    if not checks.needs_email(domain, run):
        return before
    terminal.say(
        msg("5. An e-mail address for the certificates: it is written to when one is about to run out.")
    )
    return _ask(terminal, checks.email, before)


def _homeserver(terminal: Terminal, domain: str, run: Run, last: NetworkAnswers | None) -> str | None:
    """Ask where a homeserver is that is there already."""
    before = None if last is None else last.homeserver
    if run is not Run.EXISTING:
        return before
    terminal.say(
        msg(
            "5. The address at which Palabre reaches the homeserver, its admin API included: https://…, or http:// on "
            "the same computer."
        )
    )
    return _ask(terminal, checks.homeserver, before or f"https://matrix.{domain}")


def _ask(terminal: Terminal, check: Check[Answer], default: str | None) -> Answer:
    """Ask until the answer can be meant."""
    while True:
        said = _typed(check, default)
        if not isinstance(said, Message):
            return said
        terminal.say(said)


def _typed(check: Check[Answer], default: str | None) -> Answer | Message:
    try:
        return check(click.prompt("  ", default=default, prompt_suffix="> "))
    except UnicodeDecodeError:
        return msg("That was not UTF-8: set the terminal to UTF-8, then write it anew.")


def _whole(
    domain: str,
    address: str | None,
    name: str,
    languages: tuple[str, ...],
    run: Run,
    email: str | None,
    last: NetworkAnswers | None,
) -> NetworkAnswers:
    """Put the answers together. Raises CommandError where they do not fit."""
    host = domain
    if address is not None:
        host = _checked("address", checks.domain, address)
    elif last is not None and last.domain == domain:
        host = last.host
    key = checks.key_of(name, domain) if last is None else last.key
    found = NetworkAnswers(domain, host, name, languages, run, email, key)
    wrong = checks.together(found)
    if wrong is not None:
        raise CommandError(wrong)
    return found


def read(path: Path, last: NetworkAnswers | None, address: str | None) -> NetworkAnswers:
    """Return the answers in a file; what it leaves out is as it was answered last.

    Raises:
        DescriptionError: it is no YAML.
        CommandError: it cannot be read, an answer is missing or cannot be meant.
    """
    given = _given(path)
    before = {} if last is None else last.plain()
    texts = {name: given.get(name, before.get(name)) for name in _NAMES}
    domain = _checked("domain", checks.domain, texts["domain"])
    run = _checked("run", checks.run, _run(domain, last).value if texts["run"] is None else texts["run"])
    reached = texts["homeserver"]
    found = _whole(
        domain,
        address if address is not None else given.get("address"),
        _checked("name", checks.network_name, texts["name"]),
        _checked("languages", checks.languages, _listed(texts["languages"])),
        run,
        None if texts["email"] is None else _checked("email", checks.email, texts["email"]),
        last,
    )
    if reached is None:
        return found
    return replace(found, homeserver=_checked("homeserver", checks.homeserver, reached))


def _given(path: Path) -> dict[str, Any]:
    try:
        parsed = parse(bytes_of(path), str(path))
    except OSError as error:
        raise CommandError(
            msg("{path} cannot be read: {reason}.", path=path, reason=error.strerror),
            msg("Look at its rights, or name another file."),
        ) from error
    if parsed.problems:
        raise DescriptionError(parsed.problems)
    value = parsed.value
    unknown = (
        None if not isinstance(value, dict) else next((name for name in value if name not in _NAMES), None)
    )
    if not isinstance(value, dict) or unknown is not None:
        raise CommandError(
            msg("{path} has no answers that are asked for: {name}.", path=path, name=unknown or "?"),
            msg("Known are: {names}.", names=", ".join(_NAMES)),
        )
    return value


def _listed(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _checked(name: str, check: Check[Answer], value: Any) -> Answer:
    if value is None:
        raise CommandError(
            msg("An answer is missing: {name}.", name=name), msg("Write it into the file of answers.")
        )
    if isinstance(value, (dict, list, bool)):
        raise CommandError(
            msg("The answer “{name}” is not one text.", name=name),
            msg("Write it behind “{name}:”, between quotation marks where it is one.", name=name),
        )
    said = check(str(value))
    if isinstance(said, Message):
        raise CommandError(said)
    return said
