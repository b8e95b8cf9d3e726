"""Forks processes of ours for the tests: what each would import and work out anew is here already.

    python fork_server.py DESCRIPTOR

DESCRIPTOR is the listening Unix socket on which `forking.ForkServer` is asked.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from functools import cache
from importlib import import_module

import click

from palabre_cli.deferred import DeferredCommand
from palabre_cli.main import PRIVATE_UMASK, palabre
from tests.lib.asking import Asker, example_skills
from tests.lib.forked_children import fork_own_children
from tests.lib.forking import ForkServer, run
from tests.lib.hurry import hurry_if_wanted

_MODULES = (
    "aiosqlite",
    "community.storage.database",
    "bots.encryption.client",
    "bots.encryption.machine",
    "bots.main",
    "palabre_cli.failure",
    "palabre_cli.logs",
    "provisioning.resealing",
    "provisioning.service",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)
_ASKED = (
    "who do I ask about waste in Kigali?",
    "Qui contacter pour les déchets à Kigali ?",
    "Quem trata do lixo em Maputo?",
    "من المسؤول عن النفايات في كيغالي؟",
    "waste kigali",
    "when is the next meeting, and who is invited?",
    "change the phone of Awa Diallo to +223 11 22 33 44",
    "plan a call on mobility on Friday 18 December at 16h",
    "what can you do?",
)
"""What wants the words of each language, those of the calendar and of editing, and the model of all languages."""


def import_all(group: click.Group) -> None:
    """Import what the commands of a group need, and those of the groups in it."""
    for command in group.commands.values():
        loaded = command.load() if isinstance(command, DeferredCommand) else command
        if isinstance(loaded, click.Group):
            import_all(loaded)


def answer() -> None:
    """Answer: whoever has done so keeps the words and patterns of the languages, which take a second to work out."""
    skills, asker = example_skills(), Asker()
    for text in _ASKED:
        skills.answer(asker.asked(text))


@cache
def load() -> None:
    """Import all that a process of ours may need, and work out what each would."""
    import_all(palabre)
    for module in _MODULES:
        import_module(module)
    answer()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    os.umask(PRIVATE_UMASK)
    arguments = ForkServer(socket.socket(fileno=int(sys.argv[1])), load).serve()
    fork_own_children()
    hurry_if_wanted()
    run(arguments)
