"""Descriptions to test with: the example, and the small network of tests/data/small, changed by figures.

Both are examples (``example: true``): their people have accounts as soon as they are described.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from community.core.messages import Message
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.load import load_description
from community.description.model import Community, Description
from community.description.settings import Settings
from provisioning.plan import Plan
from provisioning.plan_notes import example_notes

DATA = Path(__file__).parent.parent / "data"
SMALL = DATA / "small"
SETTINGS = Settings()


@cache
def read(config: Path) -> Description:
    """Return the description in a folder that nobody changes: it is read once in a process."""
    return load_description(config)


def example() -> Description:
    """Return the example's description."""
    return read(DATA.parent.parent / "config")


def small(**parts: Any) -> Description:
    """Return the small network; ``parts`` stand in place of top-level parts of its community.yaml."""
    description = read(SMALL)
    return Description(changed(description.community, parts), description.directory, description.calendar)


def described(directory: Directory, calendar: Calendar | None = None, **parts: Any) -> Description:
    """Return the small network, changed by ``parts``, with another directory, and another calendar or none."""
    return Description(small(**parts).community, directory, calendar or Calendar(version=1))


def changed(community: Community, parts: Mapping[str, Any]) -> Community:
    """Return ``community`` with ``parts``, as read from YAML, in place of its own, checked again."""
    written = community.model_dump(mode="json", by_alias=True)
    return Community.model_validate({**written, **parts})


def notes_of(made: Plan) -> tuple[Message, ...]:
    """Return the notes of a plan, but for the one that is in every plan of an example."""
    usual = set(map(str, example_notes(small().community)))
    return tuple(note for note in made.notes if str(note) not in usual)
