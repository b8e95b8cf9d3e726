"""Nobody finds out the value of a field that they may not see by saying what it could be.

The same is said in two networks, which differ in one hidden value alone; one of the two is what is said. All that the
person reads is the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest

from bots.context.message import MessageContext
from bots.features.edit import Turn
from community.description.directory_model import Contact
from community.description.fields import Localized
from community.description.model import Description
from tests.lib.asking import skills_over
from tests.lib.editing import NOW, Stage, example, quoted_message

AWA = "bamako-mobility"
TODAY = NOW.date()
VALUES: dict[str, tuple[str, Any, Any]] = {
    "phone": ("+223 11 22 33 44", "+223 11 22 33 44", "+223 55 66 77 88"),
    "email": ("one@example.org", "one@example.org", "two@example.org"),
    "hours": (
        "from 7 to 9",
        Localized({"en": "from 7 to 9", "fr": "de 7 à 9"}),
        Localized({"en": "on Sundays"}),
    ),
    "hours, in one language": ("from 7 to 9", Localized("from 7 to 9"), Localized("on Sundays")),
    "deputy": ("Fatoumata Sangaré", "bamako-waste", "bamako-traffic-desk"),
    "member": ("@awa.diallo:example.org", "awa.diallo", "somebody.else"),
}
"""By field: what is said, and the value in each of the two networks; it is said of the first."""
WHO = {
    "a member": ("oumar.keita", "member"),
    "the contact": ("awa.diallo", "member"),
    "a lead of the city": ("awa.diallo", "city-lead"),
}

_NUMBER = re.compile(r"yes \d{4}\b")


def network(field: str, value: object, *, confirmed_today: bool) -> Description:
    """Return the example network, where Awa's contact has that value, which coordinators alone may see."""
    found = example()
    changed: dict[str, object] = {field: value, "visible": {field: ("coordinator",)}}
    if confirmed_today:
        changed["confirmed"] = TODAY
    contacts = tuple(
        contact.model_copy(update=changed) if contact.key == AWA else contact
        for contact in contacts_of(found)
    )
    return replace(found, directory=found.directory.model_copy(update={"contacts": contacts}))


def contacts_of(description: Description) -> tuple[Contact, ...]:
    return tuple(description.directory.contacts)


def dialogues(field: str, said: str) -> Iterator[Sequence[str]]:
    """Yield what somebody could say to find a value out."""
    name = field.partition(",")[0]
    asked = {"member": "account", "deputy": "deputy"}.get(name, name)
    for tail in (("yes",), ("no", "cancel"), (f"{asked}: {said}", "yes"), (f"{asked}: none", "yes")):
        yield (f"change the {asked} of Awa Diallo to {said}", *tail)
        yield (f"my {asked} is now {said}", *tail)
        yield (f"Awa Diallo's {asked} is now {said}", *tail)
    yield (f"{said} is now the deputy of Awa Diallo", "yes")
    yield ("confirm Awa Diallo", f"{asked}: {said}", "yes")
    yield (f"change the function of Awa Diallo to {said}", f"{asked}: {said}", "yes")
    yield ("remove Awa Diallo", f"{asked}: {said}", "remove")
    yield ("undo 1", f"{asked}: {said}", "yes")
    yield ("undo", f"{asked}: {said}", "yes")
    yield ("history of Awa Diallo", "history", "proposals", "what has nobody confirmed?", "decline")
    yield (
        f"add contact Somebody Else, in Bamako, waste, French, {said}",
        *("secretary", said, said, said, said, "yes"),
    )
    yield (
        f"add contact Awa Diallo, in Bamako, mobility, French, {said}",
        *("secretary", said, said, said, "yes"),
    )
    yield (f"remove {said}", "remove")
    yield (f"confirm {said}", "yes")
    yield (f"history of {said}",)
    yield (f"change the function of {said} to head", "yes")


@dataclass(frozen=True)
class Played:
    """What was said so far, and all that was read. Of dialogues that begin alike the beginning is said once."""

    stage: Stage
    read: tuple[str, ...] = ()
    after: dict[str, Played] = field(default_factory=dict)

    @classmethod
    def begun(cls, description: Description, who: str, role: str) -> Played:
        """Begin where somebody, of that role, may undo what a coordinator has changed."""
        stage = Stage(description)
        stage.people = {**stage.people, who: replace(stage.people[who], role=role, city="bamako")}
        assert stage.known.entry("contact", AWA) is not None
        changed = stage.say("peter.lindqvist", "change the function of Awa Diallo to head of mobility")
        assert changed is not None
        stage.say("peter.lindqvist", "yes")
        return cls(stage)

    def heard(self, who: str, texts: Sequence[str]) -> tuple[str, ...]:
        """Return all that somebody reads who says ``texts``, one after the other, and how one with them is kept."""
        quoted = quoted_message("@somebody:example.org", {"msgtype": "m.text", "body": texts[0]})
        said = self
        for text in texts:
            said = said.then(who, text)
        kept = said.stage.copy().say(who, "save this as a contact", languages=("en",), quoted=quoted)
        return (*said.read, told(kept))

    def then(self, who: str, text: str) -> Played:
        if text not in self.after:
            stage = self.stage.copy()
            turn = stage.say(who, text, languages=("en",))
            self.after[text] = Played(stage, (*self.read, told(turn)))
        return self.after[text]


def told(turn: Turn | None) -> str:
    effects = () if turn is None else tuple(type(effect).__name__ for effect in turn.effects)
    if turn is None:
        return ""
    # The number of a draft differs from time to time, whatever is in the entry.
    said = _NUMBER.sub("yes N", f"{turn.reply.text}\n{turn.reply.html}")
    return f"{said}\n{effects} {turn.draft is not None}"


@pytest.mark.parametrize(("field", "who", "today"), list(product(VALUES, WHO, (False, True))))
def test_commands_answer_alike_whatever_the_hidden_value_is(field: str, who: str, today: bool) -> None:
    said, one, other = VALUES[field]
    name = field.partition(",")[0]
    username, role = WHO[who]
    if name == "member" and username == "awa.diallo":
        username = "oumar.keita"  # whose contact it is, they know
    first, second = (
        Played.begun(network(name, value, confirmed_today=today), username, role) for value in (one, other)
    )
    for texts in dialogues(field, said):
        assert first.heard(username, texts) == second.heard(username, texts), texts


@pytest.mark.parametrize("field", VALUES)
def test_questions_are_answered_alike_whatever_the_hidden_value_is(field: str) -> None:
    said, one, other = VALUES[field]
    name = field.partition(",")[0]
    texts = (
        said,
        f"who has {said}?",
        f"who is {said}?",
        f"the {name} of Awa Diallo?",
        f"and {said}?",
        f"{name} {said}",
    )
    person = Stage().person("oumar.keita")
    heard = []
    for value in (one, other):
        skills = skills_over(network(name, value, confirmed_today=False))
        contexts = (
            MessageContext(text, person, True, NOW, readers=frozenset({"member"}), conversation="!direct")
            for text in texts
        )
        heard.append([skills.answer(context).html for context in contexts])
    assert heard[0] == heard[1]


def test_a_coordinator_who_may_see_it_is_told_that_it_is_so_already() -> None:
    said, value, _ = VALUES["phone"]
    stage = Stage(network("phone", value, confirmed_today=False))
    turn = stage.say("peter.lindqvist", f"change the phone of Awa Diallo to {said}")
    assert turn is not None
    assert "already" in turn.reply.text
