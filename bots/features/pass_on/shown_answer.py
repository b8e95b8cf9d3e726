"""Shows a coordinator's answer: to its writer before it is brought, and to the asker, in the same words. Pure."""

from __future__ import annotations

from html import escape

from bots.context.incoming import LONGEST_ANSWER
from bots.context.message import Reply
from bots.context.reply_text import LARGEST, size
from community.core.plain_text import clean

_LENGTHS = (LONGEST_ANSWER, 10_000, 5000, 2000, 1000, 500)
"""Longest lengths of a coordinator's answer in characters, tried in turn until it fits into one event."""


def shown_answer(head: str, answer: str, tail: str = "") -> Reply:
    """Return a heading, a quoted answer, which is shortened where an event could not hold it, and a last sentence."""
    replies = (_quoted(head, answer, tail, most) for most in _LENGTHS)
    fitting = next((reply for reply in replies if size(reply) <= LARGEST), None)
    return _quoted(head, answer, tail, _LENGTHS[-1]) if fitting is None else fitting


def _quoted(head: str, answer: str, tail: str, most: int) -> Reply:
    shown = answer if len(answer) <= most else f"{answer[: most - 1].rstrip()}…"
    lines = [clean(line, longest=most) for line in shown.splitlines() if line.strip()]
    last = f"<p>{escape(tail)}</p>" if tail else ""
    return Reply(
        "\n\n".join([head, "\n".join(lines), *([tail] if tail else [])]),
        f"<p>{escape(head)}</p><blockquote>{'<br>'.join(map(escape, lines))}</blockquote>{last}",
    )
