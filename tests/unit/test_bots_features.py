"""A feature is a folder and one line of registration: `tests/lib/drinks` is one, and works like the bot's own."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.context.effects import NOT_SURE, EffectType, EffectTypes, ImportedExecutor
from bots.context.message import Address, Reply
from bots.features.pass_on import PassOn
from bots.features.registry import FEATURES
from bots.planned_reply import PlannedReply
from bots.runtime import Runtime
from bots.unfinished_replies import GIVEN_UP_AFTER
from community.core.messages import translator
from community.description.person import Person
from community.jobs.kinds import KINDS, is_erased
from community.jobs.leases import LEASE
from community.storage import JobState, Store
from matrix.errors import Forbidden, HomeserverUnreachable
from tests.lib.asking import CATALOGUES
from tests.lib.bot_runtime import (
    AWA,
    DIRECT,
    NOW,
    PETER,
    Homeserver,
    batch,
    finish_replies,
    kept_replies,
    process,
    runtime,
    said,
    take,
)
from tests.lib.drinks.effects import Cup, NoteCup, owner
from tests.lib.drinks.feature import DRINKS_FEATURE

WITH_DRINKS = (
    *FEATURES,
    DRINKS_FEATURE,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        awa = Person(AWA, "awa", "Awa", "lead", None, (), ("en",))
        await opened.people.replace([awa, Person(PETER, "peter", "Peter", "coordinator", None, (), ("en",))])
        yield opened


def bot(homeserver: Homeserver, store: Store, folder: Path) -> Runtime:
    return runtime(homeserver, store, folder, features=WITH_DRINKS)


def bodies(homeserver: Homeserver) -> list[str]:
    return [content["body"] for _, content in homeserver.sent]


async def cups(store: Store) -> list[str]:
    return [each.payload["drink"] for each in await store.jobs.pending(Cup.KIND)]


async def test_the_question_is_asked_and_the_answer_noted(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await take(bot(homeserver, store, tmp_path), batch(said("drinks", "$1"), said("tea", "$2")))
    assert bodies(homeserver) == ["Coffee or tea?", "Noted. Before you, 0 have chosen tea."]
    assert await cups(store) == ["tea"]


async def test_its_words_mean_nothing_once_something_else_was_said(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    messages = (said("drinks", "$1"), said("thank you", "$2"), said("tea", "$3"))
    await take(bot(homeserver, store, tmp_path), batch(*messages))
    assert bodies(homeserver)[1] == "You are welcome."
    assert await cups(store) == []


async def test_it_is_in_help(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await take(bot(homeserver, store, tmp_path), batch(said("help", "$1")))
    assert "“drinks”: coffee or tea?" in bodies(homeserver)[0]


async def test_its_effect_is_carried_out_once_though_the_process_ends_before_the_reply(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    first = bot(homeserver, store, tmp_path)
    await take(first, batch(said("drinks", "$1")))
    homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await take(first, batch(said("coffee", "$2")))
    (kept,) = await kept_replies(store)
    assert json.loads(kept.planned)["effects"] == [{"effect": "note-cup", "drink": "coffee"}]
    homeserver.is_away = False
    await take(bot(homeserver, store, tmp_path), batch(said("coffee", "$2")))
    assert bodies(homeserver)[1:] == ["Noted. Before you, 0 have chosen coffee."]
    assert await cups(store) == ["coffee"]
    assert await kept_replies(store) == []


async def test_nobody_whose_identity_is_in_doubt_is_served(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await store.identities.see(AWA, "A" * 43, at=NOW)
    await store.identities.see(AWA, "B" * 43, at=NOW)
    await take(bot(homeserver, store, tmp_path), batch(said("drinks", "$1"), said("tea", "$2")))
    assert "Coffee or tea?" not in bodies(homeserver)
    assert await cups(store) == []


async def test_what_it_keeps_is_exported_and_erased(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await store.jobs.file(Cup("tea", owner(PETER), "$0"), at=NOW)
    await take(bot(homeserver, store, tmp_path), batch(said("drinks", "$1"), said("tea", "$2")))
    assert await DRINKS_FEATURE.personal_data.export(store, AWA) == ["tea"]  # type: ignore[union-attr]
    talking = bot(homeserver, store, tmp_path)
    await take(talking, batch(said("forget me", "$3")))
    word = bodies(homeserver)[-1].rsplit("write: ", 1)[1]
    await take(talking, batch(said(word, "$4")))
    assert "It is done" in bodies(homeserver)[-1]
    left = await store.jobs.of_state(Cup.KIND, *JobState)
    assert [cup.owner for _job, cup in Cup.each(left)] == [owner(PETER)]


@pytest.mark.parametrize("reason", ["too late", "a mistake of ours"])
async def test_where_it_fails_for_good_its_person_is_told(
    store: Store, tmp_path: Path, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    homeserver = Homeserver()
    talking = bot(homeserver, store, tmp_path)
    await take(talking, batch(said("drinks", "$1")))
    homeserver.is_refusing = True
    await take(talking, batch(said("tea", "$2")))
    homeserver.is_refusing = False
    failure: Exception = Forbidden("M_FORBIDDEN", 403, "rooms/send")
    later = NOW + GIVEN_UP_AFTER + timedelta(minutes=1)
    if reason == "a mistake of ours":
        failure, later = ValueError("tea"), NOW + LEASE

    async def fail(*_anything: Any) -> None:
        raise failure

    _, answers = process(homeserver, store, tmp_path, features=WITH_DRINKS, now=later)
    monkeypatch.setattr(answers.executor, "carry_out", fail)
    assert await finish_replies(answers, store, now=later) == {"failed": 1}
    assert await kept_replies(store) == []
    assert bodies(homeserver)[-1] == "Your cup was not noted. Please choose again."


async def test_nothing_is_given_up_for_its_age_while_the_clock_is_not_believed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    homeserver = Homeserver()
    talking = bot(homeserver, store, tmp_path)
    await take(talking, batch(said("drinks", "$1")))
    homeserver.is_refusing = True
    await take(talking, batch(said("tea", "$2")))
    homeserver.is_refusing = False
    later = NOW + GIVEN_UP_AFTER + timedelta(minutes=1)
    options: dict[str, Any] = {"features": WITH_DRINKS, "now": later, "is_clock_believed": lambda: False}
    _, answers = process(homeserver, store, tmp_path, **options)
    with monkeypatch.context() as broken:

        async def fail(*_anything: Any) -> None:
            raise Forbidden("M_FORBIDDEN", 403, "rooms/send")

        broken.setattr(answers.executor, "carry_out", fail)
        assert await finish_replies(answers, store, now=later) == {"put_off": 1}
    assert len(await kept_replies(store)) == 1


@pytest.mark.parametrize("language", ["fr", "pt", "ar"])
async def test_the_apology_is_in_the_language_of_what_was_asked(
    store: Store, tmp_path: Path, language: str
) -> None:
    homeserver = Homeserver()
    to = Address(DIRECT, "$1", AWA, None, DIRECT)
    planned = PlannedReply(Reply("", ""), to, NOW, (PassOn("?", language),), language=language)
    await bot(homeserver, store, tmp_path)._handler._executor.apologise("$1", planned)
    assert bodies(homeserver) == [translator(language, CATALOGUES)(NOT_SURE)]
    assert bodies(homeserver) != [NOT_SURE.msgid]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.key)
def test_each_feature_has_its_folder_and_says_what_it_is(feature: Any) -> None:
    folder = Path(__file__).parents[2] / "bots" / "features" / feature.key
    assert (folder / "README.md").read_text().startswith("# ")
    for request in feature.requests:
        assert KINDS[request.kind.KIND] is request.kind
        assert is_erased(request.kind.KIND)


def test_no_feature_is_named_in_the_core() -> None:
    core = ("router", "effect_executor", "planned_reply", "reply_jobs", "message_processor", "escalation")
    for module in core:
        source = (Path(__file__).parents[2] / "bots" / f"{module}.py").read_text()
        assert "bots.features" not in source, module


def test_effects_of_all_features_have_kinds_of_their_own() -> None:
    types = EffectTypes(each for feature in WITH_DRINKS for each in feature.effects)
    assert types.from_json({"effect": "note-cup", "drink": "tea"}) == NoteCup("tea")


@pytest.mark.parametrize(
    "kind", [each for feature in FEATURES for each in feature.effects], ids=lambda e: e.kind
)
def test_what_carries_each_effect_out_is_there(kind: EffectType[Any]) -> None:
    execute = kind.execute
    function = execute.function if isinstance(execute, ImportedExecutor) else execute
    assert inspect.iscoroutinefunction(function)
    assert list(inspect.signature(function).parameters)[1:] == ["execution", "context"]
