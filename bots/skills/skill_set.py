"""The skills over the directory as it is now."""

from __future__ import annotations

from pathlib import Path

from bots.skill import Asked, Reply, Skill
from bots.skills.directory import DirectorySkill
from bots.skills.help import HelpSkill
from community.asking.index import index_of
from community.asking.lexicon import lexicon_of
from community.messages import CHAT_LANGUAGES, translator
from community.model import Community, Directory
from community.store import Store

EXAMPLES = {
    "en": (
        "Who is the point of contact for waste in Kigali?",
        "resources on land registries",
        "projects in Lagos",
    ),
    "fr": (
        "Qui contacter pour la mobilité à Bamako ?",
        "des ressources sur le cadastre",
        "les projets de Niamey",
    ),
    "pt": (
        "Quem é o contacto para resíduos em Matola?",
        "recursos sobre o cadastro",
        "projetos em Lagos",
    ),
    "ar": (
        "من المسؤول عن النفايات في بنزرت؟",
        "موارد عن السجل العقاري",
        "مشاريع في نواكشوط",
    ),
}


class SkillSet:
    """Rebuilds the skills when the store's directory has changed."""

    def __init__(self, community: Community, server_name: str, catalogues: tuple[Path, ...]) -> None:
        self._community = community
        self._server_name = server_name
        self._translators = {language: translator(language, catalogues) for language in CHAT_LANGUAGES}
        self._lexicon = lexicon_of(community)
        self._help = HelpSkill(self._translators, EXAMPLES)
        self._skills: tuple[Skill, ...] = (self._help,)
        self._revision = -1

    async def refresh(self, store: Store) -> None:
        """Take in the directory, where it has changed."""
        revision = await store.entries.revision()
        if revision != self._revision:
            self.use(await store.entries.directory())
            self._revision = revision

    def use(self, directory: Directory) -> None:
        """Answer from ``directory`` from now on."""
        index = index_of(self._community, directory)
        about = DirectorySkill(self._community, self._lexicon, index, self._translators, self._server_name)
        self._skills = (self._help, about)

    def answer(self, asked: Asked) -> Reply:
        """Return the first skill's reply, or say that nothing was understood."""
        for skill in self._skills:
            reply = skill.answer(asked)
            if reply is not None:
                return reply
        return self._help.not_understood(asked)
