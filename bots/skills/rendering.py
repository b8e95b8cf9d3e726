"""Cards put together as one reply. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bots.skill import Reply
from community.core.plain_text import direction_mark
from community.directory.lines import Line

LARGEST = 30_000
"""Bytes of a reply's two bodies as JSON. Encrypted they grow by a third, and an event has at most 65,536 (spec, "Size
limits"), of which other servers' clients and a quotation of it need their part."""


def reply_of(
    head: Sequence[str], cards: Sequence[Sequence[Line]], tail: Sequence[str], language: str = "en"
) -> Reply:
    """Return a reply of sentences, cards, sentences; each line in the direction of ``language``."""
    blocks = (*([Line(said)] for said in head), *cards, *([Line(said)] for said in tail))
    text = "\n\n".join("\n".join(_plain(line, language) for line in block) for block in blocks)
    html = "".join(
        f"<p>{'<br>'.join(_html(line, language) for line in block if not line.plain_only)}</p>"
        for block in blocks
    )
    return Reply(text, html)


def size(reply: Reply) -> int:
    """Return how many bytes its two bodies are as JSON, in which every letter beyond ASCII is written as six."""
    return len(json.dumps([reply.text, reply.html]))


def fitting(cards: Sequence[Sequence[Line]], limit: int = LARGEST) -> list[Sequence[Line]]:
    """Return as many of the first cards as fit into ``limit`` bytes, at least one: that one shortened if need be.

    A card keeps its first line, which names it, and its last, which says how fresh it is.
    """
    kept = list(cards)
    while len(kept) > 1 and size(reply_of([], kept, [])) > limit:
        kept.pop()
    if kept:
        kept[0] = _shortened(kept[0], limit)
    return kept


def _shortened(card: Sequence[Line], limit: int) -> Sequence[Line]:
    lines = list(card)
    while len(lines) > 2 and size(reply_of([], [lines], [])) > limit:
        longest = max(range(1, len(lines) - 1), key=lambda number: len(lines[number].html()))
        del lines[longest]
    return lines


def _plain(line: Line, language: str) -> str:
    plain = line.plain()
    return direction_mark(plain, language) + plain


def _html(line: Line, language: str) -> str:
    return direction_mark(line.plain(), language) + line.html()
