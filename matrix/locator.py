"""How a room says what it is, and how we know that it may say so.

A managed room carries two marks. Its **origin** stands in the ``creation_content`` of ``m.room.create``, which
nobody can change afterwards: the community's id and the key the room was made for. Its **locator** is the state
event ``org.palabre.room`` with what the room is now. Anybody can put a locator into a room of their own, so it is
read only in a room that is *ours*: made by our provisioner, with our community's id in its origin.

State events are not encrypted, so neither mark holds personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matrix.ids import UserId

LOCATOR_TYPE = "org.palabre.room"
ORIGIN_COMMUNITY = "org.palabre.community"
ORIGIN_KEY = "org.palabre.key"


@dataclass(frozen=True, slots=True)
class Origin:
    """What the creator wrote into ``creation_content``; fixed for the room's life."""

    community: str
    key: str

    def creation_content(self) -> dict[str, str]:
        """Return the keys to merge into createRoom's ``creation_content``."""
        return {ORIGIN_COMMUNITY: self.community, ORIGIN_KEY: self.key}


@dataclass(frozen=True, slots=True)
class Locator:
    """What a room of ours is: the content of ``org.palabre.room`` (state key empty).

    ``kind`` is ``space`` or ``room``; ``theme``, ``cohort`` and ``city`` are keys of the description where the room
    belongs to one. ``archived``: it is no longer described; nothing is said in it any more. ``safe``: no account of
    the server's own stays in it.
    """

    key: str
    kind: str
    theme: str | None = None
    cohort: str | None = None
    city: str | None = None
    archived: bool = False
    safe: bool = False

    def content(self) -> dict[str, str | bool]:
        """Return the state event's content; absent parts are left out."""
        parts = {
            "key": self.key,
            "kind": self.kind,
            "theme": self.theme,
            "cohort": self.cohort,
            "city": self.city,
        }
        content: dict[str, str | bool] = {name: value for name, value in parts.items() if value is not None}
        marks = {"archived": self.archived, "safe": self.safe}
        return {**content, **{name: True for name, is_so in marks.items() if is_so}}


def origin_if_ours(
    create_sender: str, create_content: Mapping[str, object], *, provisioner: UserId, community: str
) -> Origin | None:
    """Return the room's origin if the room is ours, else None.

    ``create_sender`` and ``create_content`` are those of the room's ``m.room.create`` as the homeserver gives
    it. Nothing else in the room counts, whatever it claims.
    """
    key = create_content.get(ORIGIN_KEY)
    if create_sender != provisioner or create_content.get(ORIGIN_COMMUNITY) != community:
        return None
    return Origin(community, key) if isinstance(key, str) and key else None


def read_locator(content: Mapping[str, object]) -> Locator | None:
    """Return the locator in ``content``, or None where it is not one (wrong types, no key).

    Call it only for a room that `origin_if_ours` accepted.
    """
    key, kind = content.get("key"), content.get("kind")
    if not isinstance(key, str) or not key or not isinstance(kind, str) or kind not in ("space", "room"):
        return None

    def part(name: str) -> str | None:
        value = content.get(name)
        return value if isinstance(value, str) else None

    archived, safe = content.get("archived") is True, content.get("safe") is True
    return Locator(key, kind, part("theme"), part("cohort"), part("city"), archived, safe)
