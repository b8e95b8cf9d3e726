"""What can go wrong where pages are served."""

from __future__ import annotations

from community.core.errors import PalabreError
from community.core.messages import msg


class WebPortTaken(PalabreError):
    """Something else listens where the pages should be."""

    def __init__(self, port: int) -> None:
        super().__init__(
            msg("Port {port}, where the pages should be, is taken by another program.", port=port),
            msg("Stop that one, or choose another port with --port."),
        )
