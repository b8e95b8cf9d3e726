"""What a feature's trigger lets by: all that the feature would answer, and no plain question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.context.feature import Handler, Setting, Trigger, no_handlers
from bots.context.message import Awaited
from bots.context.stranger import as_stranger
from bots.features.edit.command_parser import command
from bots.features.edit.handlers import EditHandler
from bots.features.help.handlers import HelpHandler
from bots.features.identity.handlers import IdentityHandler, _request_in
from bots.features.inviting.handlers import InvitingHandler
from bots.features.inviting.words import reading as inviting_reading
from bots.features.privacy import PRIVACY
from bots.features.privacy.handlers import PrivacyHandler, confirmation
from bots.features.registry import FEATURES
from bots.features.removal.handler import RemovalHandler
from bots.features.removal.words import readings
from community.core.words import words
from community.description.yaml_text import parse
from tests.lib.asking import NOW, Asker, example_skills

DATA = Path(__file__).parents[1]
ASKER = Asker()
PLAIN = "who do I ask about waste in Kigali?"


def texts(value: Any) -> Iterator[str]:
    """Give whatever stands in a file of dialogues: what is said, and more."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@cache
def said_in_tests() -> list[str]:
    """Return it; every process of the tests imports this module, and one of them needs it."""
    files = (*(DATA / "dialogues").glob("*.yaml"), *(DATA / "data" / "questions").glob("*.yaml"))
    said = {text for path in sorted(files) for text in texts(parse(path.read_bytes(), path.name).value)}
    said |= {
        "forget me",
        "Forget me!",
        "forget me 1234",
        "my data",
        "exporter mes données",
        "os meus dados",
        "بياناتي",
    }
    return sorted(
        [*said, *(f"{polite}{text}" for polite in ("please ", "svp ", "por favor ") for text in said)]
    )


TEXTS = st.deferred(lambda: st.sampled_from(said_in_tests()))


def lets_by(trigger: Trigger | None, text: str, **more: Any) -> bool:
    context = replace(ASKER.asked(text), **more)
    return trigger is None or trigger.lets_by(context, words(text))


def test_every_sentence_of_the_dialogues_that_a_feature_answers_is_let_by() -> None:
    help_handler, privacy_handler = (
        next(each.handler for each in example_skills()._messages if isinstance(each.handler, kind))
        for kind in (HelpHandler, PrivacyHandler)
    )
    is_meant: dict[type[Handler[Any, Any]], Callable[[str], bool]] = {
        HelpHandler: lambda text: help_handler.handle(ASKER.asked(text), None) is not None,
        PrivacyHandler: lambda text: privacy_handler.handle(ASKER.asked(text), None) is not None,
        IdentityHandler: lambda text: _request_in(text) is not None,
        RemovalHandler: lambda text: bool(readings(text, "en")),
        InvitingHandler: lambda text: inviting_reading(text, ("en",)) is not None,
        EditHandler: lambda text: command(text, "fr") is not None,
    }
    for kind, means in is_meant.items():
        meant = [text for text in said_in_tests() if means(text)]
        assert len(meant) > 3, kind
        assert [text for text in meant if not lets_by(kind.trigger, text)] == []


@given(TEXTS, TEXTS, st.sampled_from(["", " ", ", ", "!", "\u200f", "\u0301"]))
def test_a_removal_is_let_by_however_it_is_put(first: str, second: str, between: str) -> None:
    text = f"{first[:40]}{between}{second[:40]}"
    if readings(text, "ar"):
        assert lets_by(RemovalHandler.trigger, text)


def test_the_number_that_confirms_is_let_by() -> None:
    for word in ("forget me", "oublie-moi", "esquece-me", "انسني"):
        number = confirmation(ASKER.asked("").person.user_id, NOW.date())
        assert lets_by(PrivacyHandler.trigger, f"{word} {number}")


def test_a_draft_or_a_question_back_lets_everything_by() -> None:
    assert lets_by(EditHandler.trigger, "Compost 2026", draft="{}")
    assert lets_by(RemovalHandler.trigger, "yes", awaited=(Awaited("safe-removal", "{}", NOW),))
    assert not lets_by(RemovalHandler.trigger, "yes", awaited=(Awaited("another", "{}", NOW),))


@pytest.mark.parametrize("text", [PLAIN, "Qui contacter pour la mobilité à Bamako ?", "dechets kigali"])
def test_a_plain_question_is_for_no_feature_with_a_trigger(text: str) -> None:
    context, skills = ASKER.asked(text), example_skills()
    let_by = [each.feature.key for each in skills._asked(context, skills._messages)]
    assert set(let_by) == {"small_talk", "ask"}


def test_a_handler_that_is_not_let_by_loads_nothing() -> None:
    handlers = PRIVACY.handlers(Setting(example_skills().knowledge, lambda: PRIVACY.help)).messages
    assert all(handler.trigger is not None for _precedence, handler in handlers)
    guarded = [each for each in example_skills()._messages if each.feature.guarded]
    assert {each.feature.key for each in guarded} == {
        feature.key for feature in FEATURES if feature.guarded and feature.handlers is not no_handlers
    }
    assert all(each.handler.trigger is not None for each in guarded)


def test_the_context_of_a_stranger_waits_for_nothing() -> None:
    asked = replace(ASKER.asked("yes"), awaited=(Awaited("safe-removal", "{}", NOW),))
    assert as_stranger(asked).awaited == ()
