"""The base class of all kinds of job: name, fields, codec, key, and rules for erasure and retention."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from community.jobs.job import Job, NewJob


def moment_of(text: str) -> datetime:
    """Return the moment that a payload has as ISO 8601. Raises ValueError where it is none, or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


class Erasure(StrEnum):
    """What happens to a person's jobs when the person is forgotten."""

    DELETED = "deleted"
    """They hold the person's own words."""
    KEPT = "kept"
    """They run the community, and hold no more of the person than Matrix IDs and names."""


@dataclass(frozen=True)
class JobPayload(ABC):
    """The payload of a job. Each subclass is a kind of job; its fields are texts, or it has its own codec."""

    KIND: ClassVar[str]
    """The kind's name in the table."""
    REOPENED: ClassVar[bool] = False
    """Whether filing it again reopens a job that is done, because its result may have been undone."""
    BEGUN_ONLY: ClassVar[bool] = False
    """Whether whoever files it carries it out, at once or once more after a kill, so that no worker looks for it."""
    ERASURE: ClassVar[Erasure]
    KEPT_FOR: ClassVar[timedelta | None] = None
    """How long an ended job is kept: while it is, the same job is not done again.

    None: for ever. Nothing (``timedelta(0)``): it is deleted as it ends.
    """
    ENTRIES: ClassVar[frozenset[str]] = frozenset()
    """Names of payload fields with directory entries as JSON: an export leaves other people's addresses out."""
    UNTOLD: ClassVar[frozenset[str]] = frozenset()
    """Names of payload fields that an export leaves out."""
    SEALED: ClassVar[frozenset[str]] = frozenset()
    """Names of payload fields with people's words: the store writes them encrypted."""

    MOMENTS: ClassVar[frozenset[str]] = frozenset()
    """Names of payload fields with a moment (ISO 8601, with the offset)."""

    @property
    @abstractmethod
    def idempotency_key(self) -> str:
        """Jobs with the same key are one job, however often they are filed. It begins with the kind."""

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return the payload in stored JSON values.

        Raises:
            LookupError, ValueError, TypeError: it is invalid, or another version of Palabre has written it.
        """
        for name in cls.MOMENTS:
            moment_of(payload[name])
        return cls(**{field.name: payload[field.name] for field in fields(cls)})

    @classmethod
    def read(cls, job: Job) -> Self | None:
        """Return the payload of a job, None if it is invalid."""
        try:
            return cls.decoded(job.payload)
        except (LookupError, ValueError, TypeError):
            return None

    @classmethod
    def each(cls, jobs: Iterable[Job]) -> Iterator[tuple[Job, Self]]:
        """Yield the jobs with a valid payload of this kind, each with it."""
        for job in jobs:
            said = cls.read(job)
            if said is not None:
                yield job, said

    @classmethod
    def dropped(cls, payload: Mapping[str, str]) -> Collection[str]:  # noqa: ARG003 - for those that drop some
        """Return the names of payload fields that are deleted when the job ends, such as a person's text."""
        return ()

    def new_job(self) -> NewJob:
        """Return the job that is filed for it."""
        return NewJob(self.KIND, self.encoded(), self.idempotency_key, self.REOPENED)
