"""The registered features over the directory as it is now, and the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bots.context.alone import MOST_READERS, alone
from bots.context.effects import EffectTypes
from bots.context.feature import (
    Feature,
    FeatureHandlers,
    HelpLines,
    Ignored,
    PlainHandler,
    Setting,
    help_of,
)
from bots.context.knowledge import Knowledge, translators_of
from bots.context.message import MessageContext, OverheardMessage, ReactionContext, Reply, Unnumbered
from bots.context.personal_data import kept_by
from bots.context.registered_handlers import RegisteredHandler, in_order
from bots.context.shown_dates import SpokenOf
from community.agenda.calendar_index import CalendarIndex
from community.core.messages import Translator
from community.core.words import words
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory, Visible
from community.description.model import Community
from community.directory.entry import Entry, EntryKind, directory_entries
from community.directory.naming import KnownEntries
from community.search.examples import examples
from community.search.index import index_of
from community.search.lexicon import lexicon_of

if TYPE_CHECKING:
    import asyncio

    from bots.context.background import Background, Services
    from bots.context.sources import Sources
    from community.storage import Store


P = ParamSpec("P")
T = TypeVar("T")


class FeatureFailed(Exception):
    """A handler of ``feature`` has ended with ``error``; what that says may quote somebody."""

    def __init__(self, feature: Feature, error: Exception) -> None:
        super().__init__(feature.key)
        self.feature = feature
        self.error = error


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
        self._community, self._server_name, self._catalogues = community, server_name, catalogues
        self._lexicon = lexicon_of(community)
        self._revision = 0
        self._readers, self._writer = Semaphore(MOST_READERS), Lock()
        self._handlers: list[tuple[Feature, FeatureHandlers]] = []
        self.use(Directory(version=1))
        setting = Setting(self.knowledge, help_lines or partial(help_of, features))
        self._handlers += [(feature, feature.handlers(setting)) for feature in features]
        self._messages = in_order(self._handlers)
        self._guarded = [each for each in self._messages if each.feature.guarded]
        self._former = [each for each in self._messages if each.feature.is_for_former]
        self._public = [each for each in self._messages if not each.feature.guarded]
        self.request_types = tuple(each for feature in features for each in feature.requests)
        self.effect_types = EffectTypes(each for feature in features for each in feature.effects)
        self._features, self._spoken_of = features, SpokenOf()
        self.personal_data = kept_by(features)

    @cached_property
    def _refreshing(self) -> asyncio.Lock:
        # Imported here because whoever answers from files waits for nothing.
        import asyncio  # noqa: PLC0415

        return asyncio.Lock()

    def background(self, services: Services) -> Background:
        """Return what the features do by themselves."""
        # Imported here because whoever answers from files does nothing by itself.
        from bots.context.background import Background  # noqa: PLC0415

        return Background.of_all(f.background(services) for f in self._features if f.background is not None)

    def translator(self, languages: Sequence[str]) -> Translator:
        """Return the translator into the first of ``languages`` that the bot speaks, else into its own first."""
        return self.knowledge.translator(languages)

    async def refresh(self, store: Store, community: Community | None = None) -> None:
        """Take in what has changed of the directory; all of it the first time, and with another ``community``."""
        async with self._refreshing:
            since = self._revision if community is None else 0
            news = None if since == 0 else await store.entries.changed_since(since)
            if news is None:
                # What changes between the two is taken in next time; one look at a time: none is taken in late.
                self._revision = await store.entries.revision()
                directory, calendar = await store.entries.directory(), await store.entries.calendar()
                await _in_thread(self.use, directory, community, calendar)
            elif news[0] != self._revision:
                self._revision, changes = news
                self.take(changes, await store.entries.visible())

    def use(
        self, directory: Directory, community: Community | None = None, calendar: Calendar | None = None
    ) -> None:
        """Answer from ``directory`` and ``calendar`` from now on, and by another ``community``."""
        lexicon = self._lexicon if community is None else lexicon_of(community)
        there = community or self._community
        index, known = index_of(there, directory), KnownEntries.of(directory, calendar)
        dates = CalendarIndex.of(there, calendar)
        with alone(self._readers, self._writer):
            self._community, self._lexicon, self._index = there, lexicon, index
            self._translators = translators_of(there, self._catalogues)
            self._known, self._visible, self._calendar = known, directory.visible, dates
            self._examples = lambda translate: examples(there, directory_entries(known), translate)
            self._make()

    def take(self, changes: Iterable[tuple[EntryKind, str, Entry | None]], visible: Visible) -> None:
        """Take in entries as they are now (None: gone), and who may see which field, without a rebuild."""
        with alone(self._readers, self._writer):
            for kind, key, entry in changes:
                self._known.take(kind, key, entry)
                self._index.take(kind, key, entry)
                self._calendar.take(kind, key, entry)
            if visible != self._visible:
                self._visible = visible
                self._make()

    # --- messages -------------------------------------------------------------------------------------------

    async def answered(
        self, context: MessageContext, sources: Sources, *, is_former: bool = False
    ) -> Reply | None:
        """Return the first reply to a message from a person whose identity is pinned, None where no handler has one.

        ``is_former``: from the features alone that are for former members too. Raises FeatureFailed: a handler could
        not load what it needs, or has a mistake.
        """
        asked: list[tuple[RegisteredHandler, MessageContext, Any]] = []
        reply = None
        for each in self._asked(context, self._former if is_former else self._messages):
            trigger = each.handler.trigger
            given = self._spoken_of.known(context) if trigger is not None and trigger.needs_shown else context
            with _failures_of(each.feature):
                records = await each.handler.load(given, sources)
                found = await _in_thread(self._handle, each, given, records)
                reply = await self._numbered(found, sources)
            asked.append((each, given, records))
            if reply is not None:
                break
        for number, (each, given, records) in enumerate(asked, 1):
            with _failures_of(each.feature):
                its_own = reply if number == len(asked) else None
                await each.handler.decided(given, records, its_own, sources)
        self._spoken_of.note(context, reply)
        return reply

    async def answered_publicly(self, stranger: MessageContext, sources: Sources) -> Reply | None:
        """Return the first reply from the features that everybody may use, None where no handler has one.

        Raises:
            FeatureFailed: a handler could not load what it needs, or has a mistake.
        """
        for each in self._asked(stranger, self._public):
            with _failures_of(each.feature):
                records = await each.handler.load(stranger, sources)
                found = await _in_thread(self._handle, each, stranger, records)
                reply = await self._numbered(found, sources)
            if reply is not None:
                return reply
        return None

    async def concerns_guarded(self, context: MessageContext, sources: Sources) -> bool:
        """Whether a message is for a feature that only serves people whose identity is pinned.

        Raises:
            FeatureFailed: a handler could not load what it needs, or has a mistake.
        """
        for each in self._asked(context, self._guarded):
            with _failures_of(each.feature):
                records = await each.handler.load(context, sources)
                if await _in_thread(self._reading, each.handler.concerns, context, records):
                    return True
        return False

    def answer(self, context: MessageContext, number: int = 1) -> Reply:
        """Return the reply to a question, from the features that everybody may use and that read no records.

        ``number`` is for a reply that asks for one.

        Raises:
            LookupError: no feature has a reply.
        """
        plain = [each for each in self._public if isinstance(each.handler, PlainHandler)]
        for each in self._asked(context, plain):
            reply = self._handle(each, context, None)
            if reply is not None:
                return reply.finish(number) if isinstance(reply, Unnumbered) else reply
        raise LookupError("no feature replies")

    def _asked(
        self, context: MessageContext, handlers: Iterable[RegisteredHandler]
    ) -> Iterator[RegisteredHandler]:
        """Give those handlers in turn that a message may be for."""
        said = words(context.text)
        triggers = ((each, each.handler.trigger) for each in handlers)
        return (each for each, trigger in triggers if trigger is None or trigger.lets_by(context, said))

    def _handle(
        self, each: RegisteredHandler, context: MessageContext, records: object
    ) -> Reply | Unnumbered | None:
        # No search in an index that is changing. Each person has one message at a time (`bots.backlog`).
        with self._readers:
            reply: Reply | Unnumbered | None = each.handler.handle(context, records)
            if reply is not None:
                self._interrupt(context, but=each.owner)
        return reply

    def _reading(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._readers:
            return function(*args, **kwargs)

    async def _numbered(self, found: T | Unnumbered, sources: Sources) -> T | Reply:
        """Return a reply that asks for a number with the next one of the store's, any other as it is."""
        if not isinstance(found, Unnumbered):
            return found
        return await _in_thread(self._reading, found.finish, await sources.store.numbers.take())

    def _interrupt(self, context: MessageContext, but: FeatureHandlers) -> None:
        """Tell the other features that something else was said in a conversation."""
        for _feature, handlers in self._handlers:
            if handlers is not but:
                handlers.interrupted(context)

    # --- what is no message to the bot ------------------------------------------------------------------------

    async def overheard(self, context: OverheardMessage, sources: Sources) -> Reply | None:
        """Return the reply to a message that is perhaps not to the bot, None where it is for no feature.

        Raises:
            FeatureFailed: a handler could not load what it needs, or has a mistake.
        """
        for feature, handlers in self._handlers:
            handler = handlers.overheard
            if handler is None:
                continue
            with _failures_of(feature):
                found = handler.handle(context, await handler.load(context, sources))
                reply = await self._numbered(found, sources)
            if reply is not None:
                return reply
        return None

    async def react(
        self, context: ReactionContext, sources: Sources
    ) -> Reply | MessageContext | Ignored | None:
        """Return what the first feature makes of a reaction, None where it is for none.

        Raises:
            FeatureFailed: a handler could not load what it needs, or has a mistake.
        """
        for feature, handlers in self._handlers:
            handler = handlers.reactions
            if handler is None:
                continue
            with _failures_of(feature):
                records = await handler.load(context, sources)
                found = await _in_thread(self._reading, handler.handle, context, records)
                result = await self._numbered(found, sources)
            if result is not None:
                self._spoken_of.note(context.where, result if isinstance(result, Reply) else None)
                return result
        return None

    def changes_posts(self, text: str) -> bool:
        """Whether a text asks for a change of what the bot has posted."""
        return any(each.changes_posts(text) for each in self._features if each.changes_posts is not None)

    def forget(self, user_id: str) -> None:
        """Forget what is remembered of the conversations with somebody."""
        self._spoken_of.forget(user_id)
        for _feature, handlers in self._handlers:
            handlers.forget(user_id)

    def forget_message(self, origin: str, now: datetime) -> None:
        """Forget what is remembered of the words of a message."""
        self._spoken_of.forget_message(origin, now)
        for _feature, handlers in self._handlers:
            handlers.forget_message(origin, now)

    def forget_old(self, now: datetime) -> None:
        """Forget the words that are remembered for too long."""
        self._spoken_of.forget_old(now)
        for _feature, handlers in self._handlers:
            handlers.forget_old(now)

    def _make(self) -> None:
        """Have the features answer from what is known now."""
        self.knowledge = Knowledge(
            self._community,
            self._community.member,
            self._lexicon,
            self._index,
            self._known,
            self._translators,
            self._server_name,
            self._visible,
            self._calendar,
            self._examples,
        )
        for _feature, handlers in self._handlers:
            handlers.use(self.knowledge)


@contextmanager
def _failures_of(feature: Feature) -> Iterator[None]:
    """Say of what goes wrong within which feature's it is."""
    try:
        yield
    except Exception as error:
        raise FeatureFailed(feature, error) from error


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``function`` returns, called in a thread: a question over a large directory takes milliseconds."""
    # Imported here because whoever answers from files has no event loop.
    import asyncio  # noqa: PLC0415

    return await asyncio.to_thread(function, *args, **kwargs)
