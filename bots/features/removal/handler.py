"""Connects the removal of people from safe rooms to the router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting
from bots.context.message import MessageContext, Reply
from bots.context.sources import Sources
from bots.features.removal.skill import RemovalSkill, SafePlace
from community.description.rooms import safe_space
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class RemovalRecords:
    """The safe rooms with who is in them, and the names of all active people by Matrix ID."""

    places: Sequence[SafePlace]
    people: Mapping[UserId, str]


class RemovalHandler(Handler[MessageContext, RemovalRecords]):
    """Answers the keepers of safe rooms."""

    def __init__(self, skill: RemovalSkill) -> None:
        self._skill = skill

    async def load(self, context: MessageContext, sources: Sources) -> RemovalRecords:  # noqa: ARG002
        """Return the safe rooms and the people as they are now."""
        spaces = sources.rooms.spaces()
        gates = [(safe, spaces.get(safe_space(safe.key))) for safe in sources.safe_rooms.current]
        places = [
            SafePlace(safe, None if gate is None else frozenset(gate.members) - sources.rooms.own)
            for safe, gate in gates
        ]
        people = {UserId(person.user_id): person.name for person in sources.people.values()}
        return RemovalRecords(places, people)

    def concerns(self, context: MessageContext, records: RemovalRecords) -> bool:
        """Whether somebody wants a person taken out of a safe room, whoever may do so."""
        return self._skill.is_meant(context, records.places, records.people)

    def handle(self, context: MessageContext, records: RemovalRecords) -> Reply | None:
        """Return the reply to such a request, or to the word that confirms it; None for anything else."""
        found = self._skill.answer(context, records.places, records.people)
        return None if found is None else replace(found.reply, effects=found.effects, language=found.language)


class RemovalHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = RemovalHandler(RemovalSkill(setting.knowledge.translators))

    @property
    def messages(self) -> Sequence[tuple[Precedence, RemovalHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)
