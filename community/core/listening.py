"""Where a process answers a monitoring system."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ListeningAddress:
    """An address and a port; port 0 is any that is free.

    In a container the address is that of all its networks (0.0.0.0): the monitoring system is in another container.
    """

    port: int
    host: str = LOOPBACK


def loopback(port: int | None) -> ListeningAddress | None:
    """Return a port of this computer alone; None where there is no port."""
    return None if port is None else ListeningAddress(port)
