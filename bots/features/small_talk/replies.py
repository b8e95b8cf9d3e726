"""What the bot says to small talk and to questions about itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.usage import usage
from bots.context.whole_network import coordination, line_with
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, listed
from community.description.fields import Localized
from community.description.rooms import coordinating_roles
from community.directory.lines import Line

OFF_TOPIC = msg("I do not know about that: I know the people, the resources and the projects of the network.")
SENTENCES: Mapping[str, tuple[Message, ...]] = {
    "how_are_you": (msg("I am well, thank you. What can I find for you?"),),
    "who_are_you": (
        msg(
            "I am Palabre, a program. I tell whom to ask in the network, what to read, and which projects there are."
        ),
        msg("Write “help” for examples."),
    ),
    "robot": (msg("I am a program, not a person: what I say comes from the network's directory."),),
    "human": (msg("I am only a program, but there are people behind the network."),),
    "who_made_you": (
        msg(
            "Palabre is open-source software, made for networks like this one. Here the coordinators look after it."
        ),
    ),
    "privacy": (
        msg(
            "In a direct message, you and I read this; in a room, everybody who is in it. Messages are encrypted."
        ),
        msg(
            "I remember a question for an hour, to go on from it, and bring it to the coordinators only if you agree."
        ),
    ),
    "add_contact": (
        msg("Write “add a contact”: I ask for what is needed, and show you all of it before it is saved."),
    ),
    "change_entry": (
        msg("Write for example “change the phone of …”: I show you the change before it is saved."),
    ),
    "languages": (msg("Write in English, French, Portuguese or Arabic: I answer in the same language."),),
    "insult": (msg("I am sorry that I was no help. Try it in other words: what it is about, and where."),),
    "praise": (msg("Thank you, I am glad."),),
    "sorry": (msg("That is all right. What can I find for you?"),),
    "bye": (msg("Goodbye! Write to me whenever you need something."),),
    "thanks": (msg("You are welcome."),),
}
"""What is said to each kind of small talk; below it, to some, whom to ask."""
_EXAMPLES: Mapping[str, Message] = {
    "what_can_you_do": msg("I tell whom to ask, what to read, and which projects there are. For example:"),
    "not_understood": msg("Let us try again: tell me what it is about, and where. For example:"),
    "are_you_there": msg("I am here. You can ask me, for example:"),
}
"""What is said above examples of questions."""
_THEMES = msg("The themes of the network: {names}.")
_CITIES = msg("In the network ({count}): {names}.")
_TO_A_PERSON = frozenset({"robot", "human", "who_made_you", "insult"})
_ASK_A_PERSON = msg("A person answers here: {who}")
_PASSES_ON = msg(
    "You can also ask me: where I know no answer, I offer to pass the question on to the coordinators."
)
_LONGEST = 60


def opening(kind: str) -> Message:
    """Return the first sentence of the reply to a kind of small talk."""
    if kind in SENTENCES:
        return SENTENCES[kind][0]
    return {"themes": _THEMES, "cities": _CITIES, **_EXAMPLES}[kind]


@dataclass(frozen=True)
class SmallTalkReplies:
    """Makes the replies to one message."""

    knowledge: Knowledge
    context: MessageContext
    translate: Translator

    def reply(self, kind: str) -> Reply:
        """Return the reply to a kind of small talk: the name of a table in `small_talk.yaml`."""
        named: Mapping[str, Callable[[], Message]] = {"themes": self._themes, "cities": self._cities}
        if kind in _EXAMPLES:
            return usage(self.knowledge, self.translate, _EXAMPLES[kind])
        sentences = (named[kind](),) if kind in named else SENTENCES[kind]
        said = [*map(self.translate, sentences)]
        below = self._to_a_person() if kind in _TO_A_PERSON else []
        after = [self.translate(_PASSES_ON)] if kind == "human" and not self._coordinates() else []
        return reply_of(said, [[line] for line in below], after, self.translate.language)

    def _to_a_person(self) -> list[Line]:
        """Return the line that says which person to ask, where the directory has one."""
        contact = coordination(self.knowledge, self.context)
        if contact is None:
            return []
        return [line_with(self.knowledge, self.context, self.translate, _ASK_A_PERSON, contact)]

    def _coordinates(self) -> bool:
        return self.context.person.role in coordinating_roles(self.knowledge.community)

    def _themes(self) -> Message:
        return Message(
            _THEMES.msgid, {"names": self._names([t.name for t in self.knowledge.community.themes])}
        )

    def _cities(self) -> Message:
        cities = self.knowledge.community.cities
        names = self._names([city.name for city in cities])
        return Message(_CITIES.msgid, {"count": len(cities), "names": names})

    def _names(self, names: list[Localized]) -> str:
        language = self.translate.language
        return listed((clean(name.text(language), longest=_LONGEST) for name in names), language)
