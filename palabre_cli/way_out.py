"""Whether this process reaches other machines than those of its own networks, by Linux's routing tables.

A container whose networks are all internal has no route to anywhere else: what it cannot reach says nothing then.
"""

from __future__ import annotations

from pathlib import Path

_IPV4, _IPV6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
_ANYWHERE = ("0" * 8, "0" * 32)
_LOOPBACK = "lo"


def is_cut_off(ipv4: Path = _IPV4, ipv6: Path = _IPV6) -> bool:
    """Whether there is no route to anywhere; False where nothing says so, as on other systems than Linux."""
    try:
        tables = [path.read_text().splitlines() for path in (ipv4, ipv6) if path.exists()]
    except OSError:
        return False
    return bool(tables) and not any(_leads_out(line.split()) for lines in tables for line in lines)


def _leads_out(fields: list[str]) -> bool:
    """Whether a line of a table is a default route: IPv4's begins with the interface, IPv6's ends with it."""
    return _LOOPBACK not in (fields[0], fields[-1]) and (
        fields[1] == _ANYWHERE[0] or fields[0] == _ANYWHERE[1]
    )
