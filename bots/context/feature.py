"""The contract of a feature. To add one, make a folder with a `Feature` in it and one line in the registry.

For each message the router asks the handlers of all features in the order of their `Precedence`, and sends the first
reply. One whose `Trigger` says that the message cannot be for it is not asked at all. A handler that is asked first
loads what it needs to know (`load`, the only part that waits for anything), then answers from that alone (`handle`): so
what is answered depends on values only, and is tested without a homeserver.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from community.core.messages import Message, Translator, msg

if TYPE_CHECKING:
    from bots.context.background import Background, Services
    from bots.context.effects import EffectType
    from bots.context.execution import KeptData
    from bots.context.knowledge import Knowledge
    from bots.context.message import MessageContext, OverheardMessage, ReactionContext, Reply, Unnumbered
    from bots.context.sources import Sources
    from bots.encryption import RoomView
    from community.description.model import Community
    from community.description.person import Person
    from community.jobs.job import Job
    from community.jobs.requested import PersonRequest

C = TypeVar("C")
R = TypeVar("R")
Q = TypeVar("Q", bound="PersonRequest")


NOT_ANSWERED = msg(
    "Something went wrong on my side, and I could not answer you. Please try again. If it happens again, tell the "
    "coordinators."
)


class Precedence(IntEnum):
    """When a handler is asked; those of the same precedence in the order of the registry."""

    COMMAND = 1
    """What is recognised by its words, or goes on with something that was begun with such words."""
    FOLLOW_UP = 2
    """What only the conversation gives a meaning to, such as “more”."""
    PHRASE = 3
    """What is said in a few fixed words, such as a greeting."""
    QUESTION = 4
    """What has to be searched for."""
    FALLBACK = 5
    """What is said where nothing else was found."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a message has that may be for a handler: at least one of these. It is looked at before anything is loaded.

    ``starts``: its words begin with one of these sequences; ``contains``: one of these words is among them
    (`community.core.words.words`). ``is_empty``: it has no words. ``has_draft``: something is kept for its sender in
    the conversation (`MessageContext.draft`). ``awaits``: the key of what the bot waits for (`MessageContext.awaited`).
    ``has_number``: one of its words is a number, as in “yes 12”. ``recognises`` says so of any message.
    ``needs_shown``: the handler is given what the bot's last answer showed (`MessageContext.shown`).
    """

    starts: frozenset[tuple[str, ...]] = frozenset()
    contains: frozenset[str] = frozenset()
    is_empty: bool = False
    has_draft: bool = False
    awaits: str | None = None
    has_number: bool = False
    recognises: Callable[[MessageContext], bool] | None = None
    needs_shown: bool = False

    def lets_by(self, context: MessageContext, said: Sequence[str]) -> bool:
        """Whether a message has anything of this. ``said`` are its words."""
        return (
            (self.is_empty and not said)
            or (self.has_draft and context.draft is not None)
            or any(each.key == self.awaits for each in context.awaited)
            or not self.contains.isdisjoint(said)
            or any(tuple(said[: len(start)]) == start for start in self.starts)
            or (self.has_number and any(map(str.isdecimal, said)))
            or (self.recognises is not None and self.recognises(context))
        )


class Handler(ABC, Generic[C, R]):
    """Answers one kind of input ``C`` from the records ``R``.

    ``trigger`` says of a message whether the handler is asked; None: it is asked of every input. It must not miss what
    `handle` would answer.
    """

    trigger: Trigger | None = None

    @abstractmethod
    async def load(self, context: C, sources: Sources) -> R:
        """Return what `handle` needs to know. Raises PalabreError."""

    @abstractmethod
    def handle(self, context: C, records: R) -> Reply | Unnumbered | None:
        """Return the reply, None where the input is not for this feature. Nothing is read or done here.

        A reply that asks for “yes” and a number is finished once the store has given the number.
        """

    def concerns(self, context: C, records: R) -> bool:
        """Whether the input is for this feature, whoever it is from."""
        return self.handle(context, records) is not None

    async def decided(self, context: C, records: R, reply: Reply | None, sources: Sources) -> None:
        """Clear up what was kept for this input, once `handle` has returned ``reply``. Raises PalabreError.

        Only for people whose identity is pinned. The same input may come again after a crash.
        """


class PlainHandler(Handler[C, None]):
    """A handler that needs no records."""

    async def load(self, context: C, sources: Sources) -> None:
        """Read nothing."""

    def handle(self, context: C, records: None) -> Reply | Unnumbered | None:  # noqa: ARG002 - there are none
        """Return the reply, None where the input is not for this feature."""
        return self.answer(context)

    @abstractmethod
    def answer(self, context: C) -> Reply | Unnumbered | None:
        """Return the reply, None where the input is not for this feature. Nothing is read or done here."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A reaction that belongs to a feature, which can do nothing with it."""


class ReactionHandler(ABC, Generic[R]):
    """Answers reactions to the bot's own messages."""

    @abstractmethod
    async def load(self, context: ReactionContext, sources: Sources) -> R:
        """Return what `handle` needs to know. Raises PalabreError."""

    @abstractmethod
    def handle(
        self, context: ReactionContext, records: R
    ) -> Reply | Unnumbered | MessageContext | Ignored | None:
        """Return the reply, or the message that the reaction stands for; None where it is not for this feature."""


class FeatureHandlers:
    """The handlers of one feature, made once for the process. A feature overrides what it has use for."""

    @property
    def messages(self) -> Sequence[tuple[Precedence, Handler[MessageContext, Any]]]:
        """The handlers of messages to the bot."""
        return ()

    @property
    def reactions(self) -> ReactionHandler[Any] | None:
        """The handler of reactions."""
        return None

    @property
    def overheard(self) -> Handler[OverheardMessage, Any] | None:
        """The handler of messages that refer to an earlier one or have a number; it is asked before all others."""
        return None

    def use(self, knowledge: Knowledge) -> None:
        """Answer from ``knowledge`` from now on."""

    def interrupted(self, context: MessageContext) -> None:
        """Take note that another feature has answered in this conversation."""

    def forget(self, user_id: str) -> None:
        """Forget what is remembered of somebody in memory."""

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what is remembered of the words of a message in memory (`bots.context.kept_texts`)."""

    def forget_old(self, now: datetime) -> None:
        """Forget the words that are remembered for too long."""


class Addressees(Protocol):
    """Who may be shown what waits for people, and where they read it."""

    @property
    def community(self) -> Community:
        """The community as it is described."""
        ...

    @property
    def people(self) -> Mapping[str, Person]:
        """The active people by Matrix ID."""
        ...

    @property
    def coordinators(self) -> RoomView | None:
        """The coordinators' room; None where there is none that the bot is in, or others read it too."""
        ...

    @property
    def coordinating_roles(self) -> frozenset[str]:
        """The keys of the roles that speak for the coordinators."""
        ...

    @property
    def translator(self) -> Translator:
        """The translator into the coordinators' language."""
        ...

    @property
    def knowledge(self) -> Knowledge:
        """What is known now."""
        ...

    def direct(self, user_id: str) -> RoomView | None:
        """Return the direct message with a person."""
        ...

    def is_changed(self, user_id: str) -> bool:
        """Whether somebody's identity is another than the pinned one."""
        ...

    def now(self) -> datetime:
        """Return the time."""
        ...


Post: TypeAlias = "tuple[RoomView | None, Reply]"
"""A room, None where there is none yet, and what is posted there."""


@dataclass(frozen=True, slots=True)
class RequestType(Generic[Q]):
    """A kind of jobs that people answer in the chat, and how one is shown to them.

    Such a job holds people's own words: it is deleted when its person asks to be forgotten.
    """

    kind: type[Q]
    posts: Callable[[Job, Q, Addressees], Iterable[Post]]


@dataclass(frozen=True, slots=True)
class HelpLines:
    """Lines of help: what one can ask, and what one can have done. Each begins with what to write, in quotes."""

    questions: tuple[Message, ...] = ()
    commands: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What the handlers of a feature are made with: what is known then, and the lines of help of all features."""

    knowledge: Knowledge
    help_lines: Callable[[], HelpLines]


def no_handlers(_setting: Setting) -> FeatureHandlers:
    """Return the handlers of a feature that answers no messages."""
    return FeatureHandlers()


@dataclass(frozen=True, slots=True)
class Feature:
    """One capability of the bot.

    ``key`` names it and its folder. ``handlers`` makes what it answers with. ``guarded``: it is only for people whose
    identity is pinned; what is not guarded is answered to everybody, as to a stranger where the identity is in doubt.
    ``effects`` are all effects that its replies have. ``requests`` are what people answer in the chat.
    ``personal_data``: what it keeps about people, if anything. ``apology`` is what somebody is told whose message or
    reaction it could not answer because of a mistake of ours. ``background`` makes what it does by itself.
    ``changes_posts``: whether a reply to what the bot has posted asks for a change of that, so that it is for the bot.
    ``is_for_former``: it answers former members too, in a direct message.
    """

    key: str
    handlers: Callable[[Setting], FeatureHandlers] = no_handlers
    guarded: bool = True
    is_for_former: bool = False
    effects: tuple[EffectType[Any], ...] = ()
    requests: tuple[RequestType[Any], ...] = ()
    help: HelpLines = HelpLines()
    personal_data: KeptData | None = None
    apology: Message = NOT_ANSWERED
    background: Callable[[Services], Background] | None = None
    changes_posts: Callable[[str], bool] | None = None


def help_of(features: Sequence[Feature]) -> HelpLines:
    """Return the lines of help of all features: those that are asked last come first."""
    lines = [feature.help for feature in reversed(features)]
    return HelpLines(
        tuple(line for each in lines for line in each.questions),
        tuple(line for each in lines for line in each.commands),
    )
