"""How a job that could not be carried out ends its turn. The reason is kept in the job: no secret, nobody's words.

Any other explained error (`community.core.errors.PalabreError`) is taken as one that passes by itself; a mistake of
ours is tried again a few times (`community.jobs.backoff.verdict`).
"""

from __future__ import annotations

from datetime import timedelta


class JobError(Exception):
    """A job was not done; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TemporaryError(JobError):
    """It passes by itself: the job is tried again, later each time."""


class PermanentError(JobError):
    """Trying again is of no use: the job has failed."""


class NotYet(JobError):
    """What it needs is not there, and nothing went wrong: it is looked at again after a while."""

    def __init__(self, reason: str, after: timedelta) -> None:
        super().__init__(reason)
        self.after = after
