"""What the times of a message are reckoned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from community.core.zones import ZoneInfo
from community.search.when.zone_reader import WhenPlaces


@dataclass(frozen=True, slots=True)
class WhenSetting:
    """``now`` (aware), the ``zone`` of whoever writes (an IANA name), and what must be known of their community."""

    now: datetime
    zone: str
    places: WhenPlaces

    def now_in(self, zone: str) -> datetime:
        """Return what the clocks of a zone show now, without seconds."""
        return self.now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)

    @property
    def today(self) -> date:
        """The day where whoever writes is."""
        return self.now_in(self.zone).date()
