"""The handler of keepers' requests to remove somebody from a safe room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.message import MessageContext, Reply, Unnumbered
from bots.context.numbered import confirmed_number
from bots.context.sources import Sources
from bots.features.removal.dialogue import RemovalDialogue, SafePlace
from bots.features.removal.effects import RemovalWish
from bots.features.removal.wishes import WISHES
from bots.features.removal.words import VERBS
from community.description.rooms import safe_space
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class RemovalRecords:
    """The safe rooms with who is in them, and the names of all active people by Matrix ID.

    ``waiting`` is the request that the sender was asked to confirm.
    """

    places: Sequence[SafePlace]
    people: Mapping[UserId, str]
    waiting: RemovalWish | None


class RemovalHandler(Handler[MessageContext, RemovalRecords]):
    """Answers the keepers of safe rooms."""

    trigger = Trigger(contains=VERBS, awaits=WISHES.awaited)

    def __init__(self, dialogue: RemovalDialogue) -> None:
        self._dialogue = dialogue

    async def load(self, context: MessageContext, sources: Sources) -> RemovalRecords:
        """Return the safe rooms and the people as they are now."""
        spaces = sources.rooms.spaces()
        gates = [(safe, spaces.get(safe_space(safe.key))) for safe in sources.safe_rooms.current]
        places = [
            SafePlace(safe, None if gate is None else frozenset(gate.members) - sources.rooms.own)
            for safe, gate in gates
        ]
        people = {UserId(person.user_id): person.name for person in sources.people.values()}
        return RemovalRecords(places, people, WISHES.waiting(context))

    def concerns(self, context: MessageContext, records: RemovalRecords) -> bool:
        """Whether the message is such a request, whether or not its sender may make it."""
        return self._dialogue.is_meant(context, records.places, records.people)

    def handle(self, context: MessageContext, records: RemovalRecords) -> Reply | Unnumbered | None:
        """Return the reply to such a request, or to what confirms it; None for anything else."""
        return self._dialogue.answer(context, records.places, records.people, records.waiting)

    async def decided(
        self, context: MessageContext, records: RemovalRecords, reply: Reply | None, sources: Sources
    ) -> None:
        """Delete a waiting request after any message that does not confirm it; a wrong number is no other message.

        A confirmed request is deleted by its effect: until that is done, this message may be processed again.
        """
        if records.waiting is None or confirmed_number(context.text) is not None:
            return
        if reply is None or not reply.effects:
            await WISHES.drop(sources.store.drafts, context.person.user_id)


class RemovalHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = RemovalHandler(RemovalDialogue(setting.knowledge.translators))

    @property
    def messages(self) -> Sequence[tuple[Precedence, RemovalHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)
