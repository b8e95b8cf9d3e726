"""A question with two answers: “coffee or tea?”. What was chosen is noted and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bots.context.conversation_memory import ConversationMemory
from bots.context.feature import Feature, FeatureHandlers, Handler, HelpLines, Precedence, Setting, Trigger
from bots.context.message import MessageContext, Reply
from bots.context.sources import Sources
from community.core.messages import msg
from tests.lib.drinks.effects import NOTE_CUP, Cup, Cups, NoteCup

DRINKS = ("coffee", "tea")


class DrinksHandler(Handler[MessageContext, Mapping[str, int]]):
    """Asks which drink, and says how many have chosen the same. The records are the cups noted of each drink."""

    trigger = Trigger(starts=frozenset((word,) for word in ("drinks", *DRINKS)))

    def __init__(self, asked: ConversationMemory[bool]) -> None:
        self._asked = asked

    async def load(self, context: MessageContext, sources: Sources) -> Mapping[str, int]:  # noqa: ARG002
        return Counter(each.payload["drink"] for each in await sources.store.jobs.pending(Cup.KIND))

    def handle(self, context: MessageContext, records: Mapping[str, int]) -> Reply | None:
        if context.text == "drinks":
            self._asked.put(context, True)
            return Reply("Coffee or tea?", "<p>Coffee or tea?</p>")
        if not self._asked.get(context) or context.text not in DRINKS:
            return None
        self._asked.forget(context)
        said = f"Noted. Before you, {records.get(context.text, 0)} have chosen {context.text}."
        return Reply(said, f"<p>{said}</p>", effects=(NoteCup(context.text),))


class DrinksHandlers(FeatureHandlers):
    def __init__(self, _setting: Setting) -> None:
        self._asked: ConversationMemory[bool] = ConversationMemory()

    @property
    def messages(self) -> Sequence[tuple[Precedence, DrinksHandler]]:
        return ((Precedence.COMMAND, DrinksHandler(self._asked)),)

    def interrupted(self, context: MessageContext) -> None:
        self._asked.forget(context)

    def forget(self, user_id: str) -> None:
        self._asked.forget_person(user_id)


DRINKS_FEATURE = Feature(
    "drinks",
    DrinksHandlers,
    effects=(NOTE_CUP,),
    help=HelpLines(questions=(msg("“drinks”: coffee or tea?"),)),
    personal_data=Cups(),
)
