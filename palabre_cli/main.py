"""The command ``palabre``: a person gets one sentence for what goes wrong, never a traceback.

It stands on click alone, so that help and slips are answered at once: a command's module, the terminal, the log and
the sentences for what goes wrong are imported by name when they are needed.
"""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import click

from community.core.languages import COMPLETE_LANGUAGES
from palabre_cli.deferred import LOGGING, DeferredCommand

EXIT_ERROR = 1
EXIT_FAULT = 70
"""A fault of ours (sysexits.h, EX_SOFTWARE)."""
EXIT_INTERRUPTED = 130
ALLOCATIONS_BETWEEN_COLLECTIONS = 100_000
"""In processes that go on for long. What is imported stays: it is not looked through for garbage again and again."""
_ALLOCATIONS_OF_A_SHORT_COMMAND = 1_000_000
CALLED_AS = "PALABRE_COMMAND"
"""The variable in which the launcher says how it was called."""
PRIVATE_UMASK = 0o077
"""What our processes and their children make is their owner's alone."""


def _show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the version and end."""
    if wanted and not context.resilient_parsing:
        click.echo(f"palabre {import_module('palabre_cli.version').version()}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Print the version.",
)
@click.option("--lang", type=click.Choice(COMPLETE_LANGUAGES), help="The language of the output.")
@click.pass_context
def palabre(context: click.Context, lang: str | None) -> None:
    """Palabre: a secure community space on Matrix for networks of cities."""
    context.obj = import_module("palabre_cli.terminal").Terminal.open(lang, context.info_name)


for _command in (
    DeferredCommand(
        "up",
        "palabre_cli.up:up_command",
        "Run a homeserver, the community's rooms and the bots on this computer, until Ctrl-C.",
        writes_log=True,
    ),
    DeferredCommand(
        "init",
        "palabre_cli.init:init_command",
        "Write a folder for a network of your own, from five questions; run again, change what is answered anew.",
    ),
    DeferredCommand(
        "check",
        "palabre_cli.check:check_command",
        "Name every problem of the description, with its file, line and column.",
    ),
    DeferredCommand(
        "plan",
        "palabre_cli.provision:plan_command",
        "Show what would change on the homeserver; change nothing.",
        writes_log=True,
    ),
    DeferredCommand(
        "apply",
        "palabre_cli.provision:apply_command",
        "Make the homeserver match the description.",
        writes_log=True,
    ),
    DeferredCommand(
        "ask",
        "palabre_cli.ask:ask_command",
        "Ask what one would ask the bot: of the store, or of the files where --config is given and --data is not.",
    ),
    DeferredCommand(
        "audit",
        "palabre_cli.audit:audit_command",
        "Say who changed what, when, and what became of it; the newest last.",
    ),
    DeferredCommand(
        "backup",
        "palabre_cli.backup:backup_command",
        "Write an encrypted copy of all that must not be lost, while everything runs; thin out old ones.",
    ),
    DeferredCommand(
        "restore",
        "palabre_cli.restore:restore_command",
        "Put a backup back into an empty folder, whole or not at all, and prove that it can be used.",
    ),
    DeferredCommand(
        "upgrade",
        "palabre_cli.upgrade:upgrade_command",
        "Bring the data of an older Palabre forward, after a backup.",
    ),
    DeferredCommand(
        "directory",
        "palabre_cli.directory:directory_command",
        "Take the directory out and in, say what has gone stale and who changed what.",
    ),
    DeferredCommand(
        "calendar",
        "palabre_cli.calendar:calendar_command",
        "Show the calendar, also as a month, take it out and in, and say who changed what.",
    ),
    DeferredCommand(
        "doctor",
        "palabre_cli.doctor:doctor_command",
        "Say how the bot, accounts, rooms, this server and its public address are, and what to do.",
        writes_log=True,
    ),
    DeferredCommand(
        "connect",
        "palabre_cli.connect:connect_command",
        "Take the token of an administrator made for Palabre alone, on a homeserver that is there already.",
        writes_log=True,
    ),
    DeferredCommand(
        "identity",
        "palabre_cli.identity:identity_command",
        "Whose identity the bot has pinned, and whose has changed.",
    ),
    DeferredCommand(
        "people",
        "palabre_cli.people:people_command",
        "Who has signed in, set up recovery and verified their devices, and who is still expected.",
        writes_log=True,
    ),
    DeferredCommand(
        "members",
        "palabre_cli.members:members_command",
        "Take out the members, of the files and by links, as members.csv.",
    ),
    DeferredCommand(
        "invite",
        "palabre_cli.invite:invite_command",
        "Invite people to the network by a link, one or those of a table; list invitations, take one back.",
        writes_log=True,
    ),
    DeferredCommand(
        "rooms",
        "palabre_cli.rooms:rooms_command",
        "Every room: policy, members, encryption, the day of its last event, what is wrong with it.",
        writes_log=True,
    ),
    DeferredCommand(
        "migrate",
        "palabre_cli.migration:migrate_command",
        "Move from SQLite to PostgreSQL: Palabre's store, and the homeserver's database.",
    ),
    DeferredCommand(
        "person",
        "palabre_cli.person:person_command",
        "What there is about one person: shown, taken out, their account adopted, their password reset.",
        writes_log=True,
    ),
    DeferredCommand(
        "verifying",
        "palabre_cli.verifying:verifying_command",
        "Show the emoji that the bot shows to those who verify it just now, to read to them by telephone.",
        writes_log=True,
    ),
    DeferredCommand(
        "renew-identity",
        "palabre_cli.renew_identity:renew_identity_command",
        "Give the bot a new identity, after somebody has replaced or stolen it.",
        writes_log=True,
    ),
    DeferredCommand(
        "seal",
        "palabre_cli.seal:seal_command",
        "End every session of the provisioner and of break-glass, and seal both anew.",
        writes_log=True,
    ),
    DeferredCommand(
        "bot",
        "palabre_cli.bot:bot_command",
        "Make the bot's recovery key, and bring the bot back with it after a lost disk.",
    ),
    DeferredCommand(
        "bots",
        "palabre_cli.bots:bots_command",
        "Run the bots: answer in the rooms, post what the calendar says, invite people (a child of “up”).",
        writes_log=True,
    ),
    DeferredCommand(
        "serve",
        "palabre_cli.provision:serve_command",
        "Run the provisioning service: plan when the files change and on a timer (a child of “up”).",
        writes_log=True,
    ),
    DeferredCommand(
        "web",
        "palabre_cli.web:web_command",
        "Serve the network's own pages and its health, for the proxy in front.",
        writes_log=True,
    ),
    DeferredCommand(
        "hand-over",
        "palabre_cli.hand_over:hand_over_command",
        "Copy what Synapse or the bots need of the data folder into one of their own.",
    ),
    DeferredCommand(
        "put-back",
        "palabre_cli.put_back:put_back_command",
        "Take a restored data folder apart: provisioning's, the bots' and Synapse's, each its user's alone.",
    ),
    DeferredCommand(
        "pins",
        "palabre_cli.pins:pins_command",
        "Ask the registry for the digest of each image of docker-compose.yml, and write a file that names them.",
    ),
    DeferredCommand(
        "schema",
        "palabre_cli.schema:schema_command",
        "Print the JSON Schema of a file of the description, or write those of all.",
    ),
    DeferredCommand(
        "synapse-config",
        "palabre_cli.synapse_config:synapse_config_command",
        "Write Synapse's configuration and secrets into the data folder; keep the secrets that are there.",
    ),
    DeferredCommand(
        "test",
        "palabre_cli.testing:test_command",
        "Run every check and test; what follows is passed on to pytest (and leaves out the other checks).",
    ),
):
    palabre.add_command(_command)


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    # Before any file is made; every child process inherits it.
    os.umask(PRIVATE_UMASK)
    # A short command ends before it has made much garbage: to look for it costs an eighth of its time.
    gc.set_threshold(_ALLOCATIONS_OF_A_SHORT_COMMAND)
    code = run(_configure_logging, taken_call())
    # Python looks for garbage among all that is there before it ends, which costs an eighth of a short command's time.
    gc.freeze()
    sys.exit(code)


def taken_call() -> str:
    """Return what the person types to call this command; its name, where that is not known or cannot be printed.

    It is taken out of the environment: what a child prints is read by nobody who has called it so.
    """
    called_as = os.environ.pop(CALLED_AS, "")
    return shlex.quote(called_as) if called_as and called_as.isprintable() else "palabre"


def _configure_logging() -> None:
    """Prepare a command that writes a log: those that go on for long are among them."""
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    import_module("palabre_cli.logs").configure_logging()


def run(configure_logging: Callable[[], None] | None = None, called_as: str = "palabre") -> int:
    """Run the command line of this process; return its exit code.

    ``configure_logging`` is called before a command that writes a log. ``called_as``: what the person types in the
    place of "palabre"; each sentence and each usage says that.
    """
    context: click.Context | None = None
    try:
        with palabre.make_context(called_as, sys.argv[1:]) as context:
            context.meta[LOGGING] = configure_logging
            palabre.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`palabre plan | head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception as error:
        sent = None if context is None else context.obj
        return EXIT_ERROR if import_module("palabre_cli.failure").explain(error, sent) else EXIT_FAULT
    return 0
