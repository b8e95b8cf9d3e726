"""While a command waits, a full disk is said in a sentence, once, and that it has room again too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from community.core.disk import MEGABYTE
from community.core.messages import Message, translator
from palabre_cli.disk_words import DiskWords, saying_disk

SENTENCE = translator("en", [])
LEAST = 100 * MEGABYTE


def words_for(free: list[int | None]) -> list[str]:
    """Return what is said over looks that find so much room."""
    said: list[Message] = []
    left = iter(free)
    words = DiskWords(Path("/d"), LEAST, said.append, lambda _folder: next(left))
    for _ in free:
        words.look()
    return [SENTENCE(message) for message in said]


NEARLY = "The disk is nearly full (50 MB left in /d): make room before it stops what is under way."
FULL = "The disk is full (3 MB left in /d): make room, and what is waiting goes on by itself."
AGAIN = "The disk has room again (500 MB): it goes on."


@pytest.mark.parametrize(
    ("megabytes", "said"),
    [
        ([500, 500], []),
        ([50, 50, 50], [NEARLY]),
        ([500, 50, 3, 3, 500], [NEARLY, FULL, AGAIN]),
        ([3], [FULL]),
        ([None, 500], []),
    ],
)
def test_each_change_is_said_once(megabytes: list[int | None], said: list[str]) -> None:
    assert words_for([None if m is None else m * MEGABYTE for m in megabytes]) == said


async def test_it_is_said_while_something_goes_on_and_not_afterwards() -> None:
    said: list[Message] = []
    words = DiskWords(Path("/d"), LEAST, said.append, lambda _folder: 3 * MEGABYTE)
    async with saying_disk(words):
        await asyncio.sleep(0)
        assert [SENTENCE(message) for message in said] == [FULL]
    assert len(asyncio.all_tasks()) == 1
