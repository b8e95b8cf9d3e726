"""What `palabre doctor` finds where the calendar's feeds are to be read."""

from __future__ import annotations

from collections.abc import Iterator

from community.core.doctor import Finding, State
from community.core.listening import LOOPBACK
from community.core.messages import msg
from community.description.data_folder import UP_LOCK, DataFolder
from community.feeds.address import HEALTH
from community.feeds.listening import noted_port
from matrix.public_server import PublicAnswer, answer_here

_SERVED = b"OK\n"


def own_feed_findings(data: DataFolder) -> Iterator[Finding]:
    """Look where the `palabre web` of `palabre up` listens, while that runs."""
    port = noted_port(data.web_port)
    if port is not None and data.holder(UP_LOCK) is not None:
        yield feed_finding(f"http://{LOOPBACK}:{port}", answer_here(LOOPBACK, port, HEALTH))


def feed_finding(server: str, answer: PublicAnswer) -> Finding:
    """Return the finding of what was answered at a server's `HEALTH`."""
    if answer.status == 200 and answer.body == _SERVED:
        return Finding(
            "feeds", State.OK, msg("The calendar's feeds are served at {address}.", address=server)
        )
    if answer.status == 503:
        return Finding(
            "feeds",
            State.FAULT,
            msg("The pages at {address} cannot read the calendar's feeds.", address=server),
            msg(
                "The folder that “palabre web --feeds” names must be the one in which “palabre serve” publishes them, "
                "and readable."
            ),
        )
    return Finding(
        "feeds",
        State.WARNING,
        msg("The calendar's feeds are not served at {address}: no telephone can read one.", address=server),
        msg(
            "Run “palabre web --feeds …”, and let the proxy lead /palabre there (docs/operator.md, “Feeds of the "
            "calendar”)."
        ),
    )
