"""The skills over the directory as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from bots.skill import Asked, Reply, Skill
from bots.skills.conversations import Conversations
from bots.skills.directory import Before, DirectorySkill, Knowledge
from bots.skills.editing import Draft, EditingSkill, Records, Turn
from bots.skills.help import HelpSkill, examples
from bots.skills.identity import IdentitySkill
from bots.skills.privacy import PrivacySkill
from bots.skills.removal import RemovalSkill
from community.core.messages import CHAT_LANGUAGES, Translator, translator
from community.description.model import Community, Directory, Visible
from community.directory.entry import Entry, EntryKind
from community.directory.naming import Known
from community.search.index import index_of
from community.search.lexicon import lexicon_of

if TYPE_CHECKING:
    import asyncio

    from community.storage import Store


class SkillSet:
    """Takes in the store's directory as it changes, and asks the skills. It may be asked from several threads."""

    def __init__(self, community: Community, server_name: str, catalogues: tuple[Path, ...]) -> None:
        self._community = community
        self._server_name = server_name
        self._translators = {language: translator(language, catalogues) for language in CHAT_LANGUAGES}
        self._members = {member.username: member for member in community.members}
        self._lexicon = lexicon_of(community)
        self._conversations: Conversations[Before] = Conversations()
        self._revision = 0
        self._lock = Lock()
        self.privacy = PrivacySkill(self._translators)
        self.removal = RemovalSkill(self._translators)
        self.identity = IdentitySkill(self._translators)
        self.use(Directory(version=1))

    def translator(self, languages: Sequence[str]) -> Translator:
        """Return the translator into the first of ``languages`` that the bot speaks, else into its own first."""
        spoken = (self._translators[code] for code in languages if code in self._translators)
        return next(spoken, next(iter(self._translators.values())))

    @cached_property
    def _refreshing(self) -> asyncio.Lock:
        # Imported here because whoever answers from files waits for nothing.
        import asyncio  # noqa: PLC0415

        return asyncio.Lock()

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
        index, known = index_of(self._community, directory), Known.of(directory)
        asked = {
            language: examples(self._community, directory, translate)
            for language, translate in self._translators.items()
        }
        with self._lock:
            self._index, self._known, self._visible = index, known, directory.visible
            self._help = HelpSkill(self._translators, asked)
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

    def answer(self, asked: Asked) -> Reply:
        """Return the first skill's reply, or say that nothing was understood."""
        # One conversation's words in their order, and no search in an index that is changing.
        with self._lock:
            reply = self._directory.continued(asked)
            if reply is not None:
                return reply
            self._directory.interrupted(asked)
            for skill in self._skills:
                reply = skill.answer(asked)
                if reply is not None:
                    return reply
            return self._directory.offering(asked, self._help.not_understood(asked))

    def agreed(self, asked: Asked) -> Reply | None:
        """Return the reply to a reaction ``AGREED``; None where nothing was offered that it could mean."""
        with self._lock:
            return self._directory.continued(asked)

    def edited(self, asked: Asked, draft: Draft | None, records: Records) -> Turn | None:
        """Return the editing skill's turn; None where it was not for it."""
        with self._lock:
            turn = self.editing.hear(asked, draft, records)
            if turn is not None:
                self._directory.interrupted(asked)
            return turn

    def interrupted(self, asked: Asked) -> None:
        """Take note that something else answers: a “yes” that follows means that, and no earlier offer."""
        with self._lock:
            self._directory.interrupted(asked)

    def forget(self, user_id: str) -> None:
        """Forget what was said to somebody."""
        with self._lock:
            self._conversations.forget_person(user_id)

    def _make(self) -> None:
        """Make the skills over what is known now."""
        self.editing = EditingSkill(
            self._community, self._lexicon, self._known, self._translators, self._visible
        )
        knowledge = Knowledge(
            self._community,
            self._members,
            self._lexicon,
            self._index,
            self._translators,
            self._server_name,
            self._visible,
        )
        self._directory = DirectorySkill(knowledge, self._conversations)
        self._skills: tuple[Skill, ...] = (self._help, self._directory)
