"""Shows a coordinator's answer: to its writer before it is brought, and to the asker, in the same words. Pure."""

from __future__ import annotations

from html import escape

from bots.context.incoming import LONGEST_ANSWER
from bots.context.message import Reply
from bots.context.reply_text import LARGEST, size
from community.core.plain_text import clean

_LENGTHS = (LONGEST_ANSWER, 10_000, 5000, 2000, 1000, 500)
"""Longest lengths of a coordinator's answer in characters, tried in turn until it fits into one event."""
_AROUND = 10_000
"""Bytes of an event that are left to what is said before and after an answer."""


def shown_answer(head: str, answer: str, tail: str = "") -> Reply:
    """Return a heading, a quoted answer and a last sentence.

    An answer that an event could not hold is shortened, whatever is said around it at the same place: what is brought
    is what was shown.
    """
    fitting = (most for most in _LENGTHS if size(_quoted("", answer, "", most)) <= LARGEST - _AROUND)
    return _quoted(head, answer, tail, next(fitting, _LENGTHS[-1]))


def _quoted(head: str, answer: str, tail: str, most: int) -> Reply:
    shown = answer if len(answer) <= most else f"{answer[: most - 1].rstrip()}…"
    lines = [clean(line, longest=most) for line in shown.splitlines() if line.strip()]
    last = f"<p>{escape(tail)}</p>" if tail else ""
    return Reply(
        "\n\n".join([head, "\n".join(lines), *([tail] if tail else [])]),
        f"<p>{escape(head)}</p><blockquote>{'<br>'.join(map(escape, lines))}</blockquote>{last}",
    )
