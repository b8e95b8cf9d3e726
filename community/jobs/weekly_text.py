"""The sentences of the weekly line: that all is well, or what is not, and what to do first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from community.core.messages import Message, msg


class Concern(StrEnum):
    """What may not be well. Its name is that of the value in the notice, which is how many, as text."""

    DISK = "disk"
    DRIFT = "drift"
    ACCOUNTS = "accounts"
    BOT_MISSING = "bot-missing"
    LOOKS = "looks"
    WAITING = "waiting"
    FAILED = "failed"
    BACKUP = "backup"


def weekly_sentences(values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the sentences, one for each paragraph; ``values`` has the concerns there are."""
    found = [concern for concern in Concern if concern in values]
    if not found:
        return (msg("This week's look at the network: all is well."),)
    return (
        msg("This week's look at the network: not all is well."),
        *(_said(concern, values[concern]) for concern in found),
        msg("Please tell the person who runs the server."),
    )


def _said(concern: Concern, count: str) -> Message:
    match concern:
        case Concern.DISK:
            return msg("The server's disk is nearly full. Make room.")
        case Concern.DRIFT:
            return msg("Changes of the description that wait: {count}. Run “palabre plan”.", count=count)
        case Concern.ACCOUNTS:
            return msg("Accounts with a fault: {count}. Run “palabre doctor”.", count=count)
        case Concern.BOT_MISSING:
            return msg("Rooms where I am missing: {count}. Run “palabre apply”.", count=count)
        case Concern.LOOKS:
            return msg("The server cannot be compared with the description. Run “palabre plan”.")
        case Concern.WAITING:
            return msg("Some work is not getting done. Run “palabre doctor”.")
        case Concern.FAILED:
            return msg("Tasks that have failed this week: {count}. Run “palabre doctor”.", count=count)
        case Concern.BACKUP:
            return msg("Days since the last backup: {count}. Run “palabre backup”.", count=count)
        case _:
            assert_never(concern)
