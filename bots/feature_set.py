"""The registered features over the directory as it is now, and the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from bots.context.effects import EffectTypes
from bots.context.examples import examples
from bots.context.feature import (
    Feature,
    FeatureHandlers,
    Handler,
    HelpLines,
    Ignored,
    PlainHandler,
    Precedence,
    ReactionHandler,
    Setting,
)
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, OverheardMessage, ReactionContext, Reply
from bots.context.sources import Sources
from bots.context.threads import in_thread
from community.core.messages import CHAT_LANGUAGES, Translator, translator
from community.description.directory_model import Directory, Visible
from community.description.model import Community
from community.directory.entry import Entry, EntryKind
from community.directory.naming import KnownEntries
from community.search.index import index_of
from community.search.lexicon import lexicon_of

if TYPE_CHECKING:
    import asyncio

    from community.storage import Store


@dataclass(frozen=True, slots=True)
class LoadedHandler:
    """A handler of messages with the records that it has loaded for one of them."""

    owner: FeatureHandlers
    is_guarded: bool
    handler: Handler[MessageContext, Any]
    records: Any = None


class FeatureSet:
    """Takes in the store's directory as it changes, and asks the features. It may be asked from several threads."""

    def __init__(
        self,
        community: Community,
        server_name: str,
        catalogues: tuple[Path, ...],
        features: Sequence[Feature],
        help_lines: Callable[[], HelpLines] | None = None,
    ) -> None:
        """``help_lines`` gives the lines of help, if they are not those of ``features``."""
        self._community = community
        self._server_name = server_name
        self._translators = {language: translator(language, catalogues) for language in CHAT_LANGUAGES}
        self._members = {member.username: member for member in community.members}
        self._lexicon = lexicon_of(community)
        self._revision = 0
        self._lock = Lock()
        self._handlers: list[tuple[Feature, FeatureHandlers]] = []
        self.use(Directory(version=1))
        setting = Setting(self.knowledge, help_lines or partial(help_of, features))
        self._handlers += [(feature, feature.handlers(setting)) for feature in features]
        self._messages = _in_order(self._handlers)
        self.request_types = tuple(each for feature in features for each in feature.requests)
        self.effect_types = EffectTypes(each for feature in features for each in feature.effects)
        self.personal_data = {f.key: f.personal_data for f in features if f.personal_data is not None}

    @cached_property
    def _refreshing(self) -> asyncio.Lock:
        # Imported here because whoever answers from files waits for nothing.
        import asyncio  # noqa: PLC0415

        return asyncio.Lock()

    def translator(self, languages: Sequence[str]) -> Translator:
        """Return the translator into the first of ``languages`` that the bot speaks, else into its own first."""
        return self.knowledge.translator(languages)

    async def refresh(self, store: Store) -> None:
        """Take in what has changed of the directory; all of it the first time."""
        # One after another: what was read earlier must not be taken in later.
        async with self._refreshing:
            news = None if self._revision == 0 else await store.entries.changed_since(self._revision)
            if news is None:
                # What changes between the two is taken in next time.
                self._revision = await store.entries.revision()
                self.use(await store.entries.directory())
            elif news[0] != self._revision:
                self._revision, changes = news
                self.take(changes, await store.entries.visible())

    def use(self, directory: Directory) -> None:
        """Answer from ``directory`` from now on."""
        index, known = index_of(self._community, directory), KnownEntries.of(directory)
        with self._lock:
            self._index, self._known, self._visible = index, known, directory.visible
            self._examples = partial(examples, self._community, directory)
            self._make()

    def take(self, changes: Iterable[tuple[EntryKind, str, Entry | None]], visible: Visible) -> None:
        """Take in entries as they are now (None: gone), and who may see which field, without a rebuild."""
        with self._lock:
            for kind, key, entry in changes:
                self._known.take(kind, key, entry)
                if entry is None:
                    self._index.remove((kind, key))
                else:
                    self._index.add(entry)
            if visible != self._visible:
                self._visible = visible
                self._make()

    # --- messages -------------------------------------------------------------------------------------------

    async def load(
        self, context: MessageContext, sources: Sources, *, only_public: bool = False
    ) -> tuple[LoadedHandler, ...]:
        """Return the handlers in their order, each with the records that it needs for a message.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        return tuple(
            [
                replace(each, records=await each.handler.load(context, sources))
                for each in self._messages
                if not (only_public and each.is_guarded)
            ]
        )

    async def answered(
        self, context: MessageContext, loaded: Sequence[LoadedHandler], sources: Sources
    ) -> Reply | None:
        """Return the first reply to a message from a person whose identity is pinned, None where no handler has one.

        Raises:
            PalabreError: the store does not answer.
        """
        # Off the loop: a question over a large directory takes some milliseconds.
        reply, asked = await in_thread(self._first, context, loaded)
        for each in asked:
            its_own = reply if each is asked[-1] else None
            await each.handler.decided(context, each.records, its_own, sources)
        return reply

    def reply(self, context: MessageContext, loaded: Sequence[LoadedHandler]) -> Reply | None:
        """Return the first reply to a message, None where no handler has one."""
        return self._first(context, loaded)[0]

    def _first(
        self, context: MessageContext, loaded: Sequence[LoadedHandler]
    ) -> tuple[Reply | None, Sequence[LoadedHandler]]:
        """Return the first reply, and the handlers that were asked until then."""
        # One message of a conversation after the other, and no search in an index that is changing.
        with self._lock:
            for number, each in enumerate(loaded, 1):
                reply = each.handler.handle(context, each.records)
                if reply is not None:
                    self._interrupt(context, but=each.owner)
                    return reply, loaded[:number]
        return None, loaded

    def concerns_guarded(self, context: MessageContext, loaded: Sequence[LoadedHandler]) -> bool:
        """Whether a message is for a feature that only serves people whose identity is pinned."""
        with self._lock:
            guarded = (each for each in loaded if each.is_guarded)
            return any(each.handler.concerns(context, each.records) for each in guarded)

    def answer(self, context: MessageContext) -> Reply:
        """Return the reply to a question, from the features that everybody may use and that read no records.

        Raises:
            LookupError: no feature has a reply.
        """
        plain = [each for each in self._messages if isinstance(each.handler, PlainHandler)]
        reply = self.reply(context, [each for each in plain if not each.is_guarded])
        if reply is None:
            raise LookupError("no feature replies")
        return reply

    def interrupted(self, context: MessageContext) -> None:
        """Tell the features that something else was said in a conversation."""
        with self._lock:
            self._interrupt(context)

    def _interrupt(self, context: MessageContext, but: FeatureHandlers | None = None) -> None:
        for _feature, handlers in self._handlers:
            if handlers is not but:
                handlers.interrupted(context)

    # --- what is no message to the bot ------------------------------------------------------------------------

    async def overheard(self, context: OverheardMessage, sources: Sources) -> Reply | None:
        """Return the reply to a message that is perhaps not to the bot, None where it is for no feature.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        for _feature, handlers in self._handlers:
            handler = handlers.overheard
            records = None if handler is None else await handler.load(context, sources)
            reply = None if handler is None else handler.handle(context, records)
            if reply is not None:
                return reply
        return None

    async def react(
        self, context: ReactionContext, sources: Sources
    ) -> Reply | MessageContext | Ignored | None:
        """Return what the first feature makes of a reaction, None where it is for none.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        for _feature, handlers in self._handlers:
            handler = handlers.reactions
            if handler is None:
                continue
            records = await handler.load(context, sources)
            result = await in_thread(self._react, handler, context, records)
            if result is not None:
                return result
        return None

    def _react(
        self, handler: ReactionHandler[Any], context: ReactionContext, records: object
    ) -> Reply | MessageContext | Ignored | None:
        with self._lock:
            return handler.handle(context, records)

    def forget(self, user_id: str) -> None:
        """Forget what is remembered of the conversations with somebody."""
        with self._lock:
            for _feature, handlers in self._handlers:
                handlers.forget(user_id)

    def _make(self) -> None:
        """Have the features answer from what is known now."""
        self.knowledge = Knowledge(
            self._community,
            self._members,
            self._lexicon,
            self._index,
            self._known,
            self._translators,
            self._server_name,
            self._visible,
            self._examples,
        )
        for _feature, handlers in self._handlers:
            handlers.use(self.knowledge)


def _in_order(handlers: Iterable[tuple[Feature, FeatureHandlers]]) -> list[LoadedHandler]:
    """Return the handlers of messages by precedence; those of the same one as the registry has them."""
    found: list[tuple[Precedence, LoadedHandler]] = [
        (precedence, LoadedHandler(owner, feature.guarded, handler))
        for feature, owner in handlers
        for precedence, handler in owner.messages
    ]
    return [each for _, each in sorted(found, key=lambda one: one[0])]


def help_of(features: Sequence[Feature]) -> HelpLines:
    """Return the lines of help of all features: those that are asked last come first."""
    lines = [feature.help for feature in reversed(features)]
    return HelpLines(
        tuple(line for each in lines for line in each.questions),
        tuple(line for each in lines for line in each.commands),
    )
