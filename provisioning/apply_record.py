"""What the store keeps of applies: which description was applied last, and how far.

A description counts as applied once each of its changes was tried. What the homeserver has refused is left in the plan;
it is asked for again like every other change, and not tried unasked at each start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.description.model import Description
from community.storage import AppliedCommunity, Store
from provisioning.plan import Plan

_APPLIED = "applied/"
"""Begins the name of the mark that says when a description was applied; its digest follows."""
_BEGUN = "begun/"
"""The same, of when it was begun to apply a description: from then on every process goes by it."""
_AGREED = "much-added/"
"""The same, of a description of which somebody has agreed that it adds much."""


@dataclass(frozen=True)
class ApplyRecord:
    """The record of applies. ``digest`` is that of the description at hand."""

    store: Store
    digest: str

    async def has_any(self) -> bool:
        """Whether any description was applied."""
        return await self.store.marks.latest(_APPLIED) is not None

    async def is_latest(self) -> bool:
        """Whether this description was applied last."""
        return await self.store.marks.latest(_APPLIED) == _APPLIED + self.digest

    async def begin(self, at: datetime) -> None:
        """Note that this description is being applied."""
        await self.store.marks.note(_BEGUN + self.digest, at)

    async def begun(self) -> str | None:
        """Return the digest of the description that was begun to be applied last; None: that was an older version."""
        name = await self.store.marks.latest(_BEGUN)
        return None if name is None else name.removeprefix(_BEGUN)

    async def is_whole(self) -> bool:
        """Whether each change of the description that every process goes by was tried."""
        begun = await self.begun()
        if begun is None:
            return await self.is_latest()
        return await self.store.marks.latest(_APPLIED) == _APPLIED + begun

    async def note_earlier(self, at: datetime) -> None:
        """Note of a description that an older version has applied that it was begun: its digest stays known so."""
        if await self.begun() is None and await self.is_latest():
            await self.begin(at)

    async def is_begun(self) -> bool:
        """Whether the first apply was broken off: it is remembered what was to be made, and not all was tried."""
        return isinstance(await self.store.applied.latest(), AppliedCommunity) and not await self.has_any()

    async def is_only_to_be_noted(self, made: Plan, description: Description) -> bool:
        """Whether the plan ``made`` changes nothing, and its ``description`` is known to have been applied last.

        So it is after an update from a version that did not keep what it had applied, but the digest of it.
        """
        if made.changes or made.adopted or made.excess is not None or not await self.is_latest():
            return False
        is_kept = await self.store.applied.latest() is not None
        return not is_kept and not (await self.store.entries.preview(description)).writes

    async def note(self, at: datetime) -> None:
        """Note that this description was applied: each of its changes was tried."""
        await self.store.marks.note(_APPLIED + self.digest, at)

    async def may_add_much(self) -> bool:
        """Whether this description may add much without being asked: the first one, and one that was agreed to."""
        return not await self.has_any() or self.digest in await self.store.marks.names(_AGREED)

    async def agree(self, at: datetime) -> None:
        """Note that somebody has agreed to all that this description adds."""
        await self.store.marks.note(_AGREED + self.digest, at)
