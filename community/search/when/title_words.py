"""Which words of a time stay in the title of what is planned too. Pure."""

from __future__ import annotations

from community.search.when.left_over import SaidIn
from community.search.when.when_parts import (
    ClockRange,
    ClockSaid,
    DueSaid,
    MomentRange,
    PartSaid,
    RuleSaid,
    UntilSaid,
    WhenPart,
)

_TIMES = (ClockSaid, ClockRange, MomentRange)


def kept_in_title(best: SaidIn) -> frozenset[int]:
    """Return the tokens that say a part of the time, but name what is planned too: “weekly report”, “morning brief”."""
    kept: set[int] = set()
    for part in best.parts:
        is_rule = isinstance(part.said, RuleSaid) and part.said.is_adjective
        is_part = isinstance(part.said, PartSaid) and best.says(*_TIMES)
        if ((is_rule or is_part) and _is_apart(best, part)) or (is_rule and _is_of_what_is_due(best, part)):
            kept.update(range(part.first, part.end))
    return frozenset(kept)


def _is_apart(best: SaidIn, part: WhenPart) -> bool:
    """Whether no other part stands straight beside a part, and a word before or behind it that is none of the time."""
    inside = {at for each in best.parts if each is not part for at in range(each.first, each.end)}
    beside = [at for at in (part.first - 1, part.end) if 0 <= at < len(best.tokens)]
    return inside.isdisjoint(beside) and any(best.tokens[at].is_word and at not in best.used for at in beside)


def _is_of_what_is_due(best: SaidIn, part: WhenPart) -> bool:
    """Whether an adjective stands between a word and what says by when: “rapport mensuel d'ici le 15 janvier”."""
    is_behind_word = part.first > 0 and part.first - 1 not in best.used
    return is_behind_word and any(
        each.first == part.end and isinstance(each.said, DueSaid | UntilSaid) for each in best.parts
    )
