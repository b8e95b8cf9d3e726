"""What a feed of the calendar is of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeedKind = Literal["community", "theme", "cohort", "city", "role", "person"]


@dataclass(frozen=True, slots=True)
class FeedSubject:
    """What a feed is of.

    ``key`` is that of the theme, cohort, city or role, a person's user name, the community's own.
    """

    kind: FeedKind
    key: str
