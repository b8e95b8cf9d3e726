"""Cards put together as one reply. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bots.skill import Reply
from community.asking.cards import Line


def reply_of(head: Sequence[str], cards: Sequence[Sequence[Line]], tail: Sequence[str]) -> Reply:
    """Return a reply of sentences, cards, sentences."""
    text = "\n\n".join([*head, *("\n".join(line.plain() for line in card) for card in cards), *tail])

    shown = ["<br>".join(line.html() for line in card) for card in cards]
    html = "".join(f"<p>{part}</p>" for part in (*map(escape, head), *shown, *map(escape, tail)))
    return Reply(text, html)
