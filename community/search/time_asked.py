"""Whether a question asks for a time: no contact answers that, but for the hours in which a desk is open. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from community.search.calendar_words import spotted

_EARLY = 2
"""Before this position “when” begins a question."""


def asks_opening_hours(said: Sequence[str]) -> bool:
    """Whether some words ask when something opens or closes: “when does the school meals office open?”."""
    found = spotted(said)
    return found.has("opening") and found.has("when", "clock", "lasts") and not found.kinds


def asks_when(said: Sequence[str]) -> bool:
    """Whether some words begin with asking when something is, or how long it is until then."""
    found = spotted(said)
    at = found.at("when", "left")
    return bool(at) and min(at) < _EARLY and not found.has("opening")
