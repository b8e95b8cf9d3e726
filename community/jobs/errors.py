"""The errors by which a handler says what becomes of a job that it could not carry out.

The reason is stored in the job: it must have no secret and no words of a message. Any other `PalabreError` counts as
temporary; after any other exception, a bug of ours, the job is tried a few times (`community.jobs.backoff.verdict`).
"""

from __future__ import annotations

from datetime import timedelta


class JobError(Exception):
    """A job was not done; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TemporaryError(JobError):
    """The cause is temporary: the job is tried again, after a longer delay each time."""


class PermanentError(JobError):
    """The cause is permanent: the job has failed and is not tried again."""


class NotYet(JobError):
    """The job cannot be carried out yet, without any error: it is tried again after a while."""

    def __init__(self, reason: str, after: timedelta) -> None:
        super().__init__(reason)
        self.after = after
