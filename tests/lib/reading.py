"""Descriptions with slips in them, for the tests of what is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bots.features.edit.text_reader import TextReader
from bots.features.edit.values import Values
from community.core.messages import translator
from community.core.problems import problem_line
from community.description.load import check
from community.description.model import Description
from community.directory.differences import DifferenceReader
from community.directory.naming import KnownEntries
from community.search.lexicon import lexicon_of
from palabre_cli.directory.bringing import plan_of
from palabre_cli.errors import ImportRefused

SMALL = Path(__file__).parent.parent / "data" / "small"
HEADER = "key;name;function;cities;themes;confirmed\n"
ENGLISH = translator("en", [])


def rewritten(folder: Path, file: str, old: str, new: str) -> Path:
    """Return a copy of the small description, with the first ``old`` of a file replaced."""
    config = folder / "config"
    if not config.exists():
        shutil.copytree(SMALL, config)
    text = (config / file).read_text()
    assert old in text
    (config / file).write_text(text.replace(old, new, 1))
    return config


def check_lines(config: Path) -> list[str]:
    """Return what `palabre check` says of a folder, in English, without the folder."""
    return [problem_line(problem, ENGLISH).replace(f"{config}/", "") for problem in check(config)]


def import_lines(description: Description, files: Sequence[tuple[str, bytes]]) -> list[str]:
    """Return what `palabre directory import` refuses of files, in English; nothing where it takes them."""
    today, current = date(2026, 11, 29), description.directory
    try:
        plan_of(description.community, current, files, today=today, remove_missing=False)
    except ImportRefused as refused:
        return [problem_line(problem, ENGLISH) for problem in refused.problems]
    return []


def changed(header: str, change: Callable[[str], str]) -> str:
    """Return a table's first row with each name changed."""
    return ";".join(change(name) for name in header.split(";"))


def chat_values(description: Description) -> Values:
    """Return what reads the values of fields in the chat, in English."""
    known = KnownEntries.of(description.directory)
    reader = TextReader(description.community, lexicon_of(description.community))
    return Values(reader, known, DifferenceReader(description.community, ENGLISH, known.contact))
