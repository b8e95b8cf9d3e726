"""The skills over the directory as it is now."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from bots.skill import Asked, Reply, Skill
from bots.skills.conversations import Conversations
from bots.skills.directory import Before, DirectorySkill, Knowledge
from bots.skills.help import HelpSkill, examples
from community.asking.index import Index, index_of
from community.asking.lexicon import lexicon_of
from community.messages import CHAT_LANGUAGES, translator
from community.model import Community, Directory, Visible
from community.store import Store


class SkillSet:
    """Takes in the store's directory as it changes, and asks the skills. It may be asked from several threads.

    ``visible`` is what the description says of every contact's fields; the store keeps none of it.
    """

    def __init__(
        self,
        community: Community,
        server_name: str,
        catalogues: tuple[Path, ...],
        *,
        visible: Visible | None = None,
    ) -> None:
        self._community = community
        self._server_name = server_name
        self._visible = visible or {}
        self._translators = {language: translator(language, catalogues) for language in CHAT_LANGUAGES}
        self._members = {member.username: member for member in community.members}
        self._lexicon = lexicon_of(community)
        self._conversations: Conversations[Before] = Conversations()
        self._revision = -1
        self._lock = Lock()
        self.use(Directory(version=1))

    async def refresh(self, store: Store) -> None:
        """Take in the directory, where it has changed."""
        revision = await store.entries.revision()
        if revision != self._revision:
            self.use(await store.entries.directory())
            self._revision = revision

    def use(self, directory: Directory) -> None:
        """Answer from ``directory`` from now on."""
        self._take(index_of(self._community, directory), directory)

    def answer(self, asked: Asked) -> Reply:
        """Return the first skill's reply, or say that nothing was understood."""
        with (
            self._lock
        ):  # one conversation's words in their order, and no search in an index that is changing
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

    def interrupted(self, asked: Asked) -> None:
        """Take note that something else answers: a “yes” that follows means that, and no earlier offer."""
        with self._lock:
            self._directory.interrupted(asked)

    def forget(self, user_id: str) -> None:
        """Forget what was said to somebody."""
        with self._lock:
            self._conversations.forget_person(user_id)

    def _take(self, index: Index, directory: Directory) -> None:
        knowledge = Knowledge(
            self._community,
            self._members,
            self._lexicon,
            index,
            self._translators,
            self._server_name,
            {**self._visible, **directory.visible},
        )
        asked = {
            language: examples(self._community, directory, translate)
            for language, translate in self._translators.items()
        }
        with self._lock:
            self._help = HelpSkill(self._translators, asked)
            self._directory = DirectorySkill(knowledge, self._conversations)
            self._skills: tuple[Skill, ...] = (self._help, self._directory)
