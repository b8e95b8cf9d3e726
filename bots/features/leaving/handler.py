"""The handler of whoever wants to leave the network."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply, Unnumbered
from bots.context.numbered import confirmed_number
from bots.context.sources import Sources
from bots.features.leaving.dialogue import KeptRoom, LeavingDialogue, LeavingRecords
from bots.features.leaving.wishes import LEAVING_WISHES, waiting_wish
from bots.features.leaving.words import LEAVE, asks_for_copy
from community.description.fields import Localized
from community.description.last_ones import last_one
from community.description.membership import rules_of
from community.description.model import Community
from community.description.rooms import safe_space
from community.directory.handing_over import in_the_name_of
from community.jobs.leavings import Leaving, others_going
from community.joining.terms import with_those_there


class LeavingHandler(Handler[MessageContext, LeavingRecords]):
    """Answers whoever wants to leave."""

    trigger = Trigger(
        starts=frozenset(phrase for phrases in LEAVE.values() for phrase in phrases),
        awaits=LEAVING_WISHES.awaited,
    )

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: MessageContext, sources: Sources) -> LeavingRecords:
        """Return what is in the sender's name, and what they alone look after."""
        community = self.knowledge.community
        person, there = context.person, frozenset(one.username for one in sources.people.values())
        going = others_going(person.user_id, await sources.store.jobs.pending(Leaving.KIND))
        last = last_one(community, person.username, there, [to.username for to in going])
        kept = _kept_alone(person.user_id, {to.user_id for to in going}, sources)
        directory, calendar = await sources.store.entries.directory(), await sources.store.entries.calendar()
        return LeavingRecords(
            community,
            with_those_there(community, there).member,
            in_the_name_of(person.username, directory, calendar),
            waiting_wish(context),
            self.knowledge.members.get(person.username),
            kept if last is None or last.room is None else (*kept, KeptRoom(last.room)),
            last is not None and last.room is None,
            alumni_rooms(community),
        )

    def concerns(self, context: MessageContext, records: LeavingRecords) -> bool:
        """Whether the sender wants to leave, or goes on with that."""
        return self.handle(context, records) is not None

    def handle(self, context: MessageContext, records: LeavingRecords) -> Reply | Unnumbered | None:
        """Return the reply to such a request, or to what goes on with it; None for anything else."""
        return LeavingDialogue(self.knowledge.translators).answer(context, records)

    async def decided(
        self, context: MessageContext, records: LeavingRecords, reply: Reply | None, sources: Sources
    ) -> None:
        """Drop what was chosen after any message that does not go on with it; a copy of one's data goes on with it.

        What is confirmed is dropped by its effect: until that is done, this message may be processed again.
        """
        goes_on = confirmed_number(context.text) is not None or asks_for_copy(context.text)
        if records.waiting is None or goes_on:
            return
        if reply is None or not reply.effects:
            await LEAVING_WISHES.drop(sources.store.drafts, context.person.user_id)


class LeavingHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = LeavingHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, LeavingHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    def use(self, knowledge: Knowledge) -> None:
        """Answer from ``knowledge`` from now on."""
        self._handler.knowledge = knowledge


def alumni_rooms(community: Community) -> tuple[Localized, ...]:
    """Return the names of the rooms whose rules admit former members, as they are described. Pure."""
    return tuple(
        spec.name for spec in community.rooms if any("alumni" in rule.status for rule in rules_of(spec))
    )


def _kept_alone(user_id: str, going: AbstractSet[str], sources: Sources) -> tuple[KeptRoom, ...]:
    """Return the safe rooms that only this person is in the space of, of their keepers who are not ``going``."""
    spaces, found = sources.rooms.spaces(), []
    for safe in sources.safe_rooms.current:
        gate = spaces.get(safe_space(safe.key))
        there = safe.keepers if gate is None else safe.keepers.intersection(gate.members)
        if there - going == {user_id}:
            found.append(KeptRoom(safe.name))
    return tuple(found)
