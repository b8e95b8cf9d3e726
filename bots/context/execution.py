"""What the core gives to the functions that carry effects out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bots.context.knowledge import Knowledge
from bots.context.message import Address, Reply
from community.core.messages import Message, Translator
from community.description.person import Person

if TYPE_CHECKING:
    from bots.encryption import RoomView
    from community.jobs.job import Job
    from community.storage import Store


class Media(Protocol):
    """The homeserver's media repository."""

    async def upload_media(self, content: bytes) -> str:
        """Upload bytes and return their mxc URI. Raises MatrixError."""
        ...


class IdentityPins(Protocol):
    """The pinned identities of people."""

    def is_changed(self, user_id: str) -> bool:
        """Whether somebody's identity is another than the pinned one."""
        ...

    async def refresh(self) -> None:
        """Read the pins again from the store. Raises StoreError."""
        ...


class Escalations(Protocol):
    """Posts requests to the people who have to answer them."""

    @property
    def coordinators(self) -> RoomView | None:
        """The coordinators' room; None where there is none that the bot is in, or others read it too."""
        ...

    @property
    def translator(self) -> Translator:
        """The translator into the coordinators' language."""
        ...

    async def post(self) -> None:
        """Post the requests that wait and have not been posted. Raises PalabreError."""
        ...

    async def tell_coordinators(self, key: str, message: Message) -> None:
        """Post a message to the coordinators, once for each ``key``. Raises PalabreError."""
        ...

    async def shown(self, job: Job) -> list[tuple[str, str, str | None]]:
        """Return where a job was shown: room, event, and whose direct message it is. Raises StoreError."""
        ...

    def place(self, room_id: str) -> str:
        """Return what a room of the community is called; empty for a direct message."""
        ...


class Sender(Protocol):
    """Sends replies."""

    async def bring(self, key: str, to: Address, reply: Reply, *, origins: Collection[str] = ()) -> bool:
        """Send a reply to somebody else than the sender, once for each ``key``.

        ``origins`` are the messages that its words are from: it is withdrawn where one of them is deleted.
        Returns whether they can read it there. Raises MatrixError where the homeserver does not answer.
        """
        ...

    async def rewrite(self, key: str, room_id: str, event_id: str, reply: Reply) -> None:
        """Edit a message of ours, once for each ``key``. Raises NotEncrypted or MatrixError."""
        ...


class DirectoryAnswers(Protocol):
    """What is answered from the directory."""

    @property
    def knowledge(self) -> Knowledge:
        """What is known now."""
        ...

    async def refresh(self, store: Store) -> None:
        """Take in what has changed of the directory. Raises StoreError."""
        ...

    def forget(self, user_id: str) -> None:
        """Forget what is remembered of the conversations with somebody."""
        ...


class KeptData(Protocol):
    """What a feature keeps about people outside of the store's own tables of people."""

    async def export(self, store: Store, user_id: str) -> object:
        """Return what is kept about somebody, as values that JSON has. Raises StoreError."""
        ...

    async def erase(self, store: Store, user_id: str, at: datetime) -> None:
        """Delete what is kept about somebody. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """The parts of the bot that effects are carried out with.

    ``people`` are the active ones by Matrix ID. ``personal_data`` is what features keep about people, by feature.
    While ``is_clock_believed`` does not hold, nothing counts as too old.
    """

    store: Store
    media: Media
    people: Mapping[str, Person]
    identities: IdentityPins
    escalations: Escalations
    sender: Sender
    answers: DirectoryAnswers
    personal_data: Mapping[str, KeptData] = field(default_factory=dict)
    is_clock_believed: Callable[[], bool] = lambda: True

    def translator(self, languages: Sequence[str]) -> Translator:
        """Return the translator into the first of ``languages`` that the bot speaks, else into its own first."""
        return self.answers.knowledge.translator(languages)

    def username(self, user_id: str) -> str:
        """Return somebody's user name: as described, or from their Matrix ID where they are active no more."""
        person = self.people.get(user_id)
        return user_id[1:].partition(":")[0] if person is None else person.username
