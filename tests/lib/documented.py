"""The commands that the documents have people type: tests take them from there, so that what is written is what is run.

A command stands in a block that is fenced as ``sh``. A test that carries out a block goes through it in its order::

    with documented("docs/operator.md", "Upgrade") as next_command:
        ran = run(next_command("palabre upgrade"))

The words say which command the test looks for next; whether there are others, or fewer, is found at the end of the
block. That each block is gone through by a test is what `tests/unit/test_documented_commands.py` looks for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/operator.md", "docs/coordinator.md", "docs/directory.md")
"""What people read who run Palabre. The pages for developers, and the forms in docs/commands.md, are not here."""
NOT_RUN = {
    "./palabre test": "it runs these tests",
    "timedatectl set-ntp true": "the clock is this computer's",
}
"""Commands that no test runs, by how they begin, and why not."""
_FENCED = re.compile(
    r"^(#+) (?P<heading>[^\n]+)$|^ *```(?P<kind>\w*)\n(?P<text>.*?)^ *```", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A fenced block: the ``number``th of its ``kind`` under its heading, from 1 on."""

    page: str
    heading: str
    kind: str
    number: int
    text: str

    @property
    def commands(self) -> tuple[str, ...]:
        """Its lines, without what is said behind a #."""
        lines = (re.sub(r"(^| +)# .*$", "", line).strip() for line in self.text.splitlines())
        return tuple(line for line in lines if line)


@cache
def blocks(page: str) -> tuple[Block, ...]:
    """Return all fenced blocks of a page."""
    found: list[Block] = []
    heading = ""
    for match in _FENCED.finditer((ROOT / page).read_text()):
        if match["heading"] is not None:
            heading = match["heading"]
            continue
        like_it = [each for each in found if (each.heading, each.kind) == (heading, match["kind"])]
        found.append(Block(page, heading, match["kind"], len(like_it) + 1, match["text"]))
    return tuple(found)


def command_blocks() -> tuple[Block, ...]:
    """Return every block of commands of all pages."""
    return tuple(block for page in PAGES for block in blocks(page) if block.kind == "sh")


def block_of(page: str, heading: str, number: int = 1) -> Block:
    """Return a block of commands."""
    (block,) = [
        each for each in command_blocks() if (each.page, each.heading, each.number) == (page, heading, number)
    ]
    return block


@contextmanager
def documented(page: str, heading: str, number: int = 1) -> Iterator[Callable[[str], str]]:
    """Go through a block of commands: give what returns the next one, which must begin as is said."""
    left = list(block_of(page, heading, number).commands)

    def next_command(beginning: str) -> str:
        assert left, f"{page}, {heading}: no command is left, and the test looks for {beginning!r}"
        command = left.pop(0)
        assert command.startswith(beginning), (
            f"{page}, {heading}: {command!r}, the test looks for {beginning!r}"
        )
        return command

    yield next_command
    assert not left, f"{page}, {heading}: nothing has run {left}"


def words_of(command: str, fill: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """Return the words behind ``palabre``; ``fill`` is the reader's own for the words that are theirs to write."""
    program, *words = shlex.split(command)
    assert program in ("palabre", "./palabre"), command
    for placeholder, value in (fill or {}).items():
        assert any(placeholder in word for word in words), (command, placeholder)
        words = [word.replace(placeholder, str(value)) for word in words]
    return tuple(words)
