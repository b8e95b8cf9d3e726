"""What a feed of the calendar is of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeedKind = Literal["community", "theme", "cohort", "city", "person"]


@dataclass(frozen=True, slots=True)
class FeedSubject:
    """What a feed is of; ``key``: that of the theme, cohort or city, a person's user name, the community's own."""

    kind: FeedKind
    key: str
