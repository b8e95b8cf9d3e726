"""The last lines of every plan: notes, the number of changes, the digest for applying it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from community.core.messages import Message, Translator, msg

ChangeSign = Literal["+", "~", "-"]
"""What a change does to its thing: adds it, changes it, removes it."""


def summary_of(signs: Iterable[ChangeSign]) -> Message:
    """Return how many things are added, changed and removed."""
    count = Counter(signs)
    return msg(
        "Plan: {added} to add, {changed} to change, {removed} to remove",
        added=count["+"],
        changed=count["~"],
        removed=count["-"],
    )


def end_lines(
    signs: Sequence[ChangeSign],
    notes: Iterable[Message],
    excess: Message | None,
    digest: str,
    translate: Translator,
) -> Iterator[str]:
    """Give the lines below the changes; ``digest`` is named where there are any changes.

    ``excess`` says how much would be removed, where that is more than is allowed without ``--force``.
    """
    for note in (*notes, *(() if excess is None else (excess,))):
        yield f"! {translate(note)}"
    yield translate(summary_of(signs))
    if signs:
        yield translate(msg("Digest: {digest}", digest=digest))
