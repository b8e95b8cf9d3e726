"""Time zones, from the pinned package tzdata alone. This module is the only one that imports `zoneinfo`.

`zoneinfo` prefers the zone files of the operating system, which may be years older: Morocco has been on UTC+0 since
20 September 2026, and where the system does not know it, everything there is an hour off. The search path is therefore
emptied before the first zone is made. That holds for Babel and dateutil in the same process too.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

zoneinfo.reset_tzpath(())

__all__ = ["PINNED", "RELEASED", "ZoneInfo", "country_zones", "existing", "zone_names"]

PINNED = "2026.6"
"""The version of tzdata that constraints.txt names."""
RELEASED = date(2026, 10, 28)
"""When it came out: the package does not say so itself."""


def existing(moment: datetime) -> datetime:
    """Return an aware datetime as one whose local time exists: what the clocks skip is moved forward (PEP 495)."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA zone name known here."""
    return frozenset(zoneinfo.available_timezones())


@cache
def country_zones() -> Mapping[str, tuple[str, ...]]:
    """Return the zones of each country, by its code (ISO 3166), as the package tzdata lists them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _coordinates, name = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), name)
    return found
