"""All that is kept about a person, in the store's own tables and by the features: given to them, or taken out.

For whoever asks the bot, and for `palabre person`, which does it for those who cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bots.context.execution import KeptData
    from bots.context.feature import Feature
    from community.storage import Forgotten, Store


def kept_by(features: Iterable[Feature]) -> dict[str, KeptData]:
    """Return what features keep about people, by the feature's key."""
    return {each.key: each.personal_data for each in features if each.personal_data is not None}


async def all_about(
    store: Store, kept: Mapping[str, KeptData], user_id: str, username: str, *, answering: str | None = None
) -> dict[str, object]:
    """Return all that there is about a person, what a feature keeps under its key; ``answering``: see `Store.about`.

    Raises:
        StoreError: the database failed.
    """
    about = await store.about(user_id, username, answering=answering)
    return about | {key: await data.export(store, user_id) for key, data in kept.items()}


async def forget_all(
    store: Store,
    kept: Mapping[str, KeptData],
    user_id: str,
    username: str,
    replacement: str,
    *,
    at: datetime,
    answering: str | None = None,
) -> Forgotten:
    """Take a person out of the store and of what features keep; ``replacement``, ``answering``: see `Store.forget`.

    Broken off, it may be done again.

    Raises:
        StoreError: the database failed.
    """
    forgotten = await store.forget(user_id, username, replacement, answering=answering)
    for data in kept.values():
        await data.erase(store, user_id, at)
    if kept:
        await store.empty_log()
    return forgotten
