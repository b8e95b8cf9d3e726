"""The command ``palabre``: a person gets one sentence for what goes wrong, never a traceback."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

import click
import structlog

from community.core.errors import PalabreError
from community.core.messages import COMPLETE_LANGUAGES, msg
from community.core.private_files import PRIVATE_UMASK
from palabre_cli.ask import ask_command
from palabre_cli.audit import audit_command
from palabre_cli.bots import bots_command
from palabre_cli.check import check_command
from palabre_cli.directory import directory_command
from palabre_cli.doctor import doctor_command
from palabre_cli.identity import identity_command
from palabre_cli.person import person_command
from palabre_cli.provision import apply_command, plan_command, serve_command
from palabre_cli.renew_identity import renew_identity_command
from palabre_cli.schema import schema_command
from palabre_cli.seal import seal_command
from palabre_cli.synapse_config import synapse_config_command
from palabre_cli.terminal import Terminal
from palabre_cli.testing import test_command
from palabre_cli.up import up_command

EXIT_ERROR = 1
EXIT_FAULT = 70
"""A fault of ours (sysexits.h, EX_SOFTWARE)."""
EXIT_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(COMPLETE_LANGUAGES), help="The language of the output.")
@click.pass_context
def palabre(context: click.Context, lang: str | None) -> None:
    """Palabre: a secure community space on Matrix for networks of cities."""
    context.obj = Terminal.open(lang)


for _command in (
    up_command,
    check_command,
    plan_command,
    apply_command,
    ask_command,
    audit_command,
    directory_command,
    doctor_command,
    identity_command,
    person_command,
    renew_identity_command,
    seal_command,
    bots_command,
    serve_command,
    schema_command,
    synapse_config_command,
    test_command,
):
    palabre.add_command(_command)


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    # Before any file is made; every child process inherits it.
    os.umask(PRIVATE_UMASK)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    sys.exit(run())


def run() -> int:
    """Run the command line of this process; return its exit code."""
    context: click.Context | None = None
    try:
        with palabre.make_context("palabre", sys.argv[1:]) as context:
            palabre.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PalabreError as error:
        _terminal(context).explain(error)
        return EXIT_ERROR
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`palabre plan | head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception:
        _terminal(context).explain(_fault(traceback.format_exc()))
        return EXIT_FAULT
    return 0


def _terminal(context: click.Context | None) -> Terminal:
    found = None if context is None else context.obj
    return found if isinstance(found, Terminal) else Terminal.open()


def _fault(report: str) -> PalabreError:
    """Keep the traceback in a private file and return a sentence that names it."""
    handle, name = tempfile.mkstemp(prefix="palabre-fault-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        file.write(report)
    return PalabreError(
        msg("Something went wrong inside Palabre; this is a fault of ours."),
        msg("Please report it with the file {file}.", file=Path(name)),
    )
