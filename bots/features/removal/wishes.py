"""Requests for a removal that wait for the keeper's confirmation."""

from __future__ import annotations

from bots.context.waiting_wishes import WaitingWishes
from bots.features.removal.effects import RemovalWish

WISHES = WaitingWishes(RemovalWish, "safe-removal", "removal_wish_unreadable")
