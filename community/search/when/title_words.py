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


def names_nothing(best: SaidIn) -> bool:
    """Whether an adjective that says how often stands between parts of the time alone: “due monthly on Monday”."""
    rules = [part for part in best.parts if isinstance(part.said, RuleSaid) and part.said.is_adjective]
    return any(not _is_beside_word(best, part) for part in rules)


def _is_beside_word(best: SaidIn, part: WhenPart) -> bool:
    beside = [at for at in (part.first - 1, part.end) if 0 <= at < len(best.tokens)]
    return any(best.tokens[at].is_word and at not in best.used for at in beside)


def _is_apart(best: SaidIn, part: WhenPart) -> bool:
    """Whether no other part stands straight beside a part, and a word before or behind it that is none of the time."""
    inside = {at for each in best.parts if each is not part for at in range(each.first, each.end)}
    return inside.isdisjoint((part.first - 1, part.end)) and _is_beside_word(best, part)


def _is_of_what_is_due(best: SaidIn, part: WhenPart) -> bool:
    """Whether an adjective stands between a word and what says by when: “rapport mensuel d'ici le 15 janvier”."""
    is_behind_word = part.first > 0 and part.first - 1 not in best.used
    return is_behind_word and any(
        each.first == part.end and isinstance(each.said, DueSaid | UntilSaid) for each in best.parts
    )
