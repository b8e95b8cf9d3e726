"""How many examples Hypothesis draws where each costs much."""

from __future__ import annotations

from hypothesis import settings


def some_of(all_of_them: int) -> int:
    """Return how many of so many examples are drawn: a quarter, but all with ``palabre test --soak``."""
    return all_of_them // 4 if settings.get_current_profile_name() == "palabre" else all_of_them
