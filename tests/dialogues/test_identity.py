"""Accepting an identity in four languages, say → reply: each list of lines in identity.yaml is a test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.context.doubtful_sender import doubtful_sender_reply
from bots.context.message import MessageContext
from bots.features.identity import IdentityHandler, Pinned
from bots.features.identity.effects import AcceptIdentity
from community.accounts.identities import Pin, Standing
from community.core.messages import CHAT_LANGUAGES, translator
from community.description.person import Person
from community.description.yaml_text import parse
from tests.lib.asking import CATALOGUES, visible

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OLD, NEW = "A" * 43, "B" * 43
TRANSLATORS = {language: translator(language, CATALOGUES) for language in CHAT_LANGUAGES}


def person(username: str, name: str, role: str) -> Person:
    return Person(f"@{username}:h", username, name, role, None, (), ("en",))


PEOPLE = {
    each.user_id: each
    for each in (
        person("peter.lindqvist", "Peter Lindqvist", "coordinator"),
        person("grace.nakato", "Grace Nakato", "city-lead"),
        person("eric.habimana", "Éric Habimana", "member"),
        person("moussa.one", "Moussa One", "member"),
        person("moussa.two", "Moussa Two", "member"),
    )
}
CHANGED = ("peter.lindqvist", "eric.habimana", "moussa.one", "moussa.two")
PINS = {
    user: Pin(user, OLD, NOW, NEW, NOW) if user[1:-2] in CHANGED else Pin(user, OLD, NOW) for user in PEOPLE
}


def dialogues() -> list[list[dict[str, Any]]]:
    parsed = parse((Path(__file__).parent / "identity.yaml").read_bytes(), "identity.yaml")
    assert not parsed.problems
    return [dialogue["lines"] for dialogue in parsed.value]


def said(line: dict[str, Any], before: str) -> str:
    return (
        before.rsplit("\n\n", maxsplit=1)[-1].split(": ", 1)[1].strip()
        if line["say"] == "WORD"
        else line["say"]
    )


@pytest.mark.parametrize("lines", dialogues(), ids=lambda lines: str(lines[0].get("say", "held")))
def test_dialogue(lines: list[dict[str, Any]]) -> None:
    skill, before = IdentityHandler(TRANSLATORS), ""
    for line in lines:
        if "held" in line:
            peter = PEOPLE["@peter.lindqvist:h"]
            before = doubtful_sender_reply(Standing(line["held"]), peter, TRANSLATORS[line["language"]]).text
        else:
            by = PEOPLE[f"@{line.get('by', 'peter.lindqvist')}:h"]
            where = line.get("where", "direct")
            asked = MessageContext(said(line, before), by, where == "direct", NOW)
            records = Pinned(PINS, PEOPLE, {"coordinator"}, where != "room")
            found = skill.handle(asked, records)
            assert skill.concerns(asked, records) is (found is not None)
            if line.get("nothing"):
                assert found is None
                continue
            assert found is not None
            accepted = [AcceptIdentity(line["accepts"], NEW)] if "accepts" in line else []
            assert list(found.effects) == accepted
            before = visible(found.text)
        for part in line["has"]:
            assert part in visible(before), before
        for part in line.get("hasnt", ()):
            assert part not in visible(before), before
