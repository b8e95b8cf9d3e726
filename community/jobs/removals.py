"""Removals from safe rooms that a keeper has asked the bot for: filed by the bot, carried out by the provisioner.

A removal that was carried out is remembered: the description alone does not let the person in again, until somebody
asks for them by name (``palabre plan --again``).
"""

from __future__ import annotations

from datetime import datetime

from community.storage import Store

SAFE_REMOVAL = "safe-removal"
"""The kind of request; its payload: ``room_key``, ``user_id``, ``by`` (Matrix IDs), ``asked`` (an ISO time)."""


async def ask_removal(store: Store, room_key: str, user_id: str, *, by: str, at: datetime) -> bool:
    """Ask the provisioner to take somebody out of a safe room and its space; return False where it was asked already.

    Raises:
        StoreError: the database failed.
    """
    payload = {"room_key": room_key, "user_id": user_id, "by": by, "asked": at.isoformat()}
    key = f"{SAFE_REMOVAL}/{room_key}/{user_id}"
    return await store.jobs.file(SAFE_REMOVAL, payload, idempotency_key=key, at=at, reopen_done=True)
