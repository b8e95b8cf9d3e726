"""Checks what a room, a rule of who belongs to it, or an audience names of the community. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from community.description.calendar_model import Audience
from community.description.faults import Fault, known
from community.description.model import Community, RoomSpec, Who
from community.description.yaml_text import Path


def check_parts(
    file: str, path: Path, narrowed: RoomSpec | Who | Audience, community: Community
) -> Iterator[Fault]:
    """Yield the faults in its themes, cohorts, cities and roles: each exists, and is listed once."""
    yield from known(file, (*path, "themes"), narrowed.themes, community.theme, "theme")
    yield from known(file, (*path, "cohorts"), narrowed.cohorts, community.cohort, "cohort")
    yield from known(file, (*path, "cities"), narrowed.cities, community.city, "city")
    yield from known(file, (*path, "roles"), narrowed.roles, community.role, "role")
