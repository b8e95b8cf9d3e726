"""Sentences with a mark, and where it is found again: in live objects of this process, and in files.

What is found is told by number, so that the search itself holds no mark.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path

_MARK = re.compile(rb"qzx(\d+)vorb", re.IGNORECASE)


def mark(number: int) -> str:
    """Return a word that is nowhere else."""
    return "".join(("qzx", str(number), "vorb"))


def marks_in_memory() -> dict[int, str]:
    """Return the marks in strings that a live object holds, each with the type of one that does."""
    gc.collect()
    found: dict[int, str] = {}
    for holder in gc.get_objects():
        for text in _texts_of(holder):
            for number in _MARK.findall(text):
                found.setdefault(int(number), type(holder).__qualname__)
    return found


def _texts_of(holder: object) -> Iterator[bytes]:
    for held in gc.get_referents(holder):
        if isinstance(held, str):
            yield held.encode("utf-8", "replace")
        elif isinstance(held, bytes):
            yield held


def marks_in_files(folder: Path) -> dict[int, set[str]]:
    """Return the marks that are anywhere in a file of the folder, free pages and logs too, with the files' names."""
    found: dict[int, set[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            for number in _MARK.findall(path.read_bytes()):
                found.setdefault(int(number), set()).add(path.name)
    return found
