"""What `palabre doctor` says of the bot's crypto store: that it was put back from a copy, that it was damaged. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from community.core.doctor import Finding, State
from community.core.messages import msg, nmsg


def crypto_findings(counts: Mapping[str, int]) -> Iterator[Finding]:
    """Yield the findings for what the running bot has counted."""
    if counts.get("store_put_back"):
        yield Finding(
            "put back",
            State.WARNING,
            msg("The bot's keys were put back from an older copy; it has made new ones."),
            msg("If nobody of you has put a copy back, look who could write to the data folder."),
        )
    if counts.get("records_unreadable"):
        yield Finding(
            "crypto records",
            State.WARNING,
            nmsg(
                "{count} record of the bot's crypto folder was damaged; it is made anew.",
                "{count} records of the bot's crypto folder were damaged; they are made anew.",
                count=counts["records_unreadable"],
            ),
            msg("Look whether the disk is sound. The people concerned may have to send a message again."),
        )
