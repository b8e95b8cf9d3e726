"""Logging for the features. Answering from files logs nothing: so the library is imported when something is logged."""

from __future__ import annotations


def warn(event: str, **values: object) -> None:
    """Log a warning with names and numbers, never with what somebody has said."""
    import structlog  # noqa: PLC0415 - see above

    structlog.get_logger().warning(event, **values)
