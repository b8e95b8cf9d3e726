"""The jobs that people answer: a question passed on, a change that a member proposes, a space that one asks for.

The bot posts each where those read it who can answer; their answer ends the job.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import ClassVar, Self

from community.directory.changes import changes_from_json, changes_to_json
from community.directory.entry import EntryChange
from community.jobs.job import Job
from community.jobs.payload import Erasure, JobPayload

_BY_INVITATION = "invitation/"
"""How the word of such a request begins; the id of an event begins with a dollar sign."""


@dataclass(frozen=True)
class PersonRequest(JobPayload):
    """A request that people answer in the chat. It has the person's own text, so it is deleted with the person."""

    ERASURE: ClassVar[Erasure] = Erasure.DELETED
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=365)

    user_id: str
    """Who asks."""
    number: str
    """By which people name it (`community.storage.numbers`); empty in what an older Palabre has filed."""

    origins: tuple[str, ...] = field(default=(), kw_only=True)
    """The messages that its words are from (`bots.context.kept_texts.origin`)."""

    def number_of(self, job: Job) -> int:
        """Return the number by which people name it; ``job`` is its job, whose id it was once."""
        return int(self.number) if self.number else job.id

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return super().encoded() | {"origins": " ".join(self.origins)}


@dataclass(frozen=True)
class PassedQuestion(PersonRequest):
    """A question in the asker's words, and where the answer goes."""

    KIND: ClassVar[str] = "question"
    SEALED: ClassVar[frozenset[str]] = frozenset({"question"})

    room_id: str
    event_id: str
    thread: str
    """Empty outside threads."""
    conversation: str
    question: str
    language: str
    place: str
    """What the room is called to coordinators, empty for a direct message."""
    word: str
    """The event in which the asker agreed that it is passed on."""

    @property
    def idempotency_key(self) -> str:
        """One for each word of the asker's."""
        return f"{self.KIND}/{self.word}"

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError."""
        texts = {
            field.name: payload[field.name]
            for field in fields(cls)
            if field.name not in ("word", "number", "origins")
        }
        origins = tuple(payload.get("origins", "").split())
        return cls(**texts, word=payload.get("word", ""), number=payload.get("number", ""), origins=origins)

    @classmethod
    def dropped(cls, payload: Mapping[str, str]) -> Collection[str]:  # noqa: ARG003 - always the same
        """The question itself."""
        return ("question",)


@dataclass(frozen=True)
class ProposedChange(PersonRequest):
    """Changes of entries that a member proposes, the cities that they are about, and where the decision is told."""

    KIND: ClassVar[str] = "proposal"
    SEALED: ClassVar[frozenset[str]] = frozenset({"changes"})
    ENTRIES: ClassVar[frozenset[str]] = frozenset({"changes"})

    room_id: str
    event_id: str
    thread: str
    """Empty outside threads."""
    conversation: str
    changes: tuple[EntryChange, ...]
    cities: tuple[str, ...]
    undoes: int | None
    """The number of the change in the history that they take back."""
    word: str
    """The event in which the member proposed them."""

    @property
    def idempotency_key(self) -> str:
        """One for each word of the member's."""
        return f"{self.KIND}/{self.word}"

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return super().encoded() | {
            "changes": changes_to_json(self.changes),
            "cities": " ".join(self.cities),
            "undoes": "" if self.undoes is None else str(self.undoes),
        }

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError, ValueError, TypeError."""
        changes = tuple(changes_from_json(payload["changes"]))
        if not changes:
            raise ValueError("nothing is proposed")
        return cls(
            user_id=payload["user_id"],
            number=payload.get("number", ""),
            room_id=payload["room_id"],
            event_id=payload["event_id"],
            thread=payload["thread"],
            conversation=payload["conversation"],
            changes=changes,
            cities=tuple(payload["cities"].split()),
            undoes=int(payload["undoes"]) if payload["undoes"] else None,
            word=payload.get("word", ""),
            origins=tuple(payload.get("origins", "").split()),
        )

    @classmethod
    def dropped(cls, payload: Mapping[str, str]) -> Collection[str]:  # noqa: ARG003 - always the same
        """What was proposed: what was accepted is in the history."""
        return ("changes",)


def word_of_invitation(invitation: int, user_id: str, theme: str) -> str:
    """Return what stands for somebody's word where the invitation of that number has named the theme."""
    return f"{_BY_INVITATION}{invitation}/{user_id}/{theme}"


@dataclass(frozen=True)
class SpaceRequest(PersonRequest):
    """That a member would like to take a theme up, which others decide. It has no words of theirs but the theme."""

    KIND: ClassVar[str] = "space-request"

    theme: str
    """Its key."""
    word: str
    """The event in which they asked, or agreed; of an invitation that names the theme `word_of_invitation`."""

    @property
    def idempotency_key(self) -> str:
        """One for each word of the member's."""
        return f"{self.KIND}/{self.word}"

    @property
    def is_invited(self) -> bool:
        """Whether it was the invitation by which they came that has named the theme."""
        return self.word.startswith(_BY_INVITATION)

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError."""
        texts = {field.name: payload[field.name] for field in fields(cls) if field.name != "origins"}
        return cls(**texts, origins=tuple(payload["origins"].split()))
