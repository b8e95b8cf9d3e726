"""Questions to the calendar of the example network, as its members ask them, and how a reply is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bots.context.knowledge import translators_of
from bots.context.message import MessageContext, Reply
from bots.feature_set import FeatureSet
from bots.features.ask import calendar_sentences as sentences
from bots.features.registry import FEATURES
from community.description.model import Community, Description
from community.description.person import Person
from community.description.rooms import expand_rooms
from community.description.yaml_text import parse
from community.search.calendar_match import Selection
from tests.lib.asking import CATALOGUES
from tests.lib.descriptions import DATA as DESCRIPTIONS
from tests.lib.descriptions import example, read

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data" / "calendar"


LAGOONS = "lagoons"
"""The network whose calendar has many similar names: `tests/data/lagoons`."""
RIVERS = "rivers"
"""The network whose calendar has names that no other has: `tests/data/rivers`."""
OASES = "oases"
"""Another such network: `tests/data/oases`."""
_NETWORKS = (LAGOONS, RIVERS, OASES)


def description_of(network: str) -> Description:
    """Return the description of a network: the example, or a folder of ``tests/data``."""
    return read(DESCRIPTIONS / network) if network else example()


@cache
def calendar_skills(network: str = "") -> FeatureSet:
    """Return the features over a network with its calendar."""
    description = description_of(network)
    skills = FeatureSet(description.community, "example.org", CATALOGUES, FEATURES)
    skills.use(description.directory, calendar=description.calendar)
    return skills


def person_of(community: Community, username: str, languages: tuple[str, ...] = ()) -> Person:
    """Return a member as the bot knows them; a stranger where nobody is called so."""
    member = community.member.get(username)
    user_id = f"@{username}:example.org"
    if member is None:
        return Person(user_id, username, username, "", None, (), languages or ("en",))
    said = languages or member.languages
    return Person(user_id, username, member.name, member.role, member.city, member.themes, said)


@dataclass(frozen=True)
class CalendarAsker:
    """Who asks, and where: directly, or in the room of ``network`` with the key ``room``, which ``readers`` read."""

    username: str = "awa.diallo"
    languages: tuple[str, ...] = ()
    room: str | None = None
    readers: tuple[str, ...] = ("coordinator", "city-lead", "member", "expert", "partner")
    conversation: str = "c"
    network: str = ""

    def asked(self, text: str, *, now: datetime = NOW) -> MessageContext:
        """Return what this person asks."""
        community = description_of(self.network).community
        person = person_of(community, self.username, self.languages)
        described = next((room for room in expand_rooms(community) if room.key == self.room), None)
        return MessageContext(
            text,
            person,
            self.room is None,
            now,
            None if described is None else described.theme,
            None if described is None else described.cohort,
            frozenset({person.role} if self.room is None else self.readers),
            self.conversation,
            room_key=self.room,
        )


def keys_of(reply: Reply) -> list[str]:
    """Return the keys of the events and deadlines that a reply was made of; others as ``kind/key``."""
    keys = () if reply.found is None else reply.found.keys
    return [key if kind in ("event", "deadline") else f"{kind}/{key}" for kind, key in keys]


def questions_in(name: str) -> list[dict[str, Any]]:
    """Return the questions of a file of ``tests/data/calendar``; its name ends with the network that is asked."""
    parsed = parse((DATA / name).read_bytes(), name)
    assert not parsed.problems
    network = next((one for one in _NETWORKS if name.removesuffix(".yaml").endswith(one)), None)
    if network is None:
        return list(parsed.value)
    return [{**question, "as": {**question["as"], "network": network}} for question in parsed.value]


def asker_of(question: dict[str, Any], conversation: str) -> CalendarAsker:
    """Return who asks a question of ``tests/data/calendar``: as it says, or else Awa Diallo directly."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in question.get("as", {}).items()
    }
    return CalendarAsker(**{**given, "conversation": conversation})


def answered(question: dict[str, Any], conversation: str) -> Reply:
    """Return the reply to a question, after what was asked before it in the same conversation."""
    asker = asker_of(question, conversation)
    skills = calendar_skills(asker.network)
    for said in question.get("after", ()):
        skills.answer(asker.asked(said))
    return skills.answer(asker.asked(question["say"]))


def judged(question: dict[str, Any], reply: Reply) -> str | None:
    """Return what is wrong with a reply, None where it is right.

    ``first``: the entry that must come first; ``only``: all that may be shown, in any order; ``has``: what must be
    among them. These are asserted. ``none``: nothing is asserted; ``no``: that entry neither; ``near``: what is shown
    is said only to come near; ``shown``: what must be shown, asserted or as near. ``says``: what the text has.
    ``hides``: entries that must not be among them; ``unsaid``: what the text has not.
    ``directory``: it is no question to the calendar; ``entry`` is what the directory shows.
    """
    keys, certain = keys_of(reply), reply.found is not None and reply.found.certain
    of_calendar = reply.found is not None and not any("/" in key for key in keys)
    told = _told(question, keys, reply.text)
    if told is not None:
        return told
    if "directory" in question:
        of_events = any("/" not in key for key in keys) or any(
            said in reply.text for said in _said_of_calendar()
        )
        return f"the calendar answers: {keys[:3]} {reply.text[:70]!r}" if of_events else None
    if not of_calendar:
        return f"the directory answers: {reply.text[:60]!r}"
    silent = [said for said in question.get("says", ()) if said not in reply.text]
    if silent:
        return f"does not say {silent}: {reply.text!r}"
    if "shown" in question:
        return None if question["shown"] in keys else f"not shown: {keys}"
    if {"none", "near", "no"} & question.keys():
        return f"asserted: {keys}" if certain else None
    if not certain:
        return f"not asserted: {keys} {reply.text[:90]!r}"
    if "first" in question and keys[:1] != [question["first"]]:
        return f"first is {keys[:3]}"
    if "only" in question and sorted(keys) != sorted(question["only"]):
        return f"shown {keys}"
    missing = [key for key in question.get("has", ()) if key not in keys]
    return f"missing {missing}, shown {keys}" if missing else None


def _told(question: dict[str, Any], keys: list[str], text: str) -> str | None:
    """Return what is told and must not be, or not shown of the directory and must be."""
    told = [key for key in question.get("hides", ()) if key in keys]
    told += [said for said in question.get("unsaid", ()) if said in text]
    if "entry" in question and question["entry"] not in keys:
        return f"the directory shows {keys[:3]}"
    return f"tells {told}" if told else None


@cache
def _said_of_calendar() -> frozenset[str]:
    """Return what the bot says where the calendar has nothing, in each language."""
    translators = translators_of(example().community, CATALOGUES)
    nothing = (sentences.NOTHING_THEN, sentences.NOTHING_THEN_OF_THAT, sentences.NOTHING_TO_COME)
    more = (sentences.NOTHING_MORE_TO_COME, sentences.NOTHING_OF_YOURS, sentences.NOTHING_BEFORE)
    said = {translate(message) for translate in translators.values() for message in (*nothing, *more)}
    unknown = sentences.not_there(Selection((), certain=False, unknown=("~",)), "en")
    assert unknown is not None
    return frozenset(said | {translate(unknown).split("~")[-1] for translate in translators.values()})
