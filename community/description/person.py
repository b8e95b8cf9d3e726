"""A person of the community, as the other floors know them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """An active member. ``user_id`` is the full Matrix ID; ``themes`` and ``languages`` are keys and codes."""

    user_id: str
    username: str
    name: str
    role: str
    city: str | None
    themes: tuple[str, ...]
    languages: tuple[str, ...]
