"""How often something may be asked from one address, however many addresses there are."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from datetime import datetime

_ROWS = 10_000
"""Addresses that are counted at a time: of more, the ones that asked last."""
_TOLERANCE = 1e-3
"""Seconds within which moments are not told apart."""
_NETWORK_BITS = 64
"""Of an IPv6 address, what whoever asks cannot change by themselves."""


class AddressLimit:
    """Allows each name ``most`` requests at once, and then ``each_second``; forgets those that asked longest ago."""

    def __init__(self, most: int, each_second: float, rows: int = _ROWS) -> None:
        self._most, self._each_second, self._rows = most, each_second, rows
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, name: str, now: datetime) -> int:
        """Count a request; return 0 where it is allowed, else the whole seconds until another one is."""
        moment = now.timestamp()
        full_at = max(self._full_at.pop(name, moment), moment)
        after = full_at + 1 / self._each_second
        too_soon = after - moment - self._most / self._each_second
        # What is refused does not count, so that waiting helps.
        self._full_at[name] = after if too_soon <= _TOLERANCE else full_at
        if len(self._full_at) > self._rows:
            self._full_at.popitem(last=False)
        return 0 if too_soon <= _TOLERANCE else math.ceil(too_soon)


def counted_as(address: str) -> str:
    """Return under which name an IP address is counted: of IPv6 its network; whatever is none, as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:50]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, _NETWORK_BITS), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
