"""What every kind of job says of itself, in one class: its name, its payload and codec, its rules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Self

from community.jobs.job import Job, NewJob


class Erasure(StrEnum):
    """What becomes of the jobs by, for or about somebody who is forgotten."""

    DELETED = "deleted"
    """They hold the person's own words."""
    KEPT = "kept"
    """They run the community, and hold no more of the person than Matrix IDs and names."""


@dataclass(frozen=True)
class JobPayload(ABC):
    """What a job is about. A subclass is a kind of job; its fields are texts, or it has a codec of its own."""

    KIND: ClassVar[str]
    """The kind's name in the table."""
    REOPENED: ClassVar[bool] = False
    """Whether it is filed anew where the same one is done: what was done has been undone since."""
    ERASURE: ClassVar[Erasure]
    KEPT_FOR: ClassVar[timedelta | None] = None
    """How long one that has ended is kept, None for ever: as long as the same thing must not be done again.

    Nothing (``timedelta(0)``): it is deleted as it ends.
    """
    ENTRIES: ClassVar[frozenset[str]] = frozenset()
    """Parts of the payload with directory entries as JSON: the person gets them without how others are reached."""
    UNTOLD: ClassVar[frozenset[str]] = frozenset()
    """Parts of the payload that the person does not get with what the store has about them."""

    @property
    @abstractmethod
    def idempotency_key(self) -> str:
        """What makes it the same job, whoever files it and how often; it begins with the kind."""

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says.

        Raises:
            LookupError, ValueError, TypeError: another Palabre has written it, or somebody who is none.
        """
        return cls(**{field.name: payload[field.name] for field in fields(cls)})

    @classmethod
    def read(cls, job: Job) -> Self | None:
        """Return what a job says, None where that is nothing: whoever can write to the database can write anything."""
        try:
            return cls.decoded(job.payload)
        except (LookupError, ValueError, TypeError):
            return None

    @classmethod
    def each(cls, jobs: Iterable[Job]) -> Iterator[tuple[Job, Self]]:
        """Give those of ``jobs`` that say something, with what they say."""
        for job in jobs:
            said = cls.read(job)
            if said is not None:
                yield job, said

    @classmethod
    def dropped(cls, payload: Mapping[str, str]) -> Collection[str]:  # noqa: ARG003 - for those that drop some
        """Return the parts of a stored payload that nobody needs once the job has ended, such as somebody's words."""
        return ()

    def new_job(self) -> NewJob:
        """Return the job that is filed for it."""
        return NewJob(self.KIND, self.encoded(), self.idempotency_key, self.REOPENED)
