"""What `palabre doctor` says of jobs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from community.core.doctor import Finding, State
from community.core.messages import msg, nmsg

SHOWN_FOR = timedelta(days=7)
"""How long a job that has failed is shown."""


def job_findings(failures: Mapping[str, int]) -> Iterator[Finding]:
    """Yield a finding for each kind of job with permanent failures, with their number."""
    if not failures:
        return
    yield Finding(
        "jobs",
        State.WARNING,
        nmsg(
            "{count} job has failed in the last seven days: {kinds}.",
            "{count} jobs have failed in the last seven days: {kinds}.",
            count=sum(failures.values()),
            kinds=", ".join(f"{kind} ({count})" for kind, count in sorted(failures.items())),
        ),
        msg("They are not tried again. Look in logs/bots.log and logs/serve.log for the reason of each."),
    )
